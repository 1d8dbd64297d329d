"""What an order is worth to its employee: the base its share is taken from, after every refund known by now.

Pure functions of the set of facts: the sequence in which refunds arrived cannot matter, because they are only ever summed.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from billing.contract_terms import BaseRules
from billing.neutral_order import NeutralLine, NeutralOrder, NeutralRefund


@dataclass(frozen=True)
class StoodAside:
    """A refund that does not count, and why; it stays visible."""

    refund: str
    why: str


@dataclass(frozen=True)
class Worth:
    """`base` is exact minor units (a fraction after a refund by amount); `rejected_reason` says why an order is worth nothing."""

    base: Fraction
    gross_base_minor: int
    refunded_minor: int
    rejected_reason: str | None
    stood_aside: tuple[StoodAside, ...]

    @property
    def base_minor(self) -> int:
        """The base rounded to whole minor units, for people to read; shares are taken from the exact one."""
        return round(self.base)


def worth_of(order: NeutralOrder, refunds: Iterable[NeutralRefund], rules: BaseRules) -> Worth:
    """The order's worth under a contract's base rules, with refunds and chargebacks counted up to what was captured."""
    counted, aside = _sift(order, refunds)
    parts = {line.line_id: _counting_part(line, rules) for line in order.lines}
    gross = sum(parts.values()) + _extras(order, rules)
    refunded = sum(refund.amount_minor for refund in counted)
    if refunded > order.captured_minor:
        overflow = refunded - order.captured_minor
        aside.append(StoodAside("all", f"Refunds and chargebacks pass what was captured by {overflow} minor units; they count up to it."))
    rejected = _rejected(order, rules)
    if rejected or refunded >= order.captured_minor:
        base = Fraction(0)
    else:
        base = max(Fraction(0), gross - _line_refunds(parts, counted, rules) - _fraction_refunds(gross, order.captured_minor, counted))
    if rejected is None and base == 0:
        rejected = (
            "The order was refunded in full."
            if refunded and refunded >= order.captured_minor
            else "Nothing on this order counts for the share."
        )
    return Worth(base, gross, min(refunded, order.captured_minor), rejected, tuple(aside))


def _rejected(order: NeutralOrder, rules: BaseRules) -> str | None:
    reasons = (
        (order.is_test, "Test orders never count."),
        (order.is_staff and rules.exclude_staff_orders, "Orders of the shop's own staff do not count."),
        (order.status == "pending", "The order is not paid yet."),
        (order.status == "cancelled", "The order was cancelled."),
    )
    return next((reason for applies, reason in reasons if applies), None)


def _counting_part(line: NeutralLine, rules: BaseRules) -> int:
    if line.is_gift_card and rules.exclude_gift_cards:
        return 0
    return line.net_minor + (0 if rules.exclude_tax else line.tax_minor)


def _extras(order: NeutralOrder, rules: BaseRules) -> int:
    shipping = order.shipping_minor + (0 if rules.exclude_tax else order.shipping_tax_minor)
    return (0 if rules.exclude_shipping else shipping) + (0 if rules.exclude_tips else order.tip_minor)


def _sift(order: NeutralOrder, refunds: Iterable[NeutralRefund]) -> tuple[list[NeutralRefund], list[StoodAside]]:
    counted: list[NeutralRefund] = []
    aside: list[StoodAside] = []
    for refund in sorted(refunds, key=lambda refund: (refund.occurred_at, refund.kind, refund.external_id)):
        why = _why_not(order, refund)
        if why is None:
            counted.append(refund)
        else:
            aside.append(StoodAside(f"{refund.kind} {refund.external_id}", why))
    return counted, aside


def _why_not(order: NeutralOrder, refund: NeutralRefund) -> str | None:
    """One refund larger than the whole order is a mistake and moves nothing; several that add up to more are cut at the order."""
    if refund.is_void:
        return "It failed or was withdrawn."
    if refund.currency != order.currency:
        return f"It is in {refund.currency}, and the order in {order.currency}."
    if refund.amount_minor > order.captured_minor:
        return "It is larger than everything that was captured."
    known = {line.line_id for line in order.lines}
    missing = next((line.line_id for line in refund.lines if line.line_id not in known), None)
    return None if missing is None else f"It names the line {missing}, which the order does not have."


def _line_refunds(parts: dict[str, int], refunds: list[NeutralRefund], rules: BaseRules) -> int:
    back = dict.fromkeys(parts, 0)
    for refund in refunds:
        for line in refund.lines:
            back[line.line_id] += line.net_minor + (0 if rules.exclude_tax else line.tax_minor)
    return sum(min(amount, parts[line_id]) for line_id, amount in back.items())


def _fraction_refunds(gross: int, captured_minor: int, refunds: list[NeutralRefund]) -> Fraction:
    amount = sum(refund.amount_minor for refund in refunds if not refund.lines)
    return Fraction(gross * amount, captured_minor)
