"""A finished film: a text spoken by a voice, a face moving with it, one MP4 with sound.

The same score and the same rig as in the live widget, so what a shop sees in a film is the person its shoppers meet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from avatar_pipeline.catalogue import FilmableFace
from avatar_pipeline.errors import StageRefusal
from avatar_pipeline.face import FaceRenderer, load_rig
from avatar_pipeline.score import MotionScore
from avatar_pipeline.speak import idle, speak
from avatar_pipeline.stages.encoding_thread import PICTURES_HELD
from avatar_pipeline.stages.film_file import FilmFile, FilmNotWritten
from avatar_pipeline.stages.label import Label
from avatar_pipeline.stages.timeline import Timeline
from avatar_pipeline.trust.papers import FilmPapers
from avatar_pipeline.voice import Voice

__all__ = ["Film", "FilmImpossible", "FilmNotWritten", "Sentence", "make_film", "write_film"]

FRAMES_PER_SECOND: Final = 25
SAMPLE_RATE_HZ: Final = 24_000
SIZE_PX_MIN, SIZE_PX_MAX = 128, 2160
LEAD_IN_S, LEAD_OUT_S = 0.4, 0.8  # they are there before they speak, and stay a moment after


class FilmImpossible(StageRefusal):
    """The text holds nothing to say, or the size asked for is none a film can have."""


class Sentence(Protocol):
    """What a voice hands over: int16 mono samples at 24 kHz and the score that belongs to them."""

    @property
    def samples(self) -> NDArray[np.int16]:
        """The sound."""

    @property
    def score(self) -> MotionScore:
        """The motion; its first row is the first sample."""

    @property
    def text(self) -> str:
        """What is being said, used to show progress."""


@dataclass(frozen=True)
class Film:
    """A film that lies finished on disk. `film_id` is the 48-bit number of the mark in its pictures."""

    path: Path
    duration_s: float
    frames: int
    size_px: int
    film_id: int


def make_film(
    text: str,
    *,
    voice: Voice,
    face: FilmableFace,
    out_path: Path,
    size_px: int = 720,
    progress: Callable[[float], None] | None = None,
    seed: int = 1,
    papers: FilmPapers | None = None,
) -> Film:
    """Speak `text` and write the film to `out_path` (MP4, H.264 + AAC, 25 frames a second, marked as made by AI).

    `papers` are the film's id, maker and signer; without them it gets an id of its own and is not signed.
    `progress` is called with 0..1. Nothing appears under `out_path` until the film is whole. Raises FilmImpossible for a
    text with nothing to say or an unusable size, FilmNotWritten, RigUnreadable, and what `speak` raises.
    """
    done, total = 0, max(1, len(text))

    def said(sentence: Sentence) -> None:
        nonlocal done
        done += len(sentence.text)
        if progress:
            progress(min(1.0, done / total))

    film = write_film(
        speak(text, voice, seed=seed), face=face, out_path=out_path, size_px=size_px, idle_score=idle(seed), spoken=said, papers=papers
    )
    if progress:
        progress(1.0)
    return film


def write_film(
    sentences: Iterable[Sentence],
    *,
    face: FilmableFace,
    out_path: Path,
    size_px: int,
    idle_score: MotionScore,
    spoken: Callable[[Sentence], None] | None = None,
    label: bool = True,
    papers: FilmPapers | None = None,
) -> Film:
    """Write a film of sentences that follow one another without gaps. `label` False leaves the visible mark out."""
    papers = papers or FilmPapers()
    if not SIZE_PX_MIN <= size_px <= SIZE_PX_MAX or size_px % 4:
        raise FilmImpossible(f"A film is {SIZE_PX_MIN} to {SIZE_PX_MAX} pixels wide and a multiple of 4, not {size_px}.")
    renderer = FaceRenderer(load_rig(face.film_rig_path), size_px, pictures=PICTURES_HELD + 1)
    stage = _Stage(renderer, Timeline(idle_score), Label(size_px) if label else None)
    with FilmFile(out_path, size_px, FRAMES_PER_SECOND, SAMPLE_RATE_HZ, papers) as file:
        stage.listen(file, LEAD_IN_S)
        for sentence in sentences:
            stage.speak(file, sentence)
            if spoken:
                spoken(sentence)
        if file.seconds <= LEAD_IN_S:
            raise FilmImpossible("The text holds nothing that can be said aloud. Write at least one word.")
        stage.listen(file, LEAD_OUT_S)
        stage.fill_last_picture(file)
        return Film(out_path, stage.frames / FRAMES_PER_SECOND, stage.frames, size_px, papers.film_id)


class _Stage:
    """Keeps pictures in step with sound: after every stretch there are exactly as many pictures as its sound needs."""

    def __init__(self, renderer: FaceRenderer, timeline: Timeline, label: Label | None) -> None:
        self._renderer, self._timeline, self._label = renderer, timeline, label
        self.frames = 0

    def speak(self, file: FilmFile, sentence: Sentence) -> None:
        """Write one sentence's sound and the pictures that fall into it."""
        start_s = file.seconds
        file.add_sound(sentence.samples)
        self._draw_until(file, sentence.score, start_s)

    def listen(self, file: FilmFile, seconds: float) -> None:
        """Write silence with them listening."""
        file.add_sound(np.zeros(round(seconds * SAMPLE_RATE_HZ), np.int16))
        self._draw_until(file, None, 0.0)

    def fill_last_picture(self, file: FilmFile) -> None:
        """Lengthen the sound to the end of the last picture, so that both tracks end together."""
        missing = round(self.frames / FRAMES_PER_SECOND * SAMPLE_RATE_HZ) - round(file.seconds * SAMPLE_RATE_HZ)
        file.add_sound(np.zeros(max(0, missing), np.int16))

    def _draw_until(self, file: FilmFile, score: MotionScore | None, start_s: float) -> None:
        while self.frames / FRAMES_PER_SECOND < file.seconds - 1e-9:
            time_s = self.frames / FRAMES_PER_SECOND
            picture = self._renderer.draw(self._timeline.at(time_s, score, time_s - start_s))
            if self._label and self._label.is_seen(time_s):
                if self.frames == 0:
                    file.fit_mark(picture)
                picture = picture.copy()
                self._label.draw(picture[..., :3], time_s)
            file.add_picture(picture)
            self.frames += 1
