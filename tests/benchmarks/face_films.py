"""Films made for measuring: one face says a fixed text; the same with the mouth locked; and the same with its sound moved.

The text was written before anything was measured with it and is not used for tuning.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from avatar_pipeline.cast import audition, cast
from avatar_pipeline.casting.find_person import find_person
from avatar_pipeline.catalogue import FilmableFace, face
from avatar_pipeline.face import FaceRenderer, load_rig
from avatar_pipeline.film import write_film
from avatar_pipeline.score import CHANNEL_INDEX, MotionScore
from avatar_pipeline.speak import SpokenSentence, idle, speak
from avatar_pipeline.voice import Voice

SIZE_PX, SEED = 512, 7
PHOTOGRAPH = "photograph"
TEXT = (
    "Hello, I am glad that you came by this morning. We have been open since half past five, and the bread is still warm. "
    "Would you like to hear what is new? My favourite is a plum and apple cake with a bit of pepper. "
    "It sounds odd, I know, but nobody who took a piece has ever brought it back. "
    "On top of that we bake five kinds of rolls, all of them by hand. "
    "People often ask me about the blue box at the back of the room. "
    "That one is full of last week's books, and you may borrow any of them. "
    "If you would rather sit outside, take the small table by the pump, where the sun is out until four. "
    "A pot of mint tea comes with a lump of brown sugar. Pay me when you leave, not before. "
    "I am sorry about the noise, they are mending the bridge. Shall I bring you a map of the park?"
)
HEAD_MARGIN_PX = 12
_LIPS = [
    index for name, index in CHANNEL_INDEX.items()
    if (CHANNEL_INDEX["jawForward"] <= index <= CHANNEL_INDEX["mouthUpperUpRight"] and "Smile" not in name) or name == "tongueOut"
]  # fmt: skip


@dataclass(frozen=True)
class Locked:
    """A sentence of which only the lips' motion is taken away."""

    samples: NDArray[np.int16]
    score: MotionScore
    text: str


def spoken() -> list[SpokenSentence]:
    """The text, said once for all faces: one voice, so that faces are compared and not voices."""
    return list(speak(TEXT, Voice(), seed=SEED))


def locked(sentence: SpokenSentence) -> Locked:
    """That sentence with the mouth at rest and the same head, brows and eyes."""
    values = sentence.score.values.copy()
    values[:, _LIPS] = 0
    return Locked(sentence.samples, MotionScore(values), sentence.text)


def faces_measured(folder: Path, names: Iterable[str]) -> dict[str, FilmableFace]:
    """The faces of the catalogue by name.

    PHOTOGRAPH is cast for this from one of a real person (Eileen Collins, by NASA, in the public domain; test material).
    """
    return {name: cast(audition(photograph()), "Photo", folder / "cast") if name == PHOTOGRAPH else face(name) for name in names}


def photograph() -> bytes:
    """The portrait out of scikit-image, read without running that package."""
    spec = importlib.util.find_spec("skimage")
    assert spec is not None, "make setup-dev installs the photograph"
    assert spec.submodule_search_locations
    return (Path(spec.submodule_search_locations[0]) / "data" / "astronaut.png").read_bytes()


def film_of(one: FilmableFace, sentences: list[SpokenSentence], path: Path, *, mouth_locked: bool = False) -> Path:
    """A marked, labelled film as a shop gets it."""
    said = [locked(sentence) for sentence in sentences] if mouth_locked else sentences
    return write_film(said, face=one, out_path=path, size_px=SIZE_PX, idle_score=idle(SEED)).path


def with_sound_later(film: Path, out: Path, pictures: int) -> Path:
    """The same packets, the sound's so many pictures later."""
    with av.open(str(film)) as source, av.open(str(out), "w", format="mp4") as target:
        streams = {stream.index: target.add_stream_from_template(stream) for stream in (*source.streams.video, *source.streams.audio)}
        for packet in source.demux():
            if packet.dts is None:
                continue
            if packet.stream.type == "audio":
                later = int(Fraction(pictures, 25) / packet.time_base)
                packet.pts, packet.dts = packet.pts + later, packet.dts + later
            packet.stream = streams[packet.stream.index]
            target.mux(packet)
    return out


def background_change(one: FilmableFace, sentences: list[SpokenSentence], pictures: int = 120) -> int:
    """How many pixels outside the union of person mattes and 12 px around it ever change, before anything is encoded."""
    renderer = FaceRenderer(load_rig(one.film_rig_path), SIZE_PX)
    drawn = [renderer.render(row).copy() for row in _rows(sentences, pictures)]
    mattes = [find_person(picture) > 0.1 for picture in drawn[:: pictures // 12]]
    person = np.logical_or.reduce(mattes).astype(np.uint8)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * HEAD_MARGIN_PX + 1,) * 2)
    outside = cv2.dilate(person, disc) == 0
    changed = np.logical_or.reduce([(picture != drawn[0]).any(2) for picture in drawn])
    return int((changed & outside).sum())


def _rows(sentences: list[SpokenSentence], count: int) -> list[NDArray[np.float32]]:
    scores = [sentence.score for sentence in sentences]
    lengths = [score.duration_s for score in scores]
    moments = np.linspace(0, sum(lengths), count, endpoint=False)
    starts = np.cumsum([0.0, *lengths])
    where = np.searchsorted(starts, moments, "right") - 1
    return [scores[index].at(moment - starts[index]) for index, moment in zip(where.tolist(), moments.tolist(), strict=True)]
