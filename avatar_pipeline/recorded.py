"""A recording drives the face as the house's own voice does: sound and the words said in it go in, sentences with their scores come out.

The words are laid over the sound by the recogniser that also judges films (forced alignment), and what it hears moves the mouth. So only
English can be driven, the words have to be told, and they are held against the sound before anything moves.
"""

from __future__ import annotations

import unicodedata
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import av
import numpy as np
from numpy.typing import NDArray

from avatar_pipeline.engines.aligned_sounds import SYMBOLS, VOWELS, Spelled, spell
from avatar_pipeline.engines.consented_sample import ConsentMissing, read_consented_sample, sound_of
from avatar_pipeline.engines.mastering import as_recorded, levelled
from avatar_pipeline.engines.speech import SILENCE, TimedPhoneme, TimedWord, Utterance
from avatar_pipeline.errors import LanguageNotSpoken, StageRefusal
from avatar_pipeline.inspection import align_words as aligner
from avatar_pipeline.inspection.film_tracks import LISTEN_HZ
from avatar_pipeline.inspection.sampling import silent_where_quiet
from avatar_pipeline.motion.conduct import conduct
from avatar_pipeline.motion.eyes import blink_gaps
from avatar_pipeline.motion.mood import MOODS, NEUTRAL, Feeling, held_joints, mood_of
from avatar_pipeline.speak import SpokenSentence
from avatar_pipeline.text.languages import language_of
from avatar_pipeline.text.reading import Reading, clean_text, is_sayable, read_sentence
from avatar_pipeline.text.sentences import split_phrases

__all__ = ["ConsentMissing", "Recording", "RecordingUnusable", "read_recording", "recorded_sentences"]

SAMPLE_RATE_HZ: Final = 24_000
RECORDING_S_MIN, RECORDING_S_MAX = 0.3, 120.0
SILENT_BELOW: Final = 0.003  # of full scale, -50 dB: under it nobody speaks
SENTENCE_FIT_MIN, WORD_FIT_MIN = -35.0, -70.0
"""Mean log likelihood a frame. Of three texts in five of the house's voices no sentence lay below -28.6 and no word below -60.8. With one
word exchanged for another, 18 of 40 are refused; short words that sound alike ("glad", "sad") cannot be told apart by it."""
_PITCH_RATE_HZ: Final = 80.0

_Floats = NDArray[np.float32]


class RecordingUnusable(StageRefusal):
    """The recording cannot drive a face: broken, empty, silent, too long, or it says something else than was told."""


@dataclass(frozen=True, eq=False)
class Recording:
    """Sound read from a file: `samples` float32 mono in -1..1 at `sample_rate_hz`."""

    samples: _Floats
    sample_rate_hz: int


@dataclass(frozen=True)
class _Stretch:
    """A sentence and its written words, each with the plain words that are said for it."""

    text: str
    readings: tuple[Reading, ...]
    said: tuple[tuple[str, ...], ...]

    @property
    def count(self) -> int:
        return sum(map(len, self.said))


def read_recording(path: Path, today: date) -> Recording:
    """Read a sound file (WAV, FLAC, OGG, MP3 and others) as 24 kHz mono. Beside it lies its speaker's agreement, as beside a copied voice,
    and holds `today`.

    Raises RecordingUnusable, and ConsentMissing with what to write.
    """
    try:
        samples = sound_of(path, SAMPLE_RATE_HZ, RECORDING_S_MAX + 1)
    except ValueError:
        raise RecordingUnusable(f"The recording {path} cannot be read. Give a sound file: WAV, FLAC, OGG or MP3.") from None
    read_consented_sample(path, today)
    return Recording(samples, SAMPLE_RATE_HZ)


def recorded_sentences(
    samples: NDArray[Any], sample_rate_hz: int, text: str, *, seed: int, feeling: Feeling | None = None
) -> list[SpokenSentence]:
    """Cut a recording (mono, floats in -1..1, any rate) into the sentences of `text`, each with its sound at 24 kHz and its score.

    Laid end to end they are the whole recording with its own pauses, at the house's loudness. The same sound, text and seed give the same
    sentences. Raises RecordingUnusable, LanguageNotSpoken.
    """
    stretches = _stretches(text)
    sound = levelled(_at_rate(_checked(samples, sample_rate_hz), sample_rate_hz, SAMPLE_RATE_HZ), SAMPLE_RATE_HZ)
    heard_sound = _at_rate(sound, SAMPLE_RATE_HZ, LISTEN_HZ)
    spelled = spell([word for stretch in stretches for words in stretch.said for word in words])
    found = _aligned(heard_sound, spelled)
    groups = _own_words(stretches, found)
    cuts = [round((left[-1].end_s + right[0].start_s) / 2 * SAMPLE_RATE_HZ) for left, right in pairwise(groups)]
    phonemes = _phonemes(found, heard_sound, spelled)
    blinks = blink_gaps(np.random.default_rng(zlib.crc32(str(seed).encode())), len(sound) / SAMPLE_RATE_HZ)
    moods = [MOODS[feeling] if feeling else mood_of(stretch.text) for stretch in stretches]
    joints, sentences = [False, *held_joints([mood.name for mood in moods]), False], []
    for index, (first, last) in enumerate(pairwise([0, *cuts, len(sound)])):
        stretch, start_s, length_s = stretches[index], first / SAMPLE_RATE_HZ, (last - first) / SAMPLE_RATE_HZ
        shown, words = _within(phonemes, start_s, length_s), _words(stretch, groups[index], start_s)
        performance = as_recorded(Utterance(sound[first:last], SAMPLE_RATE_HZ, shown, words, _no_melody(length_s), _PITCH_RATE_HZ))
        own_seed = zlib.crc32(f"{seed}:{index}:{stretch.text}".encode())
        now = [moment - start_s for moment in blinks if start_s <= moment < start_s + length_s]
        held, feels = (joints[index], joints[index + 1]), moods[index].name if joints[index + 1] else NEUTRAL.name
        score = conduct(performance, stretch.text, now, own_seed, moods[index], held=held)
        played = (performance.samples, SAMPLE_RATE_HZ, performance.phonemes, performance.words)
        sentences.append(SpokenSentence(index, stretch.text, "en", feels, *played, score))
    return sentences


def _no_melody(length_s: float) -> _Floats:
    """A recording does not tell its pitch: accents are found by loudness and stress alone."""
    return np.zeros(int(length_s * _PITCH_RATE_HZ) + 1, np.float32)


def _stretches(text: str) -> list[_Stretch]:
    phrases = [phrase.text for phrase in split_phrases(clean_text(text)) if is_sayable(phrase.text)]
    if any(language_of(phrase) != "en" for phrase in phrases):
        raise LanguageNotSpoken("Only recordings in English can be laid under a face. Let one of the house's voices speak this text.")
    stretches = [_stretch(phrase) for phrase in phrases]
    if not any(stretch.count for stretch in stretches):
        raise RecordingUnusable("The words that are said in the recording are missing. Write them as they are said.")
    return [stretch for stretch in stretches if stretch.count]


def _stretch(text: str) -> _Stretch:
    readings = read_sentence(text)
    return _Stretch(text, readings, tuple(aligner.plain_words(_unaccented(reading.said)) for reading in readings))


def _unaccented(said: str) -> str:
    """The aligner's dictionary knows no accents: café is cafe there."""
    return "".join(letter for letter in unicodedata.normalize("NFKD", said) if not unicodedata.combining(letter)).replace("’", "'")


def _checked(samples: NDArray[Any], rate_hz: int) -> _Floats:
    sound = np.asarray(samples, np.float32).reshape(-1)
    if not np.isfinite(sound).all():
        raise RecordingUnusable("The recording is damaged: it holds values that are no sound.")
    if not RECORDING_S_MIN <= len(sound) / rate_hz <= RECORDING_S_MAX:
        raise RecordingUnusable(f"A recording lasts from {RECORDING_S_MIN} to {RECORDING_S_MAX:.0f} seconds. Cut longer ones into parts.")
    if float(np.abs(sound).max()) < SILENT_BELOW:
        raise RecordingUnusable("Nothing can be heard in the recording. Record it again, closer to the microphone.")
    return sound


def _at_rate(samples: _Floats, from_hz: int, to_hz: int) -> _Floats:
    if from_hz == to_hz:
        return samples
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples[None], np.float32), format="flt", layout="mono")
    frame.sample_rate = from_hz
    resampler = av.AudioResampler(format="flt", layout="mono", rate=to_hz)
    pieces = [piece.to_ndarray()[0] for given in (frame, None) for piece in resampler.resample(given)]
    return np.concatenate(pieces).astype(np.float32)


def _aligned(sound: _Floats, spelled: Sequence[Spelled]) -> aligner.Alignment:
    said = " ".join(one.word for one in spelled)
    extra = {word: one.phones for word in aligner.unknown_words(said) for one in spelled if one.word == word}
    if unread := [word for word, phones in extra.items() if not phones]:
        raise RecordingUnusable(f"It is not known how this is said: {', '.join(unread)}. Write it as it sounds.")
    try:
        found = aligner.align_words(sound, said, extra)
    except aligner.NotAligned:
        found = None
    if found is None or [word.text for word in found.words] != [one.word for one in spelled]:
        raise RecordingUnusable("These words cannot be laid over the recording. Write every word that is said in it, and no other.")
    return found


def _own_words(stretches: Sequence[_Stretch], found: aligner.Alignment) -> list[list[aligner.HeardWord]]:
    """The heard words of each stretch. Raises RecordingUnusable for one the sound does not fit."""
    groups, first = [], 0
    for stretch in stretches:
        own = list(found.words[first : first + stretch.count])
        first += stretch.count
        seconds = sum(word.end_s - word.start_s for word in own)
        if strange := [word.text for word in own if word.fit < WORD_FIT_MIN]:
            raise RecordingUnusable(f"The recording does not say “{strange[0]}” in: {stretch.text} Write the words that are said in it.")
        if sum(word.fit * (word.end_s - word.start_s) for word in own) < SENTENCE_FIT_MIN * seconds:
            raise RecordingUnusable(f"The recording says something else than: {stretch.text} Write the words that are said in it.")
        groups.append(own)
    return groups


def _phonemes(found: aligner.Alignment, sound: _Floats, spelled: Sequence[Spelled]) -> list[TimedPhoneme]:
    """The heard sounds by the house's symbols with the dictionary's stress. Loud sound that is no word keeps the lips moving."""
    stresses = [iter(one.stresses) for one in spelled]
    timed: list[TimedPhoneme] = []
    word = 0
    for phone in silent_where_quiet(found.phones, sound):
        symbol = SILENCE if phone.name == aligner.SILENCE else SYMBOLS.get(phone.name, phone.name)
        while word + 1 < len(spelled) and found.words[word + 1].start_s <= phone.start_s:
            word += 1
        timed.append(TimedPhoneme(symbol, phone.start_s, phone.end_s, next(stresses[word], 0) if phone.name in VOWELS else 0))
    return timed


def _within(phonemes: Sequence[TimedPhoneme], start_s: float, length_s: float) -> tuple[TimedPhoneme, ...]:
    """The sounds of one stretch on its own clock, from its first sample to its last."""
    moved = [replace(one, start_s=max(one.start_s - start_s, 0.0), end_s=min(one.end_s - start_s, length_s)) for one in phonemes]
    kept = [one for one in moved if one.end_s > one.start_s]
    kept[0] = replace(kept[0], start_s=0.0)
    if kept[-1].symbol == SILENCE:
        kept[-1] = replace(kept[-1], end_s=length_s)
    elif kept[-1].end_s < length_s:
        kept.append(TimedPhoneme(SILENCE, kept[-1].end_s, length_s))
    return tuple(kept)


def _words(stretch: _Stretch, heard: Sequence[aligner.HeardWord], start_s: float) -> tuple[TimedWord, ...]:
    """When each written word is heard. One for which nothing is said stands where the word before it ends."""
    words: list[TimedWord] = []
    first, last_s = 0, 0.0
    for reading, said in zip(stretch.readings, stretch.said, strict=True):
        own = heard[first : first + len(said)]
        first += len(said)
        begin_s = own[0].start_s - start_s if own else last_s
        last_s = own[-1].end_s - start_s if own else last_s
        words.append(TimedWord(reading.written, begin_s, last_s))
    return tuple(words)
