"""What is measured of a passage when question and shop write different languages: the multilingual model, word by word.

The English model says nothing there, and words are not shared. So each piece of the question, in its context, is held against the pieces of
each sentence; what remains beside it are meaning, concepts of the lexicon, numbers and names, and the kind of answer.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.conversations.knowledge.measurements import MEASURED, PAIRS, Numbers, best_others
from app.conversations.language_models.multilingual_reader import PiecesRead

_KEPT: Final = (
    *("meaning", "meaning_above_mean", "meaning_spread", "meaning_margin", "keywords", "keywords_margin", "heading", "concepts"),
    *("concepts_missing", "has_no_concept", "is_product", "is_introduction"),
    *("asks_price", "asks_when", "asks_number", "has_price", "has_when", "has_number"),
)
KEPT_PLACES: Final = [MEASURED.index(name) for name in _KEPT]
MEASURED_ABROAD: Final = (
    *_KEPT,
    "answered",  # share of the question's pieces, by rarity, that the passage's pieces stand for
    "answered_margin",  # above the best other candidate
    "answered_sentence",  # the same share, by the best single sentence
    "answered_sentence_margin",  # above the best other candidate
    "answered_least",  # the telling piece that the passage answers worst
    "answered_rarest",  # how well it answers the rarest piece
    "left_to_others",  # how much better, at worst, another candidate answers one of the pieces
    "left_to_others_mean",  # and on the average of the pieces
    "least_anywhere",  # the telling piece that the candidates together answer worst
)
ABROAD_FEATURES: Final = (*MEASURED_ABROAD, *PAIRS)
COMMON: Final = 7.0
"""Pieces at most this rare (minus the logarithm of their share of texts) hardly count."""
WEIGHT_MIN: Final = 0.2
SIGN_WEIGHT: Final = 0.05
_FAR: Final = 9.0


def read_abroad(question: PiecesRead, passages: Sequence[Sequence[PiecesRead]], centres: tuple[Numbers, Numbers]) -> Numbers:
    """Compare pieces in context; shape (passages, 9). `centres` are the mean piece vectors of questions and of passages (384,)."""
    if not question.pieces or not passages:
        return np.zeros((len(passages), len(MEASURED_ABROAD) - len(KEPT_PLACES)))
    asked, weight = _unit(question.vectors - centres[0]), _weights(question)
    by_sentence = [np.array([(asked @ _unit(each.vectors - centres[1]).T).max(axis=1) for each in passage]) for passage in passages]
    answered = np.array([each.max(axis=0) for each in by_sentence])
    left, is_telling = answered - answered.max(axis=0), weight >= np.median(weight)
    share, single = answered @ weight, np.array([float((each @ weight).max()) for each in by_sentence])
    columns = (
        share,
        share - best_others(share),
        single,
        single - best_others(single),
        np.where(is_telling, answered, _FAR).min(axis=1),
        answered[:, int(np.argmax(weight))],
        left.min(axis=1),
        left @ weight,
        np.full(len(passages), np.where(is_telling, answered.max(axis=0), _FAR).min()),
    )
    return np.stack(columns, axis=1).astype(np.float64)


def _weights(question: PiecesRead) -> Numbers:
    weight = np.maximum(question.rarity.astype(np.float64) - COMMON, WEIGHT_MIN)
    is_sign = [not any(letter.isalnum() for letter in piece) for piece in question.pieces]
    weight = np.where(is_sign, SIGN_WEIGHT, weight)
    shares: Numbers = weight / weight.sum()
    return shares


def _unit(vectors: NDArray[np.floating]) -> Numbers:
    unit: Numbers = (vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9)).astype(np.float64)
    return unit
