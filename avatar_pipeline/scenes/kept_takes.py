"""Takes that are finished, kept by their fingerprint: what was made once is never made again, and a stopped film goes on where it was.

A take is two files: its pictures, encoded so that they can be joined to others without being touched again, and its sound with
the times of its words. The sound is written last; a take without it does not exist yet.
"""

from __future__ import annotations

import itertools
import json
import os
import threading
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import av
import numpy as np
from numpy.typing import NDArray

from avatar_pipeline.engines.speech import TimedWord
from avatar_pipeline.scenes.take import FRAMES_PER_SECOND, Acted
from avatar_pipeline.stages.encoding_thread import EncodingThread
from avatar_pipeline.stages.film_file import FilmNotWritten
from avatar_pipeline.stages.video_track import video_track
from avatar_pipeline.trust.mark import Mark

_THREADS: Final = 2  # a fixed number: another one would give other bytes


@dataclass(frozen=True, eq=False)
class KeptTake:
    """A take on disk. `samples` int16 mono at 24 kHz, `frames` pictures in `pictures_path`."""

    key: str
    pictures_path: Path
    samples: NDArray[np.int16]
    words: tuple[TimedWord, ...]
    frames: int


class TakeStore:
    """A folder of takes. Several processes may use it at once, also for one take: files come into being whole, under their name."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find(self, key: str) -> KeptTake | None:
        """The take of that fingerprint, if it is there. Being found counts as being used."""
        sound, pictures = self._paths(key)
        if not sound.exists() or not pictures.exists():
            return None
        for path in (sound, pictures):
            path.touch()
        with np.load(sound, allow_pickle=False) as kept:
            told = json.loads(str(kept["told"]))
            words = tuple(TimedWord(**word) for word in told["words"])
            return KeptTake(key, pictures, kept["samples"], words, told["frames"])

    def forget_unused(self, before: datetime) -> int:
        """Delete takes, and what broken makings left, that nobody used since that moment. Give how many files went.

        A film that needs one again makes it again, the same but for the encoder's version.
        """
        old = [path for path in self._folder.glob("*") if path.is_file() and path.stat().st_mtime < before.timestamp()]
        for path in old:
            path.unlink(missing_ok=True)
        return len(old)

    def keep(self, key: str, acted: Acted, pictures: Iterable[NDArray[np.uint8]], mark: Mark) -> KeptTake:
        """Mark and encode the pictures and keep the take. Any error leaves nothing behind. Raises FilmNotWritten."""
        sound, film = self._paths(key)
        own = f"{os.getpid()}-{threading.get_ident()}.part"  # another process may be making the same take at this moment
        parts = film.with_suffix(f".mp4.{own}"), sound.with_suffix(f".npz.{own}")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            _encode(pictures, mark, parts[0])
            told = json.dumps({"frames": acted.frames, "words": [asdict(word) for word in acted.words]})
            with parts[1].open("wb") as file:
                np.savez_compressed(file, samples=acted.samples, told=np.array(told))
            parts[0].replace(film)
            parts[1].replace(sound)
        except OSError as error:
            raise FilmNotWritten(f"A take cannot be written to {self._folder}: {error.strerror}.") from error
        finally:
            for part in parts:
                part.unlink(missing_ok=True)
        return KeptTake(key, film, acted.samples, acted.words, acted.frames)

    def _paths(self, key: str) -> tuple[Path, Path]:
        return self._folder / f"{key}.npz", self._folder / f"{key}.mp4"


def _encode(pictures: Iterable[NDArray[np.uint8]], mark: Mark, path: Path) -> None:
    """H.264 that begins with a whole picture and refers to nothing before it, so that it can stand behind any other take."""
    upcoming = iter(pictures)
    first = next(upcoming)
    with av.open(str(path), "w", format="mp4") as container:
        stream = video_track(container, first.shape[1], first.shape[0], FRAMES_PER_SECOND, threads=_THREADS)
        with EncodingThread(stream, FRAMES_PER_SECOND, mark) as encoder:
            for picture in itertools.chain([first], upcoming):
                container.mux(encoder.add(picture))
            container.mux(encoder.finish())
