"""How the shop's answer is said: its own sentences, filled with plain fields of the answer. Markup, orders and long values never pass."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from babel.dates import format_date

from app.conversations.guardrails.instructions import is_instruction
from app.conversations.guardrails.plain_text import clean
from app.conversations.skills.own.describe import FIELD

VALUE_LENGTH_MAX: Final = 160
_TAG: Final = re.compile(r"<[^<>]{0,2000}>")
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}(?:T[\d:.]+(?:Z|[+-]\d{2}:?\d{2})?)?")
_LONG_DAY: Final = {"en": "d MMMM yyyy", "zh": "y年M月d日", "ja": "y年M月d日", "fr": "d MMMM yyyy"}


def tell(sentences: Sequence[str], asked: Mapping[str, Any], answer: Mapping[str, Any], language: str) -> tuple[str, ...]:
    """The sentences whose every field is known, from the answer or else from what was asked for, filled.

    Empty when the answer itself holds nothing that the shop wrote a sentence for.
    """
    known = {**asked, **answer}
    filled = {sentence: text for sentence in sentences if (text := _filled(sentence, known, language)) is not None}
    is_told = any(_value(answer, path, language) is not None for sentence in filled for path in FIELD.findall(sentence))
    return tuple(filled.values()) if is_told else ()


def _filled(sentence: str, answer: Mapping[str, Any], language: str) -> str | None:
    values = {path: _value(answer, path, language) for path in FIELD.findall(sentence)}
    if any(value is None for value in values.values()):
        return None
    return FIELD.sub(lambda found: values[found[1]] or "", sentence)


def _value(answer: Any, path: str, language: str) -> str | None:
    for name in path.split("."):
        if isinstance(answer, Mapping):
            answer = answer.get(name)
        elif isinstance(answer, list) and name.isdecimal():
            answer = answer[int(name)] if int(name) < len(answer) else None
        else:
            return None
    if isinstance(answer, bool) or not isinstance(answer, str | int | float):
        return None
    return _plain(str(answer), language)


def _plain(text: str, language: str) -> str | None:
    """A value as it may be said; None for an empty one, and for one that gives orders."""
    plain = clean(_TAG.sub(" ", text[: 4 * VALUE_LENGTH_MAX])).replace("<", "").replace(">", "")[:VALUE_LENGTH_MAX].strip()
    if not plain or is_instruction(plain):
        return None
    if _DAY.fullmatch(plain):
        try:
            day = date.fromisoformat(plain[:10])
        except ValueError:
            return plain
        return format_date(day, _LONG_DAY.get(language, _LONG_DAY["en"]), locale=language if language in _LONG_DAY else "en")
    return plain
