"""Judge a film with a neural mouth by its own pixels and sound; no weights but the packaged landmarks.

Lip opening is the distance of the inner lips over that of the outer eye corners. A good mouth opens with the sound (correlation with its
loudness, at most a picture early or late), is still in pauses, leaves everything outside its mask as it was, and is about as sharp as the
picture it was put into.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from avatar_pipeline.casting.find_face import FaceFinder
from avatar_pipeline.engines.face_crop import face_near
from avatar_pipeline.engines.musetalk import FRAMES_PER_SECOND, silent_pictures
from avatar_pipeline.inspection.align_words import align_words
from avatar_pipeline.inspection.film_tracks import LISTEN_HZ, pictures_of, sound_of
from avatar_pipeline.inspection.lip_measures import av_offset, closures, openness_rank, silence_motion_percent
from avatar_pipeline.inspection.watch_face import watch_face
from avatar_pipeline.neural import FaceNotFollowed, NeuralCast

Floats = NDArray[np.float32]
SHIFTS: Final = range(-10, 11)
FOLLOWS_MIN, OFFSET_MAX, STILL_MAX, SHARP_MIN, UNTOUCHED_MIN_DB = 0.35, 1, 0.02, 0.5, 30.0
"""Mouths known to be right (four faces of the house, the acceptance's text) agree with 0.40 to 0.52 at 0 or 1 pictures; those of another
text with at most 0.26 at such an offset, and with up to 0.52 where they are nine pictures off; noise with at most 0.20."""
SEEN_MIN, CLOSURES_MIN, OPENNESS_MIN = 0.9, 0.95, 0.7
SILENCE_MAX: Final = 6.0  # a moving head and the model's own unrest are in it; the benchmark takes them off by a film with locked lips
_UPPER, _LOWER, _EYE_R, _EYE_L = 13, 14, 33, 263


@dataclass(frozen=True)
class Finding:
    """One measure: a name, a figure and its unit, a verdict, and a sentence for people."""

    name: str
    value: float
    unit: str
    is_good: bool
    sentence: str

    @classmethod
    def at_least(cls, name: str, value: float, wanted: float, unit: str, says: str) -> Finding:
        """A measure that should be high."""
        return cls(name, value, unit, value >= wanted, f"{says}: {value:.2f} {unit}, at least {wanted:g} wanted.")

    @classmethod
    def at_most(cls, name: str, value: float, wanted: float, unit: str, says: str) -> Finding:
        """A measure that should be low."""
        return cls(name, value, unit, value <= wanted, f"{says}: {value:.3f} {unit}, at most {wanted:g} wanted.")


def judge(path: Path, cast: NeuralCast) -> list[Finding]:
    """Measure a film made with this cast. Raises FaceNotFollowed when the film shows no face to measure."""
    pictures, samples, rate = _read(path)
    opening = lip_opening(pictures)
    loud = loudness(samples, rate, len(pictures))
    silent = silent_pictures(samples, rate, len(pictures))
    offset, follows = best_offset(opening, loud)
    still = float(np.std(opening[silent])) if silent.sum() > 3 else 0.0
    sharp, kept_db = _beside_the_prepared(pictures, cast)
    return [
        Finding.at_least("lips_follow_sound", follows, FOLLOWS_MIN, "correlation", "The lips open with the sound"),
        Finding.at_most("lips_offset", abs(offset), OFFSET_MAX, "pictures", "They do so early or late"),
        Finding.at_most("lips_in_pauses", still, STILL_MAX, "of the eyes' distance", "In pauses they move"),
        Finding.at_least("mouth_sharpness", sharp, SHARP_MIN, "times", "The mouth is as sharp as what it was put into"),
        Finding.at_least("rest_untouched", kept_db, UNTOUCHED_MIN_DB, "dB", "Above the mouth nothing changed but by encoding"),
    ]


def judge_as_the_bench(path: Path, said: str) -> list[Finding]:
    """The measures of `make bench-face` on any film, from the file alone: `said` are its English words, laid over its sound.

    Raises FaceNotFollowed, and NotAligned when the words are not what the film says.
    """
    phones = align_words(sound_of(path, LISTEN_HZ, 1), said).phones
    track = watch_face(pictures_of(path), FaceFinder())
    if track.seen_share < SEEN_MIN:
        raise FaceNotFollowed(f"A face is seen in only {track.seen_share:.0%} of the film's pictures, so its lips cannot be measured.")
    late_frames = av_offset(track, phones).late_s * FRAMES_PER_SECOND
    shut, asked = closures(track, phones)
    return [
        Finding.at_most("av_offset_abs_frames", abs(late_frames), OFFSET_MAX, "pictures", "Lips against sounds, early or late"),
        Finding.at_least("closure_recall", shut / max(1, asked), CLOSURES_MIN, "share", f"Of {asked} p, b and m so many shut"),
        Finding.at_least("openness_rank_corr", openness_rank(track, phones), OPENNESS_MIN, "correlation", "Open vowels open the lips"),
        Finding.at_most("silence_motion_percent", silence_motion_percent(track, phones), SILENCE_MAX, "%", "In silences the lips move"),
    ]


def lip_opening(pictures: list[NDArray[np.uint8]]) -> Floats:
    """How far the lips are apart in each picture, over the distance of the eyes; what is not seen is filled in evenly."""
    finder, opened = FaceFinder(), []
    last = None
    for picture in pictures:
        face = face_near(picture, finder, last)
        last = face.box if face else None
        opened.append(_opening(face.points[:, :2]) if face else float("nan"))
    values = np.array(opened, np.float32)
    seen = np.flatnonzero(~np.isnan(values))
    if len(seen) < 2:
        raise FaceNotFollowed("The film shows no face that could be measured.")
    return np.asarray(np.interp(np.arange(len(values)), seen, values[seen]), np.float32)


def _opening(points: Floats) -> float:
    return float(np.linalg.norm(points[_UPPER] - points[_LOWER]) / np.linalg.norm(points[_EYE_R] - points[_EYE_L]))


def loudness(samples: NDArray[np.int16], rate: int, frames: int) -> Floats:
    """The sound's level in each picture's 40 ms, as the ear hears it (a logarithm above the noise)."""
    step = rate // FRAMES_PER_SECOND
    padded = np.zeros(frames * step, np.float32)
    padded[: min(len(samples), len(padded))] = samples[: len(padded)]
    level = np.sqrt((padded.reshape(frames, step) ** 2).mean(axis=1))
    return np.asarray(np.log1p(level / 100), np.float32)


def best_offset(opening: Floats, loud: Floats) -> tuple[int, float]:
    """At which shift (pictures, positive: lips late) opening and loudness agree best, and how well (-1..1)."""
    agreed = {shift: _agreement(np.roll(opening, -shift)[10:-10], loud[10:-10]) for shift in SHIFTS}
    best = max(agreed, key=lambda shift: (agreed[shift], -abs(shift)))
    return best, agreed[best]


def _agreement(one: Floats, other: Floats) -> float:
    if len(one) < 3 or np.std(one) < 1e-9 or np.std(other) < 1e-9:
        return 0.0
    return float(np.corrcoef(one, other)[0, 1])


def _beside_the_prepared(pictures: list[NDArray[np.uint8]], cast: NeuralCast) -> tuple[float, float]:
    """Sharpness of the mouth beside the prepared one, and how well everything above the crop's middle was kept (dB)."""
    prepared, ratios, errors = list(cast.face.pictures()), [], []
    shown = cast.face.frames_shown(len(pictures), len(prepared))
    for index in range(0, len(pictures), 5):
        loop = shown[index]
        x1, y1, x2, y2 = (int(number) for number in cast.prepared.boxes[loop])
        middle = (y1 + y2) // 2
        place = slice(middle + (y2 - middle) // 4, y2 - (y2 - middle) // 4), slice(x1 + (x2 - x1) // 4, x2 - (x2 - x1) // 4)
        ratios.append(_sharpness(pictures[index][place]) / max(1e-6, _sharpness(prepared[loop][place])))
        height = pictures[index].shape[0]
        above = slice(height // 8, middle - 2)
        errors.append(float(((pictures[index][above].astype(np.float32) - prepared[loop][above]) ** 2).mean()))
    return float(np.median(ratios)), float(10 * np.log10(255**2 / max(1e-6, float(np.median(errors)))))


def _sharpness(part: NDArray[np.uint8]) -> float:
    return float(cv2.Laplacian(cv2.cvtColor(part, cv2.COLOR_BGR2GRAY), cv2.CV_32F).var())


def _read(path: Path) -> tuple[list[NDArray[np.uint8]], NDArray[np.int16], int]:
    with av.open(str(path)) as film:
        pictures = [frame.to_ndarray(format="bgr24") for frame in film.decode(video=0)]
    with av.open(str(path)) as film:
        rate = int(film.streams.audio[0].rate or 0)
        resampler = av.AudioResampler(format="s16", layout="mono", rate=rate)
        parts = [out.to_ndarray()[0] for frame in film.decode(audio=0) for out in resampler.resample(frame)]
    return pictures, np.concatenate(parts).astype(np.int16), rate
