"""The inspector: a finished film is watched and heard again before anybody may publish it, and what is found is told matter by matter.

It knows the file, the words that were to be said and when, and whose mark should be in it; nothing of how the pictures were made. Long
films are sampled: some whole sentences are watched, some more are listened to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from avatar_pipeline.casting.find_face import FaceFinder
from avatar_pipeline.catalogue import faces
from avatar_pipeline.errors import WeightsMissing
from avatar_pipeline.inspection.align_words import HeardPhone
from avatar_pipeline.inspection.film_tracks import LISTEN_HZ, LOUDNESS_HZ, FilmUnwatchable, pictures_of, sound_of
from avatar_pipeline.inspection.likeness_print import likeness_print, nearest
from avatar_pipeline.inspection.lip_measures import av_offset, closures, silence_motion_percent, spoken_s
from avatar_pipeline.inspection.loudness import loudness_of
from avatar_pipeline.inspection.sampling import Part, Sampled, heard_parts, sample_of
from avatar_pipeline.inspection.watch_face import FaceTrack
from avatar_pipeline.inspection.words_heard import judge_words
from avatar_pipeline.provenance import verify_media
from avatar_pipeline.rig.rig import Floats

__all__ = ["Check", "FilmUnwatchable", "Matter", "Outcome", "Part", "Wanted", "inspect_film"]

LATE_S_MAX: Final = 0.06  # a picture and a half; ITU-R BT.1359 puts what people notice at 45 ms early, 125 ms late
AGREEMENT_MIN: Final = 0.35
SPOKEN_S_MIN: Final = 1.5
"""Of 29 faultless films with less speech two were taken for 0.2 s late, for in so little two places agree; of 45 with more none was."""
CLOSED_SHARE_MIN, CLOSURES_ASKED_MIN = 0.85, 6
SILENCE_PERCENT_MAX: Final = 6.0
"""Without a film of the same head with its mouth locked to compare with, the model's own unrest under a moving head is in this figure."""
LUFS_MIN, LUFS_MAX, PEAK_DB_MAX = -26.0, -14.0, 0.0
SILENCE_EDGE_S: Final = 0.08
"""Two pictures. Lips that still close where the aligner hears a sound end are one of a short film's 28 silent pictures: 7 % of unrest."""
ALIKE_MIN: Final = 0.85
SEEN_SHARE_MIN: Final = 0.9


class Matter(StrEnum):
    """What is looked at."""

    SYNC = "sync"
    SILENCE = "silence"
    WORDS = "words"
    LOUDNESS = "loudness"
    LABEL = "label"
    ORIGINALITY = "originality"
    PRICES = "prices"
    LIKENESS = "likeness"


class Outcome(StrEnum):
    """What came of it."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_JUDGED = "not_judged"


@dataclass(frozen=True)
class Check:
    """One matter: its outcome, the figures that decided, and `how` it was judged, or why it could not be."""

    matter: Matter
    outcome: Outcome
    figures: Mapping[str, float | str] = field(default_factory=dict)
    how: str = ""


@dataclass(frozen=True)
class Wanted:
    """What the film should be: its sentences and when they are said, the number of its mark, and whose face it may show.

    `reserved` are fingerprints (inspection/likeness_print.py) of faces that belong to others, by name.
    """

    parts: Sequence[Part]
    mark_id: int
    face_id: str
    language: str = "en"
    reserved: Mapping[str, Floats] = field(default_factory=dict)


def inspect_film(path: Path, wanted: Wanted, weights: Path | None = None) -> tuple[Check, ...]:
    """Watch and hear a film and judge it. Raises FilmUnwatchable when it cannot be played, MediaUnreadable."""
    checks = [_loudness(path), _label(path, wanted)]
    parts = [part for part in wanted.parts if part.is_english]
    sound = sound_of(path, LISTEN_HZ, 1)
    if wanted.parts:
        checks.append(_words(sound, wanted.parts, weights))
    try:
        finder = FaceFinder(weights)
    except WeightsMissing:
        return (*checks, *(Check(one, Outcome.NOT_JUDGED, how="weights") for one in (Matter.SYNC, Matter.SILENCE, Matter.ORIGINALITY)))
    if not parts:  # the aligner, which says when lips must shut, knows English alone
        unwatched = (Check(one, Outcome.NOT_JUDGED, how="language") for one in (Matter.SYNC, Matter.SILENCE))
        return (*checks, *unwatched, _originality(path, wanted, finder))
    watched = sample_of(path, sound, parts, finder)
    return (*checks, *_lips(watched), _originality(path, wanted, finder))


def _loudness(path: Path) -> Check:
    found = loudness_of(sound_of(path, LOUDNESS_HZ, 2))
    is_good = LUFS_MIN <= found.integrated_lufs <= LUFS_MAX and found.true_peak_db <= PEAK_DB_MAX
    figures = {"lufs": round(found.integrated_lufs, 1), "peak_db": round(found.true_peak_db, 1)}
    return Check(Matter.LOUDNESS, _outcome(is_good), figures)


def _label(path: Path, wanted: Wanted) -> Check:
    """The label in the container says AI, and the mark in the pictures is this film's."""
    found = verify_media(path)
    has_label, has_mark = bool(found.label and found.label.is_ai), found.film_id == wanted.mark_id
    how = "" if has_label and has_mark else "label" if not has_label else "mark"
    return Check(Matter.LABEL, _outcome(has_label and has_mark), {"strength": round(found.mark.strength, 1) if found.mark else 0.0}, how)


def _words(sound: Floats, parts: Sequence[Part], weights: Path | None) -> Check:
    """Some sentences, heard again: by a recogniser where one is installed, else by how well the words lie on the sound."""
    judged = judge_words(sound, heard_parts(parts), weights)
    if not judged.parts:
        return Check(Matter.WORDS, Outcome.NOT_JUDGED, how=judged.how)
    figures: dict[str, float | str] = {"sentences": float(judged.parts), "wrong": float(len(judged.wrong))}
    if judged.wrong:
        figures["sentence"] = judged.wrong[0][:120]
    return Check(Matter.WORDS, _outcome(not judged.wrong), figures, judged.how)


def _lips(watched: Sampled | None) -> tuple[Check, ...]:
    if watched is None:
        return tuple(Check(one, Outcome.NOT_JUDGED, how="words") for one in (Matter.SYNC, Matter.SILENCE))
    track, phones = watched.track, watched.phones
    if track.seen_share < SEEN_SHARE_MIN:
        return tuple(Check(one, Outcome.FAILED, {"seen": round(track.seen_share, 2)}, "no_face") for one in (Matter.SYNC, Matter.SILENCE))
    return _sync(track, phones), _silence(track, phones)


def _sync(track: FaceTrack, phones: Sequence[HeardPhone]) -> Check:
    if spoken_s(phones) < SPOKEN_S_MIN:
        return Check(Matter.SYNC, Outcome.NOT_JUDGED, {"spoken": round(spoken_s(phones), 1)}, "too_short")
    offset, (shut, asked) = av_offset(track, phones), closures(track, phones)
    is_in_time = abs(offset.late_s) <= LATE_S_MAX and offset.agreement >= AGREEMENT_MIN
    shuts = asked < CLOSURES_ASKED_MIN or shut / asked >= CLOSED_SHARE_MIN
    figures = {
        "late_ms": float(round(1000 * offset.late_s)),
        "agreement": round(offset.agreement, 2),
        "shut": float(shut),
        "asked": float(asked),
    }
    return Check(Matter.SYNC, _outcome(is_in_time and shuts), figures, "late" if not is_in_time else "" if shuts else "open")


def _silence(track: FaceTrack, phones: Sequence[HeardPhone]) -> Check:
    unrest = silence_motion_percent(track, phones, edge_s=SILENCE_EDGE_S)
    if not np.isfinite(unrest):
        return Check(Matter.SILENCE, Outcome.NOT_JUDGED, how="no_silence")
    return Check(Matter.SILENCE, _outcome(unrest <= SILENCE_PERCENT_MAX), {"percent": round(unrest, 1)})


def _originality(path: Path, wanted: Wanted, finder: FaceFinder) -> Check:
    """The nearest of the catalogue's and of others' faces; only a face that belongs to somebody else stops a film."""
    first = next(pictures_of(path))
    boxes = finder.boxes(first.pixels)
    if not boxes:
        return Check(Matter.ORIGINALITY, Outcome.NOT_JUDGED, how="no_face")
    own = likeness_print(first.pixels, finder.face(first.pixels, boxes[0]).points)
    house = catalogue_prints()
    known = {**house, **wanted.reserved}
    name, alike = nearest(own, known, house)
    is_theirs = alike >= ALIKE_MIN and name != wanted.face_id and (name in wanted.reserved or wanted.face_id not in house)
    if name == wanted.face_id:  # their own face says nothing of who else they resemble
        name, alike = nearest(own, {other: likeness for other, likeness in known.items() if other != name}, house)
    return Check(Matter.ORIGINALITY, _outcome(not is_theirs), {"nearest": name, "alike": round(alike, 2)})


@lru_cache(maxsize=1)
def catalogue_prints() -> Mapping[str, Floats]:
    """The fingerprints of the house's own faces, taken from their posters. Raises WeightsMissing."""
    finder, found = FaceFinder(), {}
    for one in faces():
        poster = np.asarray(cv2.imread(str(one.poster_path)), np.uint8)
        found[one.face_id] = likeness_print(poster, finder.face(poster, finder.boxes(poster)[0]).points)
    return found


def _outcome(is_good: bool) -> Outcome:
    return Outcome.PASSED if is_good else Outcome.FAILED
