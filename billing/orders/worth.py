"""What an order is worth to its employee: the base its share is taken from, after every refund known by now.

Pure functions of the set of facts: the sequence in which refunds arrived cannot matter, because they are only ever summed. Lines
that a contract gives a rate of their own are summed apart, so that each class of the base can earn at its own rate.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

from billing.contract_terms import BaseRules
from billing.exchange.rates import Rate
from billing.money import PARTS_PER_MILLION, Money
from billing.neutral_order import NeutralRefund, RefundLine
from billing.orders.sold import Sold, SoldLine

FOREIGN_EXCESS_PPM: Final = 250_000
"""A refund in another currency may come out this much above the sale, because rates moved since; beyond it lies a mistake of units."""

NO_RATES: Final[Mapping[str, Rate]] = {}

ByRate = tuple[tuple[int | None, Fraction | int], ...]
"""(rate of a product rule, or None for the contract's own rate; what earns it, exact, above zero), the contract's own rate first."""


WITHDRAWN: Final = "It failed or was withdrawn."
_NOTHING_COUNTS: Final = "Nothing on this order counts for the share."


@dataclass(frozen=True, slots=True)
class StoodAside:
    """A refund that does not count, and why; it stays visible."""

    refund: str
    why: str


@dataclass(frozen=True, slots=True)
class Worth:
    """What counts, as exact minor units of the order's currency (fractions after a refund by amount).

    `by_rate` are the base's classes: (rate of a product rule, or None for the contract's own rate; base), only those above zero.
    `rejected_reason` says why an order is worth nothing.
    """

    by_rate: ByRate
    gross_base_minor: int
    refunded_minor: int
    rejected_reason: str | None
    stood_aside: tuple[StoodAside, ...]

    @property
    def base(self) -> Fraction | int:
        """The whole base, over all rates."""
        return sum(base for _, base in self.by_rate)


@dataclass(slots=True)
class _Class:
    """The lines that earn at one rate: what of each counts, and their sum with whatever else counts."""

    parts: dict[str, int]
    gross: int


def worth_of(
    order: Sold, refunds: Iterable[NeutralRefund], rules: BaseRules, rates: Mapping[str, Rate] = NO_RATES, *,
    captured_minor_max: int | None = None,
) -> Worth:  # fmt: skip
    """The order's worth under a contract's base rules, with refunds and chargebacks counted up to what was captured.

    `rates` turn refunds in other currencies into the order's, by currency; a refund without its rate stands aside until it is known.
    `captured_minor_max` is what the order once was, where an edit has lowered it: a refund may be as large as that.
    """
    counted, aside = _sift(order, refunds, rates, captured_minor_max or order.captured_minor)
    classes = _classes(order, rules)
    gross = sum(one.gross for one in classes.values())
    rejected = rejection(order, rules)
    if not counted:
        whole = () if rejected else _unreturned(order, classes)
        return Worth(whole, gross, 0, rejected or (None if whole else _NOTHING_COUNTS), tuple(aside))
    refunded = sum(refund.amount_minor for refund in counted)
    if refunded > order.captured_minor:
        overflow = refunded - order.captured_minor
        excess = Money(overflow, order.currency)
        aside.append(StoodAside("all", f"Refunds and chargebacks pass what was captured by {excess}; they count up to it."))
    kept: ByRate = ()
    if rejected is None and refunded < order.captured_minor:
        kept = _after_refunds(order, classes, counted, rules)
    if rejected is None and not kept:
        rejected = "The order was refunded in full." if refunded and refunded >= order.captured_minor else _NOTHING_COUNTS
    return Worth(kept, gross, min(refunded, order.captured_minor), rejected, tuple(aside))


def unreturned_worth(order: Sold, rules: BaseRules) -> tuple[tuple[int | None, int], ...]:
    """What an order earns from by rate when nothing of it came back: the classes of `worth_of`, and nothing of its sentences."""
    if rejection(order, rules):
        return ()
    if rules.product_rules:
        return _unreturned(order, _classes(order, rules))
    gross = sum(_counting_part(line, rules) for line in order.lines) + _extras(order, rules)
    return ((None, gross),) if gross > 0 and order.captured_minor > 0 else ()


def _unreturned(order: Sold, classes: Mapping[int | None, _Class]) -> tuple[tuple[int | None, int], ...]:
    if order.captured_minor <= 0:
        return ()
    kept = [(own_rate, one.gross) for own_rate, one in classes.items() if one.gross > 0]
    return tuple(sorted(kept, key=_own_rate_first) if len(kept) > 1 else kept)


def _own_rate_first(item: tuple[int | None, Fraction | int]) -> tuple[bool, int]:
    return item[0] is not None, item[0] or 0


def rejection(order: Sold, rules: BaseRules) -> str | None:
    """Why the order as a whole is worth nothing, whatever is on it."""
    if order.is_test:
        return "Test orders never count."
    if order.is_staff and rules.exclude_staff_orders:
        return "Orders of the shop's own staff do not count."
    if order.status == "pending":
        return "The order is not paid yet."
    return "The order was cancelled." if order.status == "cancelled" else None


def _classes(order: Sold, rules: BaseRules) -> dict[int | None, _Class]:
    """The order's lines by the rate they earn. Shipping and tips, where they count, earn the contract's own."""
    classes: dict[int | None, _Class] = {}
    for line in order.lines:
        rule = rules.rule_for(line.product, line.categories) if rules.product_rules else None
        own_rate = rule.share_ppm if rule else None
        part = 0 if rule and not rule.counts else _counting_part(line, rules)
        found = classes.get(own_rate)
        if found is None:
            classes[own_rate] = _Class({line.line_id: part}, part)
        else:
            found.parts[line.line_id] = part
            found.gross += part
    extras = _extras(order, rules)
    if extras:
        classes.setdefault(None, _Class({}, 0)).gross += extras
    return classes


def _counting_part(line: SoldLine, rules: BaseRules) -> int:
    if line.is_gift_card and rules.exclude_gift_cards:
        return 0
    return line.net_minor + (0 if rules.exclude_tax else line.tax_minor)


def _extras(order: Sold, rules: BaseRules) -> int:
    shipping = order.shipping_minor + (0 if rules.exclude_tax else order.shipping_tax_minor)
    return (0 if rules.exclude_shipping else shipping) + (0 if rules.exclude_tips else order.tip_minor)


def _sift(
    order: Sold, refunds: Iterable[NeutralRefund], rates: Mapping[str, Rate], captured_minor: int
) -> tuple[list[NeutralRefund], list[StoodAside]]:
    counted: list[NeutralRefund] = []
    aside: list[StoodAside] = []
    for told in sorted(refunds, key=lambda refund: (refund.occurred_at, refund.kind, refund.external_id)):
        refund = in_currency(told, order.currency, rates.get(told.currency))
        why = _why_not(order, told, refund, captured_minor)
        if why is None and refund is not None:
            counted.append(refund)
        else:
            aside.append(StoodAside(f"{told.kind} {told.external_id}", why or ""))
    return counted, aside


def in_currency(refund: NeutralRefund, currency: str, rate: Rate | None) -> NeutralRefund | None:
    """The refund in the order's currency at the pinned rate of the order's day, each amount rounded once; None without a rate."""
    if refund.currency == currency:
        return refund
    if rate is None:
        return None
    lines = tuple(RefundLine(one.line_id, round(rate.convert(one.net_minor)), round(rate.convert(one.tax_minor))) for one in refund.lines)
    return replace(refund, currency=currency, amount_minor=round(rate.convert(refund.amount_minor)), lines=lines)


def _why_not(order: Sold, told: NeutralRefund, refund: NeutralRefund | None, captured_minor: int) -> str | None:
    """One refund larger than the whole order is a mistake and moves nothing; several that add up to more are cut at the order."""
    if told.is_void:
        return WITHDRAWN
    if refund is None:
        return f"It is in {told.currency}, and the order in {order.currency}; it waits for the exchange rate of the order's day."
    allowed = captured_minor
    if told.currency != order.currency:
        allowed += allowed * FOREIGN_EXCESS_PPM // PARTS_PER_MILLION
    if refund.amount_minor > allowed:
        return "It is larger than everything that was captured."
    known = {line.line_id for line in order.lines}
    missing = next((line.line_id for line in refund.lines if line.line_id not in known), None)
    return None if missing is None else f"It names the line {missing}, which the order does not have."


def _after_refunds(order: Sold, classes: dict[int | None, _Class], refunds: list[NeutralRefund], rules: BaseRules) -> ByRate:
    """Each class less what its own lines gave back, then less its part of the money that went back for no line in particular.

    Such loose money comes evenly out of all that is still unreturned, so nothing is taken twice, nothing is left over, and what
    counts reaches zero together with the money.
    """
    back = _given_back(order, refunds)
    if back.loose_minor >= back.unreturned_minor:
        return ()
    kept_part = 1 - Fraction(back.loose_minor, back.unreturned_minor) if back.loose_minor else 1
    kept: list[tuple[int | None, Fraction | int]] = []
    for own_rate, one in classes.items():
        base: Fraction | int = one.gross  # a whole number as long as money went back by lines alone, which is reckoned sooner
        for line_id, line in back.by_line.items():
            part = one.parts.get(line_id, 0)
            counted = line.net_minor + (0 if rules.exclude_tax else line.tax_minor)
            base -= part - max(0, min(part - counted, line.unreturned_minor))
        if own_rate is None and back.beside_minor:
            base -= Fraction(_extras(order, rules) * back.beside_minor, _beside_lines(order))
        if base > 0:
            kept.append((own_rate, base * kept_part))
    return tuple(sorted(kept, key=_own_rate_first))


@dataclass(frozen=True, slots=True)
class _LineBack:
    """What all refunds together say went back for one line, and how much of what the buyer paid for it did not."""

    net_minor: int
    tax_minor: int
    unreturned_minor: int


@dataclass(frozen=True, slots=True)
class _GivenBack:
    """Where the money of all refunds came from; sums only, so their sequence cannot matter.

    `beside_minor` came out of shipping and tips. `loose_minor` belongs to no line, and `unreturned_minor` is what it comes out of.
    """

    by_line: dict[str, _LineBack]
    beside_minor: int
    loose_minor: int
    unreturned_minor: int


def _given_back(order: Sold, refunds: list[NeutralRefund]) -> _GivenBack:
    """Each line gives back at most what was paid for it. What a refund by lines pays above its lines is shipping and tips first.

    Whatever passes those, and every refund without lines, is loose.
    """
    named: dict[str, tuple[int, int]] = {}
    above_lines = loose = 0
    for refund in refunds:
        for told in refund.lines:
            net_minor, tax_minor = named.get(told.line_id, (0, 0))
            named[told.line_id] = (net_minor + told.net_minor, tax_minor + told.tax_minor)
        if refund.lines:
            above_lines += max(0, refund.amount_minor - sum(told.net_minor + told.tax_minor for told in refund.lines))
        else:
            loose += refund.amount_minor
    beside = min(above_lines, _beside_lines(order))
    loose += above_lines - beside
    unreturned = order.captured_minor - beside
    by_line: dict[str, _LineBack] = {}
    for line in order.lines:
        if line.line_id in named:
            net_minor, tax_minor = named[line.line_id]
            paid = line.net_minor + line.tax_minor
            returned = min(net_minor + tax_minor, paid)
            loose += net_minor + tax_minor - returned
            unreturned -= returned
            by_line[line.line_id] = _LineBack(net_minor, tax_minor, paid - returned)
    return _GivenBack(by_line, beside, loose, unreturned)


def _beside_lines(order: Sold) -> int:
    """What the buyer paid besides the lines."""
    return order.shipping_minor + order.shipping_tax_minor + order.tip_minor
