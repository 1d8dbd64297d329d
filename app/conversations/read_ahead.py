"""Read a shop's papers closely while a panel opens, so that the first questions wait for no passage to be read.

Reading one takes some 40 ms of processor: what a question first comes near would else be read in its answer's time, and
that is what most of the slow answers had waited for.
"""

from typing import Final

from app.conversations.knowledge.index import Index, read_texts, whole_text
from app.conversations.language_models.english_reader import english_reader
from app.conversations.language_models.multilingual_reader import multilingual_reader
from app.conversations.language_models.pair_reader import pair_reader

READ_AHEAD_MAX: Final = 120
"""Passages of one employee; what the readers remember is shared by all shops of a process."""
AT_A_TIME: Final = 6


def read_ahead(index: Index, start: int) -> bool:
    """Read AT_A_TIME passages from the one at `start`, for questions in every language; say whether there are more."""
    stop = start + AT_A_TIME
    passages = index.passages[start : min(stop, READ_AHEAD_MAX)]
    whole, sentences = [whole_text(one) for one in passages], [text for one in passages for text in read_texts(one)]
    pair_reader("multilingual").warm(whole)
    multilingual_reader().read(sentences, "passage")
    if index.is_english:
        pair_reader("english").warm(whole)
        english_reader().read(sentences)
    return stop < min(len(index.passages), READ_AHEAD_MAX)
