"""How loud a film is, as broadcasters and platforms measure it: ITU-R BS.1770-4, integrated loudness in LUFS and true peak in dBTP."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avatar_pipeline.inspection.film_tracks import LOUDNESS_HZ, Floats

_STAGES: Final = (  # (b, a) at 48 kHz: the head's shelf, then the high-pass, as the recommendation prints them
    ((1.53512485958697, -2.69169618940638, 1.19839281085285), (1.0, -1.69065929318241, 0.73248077421585)),
    ((1.0, -2.0, 1.0), (1.0, -1.99004745483398, 0.99007225036621)),
)
BLOCK_S, STEP_S = 0.4, 0.1
GATE_LUFS, RELATIVE_GATE_LU = -70.0, -10.0
NOTHING_LUFS: Final = -120.0
_PIECE_S, _RUN_UP_S = 8.0, 0.5  # filtered in pieces, each after half a second of run-up in which the filters forget
_OVERSAMPLED: Final = 4


@dataclass(frozen=True)
class Loudness:
    """Integrated loudness in LUFS and true peak in dB against full scale."""

    integrated_lufs: float
    true_peak_db: float


def loudness_of(samples: Floats) -> Loudness:
    """Measure float32 (samples, channels) at 48 kHz, full scale 1.0. Sound shorter than 0.4 s counts as one block."""
    weighted, peak = _weighted(samples)
    steps = max(1, (len(samples) - round(BLOCK_S * LOUDNESS_HZ)) // round(STEP_S * LOUDNESS_HZ) + 1)
    size, step = round(BLOCK_S * LOUDNESS_HZ), round(STEP_S * LOUDNESS_HZ)
    sums = np.concatenate([[0.0], np.cumsum(weighted)])
    starts = np.arange(steps) * step
    power = (sums[np.minimum(starts + size, len(weighted))] - sums[starts]) / min(size, max(1, len(weighted)))
    heard = power[_lufs(power) > GATE_LUFS]
    if len(heard):
        heard = heard[_lufs(heard) > float(_lufs(heard.mean())) + RELATIVE_GATE_LU]
    total = float(_lufs(heard.mean())) if len(heard) else NOTHING_LUFS
    return Loudness(total, 20 * float(np.log10(max(peak, 1e-6))))


def _weighted(samples: Floats) -> tuple[NDArray[np.float64], float]:
    """The K-weighted power of every sample, channels added; and the highest value between samples, found at four times the rate."""
    piece, run_up = round(_PIECE_S * LOUDNESS_HZ), round(_RUN_UP_S * LOUDNESS_HZ)
    power, peak = np.zeros(len(samples)), 0.0
    for start in range(0, len(samples), piece):
        before = min(run_up, start)
        part = samples[start - before : start + piece]
        spectrum = np.fft.rfft(part, n=2 * len(part), axis=0)
        filtered = np.fft.irfft(spectrum * _gain(spectrum.shape[0])[:, None], axis=0)[before : len(part)]
        power[start : start + len(filtered)] = (filtered**2).sum(1)
        finer = np.fft.irfft(np.fft.rfft(part, axis=0), n=_OVERSAMPLED * len(part), axis=0) * _OVERSAMPLED
        peak = max(peak, float(np.abs(finer).max(initial=0.0)))
    return power, peak


def _gain(count: int) -> NDArray[np.complexfloating]:
    """Both filters' response at `count` frequencies from 0 to half the rate."""
    delay = np.exp(-1j * np.linspace(0, np.pi, count))
    response = np.ones(count, complex)
    for b, a in _STAGES:
        response *= np.polyval(b[::-1], delay) / np.polyval(a[::-1], delay)
    return response


def _lufs(power: NDArray[np.float64] | np.float64) -> NDArray[np.float64]:
    return np.asarray(-0.691 + 10 * np.log10(np.maximum(power, 1e-12)))
