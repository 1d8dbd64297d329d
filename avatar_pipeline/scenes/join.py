"""Takes joined to a film: their pictures are copied as they are, packet by packet; their sound is laid end to end, with music under it.

Because pictures are copied, what two versions of a film have in common is the same bytes, and that can be shown.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import av
import numpy as np
from numpy.typing import NDArray

from avatar_pipeline.scenes.kept_takes import KeptTake
from avatar_pipeline.scenes.music import RATE_HZ, Bed, doubled
from avatar_pipeline.scenes.script import Music
from avatar_pipeline.scenes.take import FRAMES_PER_SECOND
from avatar_pipeline.stages.film_file import FilmNotWritten
from avatar_pipeline.trust.papers import FilmPapers

AUDIO_BITRATE: Final = 128_000


@dataclass(frozen=True)
class JoinedFilm:
    """`sha256s` are of the picture packets of each take as they lie in the film."""

    sha256s: tuple[str, ...]
    frames: int


def join(takes: Sequence[KeptTake], out_path: Path, music: Music | None, papers: FilmPapers) -> JoinedFilm:
    """Write the film, labelled and, where somebody signs, signed last. Nothing appears under `out_path` until it is whole.

    Raises FilmNotWritten, FilmNotSigned, MusicUnreadable.
    """
    part, signed = (out_path.with_name(f".{out_path.name}.{state}") for state in ("part", "signed"))
    voice = doubled(np.concatenate([take.samples for take in takes]))
    sound = Bed(music).under(voice) if music else voice
    try:
        out_path.parent.mkdir(parents=True, exist_ok=True)
        with av.open(str(part), "w", format="mp4", options={"movflags": "+faststart+use_metadata_tags"}) as film:
            film.metadata.update(papers.metadata)
            sha256s = _write(film, takes, sound)
        if papers.signer:
            papers.signer.sign(part, signed, papers)
        (signed if papers.signer else part).replace(out_path)
    except OSError as error:
        raise FilmNotWritten(f"The film cannot be written to {out_path.parent}: {error.strerror}.") from error
    finally:
        with contextlib.suppress(OSError):
            for unfinished in (part, signed):
                unfinished.unlink(missing_ok=True)
    return JoinedFilm(sha256s, sum(take.frames for take in takes))


def _write(film: Any, takes: Sequence[KeptTake], sound: NDArray[np.float32]) -> tuple[str, ...]:
    """Pictures and sound take by take, so that a player finds both near one another in the file."""
    with av.open(str(takes[0].pictures_path)) as first:
        video = film.add_stream_from_template(first.streams.video[0])
        video.time_base = Fraction(1, FRAMES_PER_SECOND)
    audio = film.add_stream("aac", rate=RATE_HZ, layout="stereo")
    audio.bit_rate = AUDIO_BITRATE
    sha256s, frames = [], 0
    for take in takes:
        sha256s.append(_copy(film, video, take, frames))
        start = frames * RATE_HZ // FRAMES_PER_SECOND
        frames += take.frames
        _speak(film, audio, sound, slice(start, frames * RATE_HZ // FRAMES_PER_SECOND))
    film.mux(audio.encode(None))
    return tuple(sha256s)


def _copy(film: Any, video: Any, take: KeptTake, frames_before: int) -> str:
    fingerprint = hashlib.sha256()
    with av.open(str(take.pictures_path)) as kept:
        own = kept.streams.video[0]
        for packet in kept.demux(own):
            if packet.size == 0:  # the library's sign that the file is over
                continue
            fingerprint.update(bytes(packet))
            shift = frames_before * int(1 / (FRAMES_PER_SECOND * own.time_base))
            packet.pts, packet.dts, packet.stream = packet.pts + shift, packet.dts + shift, video
            film.mux(packet)
    return fingerprint.hexdigest()


def _speak(film: Any, audio: Any, sound: NDArray[np.float32], span: slice) -> None:
    piece = np.ascontiguousarray(sound[span].T)
    frame = av.AudioFrame.from_ndarray(piece, format="fltp", layout="stereo")
    frame.sample_rate, frame.pts, frame.time_base = RATE_HZ, span.start, Fraction(1, RATE_HZ)
    film.mux(audio.encode(frame))
