"""The sentences of a scene: what a gesture counts by and what takes are made of is the same list, so both ask here."""

from __future__ import annotations

from avatar_pipeline.text.reading import clean_text, is_sayable
from avatar_pipeline.text.sentences import split_sentences


def said_sentences(text: str) -> list[str]:
    """The sentences in which there is something to say, in order."""
    return [sentence for sentence in split_sentences(clean_text(text)) if is_sayable(sentence)]
