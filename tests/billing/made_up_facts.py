"""Made-up histories of a shop, by dice: orders with edits, refunds, chargebacks, a bank's reports and touches, told to any place in a book.

A history speaks in short names. Told to a `Place` it gets that place's employees, visitors and references, so that many histories live
in one shop side by side, none knowing of another, and cost it as many statements as one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from random import Random
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy.orm import Session

from billing.neutral_order import NeutralLine, NeutralOrder, NeutralRefund, RefundLine
from billing.record_order import OrderSource, Told, ToldOrder, ToldRefund, record_facts
from billing.record_touch import Touch, record_touches

START = datetime.fromisoformat("2026-11-10T09:00:00+00:00")
FIRST, SECOND = UUID(int=1), UUID(int=2)
"""The two visitors, and the two employees, of every history."""

CURRENCIES = ("EUR", "EUR", "EUR", "USD", "JPY")


@dataclass(frozen=True)
class Fact:
    """One thing that happened, in a history's own names, and through which of the shop's systems it was told."""

    what: NeutralOrder | NeutralRefund | Touch
    source: str = "online"


@dataclass(frozen=True)
class Place:
    """Where one history happens: two employees, the shop's systems, and a mark before every reference."""

    mark: str
    employees: tuple[UUID, UUID]
    sources: dict[str, OrderSource]

    def told(self, fact: Fact) -> Told | Touch:
        """The fact as this place is told of it."""
        what, source = fact.what, self.sources[fact.source]
        if isinstance(what, NeutralOrder):
            names: dict[str, Any] = {name: self._named(getattr(what, name)) for name in ("number", "payment_reference", "customer")}
            order = replace(what, external_id=self.mark + what.external_id, visitor_id=self._visitor(what.visitor_id), **names)
            return ToldOrder(order, source)
        if isinstance(what, NeutralRefund):
            names = {name: self._named(getattr(what, name)) for name in ("external_order_id", "payment_reference")}
            return ToldRefund(replace(what, external_id=self.mark + what.external_id, **names), source)
        employee = self.employees[what.employee_id != FIRST]
        return replace(what, touch_id=uuid5(what.touch_id, self.mark), employee_id=employee, visitor_id=self._visitor(what.visitor_id))

    def _named(self, name: str | None) -> str | None:
        return None if name is None else self.mark + name

    def _visitor(self, visitor_id: UUID | None) -> UUID | None:
        return None if visitor_id is None else uuid5(visitor_id, self.mark)


def tell(session: Session, told: Sequence[Told | Touch], now: datetime) -> None:
    """Tell a set of facts; those of one kind that stand side by side are told together."""
    for are_touches, several in groupby(told, lambda one: isinstance(one, Touch)):
        if are_touches:
            record_touches(session, [one for one in several if isinstance(one, Touch)], now=now)
        else:
            record_facts(session, [one for one in several if not isinstance(one, Touch)], now=now)


def made_up_history(dice: Random) -> list[Fact]:
    """Orders with edits, refunds (some of one id told twice), chargebacks, a bank's reports and touches."""
    facts = [
        Fact(order, source)
        for name in "abc"
        for source in [dice.choice(("online", "till", "online", "till", "bank"))]
        for order in made_up_orders(dice, name)
    ]
    facts.append(Fact(_earning_order(dice)))
    facts += [made_up_refund(dice, f"r{dice.randint(0, 2)}") for _ in range(dice.randint(0, 5))]
    facts.append(touched(99, START - timedelta(hours=1)))
    for number in range(dice.randint(0, 2)):
        at, kind = START + timedelta(hours=dice.randint(-150, 100)), dice.choice(("conversation", "link_click", "video_view"))
        facts.append(touched(number, at, kind, dice.choice((FIRST, SECOND)), dice.choice((FIRST, SECOND))))
    return facts


def made_up_orders(dice: Random, name: str) -> list[NeutralOrder]:
    """One order in one to three states, as it was edited."""
    at = START + timedelta(hours=dice.randint(0, 100))
    visitor, payment = dice.choice((FIRST, SECOND, FIRST, None)), dice.choice(("pay1", "pay2", None))
    currency, customer = dice.choice(CURRENCIES), dice.choice(("c1", "c1", None))
    states = []
    for number in range(dice.randint(1, 3)):
        lines = tuple(_made_up_lines(dice))
        captured = sum(line.net_minor + line.tax_minor for line in lines)
        status: Any = dice.choice(("paid", "paid", "paid", "cancelled", "pending"))
        states.append(
            NeutralOrder(
                name, f"{name}/{number}", status, at, at + timedelta(minutes=dice.randint(0, 3)), currency, lines, 0, 0, 0, captured,
                visitor_id=visitor, payment_reference=payment, customer=customer,
            )
        )  # fmt: skip
    return states


def _earning_order(dice: Random) -> NeutralOrder:
    """One that earns, whatever else happens: its visitor was met, and it holds something that counts."""
    order = made_up_orders(dice, "d")[0]
    first, second = order.lines
    first = replace(first, net_minor=first.net_minor + 2_000, is_gift_card=False, categories=())
    captured = order.captured_minor + 2_000
    return replace(order, lines=(first, second), captured_minor=captured, status="paid", visitor_id=FIRST, payment_reference=None)


def _made_up_lines(dice: Random) -> Iterator[NeutralLine]:
    for number in range(2):
        product, categories = dice.choice(("beans", "beans", "oil")), dice.choice(((), (), ("gifts",)))
        yield NeutralLine(str(number), product, 1, _minor(dice), _minor(dice), dice.random() < 0.5, categories)


def made_up_refund(dice: Random, name: str) -> Fact:
    """Money that went back, for an order or for a payment, all of it or by lines; sometimes taken back itself."""
    at, by_payment, net = START + timedelta(hours=dice.randint(0, 100)), dice.random() < 0.5, dice.choice((1, dice.randint(1, 5000)))
    kind: Any = dice.choice(("refund", "chargeback"))
    refund = NeutralRefund(
        external_id=name, kind=kind, external_order_id=None if by_payment else dice.choice("abcdd"),
        payment_reference=dice.choice(("pay1", "pay2")) if by_payment else None, occurred_at=at,
        source_updated_at=at + timedelta(minutes=dice.randint(0, 3)), currency=dice.choice(CURRENCIES), amount_minor=net + _minor(dice),
        lines=(RefundLine("0", net, 0),) if dice.random() < 0.5 else (), is_void=dice.random() < 0.25,
    )  # fmt: skip
    return Fact(refund, dice.choice(("online", "online", "till", "bank")))


def touched(number: int, at: datetime, kind: str = "conversation", visitor: UUID = FIRST, employee: UUID = FIRST) -> Fact:
    """A visitor met an employee."""
    return Fact(Touch(UUID(int=9000 + number), at, kind, employee, visitor))


def _minor(dice: Random) -> int:
    return dice.choice((0, 1, dice.randint(0, 5000), dice.randint(0, 5000), dice.randint(1000, 20_000), dice.randint(1000, 20_000)))
