"""House rules in Markdown become passages: one per heading, divided when long, each sentence kept in the shop's own words."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from markdown_it import MarkdownIt
from markdown_it.token import Token

from app.conversations.errors import DocumentEmpty, DocumentTooLarge
from app.conversations.guardrails.instructions import is_instruction
from app.conversations.guardrails.plain_text import clean
from app.conversations.knowledge.pieces import Piece, ReadDocument
from app.conversations.knowledge.sentences import split_sentences

PASSAGE_CHARACTERS_MAX = 700
"""A passage longer than this is divided between sentences, so that what is quoted stays readable."""
PASSAGES_MAX = 2000
SENTENCE_CHARACTERS_MAX = 600
WARNING_QUOTE_LENGTH = 80
_SENTENCE_END = re.compile(r"[.!?:;…。！？：；][\"'”’)]*$")


@dataclass
class _Section:
    headings: tuple[str, ...]
    sentences: list[str] = field(default_factory=list)


def read_markdown(name: str, text: str) -> ReadDocument:
    """Read a Markdown document. Sentences that give orders to the employee are left out and named in the warnings.

    Hidden text (HTML, comments) is never taught. Raises DocumentEmpty when nothing is left, DocumentTooLarge over PASSAGES_MAX.
    """
    warnings: list[str] = []
    pieces: list[Piece] = []
    for section in _sections(name, MarkdownIt("commonmark").enable("table").parse(text)):
        kept = [sentence for sentence in section.sentences if not _refused(sentence, section, warnings)]
        heading = " > ".join(part for part in section.headings if not is_instruction(part))
        pieces += [Piece(heading, part) for part in _divided(kept)]
    if not pieces:
        raise DocumentEmpty(f"{name} holds no sentence that could be taught.")
    if len(pieces) > PASSAGES_MAX:
        raise DocumentTooLarge(f"{name} makes {len(pieces)} passages; at most {PASSAGES_MAX} can be taught. Please split it.")
    return ReadDocument(tuple(pieces), tuple(warnings))


def _refused(sentence: str, section: _Section, warnings: list[str]) -> bool:
    if not is_instruction(sentence):
        return False
    place = " > ".join(section.headings)
    warnings.append(f'Left out under "{place}": it gives orders instead of facts: "{sentence[:WARNING_QUOTE_LENGTH]}"')
    return True


def _sections(name: str, tokens: Sequence[Token]) -> list[_Section]:
    title = re.sub(r"\.\w+$", "", name).replace("_", " ").strip()
    path: list[tuple[int, str]] = []
    sections = [_Section((title,))]
    row: list[str] = []
    header: list[str] = []
    for place, token in enumerate(tokens):
        if token.type == "inline":
            opener = tokens[place - 1].type
            words = _words(token)
            if opener == "heading_open":
                level = int(tokens[place - 1].tag[1:])
                path = [*(part for part in path if part[0] < level), (level, words)]
                sections.append(_Section(tuple(part for _, part in path)))
            elif opener in ("th_open", "td_open"):
                row.append(words)
            else:
                sections[-1].sentences += [part[:SENTENCE_CHARACTERS_MAX] for part in split_sentences(_ended(words))]
        elif token.type == "tr_close":
            header, row = (row, []) if not header else (_told(header, row, sections[-1]), [])
        elif token.type == "table_close":
            header = []
        elif token.type in ("fence", "code_block"):
            sections[-1].sentences += [clean(line) for line in token.content.splitlines() if line.strip()]
    return sections


def _told(header: list[str], row: list[str], section: _Section) -> list[str]:
    """Write a table row as a sentence: "Monday: 7:00 to 19:00." or "Zone A. Price: $3; Time: 1 day."."""
    first, *rest = row
    cells = [(title, cell) for title, cell in zip(header[1:], rest, strict=False) if cell]
    if len(cells) == 1:
        section.sentences.append(_ended(f"{first}: {cells[0][1]}"))
    elif first or cells:
        section.sentences.append(_ended(f"{first}: " + "; ".join(f"{title} {cell}".strip() for title, cell in cells)))
    return header


def _words(token: Token) -> str:
    parts: list[str] = []
    for child in token.children or ():
        if child.type in ("text", "code_inline"):
            parts.append(child.content)
        elif child.type in ("softbreak", "hardbreak"):
            parts.append(" ")
        elif child.type == "image":
            parts.append(child.content)  # the alternative text: what the picture says to people who cannot see it
    return clean("".join(parts))


def _ended(text: str) -> str:
    return text if not text or _SENTENCE_END.search(text) else f"{text}."


def _divided(sentences: Sequence[str]) -> list[tuple[str, ...]]:
    parts: list[list[str]] = []
    length = 0
    for sentence in sentences:
        if not parts or length + len(sentence) > PASSAGE_CHARACTERS_MAX:
            parts.append([])
            length = 0
        parts[-1].append(sentence)
        length += len(sentence)
    return [tuple(part) for part in parts]
