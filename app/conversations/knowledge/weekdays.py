"""Days of the week in a question and in a rule, so that "when do you open on Sunday" is answered with Sunday's sentence and no other."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

_DAYS: Final = (
    r"\bmon(?:days?)?\b|\blundis?\b|星期一|周一|礼拜一|月曜",
    r"\btue(?:s(?:days?)?)?\b|\bmardis?\b|星期二|周二|礼拜二|火曜",
    r"\bwed(?:nesdays?)?\b|\bmercredis?\b|星期三|周三|礼拜三|水曜",
    r"\bthu(?:rs(?:days?)?)?\b|\bjeudis?\b|星期四|周四|礼拜四|木曜",
    r"\bfri(?:days?)?\b|\bvendredis?\b|星期五|周五|礼拜五|金曜",
    r"\bsat(?:urdays?)?\b|\bsamedis?\b|星期六|周六|礼拜六|土曜",
    r"\bsundays?\b|\bdimanches?\b|星期[天日]|周日|礼拜[天日]|日曜",
)
_DAY: Final = re.compile("|".join(f"(?P<d{number}>{day})" for number, day in enumerate(_DAYS)), re.IGNORECASE)
_SPAN: Final = re.compile(r"^\W*(?:to|till?|until|through|thru|and including|au?|jusqu'au|到|至|から|～|~|–|-|—)?\s*$", re.IGNORECASE)
_SPAN_MARK: Final = re.compile(r"to|till?|until|through|thru|au|à|到|至|から|[～~–—-]", re.IGNORECASE)
_EVERY_DAY: Final = re.compile(r"\b(?:every day|daily|seven days|all week|tous les jours)\b|每天|毎日", re.IGNORECASE)
_WEEKDAYS: Final = re.compile(r"\b(?:on )?(?:a )?(?:weekdays?|working days?|jours ouvrables|en semaine)\b|工作日|平日", re.IGNORECASE)
_WEEKEND: Final = re.compile(r"\bweek-?ends?\b|周末|週末", re.IGNORECASE)
_TODAY: Final = re.compile(
    r"\b(?:today|tonight|right now|open now|closed now|still open|at the moment|this (?:morning|afternoon|evening)"
    r"|aujourd'hui|ce soir|maintenant)\b|今天|今晚|现在|今日|今夜|いま|今",
    re.IGNORECASE,
)
_TOMORROW: Final = re.compile(r"\btomorrow\b|\bdemain\b|明天|明日", re.IGNORECASE)
_EARTH_WEST, _EARTH_EAST = timedelta(hours=-12), timedelta(hours=14)
ALL_DAYS: Final = frozenset(range(7))


def days_in(text: str) -> frozenset[int]:
    """Days a text names, Monday being 0: single ones, spans ("Tuesday to Saturday"), weekdays, weekends, every day."""
    found = [(match.start(), match.end(), int(str(match.lastgroup)[1:])) for match in _DAY.finditer(text)]
    days = {day for _, _, day in found}
    for (_, end, first), (start, _, last) in pairwise(found):
        between = text[end:start]
        if _SPAN.match(between) and _SPAN_MARK.search(between):
            days |= {(first + step) % 7 for step in range((last - first) % 7 + 1)}
    days |= set(ALL_DAYS) if _EVERY_DAY.search(text) else set()
    days |= {0, 1, 2, 3, 4} if _WEEKDAYS.search(text) else set()
    return frozenset(days | ({5, 6} if _WEEKEND.search(text) else set()))


def days_asked(question: str, now: datetime) -> frozenset[int]:
    """Days a question is about; "today" is the day of `now`. A `now` in UTC tells no shop's date: then every day it may be counts."""
    days = set(days_in(question))
    if _TODAY.search(question):
        days |= _days_at(now)
    if _TOMORROW.search(question):
        days |= {(day + 1) % 7 for day in _days_at(now)}
    return frozenset(days)


def sentences_for(days: frozenset[int], sentences: Sequence[str]) -> list[str]:
    """The sentences that speak of any of these days, in their order; empty when none does."""
    return [sentence for sentence in sentences if days & days_in(sentence)]


def _days_at(now: datetime) -> set[int]:
    if now.utcoffset():
        return {now.weekday()}
    return {(now + shift).weekday() for shift in (_EARTH_WEST, timedelta(), _EARTH_EAST)}
