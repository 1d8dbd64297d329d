"""Prices, percentages, weights, ranges and plain numbers, said as a person at a till says them."""

from __future__ import annotations

import re
from typing import Final

from avatar_pipeline.text.number_words import cardinal, counted, digits, number, ordinal, year
from avatar_pipeline.text.rule import Rule, rule

NUMBER: Final = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_BEFORE: Final = r"(?<![\w.,/])"
_DASH: Final = r"\s?[-–—]\s?"
_CURRENCIES: Final[dict[str, tuple[str, str, str, str]]] = {
    "$": ("dollar", "dollars", "cent", "cents"),
    "€": ("euro", "euros", "cent", "cents"),
    "£": ("pound", "pounds", "penny", "pence"),
    "¥": ("yen", "yen", "", ""),
    "₹": ("rupee", "rupees", "paisa", "paise"),
    "₩": ("won", "won", "", ""),
    "CHF": ("Swiss franc", "Swiss francs", "centime", "centimes"),
    "CNY": ("yuan", "yuan", "fen", "fen"),
    "CA$": ("Canadian dollar", "Canadian dollars", "cent", "cents"),
    "A$": ("Australian dollar", "Australian dollars", "cent", "cents"),
}
_CODES: Final = {
    "USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "INR": "₹", "KRW": "₩", "RMB": "CNY",
    "US$": "$", "CAD": "CA$", "C$": "CA$", "AUD": "A$", "AU$": "A$",
}  # fmt: skip
_LARGE: Final = {"k": "thousand", "m": "million", "bn": "billion", "b": "billion"}
SIGN: Final = r"(?:US|CA|AU|C|A)\$|[$€£¥₹₩]"
CODE: Final = r"(?:USD|EUR|GBP|JPY|INR|KRW|CHF|CNY|RMB|CAD|AUD)\b"
_UNITS: Final[dict[str, tuple[str, str]]] = {
    "kg": ("kilogram", "kilograms"), "g": ("gram", "grams"), "mg": ("milligram", "milligrams"), "lb": ("pound", "pounds"),
    "lbs": ("pound", "pounds"), "fl oz": ("fluid ounce", "fluid ounces"), "oz": ("ounce", "ounces"), "l": ("liter", "liters"),
    "ml": ("milliliter", "milliliters"), "cl": ("centiliter", "centiliters"), "km": ("kilometer", "kilometers"),
    "m": ("meter", "meters"), "cm": ("centimeter", "centimeters"), "mm": ("millimeter", "millimeters"), "ft": ("foot", "feet"),
    "mph": ("mile per hour", "miles per hour"), "km/h": ("kilometer per hour", "kilometers per hour"),
    "kwh": ("kilowatt hour", "kilowatt hours"),
    "w": ("watt", "watts"), "gb": ("gigabyte", "gigabytes"), "mb": ("megabyte", "megabytes"), "kcal": ("calorie", "calories"),
    "hrs": ("hour", "hours"), "hr": ("hour", "hours"), "min": ("minute", "minutes"), "mins": ("minute", "minutes"),
    "sec": ("second", "seconds"), "pcs": ("piece", "pieces"), "tsp": ("teaspoon", "teaspoons"),
    "tbsp": ("tablespoon", "tablespoons"), "°c": ("degree Celsius", "degrees Celsius"),
    "°f": ("degree Fahrenheit", "degrees Fahrenheit"), "°": ("degree", "degrees"),
}  # fmt: skip
_UNIT: Final = "|".join(re.escape(unit) for unit in sorted(_UNITS, key=len, reverse=True))
ATTRIBUTE: Final = re.compile(r"\b(?:an?|each|every|per)\s$", re.IGNORECASE)
_VULGAR: Final = {"½": "a half", "⅓": "a third", "⅔": "two thirds", "¼": "a quarter", "¾": "three quarters"}
_PARTS: Final = {2: "half", 3: "third", 4: "quarter", 5: "fifth", 8: "eighth", 10: "tenth"}


def money(sign: str, amount: str) -> str:
    """Say an amount of money: ("$", "4.50") is "four dollars and fifty cents", ("€", "0.80") is "eighty cents"."""
    one, many, small_one, small_many = _CURRENCIES[_CODES.get(sign, sign)]
    whole, _, part = amount.replace(",", "").partition(".")
    if len(part) not in (0, 2) or (part and not small_one):
        return counted(amount, one, many)
    cents = int(part or "0")
    large = counted(whole, one, many)
    small = f"{cardinal(cents)} {small_one if cents == 1 else small_many}"
    if not cents:
        return large
    return small if int(whole) == 0 else f"{large} and {small}"


def _say_money(match: re.Match[str]) -> str:
    sign, amount, large, per = match["sign"], match["amount"], match["large"], match["per"]
    minus = "minus " if match["minus"] else ""
    tail = f" per {_UNITS[per.lower()][0]}" if per else ""
    if large:
        name = _LARGE.get(large.strip().lower(), large.strip())
        return f"{minus}{number(amount)} {name} {_CURRENCIES[_CODES.get(sign, sign)][1]}{tail}"
    return f"{minus}{money(sign, amount)}{tail}"


def _say_money_range(match: re.Match[str]) -> str:
    return f"{money(match['sign'], match['low'])} to {money(match['sign'], match['high'])}"


def _say_percent(match: re.Match[str]) -> str:
    low = f"{number(match['low'])} to " if match["low"] else ""
    return f"{low}{number(match['high'])} percent"


def _say_unit(match: re.Match[str]) -> str:
    one, many = _UNITS[match["unit"].lower()]
    if ATTRIBUTE.search(match.string[: match.start()]):
        many = one  # "a 2.5 kg bag" is a two point five kilogram bag
    if match["low"]:
        return f"{number(match['low'])} {'by' if match['joint'].strip() in 'x×' else 'to'} {counted(match['high'], one, many)}"
    return counted(match["high"], one, many)


def _say_inches(match: re.Match[str]) -> str:
    first = f"{number(match[1])} by " if match[1] else ""
    return first + counted(match[2], "inch", "inches")


def _say_fraction(match: re.Match[str]) -> str | None:
    above, below = int(match[1]), int(match[2])
    if not 0 < above < below or below not in _PARTS:
        return None
    part = _PARTS[below]
    words = f"{'an' if part == 'eighth' else 'a'} {part}" if above == 1 else f"{cardinal(above)} {part}s"
    return f"{words} {_UNITS[match['unit'].lower()][0]}" if match["unit"] else words


def _say_vulgar(match: re.Match[str]) -> str:
    return f"{number(match[1])} and {_VULGAR[match[2]]}" if match[1] else _VULGAR[match[2]]


def _say_plain(match: re.Match[str]) -> str:
    written = match[0]
    if written.isdigit() and (len(written) > 6 or (len(written) > 1 and written[0] == "0")):
        return digits(written)
    if written.isdigit() and 1900 <= int(written) <= 2099:
        return year(int(written))
    return number(written)


RULES: Final[tuple[Rule, ...]] = (
    rule("money range", rf"(?<!\w)(?P<sign>{SIGN})\s?(?P<low>{NUMBER}){_DASH}(?:{SIGN})?(?P<high>{NUMBER})(?![\w%])", _say_money_range),
    rule(
        "money",
        rf"(?<![\w.])(?P<minus>[-−])?(?P<sign>{SIGN}|{CODE})\s?(?P<amount>{NUMBER})"
        rf"(?P<large>\s?(?:thousand|million|billion|bn|[kKmMbB])\b)?(?:\s?/\s?(?P<per>{_UNIT})\b)?",
        _say_money,
    ),
    rule(
        "money, sign last",
        rf"{_BEFORE}(?P<minus>[-−])?(?P<amount>{NUMBER})(?P<large>\s?(?:thousand|million|billion)\b)?\s?"
        rf"(?P<sign>[€£¥₹₩$]|{CODE})(?:\s?/\s?(?P<per>{_UNIT})\b)?(?![\d\w])",
        _say_money,
    ),
    rule("cents", rf"{_BEFORE}({NUMBER})\s?¢", lambda match: counted(match[1], "cent", "cents")),
    rule("percent", rf"{_BEFORE}(?:(?P<low>{NUMBER})%?{_DASH})?(?P<high>[-−+]?(?:{NUMBER}))\s?%", _say_percent),
    rule(
        "unit",
        rf"{_BEFORE}(?:(?P<low>{NUMBER})(?P<joint>{_DASH}|\s?[x×]\s?))?(?P<high>[-−]?(?:{NUMBER}))[\s-]?(?P<unit>{_UNIT})(?!\w)",
        _say_unit,
        re.IGNORECASE,
    ),
    rule("inches", rf"{_BEFORE}(?:({NUMBER})\s?[x×]\s?)?({NUMBER})\s?in(?=[.,;:!?)]|$)", _say_inches),
    rule("size", rf"{_BEFORE}({NUMBER})\s?[x×]\s?({NUMBER})(?!\w)", lambda match: f"{number(match[1])} by {number(match[2])}"),
    rule("vulgar fraction", r"(?<!\w)(\d+)?\s?([½⅓⅔¼¾])", _say_vulgar),
    rule("fraction", rf"(?<![\w/.])(\d{{1,2}})/(\d{{1,2}})(?:\s?(?P<unit>{_UNIT}))?(?![\w/])", _say_fraction),
    rule("times", rf"{_BEFORE}({NUMBER})\s?[x×](?!\w)", lambda match: f"{number(match[1])} times"),
    rule("range", rf"{_BEFORE}({NUMBER}){_DASH}({NUMBER})(?![\w-])", lambda match: f"{number(match[1])} to {number(match[2])}"),
    rule("ordinal", r"(?<!\w)(\d{1,6})(?:st|nd|rd|th)\b", lambda match: ordinal(int(match[1]))),
    rule("dotted number", r"(?<![\w.])\d+(?:\.\d+){2,}(?!\w)", lambda match: " point ".join(map(digits, match[0].split(".")))),
    rule("number", rf"(?<![\w.,])[-−]?(?:{NUMBER})(?!\w)", _say_plain),
)
