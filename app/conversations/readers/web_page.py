"""A web page becomes sections: headings, paragraphs, lists and tables in reading order; what a visitor cannot see is never taught."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from selectolax.lexbor import LexborHTMLParser, LexborNode

from app.conversations.guardrails.plain_text import clean
from app.conversations.knowledge.pieces import ReadDocument
from app.conversations.knowledge.sections import SENTENCE_CHARACTERS_MAX, Section, ended, pieces_of, title_of
from app.conversations.knowledge.sentences import split_sentences
from app.conversations.readers.grids import tell_grid

UNSEEN = "script, style, noscript, template, nav, svg, iframe, object, form, select, dialog, [hidden], [aria-hidden=true]"
"""Left out: programs, navigation, forms, and what the page itself hides. Hidden text is also how orders are smuggled in."""
_HIDING_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?![.\d])|opacity\s*:\s*0(?![.\d])", re.IGNORECASE)
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_BLOCKS = {
    "p", "div", "section", "article", "main", "header", "footer", "aside", "body", "li", "ul", "ol", "dl", "dt", "dd", "blockquote",
    "figure", "figcaption", "pre", "address", "details", "summary", "br", "hr", "tr", "td", "th", "table", *_HEADINGS,
}  # fmt: skip
CELL_LENGTH_MAX = 300
"""A table with a longer cell lays a page out; its cells are read as paragraphs."""


def read_web_page(name: str, html: str) -> ReadDocument:
    """Read a page. Raises what `pieces_of` raises."""
    warnings: list[str] = []
    return pieces_of(name, sections_of_html(name, html, warnings), warnings)


def sections_of_html(name: str, html: str, warnings: list[str]) -> list[Section]:
    """Divide a page at its headings."""
    tree = LexborHTMLParser(html)
    for node in tree.css(UNSEEN):
        node.decompose()
    for node in tree.css("[style]"):
        if _HIDING_STYLE.search(node.attributes.get("style") or ""):
            node.decompose()
    title = tree.css_first("title")
    own_title = clean(title.text()) if title else ""
    reading = _Reading(own_title or title_of(name), warnings)
    if tree.body is not None:
        reading.read(tree.body)
    return reading.sections


@dataclass
class _Reading:
    """What has been read so far: the heading path, the sections, and the words of the paragraph that is not finished yet."""

    title: str
    warnings: list[str]
    sections: list[Section] = field(default_factory=list)
    path: list[tuple[int, str]] = field(default_factory=list)
    words: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.sections.append(Section((self.title,)))

    def read(self, root: LexborNode) -> None:
        """Walk the tree in reading order."""
        for opens, node in _walk(root):
            if node.is_text_node:
                self.words.append(node.text_content or "")
            elif node.tag == "table" and opens:
                self.flush()
                tell_grid(self.sections[-1], [*_rows(node)], self.warnings)
            elif node.tag in _HEADINGS and not opens:
                self.open_section(_HEADINGS[node.tag])
            elif node.tag in _BLOCKS:
                self.flush()
                if node.tag == "footer" and opens:  # the foot of a page belongs to the whole of it, not to its last heading
                    self.path.clear()
                    self.sections.append(Section((self.title,)))
            elif node.tag == "img" and opens:
                self.words.append(f" {node.attributes.get('alt') or ''} ")
        self.flush()

    def flush(self) -> None:
        """The paragraph is over: its sentences join the section."""
        text = clean("".join(self.words))
        self.words.clear()
        if text:
            self.sections[-1].sentences += [part[:SENTENCE_CHARACTERS_MAX] for part in split_sentences(ended(text))]

    def open_section(self, level: int) -> None:
        """A heading is over: what follows belongs under it."""
        text = clean("".join(self.words))
        self.words.clear()
        if text:
            self.path = [*(part for part in self.path if part[0] < level), (level, text)]
            self.sections.append(Section(tuple(part for _, part in self.path)))


def _walk(root: LexborNode) -> Iterator[tuple[bool, LexborNode]]:
    """Every element twice, when it opens and when it closes, and every text once. A table of data is given whole, not walked into."""
    waiting = [(True, root)]
    while waiting:
        opens, node = waiting.pop()
        yield opens, node
        if opens and not node.is_text_node and not (node.tag == "table" and _is_data(node)):
            waiting.append((False, node))
            waiting += [(True, child) for child in reversed(list(node.iter(include_text=True)))]


def _is_data(table: LexborNode) -> bool:
    cells = table.css("td, th")
    return len(table.css("table")) <= 1 and all(len(cell.text()) <= CELL_LENGTH_MAX for cell in cells)


def _rows(table: LexborNode) -> Iterator[list[str]]:
    if not _is_data(table):
        return
    for row in table.css("tr"):
        cells = [clean(cell.text(separator=" ")) for cell in row.iter() if cell.tag in ("td", "th")]
        if any(cells):
            yield cells


def plain_text_of(html: str) -> str:
    """The words of a piece of HTML, as descriptions in feeds often are."""
    tree = LexborHTMLParser(html)
    return clean(tree.body.text(separator=" ")) if tree.body is not None else ""
