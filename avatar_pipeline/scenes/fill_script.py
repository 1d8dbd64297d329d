"""Fills a script in: named concepts become what they stand for, and names in braces become what a row of a table says.

A concept's name is taken as far as it is known, so that "@茶很好" finds the concept @茶 in a language that sets no spaces.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from avatar_pipeline.scenes.errors import ScriptUnreadable

_NAME: Final = re.compile(r"\{([^{}]*)\}")
_CONCEPT: Final = re.compile(r"(?<![\w.])@([\w-]+)")


def fill_script(document: Mapping[str, Any], row: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The same document without concepts, its names filled in from `row`; without a row they stay. Raises ScriptUnreadable."""
    concepts = document.get("concepts") or {}
    bare = {key: value for key, value in document.items() if key != "concepts"}
    filled: dict[str, Any] = _filled(bare, concepts if isinstance(concepts, dict) else {}, row)
    return filled


def names_in(document: object) -> set[str]:
    """The names in braces that a table must have columns for."""
    if isinstance(document, str):
        return set(_NAME.findall(document))
    inner = document.values() if isinstance(document, dict) else document if isinstance(document, list) else ()
    return {name for part in inner for name in names_in(part)}


def concepts_in(document: object) -> set[str]:
    """The names with an @ before them, as far as letters reach: those that a script calls."""
    if isinstance(document, str):
        return set(_CONCEPT.findall(document))
    inner = document.values() if isinstance(document, dict) else document if isinstance(document, list) else ()
    return {name for part in inner for name in concepts_in(part)}


def known_name(called: str, known: Mapping[str, Any]) -> str | None:
    """Which known concept is called: the very name, or the longest that `called` begins with and that a letter without spaces follows."""
    if called in known:
        return called
    begun = [name for name in known if called.startswith(name) and not called[len(name)].isascii()]
    return max(begun, key=len, default=None)


def _filled(part: Any, concepts: Mapping[str, Any], row: Mapping[str, str] | None) -> Any:
    """The same part with names and concepts filled in."""
    if isinstance(part, dict):
        return {key: _filled(value, concepts, row) for key, value in part.items()}
    if isinstance(part, list):
        return [_filled(value, concepts, row) for value in part]
    if not isinstance(part, str):
        return part
    whole = _CONCEPT.fullmatch(part.strip())
    if whole and isinstance(concept := concepts.get(whole[1]), dict):
        return _filled(concept, concepts, row)
    named = _CONCEPT.sub(lambda found: _called(found[1], concepts), part) if concepts else part
    return named if row is None else _NAME.sub(lambda found: _from_row(found[1], row), named)


def _called(called: str, concepts: Mapping[str, Any]) -> str:
    name = known_name(called, concepts)
    if name is None:
        known = ", ".join(f"@{one}" for one in sorted(concepts))
        raise ScriptUnreadable(f"The script speaks of @{called}, which is none of its concepts: {known}.")
    return _said(concepts[name], name) + called[len(name) :]


def _said(concept: Any, name: str) -> str:
    told = concept.get("say") or concept.get("title") or concept.get("name") if isinstance(concept, dict) else concept
    if not isinstance(told, str):
        raise ScriptUnreadable(f"The concept @{name} has no words to be said; give it a title or a text to say.")
    return told


def _from_row(name: str, row: Mapping[str, str]) -> str:
    if name not in row:
        raise ScriptUnreadable(f"The script says {{{name}}}, and no column is called {name!r}.")
    return row[name]
