"""The invented shops and their questions: twenty-nine tune the mind, six fitted nothing (evaluation/shop-qa)."""

import csv
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid5

from app.conversations.embeddings import Embedder
from app.conversations.knowledge.calibration import Judges
from app.conversations.knowledge.index import Index, KnownPassage
from app.conversations.mind import Mind, think
from app.conversations.teach import read_document, vectors_of
from app.conversations.thoughts import PastTurn, Powers, Routed, Said, Thought

ROOT = Path(__file__).parents[2]
SHOPS = ROOT / "tests" / "payloads" / "shops"
SHOP_QA = ROOT / "tests" / "evaluation" / "shop-qa"
SIX_TRADES = ("granite-gym", "linden-drugstore", "quay-hotel", "sourdough-bakery", "tram-museum", "volta-electronics")
ONCE_BLIND = ("clearview-optician", "maple-music", "fernhill-nursery", "arlen-skis", "brindle-pets", "marlow-furniture")
"""Two each were blind in three measurements; others were written before these were looked at."""
BY_STRANGERS = (
    *("lockgate-hall", "pellow-corner", "stoatridge-outdoor", "dunmore-stores", "ropewalk-rooms", "skerrow-outfitters"),
    *("birchfold-minimart", "glenorrin-outdoors", "osier-barn", "bontkraai-siding", "haugrimen-friluft", "waihurepo-dairy"),
)
"""Blind once, too, three at a time; their writers had seen no code."""
TEST = (SHOPS / "outdoor", SHOPS / "venue")
"""The test part of old; its figures are told leave-one-shop-out too, for it has been looked at."""
TUNING = (
    SHOPS / "convenience",
    SHOPS / "kestrel",
    SHOPS / "bicycles",
    *(SHOP_QA / name for name in (*SIX_TRADES, *ONCE_BLIND, *BY_STRANGERS)),
    *TEST,
)
NOT_FITTED = (
    *("depanneur-quillemart", "kuzhavara-loft", "quilmaray-abrigo"),
    *("brodoslava-steamer", "drumfettle-outfitters", "halubayan-minimart"),
)
"""Nothing in the mind was fitted on them: until it is next fitted they are what it is measured on."""
BLIND = tuple(SHOP_QA / name for name in NOT_FITTED)
DOCUMENTS = {"kestrel": ROOT / "app" / "demo" / "knowledge"}
NAMESPACE = UUID("6f4d4bb4-3b0f-4a8e-9a57-6a1d9e6c0c55")
NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
ANSWERED = {"rule", "product", "finder", "worded"}


@dataclass(frozen=True)
class Question:
    """A question, what kind it is, and the heading or product that answers it (`|` between two); empty when nothing in the shop does.

    `before` is what was asked one turn earlier.
    """

    text: str
    kind: str
    gold: str
    before: str = ""


def questions_of(folder: Path) -> list[Question]:
    """Read a shop's questions."""
    with (folder / "questions.csv").open(encoding="utf-8", newline="") as lines:
        return [Question(row["question"], row["kind"], row["gold"], row.get("before") or "") for row in csv.DictReader(lines)]


def mind_of(folder: Path, embed: Embedder, judges: Judges = Judges()) -> Mind:  # noqa: B008 - it is frozen
    """Teach a shop's documents without a database; `judges` turn measurements into chances."""
    known: list[KnownPassage] = []
    for path in sorted(DOCUMENTS.get(folder.name, folder).iterdir()):
        if path.name != "questions.csv" and path.suffix in (".md", ".csv"):
            for place, piece in enumerate(read_document(path.name, "", path.read_bytes()).pieces):
                passage_id = uuid5(NAMESPACE, f"{folder.name}/{path.name}/{place}")
                vectors = vectors_of(piece, embed)
                known.append(KnownPassage(passage_id, path.name, piece.heading, piece.sentences, vectors, piece.product))
    return Mind(uuid5(NAMESPACE, folder.name), "Wren", "", folder.name, Index(known, judges), embed)


def is_gold(passage: KnownPassage, question: Question) -> bool:
    """Say whether a passage is the one that answers."""
    name = passage.product.name if passage.product else passage.heading.rpartition(" > ")[2]
    return bool(question.gold) and name in question.gold.split("|")


def no_powers() -> Powers:
    """Powers of a shop without offers."""
    return Powers(lambda: (), lambda _offer, _turn: None, lambda _turn, _text: None)


def thoughts_on(mind: Mind, text: str, history: tuple[PastTurn, ...] = (), powers: Powers | None = None) -> list[Thought]:
    """Everything the mind thinks about one question."""
    turn_id = uuid5(NAMESPACE, text)
    return list(think(mind, text, history=history, powers=powers or no_powers(), turn_id=turn_id, now=NOW))


def cited(mind: Mind, thoughts: list[Thought]) -> list[KnownPassage]:
    """The passages an answer rests on."""
    ids = [citation.passage_id for thought in thoughts if isinstance(thought, Said) for citation in thought.citations]
    return [mind.index.by_id[passage_id] for passage_id in dict.fromkeys(ids)]


def step_of(thoughts: list[Thought]) -> str:
    """The step that answered."""
    return next(thought.step for thought in thoughts if isinstance(thought, Routed))
