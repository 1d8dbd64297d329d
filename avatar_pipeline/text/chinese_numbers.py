"""Numbers as Mandarin words: 1250 is 一千二百五十, 2026 as a year 二零二六, and two of anything is 两."""

from __future__ import annotations

from typing import Final

_FIGURES: Final = "零一二三四五六七八九"
_PLACES: Final = ("", "十", "百", "千")
_MYRIADS: Final = ("", "万", "亿", "万亿")
CARDINAL_MAX: Final = 10**16  # beyond this figures are read one by one


def cardinal(number: int) -> str:
    """Say a whole number: 105 is 一百零五, 10 is 十, -3 is 负三. Figure by figure from CARDINAL_MAX on."""
    if number < 0:
        return f"负{cardinal(-number)}"
    if number >= CARDINAL_MAX:
        return digits(str(number))
    if number == 0:
        return "零"
    groups = [number // 10_000**power % 10_000 for power in range(len(_MYRIADS))]
    words = ""
    for power in reversed(range(len(_MYRIADS))):
        if not groups[power]:
            continue
        is_after_a_gap = bool(words) and (groups[power] < 1000 or not groups[power + 1])
        words += ("零" if is_after_a_gap else "") + _below_ten_thousand(groups[power]) + _MYRIADS[power]
    return words.removeprefix("一") if words.startswith("一十") else words


def _below_ten_thousand(number: int) -> str:
    words, skipped = "", False
    for place in (3, 2, 1, 0):
        figure = number // 10**place % 10
        if not figure:
            skipped = bool(words)
            continue
        words += ("零" if skipped else "") + _FIGURES[figure] + _PLACES[place]
        skipped = False
    return words


def digits(figures: str, one: str = "一") -> str:
    """Say figures one by one: 400 is 四零零. `one` may be 幺, as on the telephone."""
    return "".join(one if figure == "1" else _FIGURES[int(figure)] for figure in figures if figure in "0123456789")


def number(written: str) -> str:
    """Say a number as it is written, with thousands commas, a sign or decimals: "-1,250.5" is 负一千二百五十点五."""
    sign = "负" if written.startswith(("-", "−")) else ""
    whole, point, decimals = written.lstrip("-−+").replace(",", "").partition(".")
    words = cardinal(int(whole or "0"))
    return f"{sign}{words}点{digits(decimals)}" if point and decimals else f"{sign}{words}"


def counted(written: str) -> str:
    """Say a number before a measure word, where two is 两: "2" is 两, "12" is 十二, "2.5" is 二点五."""
    return "两" if written.replace(",", "") == "2" else number(written)
