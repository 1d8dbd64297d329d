"""Reads web pages as a person's browser would offer them: forms with their hidden fields, links, and elements that carry data."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID_ELEMENTS = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"})


@dataclass
class Element:
    """One element with its attributes, its text and everything inside it."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    text: str = ""
    children: list["Element"] = field(default_factory=list)

    def find_all(self, tag: str, **wanted: str) -> list["Element"]:
        """Every element inside with this tag and these attributes; write `data_kind` for `data-kind`."""
        attributes = {name.replace("_", "-"): value for name, value in wanted.items()}
        found = [child for child in self.children if child.tag == tag and attributes.items() <= child.attributes.items()]
        return [*found, *(deeper for child in self.children for deeper in child.find_all(tag, **wanted))]

    def with_attribute(self, name: str) -> list["Element"]:
        """Every element inside that has this attribute."""
        found = [child for child in self.children if name in child.attributes]
        return [*found, *(deeper for child in self.children for deeper in child.with_attribute(name))]

    def all_text(self) -> str:
        """The words inside, in no promised order, with single spaces."""
        return " ".join([self.text, *(child.all_text() for child in self.children)]).strip()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page = Element("page")
        self._open = [self.page]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self._open[-1].children.append(element)
        if tag not in VOID_ELEMENTS:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        for depth in range(len(self._open) - 1, 0, -1):
            if self._open[depth].tag == tag:
                del self._open[depth:]
                return

    def handle_data(self, data: str) -> None:
        if data.strip():
            self._open[-1].text = f"{self._open[-1].text} {' '.join(data.split())}".strip()


def read_page(html: str) -> Element:
    """The page as a tree; forgiving, as browsers are."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.page


def fields_of(form: Element) -> dict[str, str]:
    """What a browser would send if nobody touched the form: every named input with its value."""
    return {one.attributes["name"]: one.attributes.get("value", "") for one in form.find_all("input") if one.attributes.get("name")}
