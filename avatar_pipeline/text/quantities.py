"""Prices, percentages, weights, ranges and plain numbers, said as a person at a till says them."""

from __future__ import annotations

import re
from typing import Final

from avatar_pipeline.text.number_words import cardinal, counted, digits, number, ordinal, year
from avatar_pipeline.text.rule import Rule, rule

NUMBER: Final = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
MEASURED: Final = rf"\d+,\d{{1,2}}(?![\d,])|{NUMBER}"
"""A number that a unit follows: there a comma before one or two figures can only be a decimal comma."""
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
    "NZ$": ("New Zealand dollar", "New Zealand dollars", "cent", "cents"),
    "S$": ("Singapore dollar", "Singapore dollars", "cent", "cents"),
    "HK$": ("Hong Kong dollar", "Hong Kong dollars", "cent", "cents"),
    "A$": ("Australian dollar", "Australian dollars", "cent", "cents"),
}
_CODES: Final = {
    "USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "INR": "₹", "KRW": "₩", "RMB": "CNY",
    "US$": "$", "CAD": "CA$", "C$": "CA$", "AUD": "A$", "AU$": "A$",
}  # fmt: skip
_LARGE: Final = {"k": "thousand", "m": "million", "bn": "billion", "b": "billion"}
SIGN: Final = r"(?:US|CA|AU|NZ|HK|C|A|S)\$|[$€£¥₹₩]"
CODE: Final = r"(?:USD|EUR|GBP|JPY|INR|KRW|CHF|CNY|RMB|CAD|AUD)\b"
_UNITS: Final[dict[str, tuple[str, str]]] = {
    "kg": ("kilogram", "kilograms"), "g": ("gram", "grams"), "mg": ("milligram", "milligrams"), "lb": ("pound", "pounds"),
    "lbs": ("pound", "pounds"), "fl oz": ("fluid ounce", "fluid ounces"), "oz": ("ounce", "ounces"), "l": ("liter", "liters"),
    "ml": ("milliliter", "milliliters"), "cl": ("centiliter", "centiliters"), "km": ("kilometer", "kilometers"),
    "m": ("meter", "meters"), "cm": ("centimeter", "centimeters"), "mm": ("millimeter", "millimeters"), "ft": ("foot", "feet"),
    "mph": ("mile per hour", "miles per hour"), "km/h": ("kilometer per hour", "kilometers per hour"),
    "kwh": ("kilowatt hour", "kilowatt hours"),
    "w": ("watt", "watts"), "gb": ("gigabyte", "gigabytes"), "mb": ("megabyte", "megabytes"), "kcal": ("calorie", "calories"),
    "h": ("hour", "hours"), "hrs": ("hour", "hours"), "hr": ("hour", "hours"), "yr": ("year", "years"), "yrs": ("year", "years"),
    "wk": ("week", "weeks"), "wks": ("week", "weeks"), "sq ft": ("square foot", "square feet"), "gal": ("gallon", "gallons"),
    "kgs": ("kilogram", "kilograms"), "min": ("minute", "minutes"), "mins": ("minute", "minutes"),
    "sec": ("second", "seconds"), "pcs": ("piece", "pieces"), "tsp": ("teaspoon", "teaspoons"),
    "tbsp": ("tablespoon", "tablespoons"), "°c": ("degree Celsius", "degrees Celsius"),
    "°f": ("degree Fahrenheit", "degrees Fahrenheit"), "°": ("degree", "degrees"),
}  # fmt: skip
_UNIT: Final = "|".join(re.escape(unit) for unit in sorted(_UNITS, key=len, reverse=True))
_ARTICLE: Final = re.compile(r"\b(?:an?|each|every)\s$", re.IGNORECASE)
_POINTING: Final = re.compile(r"\b(?:the|this|that|our|your|my|its)\s$", re.IGNORECASE)
_NOUN_NEXT: Final = re.compile(r"\s(?!(?:of|for|and|or|per|in|on|at|to|with|is|are|was|from|each|you|we|that|it|by|as)\b)[a-z]")
_IDENTIFIED: Final = re.compile(
    r"\b(?:number|code|pin|id|ref|reference|invoice|ticket|serial|tracking|account)(?:\s(?:is|was))?[\s:]+$", re.IGNORECASE
)
_YEAR: Final = re.compile("(?:19|20)\\d\\d")
_AGED: Final = re.compile(r"(?<=yr)[\s-]olds?\b", re.IGNORECASE)
_RATED: Final = re.compile(r"\b(?:rated?|rating|scored?|scores?|marks?|review)\b[^.\d]{0,20}$", re.IGNORECASE)
_PER: Final = {"ea": "each", "mo": "per month", "pc": "per piece", "pers": "per person"}
_VULGAR: Final = {"½": "a half", "⅓": "a third", "⅔": "two thirds", "¼": "a quarter", "¾": "three quarters"}
_LIMITS: Final = {"~": "about", "≈": "about", "≥": "at least", "≤": "at most", "±": "plus or minus", "<": "under", ">": "over"}
_PARTS: Final = {2: "half", 3: "third", 4: "quarter", 5: "fifth", 8: "eighth", 10: "tenth"}


def is_attribute(match: re.Match[str]) -> bool:
    """Whether a measure tells what kind of thing follows, and so stays in the singular: "a 2.5 kg bag", "the 500 g bag"."""
    before, after = match.string[: match.start()], match.string[match.end() :]
    return bool(_ARTICLE.search(before) or (_POINTING.search(before) and _NOUN_NEXT.match(after)))


def _per(word: str | None) -> str:
    if not word:
        return ""
    known = _UNITS.get(word.lower())
    return f" per {known[0]}" if known else f" {_PER.get(word.lower(), f'per {word}')}"


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
    sign, amount, large, tail = match["sign"], match["amount"], match["large"], _per(match["per"])
    minus = "minus " if match["minus"] else ""
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
    if is_attribute(match) or _AGED.match(match.string, match.end()):
        many = one  # "a 2.5 kg bag" is a two point five kilogram bag
    if match["low"]:
        return f"{number(match['low'])} {'by' if match['joint'].strip() in 'x×' else 'to'} {counted(match['high'], one, many)}"
    return counted(match["high"], one, many)


def _say_inches(match: re.Match[str]) -> str:
    first = f"{number(match[1])} by " if match[1] else ""
    return first + counted(match[2], "inch", "inches")


def _say_fraction(match: re.Match[str]) -> str | None:
    above, below = int(match["above"]), int(match["below"])
    if not 0 < above < below or below not in _PARTS:
        return None
    part = _PARTS[below]
    words = f"{'an' if part == 'eighth' else 'a'} {part}" if above == 1 else f"{cardinal(above)} {part}s"
    if match["whole"]:
        words = f"{number(match['whole'])} and {words}"
    return f"{words} {_UNITS[match['unit'].lower()][bool(match['whole'])]}" if match["unit"] else words


def _say_marks(match: re.Match[str]) -> str | None:
    is_mark = "." in match[1] or match["stars"] or _RATED.search(match.string[: match.start()])
    return f"{number(match[1])} out of {number(match[2])}{match['stars'] or ''}" if is_mark else None


def _say_stars(match: re.Match[str]) -> str:
    return f"{number(match[1])} star{match['noun']}" if match["noun"] else counted(match[1], "star", "stars")


def _say_range(match: re.Match[str]) -> str:
    low, high = match[1], match[2]
    say = year if _YEAR.fullmatch(low) and _YEAR.fullmatch(high) and low < high else cardinal
    return f"{say(int(low))} to {say(int(high))}" if low.isdigit() and high.isdigit() else f"{number(low)} to {number(high)}"


def _say_vulgar(match: re.Match[str]) -> str:
    return f"{number(match[1])} and {_VULGAR[match[2]]}" if match[1] else _VULGAR[match[2]]


def _say_foot_and_inch(match: re.Match[str]) -> str:
    feet, inches = int(match[1]), cardinal(int(match[2]))
    return f"{cardinal(feet)} foot {inches}"


def _is_quoted(before: str) -> bool:
    """Whether a quotation is open after this text. A quotation mark behind a figure opens none: it is an inch, or closes one."""
    is_open = False
    for place, sign in enumerate(before):
        if sign == '"' and (is_open or not before[place - 1 : place].isdigit()):
            is_open = not is_open
    return is_open


def _say_inch_sign(match: re.Match[str]) -> str | None:
    if match[0].endswith('"') and _is_quoted(match.string[: match.start()]):
        return None  # the end of a quotation
    return f"{number(match[1])} inch" if is_attribute(match) else counted(match[1], "inch", "inches")


def _say_part(figures: str) -> str:
    """A part of a version: 18 in 18.2.1 is "eighteen", 05 "zero five"."""
    return digits(figures) if len(figures) > 2 or (len(figures) > 1 and figures[0] == "0") else cardinal(int(figures))


def _say_plain(match: re.Match[str]) -> str:
    written = match[0]
    if written.isdigit() and len(written) > 3 and _IDENTIFIED.search(match.string[: match.start()]):
        return digits(written)
    if written.isdigit() and (len(written) > 6 or (len(written) > 1 and written[0] == "0")):
        return digits(written)
    if written.isdigit() and 1900 <= int(written) <= 2099:
        return year(int(written))
    return number(written)


_POINT: Final = r"(?:\.(?=\s(?-i:[a-z])))?"  # of "2 lb. bag", which ends no sentence
_AND_PER: Final = rf"(?:\s?/\s?(?P<per>{_UNIT}|[a-z]+)\b)?"
_ODDS: Final = r"(?:[.,][-–—](?![\w]))?"  # "5.-" is five and nothing odd

RULES: Final[tuple[Rule, ...]] = (
    rule("money range", rf"(?<!\w)(?P<sign>{SIGN})\s?(?P<low>{NUMBER}){_DASH}(?:{SIGN})?(?P<high>{NUMBER})(?![\w%])", _say_money_range),
    rule(
        "money",
        rf"(?<![\w.])(?P<minus>[-−])?(?P<sign>{SIGN}|{CODE})\s?(?P<amount>{NUMBER})"
        rf"(?P<large>\s?(?:thousand|million|billion|bn|[kKmMbB])\b)?{_ODDS}{_AND_PER}",
        _say_money,
    ),
    rule(
        "money, sign last",
        rf"{_BEFORE}(?P<minus>[-−])?(?P<amount>{NUMBER})(?P<large>\s?(?:thousand|million|billion)\b)?\s?"
        rf"(?P<sign>[€£¥₹₩$]|{CODE}){_AND_PER}(?![\d\w])",
        _say_money,
    ),
    rule("cents", rf"{_BEFORE}({NUMBER})\s?¢", lambda match: counted(match[1], "cent", "cents")),
    rule("percent", rf"{_BEFORE}(?:(?P<low>{MEASURED})%?{_DASH})?(?P<high>[-−+]?(?:{MEASURED}))\s?%", _say_percent),
    rule(
        "unit",
        rf"(?:{_BEFORE}|(?<=[A-Za-z]/))(?:(?P<low>{MEASURED})(?P<joint>{_DASH}|\s?[x×]\s?))?(?P<high>[-−]?(?:{MEASURED}))[\s-]?(?P<unit>{_UNIT})(?!\w){_POINT}",
        _say_unit,
        re.IGNORECASE,
    ),
    rule("foot and inch", r"(?<!\w)(\d)['’′]\s?(\d{1,2})(?:[\"”″]|'')", _say_foot_and_inch),
    rule(
        "foot sign",
        rf"{_BEFORE}({NUMBER})(?:′(?!\d)|['’](?=\s(?:long|wide|tall|high|deep|x|×|by)\b))",
        lambda match: counted(match[1], "foot", "feet"),
    ),
    rule(
        "inches each way",
        rf"{_BEFORE}({NUMBER})\s?[\"″]\s?[x×]\s?({NUMBER})\s?[\"″]",
        lambda match: f"{number(match[1])} by {number(match[2])} inches",
    ),
    rule("inch sign", rf"{_BEFORE}({NUMBER})\s?[\"″](?!\w)", _say_inch_sign),
    rule("inches", rf"{_BEFORE}(?:({NUMBER})\s?[x×]\s?)?({NUMBER})\s?in(?=[.,;:!?)]|$){_POINT}", _say_inches),
    rule("size", rf"{_BEFORE}({NUMBER})\s?[x×]\s?({NUMBER})(?!\w)", lambda match: f"{number(match[1])} by {number(match[2])}"),
    rule("stars", rf"{_BEFORE}({NUMBER})\s?[★⭐](?P<noun>\s[a-z])?", _say_stars),
    rule("round price", rf"{_BEFORE}(\d+)[.,][-–—](?!\w)", lambda match: number(match[1])),
    rule("per second", r"(?<=[A-Za-z])/s\b", lambda _: " per second"),
    rule("how often", r"(?<!\w)[x×](\d{1,3})(?![\w.])", lambda match: f"times {cardinal(int(match[1]))}"),
    rule("marks", rf"{_BEFORE}(\d+(?:\.\d+)?)/(\d{{1,3}})(?![\w/])(?P<stars>\s(?:stars?|points?)\b)?", _say_marks),
    rule("ratio", r"(?<![\w.,:/])(\d{1,3}):(\d)(?![\w:])", lambda match: f"{number(match[1])} to {number(match[2])}"),
    rule("sign before a number", r"(?<![\w~<>])([~≈≥≤±<>])\s?(?=\d)", lambda match: f"{_LIMITS[match[1]]} "),
    rule("and more", r"(?<=[\w+%])\+(?!\w)", lambda _: " plus"),
    rule("vulgar fraction", r"(?<!\w)(\d+)?\s?([½⅓⅔¼¾])", _say_vulgar),
    rule(
        "fraction",
        rf"(?<![\w/.])(?:(?P<whole>\d{{1,3}})[\s-])?(?P<above>\d{{1,2}})/(?P<below>\d{{1,2}})(?:\s?(?P<unit>{_UNIT}))?(?![\w/])",
        _say_fraction,
    ),
    rule("times", rf"{_BEFORE}({NUMBER})\s?[x×](?!\w)", lambda match: f"{number(match[1])} times"),
    rule("range", rf"{_BEFORE}({NUMBER}){_DASH}({NUMBER})(?![\w-])", _say_range),
    rule("ordinal", r"(?<!\w)(\d{1,6})(?:st|nd|rd|th)\b", lambda match: ordinal(int(match[1]))),
    rule("dotted number", r"(?<![\w.])\d+(?:\.\d+){2,}(?!\w)", lambda match: " point ".join(map(_say_part, match[0].split(".")))),
    rule("number", rf"(?<![\w.,])[-−]?(?:{NUMBER})(?!\w)", _say_plain),
)
