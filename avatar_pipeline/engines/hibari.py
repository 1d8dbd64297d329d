"""The voice in the box: hibari, a small neural English voice whose package carries its weights.

The model decides how long every phoneme lasts before it makes sound, in units of 25 ms, but does not tell. We ask it to:
one more output is added to the graph in memory, the weights stay untouched. The sum of those durations is exactly the
length of the sound, which is why the lips need no guessing.
"""

from __future__ import annotations

import copy
import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from avatar_pipeline.engines.english_words import sounds_of
from avatar_pipeline.engines.speech import SILENCE, TimedPhoneme, TimedWord, Utterance
from avatar_pipeline.engines.throat import SILENT, VOICED_FROM_HZ, Floats, Throat
from avatar_pipeline.text.reading import Reading
from avatar_pipeline.weights import weight_bytes

SAMPLE_RATE_HZ: Final = 24_000
DURATION_UNIT_SAMPLES: Final = 600  # one unit of the model's duration output: 25 ms, two frames of its spectrum
PITCH_RATE_HZ: Final = 80.0  # the model's f0 output: one value each 300 samples
DURATION_OUTPUT: Final = "/Clip_output_0"
PHONEMES_PER_RUN: Final = 400  # the package's own limit for one run of the model; longer readings are made of several
LEAD_S: Final = 0.075  # the model's times are 71 ms late (sd 16) against forced alignment of its sound; measured with pocketsphinx
PAUSE_SYMBOLS: Final = frozenset(' ;:,.!?—…"()“”')
STRESS: Final = {"ˈ": 2, "ˌ": 1}
_Sound = tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.float32]]
_VOWELS: Final = frozenset("AIOQWYaiuæɑɒɔəɚɛɜɪʊʌᵻɐᵊ")


def with_duration_output(model: bytes) -> bytes:
    """Give the ONNX model with its phoneme durations as one more output, without parsing it.

    Protocol Buffers merge a message that appears twice: repeated fields are joined. So a second `ModelProto.graph`
    (field 7) holding nothing but one `GraphProto.output` (field 12) appended to the file adds that output and changes
    nothing else. See "Last One Wins" in the Protocol Buffers encoding guide; every payload here is under 128 bytes, so
    each length is one byte.
    """
    tensor_type = _field(1, bytes([1 << 3, 1]))  # TypeProto.tensor_type { elem_type: FLOAT }
    value = _field(1, DURATION_OUTPUT.encode()) + _field(2, tensor_type)  # ValueInfoProto { name, type }
    return model + _field(7, _field(12, value))


def _field(number: int, payload: bytes) -> bytes:
    return bytes([number << 3 | 2, len(payload)]) + payload


@dataclass(frozen=True)
class _Token:
    """One symbol the model is given, and which reading it belongs to (-1: a pause between words)."""

    symbol: str
    reading: int


_EDGE: Final = _Token(SILENCE, -1)


class HibariEngine:
    """One loaded voice, shared by all threads. Loading takes about a second, a short sentence some 30 ms on one core."""

    scripts = frozenset({"LATIN"})

    def __init__(self, weights: bytes, threads: int) -> None:
        import onnxruntime
        from hibari.g2p import G2P

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(with_duration_output(weights), options, providers=["CPUExecutionProvider"])
        self._symbols: dict[str, int] = json.loads(resources.files("hibari").joinpath("assets/vocab.json").read_text("utf-8"))
        self._pronounce = G2P()
        self._throat = Throat()
        self._lock = threading.Lock()  # the dictionary fills caches as it reads; the network itself needs no lock
        self.say((Reading("Ready.", "Ready."),), 1.0, 0)  # the first run allocates; a shopper should not wait for it

    def with_throat(self, throat: Throat) -> HibariEngine:
        """The same loaded model speaking with another body; costs nothing."""
        other = copy.copy(self)
        other._throat = throat
        return other

    def say(self, readings: Sequence[Reading], speed: float, seed: int) -> Utterance | None:
        """Speak one sentence. `speed` 1.0 is the voice's own pace; the seed fixes the breath noise. None: nothing sayable."""
        tokens = self._tokens(readings)
        if not any(token.reading >= 0 and token.symbol not in PAUSE_SYMBOLS for token in tokens):
            return None
        runs = [self._synthesise(run, speed, seed) for run in _runs(tokens)]
        samples, durations, pitch = (np.concatenate([run[part] for run in runs]) for part in range(3))
        spoken = [token for run in _runs(tokens) for token in (_EDGE, *run, _EDGE)]
        bounds = np.concatenate([[0], np.cumsum(durations)]) * DURATION_UNIT_SAMPLES / SAMPLE_RATE_HZ
        bounds[1:-1] = np.maximum(bounds[1:-1] - LEAD_S, 0.0)
        phonemes = _phonemes([token.symbol for token in spoken], bounds)
        return Utterance(samples, SAMPLE_RATE_HZ, phonemes, _words(readings, spoken, bounds), pitch, PITCH_RATE_HZ)

    def _tokens(self, readings: Sequence[Reading]) -> list[_Token]:
        """Turn words into the model's symbols. The dictionary reads the whole sentence, since `read` depends on its neighbours."""
        said = [(index, words) for index, reading in enumerate(readings) if (words := _expand(reading.said))]
        owner = [index for index, words in said for _ in range(len(words) + 1)]
        with self._lock:
            cut = self._pronounce.tokenize(" ".join(words for _, words in said))
            for token in cut:
                token.phonemes = sounds_of(token.text)
            spoken = self._pronounce.phonemize_tokens(cut)
        tokens: list[_Token] = []
        offset = 0
        for token in spoken:
            reading = owner[min(offset, len(owner) - 1)]
            tokens += [_Token(symbol, reading) for symbol in token.phonemes or "" if symbol in self._symbols]
            offset += len(token.text) + len(token.whitespace)
            if token.whitespace:
                tokens.append(_Token(" ", -1))
        return _trim(tokens)

    def _synthesise(self, tokens: list[_Token], speed: float, seed: int) -> _Sound:
        """Give float32 samples, the duration of every token in units of 600 samples (ends included), and the pitch in Hz."""
        from hibari import dsp

        numbers = np.array([[0, *(self._symbols[token.symbol] for token in tokens), 0]], dtype=np.int64)
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
    harmonic = throat.between_tones(harmonic, pitch) + throat.bass(pitch, len(harmonic))
    moved = [throat.colour(harmonic, beyond=SILENT), throat.colour(throat.between_tones(phase, pitch), beyond=0.0)]
    moved += [throat.colour(part, beyond=SILENT) for part in (breath, rest)]
    return moved, throat.melody(pitch)


@lru_cache(maxsize=4096)
def _expand(said: str) -> str:
    """Let the package's own dictionary of abbreviations have its say on what our rules left as it was.

    Square brackets become round ones: the package reads `[word](/sounds/)` as an order how to say a word, and an answer
    must not be able to give orders.
    """
    from hibari.g2p.normalize import normalize

    return str(normalize(said)).replace("[", "(").replace("]", ")")


def _trim(tokens: list[_Token]) -> list[_Token]:
    while tokens and tokens[-1].symbol == " ":
        tokens.pop()
    return tokens


def _runs(tokens: list[_Token]) -> list[list[_Token]]:
    """Cut a very long reading at word gaps, so that no run of the model is longer than it was trained for."""
    runs: list[list[_Token]] = []
    rest = tokens
    while len(rest) > PHONEMES_PER_RUN:
        gaps = [place for place in range(1, PHONEMES_PER_RUN) if rest[place].symbol == " "]
        cut = gaps[-1] if gaps else PHONEMES_PER_RUN
        runs.append(rest[:cut])
        rest = rest[cut:]
    return [*runs, rest]


def _phonemes(symbols: Sequence[str], bounds: NDArray[np.float64]) -> tuple[TimedPhoneme, ...]:
    """Join tokens to phonemes without gaps.

    A stress mark's time belongs to the vowel after it and a length mark's to the sound before it. A gap between words is
    no pause in fluent speech: its time is shared by its neighbours; beside punctuation it is part of the pause.
    """
    sounds: list[TimedPhoneme] = []
    begin, stress = 0.0, 0
    for index, symbol in enumerate(symbols):
        end = float(bounds[index + 1])
        last = sounds[-1] if sounds else None
        if symbol in STRESS:
            stress = STRESS[symbol]
            continue
        pause = symbol in PAUSE_SYMBOLS or symbol == SILENCE
        if last and (symbol == "ː" or (pause and last.symbol == SILENCE)):
            sounds[-1] = replace(last, end_s=end)
        elif last and symbol == " " and symbols[index + 1 : index + 2] not in ([SILENCE], []):
            begin = (begin + end) / 2
            sounds[-1] = replace(last, end_s=begin)
            continue
        else:
            sounds.append(TimedPhoneme(SILENCE if pause else symbol, begin, end, stress if symbol in _VOWELS else 0))
            stress = 0 if symbol in _VOWELS else stress
        begin = end
    return tuple(sounds)


def _words(readings: Sequence[Reading], tokens: Sequence[_Token], bounds: NDArray[np.float64]) -> tuple[TimedWord, ...]:
    """When each written word is heard. A word nothing is said for (an emoji) stands where the word before it ends."""
    words: list[TimedWord] = []
    last_s = 0.0
    for index, reading in enumerate(readings):
        own = [place for place, token in enumerate(tokens) if token.reading == index and token.symbol not in PAUSE_SYMBOLS]
        start_s, end_s = (float(bounds[own[0]]), float(bounds[own[-1] + 1])) if own else (last_s, last_s)
        words.append(TimedWord(reading.written, start_s, end_s))
        last_s = end_s
    return tuple(words)


_LOADING: Final = threading.Lock()


def load_hibari(weights_name: str, folder: Path | None, threads: int) -> HibariEngine:
    """Load a voice once per process, also when many ask at the same moment. Raises WeightsMissing or WeightsDamaged."""
    with _LOADING:
        return _load(weights_name, folder, threads)


@lru_cache(maxsize=4)
def _load(weights_name: str, folder: Path | None, threads: int) -> HibariEngine:
    return HibariEngine(weight_bytes(weights_name, folder), threads)
