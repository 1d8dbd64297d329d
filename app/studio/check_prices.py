"""Holds the prices a film names against the price list its employee was taught. Pure: script and list go in, what differs comes out.

What is named together with a product must be that product's price; any other price must at least stand on the list. Amounts that are
no prices (ten dollars off, orders over fifty) are left alone.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from billing.currencies import exponent_of

SIGNS: Final[Mapping[str, frozenset[str]]] = {
    "$": frozenset({"USD", "CAD", "AUD", "NZD", "SGD", "HKD", "MXN"}), "€": frozenset({"EUR"}), "£": frozenset({"GBP"}),
    "¥": frozenset({"CNY", "JPY"}), "元": frozenset({"CNY"}), "円": frozenset({"JPY"}), "美元": frozenset({"USD"}),
    "欧元": frozenset({"EUR"}), "英镑": frozenset({"GBP"}), "日元": frozenset({"JPY"}), "港元": frozenset({"HKD"}),
    "ドル": frozenset({"USD"}), "ユーロ": frozenset({"EUR"}),
}  # fmt: skip
_AMOUNT: Final = re.compile(
    r"(?P<sign>[$€£¥￥])\s?(?P<first>\d{1,3}(?:,\d{3})+(?:\.\d{1,2})?|\d+(?:[.,]\d{1,2})?)"
    r"|(?P<second>\d{1,3}(?:,\d{3})+(?:\.\d{1,2})?|\d+(?:[.,]\d{1,2})?|[零〇一二两三四五六七八九十百千万点]{1,12})\s?"
    r"(?P<unit>€|£|美元|欧元|英镑|日元|港元|人民币|元|块|円|ドル|ユーロ|(?:USD|EUR|GBP|CAD|AUD|CNY|JPY|dollars?|euros?|pounds?)\b)"
)
_UNITS: Final = {"dollar": "$", "euro": "€", "pound": "£", "块": "元", "人民币": "元"}
_NO_PRICE_AFTER: Final = re.compile(
    r"\s*(?:(?:off|discount|less|credit|voucher|gift)\b|优惠|折扣|代金|红包|以上|以下|引き|割引|オフ|分のクーポン)", re.IGNORECASE
)
_NO_PRICE_BEFORE: Final = re.compile(
    r"(?:save|over|above|under|below|up to|spend|orders? (?:of|from)|[满减省立超]|超过|优惠|节省|低于|高于|最多)\s*$", re.IGNORECASE
)
_WORD: Final = re.compile(r"[a-z0-9]{2,}")
_UNSPACED: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]+")
_DIGITS: Final = {character: value for value, character in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_STEPS: Final = {"十": 10, "百": 100, "千": 1_000}


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
    named = [(said, amount, fits, about) for about, text in _texts(script) for said, amount, fits in _amounts(text)]
    wrong = [found for said, amount, fits, about in named if (found := _judged(said, amount, fits, _products(about, listed), listed))]
    return len(named), wrong


def _judged(
    said: str, amount: Decimal, fits: frozenset[str], about: list[ListedPrice], listed: Sequence[ListedPrice]
) -> PriceDiffers | None:
    if any(_minor(amount, one.currency) == one.price_minor for one in about or listed if one.currency in fits):
        return None
    one = about[0] if about else None
    return PriceDiffers(said, one.name if one else "", one.price_minor if one else None, one.currency if one else "")


def _texts(script: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], str]]:
    """What is said or shown, each piece with the words that may tell what it is about, the nearest first: its clause, then its sentence."""
    for scene in script.get("scenes", []):
        for sentence in re.split(r"(?<=[.!?])\s+|(?<=[。！？])\s*", scene.get("text", "")):
            for clause in re.split(r"(?<=[,;:])\s+|(?<=[，；：、])\s*", sentence):
                yield (clause, sentence), clause
        card = scene.get("product") or {}
        if card.get("price"):
            yield (card.get("title", ""),), card["price"]


def _amounts(text: str) -> Iterator[tuple[str, Decimal, frozenset[str]]]:
    for found in _AMOUNT.finditer(text):
        if _NO_PRICE_AFTER.match(text[found.end() :]) or _NO_PRICE_BEFORE.search(text[: found.start()]):
            continue
        number = found["first"] or found["second"]
        if not number.isascii():
            number = _in_figures(number)
            if not number:
                continue
        unit = (found["sign"] or "").replace("￥", "¥") or _UNITS.get(found["unit"].rstrip("s"), found["unit"])
        is_grouped = re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", number) is not None
        amount = Decimal(number.replace(",", "" if is_grouped else "."))
        yield found[0].strip(), amount, SIGNS.get(unit, frozenset({unit}))


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


def _in_figures(number: str) -> str:
    """A Chinese number in figures: "十二点五" -> "12.5"; "" for what is none."""
    whole, point, part = number.partition("点")
    if not any(one in _DIGITS or one == "十" for one in whole) or (point and not part) or any(one not in _DIGITS for one in part):
        return ""
    total = section = digit = 0
    for character in whole:
        if character == "万":
            total, section, digit = (total + section + digit) * 10_000, 0, 0
        elif character in _STEPS:
            section, digit = section + (digit or 1) * _STEPS[character], 0
        elif character in _DIGITS:
            digit = _DIGITS[character]
        else:
            return ""
    return f"{total + section + digit}" + (f".{''.join(str(_DIGITS[one]) for one in part)}" if part else "")


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
