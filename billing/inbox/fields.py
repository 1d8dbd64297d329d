"""Takes typed values out of a payload, and says in one sentence which field is wrong and how to write it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from billing.errors import AmountUnreadable, PayloadRefused
from billing.money import parse_amount
from tenants.identifiers import PublicIdUnreadable, from_public

TEXT_LENGTH_MAX: Final = 200
YEAR_MIN: Final = 2000
FUTURE_MAX: Final = timedelta(days=1)


@dataclass(frozen=True)
class Fields:
    """One object of a payload, and where in the payload it stands."""

    values: Mapping[str, Any]
    path: str = "data"

    def text(self, name: str) -> str:
        """A required string of 1 to 200 printable characters."""
        value = self.values.get(name)
        if not isinstance(value, str) or not 0 < len(value) <= TEXT_LENGTH_MAX or not value.isprintable():
            raise self._wrong(name, f"a text of 1 to {TEXT_LENGTH_MAX} printable characters")
        return value

    def text_or_none(self, name: str) -> str | None:
        """The string, or None where the field is absent or null."""
        return None if self.values.get(name) is None else self.text(name)

    def one_of(self, name: str, allowed: tuple[str, ...], default: str | None = None) -> str:
        """One of a few words."""
        value = self.values.get(name, default)
        if not isinstance(value, str) or value not in allowed:
            raise self._wrong(name, f"one of {', '.join(allowed)}")
        return value

    def flag(self, name: str) -> bool:
        """true or false; absent is false."""
        value = self.values.get(name, False)
        if not isinstance(value, bool):
            raise self._wrong(name, "true or false")
        return value

    def count(self, name: str, default: int) -> int:
        """A whole number from 0 to a million."""
        value = self.values.get(name, default)
        if type(value) is not int or not 0 <= value <= 1_000_000:
            raise self._wrong(name, "a whole number from 0 to 1000000")
        return value

    def moment(self, name: str, *, now: datetime) -> datetime:
        """A required time with its offset, such as 2026-11-20T09:30:00Z, not before 2000 and not beyond tomorrow."""
        value = self.values.get(name)
        try:
            moment = datetime.fromisoformat(value) if isinstance(value, str) else None
        except ValueError:
            moment = None
        if moment is None or moment.utcoffset() is None:
            raise self._wrong(name, "a time with its offset, such as 2026-11-20T09:30:00Z")
        if moment.year < YEAR_MIN or moment > now + FUTURE_MAX:
            raise self._wrong(name, "a time between the year 2000 and tomorrow")
        return moment.astimezone(UTC)

    def moment_or_none(self, name: str, *, now: datetime) -> datetime | None:
        """The time, or None where the field is absent or null."""
        return None if self.values.get(name) is None else self.moment(name, now=now)

    def amount(self, name: str, currency: str, default: str | None = None) -> int:
        """Minor units of an amount of zero or more, written as a string such as "12.50"."""
        value = self.values.get(name, default)
        try:
            amount_minor = parse_amount(value, currency)
        except AmountUnreadable as error:
            raise PayloadRefused(f"{self.path}.{name}: {error}") from error
        if amount_minor < 0:
            raise self._wrong(name, "an amount of zero or more")
        return amount_minor

    def part(self, name: str) -> "Fields":
        """A nested object; absent is empty."""
        value = self.values.get(name)
        if value is None:
            value = {}
        if not isinstance(value, dict):
            raise self._wrong(name, "an object")
        return Fields(value, f"{self.path}.{name}")

    def parts(self, name: str, *, at_most: int) -> list["Fields"]:
        """A list of objects; absent is empty."""
        values = self._list(name, at_most)
        if not all(isinstance(value, dict) for value in values):
            raise self._wrong(name, "a list of objects")
        return [Fields(value, f"{self.path}.{name}[{number}]") for number, value in enumerate(values)]

    def texts(self, name: str, *, at_most: int) -> tuple[str, ...]:
        """A list of strings; absent is empty."""
        values = self._list(name, at_most)
        return tuple(Fields({"item": value}, f"{self.path}.{name}").text("item") for value in values)

    def mark(self, name: str, prefix: str) -> tuple[UUID | None, str | None]:
        """An id of ours that travelled through the shop, as UUID or with its prefix; (None, note) when it came back unreadable.

        A spoilt mark must not cost the shop its order, so it is a note beside the order and not an error.
        """
        value = self.values.get(name)
        if value is None or value == "":
            return None, None
        if isinstance(value, str) and len(value) <= TEXT_LENGTH_MAX:
            try:
                return (from_public(prefix, value) if value.startswith(f"{prefix}_") else UUID(value)), None
            except (PublicIdUnreadable, ValueError):
                pass
        return None, f"{self.path}.{name} is not an id of ours."

    def _list(self, name: str, at_most: int) -> list[Any]:
        value = self.values.get(name)
        if value is None:
            return []
        if not isinstance(value, list) or len(value) > at_most:
            raise self._wrong(name, f"a list of at most {at_most}")
        return value

    def _wrong(self, name: str, wanted: str) -> PayloadRefused:
        found = "missing" if name not in self.values else repr(self.values[name])[:40]
        return PayloadRefused(f"{self.path}.{name} must be {wanted}; it is {found}.")
