"""Kokoro-82M, eight bits to a weight: Chinese voices, and English ones of other people, for whoever installs them (`make setup-voices`).

Ten times the work of the voice in the box: some 1.1 seconds of one busy core for a second of speech, so a first sentence is
kept short (`text/sentences.py`). Like that voice it decides how long every sound lasts before it makes any, in units of
25 ms, and is asked to tell; its melody comes out the same way.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avatar_pipeline.engines.english_sounds import symbol_numbers
from avatar_pipeline.engines.graph_outputs import with_outputs
from avatar_pipeline.engines.kokoro_reading import Reader
from avatar_pipeline.engines.phoneme_times import EDGE, PAUSE_SYMBOLS, Token, runs_of, timed_phonemes, timed_words
from avatar_pipeline.engines.speech import Utterance
from avatar_pipeline.text.reading import Reading
from avatar_pipeline.text.rule import Rule
from avatar_pipeline.weights import KOKORO_NETWORK, weight_bytes

SAMPLE_RATE_HZ: Final = 24_000
DURATION_UNIT_SAMPLES: Final = 600
PITCH_RATE_HZ: Final = 80.0
DURATION_OUTPUT: Final = "/encoder/Clip_output_0"
PITCH_OUTPUT: Final = "/encoder/F0_proj/Conv_output_0"
STYLE_NUMBERS: Final = 256
VOICED_FROM_HZ: Final = 30.0
LEAD_S: Final = 0.085  # its times are 85 to 90 ms late (sd 20) against forced alignment of its sound
_Sound = tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.float32]]


class KokoroModel:
    """The network itself: 92 MB, loaded once for all its voices, safe to run from several threads."""

    def __init__(self, weights: bytes, threads: int) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        told = with_outputs(weights, DURATION_OUTPUT, PITCH_OUTPUT)
        self._session = onnxruntime.InferenceSession(told, options, providers=["CPUExecutionProvider"])
        self._names = [self._session.get_outputs()[0].name, DURATION_OUTPUT, PITCH_OUTPUT]
        self.numbers = symbol_numbers()

    def run(self, symbols: Sequence[str], style: NDArray[np.float32], speed: float) -> _Sound:
        """Float32 samples, the duration of every symbol in units of 600 samples (both ends included), the pitch in Hz at 80 Hz."""
        numbers = np.array([[0, *(self.numbers[symbol] for symbol in symbols), 0]], dtype=np.int64)
        given = {"tokens": numbers, "style": style[None], "speed": np.array([speed], dtype=np.float32)}
        samples, durations, pitch = (np.asarray(output, np.float32).ravel() for output in self._session.run(self._names, given))
        return samples, np.rint(durations).astype(np.int64), np.where(pitch < VOICED_FROM_HZ, np.float32(0), pitch)


class KokoroEngine:
    """One voice of that model: `style` has a row of 256 numbers for each length of what is said, `pace` is its own pace."""

    def __init__(self, model: KokoroModel, style: bytes, reader: Reader, pace: float = 1.0) -> None:
        self._model, self._reader, self._pace = model, reader, pace
        self._styles = np.frombuffer(style, dtype="<f4").reshape(-1, STYLE_NUMBERS)

    @property
    def scripts(self) -> frozenset[str]:
        """Unicode scripts that this voice can read."""
        return self._reader.scripts

    def read(self, sentence: str, own: Sequence[Rule] = ()) -> tuple[Reading, ...]:
        """Cut a sentence into words and say how each is read."""
        return self._reader.read(sentence, own)

    def say(self, readings: Sequence[Reading], speed: float, seed: int) -> Utterance | None:  # noqa: ARG002 - nothing here is left to chance
        """Speak one sentence. `speed` 1.0 is the voice's own pace. None: nothing sayable."""
        tokens = [token for token in self._reader.tokens(readings) if token.symbol in self._model.numbers]
        if not any(token.reading >= 0 and token.symbol not in PAUSE_SYMBOLS for token in tokens):
            return None
        runs = runs_of(tokens)
        sounds = [self._sound(run, speed) for run in runs]
        samples, durations, pitch = (np.concatenate([sound[part] for sound in sounds]) for part in range(3))
        spoken = [token for run in runs for token in (EDGE, *run, EDGE)]
        bounds = np.concatenate([[0], np.cumsum(durations)]) * DURATION_UNIT_SAMPLES / SAMPLE_RATE_HZ
        bounds[1:-1] = np.maximum(bounds[1:-1] - LEAD_S, 0.0)
        phonemes = timed_phonemes([token.symbol for token in spoken], bounds)
        return Utterance(samples, SAMPLE_RATE_HZ, phonemes, timed_words(readings, spoken, bounds), pitch, PITCH_RATE_HZ)

    def _sound(self, run: list[Token], speed: float) -> _Sound:
        style = self._styles[min(len(run), len(self._styles)) - 1]
        return self._model.run([token.symbol for token in run], style, speed * self._pace)


_LOADING: Final = threading.Lock()


def load_kokoro(style_weights: str, language: str, folder: Path | None, threads: int, pace: float = 1.0) -> KokoroEngine:
    """Load a voice once per process; the network is shared. Raises WeightsMissing or WeightsDamaged."""
    with _LOADING:
        return _load(style_weights, language, folder, threads, pace)


@lru_cache(maxsize=16)
def _load(style_weights: str, language: str, folder: Path | None, threads: int, pace: float) -> KokoroEngine:
    return KokoroEngine(_model(folder, threads), weight_bytes(style_weights, folder), Reader(language), pace)


@lru_cache(maxsize=2)
def _model(folder: Path | None, threads: int) -> KokoroModel:
    return KokoroModel(weight_bytes(KOKORO_NETWORK, folder), threads)
