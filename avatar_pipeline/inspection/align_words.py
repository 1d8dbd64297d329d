"""When each sound of a text is heard: the text is laid over the sound by a recogniser that hears nothing else (forced alignment).

It knows only the words and the sound, not how the sound was made, so it can judge who made it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from avatar_pipeline.errors import StageRefusal
from avatar_pipeline.inspection.film_tracks import LISTEN_HZ, Floats

FRAMES_A_SECOND: Final = 100
SILENCE: Final = "SIL"
_NOISES: Final = frozenset({"<sil>", "<s>", "</s>", "[NOISE]", "[COUGH]", "[SMACK]", "[UH]"})
_WORD: Final = re.compile(r"[a-z]+(?:'[a-z]+)*")


class NotAligned(StageRefusal):
    """The words could not be laid over the sound: it says something else, or too little."""


@dataclass(frozen=True)
class HeardPhone:
    """One sound by its ARPAbet name, SIL for silence, and when it is heard."""

    name: str
    start_s: float
    end_s: float

    @property
    def middle_s(self) -> float:
        """Its middle."""
        return (self.start_s + self.end_s) / 2


@dataclass(frozen=True)
class HeardWord:
    """One word of the text, when it is heard, and how well the sound fits it (log likelihood a frame; higher fits better)."""

    text: str
    start_s: float
    end_s: float
    fit: float


@dataclass(frozen=True)
class Alignment:
    """All words and sounds in sequence; `unknown` are words no dictionary has, which were left out."""

    words: tuple[HeardWord, ...]
    phones: tuple[HeardPhone, ...]
    unknown: tuple[str, ...]


def align_words(samples: Floats, said: str, extra: Mapping[str, Sequence[str]] | None = None) -> Alignment:
    """Lay `said` (plain English words) over mono samples at 16 kHz. `extra` are ARPAbet sounds of words no dictionary has.

    Raises NotAligned. Imported here, because only inspections need it.
    """
    from pocketsphinx import Decoder

    decoder = Decoder(lm=None, loglevel="FATAL")
    for word, phones in (extra or {}).items():
        decoder.add_word(word, " ".join(phones))
    words = _WORD.findall(said.lower())
    known = [word for word in words if decoder.lookup_word(word)]
    if not known:
        raise NotAligned("None of the words is in the dictionary.")
    decoder.set_align_text(" ".join(known))
    sound = np.clip(samples.reshape(-1) * 32767, -32767, 32767).astype("<i2").tobytes()
    try:
        _decode(decoder, sound)
        if decoder.hyp() is None:
            raise NotAligned("The words cannot be laid over the sound.")
        decoder.set_alignment()  # from words to their sounds; asked for its words now, the library would break
        _decode(decoder, sound)
    except RuntimeError as error:
        raise NotAligned("The words cannot be laid over the sound.") from error
    found = decoder.get_alignment()
    if found is None:
        raise NotAligned("The words cannot be laid over the sound.")
    return _read(found, tuple(dict.fromkeys(set(words) - set(known))))


def plain_words(said: str) -> tuple[str, ...]:
    """The words of a text as the aligner takes them: small letters, nothing beside them."""
    return tuple(_WORD.findall(said.lower()))


def unknown_words(said: str) -> tuple[str, ...]:
    """The words that no dictionary has."""
    from pocketsphinx import Decoder

    decoder = Decoder(lm=None, loglevel="FATAL")
    return tuple(word for word in _WORD.findall(said.lower()) if not decoder.lookup_word(word))


def _decode(decoder: Any, sound: bytes) -> None:
    decoder.start_utt()
    decoder.process_raw(sound, full_utt=True)
    decoder.end_utt()


def _read(found: Any, unknown: tuple[str, ...]) -> Alignment:
    words, phones = [], []
    for word in found:
        is_word = word.name not in _NOISES
        if is_word:
            start, length = word.start / FRAMES_A_SECOND, word.duration / FRAMES_A_SECOND
            words.append(HeardWord(re.sub(r"\(\d+\)$", "", word.name), start, start + length, word.score / max(word.duration, 1)))
        for phone in word:
            start, length = phone.start / FRAMES_A_SECOND, phone.duration / FRAMES_A_SECOND
            phones.append(HeardPhone(phone.name if is_word else SILENCE, start, start + length))
    return Alignment(tuple(words), tuple(phones), unknown)


assert LISTEN_HZ == 160 * FRAMES_A_SECOND  # noqa: S101 - the aligner's frames are 10 ms
