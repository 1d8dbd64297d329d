"""The shops that a reader of question and passage is trained on (tests/evaluation/reader-pairs): their papers, and what is asked.

One text file a shop: its name, trade and language, then headings, each with its passage, the questions it answers (`=`) and near misses
that nothing in the whole paper answers (`!`). Two letters after the mark name another language than the paper's. A passage that begins
with `@` is the row of a price list, told under the product's name: category, price, currency, stock and description between bars.
"""

import csv
import re
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from uuid import uuid5

from shops import NAMESPACE, ROOT, Question

from app.conversations.embeddings import Embedder
from app.conversations.knowledge.index import KnownPassage
from app.conversations.knowledge.pieces import Piece
from app.conversations.teach import read_document, vectors_of

READER_PAIRS = ROOT / "tests" / "evaluation" / "reader-pairs"
PAPERS, PRICES = "papers.md", "prices.csv"
TITLES = ("name", "category", "price", "currency", "stock", "description")
ROW = "@ "
_ASKED = re.compile(r"([=!])(zh|ja|fr|en)? (.+)")


@dataclass(frozen=True)
class PairShop:
    """A shop's paper as Markdown, its price list as rows of TITLES, its language, and its questions.

    A question's `gold` is its heading or product, empty for a near miss.
    """

    name: str
    language: str
    paper: str
    prices: tuple[tuple[str, ...], ...]
    questions: tuple[Question, ...]


def pair_shops(folder: Path = READER_PAIRS) -> list[PairShop]:
    """Read every shop of the folder, in the order of their names."""
    return [read_shop(path) for path in sorted(folder.glob("*.txt"))]


def read_shop(path: Path) -> PairShop:
    """Read one shop. Raises ValueError when the first line does not name it or a row of its list lacks cells."""
    title, *lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines() if line.strip())
    name, _, language = (part.strip() for part in title.removeprefix("# ").split("|"))
    paper, questions, heading, prices = [f"# {name}"], list[Question](), "", list[tuple[str, ...]]()
    for line in lines:
        asked = _ASKED.fullmatch(line)
        if line.startswith("## "):
            heading = line.removeprefix("## ").strip()
        elif asked is not None:
            mark, other, text = asked.groups()
            questions.append(Question(text, other or language, heading if mark == "=" else ""))
        elif line.startswith(ROW):
            prices.append((heading, *_cells(path.stem, line)))
        else:
            paper.append(f"\n## {heading}\n\n{line}")
    return PairShop(path.stem, language, "\n".join(paper), tuple(prices), tuple(questions))


def _cells(shop: str, line: str) -> list[str]:
    cells = [cell.strip() for cell in line.removeprefix(ROW).split("|", len(TITLES) - 2)]
    if len(cells) != len(TITLES) - 1:
        raise ValueError(f"{shop}: the row has {len(cells)} cells: {line[:60]}")
    return cells


def taught(shop: PairShop, embed: Embedder) -> list[KnownPassage]:
    """The shop's paper and price list as passages with their vectors, read as any document is."""
    papers = [(PAPERS, piece) for piece in read_document(PAPERS, "", shop.paper.encode()).pieces] if "## " in shop.paper else []
    listed = [(PRICES, piece) for piece in read_document(PRICES, "", _csv(shop.prices).encode()).pieces] if shop.prices else []
    held: list[tuple[str, Piece]] = papers + listed
    return [
        KnownPassage(
            uuid5(NAMESPACE, f"{shop.name}/{place}"), name, piece.heading, piece.sentences, vectors_of(piece, embed), piece.product
        )
        for place, (name, piece) in enumerate(held)
    ]


def _csv(rows: tuple[tuple[str, ...], ...]) -> str:
    file = StringIO()
    csv.writer(file).writerows([TITLES, *rows])
    return file.getvalue()
