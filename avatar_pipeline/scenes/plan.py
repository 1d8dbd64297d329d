"""A script cut into takes, each with the fingerprint of everything that its pictures and its sound depend on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from avatar_pipeline.catalogue import FilmableFace
from avatar_pipeline.motion.mood import held_joints
from avatar_pipeline.scenes.errors import PictureUnreadable, ScriptUnreadable
from avatar_pipeline.scenes.script import SCENES_MAX, SCRIPT_CHARACTERS_MAX, CouponCard, Scene, Script
from avatar_pipeline.scenes.sentences import said_sentences
from avatar_pipeline.scenes.strap import GOES_S
from avatar_pipeline.scenes.take import PLAIN, Manner, Pauses
from avatar_pipeline.speak import moods_in
from avatar_pipeline.stages.label import FADE_S, SHOWN_S
from avatar_pipeline.text.languages import language_of
from avatar_pipeline.voice import Voice

WORKSHOP: Final = 4  # raised when a change of the drawing or the speaking makes kept takes look different from new ones
LEAD_IN_S, SCENE_END_S, LEAD_OUT_S = 0.4, 0.36, 0.8


@dataclass(frozen=True)
class PlannedTake:
    """One sentence of one scene. `is_first` and `is_last` are of its scene: cards come with the first and go with the last."""

    number: int
    scene_number: int
    scene: Scene
    text: str
    is_first: bool
    is_last: bool
    pauses: Pauses
    manner: Manner = PLAIN


@dataclass(frozen=True)
class Cast:
    """Who plays: a face and a voice; and whose film it is: the mark in every picture carries the work's id, in all its versions.

    `mouth` names the engine that draws the mouth in the rig's place.
    """

    face: FilmableFace
    voice: Voice
    mark_id: int
    mouth: str = ""


def plan_takes(script: Script) -> list[PlannedTake]:
    """Cut a script into takes. Raises ScriptUnreadable for too many scenes or letters, or when nothing in it can be said."""
    if len(script.scenes) > SCENES_MAX:
        raise ScriptUnreadable(f"A script has at most {SCENES_MAX} scenes; this one has {len(script.scenes)}. Make two films of it.")
    letters = sum(len(scene.text) for scene in script.scenes)
    if letters > SCRIPT_CHARACTERS_MAX:
        raise ScriptUnreadable(f"A script has at most {SCRIPT_CHARACTERS_MAX} letters; this one has {letters}. Make two films of it.")
    said = [(number, scene, sentences) for number, scene in enumerate(script.scenes) if (sentences := said_sentences(scene.text))]
    if not said:
        raise ScriptUnreadable("The script holds nothing that can be said aloud. Write at least one word in one scene.")
    return list(_numbered(said))


def _numbered(said: list[tuple[int, Scene, list[str]]]) -> Iterator[PlannedTake]:
    number, last_scene = 0, len(said) - 1
    for place, (scene_number, scene, sentences) in enumerate(said):
        manners = _manners(scene, sentences)
        for index, text in enumerate(sentences):
            is_first, is_last = index == 0, index == len(sentences) - 1
            after_s = 0.0 if not is_last else LEAD_OUT_S if place == last_scene else SCENE_END_S
            pauses = Pauses(LEAD_IN_S if number == 0 else 0.0, after_s)
            yield PlannedTake(number, scene_number, scene, text, is_first, is_last, pauses, manners[index])
            number += 1


def _manners(scene: Scene, sentences: list[str]) -> list[Manner]:
    """How each sentence of a scene is played. Between two that feel the same the face keeps the feeling; a cut to another scene ends it."""
    moods = [moods_in(text, scene.mood) for text in sentences]
    joints = [False, *(held_joints((one[-1], other[0]))[0] for one, other in pairwise(moods)), False]
    motion, count = scene.motion, len(sentences)
    gestures = [motion.gesture if motion and motion.is_for(number + 1, count) else None for number in range(count)]
    return [Manner(scene.mood, gesture, held) for gesture, held in zip(gestures, pairwise(joints), strict=True)]


@dataclass(frozen=True)
class Clock:
    """What the clocks of the film and of the scene show as a take begins, in seconds."""

    film_s: float = 0.0
    scene_s: float = 0.0

    @property
    def label_s(self) -> float | None:
        """The film's clock, while the label that says who made them is to be seen."""
        return round(self.film_s, 2) if self.film_s < SHOWN_S + FADE_S else None

    def strap_s(self, scene: Scene) -> float | None:
        """The scene's clock, while its strap may be to be seen."""
        return round(self.scene_s, 2) if scene.strap and self.scene_s < GOES_S else None


def fingerprint(take: PlannedTake, script: Script, cast: Cast, clock: Clock) -> str:
    """The sha256 of all that decides how this take looks and sounds."""
    own = [[one.written, one.said] for one in cast.voice.sayings_in(take.text)]
    scene, shows_card, strap_s = take.scene, take.scene.card is not None, clock.strap_s(take.scene)
    decides = {
        "workshop": WORKSHOP, "seed": script.seed, "text": take.text, "pauses": asdict(take.pauses), "look": asdict(script.look),
        "face": _file_print(cast.face.film_rig_path), "voice": [cast.voice.name, cast.voice.speed],
        "mark": cast.mark_id, "framing": scene.framing,
        "wall": _told(scene.wall), "card": _told(scene.card), "label_s": clock.label_s, "strap_s": strap_s,
        "strap": _told(scene.strap) if strap_s is not None else None, "strap_goes": strap_s is not None and take.is_last,
        "card_comes": shows_card and take.is_first, "card_goes": shows_card and take.is_last,
        **({"mouth": cast.mouth} if cast.mouth else {}), **({"own_sayings": own} if own else {}),
        **({"mood": scene.mood} if scene.mood else {}), **_manner_of(take),
        **({"coupon": "the code fills the card"} if isinstance(scene.card, CouponCard) else {}),
        **({"stand": "beneath the strap"} if (script.look.shape, scene.framing, shows_card) == ("1:1", "centre", False) else {}),
        **({"stress": "without asterisks in captions"} if "*" in take.text else {}),
        **({"own_pace": pace} if (pace := cast.voice.for_language(language_of(take.text)).own_pace) != 1.0 else {}),
    }  # fmt: skip
    return hashlib.sha256(json.dumps(decides, sort_keys=True).encode()).hexdigest()


def _manner_of(take: PlannedTake) -> dict[str, Any]:
    """Nothing for a sentence without a gesture beside neighbours that feel otherwise, as all were once: it keeps its fingerprint."""
    before, after = take.manner.held
    joints = [before, *held_joints(moods_in(take.text, take.scene.mood)), after]
    told: dict[str, Any] = {"gesture": take.manner.gesture} if take.manner.gesture else {}
    return told | ({"mood_is_kept": joints} if any(joints) else {})


def _told(part: Any) -> dict[str, Any] | None:
    """A wall or a card as plain data; its picture by what is in the file, not by its name."""
    if part is None:
        return None
    told = asdict(part) | {"kind": type(part).__name__}
    if told.get("picture"):
        told["picture"] = _file_print(told["picture"])
    return told


def _file_print(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise PictureUnreadable(f"The file {path.name} cannot be read: {error.strerror}.") from error
