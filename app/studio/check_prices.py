"""Holds the prices a film names against the price list its employee was taught. Pure: script and list go in, what differs comes out.

What is named together with a product must be that product's price; any other price must at least stand on the list. Amounts that are
no prices (ten dollars off, orders over fifty) are left alone.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from app.studio.spoken_numbers import CHINESE, ENGLISH, in_figures
from billing.currencies import exponent_of

SIGNS: Final[Mapping[str, frozenset[str]]] = {
    "$": frozenset({"USD", "CAD", "AUD", "NZD", "SGD", "HKD", "MXN"}), "€": frozenset({"EUR"}), "£": frozenset({"GBP"}),
    "¥": frozenset({"CNY", "JPY"}), "元": frozenset({"CNY"}), "円": frozenset({"JPY"}), "美元": frozenset({"USD"}),
    "欧元": frozenset({"EUR"}), "英镑": frozenset({"GBP"}), "日元": frozenset({"JPY"}), "港元": frozenset({"HKD"}),
    "ドル": frozenset({"USD"}), "ユーロ": frozenset({"EUR"}),
}  # fmt: skip
_FIGURES: Final = r"\d{1,3}(?:,\d{3})+(?:\.\d{1,2})?|\d+(?:[.,]\d{1,2})?"
_AMOUNT: Final = re.compile(
    rf"(?P<sign>[$€£¥￥])\s?(?P<first>{_FIGURES})"
    rf"|(?P<second>{_FIGURES}|{CHINESE}|{ENGLISH})\s?"
    r"(?P<unit>€|£|美元|欧元|英镑|日元|港元|人民币|元|块|円|ドル|ユーロ|(?:USD|EUR|GBP|CAD|AUD|CNY|JPY|dollars?|euros?|pounds?)\b)"
    rf"(?:\s(?:and\s)?(?P<small>\d\d|{ENGLISH})(?:\s(?:cents?|pence)\b|(?=\s*(?:[.,;:!?]|$|a\b|each\b|per\b))))?",
    re.IGNORECASE,
)
_UNSIGNED: Final = re.compile(
    r"\b(?:(?:costs?|priced at|price (?:is|of))(?: you)?(?: only| just)?\s(?P<whole>\d+(?:[.,]\d\d)?)"
    r"|(?:only|just|now)\s(?P<exact>\d+[.,]\d\d)|for\s(?P<late>\d+[.,][6-9]\d))"  # for 9.30 may be a time, for 9.90 is none
    r"(?![\d%]|[.,]\d|\s?(?:%|percent\b|times\b|[kmcd]?[glm]\b|[ap]\.?m\b|[$€£¥￥]|(?:USD|EUR|GBP|CAD|AUD|CNY|JPY|dollars?|euros?|pounds?)\b))",
    re.IGNORECASE,
)
"""A price without its currency, where the words before leave no doubt."""
_BARE: Final = re.compile(_FIGURES)
_UNITS: Final = {"dollar": "$", "euro": "€", "pound": "£", "块": "元", "人民币": "元"}
_NO_PRICE_AFTER: Final = re.compile(
    r"\s*(?:(?:off|discount|less|credit|voucher|gift)\b|优惠|折扣|代金|红包|以上|以下|引き|割引|オフ|分のクーポン)", re.IGNORECASE
)
_NO_PRICE_BEFORE: Final = re.compile(
    r"(?:save|over|above|under|below|up to|spend|orders? (?:of|from)|[满减省立超]|超过|优惠|节省|低于|高于|最多)\s*$", re.IGNORECASE
)
_WORD: Final = re.compile(r"[a-z0-9]{2,}")
_UNSPACED: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]+")


@dataclass(frozen=True)
class ListedPrice:
    """A product of the list and its price in the currency's smallest unit."""

    name: str
    price_minor: int
    currency: str


@dataclass(frozen=True)
class PriceDiffers:
    """A price as the film says it, the product it was said of ("" when it stands on no line), and what the list says."""

    said: str
    product: str
    listed_minor: int | None
    currency: str


def prices_that_differ(script: Mapping[str, Any], listed: Sequence[ListedPrice]) -> tuple[int, list[PriceDiffers]]:
    """How many prices the film names, and those that the list does not bear out."""
    named = [(said, amount, fits, about) for about, text, priced in _texts(script) for said, amount, fits in _amounts(text, priced)]
    wrong = [found for said, amount, fits, about in named if (found := _judged(said, amount, fits, _products(about, listed), listed))]
    return len(named), wrong


def _judged(
    said: str, amount: Decimal, fits: frozenset[str] | None, about: list[ListedPrice], listed: Sequence[ListedPrice]
) -> PriceDiffers | None:
    if any(_minor(amount, one.currency) == one.price_minor for one in about or listed if fits is None or one.currency in fits):
        return None
    one = about[0] if about else None
    return PriceDiffers(said, one.name if one else "", one.price_minor if one else None, one.currency if one else "")


def _texts(script: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], str, re.Pattern[str]]]:
    """What is said or shown, each piece with the words that may tell what it is about, the nearest first: its clause, then its sentence;
    and how a price without a currency looks there."""
    for scene in script.get("scenes", []):
        for sentence in re.split(r"(?<=[.!?])\s+|(?<=[。！？])\s*", scene.get("text", "")):
            for clause in re.split(r"(?<=[,;:])\s+|(?<=[，；：、])\s*", sentence):
                yield (clause, sentence), clause, _UNSIGNED
        card = scene.get("product") or {}
        if card.get("price"):
            yield (card.get("title", ""),), card["price"], _BARE


def _amounts(text: str, priced: re.Pattern[str]) -> Iterator[tuple[str, Decimal, frozenset[str] | None]]:
    """Each amount as written, its value, and the currencies it may be in; None where no currency is named, for it may be any."""
    for found in _AMOUNT.finditer(text):
        number = in_figures(found["first"] or found["second"])
        if not number or _is_no_price(text, found.start(), found.end()):
            continue
        unit = (found["sign"] or "").replace("￥", "¥") or found["unit"]
        small = in_figures(found["small"]) if found["small"] else ""
        yield (
            found[0].strip(),
            _value(number) + Decimal(small or 0) / 100,
            SIGNS.get(_UNITS.get(unit.lower().rstrip("s"), unit.upper()), frozenset({unit.upper()})),
        )
    for found in priced.finditer(_AMOUNT.sub(lambda amount: "\n" * len(amount[0]), text)):
        said = next((one for one in found.groups() if one), found[0])
        if not _is_no_price(text, found.start(), found.end()):
            yield said, _value(said), None


def _is_no_price(text: str, start: int, end: int) -> bool:
    return _NO_PRICE_AFTER.match(text[end:]) is not None or _NO_PRICE_BEFORE.search(text[:start]) is not None


def _value(number: str) -> Decimal:
    is_grouped = re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", number) is not None
    return Decimal(number.replace(",", "" if is_grouped else "."))


def _products(about: Sequence[str], listed: Sequence[ListedPrice]) -> list[ListedPrice]:
    """The listed products that the nearest words name: by all words of the name, or by a last word no other product has."""
    for text in about:
        said = set(_words(_AMOUNT.sub(" ", text)))
        found = [(len(words), one) for one in listed if (words := _words(one.name)) and _is_named(words, said, listed)]
        found += [(len(one.name), one) for one in listed if _UNSPACED.search(one.name) and one.name in text]
        most = max((count for count, _ in found), default=0)
        if found:
            return [one for count, one in found if count == most]
    return []


def _is_named(words: list[str], said: set[str], listed: Sequence[ListedPrice]) -> bool:
    if set(words) <= said:
        return True
    last = next((word for word in reversed(words) if not word.isdigit()), "")  # "80 g" names no almonds
    return last in said and sum(last in _words(one.name) for one in listed) == 1


def _words(text: str) -> list[str]:
    return [word.removesuffix("s") for word in _WORD.findall(text.lower())]


def _minor(amount: Decimal, currency: str) -> int | None:
    exact = amount.scaleb(exponent_of(currency))
    return int(exact) if exact == exact.to_integral_value() else None
