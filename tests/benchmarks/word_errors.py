"""How many words the recogniser gets wrong of what our voices say: fifty sentences, numbers compared as they are read aloud."""

import re
from typing import Final

import numpy as np
from fakes.fake_microphone import SPEECH_RATE_HZ, at_speech_rate, said
from numpy.typing import NDArray
from spoken_sentences import SENTENCES

from avatar_pipeline.engines.whisper import Whisper
from avatar_pipeline.text.reading import read_sentence

LEAD_S, TAIL_S = 0.3, 0.2
WORD: Final = re.compile(r"[a-z']+")


def words_of(text: str) -> list[str]:
    """The words of a sentence as they are said: `$4.50` and "four dollars and fifty cents" are the same."""
    return [word for reading in read_sentence(text) for word in WORD.findall(reading.said.lower())]


def errors_between(wanted: list[str], given: list[str]) -> int:
    """The fewest words to change, add or leave out."""
    row = list(range(len(given) + 1))
    for place, word in enumerate(wanted, 1):
        corner, row[0] = row[0], place
        for column, other in enumerate(given, 1):
            corner, row[column] = row[column], min(row[column] + 1, row[column - 1] + 1, corner + (word != other))
    return row[-1]


def word_error_percent(recogniser: Whisper, voice: str, *, told: bool = False) -> float:
    """Word errors in percent over all sentences in one voice; with `told`, each that went wrong is printed."""
    wrong = count = 0
    for sentence in SENTENCES:
        heard = recogniser.recognise(spoken(sentence, voice)).text
        errors = errors_between(words_of(sentence), words_of(heard))
        wrong, count = wrong + errors, count + len(words_of(sentence))
        if errors and told:
            print(f"    {voice}: {sentence!r} was heard as {heard!r}")
    return 100 * wrong / count


def spoken(sentence: str, voice: str) -> NDArray[np.float32]:
    """A sentence as the recogniser gets it: 16 kHz, a breath of silence around it."""
    lead, tail = (np.zeros(round(seconds * SPEECH_RATE_HZ), np.float32) for seconds in (LEAD_S, TAIL_S))
    return np.concatenate([lead, at_speech_rate(said(sentence, voice)), tail])
