"""What an invoice says besides names and figures, in each language it can be read in. A language nobody has written is read in English."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from billing.payments.lines import TITLES


@dataclass(frozen=True, slots=True)
class InvoiceWords:
    """The document's own words; `{...}` are filled when it is written. `lines` are what the lines are for, by kind."""

    title: str
    seller: str
    buyer: str
    tax_number: str
    dated: str
    due: str
    states: Mapping[str, str]
    total: str
    where_to_pay: str
    please_name: str
    evidence: str
    line: str
    rest: str
    lines: Mapping[str, str]


_ENGLISH: Final = InvoiceWords(
    title="Invoice {number}", seller="From", buyer="To", tax_number="Tax number {number}",
    dated="Of {day}, for the statement of {period}.", due=" To be paid by {day}.",
    states={"paid": " Paid.", "void": " Cancelled.", "credited": " Credited in full."},
    total="To be paid", where_to_pay="Where to pay", please_name="Please name {number} in the transfer.",
    evidence="Every line can be opened down to the order behind it on the payslip of {period}; its root is {root}.",
    line="{employee}: {what}", rest="{count} further lines; the payslip names each", lines=TITLES,
)  # fmt: skip
_CHINESE: Final = InvoiceWords(
    title="账单 {number}", seller="开票方", buyer="付款方", tax_number="税号 {number}",
    dated="开具日期 {day}，对应 {period} 的结算单。", due="请在 {day} 前付款。",
    states={"paid": "已付款。", "void": "已作废。", "credited": "已全额冲抵。"},
    total="应付金额", where_to_pay="收款账户", please_name="转账时请注明 {number}。",
    evidence="每一行都可以在 {period} 的工资单上逐笔查到背后的订单；其根哈希为 {root}。",
    line="{employee}：{what}", rest="另有 {count} 行，工资单逐行列出",
    lines={
        "share": "销售分成", "royalty": "版税", "bonus": "奖金", "tier": "阶梯分成", "lift": "按实测增量计酬", "cap": "超出封顶部分",
        "minimum": "保底", "dispute": "争议", "brought_forward": "上期结转", "reserve_release": "预留金释放", "reserve": "留作预留金",
        "carried": "结转至下月", "credited_before": "此前以冲抵方式退还",
    },
)  # fmt: skip
WORDS: Final[Mapping[str, InvoiceWords]] = MappingProxyType({"en": _ENGLISH, "zh": _CHINESE})


def words_in(language: str) -> InvoiceWords:
    """The document's words in a language ("en", "zh"), else in English."""
    return WORDS.get(language, _ENGLISH)


def line_in(words: InvoiceWords, kind: str, title: str) -> str:
    """A line's title as it was drawn (in English), in the document's language; one that has no words there stays as it was drawn."""
    if kind == "rest":
        return words.rest.format(count=title.partition(" ")[0])
    employee, what = title.removesuffix(f": {TITLES.get(kind, kind)}"), words.lines.get(kind)
    return title if employee == title or what is None else words.line.format(employee=employee, what=what)
