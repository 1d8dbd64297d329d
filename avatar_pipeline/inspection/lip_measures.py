"""Whether lips belong to a sound: how far apart in time they are, whether they shut where they must, whether they keep still in silence.

Everything here is arithmetic on two lists: the sounds that were heard and the lips that were seen. The measures are those of facts on
talking heads, without weights of their own; ITU-R BT.1359 puts what people notice at sound 45 ms early or 125 ms late.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from avatar_pipeline.inspection.align_words import SILENCE, HeardPhone
from avatar_pipeline.inspection.watch_face import FaceTrack
from avatar_pipeline.rig.rig import Floats

LIP_SOUNDS: Final = frozenset({"P", "B", "M"})
OPENNESS: Final = {
    "IY": 1, "UW": 1, "IH": 2, "UH": 2, "EY": 3, "OW": 3, "ER": 3, "EH": 5, "AO": 5, "OY": 5, "AE": 6, "AW": 6, "AY": 6, "AA": 7,
}  # fmt: skip
"""The vowels by how far the mouth opens for them: the rows of the IPA's chart, diphthongs by their more open part. AH is two sounds under
one name (cut, about), so it is not asked."""
CONSONANT, SHUT = 0.25, 0.0
GRID_S: Final = 0.01
SHIFT_S_MAX: Final = 0.4
CLOSURE_REACH_S: Final = 0.04
CLOSED_SHARE: Final = 0.15
"""Lips count as shut below rest plus this share of the speaking range: the landmark model reads small gaps too large."""
VOWEL_S_MIN: Final = 0.05  # a shorter one falls between two pictures
SILENCE_S_MIN: Final = 0.2
EDGE_S: Final = 0.04  # one picture at each end of a silence: lips close after the sound and part before it
BLINK_SHARE, BLINK_APART_S = 0.6, 0.15
VOWELS_MIN, CLOSURES_MIN = 8, 1


@dataclass(frozen=True)
class Offset:
    """How late the lips are against the sound, in seconds (negative: early), and how well both agree there (-1..1)."""

    late_s: float
    agreement: float


@dataclass(frozen=True)
class LipRange:
    """The speaking range of one face: aperture at rest, and its 5th and 95th percentile while speaking, in % of the eyes' distance."""

    rest: float
    low: float
    high: float

    @property
    def span(self) -> float:
        """From nearly shut to widely open."""
        return self.high - self.low


def lip_range(track: FaceTrack, phones: Sequence[HeardPhone]) -> LipRange:
    """The range over everything that is spoken. Silences of any length count as rest."""
    quiet = np.zeros(len(track.times_s), bool)
    inside = quiet.copy()
    for phone in phones:
        if phone.name == SILENCE and phone.end_s - phone.start_s >= SILENCE_S_MIN:
            quiet |= (track.times_s >= phone.start_s) & (track.times_s < phone.end_s)
            inside |= (track.times_s >= phone.start_s + EDGE_S) & (track.times_s < phone.end_s - EDGE_S)
    seen = np.isfinite(track.aperture)
    low, high = np.percentile(track.aperture[seen & ~quiet], [5, 95])
    rest = track.aperture[seen & inside]
    return LipRange(float(np.median(rest)) if len(rest) else float(low), float(low), float(high))


def av_offset(track: FaceTrack, phones: Sequence[HeardPhone]) -> Offset:
    """Move what the sounds ask of the lips against what was seen, and say where both agree best: to the hundredth of a second."""
    reach = round(SHIFT_S_MAX / GRID_S)
    times = np.arange(track.times_s[0], track.times_s[-1], GRID_S)
    wanted, seen = _smooth(wanted_openness(phones, times)), _filled(track, times)
    within = slice(reach, len(times) - reach)
    scores = np.array([_agreement(wanted[within], seen[reach + lag : len(times) - reach + lag]) for lag in range(-reach, reach + 1)])
    best = int(scores.argmax())
    late = float(best - reach)
    if 0 < best < len(scores) - 1:  # the top of a parabola through three points
        before, top, after = scores[best - 1 : best + 2]
        late += 0.5 * (before - after) / (before - 2 * top + after)
    return Offset(late * GRID_S, float(scores[best]))


def wanted_openness(phones: Sequence[HeardPhone], times: Floats) -> Floats:
    """How far open the heard sounds want the lips (0..1) at each moment: p, b, m and silence shut, consonants a little, vowels by kind."""
    wanted = np.zeros(len(times), np.float32)
    for phone in phones:
        shut = phone.name == SILENCE or phone.name in LIP_SOUNDS
        value = SHUT if shut else CONSONANT + 0.1 * OPENNESS[phone.name] if phone.name in OPENNESS else CONSONANT
        wanted[(times >= phone.start_s) & (times < phone.end_s)] = value
    return wanted


def closures(track: FaceTrack, phones: Sequence[HeardPhone]) -> tuple[int, int]:
    """How many p, b and m have their lips shut within 40 ms of their middle, and how many there are in the pictures looked at."""
    span = lip_range(track, phones)
    shut_below, shut, asked = span.rest + CLOSED_SHARE * span.span, 0, 0
    for phone in phones:
        near = np.abs(track.times_s - phone.middle_s) <= CLOSURE_REACH_S + 1e-4
        if phone.name in LIP_SOUNDS and near.any():
            asked += 1
            shut += bool(np.nanmin(np.append(track.aperture[near], np.inf)) <= shut_below)
    return shut, asked


def openness_rank(track: FaceTrack, phones: Sequence[HeardPhone]) -> float:
    """Spearman's rank correlation between how open each heard vowel is by its kind and how far the lips parted for it; NaN for too few."""
    asked = [one for one in phones if one.name in OPENNESS and one.end_s - one.start_s >= VOWEL_S_MIN]
    moments = [np.arange(one.start_s, one.end_s + GRID_S / 2, GRID_S, dtype=np.float32) for one in asked]
    near = [np.abs(track.times_s - one.middle_s).min() < 0.1 for one in asked]
    pairs = [
        (OPENNESS[one.name], float(_filled(track, when).max())) for one, when, is_near in zip(asked, moments, near, strict=True) if is_near
    ]
    if len(pairs) < VOWELS_MIN:
        return float("nan")
    wanted, seen = (np.array(column, float) for column in zip(*pairs, strict=True))
    return _agreement(_ranks(wanted), _ranks(seen))


def quiet_spans(phones: Sequence[HeardPhone], edge_s: float = EDGE_S) -> list[tuple[float, float]]:
    """Silences of 200 ms and more, without their first and last `edge_s` seconds."""
    long = [one for one in phones if one.name == SILENCE and one.end_s - one.start_s >= SILENCE_S_MIN]
    return [(one.start_s + edge_s, one.end_s - edge_s) for one in long]


def spoken_s(phones: Sequence[HeardPhone]) -> float:
    """How many seconds of sounds were heard that lips can be held against."""
    return sum(one.end_s - one.start_s for one in phones if one.name.isalpha() and one.name != SILENCE)


def silence_motion_percent(
    track: FaceTrack, phones: Sequence[HeardPhone], locked: FaceTrack | None = None, edge_s: float = EDGE_S
) -> float:
    """The lips' unrest in silences, in % of their speaking range: the standard deviation over all silences together.

    `locked` is the same film with the mouth locked: what the model sees move there is the head and the model, and is taken off in
    quadrature. `edge_s` is what of a silence's ends is left to the sounds beside it. NaN when nothing is silent.
    """
    own = _unrest(track, phones, edge_s)
    other = _unrest(locked, phones, edge_s) if locked is not None else 0.0
    return float(100 * np.sqrt(max(0.0, own**2 - other**2)) / lip_range(track, phones).span)


def _unrest(track: FaceTrack, phones: Sequence[HeardPhone], edge_s: float) -> float:
    """The standard deviation of the aperture over all silences together."""
    inside = [(track.times_s >= start) & (track.times_s < end) for start, end in quiet_spans(phones, edge_s)]
    found = np.concatenate([track.aperture[one] for one in inside]) if inside else np.zeros(0)
    found = found[np.isfinite(found)]
    return float(found.std()) if len(found) else float("nan")


def blinks(track: FaceTrack) -> int:
    """How often both eyes shut: the lids' height falls below 60 % of its median and rises again."""
    shut = track.lids < BLINK_SHARE * np.nanmedian(track.lids)
    begins = track.times_s[1:][shut[1:] & ~shut[:-1]]
    return int(len(begins) - np.sum(np.diff(begins) < BLINK_APART_S))


def _filled(track: FaceTrack, times: Floats) -> Floats:
    seen = np.isfinite(track.aperture)
    return np.asarray(np.interp(times, track.times_s[seen], track.aperture[seen]), np.float32)


def _smooth(values: Floats) -> Floats:
    window = np.hanning(15)[1:-1]
    return np.asarray(np.convolve(values, window / window.sum(), "same"), np.float32)


def _agreement(one: Floats, other: Floats) -> float:
    if np.ptp(one) == 0 or np.ptp(other) == 0:
        return 0.0
    return float(np.corrcoef(one, other)[0, 1])


def _ranks(values: Floats) -> Floats:
    """Ranks from 0; equal values share the middle of theirs."""
    _, which, count = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(count)
    return np.asarray((ends - (count + 1) / 2)[which], np.float32)
