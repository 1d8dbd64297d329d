"""Coupon codes, web and mail addresses, telephone numbers, titles and single signs."""

from __future__ import annotations

import re
from typing import Final

from avatar_pipeline.text.number_words import digits, number
from avatar_pipeline.text.rule import Rule, rule

_TITLES: Final = {"Mr": "Mister", "Mrs": "Missus", "Ms": "Miz", "Dr": "Doctor", "Prof": "Professor", "St": "Saint", "Mt": "Mount"}
_SHORT: Final = {
    "e.g.": "for example", "i.e.": "that is", "etc.": "et cetera", "vs.": "versus", "approx.": "approximately", "incl.": "including",
    "excl.": "excluding", "w/o": "without", "w/": "with", "c/o": "care of", "qty.": "quantity", "Ave.": "Avenue", "Blvd.": "Boulevard",
    "Rd.": "Road", "Ln.": "Lane", "Sq.": "Square", "Hwy.": "Highway",
    "Min.": "Minimum", "min.": "minimum", "Max.": "Maximum", "max.": "maximum", "Tel.": "telephone", "ext.": "extension",
}  # fmt: skip
_SIGNS: Final = {
    "&": "and", "@": "at", "+": "plus", "=": "equals", "×": "times", "→": "to", "≈": "about", "≤": "at most", "≥": "at least",
    "%": "percent", "€": "euro", "$": "dollar", "£": "pound", "°": "degrees", "™": "", "®": "", "©": "", "•": "",
}  # fmt: skip


def spell(code: str) -> str:
    """Say a code sign by sign, with a short pause at each hyphen: "7Q-2F" is "seven Q, two F"."""
    groups = [group for group in re.split(r"[-_ ]+", code) if group]
    return ", ".join(" ".join(digits(sign) if sign.isdigit() else f"{sign.upper()}." for sign in group) for group in groups)


def _say_address(match: re.Match[str]) -> str:
    bare = re.sub(r"^https?://(?:www\.)?|^www\.", "", match[0]).rstrip("/")
    spaced = re.sub(r"([./@_+-])", r" \1 ", bare)
    words = {".": "dot", "/": "slash", "@": "at", "_": "underscore", "-": "dash", "+": "plus"}
    return " ".join(words.get(part, digits(part) if part.isdigit() else part) for part in spaced.split())


def _say_phone(match: re.Match[str]) -> str:
    plus = "plus " if match[0].startswith("+") else ""
    return plus + ", ".join(digits(group) for group in re.findall(r"\d+", match[0]))


def _say_short_phone(match: re.Match[str]) -> str | None:
    is_round = match[0].endswith(("00", "50"))
    return None if is_round and not _TELEPHONE.search(match.string[: match.start()]) else _say_phone(match)


def _identity(figures: str) -> str:
    """The number that something has, "number five"; a long one counts nothing and is read figure by figure."""
    return f"number {number(figures) if len(figures) < _LONG else digits(figures)}"


def _say_code(match: re.Match[str]) -> str | None:
    code = match[0]
    mixed = any(sign.isdigit() for sign in code) and any(sign.isalpha() for sign in code)
    return spell(code) if mixed else None


_DOMAIN: Final = r"(?:[\w-]+\.)+(?:com|org|net|io|shop|example|co|uk|de)\b(?:/[\w/-]*)?"
_WEB: Final = rf"\bhttps?://[^\s,;!?()]*[\w/]|\bwww\.[\w./-]*[\w/]|\b{_DOMAIN}"
_LONG_PHONE: Final = r"(?<![\w.])(?:\+\d{1,3}[\s-]?)?(?:\(\d{3}\)\s?|\d{3}[\s.-])\d{3}[\s.-]\d{4}(?!\w)"
_PHONE_ABROAD: Final = r"(?<![\w.])(?:\+\d{1,3}(?:(?: ?\(0\) ?|[ .-])\d{1,5}){2,6}|\(0\d{2,5}\)\s?\d{3,8}(?:[\s-]\d{2,5})?)(?!\w)"
_TELEPHONE: Final = re.compile(r"\b(?:call|phone|tel|telephone|dial|ring|text|fax|number)\b[^\d]*$", re.IGNORECASE)
_LONG: Final = 5
_SHORT_PHONE: Final = r"(?<![\w.-])\d{3}-\d{4}(?!\w)"
_QUANTITY: Final = r"\d+(?:AM|PM|KG|ML|CM|MM|KM|GB|MB|TB|OZ|LB|TH|ST|ND|RD|KWH|KW|WH|HZ|K|M|G|L|X|[VW](?!-))\b"
_CODE: Final = rf"(?<![\w-])(?=[A-Z0-9-]*[A-Z])(?=[A-Z0-9-]*\d)(?!{_QUANTITY}|\d{{4}}-\d\d-\d\dT)[A-Z0-9]+(?:-[A-Z0-9]+)*(?![\w-])"

RULES: Final[tuple[Rule, ...]] = (
    rule("Markdown link", r"!?\[([^\[\]\n]+)\]\([^()\s]*\)", lambda match: match[1]),
    rule("mail address", r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", _say_address),
    rule("web address", _WEB, _say_address),
    rule("phone", f"{_LONG_PHONE}|{_PHONE_ABROAD}", _say_phone),
    rule("short phone", _SHORT_PHONE, _say_short_phone),
    rule("code", _CODE, _say_code),
    rule("ordinal sign", r"\b[Nn]os?\.\s?(?=\d)(\d+)", lambda match: _identity(match[1])),
    rule("number sign", r"(?<![\w&])#(\d+)\b", lambda match: _identity(match[1])),
    rule("title", rf"\b({'|'.join(_TITLES)})\.?(?=\s[A-Z])", lambda match: _TITLES[match[1]]),
    rule("short form", rf"(?<!\w)(?:{'|'.join(map(re.escape, _SHORT))})", lambda match: _SHORT[match[0]]),
    rule("sign alone", rf"(?<!\S)[{re.escape(''.join(_SIGNS))}](?!\S)", lambda match: _SIGNS[match[0]]),
    rule("sign between", r"(?<=\w)[&+=@](?=\w)", lambda match: f" {_SIGNS[match[0].strip()]} "),
)
