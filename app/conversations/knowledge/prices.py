"""Prices as whole minor units: read from the many ways people write them, and said again without ever becoming a float."""

import re
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from babel.numbers import format_currency, get_currency_precision, list_currencies

_SIGNS = {"$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY", "円": "JPY", "元": "CNY", "₩": "KRW", "₹": "INR", "CHF": "CHF", "US$": "USD"}
_PER = re.compile(
    r"^(?P<price>.*?\d.*?)\s*(?:/|\b(?:per|pro|par|je|por)\b|每)\s*(?P<unit>(?:\d+(?:[.,]\d+)?\s*)?[^\W\d_][\w²³ ]{0,20})$", re.IGNORECASE
)
_UNIT_LEAD = re.compile(r"^\s*(?:/|(?:per|pro|par|je|por|an?)\b|每)\s*", re.IGNORECASE)
_PIECES = {"each", "piece", "pieces", "pc", "pcs", "item", "unit", "ea", "st", "stück", "pièce", "个", "件", "個", "1"}
UNIT_LENGTH_MAX = 24
_NUMBER = re.compile(r"\d[\d.,' \u00a0\u202f]*\d|\d")
PRICE_MINOR_MAX = 10**12


class PriceUnreadable(ValueError):
    """The cell does not hold one price."""


def read_price(text: str, currency: str | None) -> tuple[int, str]:
    """Read "$4.50", "4,50 €", "1.200,00" or "480円" as (minor units, ISO currency). Raises PriceUnreadable with the reason."""
    found = _NUMBER.findall(text)
    if len(found) != 1 or "-" in text:
        raise PriceUnreadable(f'"{text[:40]}" is not one price')
    code = currency or currency_in(text)
    if code is None:
        raise PriceUnreadable(f'"{text[:40]}" has no currency')
    exponent = get_currency_precision(code)
    try:
        amount = Decimal(_plain(found[0], exponent)).scaleb(exponent)
    except InvalidOperation:
        raise PriceUnreadable(f'"{text[:40]}" is not a number') from None
    if amount != amount.to_integral_value():
        raise PriceUnreadable(f'"{text[:40]}" has more decimals than {code} has')
    if amount > PRICE_MINOR_MAX:
        raise PriceUnreadable(f'"{text[:40]}" is too large')
    return int(amount), code


def currency_in(text: str) -> str | None:
    """Find an ISO code or a currency sign in a text; None when there is none."""
    for word in re.findall(r"[A-Za-z]{3}", text):
        if word.upper() in _currencies():
            return str(word.upper())
    for sign in sorted(_SIGNS, key=len, reverse=True):
        if sign in text:
            return _SIGNS[sign]
    return None


def split_unit(text: str) -> tuple[str, str]:
    """Divide "$4.50 / 100 g" into the price and what it is for ("100 g"); the unit is empty when none is said."""
    found = _PER.match(text.strip())
    return (found["price"], unit_of(found["unit"])) if found else (text, "")


def unit_of(text: str) -> str:
    """A unit cell as it is said after "per": "per kg" -> "kg". One piece is what a price is for anyway, so it gives ""."""
    unit = _UNIT_LEAD.sub("", text).strip(" .")[:UNIT_LENGTH_MAX]
    return "" if unit.casefold() in _PIECES else unit


def say_price(amount_minor: int, currency: str, language: str = "en") -> str:
    """Write a price for people: "$4.50", "¥480", "€12"; in Chinese the yuan is the ¥ ("¥12.60"), elsewhere the yen."""
    exponent = get_currency_precision(currency)
    locale = "zh_CN" if (language, currency) == ("zh", "CNY") else "en_US"
    return format_currency(Decimal(amount_minor).scaleb(-exponent), currency, locale=locale)


@lru_cache(maxsize=1)
def _currencies() -> frozenset[str]:
    return frozenset(list_currencies(locale="en"))


def _plain(number: str, exponent: int) -> str:
    """Decide which mark is the decimal one: the last of two kinds, or a single one not followed by three digits."""
    digits = re.sub(r"[' \u00a0\u202f]", "", number)
    last = max(digits.rfind("."), digits.rfind(","))
    if last < 0:
        return digits
    mark, other = digits[last], "," if digits[last] == "." else "."
    after = len(digits) - last - 1
    is_grouping = digits.count(mark) > 1 or (other not in digits and after == 3 and exponent != 3)
    whole, fraction = (digits, "") if is_grouping else (digits[:last], digits[last + 1 :])
    return f"{whole.replace('.', '').replace(',', '')}.{fraction or '0'}"
