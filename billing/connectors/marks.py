"""Finds the employee's marks where they travelled: cart attributes, order notes, metadata, the address of the page that led to the sale."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

from billing.inbox.fields import TEXT_LENGTH_MAX, Fields

PREFIXES: Final = ("tillhand_", "_tillhand_")
"""A cart attribute whose name begins with an underscore is not shown to the shopper, so shops write either."""
CLICK_PARAMETER: Final = "tillhand_click"
CODES_MAX: Final = 20
URL_LENGTH_MAX: Final = 4000


@dataclass(frozen=True, slots=True)
class Marks:
    """What came back of visitor, click, coupon and work; an unreadable mark is a note, never a refusal."""

    visitor_id: UUID | None
    click_id: UUID | None
    work_id: UUID | None
    codes: tuple[str, ...]
    notes: tuple[str, ...]


def read_marks(named: Mapping[str, Any], *, codes: Iterable[str] = (), urls: Iterable[Any] = ()) -> Marks:
    """The marks among named values. `codes` are those on the order, `urls` addresses that may hold the click of a tracked link."""
    values = {name.removeprefix("_"): value for name, value in named.items() if name.startswith(PREFIXES)}
    if values.get(CLICK_PARAMETER) in (None, ""):
        values[CLICK_PARAMETER] = next((click for click in map(_click_in, urls) if click), None)
    fields = Fields(values, "attribution")
    visitor, about_visitor = fields.mark("tillhand_visitor", "vis")
    click, about_click = fields.mark(CLICK_PARAMETER, "tch")
    work, about_work = fields.mark("tillhand_work", "wrk")
    found = {code.strip() for code in (*codes, values.get("tillhand_coupon")) if isinstance(code, str) and _is_code(code.strip())}
    notes = tuple(note for note in (about_visitor, about_click, about_work) if note)
    return Marks(visitor, click, work, tuple(sorted(found)[:CODES_MAX]), notes)


def pairs(entries: Iterable[Fields], name: str, value: str = "value") -> dict[str, Any]:
    """A list of {name, value} objects as one mapping; of two with the same name the last counts."""
    return {entry.values[name]: entry.values.get(value) for entry in entries if isinstance(entry.values.get(name), str)}


def _is_code(code: str) -> bool:
    return 0 < len(code) <= TEXT_LENGTH_MAX and code.isprintable()


def _click_in(url: Any) -> str | None:
    if not isinstance(url, str) or not 0 < len(url) <= URL_LENGTH_MAX:
        return None
    try:
        found = parse_qs(urlsplit(url).query).get(CLICK_PARAMETER)
    except ValueError:  # an address that is none
        return None
    return found[-1] if found else None
