"""Reads JSON without guessing: no repeated names, no NaN, no numbers that pass through a float, nothing nested beyond reason."""

import json
import re
from decimal import Decimal
from typing import Any, Final

import msgspec

from billing.errors import PayloadRefused

DEPTH_MAX: Final = 20
NUMBER_LENGTH_MAX: Final = 30
_QUICK: Final = msgspec.json.Decoder(float_hook=Decimal)
_COMPACT: Final = msgspec.json.Encoder()
_LONG_NUMBER: Final = re.compile(rb"[0-9]{%d}" % (NUMBER_LENGTH_MAX + 1))


def read_object(body: bytes) -> dict[str, Any]:
    """Parse a body that must be one JSON object in UTF-8; raises PayloadRefused and says why."""
    document = read_document(body)
    if not isinstance(document, dict):
        raise PayloadRefused("The body must be one JSON object.")
    if body.count(b"{") + body.count(b"[") > DEPTH_MAX:
        _check_depth(document)
    return document


def read_document(body: bytes) -> Any:
    """Parse a body that must be JSON in UTF-8, of any kind; raises PayloadRefused and says why."""
    quick = _read_plain(body)
    return _read_with_care(body) if quick is None else quick


def _read_plain(body: bytes) -> Any:
    """Read a body that comes out letter for letter when it is written again, as most do; None for any other.

    Nothing is lost on the way there and back, so no name stood twice, and a number with a point (written as a text) never does.
    """
    try:
        document = _QUICK.decode(body)
    except (ValueError, ArithmeticError, RecursionError):
        return None  # whatever is wrong with it is said by the careful reader
    return document if _COMPACT.encode(document) == body and not _LONG_NUMBER.search(body) else None


def _read_with_care(body: bytes) -> Any:
    try:
        return json.loads(
            body.decode("utf-8"),
            object_pairs_hook=_without_repeats,
            parse_constant=_refuse_constant,
            parse_float=_fraction,
            parse_int=_integer,
        )
    except UnicodeDecodeError as error:
        raise PayloadRefused(f"The body is not UTF-8 at byte {error.start}.") from error
    except json.JSONDecodeError as error:
        raise PayloadRefused(f"The body is not JSON: {error.msg} at character {error.pos}.") from error
    except RecursionError as error:
        raise PayloadRefused("The body is nested beyond reason.") from error


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        repeated = next(name for name in names if names.count(name) > 1)
        raise PayloadRefused(f"The name {repeated[:60]!r} stands twice in one object; which of them counts?")
    return found


def _refuse_constant(name: str) -> Any:
    raise PayloadRefused(f"{name} is not a JSON number.")


def _fraction(text: str) -> Decimal:
    """Numbers with a point stay exact. They are no amounts (those are strings), but a field we do not read may hold one."""
    if len(text) > NUMBER_LENGTH_MAX:
        raise PayloadRefused(f"A number of {len(text)} digits is beyond reason.")
    return Decimal(text)


def _integer(text: str) -> int:
    if len(text) > NUMBER_LENGTH_MAX:
        raise PayloadRefused(f"A number of {len(text)} digits is beyond reason.")
    return int(text)


def _check_depth(document: Any) -> None:
    level: list[Any] = [document]
    for _ in range(DEPTH_MAX):
        nested = (item.values() if isinstance(item, dict) else item for item in level)
        level = [value for values in nested for value in values if isinstance(value, dict | list)]
        if not level:
            return
    raise PayloadRefused(f"The body is nested deeper than {DEPTH_MAX} levels.")
