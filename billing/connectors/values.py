"""Takes values out of shop systems' payloads, which write ids as numbers, amounts with digits to spare, and times without an offset."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from billing.currencies import exponent_of
from billing.errors import CurrencyUnknown, PayloadRefused
from billing.inbox.fields import TEXT_LENGTH_MAX, Fields
from billing.money import AMOUNT_MINOR_MAX, divide_half_even

_DECIMAL: Final = re.compile(r"(-?)([0-9]{1,20})(?:\.([0-9]{1,20}))?", re.ASCII)
_WITHOUT_OFFSET: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", re.ASCII)
PARTS_MAX: Final = 1000
SECONDS_MAX: Final = 10**11
DIGITS_MAX: Final = 30


class ShopFields(Fields):
    """The fields of one object as shop systems write them."""

    def object_of(self, name: str) -> "ShopFields":
        """A nested object; absent is empty."""
        found = self.part(name)
        return ShopFields(found.values, found.path)

    def objects_of(self, name: str, *, at_most: int = PARTS_MAX) -> list["ShopFields"]:
        """A list of objects; absent is empty."""
        return [ShopFields(found.values, found.path) for found in self.parts(name, at_most=at_most)]

    def identifier(self, name: str) -> str:
        """A required id, written as a number or a text."""
        value = self.values.get(name)
        return str(value) if type(value) is int else self.text(name)

    def identifier_or_none(self, name: str) -> str | None:
        """The id, or None where it is absent, null, empty or zero (a guest)."""
        return None if self.values.get(name) in (None, "", 0, "0") else self.identifier(name)

    def word(self, name: str) -> str:
        """A short text, or nothing where it is absent or no text."""
        value = self.values.get(name)
        return value if isinstance(value, str) and len(value) <= TEXT_LENGTH_MAX else ""

    def currency(self, name: str) -> str:
        """An ISO 4217 code in capitals or not."""
        code = self.text(name).upper()
        try:
            exponent_of(code)
        except CurrencyUnknown as error:
            raise PayloadRefused(f"{self.path}.{name}: {error}") from error
        return code

    def minor(self, name: str, currency: str, default: str | None = None) -> int:
        """Minor units of a decimal amount, also below zero; digits beyond the currency's are rounded half to even."""
        value = self.values.get(name)
        value = default if value is None else value
        if type(value) is int or (isinstance(value, Decimal) and abs(value.adjusted()) <= DIGITS_MAX):
            value = format(value, "f")  # of 1e999999999 this would write a gigabyte
        match = _DECIMAL.fullmatch(value) if isinstance(value, str) else None
        if match is None:
            raise self._wrong(name, 'an amount such as "12.50"')
        sign, whole, fraction = match.groups(default="")
        digits = exponent_of(currency)
        fraction = fraction.ljust(digits, "0")
        minor = divide_half_even(int(whole + fraction), 10 ** (len(fraction) - digits))
        if minor > AMOUNT_MINOR_MAX:
            raise self._wrong(name, "an amount that an order can be worth")
        return -minor if sign else minor

    def whole(self, name: str, default: int | None = None) -> int:
        """A whole number of provider units, also below zero."""
        value = self.values.get(name)
        value = default if value is None else value
        if type(value) is not int or abs(value) > AMOUNT_MINOR_MAX:
            raise self._wrong(name, "a whole number")
        return value

    def seconds(self, name: str, *, now: datetime) -> datetime:
        """A time in Unix seconds."""
        value = self.whole(name)
        written = datetime.fromtimestamp(value, UTC).isoformat() if 0 <= value < SECONDS_MAX else None
        return Fields({name: written}, self.path).moment(name, now=now)

    def gmt(self, name: str, *, now: datetime) -> datetime:
        """A time in UTC, whose offset may be missing."""
        value = self.values.get(name)
        if isinstance(value, str) and _WITHOUT_OFFSET.fullmatch(value):
            value = f"{value}Z"
        return Fields({name: value}, self.path).moment(name, now=now)

    def wrong(self, name: str, wanted: str) -> PayloadRefused:
        """The sentence about a field of the wrong kind."""
        return self._wrong(name, wanted)


def fields_of(document: dict[str, Any], path: str = "body") -> ShopFields:
    """The fields of a whole document."""
    return ShopFields(document, path)


def ranked(moment: datetime, rank: int) -> datetime:
    """A moment kept to the second, made later by `rank` microseconds.

    Shop systems keep whole seconds, and an order can be paid in the second it was made. The rank lets the later state win whichever
    came first, where only a hash would decide otherwise.
    """
    return moment + timedelta(microseconds=rank)
