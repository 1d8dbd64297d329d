"""What shops beyond the English-speaking ones write: decimal commas, thousands with points or spaces; and measures written with signs.

A comma before exactly two last figures is a decimal comma, whatever the currency; three figures after a point are thousands of euros,
for no price has three decimals. A space parts thousands only beside a currency: elsewhere it may be a telephone number.
"""

from __future__ import annotations

import re
from typing import Final

from avatar_pipeline.text.number_words import cardinal, counted, digits, number
from avatar_pipeline.text.quantities import CODE, MEASURED, SIGN, is_attribute, money
from avatar_pipeline.text.rule import Rule, rule

_AMOUNT: Final = r"\d{1,3}(?:[. ]\d{3})+(?:,\d{2})?|\d+,\d{2}"
_SQUARES: Final = {
    "mm": "millimeter", "cm": "centimeter", "m": "meter", "km": "kilometer", "ft": "foot", "in": "inch", "mi": "mile",
}  # fmt: skip
_IRREGULAR: Final = {"foot": "feet", "inch": "inches"}
_CASED_UNITS: Final = {
    "V": ("volt", "volts"), "kW": ("kilowatt", "kilowatts"), "Wh": ("watt hour", "watt hours"), "mAh": ("milliamp hour", "milliamp hours"),
    "Hz": ("hertz", "hertz"), "kHz": ("kilohertz", "kilohertz"), "MHz": ("megahertz", "megahertz"), "GHz": ("gigahertz", "gigahertz"),
    "dB": ("decibel", "decibels"), "TB": ("terabyte", "terabytes"), "kB": ("kilobyte", "kilobytes"), "lm": ("lumen", "lumens"),
    "rpm": ("turn per minute", "turns per minute"), "kPa": ("kilopascal", "kilopascals"), "ha": ("hectare", "hectares"),
}  # fmt: skip
_CASED: Final = "|".join(sorted(_CASED_UNITS, key=len, reverse=True))
_BEFORE: Final = r"(?<![\w.,/])"


def _say_money(match: re.Match[str]) -> str | None:
    amount = re.sub(r"[. ]", "", match["amount"]).replace(",", ".")
    if " " not in match["amount"] and "," not in match["amount"] and match["sign"] not in ("€", "EUR", "CHF"):
        return None  # $1.234 is no amount of dollars anybody writes; leave it to the plain rules
    return f"{'minus ' if match['minus'] else ''}{money(match['sign'], amount)}"


def _say_area(match: re.Match[str]) -> str:
    one = _SQUARES[match["unit"].lower()]
    power = "square" if match["power"] == "²" else "cubic"
    return counted(match["amount"], f"{power} {one}", f"{power} {_IRREGULAR.get(one, one + 's')}")


def _say_cased(match: re.Match[str]) -> str:
    one, many = _CASED_UNITS[match["unit"]]
    return counted(match["amount"], one, one if is_attribute(match) else many)  # "a 12 V battery" is a twelve volt battery


def _say_decade(match: re.Match[str]) -> str | None:
    century, tens = match["century"], int(match["tens"])
    if tens == 10:
        return None  # nobody says "the tenties"
    if (century, tens) == ("20", 0):
        return "two thousands"
    decade = f"{cardinal(tens)[:-1]}ies" if tens else "hundreds"
    return f"{cardinal(int(century))} {decade}" if century else decade


RULES: Final[tuple[Rule, ...]] = (
    rule(
        "decimal comma, sign first",
        rf"(?<![\w.])(?P<minus>[-−])?(?P<sign>{SIGN}|{CODE})\s?(?P<amount>{_AMOUNT})(?![\d,.]*\d)",
        _say_money,
    ),
    rule(
        "decimal comma, sign last",
        rf"{_BEFORE}(?P<minus>[-−])?(?P<amount>{_AMOUNT})\s?(?P<sign>[€£¥₹₩$]|{CODE})(?![\d\w])",
        _say_money,
    ),
    rule("area", rf"{_BEFORE}(?P<amount>{MEASURED})\s?(?P<unit>{'|'.join(_SQUARES)})(?P<power>[²³])", _say_area, re.IGNORECASE),
    rule("cased unit", rf"{_BEFORE}(?P<amount>{MEASURED})\s?(?P<unit>{_CASED})(?!\w)", _say_cased),
    rule("decade", r"(?:(?<=[Tt]he )|(?<![\w.,/-])(?=\d{4}))['’]?(?P<century>1[0-9]|2[01])?(?P<tens>\d0)s\b", _say_decade),
    rule("halves", rf"{_BEFORE}(50)/50(?![\w/])", lambda match: f"{number(match[1])} {number(match[1])}"),
    rule("spaced number", r"(?<![\w.,-])0\d{1,5}(?: \d{2,7}){1,4}(?![\w.,]*\d)", lambda match: ", ".join(map(digits, match[0].split()))),
    rule("hyphened number", r"(?<![\w-])\d{1,6}(?:-\d{1,7}){2,5}(?![\w-])", lambda match: ", ".join(map(digits, match[0].split("-")))),
)
