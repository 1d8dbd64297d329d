"""How amounts, rates, times and ids look to people: one place, so that every page says the same thing in the same way.

Amounts stay whole minor units until they are written; no float touches them. Times are shown in the shop's zone, with UTC beside.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache, lru_cache
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal, get_currency_symbol
from markupsafe import Markup, escape

from app.dashboard.language import _, language, locale_name
from app.dashboard.words import NAMES_OF_THEIR_OWN
from billing.currencies import exponent_of
from tenants.employee import EmployeeView
from tenants.identifiers import to_public

MINUS: Final = "\N{MINUS SIGN}"
NO_BREAK_SPACE: Final = "\N{NO-BREAK SPACE}"
MICROSECONDS_IN_MILLISECOND: Final = 1000
MINUTE_SECONDS: Final = 60
PLATFORM: Final = "platform"
HOUR_SECONDS: Final = 3600
DATES: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {"this_year": "d MMM", "short": "d MMM y", "day": "d MMMM y", "month": "LLLL y", "full": "EEEE, d MMMM y, HH:mm"},
    "zh": {"this_year": "M月d日", "short": "y年M月d日", "day": "y年M月d日", "month": "y年M月", "full": "y年M月d日EEEE HH:mm"},
}
"""How each language writes a day, in the locale library's letters."""


def amount_text(amount_minor: int, currency: str) -> str:
    """Write minor units as people read money: 126 USD -> "$1.26", with exactly the digits ISO 4217 gives the currency."""
    digits = exponent_of(currency)
    whole, part = divmod(abs(amount_minor), 10**digits)
    fraction = f".{part:0{digits}}" if digits else ""
    return f"{MINUS if amount_minor < 0 else ''}{_symbol(currency, locale_name())}{whole:,}{fraction}"


@cache
def _symbol(currency: str, locale: str) -> str:
    """What stands before an amount. Both languages we speak group by thousands with a comma and put the symbol first."""
    symbol = get_currency_symbol(currency, locale=locale)
    return f"{symbol}{NO_BREAK_SPACE}" if symbol[-1].isalpha() else symbol


def short_amount(amount_minor: int, currency: str) -> str:
    """Write a round amount for the scale of a chart, without digits that are all zero: "$40", "$0.50"."""
    text = amount_text(amount_minor, currency)
    digits = exponent_of(currency)
    return text[: -digits - 1] if digits and amount_minor % 10**digits == 0 else text


def money(amount_minor: int, currency: str) -> Markup:
    """The same as markup: right for a table cell, red below zero, the exact minor units kept for programs that read the page."""
    kind = "money money-negative" if amount_minor < 0 else "money"
    return Markup(f'<data class="{kind}" value="{amount_minor}">{escape(amount_text(amount_minor, currency))}</data>')  # noqa: S704


def rate_text(parts_per_million: int) -> str:
    """Write parts per million as a percentage: 82_500 -> "8.25 %"."""
    return f"{_percent_text(parts_per_million, locale_name())}{'%' if language() == 'zh' else f'{NO_BREAK_SPACE}%'}"


@lru_cache(maxsize=1_000)
def _percent_text(parts_per_million: int, locale: str) -> str:
    """A list of a hundred lines has few rates."""
    return str(format_decimal(Decimal(parts_per_million).scaleb(-4).normalize(), "0.####", locale=locale))


def count_text(count: int) -> str:
    """Write a count with its thousands set apart."""
    return str(format_decimal(count, locale=locale_name()))


def duration_text(duration_us: int) -> str:
    """Write microseconds in the unit a person would choose: "0.4 ms", "38 ms", "1.2 s"."""
    milliseconds = Decimal(duration_us) / MICROSECONDS_IN_MILLISECOND
    if milliseconds < 10:
        return f"{milliseconds:.1f}{NO_BREAK_SPACE}ms"
    if milliseconds < MICROSECONDS_IN_MILLISECOND:
        return f"{milliseconds:.0f}{NO_BREAK_SPACE}ms"
    return f"{milliseconds / MICROSECONDS_IN_MILLISECOND:.1f}{NO_BREAK_SPACE}s"


def work_time_text(duration_ms: int) -> str:
    """Write how long something worked in all: "12.3 s", "4 min 5 s", "31 h 20 min". The symbols are the same in every language."""
    seconds = duration_ms // 1000
    if seconds < MINUTE_SECONDS:
        return f"{Decimal(duration_ms) / 1000:.1f}{NO_BREAK_SPACE}s"
    parts = ((seconds // HOUR_SECONDS, "h"), (seconds % HOUR_SECONDS // MINUTE_SECONDS, "min"), (seconds % MINUTE_SECONDS, "s"))
    return " ".join(f"{count_text(number)}{NO_BREAK_SPACE}{unit}" for number, unit in (parts[:2] if seconds >= HOUR_SECONDS else parts[1:]))


def size_text(length_bytes: int) -> str:
    """Write a length: "812 bytes", "3.4 kB"."""
    if length_bytes < 1000:
        return _("%(count)s bytes", count=count_text(length_bytes))
    return f"{Decimal(length_bytes) / 1000:.1f}{NO_BREAK_SPACE}kB"


def words_of(name: str) -> str:
    """Turn a code name into words, in the reader's language where it is known (words.py): "set_aside" -> "Set aside"."""
    text = NAMES_OF_THEIR_OWN.get(name) or name.replace("_", " ").replace(".", " ").strip().capitalize()
    return _(text) if text else text


def account_name(account: str, people: Mapping[UUID, EmployeeView]) -> str:
    """Say a ledger account in words: "employee.<id>.earned.<payee>" -> "Amara, earned (payee)"; any other account by its own name.

    The platform's part needs no name of its own.
    """
    parts = account.split(".")
    if len(parts) >= 3 and parts[0] == "employee" and UUID(parts[1]) in people:
        payee = f" ({words_of(parts[3])})" if len(parts) == 4 and parts[3] != PLATFORM else ""
        return _("%(name)s, %(account)s%(payee)s", name=people[UUID(parts[1])].name, account=_(parts[2]), payee=payee)
    return words_of(account)


def public_id(prefix: str, identifier: UUID) -> str:
    """The id as it stands in an address: ord_..., cnv_..., emp_..."""
    return to_public(prefix, identifier)


@lru_cache(maxsize=2_000)
def _date_text(year: int, month: int, day: int, pattern: str, locale: str) -> str:
    """A list of a hundred lines names few days, and the locale library takes its time over each."""
    return str(format_date(date(year, month, day), pattern, locale=locale))


@dataclass(frozen=True)
class Clockface:
    """Times as one shop reads them: its zone, and the moment the page is made at."""

    zone: ZoneInfo
    now: datetime

    def moment(self, at: datetime) -> Markup:
        """Day and time in the shop's zone; today and this year are left out; UTC in the title."""
        return self._moment(at, _("Today"))

    def moment_within(self, at: datetime) -> Markup:
        """The same within a sentence: brought today, 07:56."""
        return self._moment(at, _("today"))

    def _moment(self, at: datetime, word_for_today: str) -> Markup:
        local, today = at.astimezone(self.zone), self.now.astimezone(self.zone).date()
        earlier = self._date(local, "this_year" if local.year == today.year else "short")
        day = word_for_today if local.date() == today else earlier
        return self._tag(at, _("%(day)s, %(clock)s", day=day, clock=self._clock(local)))

    def full(self, at: datetime) -> Markup:
        """Weekday, date and time in full: for the head of a page."""
        return self._tag(at, format_datetime(at.astimezone(self.zone), DATES[language()]["full"], locale=locale_name()))

    def clock(self, at: datetime) -> Markup:
        """Only the time of day."""
        return self._tag(at, self._clock(at.astimezone(self.zone)))

    def day(self, at: datetime | date) -> str:
        """A date: "20 November 2026"."""
        return self._date(at, "day")

    def short_day(self, at: date) -> str:
        """A date in a chart or a narrow column: "20 Nov"."""
        return self._date(at, "this_year")

    def month(self, at: datetime | date) -> str:
        """A month: "November 2026"."""
        return self._date(at, "month")

    def period(self, name: str) -> str:
        """A month by the name statements and bills have for it, "2026-11"."""
        return self.month(date.fromisoformat(f"{name}-01"))

    def _date(self, at: datetime | date, how: str) -> str:
        day = at.astimezone(self.zone) if isinstance(at, datetime) else at
        return _date_text(day.year, day.month, day.day, DATES[language()][how], locale_name())

    def _clock(self, local: datetime) -> str:
        return f"{local:%H:%M}"

    def _tag(self, at: datetime, text: str) -> Markup:
        utc = at.astimezone(UTC)
        return Markup(f'<time datetime="{utc.isoformat()}" title="{utc:%Y-%m-%d %H:%M:%S} UTC">{escape(text)}</time>')  # noqa: S704
