"""Markdown to HTML as the guide shows it: headings with anchors, code with a copy button, tables that scroll, notes, drawn diagrams.

Beyond plain Markdown a file may write `## Title {#anchor}`, which keeps an anchor the same in every language; a quotation that begins with
`[!tip]`, `[!note]` or `[!warning]`; a fence whose first line says besides the language `title="send.sh"` and `run=order`, the name under
which a test runs it; a fence `diagram NAME` with the words of a drawing, and an empty fence
`gallery`, where all faces stand. Links to `other.md#anchor` lead to that page in the same
language.
"""

import re
from collections.abc import MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markupsafe import Markup, escape

from app.guide.code import mark_code
from app.guide.diagrams import draw
from app.guide.gallery import draw_gallery
from app.guide.words import WORDS

ANCHOR: Final = re.compile(r"\s*\{#(?P<anchor>[a-z0-9-]+)\}\s*$")
NOTE: Final = re.compile(r"\[!(?P<kind>note|tip|warning)\]\s*")
INFO: Final = re.compile(r'(\w+)=(?:"([^"]*)"|(\S+))')
LANGUAGE_NAMES: Final = {
    "sh": "Shell",
    "python": "Python",
    "js": "JavaScript",
    "html": "HTML",
    "json": "JSON",
    "http": "HTTP",
    "text": "Text",
    "php": "PHP",
}


@dataclass(frozen=True)
class Heading:
    """A heading of level 2 or 3 and the anchor that leads to it."""

    level: int
    text: str
    anchor: str


@dataclass
class Section:
    """What stands under one heading, as plain text. The text before the first heading has an empty anchor."""

    heading: str
    anchor: str
    text: str


@dataclass(frozen=True)
class Snippet:
    """One block of code: its language, what the fence says besides, and its text."""

    language: str
    options: dict[str, str]
    text: str


def render(body: str, language: str) -> tuple[Markup, tuple[Heading, ...], tuple[Section, ...], tuple[Snippet, ...]]:
    """The page's HTML, its headings in order, its sections for the search, and its snippets."""
    tokens = _reader().parse(body)
    headings, sections = _anchor(tokens), _sections(tokens)
    for token in tokens:
        for child in token.children or ():
            _lead(child, language)
    env: dict[str, Any] = {"words": WORDS[language], "language": language, "count": 0}
    html = _reader().renderer.render(tokens, _reader().options, env)
    return Markup(html), headings, sections, tuple(_snippet(one) for one in tokens if one.type == "fence")  # noqa: S704 - our own files


def _reader() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}, renderer_cls=GuideRenderer).enable("table")


class GuideRenderer(RendererHTML):
    """What the guide writes differently from plain Markdown."""

    def heading_close(self, tokens: Sequence[Token], index: int, _options: Any, env: MutableMapping[str, Any]) -> str:
        """A heading ends with a link to itself."""
        opened = tokens[index - 2]
        label = escape(env["words"]["link_to"] + tokens[index - 1].content)
        return f'<a class="anchor" href="#{opened.attrGet("id")}" aria-label="{label}">#</a></{tokens[index].tag}>\n'

    def fence(self, tokens: Sequence[Token], index: int, _options: Any, env: MutableMapping[str, Any]) -> str:
        """Code with its language and a button to copy it, or a drawing."""
        snippet = _snippet(tokens[index])
        if snippet.language == "diagram":
            return draw(tokens[index].info.split()[1], snippet.text)
        if snippet.language == "gallery":
            return draw_gallery(env["language"])
        env["count"] += 1
        number, words = f"code-{env['count']}", env["words"]
        title = snippet.options.get("title") or LANGUAGE_NAMES.get(snippet.language, "")
        return (
            f'<figure class="code"><figcaption><span>{escape(title)}</span><button class="copy needs-script" type="button" '
            f'data-copy="{number}" data-copied="{words["copied"]}">{words["copy"]}</button></figcaption>'
            f'<pre id="{number}" tabindex="0" role="region" aria-label="{escape(words["code"])}: {escape(title)} {env["count"]}">'
            f"<code>{mark_code(snippet.text, snippet.language)}</code></pre></figure>\n"
        )

    def table_open(self, _tokens: Sequence[Token], _index: int, _options: Any, env: MutableMapping[str, Any]) -> str:
        """A table scrolls inside itself, also by keyboard."""
        env["tables"] = env.get("tables", 0) + 1
        return f'<div class="table" tabindex="0" role="region" aria-label="{env["words"]["table"]} {env["tables"]}"><table>\n'

    def table_close(self, _tokens: Sequence[Token], _index: int, _options: Any, _env: MutableMapping[str, Any]) -> str:
        """The end of the table and of what it scrolls in."""
        return "</table></div>\n"

    def blockquote_open(self, tokens: Sequence[Token], index: int, _options: Any, env: MutableMapping[str, Any]) -> str:
        """A note, when it begins with its kind."""
        found = NOTE.match(tokens[index + 2].content)
        kind = found["kind"] if found else "note"
        return f'<div class="note note-{kind}" role="note"><p class="note-head">{env["words"][kind]}</p>\n'

    def blockquote_close(self, _tokens: Sequence[Token], _index: int, _options: Any, _env: MutableMapping[str, Any]) -> str:
        """The end of a note."""
        return "</div>\n"


def _anchor(tokens: Sequence[Token]) -> tuple[Heading, ...]:
    found = []
    for place, opened in enumerate(tokens):
        if opened.type == "blockquote_open":
            _strip_kind(tokens[place + 2])
        if opened.type != "heading_open":
            continue
        inline = tokens[place + 1]
        written = ANCHOR.search(inline.content)
        if written and inline.children:
            inline.content = ANCHOR.sub("", inline.content)
            inline.children[-1].content = ANCHOR.sub("", inline.children[-1].content)
        text = _plain(inline)
        anchor = written["anchor"] if written else re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
        opened.attrSet("id", anchor)
        inline.content = text
        if opened.tag in ("h2", "h3"):
            found.append(Heading(int(opened.tag[1]), text, anchor))
    return tuple(found)


def _strip_kind(inline: Token) -> None:
    """Take the mark of a note's kind out of what is shown; the token's own content keeps it for the frame around."""
    if inline.children and NOTE.match(inline.children[0].content):
        inline.children[0].content = NOTE.sub("", inline.children[0].content)


def _sections(tokens: Sequence[Token]) -> tuple[Section, ...]:
    sections, is_heading = [Section("", "", "")], False
    for token in tokens:
        if token.type == "heading_open":
            sections.append(Section("", token.attrGet("id") or "", ""))  # type: ignore[arg-type]
            is_heading = True
        elif token.type == "inline" and is_heading:
            sections[-1].heading, is_heading = token.content, False
        elif token.type == "inline":
            sections[-1].text += f" {_plain(token)}"
        elif token.type == "fence" and not token.info.startswith(("diagram", "gallery")):
            sections[-1].text += f" {token.content}"
    return tuple(sections)


def _plain(inline: Token) -> str:
    return "".join(
        child.content if child.type in ("text", "code_inline") else " " if child.type == "softbreak" else ""
        for child in inline.children or ()
    )


def _lead(child: Token, language: str) -> None:
    """Links among the pages lead on in the same language; pictures are served by the guide."""
    if child.type == "link_open":
        page, mark, anchor = str(child.attrGet("href")).partition("#")
        if page.endswith(".md"):
            child.attrSet("href", f"/guide/{language}/{PAGES_OF_FILES.get(page, page.removesuffix('.md'))}{mark}{anchor}")
    elif child.type == "image":
        child.attrSet("src", str(child.attrGet("src")).replace("../pictures/", "/guide/pictures/"))
        child.attrSet("loading", "lazy")


PAGES_OF_FILES: Final = {"ORDERS.md": "orders", "MANNERS.md": "api", "CONNECTORS.md": "connect"}
"""Files of the house that link to each other, and the pages that show the same."""


def _snippet(token: Token) -> Snippet:
    language, _, rest = token.info.partition(" ")
    return Snippet(language, {name: quoted or bare for name, quoted, bare in INFO.findall(rest)}, token.content)
