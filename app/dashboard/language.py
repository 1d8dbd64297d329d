"""The language a page or letter is written in, and how Python marks its sentences for it.

English sentences are the source; the catalogue under locale/ has the others. In Python:

    raise PageProblem(404, _("There is no such page"), _("Wait %(minutes)s minutes.", minutes=3))   # now, in the reader's language
    P_("%(count)s order", "%(count)s orders", count)                                                # one or many
    LABELS = {"paid": N_("Paid")}  ...  _(LABELS[state])                                            # marked at import, said later

Templates say the same by `{% trans %}`, `_()` and `ngettext()`. Sentences made by the rooms below are English; `said()` (in templates
the filter `said`) finds their translation, values inside them included.
"""

import gettext
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final

from fastapi import Request

from app.dashboard.catalogue import catalogue, said_of

ENGLISH: Final = "en"
LANGUAGES: Final = {"en": "English", "zh": "中文"}
"""Every language there is, by its own name."""
HTML_LANGUAGES: Final = {"en": "en", "zh": "zh-CN"}
LOCALES: Final = {"en": "en", "zh": "zh_Hans_CN"}
"""What the locale library calls them."""
LANGUAGE_COOKIE: Final = "tillhand_language"
LANGUAGE_DAYS: Final = 400
"""How long a browser keeps its reader's choice: as long as browsers keep anything."""
PERCENT_GAP: Final = re.compile(r"(?<=[0-9])[ \u00a0]%")
"""Chinese sets no space before the sign, where a line could break."""
ACCEPTED_LENGTH_MAX: Final = 500
"""Longer headers are not read on: no browser sends them."""

_spoken: ContextVar[str] = ContextVar("language", default=ENGLISH)
_has_address: ContextVar[bool] = ContextVar("has_address", default=True)


def _(message: str, /, **values: Any) -> str:
    """Say a marked sentence now, in the reader's language; `values` fill its %(names)s."""
    text = catalogue(_spoken.get()).gettext(message) if message else ""
    return text % values if values else text


def P_(singular: str, plural: str, count: int, /, **values: Any) -> str:  # noqa: N802 - a mark, as translators know it
    """Say a sentence about a number of things now; %(count)s is the number."""
    return catalogue(_spoken.get()).ngettext(singular, plural, count) % {"count": count, **values}


def N_(message: str, /) -> str:  # noqa: N802 - a mark, as translators know it
    """Mark a sentence that is said later: kept in a table at import, handed to `_()` when somebody reads it."""
    return message


def said(sentence: object) -> str:
    """A sentence that a room below made in English, in the reader's language; one that is not in the catalogue stays as it is."""
    text = said_of(_spoken.get(), str(sentence))
    return text if _spoken.get() == ENGLISH else PERCENT_GAP.sub("%", text)


def catalogue_spoken() -> gettext.NullTranslations:
    """The catalogue of the language being spoken, for the templates."""
    return catalogue(_spoken.get())


def language() -> str:
    """The language being spoken: "en" or "zh"."""
    return _spoken.get()


def html_language() -> str:
    """The same as the `lang` of a page."""
    return HTML_LANGUAGES[_spoken.get()]


def locale_name() -> str:
    """The same for dates, numbers and money."""
    return LOCALES[_spoken.get()]


def speak(wanted: str) -> None:
    """From here on, speak this language in this request; an unknown one changes nothing."""
    if wanted in LANGUAGES:
        _spoken.set(wanted)


def has_address() -> bool:
    """Whether the page being made can be opened again by its address: not so after a form."""
    return _has_address.get()


@contextmanager
def reading(request: Request) -> Iterator[None]:
    """Speak the language of a request's reader while it is answered."""
    before = _has_address.set(request.method == "GET")
    try:
        with speaking(language_of(request)):
            yield
    finally:
        _has_address.reset(before)


@contextmanager
def speaking(wanted: str) -> Iterator[None]:
    """Speak a language for a while: a letter to somebody who reads another one."""
    before = _spoken.set(wanted if wanted in LANGUAGES else ENGLISH)
    try:
        yield
    finally:
        _spoken.reset(before)


def chosen_language(request: Request) -> str:
    """What this browser's reader chose by the switch; "" when they never did."""
    chosen = request.cookies.get(LANGUAGE_COOKIE, "")
    return chosen if chosen in LANGUAGES else ""


def language_of(request: Request) -> str:
    """The reader's own choice, else the best of what the browser asks for, else English."""
    return chosen_language(request) or accepted_language(request.headers.get("accept-language", ""))


def accepted_language(header: str) -> str:
    """The language of ours that an Accept-Language header likes best: "fr, zh-TW;q=0.9, en;q=0.5" -> "zh"."""
    best, best_weight = ENGLISH, 0.0
    for part in header[:ACCEPTED_LENGTH_MAX].split(","):
        found = re.fullmatch(r"\s*([A-Za-z]{1,8})(?:-[A-Za-z0-9-]+)?\s*(?:;\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*)?", part)
        if found and found[1].lower() in LANGUAGES:
            weight = float(found[2] or 1)
            if weight > best_weight:
                best, best_weight = found[1].lower(), weight
    return best
