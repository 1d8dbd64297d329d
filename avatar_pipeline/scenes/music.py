"""The music under their voice: a file of the shop's, or soft chords of our own; it steps back while they speak.

Everything is 48 kHz stereo, float32 from -1 to 1.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

import av
import numpy as np
from av.error import FFmpegError
from numpy.typing import NDArray

from avatar_pipeline.scenes.errors import MusicUnreadable
from avatar_pipeline.scenes.script import Music

Floats = NDArray[np.float32]
RATE_HZ: Final = 48_000
DUCK_DB: Final = -10.0
_ATTACK_S, _RELEASE_S, _AHEAD_S = 0.12, 0.55, 0.15
_VOICE_FROM: Final = 0.012  # loudness of a 10 ms step from which they count as speaking
_STEP: Final = RATE_HZ // 100
_MUSIC_S_MAX: Final = 15 * 60
_JOIN_S: Final = 2.0
_CHORDS: Final = (
    (130.81, 196.0, 329.63, 493.88),
    (110.0, 164.81, 261.63, 392.0),
    (87.31, 174.61, 261.63, 329.63),
    (98.0, 196.0, 293.66, 440.0),
)
_CHORD_S: Final = 5.0


class Bed:
    """A piece of music that goes on for as long as the film does."""

    def __init__(self, music: Music) -> None:
        """Read or make it. Raises MusicUnreadable."""
        loop = _looping(_read(music) if music.path else _chords())
        usual = float(np.sqrt(np.mean(loop**2))) or 1.0
        self._loop: Floats = loop * np.float32(10 ** (music.level_db / 20) / usual)

    def under(self, voice: Floats) -> Floats:
        """The voice (samples, 2) with the music under it, for a whole film; limited softly where both are loud."""
        places = np.arange(len(voice)) % len(self._loop)
        fade = np.minimum(1, np.minimum(np.arange(len(voice)) / (1.2 * RATE_HZ), np.arange(len(voice))[::-1] / (1.6 * RATE_HZ)))
        mixed = voice + self._loop[places] * (ducking(voice[:, 0]) * fade.astype(np.float32))[:, None]
        return np.asarray(np.clip(mixed, -0.98, 0.98), np.float32)


def ducking(voice: Floats) -> Floats:
    """How loud the music may be at every sample, 1 where they are silent; it is down just before they begin."""
    steps = -(-len(voice) // _STEP)
    padded = np.zeros(steps * _STEP, np.float32)
    padded[: len(voice)] = voice
    speaking = np.sqrt((padded.reshape(steps, _STEP) ** 2).mean(1)) > _VOICE_FROM
    ahead = round(_AHEAD_S * 100)
    speaking = np.concatenate([speaking[ahead:], np.zeros(min(ahead, steps), bool)])[:steps]
    level, current = np.empty(steps, np.float32), 0.0
    for step, is_on in enumerate(speaking):  # in decibels, 100 a second: quick down, slow up
        wanted = DUCK_DB if is_on else 0.0
        current += (wanted - current) * (0.01 / (_ATTACK_S if is_on else _RELEASE_S))
        level[step] = 10 ** (current / 20)
    at = np.arange(len(voice)) / _STEP
    return np.interp(at, np.arange(steps) + 0.5, level).astype(np.float32)


def doubled(samples: NDArray[np.int16]) -> Floats:
    """The voice, int16 mono at 24 kHz, as 48 kHz stereo: zeros between the samples, then a low pass at 11 kHz."""
    spread = np.zeros(2 * len(samples), np.float32)
    spread[::2] = samples.astype(np.float32) / 32768
    taps = np.arange(-48, 49)
    kernel = np.sinc(taps / 2 * 0.96) * 0.96 * np.blackman(len(taps))
    smooth = np.convolve(spread, kernel.astype(np.float32), "same").astype(np.float32)
    return np.repeat(smooth[:, None], 2, axis=1)


def _read(music: Music) -> Floats:
    assert music.path is not None  # noqa: S101 - asked by the caller
    pieces: list[Any] = []
    try:
        with av.open(str(music.path)) as container:
            resampler = av.AudioResampler(format="fltp", layout="stereo", rate=RATE_HZ)
            for frame in container.decode(audio=0):
                pieces += [part.to_ndarray() for part in resampler.resample(frame)]
                if sum(piece.shape[1] for piece in pieces[-1:]) and frame.time and frame.time > _MUSIC_S_MAX:
                    break
    except (FFmpegError, IndexError, OSError) as error:
        raise MusicUnreadable(f"The music {music.path.name} cannot be opened. Send an MP3, M4A, OGG or WAV file.") from error
    sound = np.concatenate(pieces, axis=1).T if pieces else np.zeros((0, 2), np.float32)
    if len(sound) < RATE_HZ:
        raise MusicUnreadable(f"The music {music.path.name} is shorter than a second.")
    return np.ascontiguousarray(sound, np.float32)


def _looping(sound: Floats) -> Floats:
    """Let the end run into the beginning, so that going round is not heard."""
    join = min(round(_JOIN_S * RATE_HZ), len(sound) // 3)
    share = np.sin(np.linspace(0, np.pi / 2, join, dtype=np.float32))[:, None]
    looped = sound[:-join].copy()
    looped[:join] = sound[:join] * share + sound[-join:] * share[::-1]
    return looped


@lru_cache(maxsize=1)
def _chords() -> Floats:
    """Four warm chords, each swelling into the next: written by formula, so nobody's tune and nobody's licence."""
    length = round(_CHORD_S * RATE_HZ)
    total = np.zeros((length * len(_CHORDS) + length, 2), np.float32)
    times = np.arange(2 * length) / RATE_HZ
    swell = np.sin(np.pi * np.arange(2 * length) / (2 * length)) ** 1.5
    for place, chord in enumerate(_CHORDS):
        for voice, pitch in enumerate(chord):
            for side, detune in ((0, -0.35), (1, 0.35)):
                tone = sum(np.sin(2 * np.pi * (pitch * part + detune) * times + voice + part) / part**2.2 for part in (1, 2, 3, 4))
                total[place * length : (place + 2) * length, side] += (tone * swell / (1 + 0.4 * voice)).astype(np.float32)
    total[:length] += total[length * len(_CHORDS) :]
    return total[: length * len(_CHORDS)]
