"""What happened before the demo begins: three months of the coffee shop's work, told by the real verbs with past clocks.

Two months are closed, one is soft, and the running one has its first sales; there was a raise, a lead, goods came back, one late after
its month was closed, one line was disputed and granted, another still is. Nothing is written straight into a table, so every cent of it
can be asked for its reason. The same seed always makes the same shop.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from app.demo.past_days import CURRENCY, Bought, PastDays
from billing.close_period import close_period, next_due
from billing.contract_terms import ContractTerms, Payee, Tiers, TierStep
from billing.decide_dispute import decide_dispute
from billing.open_dispute import open_dispute
from billing.read_orders import earning_lines
from billing.record_bonus import BonusEvent, record_bonus
from billing.sign_contract import sign_contract
from tenants.audit import person_actor
from tenants.members import members

MONTHS_BEFORE: Final = 3
ORDERS_A_MONTH: Final = 11
READ_AT_ONCE: Final = 4
"""Sales that wait before the past's worker reads them; it always reads them before anything else happens."""
SEED: Final = 20_261_122
PAYEES: Final = (
    Payee(key="platform", name="Tillhand", role="platform", part_ppm=850_000),
    Payee(key="amara", name="Amara Osei", role="likeness_owner", part_ppm=150_000),
)
FIRST_TERMS: Final = ContractTerms(
    currency=CURRENCY, share_ppm=80_000, minimum_minor=1_500, bonuses={"lead": 150}, reserve_ppm=50_000, reserve_days=60, payees=PAYEES
)
RAISED_TERMS: Final = FIRST_TERMS.model_copy(
    update={"share_ppm": 100_000, "tiers": Tiers(kind="marginal", steps=(TierStep(from_minor=12_000, share_ppm=120_000),))}
)
"""What they work under when the demo begins: a tenth, and more above 120 dollars a month."""

SHELF: Final = (
    Bought("Lantern Blend beans 250 g", 1, 1_150), Bought("Kestrel Ethiopia beans 250 g", 1, 1_350),
    Bought("Kestrel Keep Cup 12 oz", 1, 1_600), Bought("Almond Croissant", 3, 390), Bought("Dark Chocolate Bar 70%", 2, 400),
    Bought("Cheese Toastie", 2, 690), Bought("Roasted Almonds 80 g", 2, 340), Bought("Flat White, large", 2, 490),
)  # fmt: skip
TALKS: Final = (
    ("Which beans are best for filter coffee?", "For filter I would take Kestrel Ethiopia, 13.50 dollars: jasmine and lemon."),
    ("Does the keep cup fit under your machine?", "Yes. The Kestrel Keep Cup holds 12 oz and costs 16.00 dollars."),
    ("What can I send to a friend by post?", "We post beans and merchandise for 4 dollars, and free of charge from 35 dollars."),
)
COUPON_TALKS: Final = (
    ("Do you have a discount for me?", "I have one welcome coupon, 10 % off your order. Here it is."),
    ("First time here, any deal?", "Welcome. I may give you 10 % off your first order."),
)


@dataclass(frozen=True)
class Step:
    """Something that happened, and when."""

    at: datetime
    do: Callable[[datetime], None]
    is_sale: bool = False


@dataclass
class Past:
    """The demo's past while it is told: what each order's buyer paid, by its number."""

    days: PastDays
    random: Random = field(default_factory=lambda: Random(SEED))  # noqa: S311 - a story, not a secret
    paid_minor: dict[str, int] = field(default_factory=dict)

    def sale(self, number: str) -> Callable[[datetime], None]:
        """A talk and, twenty minutes later, the order it led to; now and then a buyer whom the employee never met."""
        draw = self.random.random()
        bought = self.random.sample(SHELF, self.random.choice((1, 2, 2, 3)))
        talked = self.random.choice(COUPON_TALKS if draw < 0.6 else TALKS)

        def do(at: datetime) -> None:
            asked = at - timedelta(minutes=20)
            talk = self.days.talk(*talked, has_coupon=draw < 0.6, at=asked) if draw < 0.9 else None
            self.paid_minor[number] = self.days.sell(number, bought, talk, at=at)

        return do

    def refund(self, number: str, part_ppm: int) -> Callable[[datetime], None]:
        """A part of what was paid goes back."""
        return lambda at: self.days.refund(number, self.paid_minor[number] * part_ppm // 1_000_000, at=at)

    def within(self, verb: Callable[[Session, datetime], object]) -> Callable[[datetime], None]:
        """A step in the shop's own session."""

        def do(at: datetime) -> None:
            with self.days.database.tenant_session(self.days.tenant_id) as session:
                verb(session, at)
            self.days.hear_of(at + timedelta(seconds=1))

        return do

    def raise_her(self, session: Session, at: datetime) -> None:
        """The second version of their contract."""
        sign_contract(session, employee_id=self.days.employee_id, terms=RAISED_TERMS, accepted_by="Olive Kestrel", now=at)

    def lead(self, session: Session, at: datetime) -> None:
        """Somebody asked for catering."""
        evidence = {"note": "catering request, table by the window"}
        record_bonus(session, BonusEvent("lead", "web form", f"lead-{at:%m%d}", self.days.employee_id, at, at, evidence), now=at)

    def close(self, session: Session, at: datetime) -> None:
        """Close what is due by then."""
        while due := next_due(session, employee_id=self.days.employee_id, now=at):
            close_period(session, employee_id=self.days.employee_id, period_start=due.start, now=at)

    def dispute(self, reason: str) -> Callable[[Session, datetime], UUID]:
        """The shop disputes what one of last month's orders earned, the one that earned most."""

        def do(session: Session, at: datetime) -> UUID:
            found = earning_lines(session, start=at - timedelta(days=45), end=at - timedelta(days=10), now=at)
            best = max((one.line for one in found if one.line.kind == "sale"), key=lambda line: line.amount_minor)
            owner = person_actor(members(session)[0].person_id)
            return open_dispute(
                session, order_id=best.order_id or best.transaction_id, contract_version_id=best.contract_version_id, reason=reason,
                opened_by=owner, now=at,
            )  # fmt: skip

        return do

    def granted(self, session: Session, at: datetime) -> None:
        """A dispute that was settled in the shop's favour four days later."""
        dispute_id = self.dispute("A colleague bought this for the shop's own shelf.")(session, at)
        why, later = "The order was the shop's own.", at + timedelta(days=4)
        decide_dispute(session, dispute_id=dispute_id, outcome="accepted", why=why, decided_by="operator", now=later)


def first_day(now: datetime) -> datetime:
    """The day the demo's shop opened: the first of the month, three months before the running one."""
    months = now.year * 12 + now.month - 1 - MONTHS_BEFORE
    return datetime(months // 12, months % 12 + 1, 1, tzinfo=UTC)


def live_the_past(days: PastDays, *, now: datetime) -> None:
    """Live every day from the first to `now`, in the sequence the days came."""
    past, unread = Past(days), 0
    for step in sorted(_steps(past, now), key=lambda step: step.at):
        if step.at >= now - timedelta(minutes=5):
            break
        if unread and not step.is_sale:
            days.hear_of(step.at)
            unread = 0
        step.do(step.at)
        unread += step.is_sale
        if unread == READ_AT_ONCE:
            days.hear_of(step.at + timedelta(seconds=5))
            unread = 0


def _steps(past: Past, now: datetime) -> Iterator[Step]:
    begun = first_day(now)
    months = [begun, *(_later(begun, count) for count in range(1, MONTHS_BEFORE + 2))]
    numbers = iter(range(1001, 2000))
    for place, (start, end) in enumerate(pairwise(months)):
        for day in sorted(past.random.sample(range((end - start).days), ORDERS_A_MONTH)):
            at = start + timedelta(days=day, hours=past.random.randint(8, 17), minutes=past.random.randint(0, 59))
            yield Step(at, past.sale(f"K-{next(numbers)}"), is_sale=True)
        yield Step(start + timedelta(days=9, hours=11), past.within(past.lead))
        yield Step(start + timedelta(hours=3), past.within(past.close))
        yield Step(end - timedelta(hours=2), past.within(past.close))
        if place < MONTHS_BEFORE:
            yield Step(end - timedelta(hours=6), past.refund(f"K-{1003 + place * ORDERS_A_MONTH}", 1_000_000))
            yield Step(end - timedelta(hours=5), past.refund(f"K-{1008 + place * ORDERS_A_MONTH}", 400_000))
    yield Step(months[2], past.within(past.raise_her))
    yield Step(months[3] + timedelta(hours=9), past.refund("K-1005", 500_000))
    yield Step(months[2] - timedelta(days=6), past.within(past.granted))
    asked = "The buyer says nobody spoke with them; please look at the talk again."
    yield Step(now - timedelta(hours=20), past.within(past.dispute(asked)))


def _later(start: datetime, count: int) -> datetime:
    months = start.year * 12 + start.month - 1 + count
    return start.replace(year=months // 12, month=months % 12 + 1)
