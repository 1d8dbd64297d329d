"""Speech recognition: sound in, words out. OpenAI's Whisper, run by CTranslate2 on the processor.

The weights are the multilingual base model in eight bits, whole files whose fingerprints stand in the manifest. Whisper was made to
look at thirty seconds at a time; a question lasts three, so only what was said, and a breath of silence behind it, is looked at: six
times less work.
"""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from avatar_pipeline.errors import ListeningPartsMissing
from avatar_pipeline.weights import weight_bytes

SAMPLE_RATE_HZ: Final = 16_000
SECONDS_MAX: Final = 30
"""What the model can look at in one go."""
WINDOW_SAMPLES, HOP_SAMPLES, BANDS = 400, 160, 80
BREATH_S: Final = 1.0
"""Silence put behind what was said: without it the model makes up a word at the cut."""
LOOK_S_MIN: Final = {"en": 5.0, "zh": 12.0}
"""Looked at less, it makes mistakes that it does not make otherwise; half of a second's question is then silence. Chinese it writes
down twice when it looks at five seconds."""
HINT_PIECES_MAX: Final = 60
PIECE_LETTERS_MAX: Final = 20
TOKENS_PER_SECOND_MAX: Final = 12
"""Nobody says more; a model that does is repeating itself."""
SILENCE_MAX: Final = 0.6
BEAMS: Final = 3
"""Readings followed side by side; with one alone, one sentence in fifty was written down twice."""
LANGUAGES: Final = {"en": "<|en|>", "zh": "<|zh|>"}


@dataclass(frozen=True)
class Heard:
    """What was understood. `confidence` 0..1 is the mean probability of its pieces; `is_speech` is false for noise."""

    text: str
    confidence: float
    is_speech: bool


class Whisper:
    """A loaded recogniser. Safe to call from several threads at once; calls wait for each other."""

    def __init__(self, model: Any, vocabulary: frozenset[str]) -> None:
        self._model, self._vocabulary = model, vocabulary

    def recognise(self, samples: NDArray[np.float32], language: str = "en", hint: str = "") -> Heard:
        """Write down what is said in float32 mono samples of 16 kHz, at most SECONDS_MAX of them (the rest is not looked at).

        `language` is one of LANGUAGES, else English. `hint` holds words that are likely here (names of products), which it then prefers
        to words that sound the same.
        """
        import ctranslate2

        spoken = samples[: SECONDS_MAX * SAMPLE_RATE_HZ]
        seconds = len(spoken) / SAMPLE_RATE_HZ
        features = ctranslate2.StorageView.from_array(_features(spoken, LOOK_S_MIN.get(language, LOOK_S_MIN["en"]))[None])
        before = ["<|startofprev|>", *_pieces(f" {hint}", self._vocabulary)[:HINT_PIECES_MAX]] if hint else []
        prompt = [*before, "<|startoftranscript|>", LANGUAGES.get(language, LANGUAGES["en"]), "<|transcribe|>", "<|notimestamps|>"]
        result = self._model.generate(
            features, [prompt], beam_size=BEAMS, max_length=len(prompt) + 8 + int(seconds * TOKENS_PER_SECOND_MAX), return_scores=True,
            return_no_speech_prob=True, suppress_blank=True, no_repeat_ngram_size=4,
        )[0]  # fmt: skip
        text = _text([piece for piece in result.sequences[0] if not piece.startswith("<|")])
        return Heard(text.strip(), float(np.exp(result.scores[0])), bool(text.strip()) and result.no_speech_prob < SILENCE_MAX)


@lru_cache(maxsize=2)
def load_whisper(folder: Path | None = None, threads: int = 2) -> Whisper:
    """Load the recogniser once per process (about half a second). Raises ListeningPartsMissing, WeightsMissing, WeightsDamaged."""
    if not parts_are_here():
        raise ListeningPartsMissing("Talking by microphone needs more packages: `make setup-listening`.")
    import ctranslate2

    parts = (weight_bytes(f"hearing-base-{number}", folder) for number in (1, 2))
    vocabulary = weight_bytes("hearing-base-vocabulary", folder)
    files = {"model.bin": b"".join(parts), "config.json": weight_bytes("hearing-base-config", folder), "vocabulary.txt": vocabulary}
    model = ctranslate2.models.Whisper("hearing-base", device="cpu", compute_type="int8", intra_threads=threads, files=files)
    return Whisper(model, frozenset(vocabulary.decode().splitlines()))


def parts_are_here() -> bool:
    """Whether the library that runs the recogniser is installed."""
    return importlib.util.find_spec("ctranslate2") is not None


def _features(samples: NDArray[np.float32], look_s_min: float) -> NDArray[np.float32]:
    """The picture the model looks at: loudness in 80 bands every 10 ms, float32 (80, frames), as in OpenAI's audio.py."""
    looked_s = min(SECONDS_MAX, max(look_s_min, len(samples) / SAMPLE_RATE_HZ + BREATH_S))
    padded = np.zeros(int(looked_s * SAMPLE_RATE_HZ) // HOP_SAMPLES // 2 * 2 * HOP_SAMPLES, np.float32)
    padded[: len(samples)] = samples[: len(padded)]
    framed = np.lib.stride_tricks.sliding_window_view(np.pad(padded, WINDOW_SAMPLES // 2, mode="reflect"), WINDOW_SAMPLES)[::HOP_SAMPLES]
    window = np.hanning(WINDOW_SAMPLES + 1)[:-1].astype(np.float32)
    power = np.abs(np.fft.rfft(framed[:-1] * window, axis=1)).astype(np.float32) ** 2
    loudness = np.log10(np.maximum(_bands() @ power.T, 1e-10))
    return np.ascontiguousarray((np.maximum(loudness, loudness.max() - 8.0) + 4.0) / 4.0, np.float32)


@lru_cache(maxsize=1)
def _bands() -> NDArray[np.float32]:
    """Slaney's mel bands, float32 (80, 201): linear below 1 kHz, logarithmic above, each of the same area."""
    pivot_hz, pivot, step = 1000.0, 15.0, np.log(6.4) / 27.0
    steps = np.linspace(0.0, pivot + np.log(SAMPLE_RATE_HZ / 2 / pivot_hz) / step, BANDS + 2)
    edges_hz = np.where(steps < pivot, steps * pivot_hz / pivot, pivot_hz * np.exp(step * (steps - pivot)))
    tones_hz = np.fft.rfftfreq(WINDOW_SAMPLES, 1 / SAMPLE_RATE_HZ)
    rising = (tones_hz - edges_hz[:-2, None]) / np.diff(edges_hz)[:-1, None]
    falling = (edges_hz[2:, None] - tones_hz) / np.diff(edges_hz)[1:, None]
    shares = np.maximum(0.0, np.minimum(rising, falling)) * (2.0 / (edges_hz[2:] - edges_hz[:-2]))[:, None]
    return np.asarray(shares, np.float32)


@lru_cache(maxsize=1)
def _byte_of() -> dict[str, int]:
    """GPT-2's spelling of bytes as letters, read backwards: printable ones stand for themselves, the others for 256 and up."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in plain]
    return {chr(byte): byte for byte in plain} | {chr(256 + place): byte for place, byte in enumerate(others)}


def _pieces(text: str, vocabulary: frozenset[str]) -> list[str]:
    """Cut a text into pieces the model knows, the longest first: not always its own way of cutting, but the same letters."""
    letter_of = {byte: letter for letter, byte in _byte_of().items()}
    letters, pieces = "".join(letter_of[byte] for byte in text.encode()), []
    while letters:
        lengths = range(min(len(letters), PIECE_LETTERS_MAX), 1, -1)
        length = next((length for length in lengths if letters[:length] in vocabulary), 1)
        pieces.append(letters[:length])
        letters = letters[length:]
    return pieces


def _text(pieces: list[str]) -> str:
    spelling = _byte_of()
    return bytes(spelling[letter] for piece in pieces for letter in piece).decode("utf-8", errors="ignore")
