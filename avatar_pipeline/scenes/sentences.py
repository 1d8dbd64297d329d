"""The sentences of a scene: what a gesture counts by and what takes are made of is the same list, so both ask here."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from avatar_pipeline.text.languages import language_of
from avatar_pipeline.text.reading import clean_text, is_sayable
from avatar_pipeline.text.sentences import split_phrases, split_sentences

_NOT_LATIN: Final = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]+")


def said_sentences(text: str) -> list[str]:
    """The sentences in which there is something to say, in order."""
    return [sentence for sentence in split_sentences(clean_text(text)) if is_sayable(sentence)]


def unsaid_in_english(text: str, known: Iterable[str] = ()) -> str:
    """The first Chinese or Japanese word that stands in an English stretch, where no voice says it; "" when there is none.

    `known` are the names for which the shop has written how they are said.
    """
    for sentence in said_sentences(text):
        for phrase in split_phrases(sentence) if language_of(sentence) == "en" else ():
            rest = phrase.text
            for name in known:
                rest = rest.replace(name, " ")
            if language_of(phrase.text) == "en" and (found := _NOT_LATIN.search(rest)):
                return found[0]
    return ""
