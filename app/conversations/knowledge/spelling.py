"""Put slips of the finger right, carefully: only a word nobody knows, only by one slip, only when there is no doubt what was meant.

A common English word is no slip, whatever the shop's papers say: "drop" is not "drap", nor "happy" "nappy".
"""

from functools import lru_cache

from app.conversations.knowledge.language import language_of
from app.conversations.knowledge.words import STOP_WORDS, stem, words
from app.conversations.language_models.wordpiece import is_word

WORD_LENGTH_MIN = 4
WORDS_CHECKED_MAX = 40
"""A shopper's long text is not a spelling test; later words stay as typed."""
VOCABULARIES_KEPT = 64


def corrected(question: str, known: frozenset[str]) -> str:
    """Replace each mistyped word by the known word that is one slip away, if all such words share a stem; the rest stays as typed."""
    if language_of(question) == "fr":
        return question  # the lexicon's words are English for the most part, and would take the place of French ones
    text = question
    stems, by_length = _sorted_out(known)
    for word in words(question)[:WORDS_CHECKED_MAX]:
        if len(word) < WORD_LENGTH_MIN or not word.isascii() or word in STOP_WORDS or word in known or stem(word) in stems or is_word(word):
            continue
        alike = (other for length in (-1, 0, 1) for other in by_length.get(len(word) + length, ()))
        near = [other for other in alike if (other[0] == word[0] or other[-1] == word[-1]) and is_mistyping(word, other)]
        if near and len({stem(other) for other in near}) == 1:
            text = text.casefold().replace(word, min(near, key=len))
    return text


def is_mistyping(one: str, other: str) -> bool:
    """Say whether two words differ by one slip (a letter missing, added, changed, or two swapped); short words never count."""
    if min(len(one), len(other)) < WORD_LENGTH_MIN or abs(len(one) - len(other)) > 1 or one == other:
        return False
    start = next((place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    rest, rest_other = one[start:], other[start:]
    swapped = rest[:2] == rest_other[:2][::-1] and rest[2:] == rest_other[2:]
    is_other_letter = rest[1:] == rest_other[1:] and len(one) > WORD_LENGTH_MIN  # of four letters, "jabs" and "jobs" are both words
    return swapped or rest[1:] == rest_other or rest == rest_other[1:] or is_other_letter


@lru_cache(maxsize=VOCABULARIES_KEPT)
def _sorted_out(known: frozenset[str]) -> tuple[frozenset[str], dict[int, tuple[str, ...]]]:
    """The stems of a vocabulary, and its words by their length: one slip changes the length by one at most, and never both ends."""
    by_length: dict[int, list[str]] = {}
    for word in sorted(known):
        by_length.setdefault(len(word), []).append(word)
    return frozenset(map(stem, known)), {length: tuple(held) for length, held in by_length.items()}
