"""The widget's JavaScript API as its types file says it: commands with their examples, events and options. Types and page are one."""

import re
from dataclasses import dataclass
from functools import cache
from typing import Final

from markupsafe import Markup, escape

from app.api.widget_press import WIDGET_FOLDER

TYPES_FILE: Final = WIDGET_FOLDER / "tillhand.d.ts"
MEMBER: Final = re.compile(r"^  /\*\*(?P<prose>.*?)\*/\n  (?P<signature>[^\n]*;)$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Entry:
    """One command, event or option: its name, what it means, how it is written, and an example where there is one."""

    name: str
    prose: str
    signature: str
    example: str

    @property
    def prose_html(self) -> Markup:
        """The prose with what stands in backticks as code."""
        return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(self.prose))))  # noqa: S704 - escaped just before


@dataclass(frozen=True)
class WidgetApi:
    """Everything the page shows."""

    commands: tuple[Entry, ...]
    events: tuple[Entry, ...]
    options: tuple[Entry, ...]


@cache
def widget_api() -> WidgetApi:
    """Read the types file."""
    text = TYPES_FILE.read_text(encoding="utf-8")
    return WidgetApi(*(tuple(_entries(text, name)) for name in ("TillhandCommands", "TillhandEvents", "BootOptions")))


def _entries(text: str, interface: str) -> list[Entry]:
    body = text.partition(f"interface {interface} {{\n")[2].partition("\n}\n")[0]
    return [_entry(found["prose"], found["signature"]) for found in MEMBER.finditer(body)]


def _entry(comment: str, signature: str) -> Entry:
    lines = [re.sub(r"^\s*\* ?", "", line) for line in comment.strip().splitlines()]
    prose, _, example = "\n".join(lines).strip().partition("@example\n")
    named = re.search(r'command: "(\w+)"', signature) or re.match(r'"?([\w:]+)"?\??[:(]', signature)
    return Entry(named[1] if named else "", " ".join(prose.split()), signature.rstrip(";"), example.strip())
