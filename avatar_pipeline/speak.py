"""Live speech: an answer goes in, and sentence by sentence sound, lip motion and captions come out.

The first sentence is ready long before the last one is made, and closing the generator stops the work: that is how an
employee is interrupted. The same text, voice and seed give the same sound and the same face, byte for byte.
"""

from __future__ import annotations

import io
import unicodedata
import wave
import zlib
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avatar_pipeline.engines.mastering import Performance, as_recorded, master
from avatar_pipeline.engines.speech import SpeechEngine, StreamingEngine, TimedPhoneme, TimedWord
from avatar_pipeline.errors import LanguageNotSpoken, TextTooLong
from avatar_pipeline.motion.conduct import conduct
from avatar_pipeline.motion.eyes import blink_gaps
from avatar_pipeline.motion.gesture import GESTURES, Gesture
from avatar_pipeline.motion.mood import MOODS, NEUTRAL, Feeling, held_joints, mood_of
from avatar_pipeline.motion.states import LOOP_S, STATES, State, loop_of
from avatar_pipeline.score import MotionScore
from avatar_pipeline.text.languages import language_of
from avatar_pipeline.text.own_sayings import rules_of
from avatar_pipeline.text.reading import Reading, clean_text, is_sayable
from avatar_pipeline.text.sentences import Phrase, split_phrases
from avatar_pipeline.voice import Voice

__all__ = [
    "GESTURES", "STATES", "Feeling", "Gesture", "SpokenSentence", "State", "TimedPhoneme", "TimedWord", "idle", "loop_of", "moods_in",
    "speak", "wav_of",
]  # fmt: skip

TEXT_CHARACTERS_MAX: Final = 20_000  # about 25 minutes of speech; a film hands its script over scene by scene
_BLINKS_AHEAD_S: Final = 1800.0


@dataclass(frozen=True, eq=False)
class SpokenSentence:
    """One stretch of speech, complete: play `samples` and `score` together from the same moment.

    `samples` is int16 mono at `sample_rate_hz`; `phonemes` fill it without gaps; `words` are timed for captions and carry the
    text as it was written. `language` ("en", "zh") is that of the voice that speaks it; `feels` is what the face still shows as it ends.
    """

    index: int
    text: str
    language: str
    feels: str
    samples: NDArray[np.int16]
    sample_rate_hz: int
    phonemes: tuple[TimedPhoneme, ...]
    words: tuple[TimedWord, ...]
    score: MotionScore

    @property
    def duration_s(self) -> float:
        """Length of the sound in seconds."""
        return len(self.samples) / self.sample_rate_hz

    def to_wav_bytes(self) -> bytes:
        """Give the sound as a WAV file: mono PCM16, playable as it is."""
        return wav_of([self])


def wav_of(sentences: Sequence[SpokenSentence]) -> bytes:
    """Give sentences of one voice, one after the other, as a WAV file: mono PCM16. ValueError for none, or for different sample rates."""
    (rate_hz,) = {one.sample_rate_hz for one in sentences}
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(np.concatenate([one.samples for one in sentences]).astype("<i2").tobytes())
    return buffer.getvalue()


def idle(seed: int, seconds: float = LOOP_S) -> MotionScore:
    """Make the loop of being at ease, its last row equal to its first. ValueError for a length no loop has."""
    return loop_of("idle", seed, seconds)


def moods_in(text: str, feeling: Feeling | None = None) -> tuple[str, ...]:
    """What each stretch of a text that is spoken in one breath feels like: the `feeling`, or what its words say."""
    return tuple(feeling or mood_of(phrase.text).name for phrase in _phrases(text))


def speak(
    text: str, voice: Voice, *, seed: int, feeling: Feeling | None = None, held: tuple[bool, bool] = (False, False), worn: str = "neutral"
) -> Generator[SpokenSentence, None, None]:
    """Speak a text sentence by sentence. Close the generator to stop. Any whole number is a seed.

    Face and head show the `feeling`; without one, what each sentence's own words feel like.
    It is kept over the pause to a neighbour that feels the same; `held` says whether what comes before and after this text does.
    In a talk nobody knows yet what comes after: then hold the end, and tell the next call by `worn` what the face still `feels`.
    A sentence in another language is spoken by the voice beside this one, when that is installed (Voice.for_language).

    Text with nothing to say (empty, only punctuation or emoji) yields nothing. Emoji and control characters are not spoken.
    Raises at once, before any sound: TextTooLong beyond TEXT_CHARACTERS_MAX, LanguageNotSpoken when a sentence is mostly in a
    script the voice cannot read, WeightsMissing or WeightsDamaged when the voice cannot be loaded.
    """
    if len(text) > TEXT_CHARACTERS_MAX:
        raise TextTooLong(f"{len(text)} characters were given to speak at once; the limit is {TEXT_CHARACTERS_MAX}. Hand it over in parts.")
    phrases = _phrases(text)
    voices = [voice.for_language(language_of(phrase.text)) for phrase in phrases]
    engines = {one: one.load() for one in dict.fromkeys(voices)}
    for phrase, one in zip(phrases, voices, strict=True):
        _require_readable(phrase.text, one, engines[one])
    joints = [held[0], *held_joints([feeling or mood_of(phrase.text).name for phrase in phrases]), held[1]]
    said = [
        _Said(phrase, one.language, engines[one], ends)
        for phrase, one, ends in zip(phrases, voices, pairwise(joints), strict=bool(phrases))
    ]
    return _perform(said, voice, seed, feeling, worn)


@dataclass(frozen=True)
class _Said:
    """A stretch and who says it; `held` are its ends at which a neighbour feels the same."""

    phrase: Phrase
    language: str
    engine: SpeechEngine
    held: tuple[bool, bool]


def _phrases(text: str) -> list[Phrase]:
    return [phrase for phrase in split_phrases(clean_text(text)) if is_sayable(phrase.text)]


def _perform(said: list[_Said], voice: Voice, seed: int, feeling: Feeling | None, worn: str) -> Generator[SpokenSentence, None, None]:
    blinks = blink_gaps(np.random.default_rng(zlib.crc32(str(seed).encode())), _BLINKS_AHEAD_S)
    index, clock_s = 0, 0.0
    for one in said:
        phrase, engine = one.phrase, one.engine
        own_seed = zlib.crc32(f"{seed}:{index}:{phrase.text}".encode())
        readings = engine.read(phrase.text, rules_of(voice.sayings_in(phrase.text)))
        mood, is_first = MOODS[feeling] if feeling else mood_of(phrase.text), True
        with closing(_performances(engine, phrase, readings, voice.speed, own_seed)) as performances:
            for text, performance, is_last in performances:
                now = [moment - clock_s for moment in blinks if clock_s <= moment < clock_s + performance.duration_s]
                held = one.held[0] or not is_first, one.held[1] or not is_last
                score = conduct(performance, text, now, own_seed, mood, held=held, worn=worn)
                worn = mood.name if held[1] else NEUTRAL.name
                played = (performance.samples, performance.sample_rate_hz, performance.phonemes, performance.words)
                yield SpokenSentence(index, text, one.language, worn, *played, score)
                index, clock_s, is_first = index + 1, clock_s + performance.duration_s, False


def _performances(
    engine: SpeechEngine, phrase: Phrase, readings: Sequence[Reading], speed: float, seed: int
) -> Generator[tuple[str, Performance, bool], None, None]:
    """The phrase as it is played, and whether that is its end: whole, or from an engine that can be heard while it speaks, by stretches."""
    if isinstance(engine, StreamingEngine):
        rest = phrase.text
        for stretch in engine.say_in_stretches(readings, speed, seed):
            text, rest = (
                (rest, "") if stretch.is_last else _cut_after(rest, [one.written for one in readings[stretch.first : stretch.last]])
            )
            yield text.strip(), as_recorded(stretch.utterance), stretch.is_last
        return
    utterance = engine.say(readings, speed, seed)
    if utterance is not None:
        yield phrase.text, master(utterance, phrase.ends_sentence), True


def _cut_after(text: str, words: Sequence[str]) -> tuple[str, str]:
    """The text up to the last of these words, which stand in it one after the other, and what follows."""
    place = 0
    for word in words:
        found = text.find(word, place)
        place = found + len(word) if found >= 0 else place
    return text[:place], text[place:]


def _require_readable(sentence: str, voice: Voice, engine: SpeechEngine) -> None:
    """Refuse a sentence most of whose letters the voice would skip: silence would look like an answer."""
    scripts = [unicodedata.name(letter, "UNKNOWN").split(" ", 1)[0] for letter in sentence if letter.isalpha()]
    foreign = [script for script in scripts if script not in engine.scripts]
    if 2 * len(foreign) > len(scripts):
        script = max(set(foreign), key=foreign.count).title()
        raise LanguageNotSpoken(f"The voice {voice.name!r} cannot read {script} writing. Choose a voice that can, or answer in text.")
