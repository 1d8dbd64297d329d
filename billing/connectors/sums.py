"""An order must be the sum of its parts; shop systems round tax by line or by order, so some cents may hang in the air."""

from collections.abc import Sequence
from dataclasses import replace

from billing.errors import OrderDoesNotAddUp
from billing.money import format_amount, split
from billing.neutral_order import NeutralLine, NeutralOrder


def with_cents_settled(order: NeutralOrder) -> NeutralOrder:
    """The order with a rounding difference put on the tax of its largest line; raises OrderDoesNotAddUp when it is more than rounding.

    Rounding is at most one minor unit for each line, for delivery and for the tip. Tax is where no share is taken from.
    """
    parts = parts_minor(order)
    left = order.captured_minor - parts
    if left == 0:
        return order
    if not order.lines or abs(left) > len(order.lines) + 2:
        said, found = (format_amount(minor, order.currency) for minor in (order.captured_minor, parts))
        raise OrderDoesNotAddUp(f"The total says {said}, but lines, taxes, delivery and tip add up to {found} {order.currency}.")
    at = max(range(len(order.lines)), key=lambda number: (order.lines[number].net_minor, -number))
    line = order.lines[at]
    tax_minor = max(0, line.tax_minor + left)
    settled = replace(line, tax_minor=tax_minor, net_minor=line.net_minor + left - (tax_minor - line.tax_minor))
    return replace(order, lines=(*order.lines[:at], settled, *order.lines[at + 1 :]))


def parts_minor(order: NeutralOrder) -> int:
    """What lines, delivery and tip come to, taxes included."""
    return sum(one.net_minor + one.tax_minor for one in order.lines) + order.shipping_minor + order.shipping_tax_minor + order.tip_minor


def taken_off(lines: Sequence[NeutralLine], net_minor: int, tax_minor: int) -> tuple[NeutralLine, ...]:
    """Lines less a discount given on all of them together: by their net amounts, the tax's part by their taxes.

    A discount larger than the lines is cut at them; the sum then does not add up and says so.
    """
    net = _parts([line.net_minor for line in lines], net_minor)
    tax = _parts([line.tax_minor for line in lines], tax_minor)
    return tuple(
        replace(line, net_minor=line.net_minor - off, tax_minor=line.tax_minor - tax_off)
        for line, off, tax_off in zip(lines, net, tax, strict=True)
    )


def _parts(amounts: Sequence[int], off_minor: int) -> list[int]:
    total = sum(amounts)
    if off_minor <= 0 or total <= 0:
        return [0] * len(amounts)
    shares = split(min(off_minor, total), dict(enumerate(amounts)))
    return [shares[number] for number in range(len(amounts))]
