"""The widget's commands, events and options as Markdown, made from the types file that developers load, so that page and types are one.

The types speak English; another language brings its own sentences, one for each name, in a file beside its page.
"""

import tomllib
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Final

from app.dashboard.widget_api import Entry, widget_api

FOLDER: Final = Path(__file__).parent
HEADS: Final = {
    "en": {"events": "| event | when | carries |", "options": "| attribute | meaning | values |", "takes": "Type"},
    "zh": {"events": "| 事件 | 何时发生 | 附带内容 |", "options": "| 属性 | 含义 | 取值 |", "takes": "类型"},
}


def with_entries(body: str, language: str) -> str:
    """The page's text with its three places filled."""
    api, words = widget_api(), sentences(language)
    parts = {
        "[[commands]]": "\n\n".join(_command(one, words["commands"], HEADS[language]["takes"]) for one in api.commands),
        "[[events]]": _table(api.events, words["events"], HEADS[language]["events"], ""),
        "[[options]]": _table(api.options, words["options"], HEADS[language]["options"], "data-"),
    }
    for place, text in parts.items():
        body = body.replace(place, text)
    return body


def sentences(language: str) -> Mapping[str, Mapping[str, str]]:
    """What each name means, in a language: "commands", "events" and "options", name -> sentence."""
    if language == "en":
        api = widget_api()
        groups = {"commands": api.commands, "events": api.events, "options": api.options}
        return {kind: {one.name: one.prose for one in entries} for kind, entries in groups.items()}
    return tomllib.loads((FOLDER / language / "javascript.toml").read_text(encoding="utf-8"))


def fingerprints() -> dict[str, str]:
    """Of each English sentence the first hexadecimal digits of its sha256. A translation notes the one it was made from, "kind.name"."""
    told = sentences("en")
    return {f"{kind}.{name}": sha256(text.encode()).hexdigest()[:8] for kind, words in told.items() for name, text in words.items()}


def _command(entry: Entry, words: Mapping[str, str], takes: str) -> str:
    anchor = entry.name.lower()
    return (
        f"### {entry.name} {{#{anchor}}}\n\n{words[entry.name]}\n\n```js run=widget\n{entry.example}\n```\n\n{takes}: `{entry.signature}`"
    )


def _table(entries: tuple[Entry, ...], words: Mapping[str, str], head: str, prefix: str) -> str:
    rows = [f"| `{prefix}{one.name}` | {words[one.name]} | `{_values(one)}` |" for one in entries]
    return "\n".join((head, "|---|---|---|", *rows))


def _values(entry: Entry) -> str:
    """The type behind the name, with its bars escaped for a table."""
    named = f'"{entry.name}": ' if ":" in entry.name else ": "
    return entry.signature.partition(named)[2].replace("|", "\\|")
