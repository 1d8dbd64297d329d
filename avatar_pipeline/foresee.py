"""What a script would make anew, told before a picture is drawn: each sentence, and whether one that looks and sounds the same is there.

Sentences near the beginning depend on the film's clock (the label that says AI, the strap with a name). Where a sentence before them
is new, its length is not known yet, so they count as new too: it is told rather one too many than one too few. A gesture moves the
head alone: with another one a sentence is as long as before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from avatar_pipeline.motion.gesture import GESTURES
from avatar_pipeline.scenes.plan import Cast, Clock, fingerprint, plan_takes
from avatar_pipeline.scenes.script import Script

__all__ = ["Cast", "ForeseenTake", "foresee"]

LETTERS_A_SECOND: Final = 14.0
"""About how fast the house's voices speak; it only decides how near the beginning a later sentence is."""


@dataclass(frozen=True)
class ForeseenTake:
    """One sentence of a script; `is_kept` when nothing of it would be made anew."""

    text: str
    scene_number: int
    is_kept: bool


def foresee(script: Script, cast: Cast, known: Mapping[str, float]) -> list[ForeseenTake]:
    """Hold a script against sentences that are there, by fingerprint with their seconds. Raises what planning a film raises.

    A neural mouth is named in `cast` as it was when they were made (ShotTake.mouth): other weights or another film make all of them anew.
    """
    film_s, scene_s, seen = 0.0, 0.0, []
    for take in plan_takes(script):
        clock = Clock(film_s, 0.0 if take.is_first else scene_s)
        same = [replace(take, manner=replace(take.manner, gesture=gesture)) for gesture in (take.manner.gesture, None, *GESTURES)]
        lengths = [known.get(fingerprint(one, script, cast, clock)) for one in same]
        seen.append(ForeseenTake(take.text, take.scene_number, lengths[0] is not None))
        length_s = next((seconds for seconds in lengths if seconds is not None), len(take.text) / LETTERS_A_SECOND)
        film_s, scene_s = film_s + length_s, clock.scene_s + length_s
    return seen
