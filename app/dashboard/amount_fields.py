"""Amounts as people type them: 50.00 and 50,00, 1,234.56 and 1.234,56, with spaces or apostrophes between thousands.

Where both a point and a comma stand, the later one parts the cents. One alone parts the cents, unless three digits follow: then half the
world reads a thousand and the other half a fraction, and we ask instead of guessing.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from babel.numbers import get_decimal_symbol

from app.dashboard.language import _, locale_name
from billing.currencies import exponent_of
from billing.errors import AmountUnreadable
from billing.money import parse_amount

GROUP_DIGITS: Final = 3
_SPACES: Final = re.compile("[ \N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}\N{THIN SPACE}'\N{RIGHT SINGLE QUOTATION MARK}]")
_WRITTEN: Final = re.compile(r"(-?)([0-9]+(?:[ .,][0-9]+)*)", re.ASCII)


def amount_in(form: Mapping[str, str], name: str, currency: str) -> int | None:
    """Minor units of the amount in a form's field; None for an empty one. Raises AmountUnreadable."""
    text = form.get(name, "").strip()
    return read_amount(text, currency) if text else None


def read_amount(text: str, currency: str) -> int:
    """Minor units of an amount typed in any of these ways, with or without its currency's code.

    Raises AmountUnreadable with a sentence for the person who typed it.
    """
    typed = text.strip()
    match = _WRITTEN.fullmatch(_SPACES.sub(" ", typed.removesuffix(currency).removeprefix(currency).strip()))
    if match is None:
        raise AmountUnreadable(_sentence(typed, currency))
    sign, written = match.groups()
    parts, signs = re.split("[ .,]", written), re.findall("[ .,]", written)
    if len(signs) == 1 and signs[0] != " " and len(parts[1]) == GROUP_DIGITS and not _is_said(signs[0], currency):
        raise AmountUnreadable(_question(typed, parts, currency))
    fraction = parts.pop() if _parts_cents(parts, signs, currency) else ""
    if len(parts) > 1 and (len(parts[0]) > GROUP_DIGITS or any(len(part) != GROUP_DIGITS for part in parts[1:])):
        raise AmountUnreadable(_sentence(typed, currency))
    return parse_amount(sign + "".join(parts) + (f".{fraction}" if fraction else ""), currency)


def _is_said(sign: str, currency: str) -> bool:
    """Whether three digits after one sign have one meaning: without cents always, with three of them after these pages' own sign."""
    digits = exponent_of(currency)
    return digits == 0 or (digits == GROUP_DIGITS and sign == get_decimal_symbol(locale_name()))


def _parts_cents(parts: Sequence[str], signs: Sequence[str], currency: str) -> bool:
    """Whether the last sign parts the cents: the only one of its kind, and all before it of one other kind."""
    if not signs or signs[-1] == " " or signs[-1] in signs[:-1] or len(set(signs[:-1])) > 1:
        return False
    return len(signs) > 1 or len(parts[-1]) != GROUP_DIGITS or exponent_of(currency) == GROUP_DIGITS


def _sentence(typed: str, currency: str) -> str:
    example = {0: _("1250 or 1,250,000"), GROUP_DIGITS: "12.500"}.get(exponent_of(currency), _("12.50 or 12,50"))
    return _("“%(typed)s” is not an amount; write it like %(example)s.", typed=typed[:30], example=example)


def _question(typed: str, parts: Sequence[str], currency: str) -> str:
    thousand, cents = "".join(parts), "0" * exponent_of(currency)
    return _(
        "“%(typed)s” may mean %(thousand)s or a little more than %(little)s. Write %(full)s if you mean %(thousand)s.",
        typed=typed[:30], thousand=thousand, little=parts[0], full=f"{thousand}.{cents}",
    )  # fmt: skip
