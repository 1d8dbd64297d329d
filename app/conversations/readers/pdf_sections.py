"""The lines of a PDF become sections: running heads and feet are dropped, large lines head what follows, broken lines are joined again."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from app.conversations.knowledge.sections import SENTENCE_CHARACTERS_MAX, Section, ended, title_of
from app.conversations.knowledge.sentences import split_sentences
from app.conversations.readers.grids import tell_grid
from app.conversations.readers.pdf_lines import LONE_MARK, Line

LARGER = 1.12
"""A line this much larger than the running text is a heading."""
HEADING_LENGTH_MAX = 90
RUNNING_SHARE = 0.6
"""A line in the margin that stands on this share of the pages, its numbers aside, is a running head or foot."""
LEADING = 1.35
"""Lines further apart than this, in the page's usual distance, belong to different paragraphs."""
FULL_SHARE = 0.6
"""A line shorter than this share of the longest one ends its paragraph."""
_BULLET = re.compile(r"^(?:[•◦▪‣·*–-]|\(?\d{1,2}[.)])\s+(?=\S)")
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")


def sections_of_lines(name: str, lines: Sequence[Line], pages: int, warnings: list[str]) -> list[Section]:
    """Divide a document's lines at its headings and its pages."""
    kept = _without_running(lines, pages)
    sizes = Counter[float]()
    for line in kept:
        sizes[line.size] += len(line.text)
    usual = sizes.most_common(1)[0][0] if sizes else 1.0
    levels = {size: level for level, size in enumerate(sorted({s for s in sizes if s >= usual * LARGER}, reverse=True), start=1)}
    assembly = _Assembly(title_of(name), usual, levels, max((len(line.text) for line in kept if line.size == usual), default=0), warnings)
    for line in kept:
        assembly.take(line)
    assembly.finish()
    return assembly.sections


def _without_running(lines: Sequence[Line], pages: int) -> list[Line]:
    on_pages = Counter(text for _, text in {(line.page, _numberless(line)) for line in lines if line.is_in_margin})
    least = max(2, pages * RUNNING_SHARE)
    return [line for line in lines if not (line.is_in_margin and (on_pages[_numberless(line)] >= least or _is_page_mark(line)))]


def _is_page_mark(line: Line) -> bool:
    """A page's number alone, or beside the chapter's name."""
    return bool(LONE_MARK.match(line.text)) or (len(line.cells) == 2 and any(cell.isdecimal() for cell in line.cells))


def _numberless(line: Line) -> str:
    return re.sub(r"\d+", "#", line.text)


@dataclass
class _Assembly:
    """Sections as far as they have been put together, with the paragraph and the table at hand."""

    title: str
    usual: float
    levels: dict[float, int]
    longest: int
    warnings: list[str]
    sections: list[Section] = field(default_factory=list)
    path: list[tuple[int, str]] = field(default_factory=list)
    paragraph: str = ""
    grid: list[tuple[str, ...]] = field(default_factory=list)
    last: Line | None = None
    last_was_heading: bool = False

    def take(self, line: Line) -> None:
        """Add the next line."""
        if LONE_MARK.match(line.text):
            self.flush()
        elif len(line.cells) == 2 and LONE_MARK.match(line.cells[0]):
            self.flush()  # the mark of a list's item stands in a column of its own
            self.take(replace(line, cells=line.cells[1:]))
            return
        elif len(line.cells) > 1:
            self.flush_paragraph()
            self.section_on(line.page)
            self.grid.append(line.cells)
        elif self.is_heading(line):
            self.head(line)
        else:
            self.add_text(line)
        self.last_was_heading = len(line.cells) == 1 and self.is_heading(line)
        self.last = line

    def is_heading(self, line: Line) -> bool:
        """Large, or bold and short, and no sentence."""
        stands_out = line.size in self.levels or (line.is_bold and line.size >= self.usual)
        return stands_out and len(line.text) <= HEADING_LENGTH_MAX and not line.text.endswith((".", ";", ","))

    def head(self, line: Line) -> None:
        """Begin the section of a heading; a heading that was broken over two lines is one."""
        level = self.levels.get(line.size, len(self.levels) + 1)
        self.flush()
        is_second_half = self.last_was_heading and self.last is not None and self.last.size == line.size and self.is_below(line)
        if is_second_half and self.path and self.path[-1][0] == level:
            self.path[-1] = (level, f"{self.path[-1][1]} {line.text}")
            self.sections.pop()
        else:
            self.path = [*(part for part in self.path if part[0] < level), (level, line.text)]
        self.sections.append(Section(tuple(part for _, part in self.path), page=line.page))

    def add_text(self, line: Line) -> None:
        """Continue the paragraph, or begin a new one. A paragraph belongs to the page it begins on."""
        self.flush_grid()
        text, bullets = _BULLET.subn("", line.text)
        goes_on = self.paragraph and self.last is not None and not bullets and self.is_joined(line)
        if goes_on:
            self.paragraph = _joined(self.paragraph, text)
        else:
            self.flush()
            self.section_on(line.page)
            self.paragraph = text

    def is_joined(self, line: Line) -> bool:
        """Whether a line goes on with the paragraph: same type, just below or over the page, after a line that was full."""
        last = self.last
        if last is None or abs(last.size - line.size) > 0.3 or len(last.text) < FULL_SHARE * self.longest:
            return False
        return self.is_below(line) or (last.page != line.page and ended(self.paragraph) != self.paragraph)

    def is_below(self, line: Line) -> bool:
        """Whether a line stands at the next line's distance below the one before it."""
        return self.last is not None and self.last.page == line.page and 0 < self.last.height - line.height <= LEADING * 1.3 * line.size

    def section_on(self, page: int) -> None:
        """Make the last section one of this page, under the headings that still hold."""
        if not self.sections or self.sections[-1].page != page:
            headings = tuple(part for _, part in self.path) or (self.title,)
            self.sections.append(Section(headings, page=page))

    def flush(self) -> None:
        """End the paragraph and the table at hand."""
        self.flush_paragraph()
        self.flush_grid()

    def flush_paragraph(self) -> None:
        """The sentences of the paragraph join their section."""
        if self.paragraph and self.sections:
            self.sections[-1].sentences += [part[:SENTENCE_CHARACTERS_MAX] for part in split_sentences(ended(self.paragraph))]
        self.paragraph = ""

    def flush_grid(self) -> None:
        """The rows of the table join their section."""
        if self.grid and self.sections:
            tell_grid(self.sections[-1], self.grid, self.warnings)
        self.grid = []

    def finish(self) -> None:
        """The document is over. A heading nothing followed was perhaps no heading: its words are kept as a sentence of their own."""
        self.flush()
        for place, section in enumerate(self.sections):
            following = self.sections[place + 1].headings if place + 1 < len(self.sections) else ()
            if not section.sentences and not section.products and following[: len(section.headings)] != section.headings:
                section.sentences.append(ended(section.headings[-1]))


def _joined(before: str, after: str) -> str:
    """Join two lines of one paragraph: a word divided at the end of a line is whole again; Chinese and Japanese need no space."""
    if before.endswith("-") and after[:1].islower():
        return before[:-1] + after
    if _CJK.match(before[-1:]) and _CJK.match(after[:1]):
        return before + after
    return f"{before} {after}"
