"""House rules in Markdown become passages: one per heading, divided when long, each sentence kept in the shop's own words."""

from collections.abc import Sequence

from markdown_it import MarkdownIt
from markdown_it.token import Token

from app.conversations.guardrails.plain_text import clean
from app.conversations.knowledge.pieces import ReadDocument
from app.conversations.knowledge.sections import SENTENCE_CHARACTERS_MAX, Section, ended, pieces_of, title_of, told_row
from app.conversations.knowledge.sentences import split_sentences


def read_markdown(name: str, text: str) -> ReadDocument:
    """Read a Markdown document. Hidden text (HTML, comments) is never taught. Raises what `pieces_of` raises."""
    return pieces_of(name, _sections(name, MarkdownIt("commonmark").enable("table").parse(text)))


def _sections(name: str, tokens: Sequence[Token]) -> list[Section]:
    path: list[tuple[int, str]] = []
    sections = [Section((title_of(name),))]
    row: list[str] = []
    header: list[str] = []
    for place, token in enumerate(tokens):
        if token.type == "inline":
            opener = tokens[place - 1].type
            words = _words(token)
            if opener == "heading_open":
                level = int(tokens[place - 1].tag[1:])
                path = [*(part for part in path if part[0] < level), (level, words)]
                sections.append(Section(tuple(part for _, part in path)))
            elif opener in ("th_open", "td_open"):
                row.append(words)
            else:
                sections[-1].sentences += [part[:SENTENCE_CHARACTERS_MAX] for part in split_sentences(ended(words))]
        elif token.type == "tr_close":
            header, row = (row, []) if not header else (_told(header, row, sections[-1]), [])
        elif token.type == "table_close":
            header = []
        elif token.type in ("fence", "code_block"):
            sections[-1].sentences += [clean(line) for line in token.content.splitlines() if line.strip()]
    return sections


def _told(header: list[str], row: list[str], section: Section) -> list[str]:
    sentence = told_row(header, row)
    if sentence:
        section.sentences.append(sentence)
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
