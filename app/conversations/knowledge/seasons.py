"""Seasons and months in a question and in a rule: "and in winter?" is answered where a rule says what holds from November on."""

import re
from typing import Final

_MONTHS: Final = (
    r"\b(?:january|february|march|april|june|july|august|september|october|november|december)\b|(?<=in )may\b|(?<=from )may\b|(?<=to )may\b"
    r"|\b(?:janvier|février|mars|avril|juin|juillet|août|septembre|octobre|novembre|décembre)\b|(?<=en )mai\b|(?<!\d)(?:1[0-2]|[1-9])月"
)
_SEASONS: Final = (
    r"\b(?:winter|summer|spring|autumn)(?:s|time)?\b|\b(?:hiver|été|printemps|automne)\b"
    r"|[冬夏春秋](?:天|季)|(?:冬|夏|春|秋)(?=[はにの呢]|$)"
)
_ALL_YEAR: Final = r"\ball (?:the )?year\b|\byear[ -]round\b|\btoute l'année\b|全年|一年四季|通年|一年中"
_SAID: Final = re.compile(f"{_MONTHS}|{_SEASONS}|{_ALL_YEAR}", re.IGNORECASE)
_LED_IN: Final = re.compile(rf"(?:\b(?:in|during|en|au|l'|à l')\s*)?(?:{_MONTHS}|{_SEASONS}|{_ALL_YEAR})", re.IGNORECASE)


def seasons_in(text: str) -> bool:
    """Say whether a text names a season, a month or the whole year."""
    return bool(_SAID.search(text))


def without_seasons(text: str) -> str:
    """The text without what it says of the time of the year."""
    return _LED_IN.sub(" ", text)
