"""What every reader makes of a document, whatever its format: sections under headings, which become passages that can be quoted."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from app.conversations.errors import DocumentEmpty, DocumentTooLarge
from app.conversations.guardrails.acceptable_use import refused_because
from app.conversations.guardrails.instructions import is_instruction
from app.conversations.knowledge.pieces import Piece, ReadDocument

PASSAGE_CHARACTERS_MAX = 700
"""A passage longer than this is divided between sentences, so that what is quoted stays readable."""
PASSAGES_MAX = 2000
SENTENCE_CHARACTERS_MAX = 600
WARNING_QUOTE_LENGTH = 80
WARNINGS_MAX = 50
_SENTENCE_END = re.compile(r"[.!?:;…。！？：；][\"'”’)]*$")


@dataclass
class Section:
    """The sentences under one heading path, of one page where the document has pages, and the products of its price tables."""

    headings: tuple[str, ...]
    sentences: list[str] = field(default_factory=list)
    page: int | None = None
    products: list[Piece] = field(default_factory=list)


def pieces_of(name: str, sections: Sequence[Section], warnings: Sequence[str] = (), *, pages: int | None = None) -> ReadDocument:
    """Turn sections into passages. Sentences that give orders to the employee are left out and named in the warnings.

    Raises DocumentEmpty when nothing is left, DocumentTooLarge over PASSAGES_MAX.
    """
    noted = list(warnings)
    pieces: list[Piece] = []
    for section in sections:
        kept = [sentence for sentence in section.sentences if not _refused(sentence, section, noted)]
        heading = " > ".join(part for part in section.headings if not is_instruction(part))
        pieces += [Piece(heading, part, page=section.page) for part in divided(kept)]
        pieces += section.products
    if not pieces:
        raise DocumentEmpty(f"{name} holds no sentence that could be taught.")
    if len(pieces) > PASSAGES_MAX:
        raise DocumentTooLarge(f"{name} makes {len(pieces)} passages; at most {PASSAGES_MAX} can be taught. Please split it.")
    return ReadDocument(tuple(pieces), bounded(noted), pages)


def bounded(warnings: Sequence[str]) -> tuple[str, ...]:
    """The first WARNINGS_MAX warnings, and how many more there are."""
    hidden = len(warnings) - WARNINGS_MAX
    return (*warnings[:WARNINGS_MAX], *([f"... and {hidden} more."] if hidden > 0 else []))


def title_of(name: str) -> str:
    """A document's name as a heading: "house_rules.md" -> "house rules"."""
    return re.sub(r"\.\w+$", "", name).replace("_", " ").strip()


def ended(text: str) -> str:
    """A text with a full stop, unless something ends it already."""
    return text if not text or _SENTENCE_END.search(text) else f"{text}."


def told_row(header: Sequence[str], row: Sequence[str]) -> str:
    """Write a table row as a sentence: "Monday: 7:00 to 19:00." or "Zone A: Price $3; Time 1 day."; "" for a row that says nothing."""
    first, *rest = row
    cells = [(title, cell) for title, cell in zip(header[1:], rest, strict=False) if cell]
    if len(cells) == 1:
        return ended(f"{first}: {cells[0][1]}")
    return ended(f"{first}: " + "; ".join(f"{title} {cell}".strip() for title, cell in cells)) if first or cells else ""


def divided(sentences: Sequence[str]) -> list[tuple[str, ...]]:
    """Divide sentences into passages of at most PASSAGE_CHARACTERS_MAX."""
    parts: list[list[str]] = []
    length = 0
    for sentence in sentences:
        if not parts or length + len(sentence) > PASSAGE_CHARACTERS_MAX:
            parts.append([])
            length = 0
        parts[-1].append(sentence)
        length += len(sentence)
    return [tuple(part) for part in parts]


def _refused(sentence: str, section: Section, warnings: list[str]) -> bool:
    why = "it gives orders instead of facts" if is_instruction(sentence) else refused_because(sentence)
    if why is None:
        return False
    place = " > ".join(section.headings)
    warnings.append(f'Left out under "{place}": {why}: "{sentence[:WARNING_QUOTE_LENGTH]}"')
    return True
