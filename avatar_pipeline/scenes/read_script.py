"""Scripts as people write them down: `tillhand-script/2`, a JSON document with scenes, named concepts and names to fill in.

A concept is written once (a product, a person, the shop's own name) and used everywhere by its name with an @ before it. What
stands in braces is filled in from a row of a table, so one script makes a film for each customer. The first version knew no moods and
no gestures; what is written in it is read as ever.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Literal

import msgspec

from avatar_pipeline.scenes.errors import ScriptUnreadable
from avatar_pipeline.scenes.fill_script import fill_script
from avatar_pipeline.scenes.script import (
    Card,
    CouponCard,
    Framing,
    Look,
    Motion,
    Music,
    NameStrap,
    ProductCard,
    Rgb,
    Scene,
    Script,
    Shape,
    Wall,
)
from avatar_pipeline.scenes.sentences import said_sentences
from avatar_pipeline.speak import Feeling, Gesture

FORMAT_WITHOUT_MOODS: Final = "tillhand-script/1"
FORMAT: Final = "tillhand-script/2"
_COLOUR: Final = re.compile(r"#[0-9a-fA-F]{6}")


class _Strict(msgspec.Struct, forbid_unknown_fields=True):
    """Every field is known, so that a misspelt one is told rather than passed over."""


class _Wall(_Strict):
    top: str = ""
    bottom: str = ""
    picture: str = ""
    blur: float = Wall.blur
    say: str = ""


class _Strap(_Strict):
    name: str
    title: str = ""
    say: str = ""


class _Product(_Strict):
    title: str
    price: str = ""
    note: str = ""
    picture: str = ""
    say: str = ""


class _Coupon(_Strict):
    code: str
    title: str
    terms: str = ""
    link: str = ""
    offer: str = ""  # whose code it is: the studio's business, nothing of it is drawn


class _Gesture(_Strict):
    kind: Gesture
    sentence: int | Literal["last", "every"] = 1


class _Scene(_Strict):
    text: str
    framing: Framing = "centre"
    wall: _Wall | None = None
    strap: _Strap | None = None
    product: _Product | None = None
    coupon: _Coupon | None = None
    mood: Feeling | Literal["text"] = "text"
    gesture: _Gesture | None = None


class _Music(_Strict):
    file: str = ""
    level_db: float = Music.level_db


class _Document(_Strict):
    format: str
    scenes: list[_Scene]
    title: str = ""
    shape: Shape = "16:9"
    captions: bool = True
    accent: str = ""
    music: _Music | bool = False
    seed: int = 1


def read_script(document: object, folder: Path, row: Mapping[str, str] | None = None, *, scale: float = 1.0) -> Script:
    """Read a script's JSON; files it names lie in `folder`, names in braces are filled from `row`. Raises ScriptUnreadable."""
    if not isinstance(document, dict) or document.get("format") not in (FORMAT, FORMAT_WITHOUT_MOODS):
        raise ScriptUnreadable(f'A script is a JSON object that says "format": "{FORMAT}".')
    try:
        read = msgspec.convert(fill_script(document, row or {}), _Document)
    except msgspec.ValidationError as error:
        raise ScriptUnreadable(f"The script cannot be read: {error}.") from error
    if read.format == FORMAT_WITHOUT_MOODS and any(scene.mood != "text" or scene.gesture for scene in read.scenes):
        raise ScriptUnreadable(f'A scene with a mood or a gesture is written in "format": "{FORMAT}".')
    look = Look(read.shape, scale, read.captions, _colour(read.accent, Look.accent))
    scenes = tuple(_scene(scene, number, folder) for number, scene in enumerate(read.scenes))
    return Script(read.title, scenes, look, _music(read.music, folder), read.seed)


def _scene(scene: _Scene, number: int, folder: Path) -> Scene:
    if scene.product and scene.coupon:
        raise ScriptUnreadable(f"Scene {number + 1} shows a product and a coupon; a scene has one card. Make two scenes of it.")
    card: Card | None = None
    if scene.product:
        card = ProductCard(scene.product.title, scene.product.price, scene.product.note, _file(scene.product.picture, folder))
    if scene.coupon:
        card = CouponCard(scene.coupon.code, scene.coupon.title, scene.coupon.terms, scene.coupon.link)
    strap = NameStrap(scene.strap.name, scene.strap.title) if scene.strap else None
    mood = None if scene.mood == "text" else scene.mood
    return Scene(scene.text, _wall(scene.wall, folder), scene.framing, strap, card, mood, _motion(scene, number))


def _motion(scene: _Scene, number: int) -> Motion | None:
    """A gesture with a sentence that is there: one that no sentence plays would be missed and nobody told."""
    if scene.gesture is None:
        return None
    wanted, count = scene.gesture.sentence, len(said_sentences(scene.text))
    if isinstance(wanted, int) and not 1 <= wanted <= max(count, 1):
        raise ScriptUnreadable(f"Scene {number + 1} has a gesture for sentence {wanted}, and {count} to say. Choose one of these.")
    return Motion(scene.gesture.kind, wanted)


def _wall(wall: _Wall | None, folder: Path) -> Wall:
    if wall is None:
        return Wall()
    if not 0 <= wall.blur <= 0.1:
        raise ScriptUnreadable(f"A wall is blurred by 0 to 0.1 of the picture's height, not {wall.blur}.")
    return Wall(_colour(wall.top, Wall.top), _colour(wall.bottom, Wall.bottom), _file(wall.picture, folder), wall.blur)


def _music(music: _Music | bool, folder: Path) -> Music | None:
    if isinstance(music, bool):
        return Music() if music else None
    if not -60 <= music.level_db <= -6:
        raise ScriptUnreadable(f"Music plays at -60 to -6 decibels, not {music.level_db}.")
    return Music(_file(music.file, folder), music.level_db)


def _colour(text: str, otherwise: Rgb) -> Rgb:
    if not text:
        return otherwise
    if not _COLOUR.fullmatch(text):
        raise ScriptUnreadable(f"A colour is written like #0f5c5c, not {text!r}.")
    red, green, blue = bytes.fromhex(text[1:])
    return red, green, blue


def _file(name: str, folder: Path) -> Path | None:
    """A file beside the script; one that lies elsewhere is not reached for."""
    if not name:
        return None
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise ScriptUnreadable(f"The file {name} lies outside the script's folder; put it beside the script.")
    return path
