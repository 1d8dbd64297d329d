"""Casting from a film: somebody looks into the camera for some seconds, and their best picture and their calmest seconds become a face.

The best picture is cast like any portrait, so the face talks in every browser. The seconds around it are kept as a loop, cut as the rig's
own picture is cut: where a graphics card is at work the film itself is shown, its mouth drawn by the networks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import av
import cv2
import numpy as np

from avatar_pipeline.cast import Audition, Finding, main_face
from avatar_pipeline.casting.find_face import Face, FaceFinder
from avatar_pipeline.casting.fit_head import turn_of
from avatar_pipeline.casting.frame import cut_square, frame
from avatar_pipeline.casting.judge_portrait import judge_boxes, judge_face
from avatar_pipeline.engines.face_crop import FaceNotFollowed
from avatar_pipeline.engines.face_film import FRAMES_MAX, FRAMES_PER_SECOND, SIDE_MAX_PX, FaceFilm, PicturesTooLarge
from avatar_pipeline.errors import StageRefusal
from avatar_pipeline.rig.rig import Bytes, Floats
from avatar_pipeline.stages.loop_files import FILM_LOOP, LOOP, LOOP_PICTURES, write_loop_film, write_loop_pictures, write_way_there

FILM_BYTES_MAX: Final = 100_000_000
SECONDS_MIN: Final = 2
SECONDS_MAX: Final = FRAMES_MAX // FRAMES_PER_SECOND
"""What comes after these is not looked at."""
LOOP_SECONDS_MAX: Final = 5
LOOP_PX: Final = 512
FILM_LOOP_PX_MAX: Final = SIDE_MAX_PX
"""The studio's films show the person about so large; what was filmed smaller is kept as large as it was."""
LOOK_EVERY: Final = 5  # pictures: five looks a second
LOOK_PX, WHOLE_PX = 960, 1920  # the longer side of a picture that is looked at, and of the one that is cast
HEADS: Final = ((4, b"ftyp"), (4, b"moov"), (4, b"mdat"), (4, b"wide"), (0, b"\x1aE\xdf\xa3"))
"""How MP4 and MOV, and WebM, begin. Anything else, a list of other files among it, is never opened."""
BREAKS: Final = frozenset({"no_face", "several_faces", "not_a_face", "turned", "leaning", "too_dark", "cut", "no_neck", "covered"})
"""What a loop must not show. Lids and lips that move, and blur for a moment, belong to a film."""
_AT_ANY_SIZE: Final = frozenset({"too_small", "small"})  # measured on the picture that is cast, not on a smaller copy
ADVICE: Final = {
    "no_face": "No human face was found in most of the film. Film head and shoulders from the front.",
    "several_faces": "The film shows several faces. Film one person alone.",
    "not_a_face": "What the film shows does not look like a whole human face. Film it uncovered, from the front.",
    "turned": "The head is turned away for most of the film. Look straight into the camera.",
    "leaning": "The head leans to one side for most of the film. Hold it upright, and the camera level.",
    "too_dark": "The face is too dark to see for most of the film. Stand facing a window or a lamp.",
    "cut": "The film cuts off part of the face. Leave some room around the head.",
    "no_neck": "The film ends at the chin. Film head and shoulders.",
    "covered": "Something covers the mouth or chin. Take off masks and scarves, keep hands and microphones away.",
    "eyes_closed": "The eyes are closed in every picture that could be used. Look into the camera for some seconds.",
    "mouth_open": "The mouth is open in every picture that could be used. Keep the lips together for some seconds.",
    "blurred": "The face is blurred throughout. Hold the camera still, focus on the eyes, wipe the lens.",
}
TOO_SHORT: Final = Finding("too_short", True, f"The film is shorter than {SECONDS_MIN} seconds. Film five to ten seconds.")
NO_CALM: Final = f"No {SECONDS_MIN} seconds on end show one face from the front. Keep still and look into the camera."
NOT_READ: Final = Finding("no_pictures", True, "No moving picture could be read from this file. Save the film as MP4, MOV or WebM.")
TOO_LARGE: Final = Finding("too_large", True, "The film's pictures are too large to be read. Save it with 1920 x 1080 pixels.")
DAMAGED: Final = Finding("damaged", True, "The film is damaged or cut short, and its pictures cannot be read. Export it again.")
Progress = Callable[[float], None]


class FilmUnusable(StageRefusal):
    """The file is no film, or one that is not read here."""


@dataclass(frozen=True, eq=False)
class SeenFilm:
    """What was seen in a film: why it cannot be used, or its best picture (PNG) and the pictures first..last (not included) of its loop."""

    findings: tuple[Finding, ...]
    portrait: bytes | None = None
    first: int = 0
    last: int = 0


@dataclass(frozen=True, eq=False)
class _Look:
    number: int
    findings: tuple[Finding, ...]
    turned: float

    @property
    def refusals(self) -> list[str]:
        return [one.code for one in self.findings if one.is_refusal]


def check_film(head: bytes, size_bytes: int) -> None:
    """Judge a file by its first sixteen bytes and its size, without opening it. Raises FilmUnusable with what to do instead."""
    if not size_bytes:
        raise FilmUnusable("The file is empty. Choose a film as MP4, MOV or WebM.")
    if size_bytes > FILM_BYTES_MAX:
        raise FilmUnusable(f"The film has more than {FILM_BYTES_MAX // 1_000_000} MB. Film fewer seconds, or save it smaller.")
    if not any(head[at : at + len(word)] == word for at, word in HEADS):
        raise FilmUnusable("This is no film we can read. Save it as MP4, MOV or WebM.")


def see_film(path: Path, progress: Progress = lambda _: None) -> SeenFilm:
    """Look through a film, five times a second, and choose. `progress` is called with 0..1. Raises WeightsMissing, OSError."""
    try:
        film = FaceFilm(path, _shrunk_to(LOOK_PX))
        if film.frames < SECONDS_MIN * FRAMES_PER_SECOND:
            return SeenFilm((TOO_SHORT,))
        looks = list(_looks(film, progress))
        calm = _calm(looks)
        best = min((look for look in calm if not look.refusals), key=lambda look: (len(look.findings), look.turned), default=None)
        if best is None:
            return SeenFilm((_why(calm or looks, is_calm=bool(calm)),))
        first, last = _around(best.number, calm[0].number, min(film.frames, calm[-1].number + 1))
        picture = next(FaceFilm(path, _shrunk_to(WHOLE_PX)).pictures(best.number, best.number + 1))
        return SeenFilm((), cv2.imencode(".png", picture)[1].tobytes(), first, last)
    except PicturesTooLarge:
        return SeenFilm((TOO_LARGE,))
    except FaceNotFollowed:
        return SeenFilm((NOT_READ,))
    except av.FFmpegError:
        return SeenFilm((DAMAGED,))


def write_loop(film: Path, seen: Audition, around: tuple[int, int], out: Path, progress: Progress = lambda _: None) -> None:
    """Write the pictures around[0]..around[1] of a film as loop.mp4 and loop.pictures into `out`, cut as the rig of `seen` is.

    What was filmed larger than chats show it is kept for films too, as film_loop.mp4. Each file appears whole or not at all, and
    loop.pictures last. Raises ValueError for an audition without a face, FaceNotFollowed, OSError.
    """
    if seen.face is None:
        raise ValueError("There is no face in this picture.")
    matrix = frame(seen.picture.pixels, seen.face, LOOP_PX)[1]
    large_px, count, done = _film_loop_px(matrix), around[1] - around[0], 0.0
    if large_px > LOOP_PX:
        larger = np.asarray(matrix * (large_px / LOOP_PX), np.float32)
        write_way_there(
            _told(_cut_alike(film, larger, large_px).pictures(*around), count, lambda part: progress(0.4 * part)), out / FILM_LOOP
        )
        done = 0.4
    there = _cut_alike(film, matrix, LOOP_PX).pictures(*around)
    pictures = list(_told(there, count, lambda part: progress(done + (0.7 - done) * part)))
    write_loop_film(pictures, out / LOOP)
    progress(0.8)
    write_loop_pictures(pictures, out / LOOP_PICTURES)
    progress(1.0)


def _film_loop_px(matrix: Floats) -> int:
    """How large the square of a matrix of `frame` at LOOP_PX is in the film's own pixels, a multiple of 4, FILM_LOOP_PX_MAX at most."""
    as_filmed = LOOP_PX / float(np.hypot(matrix[0, 0], matrix[1, 0]))
    return min(FILM_LOOP_PX_MAX, int(as_filmed) // 4 * 4)


def _cut_alike(film: Path, matrix: Floats, side_px: int) -> FaceFilm:
    whole = _shrunk_to(WHOLE_PX)
    return FaceFilm(film, lambda picture: cut_square(whole(picture), matrix, side_px))


def _told(pictures: Iterator[Bytes], count: int, progress: Progress) -> Iterator[Bytes]:
    for number, picture in enumerate(pictures, 1):
        yield picture
        progress(number / count)


def _looks(film: FaceFilm, progress: Progress) -> Iterator[_Look]:
    finder = FaceFinder()
    for number, picture in enumerate(film.pictures()):
        if number % LOOK_EVERY == 0:
            boxes, face = main_face(finder, picture)
            found = judge_boxes(boxes) + (judge_face(picture, face) if face is not None else [])
            yield _Look(number, tuple(one for one in found if one.code not in _AT_ANY_SIZE), _turned(face))
            progress(number / film.frames)


def _turned(face: Face | None) -> float:
    return float(np.hypot(*turn_of(face)[:2])) if face is not None else np.pi


def _calm(looks: list[_Look]) -> list[_Look]:
    """The longest stretch without anything that a loop must not show; empty when it is too short."""
    longest: list[_Look] = []
    stretch: list[_Look] = []
    for look in looks:
        stretch = [] if BREAKS.intersection(look.refusals) else [*stretch, look]
        longest = max(longest, stretch, key=len)
    return longest if len(longest) > SECONDS_MIN * FRAMES_PER_SECOND // LOOK_EVERY - 1 else []


def _why(looks: list[_Look], *, is_calm: bool) -> Finding:
    """The reason why there is no picture to cast, or no stretch to show, that was seen most often."""
    seen = Counter(code for look in looks for code in look.refusals)
    often = [code for code, times in seen.most_common(1) if is_calm or 2 * times >= len(looks)]
    if not often:
        return Finding("not_calm", True, NO_CALM)
    said = next(one.advice for look in looks for one in look.findings if one.code == often[0])
    return Finding(often[0], True, ADVICE.get(often[0], said))


def _around(best: int, first: int, last: int) -> tuple[int, int]:
    """At most LOOP_SECONDS_MAX within first..last, the best picture in the middle where there is room."""
    length = min(LOOP_SECONDS_MAX * FRAMES_PER_SECOND, last - first)
    start = min(max(first, best - length // 2), last - length)
    return start, start + length


def _shrunk_to(side_px: int) -> Callable[[Bytes], Bytes]:
    def shrunk(picture: Bytes) -> Bytes:
        scale = side_px / max(picture.shape[:2])
        if scale >= 1:
            return np.ascontiguousarray(picture)
        return np.asarray(cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)

    return shrunk
