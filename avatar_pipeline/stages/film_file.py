"""An MP4 being written: H.264 pictures and AAC sound, on one clock, under a temporary name until it is whole.

Its papers go in here too, in the order that keeps each true: the mark in every picture before it is encoded, the label in the
container, and, where somebody signs, the signature last, over every byte.

The encoders' own delays are written into the file as edit lists, so the first picture and the first sample both stand at
time 0 for every player; a test decodes a finished file and finds a click within half a frame of where it was put.
"""

from __future__ import annotations

import contextlib
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Final

import av
import numpy as np
from av.audio.stream import AudioStream
from numpy.typing import NDArray

from avatar_pipeline.errors import StageRefusal
from avatar_pipeline.stages.encoding_thread import EncodingThread
from avatar_pipeline.stages.video_track import fit_mark, video_track
from avatar_pipeline.trust.mark import Mark
from avatar_pipeline.trust.papers import FilmPapers

AUDIO_BITRATE: Final = 96_000


class FilmNotWritten(StageRefusal):
    """The disk or the encoder refused a film; nothing of it is left behind."""


class FilmFile:
    """Use as a context manager: leaving it normally finishes the file, leaving it by an error removes every trace."""

    def __init__(self, path: Path, size_px: int, frames_per_second: int, sample_rate_hz: int, papers: FilmPapers | None = None) -> None:
        self._path, self._part, self._signed = path, path.with_name(f".{path.name}.part"), path.with_name(f".{path.name}.signed")
        self._papers = papers or FilmPapers()
        self._rate, self._sample = sample_rate_hz, 0
        self._container = av.open(str(self._part), "w", format="mp4", options={"movflags": "+faststart+use_metadata_tags"})
        video = video_track(self._container, size_px, size_px, frames_per_second)
        self._mark = Mark(self._papers.film_id)
        self._pictures = EncodingThread(video, frames_per_second, self._mark)
        self._audio = self._audio_stream()
        self._container.metadata.update(self._papers.metadata)

    def _audio_stream(self) -> AudioStream:
        stream = self._container.add_stream("aac", rate=self._rate, layout="mono")
        assert isinstance(stream, AudioStream)  # noqa: S101 - what aac makes
        stream.bit_rate = AUDIO_BITRATE
        return stream

    @property
    def seconds(self) -> float:
        """How much sound has been written."""
        return self._sample / self._rate

    def fit_mark(self, frame: NDArray[np.uint8]) -> None:
        """Before the first picture: what it shows without a label, so that the mark keeps nothing of the label's shape."""
        fit_mark(self._mark, frame)

    def add_picture(self, frame: NDArray[np.uint8]) -> None:
        """Write the next picture: BGR or BGRX uint8 (size, size, 3 or 4), to stay as it is until PICTURES_HELD more were added."""
        self._container.mux(self._pictures.add(frame))

    def add_sound(self, samples: NDArray[np.int16]) -> None:
        """Write the next samples, int16 mono."""
        for start in range(0, len(samples), self._rate):
            piece = np.ascontiguousarray(samples[start : start + self._rate])[None]
            sound = av.AudioFrame.from_ndarray(piece, format="s16", layout="mono")
            sound.sample_rate, sound.pts, sound.time_base = self._rate, self._sample, Fraction(1, self._rate)
            self._sample += piece.shape[1]
            self._container.mux(self._audio.encode(sound))

    def __enter__(self) -> FilmFile:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        failure = error
        with self._pictures:
            if error is None:
                failure = self._finish()
        if failure is not None:
            with contextlib.suppress(OSError):
                self._container.close()
            for unfinished in (self._part, self._signed):
                unfinished.unlink(missing_ok=True)
        if isinstance(failure, OSError):
            raise FilmNotWritten(f"The film cannot be written to {self._path.parent}: {failure.strerror}.") from failure
        if error is None and failure is not None:
            raise failure

    def _finish(self) -> OSError | StageRefusal | None:
        """Empty the encoders, close the file and give it its name; say what went wrong instead of raising."""
        try:
            self._container.mux(self._pictures.finish())
            self._container.mux(self._audio.encode(None))
            self._container.close()
            if self._papers.signer:
                self._papers.signer.sign(self._part, self._signed, self._papers)
                self._signed.replace(self._path)
                self._part.unlink()
            else:
                self._part.replace(self._path)
        except (OSError, StageRefusal) as failure:
            return failure
        return None
