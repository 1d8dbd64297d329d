"""What happens to a shop in one life, as dice make it: meetings, orders with edits, money that goes back, leads, income, outages.

A life is made from its seed alone, so a seed is all one needs to live it again.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from lived_terms import START, Change, rolled_change, rolled_terms
from sqlalchemy.orm import Session

from billing.contract_terms import ContractTerms
from billing.neutral_order import NeutralLine, NeutralOrder, NeutralRefund, RefundLine
from billing.record_bonus import BonusEvent, record_bonus
from billing.record_income import WorkIncome, record_income
from billing.record_order import OrderSource, record_order
from billing.record_outage import record_outage
from billing.record_refund import record_refund
from billing.record_touch import Touch, record_touch

EMPLOYEES = (UUID(int=70), UUID(int=71))
VISITORS = tuple(UUID(int=number) for number in (1, 2, 3))
WORKS = (None, None, UUID(int=501), UUID(int=502))
TOUCHES = ("conversation", "conversation", "link_click", "video_view", "video_click")
DAYS_TO_CLOSE = 70
"""A month, the longest return window and the soft days, and then some."""
NEVER_EARNED = "pending", "cancelled"

Sources = Mapping[str, OrderSource]
Tell = Callable[[Session, Sources, datetime], object]


@dataclass(frozen=True)
class Fact:
    """One thing that happened at a moment, in words, and how to tell it."""

    at: datetime
    words: str
    tell: Tell


@dataclass(frozen=True)
class Sold:
    """An order in its last state, and which system told it."""

    order: NeutralOrder
    source: str


@dataclass(frozen=True)
class LifeFacts:
    """All that one life is made of. `undoing` takes everything back that earned: orders in full, and every event."""

    terms: tuple[ContractTerms, ContractTerms]
    change: Change | None
    facts: tuple[Fact, ...]
    undoing: tuple[Fact, ...]
    days: int

    @property
    def told_until(self) -> datetime:
        """By then all is told, however late: sales lie in `days`, refunds, corrections and delays in three times as many after them."""
        return START + timedelta(days=4 * self.days)

    @property
    def undone_from(self) -> datetime:
        """When taking back begins: every month in which something was told is closed by then."""
        return self.told_until + timedelta(days=DAYS_TO_CLOSE)

    @property
    def undone_until(self) -> datetime:
        """By then everything is taken back, however late."""
        return self.undone_from + timedelta(days=self.days)

    def __str__(self) -> str:
        said = [f"{employee}: {terms!r}" for employee, terms in zip(EMPLOYEES, self.terms, strict=True)]
        said += [f"{EMPLOYEES[0]} from {self.change.starts_at}: {self.change.terms!r}"] if self.change else []
        said += [f"{fact.at:%Y-%m-%d %H:%M:%S} {fact.words}" for fact in sorted(self.facts, key=lambda fact: fact.at)]
        return "\n".join(said)


def rolled_life(seed: int, days: int) -> LifeFacts:
    """The life of this seed: `days` long, and the busier the longer."""
    dice = Random(f"life {seed}")
    terms = rolled_terms(dice), rolled_terms(dice)
    change = rolled_change(dice, terms[0], days)
    facts = [_touch(dice, number, days) for number in range(dice.randrange(3, 4 + days // 8))]
    sold: list[Sold] = []
    for number in range(dice.randrange(3, 4 + days // 12)):
        states = list(_states(dice, f"o{number}", days))
        source = dice.choice(("online", "online", "till"))
        sold.append(Sold(states[-1], source))
        facts += [told_order(state, source) for state in states]
    for number in range(dice.randrange(9)):
        facts += _returned(dice, f"r{number}", sold, days)
    events = [event for number in range(dice.randrange(4)) for event in _bonus(dice, number, days)]
    incomes = [income for number in range(dice.randrange(4)) for income in _income(dice, number, days)]
    facts += [told_bonus(event) for event in events] + [told_income(income) for income in incomes]
    facts += [_outage(dice, number, days) for number in range(dice.randrange(2))]
    life = LifeFacts(terms, change, tuple(facts), (), days)
    return replace(life, undoing=tuple(_undoing(life.undone_from, sold, events, incomes)))


def told_order(order: NeutralOrder, source: str) -> Fact:
    words = f"{source} told {order!r}"
    return Fact(order.source_updated_at, words, lambda session, sources, now: record_order(session, order, source=sources[source], now=now))


def told_refund(refund: NeutralRefund, source: str) -> Fact:
    words = f"{source} told {refund!r}"
    return Fact(
        refund.source_updated_at, words, lambda session, sources, now: record_refund(session, refund, source=sources[source], now=now)
    )


def told_bonus(event: BonusEvent) -> Fact:
    return Fact(event.told_at, repr(event), lambda session, _, now: record_bonus(session, event, now=now))


def told_income(income: WorkIncome) -> Fact:
    return Fact(income.told_at, repr(income), lambda session, _, now: record_income(session, income, now=now))


def _moment(dice: Random, days: int) -> datetime:
    return START + timedelta(seconds=dice.randrange(days * 86_400))


def _touch(dice: Random, number: int, days: int) -> Fact:
    touch = Touch(
        UUID(int=9_000 + number), _moment(dice, days), dice.choice(TOUCHES), dice.choice(EMPLOYEES), dice.choice(VISITORS),
        work_id=dice.choice(WORKS), conversation_id=UUID(int=9_500 + number),
    )  # fmt: skip
    return Fact(touch.occurred_at, repr(touch), lambda session, _, now: record_touch(session, touch, now=now))


def _states(dice: Random, name: str, days: int) -> Iterator[NeutralOrder]:
    """One order as it was edited, up and down, in one to three states; now and then it is not paid, or cancelled."""
    at, hours = _moment(dice, days), dice.randrange(1, 4 * days)
    marks = {
        "visitor_id": dice.choice((*VISITORS, *VISITORS, None)),
        "payment_reference": dice.choice(("p1", "p2", None, None, None)),
        "customer": dice.choice(("c1", "c2", None)),
    }
    currency = dice.choice(("EUR", "EUR", "USD", "JPY"))
    for number in range(dice.choice((1, 1, 1, 2, 3))):
        lines = tuple(_line(dice, str(one)) for one in range(dice.randrange(1, 4)))
        shipping, tax, tip = dice.choice((0, 500)), dice.choice((0, 99)), dice.choice((0, 0, 250))
        captured = sum(line.net_minor + line.tax_minor for line in lines) + shipping + tax + tip
        status = dice.choice(("paid",) * 8 + NEVER_EARNED)
        updated_at = at + timedelta(hours=number * hours)
        yield NeutralOrder(name, f"{name}/{number}", status, at, updated_at, currency, lines, shipping, tax, tip, captured, **marks)


def _line(dice: Random, line_id: str) -> NeutralLine:
    return NeutralLine(
        line_id, dice.choice(("beans", "oil")), 1, dice.randrange(20_000), dice.randrange(2_000), dice.random() < 0.1,
        dice.choice(((), (), ("gifts",))),
    )  # fmt: skip


def _returned(dice: Random, name: str, sold: list[Sold], days: int) -> Iterator[Fact]:
    """A refund or chargeback: of all, a half or anything; by line or by amount; foreign; void; by payment; corrected to another order."""
    one = dice.choice(sold)
    order, at = one.order, one.order.occurred_at + timedelta(hours=dice.randrange(20 * days))
    amount, lines = dice.choice((order.captured_minor, order.captured_minor // 2, dice.randrange(1, max(2, order.captured_minor)))), ()
    if dice.random() < 0.4:
        line = dice.choice(order.lines)
        lines, amount = (RefundLine(line.line_id, line.net_minor, line.tax_minor),), max(amount, line.net_minor + line.tax_minor)
    is_by_payment = order.payment_reference is not None and dice.random() < 0.4
    refund = NeutralRefund(
        name, dice.choice(("refund", "refund", "chargeback")), None if is_by_payment else order.external_id,
        order.payment_reference if is_by_payment else None, at, at, order.currency if dice.random() < 0.8 else dice.choice(("EUR", "USD")),
        max(amount, 1), lines, dice.random() < 0.1,
    )  # fmt: skip
    source = "bank" if is_by_payment and refund.kind == "chargeback" and dice.random() < 0.5 else one.source
    yield told_refund(refund, source)
    if dice.random() < 0.3:
        other = dice.choice([each.order for each in sold if each.source == one.source])
        later = at + timedelta(hours=dice.randrange(1, 20 * days))
        yield told_refund(replace(refund, external_order_id=other.external_id, source_updated_at=later), source)


def _bonus(dice: Random, number: int, days: int) -> Iterator[BonusEvent]:
    """A lead or a booking, which a second system may tell as well, and which may be withdrawn."""
    at, kind, evidence = _moment(dice, days), dice.choice(("lead", "booking")), {"visitor": str(dice.choice(VISITORS))}
    event = BonusEvent(kind, "crm", f"e{number}", dice.choice(EMPLOYEES), at, at, evidence)
    yield event
    if dice.random() < 0.4:
        again = at + timedelta(days=dice.randrange(20))
        yield replace(event, source="forms", occurred_at=again, told_at=again)
    if dice.random() < 0.3:
        yield replace(event, told_at=at + timedelta(days=dice.randrange(1, 40)), is_void=True)


def _income(dice: Random, number: int, days: int) -> Iterator[WorkIncome]:
    """What a platform paid for a film, once or corrected."""
    at, employee, currency = _moment(dice, days), dice.choice(EMPLOYEES), dice.choice(("EUR", "USD", "JPY"))
    for day in range(dice.choice((1, 2))):
        told_at, amount, is_void = at + timedelta(days=day), dice.randrange(90_000), dice.random() < 0.2
        yield WorkIncome("tube", f"i{number}", employee, UUID(int=501), amount, currency, at, told_at, {"document": "x"}, is_void)


def _outage(dice: Random, number: int, days: int) -> Fact:
    starts_at, name = _moment(dice, days), f"outage {number}"
    ends_at = starts_at + timedelta(hours=dice.randrange(1, 200))

    def tell(session: Session, _: Sources, now: datetime) -> object:
        return record_outage(session, name, starts_at=starts_at, ends_at=ends_at, reason="A flood.", now=now)

    return Fact(ends_at, f"{name} from {starts_at} to {ends_at}", tell)


def _undoing(at: datetime, sold: list[Sold], events: list[BonusEvent], incomes: list[WorkIncome]) -> Iterator[Fact]:
    """Every order refunded to the last cent of its last state, every event withdrawn."""
    for one in sold:
        order = one.order
        if order.captured_minor:
            back = NeutralRefund(
                f"all of {order.external_id}", "refund", order.external_id, None, at, at, order.currency, order.captured_minor
            )
            yield told_refund(back, one.source)
    yield from (told_bonus(replace(event, told_at=at, is_void=True)) for event in events)
    yield from (told_income(replace(income, told_at=at, is_void=True)) for income in incomes)
