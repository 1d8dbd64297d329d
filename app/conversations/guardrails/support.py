"""Whether a sentence a language model made says only what a passage says. What is not supported is never spoken.

Its meaning must be near to one sentence of the passage, which is then its source, and four things more must hold, each against a way in
which models were seen to go wrong: every number stands in the source; every subject of shopkeeping it speaks of (the lexicon's concepts,
in any of the languages) is the passage's or the question's; in the passage's own language most of its words are the source's; and it denies
exactly when its source denies.
"""

import re
from typing import Final

import numpy as np

from app.conversations.guardrails.instructions import is_instruction
from app.conversations.guardrails.promises import touches
from app.conversations.knowledge.index import KnownPassage
from app.conversations.knowledge.language import language_of
from app.conversations.knowledge.words import STOP_WORDS, concepts, stem, words
from app.conversations.language_models.embeddings import Embedder

MEANING_MIN: Final = 0.84
MEANING_ABROAD_MIN: Final = 0.82
"""Cosine to its source, in the passage's language and in another; most sentences about other things of the same shop lie below."""
WORDS_SHARE_MIN: Final = 0.7
_NUMBER: Final = re.compile(r"\d+(?:[.,:]\d+)*")
_COUNTED: Final = re.compile(
    r"\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|fifty|sixty|hundred|half|double|twice|"
    r"deux|trois|quatre|cinq|sept|huit|neuf|dix|onze|douze|quinze|vingt|trente|cent|moitié|double)\b|[一二两三四五六七八九十百千半]"
)
_DENIAL: Final = re.compile(
    r"\b(?:no|not|never|none|nobody|nothing|cannot|without|unless|except|only|but)\b|n['’]t\b|\b(?:ne|n['’]|pas|aucune?|jamais|sans|sauf)(?:\b|(?<=['’]))|"
    r"[不没無无未非]|ない|ません|以外|だけ|只|仅"
)


def source_of(sentence: str, passage: KnownPassage, question: str, embed: Embedder) -> str | None:
    """The sentence of the passage that supports one; None when none does."""
    if is_instruction(sentence) or touches("promise", sentence) or len(passage.vectors) != len(passage.sentences) + 1:
        return None
    if not set(concepts(sentence)) <= set(concepts(passage.text)) | set(concepts(question)):
        return None
    near = passage.vectors[1:].astype(np.float64) @ embed([sentence], "passage")[0]
    best = int(np.argmax(near))
    source, is_own_language = passage.sentences[best], language_of(sentence) == language_of(passage.text)
    if near[best] < (MEANING_MIN if is_own_language else MEANING_ABROAD_MIN) or _denies(sentence) != _denies(source):
        return None
    if not _numbers(sentence) <= _numbers(source):
        return None
    if is_own_language:
        is_told = not _counted(sentence) - _counted(source) and _share_of_words(sentence, source) >= WORDS_SHARE_MIN
    else:
        is_told = not _counted(sentence)  # a number written in words of another language cannot be compared
    return source if is_told else None


def _numbers(text: str) -> set[str]:
    return {number.rstrip("0").rstrip(".,:") if "." in number else number for number in _NUMBER.findall(text)}


def _counted(text: str) -> set[str]:
    return set(_COUNTED.findall(text.casefold()))


def _share_of_words(sentence: str, told: str) -> float:
    wanted = [stem(word) for word in words(sentence) if word not in STOP_WORDS]
    held = {stem(word) for word in words(told)}
    return sum(word in held for word in wanted) / len(wanted) if wanted else 0.0


def _denies(text: str) -> bool:
    return bool(_DENIAL.search(text.casefold()))
