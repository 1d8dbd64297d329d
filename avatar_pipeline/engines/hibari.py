"""The voice in the box: hibari, a small neural English voice whose package carries its weights.

The model decides how long every phoneme lasts before it makes sound, in units of 25 ms, but does not tell. We ask it to:
one more output is added to the graph in memory, the weights stay untouched. The sum of those durations is exactly the
length of the sound, which is why the lips need no guessing.
"""

from __future__ import annotations

import copy
import threading
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from avatar_pipeline.engines.english_sounds import SCRIPTS, english_sounds, symbol_numbers
from avatar_pipeline.engines.graph_outputs import with_outputs
from avatar_pipeline.engines.phoneme_times import EDGE, PAUSE_SYMBOLS, Token, runs_of, timed_phonemes, timed_words
from avatar_pipeline.engines.speech import Utterance
from avatar_pipeline.engines.throat import SILENT, VOICED_FROM_HZ, Floats, Throat
from avatar_pipeline.text.reading import Reading, read_sentence
from avatar_pipeline.text.rule import Rule
from avatar_pipeline.weights import weight_bytes

SAMPLE_RATE_HZ: Final = 24_000
DURATION_UNIT_SAMPLES: Final = 600  # one unit of the model's duration output: 25 ms, two frames of its spectrum
PITCH_RATE_HZ: Final = 80.0  # the model's f0 output: one value each 300 samples
DURATION_OUTPUT: Final = "/Clip_output_0"
LEAD_S: Final = 0.075  # the model's times are 71 ms late (sd 16) against forced alignment of its sound; measured with pocketsphinx
_Sound = tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.float32]]


class HibariEngine:
    """One loaded voice, shared by all threads. Loading takes about a second, a short sentence some 30 ms on one core."""

    scripts = SCRIPTS

    def __init__(self, weights: bytes, threads: int) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(with_outputs(weights, DURATION_OUTPUT), options, providers=["CPUExecutionProvider"])
        self._words = english_sounds()
        self._throat = Throat()
        self.say((Reading("Ready.", "Ready."),), 1.0, 0)  # the first run allocates; a shopper should not wait for it

    def with_throat(self, throat: Throat) -> HibariEngine:
        """The same loaded model speaking with another body; costs nothing."""
        other = copy.copy(self)
        other._throat = throat
        return other

    def read(self, sentence: str, own: Sequence[Rule] = ()) -> tuple[Reading, ...]:
        """Cut a sentence into words and say how each is read."""
        return read_sentence(sentence, own)

    def say(self, readings: Sequence[Reading], speed: float, seed: int) -> Utterance | None:
        """Speak one sentence. `speed` 1.0 is the voice's own pace; the seed fixes the breath noise. None: nothing sayable."""
        tokens = self._words.tokens(readings)
        if not any(token.reading >= 0 and token.symbol not in PAUSE_SYMBOLS for token in tokens):
            return None
        runs = [self._synthesise(run, speed, seed) for run in runs_of(tokens)]
        samples, durations, pitch = (np.concatenate([run[part] for run in runs]) for part in range(3))
        spoken = [token for run in runs_of(tokens) for token in (EDGE, *run, EDGE)]
        bounds = np.concatenate([[0], np.cumsum(durations)]) * DURATION_UNIT_SAMPLES / SAMPLE_RATE_HZ
        bounds[1:-1] = np.maximum(bounds[1:-1] - LEAD_S, 0.0)
        phonemes = timed_phonemes([token.symbol for token in spoken], bounds)
        return Utterance(samples, SAMPLE_RATE_HZ, phonemes, timed_words(readings, spoken, bounds), pitch, PITCH_RATE_HZ)

    def _synthesise(self, tokens: list[Token], speed: float, seed: int) -> _Sound:
        """Give float32 samples, the duration of every token in units of 600 samples (ends included), and the pitch in Hz."""
        from hibari import dsp

        numbers = np.array([[0, *(symbol_numbers()[token.symbol] for token in tokens), 0]], dtype=np.int64)
        names = ["lh", "theta", "ln", "lr", "phi", "f0", DURATION_OUTPUT]
        outputs: list[NDArray[Any]] = self._session.run(names, {"ids": numbers, "speed": np.array([speed], dtype=np.float32)})
        *colours, phases, pitch = (np.asarray(output[0], np.float32) for output in outputs[:6])
        pitch = pitch.ravel()
        if not self._throat.is_the_models_own:
            colours, pitch = _in_another_body(colours, pitch, self._throat)
        samples = dsp.synth(*colours, phases, pitch, np.random.default_rng(seed))
        heard = np.where(pitch < VOICED_FROM_HZ, np.float32(0), pitch)
        return samples.astype(np.float32), np.rint(outputs[6].ravel()).astype(np.int64), heard


def _in_another_body(colours: list[Floats], pitch: Floats, throat: Throat) -> tuple[list[Floats], Floats]:
    """Move the model's harmonics, their phase, breath and rest, and the melody, to another throat."""
    harmonic, phase, breath, rest = colours
    harmonic, phase = throat.between_tones((harmonic, phase), pitch)
    moved = [throat.colour(harmonic + throat.bass(pitch, len(harmonic)), beyond=SILENT), throat.colour(phase, beyond=0.0)]
    moved += [throat.colour(part, beyond=SILENT) for part in (breath, rest)]
    return moved, throat.melody(pitch)


_LOADING: Final = threading.Lock()


def load_hibari(weights_name: str, folder: Path | None, threads: int) -> HibariEngine:
    """Load a voice once per process, also when many ask at the same moment. Raises WeightsMissing or WeightsDamaged."""
    with _LOADING:
        return _load(weights_name, folder, threads)


@lru_cache(maxsize=4)
def _load(weights_name: str, folder: Path | None, threads: int) -> HibariEngine:
    return HibariEngine(weight_bytes(weights_name, folder), threads)
