"""What is measured of a passage that may answer a question: nearness in meaning, shared words, words left unanswered, the kind of answer.

None of it knows a trade. The measurements of one question are a table, a row per candidate; knowledge/calibration.py turns each row into
how sure we are.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.conversations.knowledge.words import STOP_WORDS
from app.conversations.language_models.english_reader import Reading

Numbers = NDArray[np.float64]

MEASURED: Final = (
    "meaning",  # cosine of the question with the passage or its best sentence, by the multilingual model
    "meaning_above_mean",  # the same, above the mean of all passages: some questions are near to everything
    "meaning_spread",  # the same, in standard deviations of all passages
    "meaning_margin",  # above the best other passage
    "keywords",  # BM25 as a share of what a passage holding every term once would score
    "keywords_margin",  # above the best other passage, in the same unit
    "heading",  # share of what is asked that the passage's own heading names
    "concepts",  # share of the question's concepts, by rarity, that the passage speaks of
    "concepts_missing",  # how many of them it does not
    "words",  # share of the other words; none counts as half
    "words_missing",  # how many of them the passage does not hold
    "words_unknown",  # how many of them no passage of this shop holds
    "is_foreign",  # question and shop write different languages, so missing words say nothing (and count as none)
    "has_no_concept",  # the question speaks of nothing the lexicon knows
    "is_product",
    "is_introduction",  # the first words under a document's title: near to everything of the shop, an answer to little
    "reading",  # cosine with the passage's best sentence, by the English model; 0 where question or passage is not English
    "reading_margin",  # above the best other candidate
    "answered",  # share of the question's words, by rarity, that the passage's words in their context stand for
    "answered_least",  # the question's word that the passage answers worst
    "answered_rarest",  # how well it answers the question's rarest word
    "answered_sentence",  # the same share, by the best single sentence
    "left_to_others",  # how much better, at worst, another candidate answers one of the words
    "left_to_others_mean",  # and on the average of the words
    "least_anywhere",  # the question's word that the candidates together answer worst
    "asks_price", "asks_when", "asks_number", "has_price", "has_when", "has_number",  # kind of answer wanted, and there when wanted
)  # fmt: skip
PAIRS: Final = (
    "pair",  # log-odds that the passage answers, read together with the question by the trained multilingual reader (pairs.py)
    "pair_margin",  # above the best other candidate
    "pair_best",  # of the best candidate: is there an answer at all
    "pair_mass",  # the same, of all candidates together
)
ELSEWHERE: Final = (
    "elsewhere",  # the likest question and passage of other shops, together: nearness of the two, where the passage answered
    "elsewhere_missed",  # the same, where it did not
    "elsewhere_better",  # how much the first is above the second
    "elsewhere_share",  # share of the likest pairs that were answers
    "elsewhere_share_wide",  # the same, of more pairs
    "elsewhere_like",  # how like the passage is to what answered like questions, on the average
    "elsewhere_like_missed",  # to what did not
    "elsewhere_margin",  # above the best other candidate
    "elsewhere_like_margin",  # below the best candidate
    "elsewhere_answered",  # share of like questions that had an answer
    "elsewhere_answered_near",  # the same, of the likest
    "elsewhere_nearest",  # how near the likest question is
)
FEATURES: Final = (*MEASURED, *PAIRS, *(f"english_{name}" for name in PAIRS), *ELSEWHERE)
"""What the trees for English questions of English shops weigh: also the trained English reader, and what other shops were asked."""
_ASKED: Final = (
    re.compile(r"\bhow much\b|\bcosts?\b|\bprices?\b|\bfees?\b|\bcharged?\b|\bfree\b|cheap|combien|prix|多少钱|价格|いくら|料金", re.I),
    re.compile(r"\bwhen\b|what time|\bopen\b|\bclosed?\b|\blatest\b|how late|quand|heure|几点|什么时候|何時|いつ", re.I),
    re.compile(r"\bhow (?:long|soon|quickly|fast|often|many|old|far|heavy|big|tall|high|bright|loud)\b|多久|多长|どのくらい|何日", re.I),
)
_HELD: Final = (
    re.compile(r"[$€£¥元円]|\b(?:pounds?|dollars?|euros?|francs?|pence|cents?|costs?|free|charged?|pay|prices?|percent)\b", re.I),
    re.compile(r"\d{1,2}[:.h]\d\d|\b(?:(?:mon|tues|wednes|thurs|fri|satur|sun)days?|daily|noon|midnight|o'clock|\d ?[ap]m)\b", re.I),
    re.compile(r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|twelve|twenty|thirty|forty|sixty|half|once|twice)\b", re.I),
)
READ_COLUMNS: Final = 9
COMMON_NUMBERS: Final = 1900
"""Numbers of the vocabulary below this are signs, single letters and the commonest words."""
RARITY_MIN: Final = 30.0


def kinds_of_answer(question: str, text: str, *, has_price: bool) -> tuple[float, ...]:
    """Three signs of what kind of answer is asked (price, time, number), and three whether it is both asked and there."""
    asked, held = _found(_ASKED, question), _found(_HELD, text)
    held = (held[0] or has_price, *held[1:])
    return (*map(float, asked), *(float(wanted and there) for wanted, there in zip(asked, held, strict=True)))


@lru_cache(maxsize=4_000)
def _found(patterns: tuple[re.Pattern[str], ...], text: str) -> tuple[bool, ...]:
    return tuple(bool(pattern.search(text)) for pattern in patterns)


def read_closely(question: Reading, passages: Sequence[Sequence[Reading]]) -> Numbers:
    """Compare each word of a question with the words of each passage's sentences, in context; shape (passages, 9): from "reading" on."""
    places = [place for place, piece in enumerate(question.pieces) if piece not in STOP_WORDS] or list(range(len(question.pieces)))
    if not places or not passages:
        return np.zeros((len(passages), READ_COLUMNS))
    asked = question.vectors[places]
    weight = np.log(np.maximum(question.numbers[places] - COMMON_NUMBERS, RARITY_MIN))
    share = weight / weight.sum()
    by_sentence = [np.array([_best(asked, sentence.vectors) for sentence in passage]) for passage in passages]
    answered = np.array([each.max(axis=0) for each in by_sentence])
    whole = np.array([max(float(sentence.whole @ question.whole) for sentence in passage) for passage in passages])
    left = answered - answered.max(axis=0)
    columns = (
        whole,
        whole - best_others(whole),
        answered @ share,
        answered.min(axis=1),
        answered[:, int(np.argmax(weight))],
        np.array([float((each @ share).max()) for each in by_sentence]),
        left.min(axis=1),
        left @ share,
        np.full(len(passages), answered.max(axis=0).min()),
    )
    return np.stack(columns, axis=1).astype(np.float64)


def best_others(scores: Numbers) -> Numbers:
    """For each score the best of all others, never below zero."""
    if len(scores) < 2:
        return np.zeros(len(scores))
    first, second = np.sort(scores)[::-1][:2]
    others = np.where(np.arange(len(scores)) == int(np.argmax(scores)), second, first)
    bounded: Numbers = np.maximum(others, 0.0)
    return bounded


def _best(asked: NDArray[np.float32], held: NDArray[np.float32]) -> NDArray[np.float32]:
    best: NDArray[np.float32] = (asked @ held.T).max(axis=1) if len(held) else np.zeros(len(asked), np.float32)
    return best
