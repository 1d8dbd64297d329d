"""The form of a film, both ways: what a person typed becomes a script, and a script becomes fields again.

Scenes are added, moved and taken away by buttons that send the whole form; nothing typed is lost, and no script is needed for it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from app.studio.check_script import FILM_LINK, SCENES_MAX
from app.studio.film_offers import OWN_CODE_PLACE
from app.studio.films import Draft, FilmView
from avatar_pipeline.speak import GESTURES
from tenants.identifiers import PublicIdUnreadable, from_public, to_public

Fields = dict[str, str]
HEAD: Final = ("title", "employee", "target_url", "shape", "captions", "music", "version")
SCENE: Final = (
    "text", "framing", "mood", "gesture", "gesture_sentence", "top", "bottom", "wall_picture", "strap", "strap_name", "strap_title", "card",
    "product_title", "product_price", "product_note", "product_picture", "product_named",
    "coupon_title", "coupon_code", "coupon_terms", "coupon_offer", "coupon_own", "coupon_qr",
)  # fmt: skip
NEW_SCENE: Final[Mapping[str, str]] = {
    "framing": "centre", "mood": "text", "gesture": "none", "gesture_sentence": "1", "card": "none", "top": "#ece7de", "bottom": "#b0aaa0",
}  # fmt: skip
LETTERS_KEPT_MAX: Final = 120_000
SHAPES: Final = ("16:9", "9:16", "1:1")
FRAMINGS: Final = ("centre", "left", "right", "close")
MOODS: Final = ("neutral", "glad", "concerned", "excited", "sorry")
"""What a scene may say of how they feel; else the words of each sentence say it."""
GESTURE_SENTENCES: Final = ("1", "2", "3", "4", "5", "last", "every")
"""With which sentence of its scene a gesture may be played; a script written by hand may name a later one."""
CARDS: Final[Mapping[str, tuple[str, ...]]] = {"product": ("title", "price", "note"), "coupon": ("title", "code", "terms")}


@dataclass(frozen=True)
class FilmForm:
    """What stands in the form: the film's own fields, and those of each scene."""

    head: Fields
    scenes: list[Fields] = field(default_factory=list)


def new_form(employee_id: str) -> FilmForm:
    """An empty film with one scene."""
    return FilmForm({"employee": employee_id, "shape": "16:9", "captions": "on"}, [dict(NEW_SCENE)])


def form_from(sent: Mapping[str, list[str]]) -> FilmForm:
    """The form as it was sent. Scenes are numbered from 0 in their fields' names; at most one more than a film may have is read."""
    first = {name: values[0][:LETTERS_KEPT_MAX].replace("\r\n", "\n").replace("\x00", "") for name, values in sent.items() if values}
    count = int(first.get("count", "0")) if first.get("count", "").isdecimal() and len(first["count"]) < 4 else 0
    scenes = [{name: first[key] for name in SCENE if (key := f"s{number}_{name}") in first} for number in range(min(count, SCENES_MAX + 1))]
    return FilmForm({name: first[name].strip() for name in HEAD if name in first}, scenes)


def form_of(film: FilmView) -> FilmForm:
    """The fields of a film that is kept."""
    script = film.script
    head = {
        "title": film.title,
        "employee": to_public("emp", film.employee_id),
        "target_url": film.target_url,
        "version": str(film.version),
    }
    ticks = {name: "on" for name in ("captions", "music") if script.get(name)}
    return FilmForm(head | ticks | {"shape": script.get("shape", "16:9")}, [_fields_of(scene) for scene in script["scenes"]])


def turned(form: FilmForm, wish: str) -> FilmForm:
    """The form after one of its buttons: "add", "up-2", "down-2", "remove-2", "copy-2"; anything else changes nothing."""
    hand, _, place = wish.partition("-")
    scenes = [dict(scene) for scene in form.scenes]
    if hand == "add" and len(scenes) < SCENES_MAX:
        looks: Fields = {name: scenes[-1][name] for name in ("framing", "top", "bottom") if name in scenes[-1]} if scenes else {}
        scenes.append({**NEW_SCENE, **looks})
    number = int(place) if place.isdecimal() and len(place) < 4 else -1
    if not 0 <= number < len(form.scenes):
        return FilmForm(form.head, scenes)
    other = {"up": number - 1, "down": number + 1}.get(hand, -1)
    if 0 <= other < len(scenes):
        scenes[number], scenes[other] = scenes[other], scenes[number]
    if hand == "remove" and len(scenes) > 1:
        del scenes[number]
    if hand == "copy" and len(scenes) < SCENES_MAX:
        scenes.insert(number + 1, dict(scenes[number]))
    return FilmForm(form.head, scenes)


def draft_from(form: FilmForm) -> Draft:
    """The film that the form describes. Raises PublicIdUnreadable when nobody was chosen."""
    return Draft(form.head.get("title", ""), _employee_of(form), script_from(form), form.head.get("target_url", ""))


def script_from(form: FilmForm) -> dict[str, Any]:
    """The script, as tillhand-script/2; as /1 while no scene has a mood or a gesture, so that an older film stays the script it was."""
    head, shape, scenes = form.head, form.head.get("shape", ""), [_scene_from(scene) for scene in form.scenes]
    version = 2 if any("mood" in scene or "gesture" in scene for scene in scenes) else 1
    return {
        "format": f"tillhand-script/{version}", "title": head.get("title", ""), "shape": shape if shape in SHAPES else SHAPES[0],
        "captions": "captions" in head, "music": "music" in head, "scenes": scenes,
    }  # fmt: skip


def _employee_of(form: FilmForm) -> UUID:
    chosen = form.head.get("employee", "")
    if not chosen:
        raise PublicIdUnreadable("Nobody was chosen.")
    return from_public("emp", chosen)


def _scene_from(fields: Fields) -> dict[str, Any]:
    framing = fields.get("framing", "")
    scene: dict[str, Any] = {"text": fields.get("text", "").strip(), "framing": framing if framing in FRAMINGS else FRAMINGS[0]}
    scene["wall"] = _wall_from(fields)
    if fields.get("mood") in MOODS:
        scene["mood"] = fields["mood"]
    if fields.get("gesture") in GESTURES:
        scene["gesture"] = {"kind": fields["gesture"], "sentence": _sentence_from(fields.get("gesture_sentence", ""))}
    strap = {name: _line(fields, f"strap_{name}") for name in ("name", "title")}
    if "strap" in fields:
        scene["strap"] = strap
    card = fields.get("card", "none")
    if card in CARDS:
        scene[card] = {name: _line(fields, f"{card}_{name}") for name in CARDS[card]}
    if card == "product" and fields.get("product_picture"):
        scene["product"]["picture"] = fields["product_picture"]
    if card == "product" and fields.get("product_named"):
        scene["product"] = f"@{fields['product_named']}"
    if card == "coupon" and "coupon_qr" in fields:
        scene["coupon"]["link"] = FILM_LINK
    if card == "coupon" and fields.get("coupon_offer"):
        scene["coupon"] |= {"offer": fields["coupon_offer"], "code": OWN_CODE_PLACE if "coupon_own" in fields else ""}
    return scene


def _sentence_from(chosen: str) -> int | str:
    """A sentence's number from 1, "last" or "every"; the first one where nothing of the kind was sent."""
    if chosen.isascii() and chosen.isdecimal() and len(chosen) < 4:
        return int(chosen)
    return chosen if chosen in GESTURE_SENTENCES else 1


def _wall_from(fields: Fields) -> Any:
    """Two colours, a picture by its file's name, or a place by its name with an @ before it."""
    chosen = fields.get("wall_picture", "")
    if chosen.startswith("@"):
        return chosen
    colours = {name: fields[name] for name in ("top", "bottom") if fields.get(name)}
    return colours | ({"picture": chosen} if chosen else {})


def _fields_of(scene: Mapping[str, Any]) -> Fields:
    fields = {**NEW_SCENE, "text": scene["text"], "framing": scene.get("framing", FRAMINGS[0])}
    fields["mood"] = scene.get("mood", NEW_SCENE["mood"])
    if gesture := scene.get("gesture"):
        fields |= {"gesture": gesture["kind"], "gesture_sentence": str(gesture.get("sentence", 1))}
    wall = scene.get("wall") or {}
    if isinstance(wall, str):
        fields["wall_picture"] = wall
    else:
        fields |= {name: wall[name] for name in ("top", "bottom") if name in wall} | {"wall_picture": wall.get("picture", "")}
    for part in ("strap", *CARDS):
        held = scene.get(part)
        if held is None:
            continue
        if isinstance(held, str):
            fields |= {"card": part, f"{part}_named": held.removeprefix("@")}
            continue
        fields |= {"strap": "on"} if part == "strap" else {"card": part}
        fields |= {f"{part}_{name}": words for name, words in held.items() if name != "link"}
        fields |= {"coupon_qr": "on"} if held.get("link") else {}
        fields |= {"coupon_own": "on"} if held.get("offer") and held.get("code") == OWN_CODE_PLACE else {}
    return fields


def _line(fields: Fields, name: str) -> str:
    return " ".join(fields.get(name, "").split())
