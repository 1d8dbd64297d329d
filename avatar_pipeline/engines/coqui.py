"""Voices of Coqui's library (coqui-tts): VITS models, and XTTS, which copies the voice of a consented sample.

They are read from a folder and never fetched.

VITS aligns every letter or sound it is given with the sound it makes, so words have exact times; within a word its sounds share the
time evenly. XTTS gives no alignment: there the words share the spoken stretch by their length, and lips are a little less exact. It can
hand out sound while it is still speaking (`stream`). Only the voice of somebody who agreed is copied: a sample comes with its agreement
(consented_sample.py), and without one there is none.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from pickle import UnpicklingError
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from avatar_pipeline.engines.consented_sample import ConsentedSample, sound_of
from avatar_pipeline.engines.english_sounds import SCRIPTS, english_sounds
from avatar_pipeline.engines.mastering import SENTENCE_TAIL_S, levelled, speaking_level
from avatar_pipeline.engines.phoneme_times import PAUSE_SYMBOLS, Token, timed_phonemes
from avatar_pipeline.engines.sentence_chance import SentenceChance
from avatar_pipeline.engines.speech import SpokenStretch, TimedWord, Utterance
from avatar_pipeline.engines.streamed_speech import stretches
from avatar_pipeline.errors import NeuralPartsMissing, WeightsDamaged
from avatar_pipeline.text.reading import Reading, read_sentence
from avatar_pipeline.text.rule import Rule

Floats = NDArray[np.float32]
SAMPLE_RATE_HZ: Final = 24_000
PITCH_RATE_HZ: Final = 80.0
CHUNK_TOKENS: Final = 20  # XTTS hands out about every second of sound
SAMPLE_HEARD_HZ, SAMPLE_HEARD_S, MANNER_S = 22_050, 30, 6
"""How XTTS was taught to hear a sample: all of it for the voice, its first seconds for the manner of speaking."""
_AS_WRITTEN: Final = {"A": "eɪ", "O": "oʊ", "I": "aɪ", "W": "aʊ", "Y": "ɔɪ", "Q": "əʊ", "T": "ɾ", "ʤ": "dʒ", "ʧ": "tʃ", "ᵊ": "ə", "ᵻ": "ɪ"}
"""The house's single letters for diphthongs and affricates, in the phonetic alphabet that VITS models were trained on."""


@dataclass(frozen=True)
class Span:
    """When one reading is heard, in seconds."""

    start_s: float
    end_s: float


class CoquiVits:
    """A VITS model: `config.json` and `model.pth` in a folder. The house's dictionary reads the words, not the library's phonemiser."""

    scripts = SCRIPTS

    def __init__(self, folder: Path, device: str = "cpu") -> None:
        """Load it onto a device. Raises NeuralPartsMissing, WeightsDamaged."""
        vits, config_of = _coqui("TTS.tts.models.vits", "Vits"), _coqui("TTS.tts.configs.vits_config", "VitsConfig")
        self._config = config_of()
        try:
            self._config.load_json(str(folder / "config.json"))
            self._is_phonetic, self._config.use_phonemes = bool(self._config.use_phonemes), False  # else it asks for a GPL program
            self._model = vits.init_from_config(self._config)
            self._model.load_checkpoint(self._config, str(folder / "model.pth"), eval=True)
            self._model.to(device)
        except (OSError, RuntimeError, KeyError, ValueError, json.JSONDecodeError) as error:
            raise WeightsDamaged(f"{folder.name} is no VITS model that can be loaded: {error}.") from error
        except (TypeError, AttributeError, EOFError, UnpicklingError) as error:
            raise WeightsDamaged(f"{folder.name} is no VITS model that can be loaded ({type(error).__name__}).") from error
        self._lock, self._sounds, self._chance = threading.Lock(), english_sounds(), SentenceChance(device)

    def read(self, sentence: str, own: Sequence[Rule] = ()) -> tuple[Reading, ...]:
        """Cut a sentence into words and say how each is read."""
        return read_sentence(sentence, own)

    def say(self, readings: Sequence[Reading], speed: float, seed: int) -> Utterance | None:
        """Speak one sentence; None when nothing in it can be said. The same arguments give the same samples."""
        import torch

        symbols = self._sounds.tokens(readings)
        letters = _letters(readings, symbols, is_phonetic=self._is_phonetic)
        known = [letter for letter in letters if self._model.tokenizer.encode(letter.symbol)]
        if not any(letter.reading >= 0 for letter in known):
            return None
        numbers = [self._model.tokenizer.encode(letter.symbol)[0] for letter in known]
        is_spaced = bool(self._config.add_blank)
        row = self._model.tokenizer.intersperse_blank_char(numbers) if is_spaced else numbers
        with self._lock, torch.inference_mode(), self._chance.of(seed):
            self._model.length_scale = float(self._config.model_args.length_scale) / speed
            made = self._model.inference(torch.tensor([row], device=self._chance.device))
        samples, rate = made["model_outputs"][0, 0].float().cpu().numpy(), int(self._config.audio.sample_rate)
        held = made["durations"][0, 0].double().cpu().numpy()
        ends = np.cumsum(held) / held.sum() * len(samples) / rate
        bounds = np.concatenate([[0.0], ends[1::2][: len(known) - 1] if is_spaced else ends[:-1], ends[-1:]])
        return _utterance(_at_24_khz(samples, rate), readings, symbols, _spans(known, bounds, len(readings)))


class CoquiXtts:
    """XTTS: `config.json`, `model.pth` and `vocab.json` in a folder, and a recording whose speaker agreed to be copied."""

    scripts = SCRIPTS

    def __init__(self, folder: Path, sample: ConsentedSample, language: str = "en", device: str = "cpu") -> None:
        """Load it onto a device and listen to the sample (3 seconds or more). Raises NeuralPartsMissing, WeightsDamaged."""
        xtts, config_of = _coqui("TTS.tts.models.xtts", "Xtts"), _coqui("TTS.tts.configs.xtts_config", "XttsConfig")
        config = config_of()
        try:
            config.load_json(str(folder / "config.json"))
            self._model = xtts.init_from_config(config)
            self._model.load_checkpoint(config, checkpoint_dir=str(folder), eval=True)
            self._model.to(device)
            self._manner, self._speaker = self._likeness(sample)
        except (OSError, RuntimeError, KeyError, ValueError, json.JSONDecodeError) as error:
            raise WeightsDamaged(f"{folder.name} or the sample cannot be used: {error}.") from error
        except (TypeError, AttributeError, EOFError, UnpicklingError) as error:
            raise WeightsDamaged(f"{folder.name} or the sample cannot be used ({type(error).__name__}).") from error
        self._language, self._lock, self._sounds, self._chance = language, threading.Lock(), english_sounds(), SentenceChance(device)

    def _likeness(self, sample: ConsentedSample) -> tuple[Any, Any]:
        """How somebody speaks, and whose voice it is. The library itself would read files by FFmpeg's libraries, which no wheel brings."""
        import torch

        heard = torch.from_numpy(sound_of(sample.path, SAMPLE_HEARD_HZ, SAMPLE_HEARD_S))[None]
        with torch.inference_mode():
            manner = self._model.get_gpt_cond_latents(heard, SAMPLE_HEARD_HZ, length=MANNER_S, chunk_length=MANNER_S)
            return manner, self._model.get_speaker_embedding(heard, SAMPLE_HEARD_HZ)

    def stream(self, text: str, speed: float, seed: int) -> Generator[Floats, None, None]:
        """The sound of a sentence while it is being made: float32 mono pieces at 24 kHz. Close it to stop.

        Chance is the sentence's own: whoever else draws random numbers between two pieces neither changes it nor is changed.
        """
        with self._lock, closing(self._pieces(text, speed)) as pieces:
            chance = self._chance.of(seed)
            while True:
                with chance:
                    piece = next(pieces, None)
                if piece is None:
                    return
                yield piece.float().cpu().numpy()

    def _pieces(self, text: str, speed: float) -> Generator[Any, None, None]:
        yield from self._model.inference_stream(
            text, self._language, self._manner, self._speaker, speed=speed, stream_chunk_size=CHUNK_TOKENS
        )

    def read(self, sentence: str, own: Sequence[Rule] = ()) -> tuple[Reading, ...]:
        """Cut a sentence into words and say how each is read."""
        return read_sentence(sentence, own)

    def say(self, readings: Sequence[Reading], speed: float, seed: int) -> Utterance | None:
        """Speak one sentence; word times are shares of the spoken stretch."""
        symbols = self._sounds.tokens(readings)
        if not any(symbol.reading >= 0 for symbol in symbols):
            return None
        samples = np.concatenate(list(self.stream(" ".join(reading.said for reading in readings), speed, seed)))
        return _utterance(samples, readings, symbols, shared_spans(samples, readings))

    def say_in_stretches(self, readings: Sequence[Reading], speed: float, seed: int) -> Generator[SpokenStretch, None, None]:
        """Speak one sentence stretch by stretch, the first while the rest is being made; as loud as its first stretch is made to be."""
        if not any(symbol.reading >= 0 for symbol in self._sounds.tokens(readings)):
            return
        usual: float | None = None
        with closing(self.stream(" ".join(reading.said for reading in readings), speed, seed)) as pieces:
            for one in stretches(pieces, readings, SAMPLE_RATE_HZ, speed):
                own = readings[one.first : one.last]
                usual = usual or speaking_level(one.samples, SAMPLE_RATE_HZ)
                samples = levelled(_ended(one.samples) if one.is_last else one.samples, SAMPLE_RATE_HZ, usual)
                said = _utterance(samples, own, self._sounds.tokens(own), shared_spans(samples, own))
                yield SpokenStretch(said, one.first, one.last, one.is_last)


def _ended(samples: Floats) -> Floats:
    """The end of a sentence with no more silence after it than a breath."""
    heard = np.flatnonzero(np.abs(samples) > 0.02 * float(np.abs(samples).max(initial=1e-9)))
    return samples[: int(heard[-1] + SENTENCE_TAIL_S * SAMPLE_RATE_HZ)] if len(heard) else samples


def shared_spans(samples: Floats, readings: Sequence[Reading]) -> list[Span]:
    """Spans by the length of what is said, over the stretch in which the sound is not silent."""
    heard = np.flatnonzero(np.abs(samples) > 0.02 * float(np.abs(samples).max(initial=1e-9)))
    first, last = (heard[0], heard[-1]) if len(heard) else (0, len(samples))
    bounds = np.cumsum([0.0, *(max(1, len(reading.said)) for reading in readings)])
    times = (first + bounds / bounds[-1] * (last - first)) / SAMPLE_RATE_HZ
    return [Span(float(start), float(end)) for start, end in pairwise(times)]


def _letters(readings: Sequence[Reading], symbols: Sequence[Token], *, is_phonetic: bool) -> list[Token]:
    """What the model is given, a letter at a time: the words' sounds, or their spelling."""
    if is_phonetic:
        return [Token(letter, symbol.reading) for symbol in symbols for letter in _AS_WRITTEN.get(symbol.symbol, symbol.symbol)]
    spelled = [Token(letter, index) for index, reading in enumerate(readings) for letter in f"{reading.said} "]
    return [Token(letter.symbol, -1 if letter.symbol == " " else letter.reading) for letter in spelled[:-1]]


def _spans(letters: Sequence[Token], bounds: NDArray[np.float64], count: int) -> list[Span]:
    """From the letters' bounds (one more than letters) to each reading's span; a reading without letters gets none of the time."""
    spans, last = [], 0.0
    for reading in range(count):
        own = [index for index, letter in enumerate(letters) if letter.reading == reading]
        span = Span(float(bounds[own[0]]), float(bounds[own[-1] + 1])) if own else Span(last, last)
        spans.append(span)
        last = span.end_s
    return spans


def _utterance(samples: Floats, readings: Sequence[Reading], symbols: Sequence[Token], spans: Sequence[Span]) -> Utterance:
    """Put each word's sounds evenly into its span; what lies between words is theirs or a pause."""
    whole_s = len(samples) / SAMPLE_RATE_HZ
    starts: list[float] = []
    for index, symbol in enumerate(symbols):
        if symbol.reading < 0 or symbol.symbol in PAUSE_SYMBOLS:
            before = [other.reading for other in symbols[:index] if other.reading >= 0]
            starts.append(spans[before[-1]].end_s if before else 0.0)
            continue
        own = [place for place, other in enumerate(symbols) if other.reading == symbol.reading and other.symbol not in PAUSE_SYMBOLS]
        span = spans[symbol.reading]
        starts.append(span.start_s + (span.end_s - span.start_s) * own.index(index) / len(own))
    inner = np.clip(np.maximum.accumulate(np.array([0.0, *starts[1:]])), 0.0, whole_s)
    phonemes = timed_phonemes([symbol.symbol for symbol in symbols], np.append(inner, whole_s))
    words = tuple(TimedWord(reading.written, span.start_s, span.end_s) for reading, span in zip(readings, spans, strict=True))
    pitch = np.zeros(int(whole_s * PITCH_RATE_HZ) + 1, np.float32)
    return Utterance(samples, SAMPLE_RATE_HZ, phonemes, words, pitch, PITCH_RATE_HZ)


def _at_24_khz(samples: Floats, rate: int) -> Floats:
    if rate == SAMPLE_RATE_HZ:
        return samples
    import torch
    from torchaudio.functional import resample

    return np.asarray(resample(torch.from_numpy(samples), rate, SAMPLE_RATE_HZ).numpy(), np.float32)


def _coqui(module: str, name: str) -> Any:
    """A class of the library, loaded only when a voice asks for it (five seconds)."""
    import importlib

    try:
        return getattr(importlib.import_module(module), name)
    except ImportError as error:
        raise NeuralPartsMissing("Coqui's voices need the neural parts. Run make setup-neural.") from error
