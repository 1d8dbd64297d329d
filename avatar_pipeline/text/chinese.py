"""How written Chinese is read aloud: ¥12.50 is 十二元五角, 9:30 is 九点三十分, 20% is 百分之二十.

The same shape as the English rules (`sayings.py`): the earliest match wins, of two that start together the rule that stands
first. Latin words, codes and addresses stay as they are written or are spelled, for the voice says them in English.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from avatar_pipeline.text import addresses
from avatar_pipeline.text.chinese_numbers import cardinal, counted, digits, number
from avatar_pipeline.text.rule import Rule, rule
from avatar_pipeline.text.sayings import first_matches

_NUMBER: Final = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_TO: Final = r"\s?(?:-|–|—|~|～|至|到)\s?"
_BEFORE: Final = r"(?<![A-Za-z0-9_.,/])"  # Chinese characters count as word characters and may stand before
_MONIES: Final = {
    "$": "美元", "US$": "美元", "USD": "美元", "€": "欧元", "EUR": "欧元", "£": "英镑", "GBP": "英镑", "JPY": "日元", "円": "日元",
    "HK$": "港元", "HKD": "港元", "NT$": "新台币", "₩": "韩元", "CHF": "瑞士法郎", "CA$": "加元", "A$": "澳元",
}  # fmt: skip
_YUAN: Final = frozenset({"¥", "￥", "CNY", "RMB", "元", "块", "块钱", "人民币"})
_SIGN: Final = "|".join(re.escape(sign) for sign in sorted([*_MONIES, "¥", "￥", "CNY", "RMB"], key=len, reverse=True))
_UNITS: Final = {
    "kg": "公斤", "g": "克", "mg": "毫克", "ml": "毫升", "l": "升", "km": "公里", "cm": "厘米", "mm": "毫米", "m": "米",
    "m²": "平方米", "㎡": "平方米", "cm²": "平方厘米", "m³": "立方米", "km/h": "公里每小时", "kwh": "千瓦时", "kw": "千瓦", "w": "瓦",
    "°c": "摄氏度", "℃": "摄氏度", "°": "度", "h": "小时", "min": "分钟", "s": "秒", "oz": "盎司", "lb": "磅", "v": "伏", "mah": "毫安时",
    "hz": "赫兹", "khz": "千赫", "mhz": "兆赫",
}  # fmt: skip
_UNIT: Final = "|".join(re.escape(unit) for unit in sorted(_UNITS, key=len, reverse=True))
_STEPS: Final = (  # after these a dash counts on: 12月1日-7日, 周一-周五, 上午-晚上
    r"(?:(?<=\d[月日号年点时分元度米斤岁级天件个])|(?<=[周期拜][一二三四五六日天])|(?<=[早中下晚上][午上]))\s?[-–—~～〜]\s?"
    r"(?=[\d¥周星礼上中下早晚明次翌二三四五六日])"
)
_LIMITS: Final = {"~": "约", "～": "约", "≈": "约", "≥": "不少于", "≤": "不超过"}
_TELEPHONE: Final = re.compile(r"(?:电话|拨打|致电|热线|座机|手机|联系|客服|传真)[^\d]{0,6}$")
_NUMBERED: Final = re.compile(
    r"(?:(?:电话|拨打|致电|热线)[:：是为]?(?:[\d-]+[、或和/])*|(?:单号|编号|货号|型号|工号|房号|尾号|账号|卡号|会员号|验证码|取件码|密码|邮编|票号|门牌号)[为是：:\s]*)$"
)
_ORDINARY: Final = "月日号"  # after these two stays 二: the second month, the second day
_MEASURES: Final = "个件只条张杯瓶袋盒包份位人次天周年种款双套把支台本片间家小时分钟星期公斤斤克升米块元倍岁层点"


def _say_money(match: re.Match[str]) -> str:
    sign, amount = match["sign"].strip(), match["amount"].replace(",", "")
    minus = "负" if match["minus"] else ""
    if sign not in _YUAN:
        return f"{minus}{counted(_without_zeros(amount))}{_MONIES[sign]}"
    return minus + yuan(amount)


def _without_zeros(amount: str) -> str:
    return amount.rstrip("0").rstrip(".") if "." in amount else amount


def yuan(amount: str) -> str:
    """Say an amount of yuan: "12.50" is 十二元五角, "0.80" 八角, "3.05" 三元零五分, "9.999" 九点九九九元."""
    whole, _, part = amount.partition(".")
    if len(part) > 2:
        return f"{number(amount)}元"
    jiao, fen = (int(figure) for figure in part.ljust(2, "0"))
    large = f"{counted(whole)}元" if int(whole) or not (jiao or fen) else ""
    small = (f"{counted(str(jiao))}角" if jiao else "零" if fen and large else "") + (f"{counted(str(fen))}分" if fen else "")
    return large + small


def _say_span_of_money(match: re.Match[str]) -> str:
    end = "元" if match["sign"].strip() in _YUAN else _MONIES[match["sign"].strip()]
    return f"{counted(match['low'])}到{counted(match['high'])}{end}"


def _clock(hour: str, minute: str | None) -> str | None:
    if int(hour) > 24 or int(minute or 0) > 59:
        return None
    late = f"{'零' if 0 < int(minute or 0) < 10 else ''}{cardinal(int(minute))}分" if int(minute or 0) and minute else ""
    return f"{counted(str(int(hour)))}点{late}"


def _say_time(match: re.Match[str]) -> str | None:
    first = _clock(match["hour"], match["minute"])
    if first is None or not match["hour2"]:
        return first
    last = _clock(match["hour2"], match["minute2"])
    return f"{first}到{last}" if last else None


def _day(month: int, day: int) -> str | None:
    return f"{cardinal(month)}月{cardinal(day)}日" if 1 <= month <= 12 and 1 <= day <= 31 else None


def _say_date(match: re.Match[str]) -> str | None:
    day = _day(int(match["month"]), int(match["day"]))
    time = _clock(match["hour"], match["minute"]) if match["hour"] else ""
    return None if day is None or time is None else f"{digits(match['year'])}年{day}{time}"


def _say_parts(match: re.Match[str]) -> str | None:
    """A day of a month where the figures can only be that, else a fraction."""
    above, below = int(match[1]), int(match[2])
    return (_day(above, below) if below > 12 or above >= below else None) or f"{cardinal(below)}分之{cardinal(above)}"


def _say_code(match: re.Match[str]) -> str | None:
    """Letters as their names and figures in Chinese, as a shop assistant spells: A4 is A四, and 1 is 幺 in a long number only."""
    code = match[0]
    one = "幺" if re.search(r"\d{3}", code) else "一"
    if code.isdigit() or code.isalpha():
        return None
    groups = ["".join(digits(sign, one) if sign.isdigit() else f"{sign}. " for sign in group) for group in code.split("-")]
    return "，".join(group.rstrip() for group in groups)


def _say_short_telephone(match: re.Match[str]) -> str | None:
    is_telephone = "0" in (match[1][0], match[2][0]) or _TELEPHONE.search(match.string[: match.start()])
    return digits(match[0], "幺") if is_telephone else None


def _say_percent(match: re.Match[str]) -> str:
    low = f"百分之{number(match['low'])}到" if match["low"] else ""
    return f"{low}百分之{'百' if match['high'] == '100' else number(match['high'])}"


def _say_unit(match: re.Match[str]) -> str:
    low = f"{counted(match['low'])}{'乘' if match['joint'].strip() in 'x×*' else '到'}" if match["low"] else ""
    return f"{'负' if match['minus'] else ''}{low}{counted(match['high'])}{_UNITS[match['unit'].lower()]}"


def _say_span(match: re.Match[str]) -> str:
    return f"{counted(match['low'])}到{counted(match['high'])}"


def _say_number(match: re.Match[str]) -> str:
    written = match[0]
    is_name = len(written) > 2 and written.isdigit() and _NUMBERED.search(match.string[: match.start()])
    if is_name or re.fullmatch(r"0\d+|\d{7,}", written):
        return digits(written, "幺")  # an order number or a telephone number
    return number(written)


def _beside_chinese(rules: tuple[Rule, ...], *names: str) -> tuple[Rule, ...]:
    """Rules made for English, for words that stand between Chinese characters without a space."""
    return tuple(
        Rule(one.name, re.compile(one.pattern.pattern, one.pattern.flags & ~re.UNICODE | re.ASCII), one.say)
        for one in rules
        if one.name in names
    )


_SPAN: Final = rf"(?P<low>{_NUMBER}){_TO}(?P<high>{_NUMBER})"
RULES: Final[tuple[Rule, ...]] = (
    *_beside_chinese(addresses.RULES, "Markdown link", "mail address", "web address"),
    rule(
        "date",
        rf"{_BEFORE}(?P<year>\d{{4}})[-/.](?P<month>\d{{1,2}})[-/.](?P<day>\d{{1,2}})"
        r"(?:[T ](?P<hour>\d{1,2}):(?P<minute>\d{2})(?::\d{2})?(?:Z|\+\d\d:\d\d)?)?(?!\d)",
        _say_date,
    ),
    rule("span of days and times", _STEPS, lambda _: "到"),
    rule(
        "generation",
        r"(?<![A-Za-z0-9_.,/])(?:\d{1,2}G|\d{1,3}[KDPEX])(?![A-Za-z0-9])",
        lambda match: f"{number(match[0][:-1])}{match[0][-1]}.",
    ),
    rule("code", next(one.pattern.pattern for one in addresses.RULES if one.name == "code"), _say_code, re.ASCII),
    rule("years", r"(?<!\d)(\d{4})\s?[-–—~～至到]\s?(\d{4})(?=年)", lambda match: f"{digits(match[1])}到{digits(match[2])}"),
    rule("year", r"(?<!\d)(\d{4})(?=年)", lambda match: digits(match[1])),
    rule("born in", r"(?<![\d满减用过超达])([05-9][05])(?=后)", lambda match: digits(match[1])),
    rule(
        "telephone",
        rf"{_BEFORE}(?:\+\d{{1,3}}[- ]?)?(?:[(（]\d{{3,4}}[)）][- ]?|\d{{3,4}}[- ])\d{{3,4}}[- ]?\d{{3,4}}(?!\d|\s?[元块%])",
        lambda match: digits(match[0], "幺"),
    ),
    rule("short telephone", rf"{_BEFORE}(\d{{3,4}})-(\d{{4}})(?!\d)", _say_short_telephone),
    rule(
        "time",
        rf"(?<![A-Za-z0-9_.:])(?P<hour>\d{{1,2}})[:：](?P<minute>\d{{2}})(?::\d{{2}})?(?:{_TO}(?P<hour2>\d{{1,2}})[:：](?P<minute2>\d{{2}}))?(?!\d)",
        _say_time,
    ),
    rule(
        "span of money, sign first", rf"(?P<sign>{_SIGN})\s?(?P<low>{_NUMBER}){_TO}(?:{_SIGN})?\s?(?P<high>{_NUMBER})", _say_span_of_money
    ),
    rule("span of money, sign last", rf"{_BEFORE}{_SPAN}\s?(?P<sign>元|块钱|块|円|€|EUR)", _say_span_of_money),
    rule("money, sign first", rf"(?P<minus>[-−])?(?P<sign>{_SIGN})\s?(?P<amount>{_NUMBER})", _say_money),
    rule("money, sign last", rf"{_BEFORE}(?P<minus>[-−])?(?P<amount>{_NUMBER})\s?(?P<sign>元|块钱|块|円|€|EUR|USD|CNY)", _say_money),
    rule("percent", rf"{_BEFORE}(?:(?P<low>{_NUMBER})%?{_TO})?(?P<high>{_NUMBER})\s?[%％]", _say_percent),
    rule(
        "unit",
        rf"{_BEFORE}(?P<minus>[-−])?(?:(?P<low>{_NUMBER})(?P<joint>{_TO}|\s?[x×*]\s?))?(?P<high>{_NUMBER})\s?(?P<unit>{_UNIT})(?![A-Za-z0-9])",
        _say_unit,
        re.IGNORECASE,
    ),
    rule(
        "marks",
        rf"{_BEFORE}(\d+\.\d+)\s?分?/\s?(\d{{1,3}})\s?分?(?![\d/])",
        lambda match: f"{number(match[1])}分，满分{number(match[2])}分",
    ),
    rule("parts", rf"{_BEFORE}(\d{{1,2}})/(\d{{1,2}})(?![\d/])", _say_parts),
    rule("ratio", rf"{_BEFORE}(\d{{1,3}})[:：](\d)(?![\d:：])", lambda match: f"{number(match[1])}比{number(match[2])}"),
    rule("sign before a number", r"(?<![\w~～])([~～≈≥≤])\s?(?=\d)", lambda match: _LIMITS[match[1]], re.ASCII),
    rule("span", rf"{_BEFORE}{_SPAN}(?![\d.])", _say_span),
    rule("numbered", r"\bNo\.\s?(\d+)", lambda match: f"第{cardinal(int(match[1]))}", re.ASCII),
    rule("rank", r"第\s?(\d+)", lambda match: f"第{cardinal(int(match[1]))}"),
    rule("two of something", rf"(?<![\d.,])2(?=[{_MEASURES}])(?![{_ORDINARY}])", lambda _: "两"),
    rule("number", rf"(?<![\d.])(?:(?<![A-Za-z0-9])[-−](?=\d))?(?:{_NUMBER})", _say_number),
    rule("each of a unit", r"(?<=[\d元块角分])\s?/\s?(kg|g|mL|ml|L|l|m²|㎡|h)(?![A-Za-z])", lambda match: f"每{_UNITS[match[1].lower()]}"),
    rule("each", r"\s?/\s?(?=[\u4e00-\u9fff])", lambda _: "每"),
    rule("sign", r"[&＆+＋=×@]", lambda match: {"&": "和", "＆": "和", "+": "加", "＋": "加", "=": "等于", "×": "乘", "@": "at"}[match[0]]),
)


def say_chinese(text: str, own: Sequence[Rule] = ()) -> Iterator[tuple[int, int, str]]:
    """Give each stretch of the text that a rule reads, as (start, end, words said), left to right and not overlapping; `own` come first."""
    return first_matches((*own, *RULES), text)
