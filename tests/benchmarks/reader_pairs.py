"""The shops that a reader of question and passage is trained on (tests/evaluation/reader-pairs): their papers, and what is asked.

One text file a shop: its name, trade and language, then headings, each with its passage, the questions it answers (`=`) and near misses
that nothing in the whole paper answers (`!`). Two letters after the mark name another language than the paper's.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid5

from shops import NAMESPACE, ROOT, Question

from app.conversations.embeddings import Embedder
from app.conversations.knowledge.index import KnownPassage
from app.conversations.teach import read_document, vectors_of

READER_PAIRS = ROOT / "tests" / "evaluation" / "reader-pairs"
PAPERS = "papers.md"
_ASKED = re.compile(r"([=!])(zh|ja|fr|en)? (.+)")


@dataclass(frozen=True)
class PairShop:
    """A shop's paper as Markdown, its language, and its questions; a question's `gold` is its heading, empty for a near miss."""

    name: str
    language: str
    paper: str
    questions: tuple[Question, ...]


def pair_shops(folder: Path = READER_PAIRS) -> list[PairShop]:
    """Read every shop of the folder, in the order of their names."""
    return [read_shop(path) for path in sorted(folder.glob("*.txt"))]


def read_shop(path: Path) -> PairShop:
    """Read one shop. Raises ValueError when the first line does not name it."""
    title, *lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines() if line.strip())
    name, _, language = (part.strip() for part in title.removeprefix("# ").split("|"))
    paper, questions, heading = [f"# {name}"], list[Question](), ""
    for line in lines:
        asked = _ASKED.fullmatch(line)
        if line.startswith("## "):
            heading = line.removeprefix("## ").strip()
            paper.append(f"\n## {heading}\n")
        elif asked is not None:
            mark, other, text = asked.groups()
            questions.append(Question(text, other or language, heading if mark == "=" else ""))
        else:
            paper.append(line)
    return PairShop(path.stem, language, "\n".join(paper), tuple(questions))


def taught(shop: PairShop, embed: Embedder) -> list[KnownPassage]:
    """The shop's paper as passages with their vectors, read as any document is."""
    pieces = read_document(PAPERS, "", shop.paper.encode()).pieces
    return [
        KnownPassage(uuid5(NAMESPACE, f"{shop.name}/{place}"), PAPERS, piece.heading, piece.sentences, vectors_of(piece, embed), None)
        for place, piece in enumerate(pieces)
    ]
