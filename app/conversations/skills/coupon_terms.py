"""A coupon's terms in the shopper's language, and a plain word to whoever asks for more than it gives.

The counting house writes terms in English, clause by clause. Each clause has a frame here; terms with anything else in them stay as they
are, for a condition that is left out would be a promise.
"""

import re
from typing import Final

from app.conversations.skills.ask import Ask
from app.conversations.skills.frames import phrase, say
from app.conversations.thoughts import OfferedCoupon, Said

_AMOUNT: Final = r"\d[\d.,]* ?[A-Z]{3}"
_TERMS: Final = re.compile(
    rf"^(?:(?P<off>[\d.]+ ?%|{_AMOUNT}) off (?P<goods>(?!one order|a cart of).+?)?|(?P<item>.+?) for free with )"
    rf"(?:(?:one order| ?(?:in )?a cart of at least (?P<least>{_AMOUNT})))?"
    rf"(?:, at most (?P<most>{_AMOUNT}))?(?:, as long as (?P<rest>{_AMOUNT}) remain to pay)?, single use\.$"
)
_TENTHS: Final = "零一二三四五六七八九"
_PERCENT: Final = re.compile(r"(?P<percent>\d{1,3}(?:[.,]\d+)?)\s*(?:[%％]|percent|per cent|pour ?cent)", re.IGNORECASE)
_REST_PAID: Final = re.compile(r"(?P<tenths>[一二三四五六七八九1-9])(?P<hundredths>[一二三四五六七八九1-9])?折")
_TENTHS_OFF: Final = re.compile(r"(?P<tenths>[1-9])割")
_HALF: Final = re.compile(r"\bhalf (?:the )?price\b|\bmoitié prix\b|半价|半額", re.IGNORECASE)


def terms_in(terms_text: str, language: str) -> str:
    """The terms in Chinese, Japanese or French; unchanged in English, and where a clause is not known."""
    found = _TERMS.match(terms_text) if language != "en" else None
    if found is None:
        return terms_text
    held = {name: value for name, value in found.groupdict().items() if value}
    lead = "item" if "item" in held else "goods" if "goods" in held else "off"
    clauses = [phrase(f"terms_{lead}", language, **held)]
    clauses += [phrase(f"terms_{name}", language, **held) for name in ("least", "most", "rest") if name in held]
    return phrase("terms_once", language, clauses=phrase("terms_comma", language).join(clauses))


def refuse_more(ask: Ask, coupon: OfferedCoupon | None) -> tuple[Said, ...]:
    """Say that so much is not to be had, to whoever asks for a share of the price off that is more than the coupon's, or has none."""
    asked = percent_asked(ask.text)
    given = _PERCENT.search(f"{coupon.terms_text} {coupon.title}") if coupon else None
    if asked is None or (given and asked <= float(given["percent"].replace(",", "."))):
        return ()
    return (say("coupon_not_so_much", ask.language, percent=f"{asked:g}"),)


def percent_asked(text: str) -> float | None:
    """The share of the price that somebody wants off, in per cent: "50%", "half price", 五折 (half is paid), 5割引."""
    paid, off, plain = _REST_PAID.search(text), _TENTHS_OFF.search(text), _PERCENT.search(text)
    if plain:
        return float(plain["percent"].replace(",", "."))
    if paid:
        tenths, hundredths = (_digit(paid[name]) for name in ("tenths", "hundredths"))
        return 100.0 - 10 * tenths - hundredths
    if off:
        return 10.0 * int(off["tenths"])
    return 50.0 if _HALF.search(text) else None


def _digit(sign: str | None) -> int:
    return 0 if sign is None else _TENTHS.index(sign) if sign in _TENTHS else int(sign)
