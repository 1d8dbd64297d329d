"""How signs and figures in Japanese are read aloud: 10:00〜18:00 is 10時から18時, 5-10℃ 5から10度, 1/2 2分の1.

What a rule says is Japanese writing again, or kana: the analyser of the voice reads it, and knows how counters change a number
(3日 is ミッカ). So the rules only put into words what it passes over. They expect text in one width (NFKC).
"""

from __future__ import annotations

import re
from typing import Final

from avatar_pipeline.text.rule import Rule, rule

_NUMBER: Final = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_TO: Final = r"\s?[~〜–—-]\s?"
_BEFORE: Final = r"(?<![A-Za-z0-9_.,/-])"
_MONIES: Final = {"¥": "円", "$": "ドル", "€": "ユーロ", "£": "ポンド"}
_WEEKDAYS: Final = {"月": "ゲツ", "火": "カ", "水": "スイ", "木": "モク", "金": "キン", "土": "ド", "日": "ニチ"}
_UNITS: Final = {
    "L": "リットル", "l": "リットル", "dl": "デシリットル", "°C": "度", "°": "度", "GB": "ギガバイト", "MB": "メガバイト",
    "TB": "テラバイト", "h": "時間", "min": "分", "F": "階", "kWh": "キロワット時", "mAh": "ミリアンペア時", "Hz": "ヘルツ",
    "oz": "オンス", "lb": "ポンド",
}  # fmt: skip
_UNIT: Final = "|".join(re.escape(unit) for unit in sorted(_UNITS, key=len, reverse=True))
_COUNTED: Final = r"[個本枚人名回台杯袋箱円時分秒週年歳度階点倍%％cmkglLMGTWV]|°|か月|ヶ月|ケ月|カ月|営業日|割|月|泊|着|足|冊|匹|番|パ"
_DAYS_MAX: Final = 31


def _clock(hour: str, minute: str) -> str | None:
    if int(hour) > 24 or int(minute) > 59:
        return None
    return f"{int(hour)}時" + (f"{int(minute)}分" if int(minute) else "")


def _day(month: int, day: int) -> str | None:
    return f"{month}月{day}日" if 1 <= month <= 12 and 1 <= day <= _DAYS_MAX else None


def _say_date(match: re.Match[str]) -> str | None:
    day = _day(int(match["month"]), int(match["day"]))
    time = _clock(match["hour"], match["minute"]) if match["hour"] else ""
    return None if day is None or time is None else f"{int(match['year'])}年{day}{time}"


def _say_parts(match: re.Match[str]) -> str | None:
    """A day of a month where the figures can only be that, else a fraction."""
    above, below = int(match[1]), int(match[2])
    return (_day(above, below) if below > 12 or above >= below else None) or f"{below}分の{above}"


def _say_days(match: re.Match[str]) -> str:
    """How many days, not which day of the month: 2〜3日 is ニサンニチ."""
    joint = "、" if int(match[2]) == int(match[1]) + 1 else "から"
    return f"{match[1]}{joint}{match[2]}{'日' if match[2] == '4' else 'ニチ'}"


RULES: Final[tuple[Rule, ...]] = (
    rule(
        "postal code",
        r"(?:〒\s?|(?<=郵便番号)[は:]?\s?)(\d{3})-(\d{4})(?!\d)",
        lambda match: f"郵便番号{' '.join(match[1])}の{' '.join(match[2])}",
    ),
    rule("address at", r"(?<=[A-Za-z0-9])@(?=[A-Za-z0-9])", lambda _: "アットマーク"),
    rule("address point", r"(?<=[A-Za-z0-9])\.(?=[A-Za-z]{2})", lambda _: "ドット"),
    rule(
        "date",
        rf"{_BEFORE}(?P<year>\d{{4}})[-/.](?P<month>\d{{1,2}})[-/.](?P<day>\d{{1,2}})"
        r"(?:[T ](?P<hour>\d{1,2}):(?P<minute>\d{2})(?::\d{2})?)?(?!\d)",
        _say_date,
    ),
    rule("time", r"(?<![A-Za-z0-9_.:])(\d{1,2}):(\d{2})(?::\d{2})?(?!\d)", lambda match: _clock(match[1], match[2])),
    rule("ratio", r"(?<![\w:])(\d{1,3}):(\d)(?![\d:])", lambda match: f"{match[1]}対{match[2]}", re.ASCII),
    rule("code", r"(?<![A-Za-z0-9-])([A-Z]{1,8})-(\d{3,})(?![A-Za-z0-9-])", lambda match: f"{match[1]} {' '.join(match[2])}"),
    rule("money, sign first", rf"([¥$€£])\s?({_NUMBER})", lambda match: match[2] + _MONIES[match[1]]),
    rule("below zero", r"(?<![A-Za-z0-9)\-])[-−](?=\d)", lambda _: "マイナス"),
    rule(
        "days of a month",
        rf"(\d{{1,2}})月(\d{{1,2}})日?{_TO}(\d{{1,2}})日",
        lambda match: f"{match[1]}月{match[2]}日から{match[3]}日",
    ),
    rule("days", rf"(?<![\d月.,/-])(\d){_TO}(\d)日", _say_days),
    rule(
        "span of days of the week",
        r"(?<![一-鿿])([月火水木金土日])(?:曜日?)?\s?[~〜–—-]\s?([月火水木金土日])(?![一-鿿])(?:曜日?)?",
        lambda match: f"{_WEEKDAYS[match[1]]}から{_WEEKDAYS[match[2]]}",
    ),
    rule("from", r"(?<=[\d円時分日月年度%個人階曜C])\s?[~〜](?!\S*まで)\s?", lambda _: "から"),
    rule("counted from", rf"(?<=\d)(?<!\d-\d)(?<!\d-\d\d)\s?[–—-]\s?(?=(?:{_NUMBER})(?:{_COUNTED}))", lambda _: "から"),
    rule("unit", rf"{_BEFORE}({_NUMBER})\s?({_UNIT})(?![A-Za-z0-9])", lambda match: match[1] + _UNITS[match[2]]),
    rule("unit of a span", rf"(?<=[~〜–—-])({_NUMBER})\s?({_UNIT})(?![A-Za-z0-9])", lambda match: match[1] + _UNITS[match[2]]),
    rule("parts", rf"{_BEFORE}(\d{{1,2}})/(\d{{1,2}})(?![\d/])", _say_parts),
    rule("how often", r"(?:(?<![A-Za-z0-9])x|×)(?=\d)", lambda _: "かける"),
    rule("about", r"(?<![\w~〜])[~〜≈]\s?(?=\d)", lambda _: "約"),
    rule("and more", r"(?<=\d)\+(?![\w])", lambda _: "プラス", re.ASCII),
)
