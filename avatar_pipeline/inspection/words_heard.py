"""Whether a film says what its script says: some sentences are heard again by a recogniser, or the script's words are laid over the sound.

The recogniser is the one for microphones, an extra. Without it the aligner is asked how well English words fit: other words either cannot
be laid over the sound at all or fit several times worse. Chinese and Japanese, which the aligner does not know, are then held against the
times at which the voice said each sentence: as much must be spoken there as its syllables take. That finds a sentence that is missing,
cut off or another one of another length; it does not hear words.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from typing import Final

import numpy as np

from avatar_pipeline.inspection.align_words import NotAligned, align_words, unknown_words
from avatar_pipeline.inspection.film_tracks import LISTEN_HZ, Floats
from avatar_pipeline.inspection.sampling import Part
from avatar_pipeline.text.languages import language_of

FIT_MIN: Final = -20.0
"""Mean log likelihood a frame. Right sentences of the house's voice lie between -8 and -15, wrong ones at -46 or nowhere."""
ALIKE_MIN: Final = 0.75  # of the letters: a recogniser writes names as it likes
ALIKE_ABROAD_MIN: Final = 0.55
"""Of the syllables of Chinese, the characters of Japanese: the recogniser errs more there, and other sentences share a fifth at most."""
RECOGNISER, ALIGNER, VOICE_TIMES = "recogniser", "aligner", "voice_times"
SYLLABLES_A_SECOND: Final = (2.0, 9.5)
"""How fast the house's voices speak Chinese and Japanese, with room on both sides; counted over what is not silence."""
QUIET_SHARE: Final = 0.06  # of the loud parts' level: below it is silence
_FRAME: Final = 400  # samples, 25 ms


@dataclass(frozen=True)
class Judged:
    """How many sentences were heard, which of them say something else, and by what means."""

    parts: int
    wrong: tuple[str, ...]
    how: str


def judge_words(sound: Floats, parts: Sequence[Part], weights: Path | None) -> Judged:
    """Hear the sentences again in the film's mono sound at 16 kHz."""
    from avatar_pipeline.listen import can_listen

    if can_listen(weights):
        return _recognised(sound, parts, weights)
    english = [part for part in parts if language_of(part.text) == "en"]
    verdicts = [(part.text, _lies_on(sound, part) if part in english else lasts_as_long(sound, part)) for part in parts]
    judged = [(text, fits) for text, fits in verdicts if fits is not None]
    how = ALIGNER if english else VOICE_TIMES
    return Judged(len(judged), tuple(text for text, fits in judged if not fits), how if judged else "unknown_words")


def lasts_as_long(sound: Floats, part: Part) -> bool:
    """Whether as much is spoken in the sentence's own time as its syllables take."""
    own = part.sound(sound)
    frames = own[: own.size // _FRAME * _FRAME].reshape(-1, _FRAME)
    level = np.sqrt(np.square(frames).mean(axis=1)) if frames.size else np.zeros(1, np.float32)
    loud = float(np.percentile(level, 95))
    spoken_s = float((level > QUIET_SHARE * loud).sum()) * _FRAME / LISTEN_HZ if loud > 1e-4 else 0.0
    least, most = SYLLABLES_A_SECOND
    return spoken_s > 0 and least <= len(_heard_as(part.said, language_of(part.text))) / spoken_s <= most


def _lies_on(sound: Floats, part: Part) -> bool | None:
    """Whether the words fit; None where a word in no dictionary may be why they do not."""
    try:
        found = align_words(part.sound(sound), part.said)
    except NotAligned:
        return None if unknown_words(part.said) else False
    seconds = sum(word.end_s - word.start_s for word in found.words)
    fit = sum(word.fit * (word.end_s - word.start_s) for word in found.words) / seconds
    return None if found.unknown and fit < FIT_MIN else fit >= FIT_MIN


def _recognised(sound: Floats, parts: Sequence[Part], weights: Path | None) -> Judged:
    from avatar_pipeline.engines.whisper import load_whisper

    recogniser, wrong = load_whisper(weights), []
    for part in parts:
        language = language_of(part.text)
        heard = recogniser.recognise(part.sound(sound), language, hint=part.text)
        said = _heard_as(part.as_said(heard.text), language)
        alike = SequenceMatcher(None, _heard_as(part.said, language), said, autojunk=False).ratio()
        if alike < (ALIKE_MIN if language == "en" else ALIKE_ABROAD_MIN):
            wrong.append(part.text)
    return Judged(len(parts), tuple(wrong), RECOGNISER)


def _heard_as(text: str, language: str) -> Sequence[str]:
    """What counts when texts are compared: letters in English, syllables without their tones in Chinese, characters in Japanese."""
    if language == "en":
        return re.sub(r"[^a-z0-9]+", "", text.lower())
    characters = [letter for letter in text.lower() if letter.isalnum()]
    if language == "zh":
        with contextlib.suppress(ImportError):  # it comes with the voices that speak Chinese
            from pypinyin import lazy_pinyin

            return list(lazy_pinyin(characters))
    return characters
