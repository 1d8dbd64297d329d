"""One page of the guide as it is shown: its head, its text, its headings, and the sections that a search looks through."""

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from markupsafe import Markup

from app.guide.markdown import Heading, Section, Snippet, render
from app.guide.widget_entries import with_entries

FOLDER: Final = Path(__file__).parent
HOUSE: Final = FOLDER.parent.parent
HEAD: Final = re.compile(r"\A---\n(?P<head>.*?)\n---\n(?P<body>.*)\Z", re.DOTALL)


@dataclass(frozen=True)
class Page:
    """A page in one language. `updated` is the day a person last edited it, as its head says."""

    name: str
    language: str
    title: str
    summary: str
    updated: date
    html: Markup
    headings: tuple[Heading, ...]
    sections: tuple[Section, ...]
    snippets: tuple[Snippet, ...]
    source: str

    @property
    def address(self) -> str:
        """Where it is read."""
        return f"/guide/{self.language}/{self.name}"


def read_page(language: str, name: str) -> Page:
    """Read one file. A page whose head names a `source` is another file of the house, shown here; its own title is left out."""
    text = (FOLDER / language / f"{name}.md").read_text(encoding="utf-8")
    found = HEAD.match(text)
    if found is None:
        raise ValueError(f"{language}/{name}.md does not begin with a head between two lines of ---.")
    head = dict(line.split(": ", 1) for line in found["head"].splitlines())
    body = (HOUSE / head["source"]).read_text(encoding="utf-8").partition("\n")[2] if "source" in head else found["body"]
    body = with_entries(body, language) if "[[" in body else body
    html, headings, sections, snippets = render(body, language)
    return Page(
        name=name, language=language, title=head["title"], summary=head["summary"], updated=date.fromisoformat(head["updated"]),
        html=html, headings=headings, sections=sections, snippets=snippets, source=body,
    )  # fmt: skip
