"""Find the passages that may answer a question: keywords and meaning fused, the best read closely, each judged by a calibrated model."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from app.conversations.knowledge.abroad import KEPT_PLACES, MEASURED_ABROAD, read_abroad
from app.conversations.knowledge.asked import Asked
from app.conversations.knowledge.asked_elsewhere import AskedNearby, asked_elsewhere
from app.conversations.knowledge.calibration import CANDIDATES, Judges, centres
from app.conversations.knowledge.keyword_search import KeywordSearch
from app.conversations.knowledge.language import language_of
from app.conversations.knowledge.measurements import READ_COLUMNS, best_others, kinds_of_answer, read_closely
from app.conversations.knowledge.pairs import in_deviations, read_pairs
from app.conversations.knowledge.pieces import ProductFact
from app.conversations.knowledge.products import facts_in_words
from app.conversations.knowledge.remembered_answers import RememberedAnswers
from app.conversations.knowledge.tiny_models import TinyModels
from app.conversations.knowledge.words import CONCEPT_MARK, content_terms, lexicon_words, terms, words
from app.conversations.language_models.embeddings import Vectors
from app.conversations.language_models.english_reader import english_reader
from app.conversations.language_models.multilingual_reader import multilingual_reader
from app.conversations.language_models.pair_reader import pair_reader
from app.conversations.language_models.registry import Registry, shared_models
from app.conversations.language_models.side_by_side import Begun

Table = NDArray[np.float64]
MISSING_MAX = 3.0
REVIEWED_PREFIX = "Reviewed answer: "
"""How the document of a reviewed answer is named; its question follows, and is the heading of its one passage too."""
KEYWORDS_WORTH = 0.5
"""What a standard deviation of keywords counts beside one of meaning, when candidates are chosen."""
WARMED_MAX = 24
"""Passages read closely as soon as a mind wakes (half a second or so); the rest when a question first comes near them."""


@dataclass(frozen=True)
class KnownPassage:
    """A passage in memory. `vectors` is (1 + sentences, 384): the passage, then its sentences (a product has only the first)."""

    passage_id: UUID
    document_name: str
    heading: str
    sentences: tuple[str, ...]
    vectors: Vectors
    product: ProductFact | None = None

    @property
    def text(self) -> str:
        """What keywords are looked up in."""
        return f"{self.heading}. {' '.join(self.sentences)}"


@dataclass(frozen=True)
class Candidate:
    """A passage that may answer, how sure we are (0..1), and the measurements behind it in the order of FEATURES (or ABROAD_FEATURES)."""

    passage: KnownPassage
    confidence: float
    features: tuple[float, ...]


@dataclass(frozen=True)
class Near:
    """Passages near a question's vector: their places, what is measured of them (MEASURED), and whether the question is foreign here.

    `nearby` are like questions of other shops, looked up meanwhile.
    """

    places: NDArray[np.intp]
    table: Table
    is_foreign: bool
    query: Vectors
    nearby: Begun[AskedNearby]


class Index:
    """All current passages of one employee. Nothing it knows changes once made; a new version of the knowledge makes a new index.

    `answers` remembers what was answered from it (skills/knowing.py).
    """

    def __init__(self, passages: Sequence[KnownPassage], judges: Judges = Judges()) -> None:  # noqa: B008 - it is frozen
        """Take the passages, and what turns a table of measurements into chances (others only where they are being fitted)."""
        self._judges, self._is_warm, self.answers = judges, False, RememberedAnswers()
        self.passages = tuple(passages)
        self._terms = [terms(passage.text) for passage in passages]
        self._term_sets = [frozenset(each) for each in self._terms]
        self._keywords = KeywordSearch(self._terms)
        self._owners = np.repeat(np.arange(len(passages)), [len(passage.vectors) for passage in passages])
        self._vectors = np.concatenate([passage.vectors for passage in passages]) if passages else np.zeros((0, 1), np.float32)
        self._chapters = {(one.document_name, one.heading.partition(" > ")[0]) for one in passages if " > " in one.heading}
        self._headings = [frozenset(terms(passage.heading.rpartition(" > ")[2])) for passage in passages]
        self._language = language_of(" ".join(passage.text for passage in passages[:200]))

    @property
    def is_english(self) -> bool:
        """Say whether the shop's papers are English, which has a reader and trees of its own."""
        return self._language == "en"

    @cached_property
    def spelling(self) -> frozenset[str]:
        """Words a mistyped one may be corrected to: the shop's own and the lexicon's."""
        return frozenset(word for passage in self.passages for word in words(passage.text)) | lexicon_words()

    @cached_property
    def by_id(self) -> dict[UUID, KnownPassage]:
        """Passages by their id, for what an earlier turn cited."""
        return {passage.passage_id: passage for passage in self.passages}

    @cached_property
    def reviewed(self) -> tuple[KnownPassage, ...]:
        """Passages that the shop's people wrote to a question."""
        return tuple(one for one in self.passages if one.document_name.startswith(REVIEWED_PREFIX))

    @cached_property
    def reviewed_terms(self) -> dict[frozenset[str], KnownPassage]:
        """Reviewed answers by what their question asks for; the first of two alike."""
        return {frozenset(content_terms(self.question_of(one))): one for one in reversed(self.reviewed)}

    @cached_property
    def tiny_models(self) -> TinyModels:
        """A model per reviewed answer."""
        own = [one.vectors[0] for one in self.reviewed]
        return TinyModels(
            [one.passage_id for one in self.reviewed], np.array(own, np.float32).reshape(len(own), self._vectors.shape[1]), self._vectors
        )

    @cached_property
    def registry(self) -> Registry:
        """Every model this mind may ask: the shared ones and the shop's own."""
        return Registry((*shared_models(), *self.tiny_models.entries()))

    @staticmethod
    def question_of(passage: KnownPassage) -> str:
        """The question a reviewed answer was written to."""
        return passage.heading.rpartition(" > ")[2] or passage.document_name.removeprefix(REVIEWED_PREFIX)

    def search(self, question: str, query: Vectors, limit: int = CANDIDATES) -> list[Candidate]:
        """Return at most `limit` candidates, surest first. `query` is the question's vector, shape (384,)."""
        if not self.passages:
            return []
        near = self.nearest(question, query)
        table, sure = self._judged(question, near)
        found = [
            Candidate(self.passages[place], float(sure[row]), tuple(map(float, table[row])))
            for row, place in enumerate(map(int, near.places))
        ]
        return sorted(found, key=lambda candidate: -candidate.confidence)[:limit]

    def nearest(self, question: str, query: Vectors) -> Near:
        """The CANDIDATES passages nearest in meaning and keywords, measured."""
        nearby = Begun(lambda: asked_elsewhere().nearby(query))
        meaning, keywords = self.meaning(query), self.keyword_scores(question)
        places = np.argsort(-(in_deviations(meaning) + KEYWORDS_WORTH * in_deviations(keywords)))[:CANDIDATES]
        asked = self._read(question)
        return Near(places, self._measured(question, asked, places, meaning, keywords), asked.is_foreign, query, nearby)

    def begin_reading(self, question: str) -> None:
        """Let the English model read a question while the multilingual one does; it remembers what it read."""
        if self.is_english and language_of(question, self._language) == self._language:
            Begun(lambda: english_reader().read([question]))

    def warm(self) -> None:
        """Read the first passages closely before the first shopper asks; a second call does nothing."""
        if not self._is_warm:
            self._is_warm = True
            first = self.passages[:WARMED_MAX]
            texts = [whole_text(passage) for passage in first]
            pair_reader("multilingual").warm(texts)
            if self.is_english:
                pair_reader("english").warm(texts)
                english_reader().read([text for passage in first for text in read_texts(passage)])

    def meaning(self, query: Vectors) -> NDArray[np.float64]:
        """Cosine of a question with each passage or its best sentence."""
        every = np.full(len(self.passages), -1.0)
        np.maximum.at(every, self._owners, (self._vectors @ query).astype(np.float64))
        return every

    def keyword_scores(self, question: str) -> NDArray[np.float64]:
        """BM25 of each passage, as a share of a perfect score."""
        wanted = [term for term in terms(question) if term.isascii() or term.startswith(CONCEPT_MARK) or term in self._keywords]
        best = sum(self._keywords.rarity(term) for term in dict.fromkeys(wanted)) * 1.5 or 1.0
        return self._keywords.scores(wanted) / best

    def is_introduction(self, passage: KnownPassage) -> bool:
        """Say whether a passage is the first words under a document's title."""
        return (passage.document_name, passage.heading) in self._chapters

    def rarity(self, term: str) -> float:
        """How telling a term is in this shop."""
        return self._keywords.rarity(term)

    def knows(self, term: str) -> bool:
        """Say whether any passage holds a term."""
        return term in self._keywords

    def table_at_home(self, question: str, near: Near) -> Table:
        """The measurements of candidates in the order of FEATURES, where question and shop are English."""
        texts, told = self._whole_texts(near), [self.passages[int(place)].vectors for place in near.places]
        english = Begun(lambda: read_pairs(pair_reader("english"), question, texts, near.table))
        multilingual = read_pairs(pair_reader("multilingual"), question, texts, near.table)
        elsewhere = asked_elsewhere().measure(near.nearby.result(), told)
        return np.hstack([near.table, multilingual, english.result(), elsewhere])

    def table_abroad(self, question: str, near: Near, means: tuple[Table, Table]) -> Table:
        """The measurements of candidates in the order of ABROAD_FEATURES; `means` as calibration.centres."""
        reader = multilingual_reader()
        told = [reader.read(read_texts(self.passages[int(place)]), "passage") for place in near.places]
        table = np.hstack([near.table[:, KEPT_PLACES], read_abroad(reader.read([question], "query")[0], told, means)])
        return np.hstack(
            [table, read_pairs(pair_reader("multilingual"), question, self._whole_texts(near), table, names=MEASURED_ABROAD, parts=2)]
        )

    def _whole_texts(self, near: Near) -> list[str]:
        return [whole_text(self.passages[int(place)]) for place in near.places]

    def _judged(self, question: str, near: Near) -> tuple[Table, Table]:
        """The measurements of the candidates and how sure each is, by the trees for English or other languages; no demand is answered."""
        is_abroad = near.is_foreign or not self.is_english
        table = self.table_abroad(question, near, centres()) if is_abroad else self.table_at_home(question, near)
        return table, self._judges.sure(table, near.query, is_abroad=is_abroad)

    def _measured(
        self, question: str, asked: Asked, places: NDArray[np.intp], meaning: NDArray[np.float64], keywords: NDArray[np.float64]
    ) -> Table:
        """Measure the candidates at these places; a row each, in the order of MEASURED."""
        spread = float(meaning.std()) or 1.0
        others, others_keywords = best_others(meaning), best_others(keywords)
        rows = [
            (
                meaning[place],
                meaning[place] - meaning.mean(),
                (meaning[place] - meaning.mean()) / spread,
                meaning[place] - others[place],
                keywords[place],
                keywords[place] - others_keywords[place],
                *self._shared(asked, place),
            )
            for place in map(int, places)
        ]
        kinds = [
            kinds_of_answer(question, passage.text, has_price=passage.product is not None)
            for passage in (self.passages[place] for place in map(int, places))
        ]
        return np.hstack([np.array(rows, dtype=np.float64), self._closely(question, asked, places), np.array(kinds)])

    def _shared(self, asked: Asked, place: int) -> tuple[float, ...]:
        """What of the question a passage speaks of, word by word."""
        held, heading = self._term_sets[place], self._headings[place]
        whole = sum(asked.rarity.values()) or 1.0
        missing_words = 0.0 if asked.is_foreign else float(sum(term not in held for term in asked.words))
        return (
            sum(weight for term, weight in asked.rarity.items() if term in heading) / whole,
            asked.share(asked.concepts, held),
            min(float(sum(term not in held for term in asked.concepts)), MISSING_MAX),
            0.5 if asked.is_foreign else asked.share(asked.words, held),
            min(missing_words, MISSING_MAX),
            0.0 if asked.is_foreign else min(float(sum(term not in self._keywords for term in asked.words)), MISSING_MAX),
            float(asked.is_foreign),
            float(not asked.concepts),
            float(self.passages[place].product is not None),
            float(self.is_introduction(self.passages[place])),
        )

    def _closely(self, question: str, asked: Asked, places: NDArray[np.intp]) -> Table:
        """Question and candidates read by the English model; zeros where either is not English."""
        if asked.is_foreign or not self.is_english:
            return np.zeros((len(places), READ_COLUMNS))
        texts = [read_texts(self.passages[int(place)]) for place in places]
        readings = iter(english_reader().read([question, *(text for each in texts for text in each)]))
        return read_closely(next(readings), [[next(readings) for _ in each] for each in texts])

    def _read(self, question: str) -> Asked:
        content = content_terms(question)
        concepts = tuple(term for term in content if term.startswith(CONCEPT_MARK))
        words = tuple(term for term in content if not term.startswith(CONCEPT_MARK))
        is_foreign = language_of(question, self._language) != self._language
        return Asked(concepts, words, {term: self.rarity(term) for term in (concepts if is_foreign else content)}, is_foreign)


def read_texts(passage: KnownPassage) -> list[str]:
    """A passage as it is read closely: each sentence under its heading; a product is short, and read as a whole."""
    if passage.product:
        return [passage.text]
    last_heading = passage.heading.rpartition(" > ")[2]
    return [f"{last_heading}: {sentence}" for sentence in passage.sentences] or [passage.text]


def whole_text(passage: KnownPassage) -> str:
    """A passage as it is read together with a question: all of it under its own heading; of a product its price and stock too."""
    sentences = list(passage.sentences)
    if passage.product:
        sentences[1:1] = facts_in_words(passage.product)
    return f"{passage.heading.rpartition(' > ')[2]}: {' '.join(sentences)}"
