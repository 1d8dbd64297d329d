"""Whatever sequence the facts of a shop arrive in, and however often, its book ends with the same totals."""

import random
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from shopkeeper import Shopkeeper, balances
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from billing.attribution.tables import AttributionRun
from billing.connections import create_connection
from billing.contract_terms import BaseRules, ContractTerms
from billing.import_rates import import_rates
from billing.ledger.posted import posted_orders, signed_for_employee
from billing.ledger.tables import LedgerTransaction, Posting
from billing.neutral_order import NeutralLine, NeutralOrder, NeutralRefund, RefundLine
from billing.orders.tables import OrderRevision, ShopOrder
from billing.read_earnings import earnings
from billing.record_order import OrderSource, record_order
from billing.record_refund import record_refund
from billing.record_touch import Touch, record_touch
from billing.sign_contract import sign_contract
from billing.terms.clauses import Payee, ProductRule, Repeat, Tiers, TierStep
from tenants.database import Database

on_postgres = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
START = datetime.fromisoformat("2026-11-10T09:00:00+00:00")
VISITORS, CHANNELS = (UUID(int=1), UUID(int=2)), ("online", "till")
MINOR = st.integers(0, 5000) | st.integers(1000, 20_000)
CURRENCIES = st.sampled_from(("EUR", "EUR", "EUR", "USD", "JPY"))
PRODUCTS = st.sampled_from(("beans", "beans", "oil"))
CATEGORIES = st.sampled_from(((), (), ("gifts",)))


@dataclass(frozen=True)
class Fact:
    """One thing that happened, and how to tell it to a shop."""

    tell: Callable[[Session, "Town", datetime], object]


@dataclass(frozen=True)
class Town:
    """Two employees, two order books and a payment provider that is nobody's order book."""

    employees: tuple[UUID, UUID]
    sources: dict[str, OrderSource]


RICH = ContractTerms(
    currency="EUR",
    share_ppm=80_000,
    attribution_model="linear",
    base=BaseRules(product_rules=(ProductRule(categories=("gifts",), counts=False), ProductRule(products=("oil",), share_ppm=31_007))),
    tiers=Tiers(kind="marginal", steps=(TierStep(from_minor=2_000, share_ppm=120_000), TierStep(from_minor=6_000, share_ppm=95_000))),
    cap_minor=700,
    repeat=Repeat(days=60, share_ppm=20_001),
    royalty_share_ppm=150_000,
    payees=(
        Payee(key="platform", name="Tillhand", role="platform", part_ppm=700_001),
        Payee(key="face", name="Ida", role="likeness_owner", part_ppm=299_999),
    ),
)
"""Everything at once: rates by product, tiers, a cap, repeat purchases, royalties and two payees."""

RATES = "day,base,quote,rate,source\n" + "".join(
    f"2026-11-{day:02d},EUR,{quote},{rate},ecb\n" for day in range(1, 27) for quote, rate in (("JPY", "167.37"), ("USD", f"1.0{day:02d}"))
)


@pytest.fixture
def town_database(database: Database) -> Database:
    """A database in which every day of the month has its exchange rates."""
    import_rates(database, RATES, now=START + timedelta(days=20), are_jumps_confirmed=True)
    return database


def build(shop: Shopkeeper) -> Town:
    colleague = UUID(int=77)
    with shop.session() as session:
        dear = ContractTerms(currency="USD", share_ppm=123_457, return_window_days=14)
        sign_contract(session, employee_id=colleague, terms=dear, accepted_by="Ada", now=shop.now - timedelta(days=50))
        till = create_connection(session, name="Till", channel="till", is_order_book=True, now=shop.now + timedelta(seconds=1))
        bank = create_connection(session, name="Bank", channel="online", is_order_book=False, now=shop.now + timedelta(seconds=2))
    sources = {
        "online": OrderSource(shop.book.connection_id, "online", True),
        "till": OrderSource(till.connection_id, "till", True),
        "bank": OrderSource(bank.connection_id, "online", False),
    }
    return Town((shop.employee_id, colleague), sources)


def told_order(order: NeutralOrder, source: str) -> Fact:
    return Fact(lambda session, town, now: record_order(session, order, source=town.sources[source], now=now))


def told_refund(refund: NeutralRefund, source: str) -> Fact:
    return Fact(lambda session, town, now: record_refund(session, refund, source=town.sources[source], now=now))


def told_touch(number: int, at: datetime, kind: str, visitor: UUID, employee: int) -> Fact:
    def tell(session: Session, town: Town, now: datetime) -> object:
        return record_touch(session, Touch(UUID(int=9000 + number), at, kind, town.employees[employee], visitor), now=now)

    return Fact(tell)


@st.composite
def orders(draw: st.DrawFn, name: str) -> list[NeutralOrder]:
    """One order in one to three states, as it was edited."""
    at = START + timedelta(hours=draw(st.integers(0, 100)))
    visitor, payment = draw(st.sampled_from((*VISITORS, VISITORS[0], None))), draw(st.sampled_from(("pay1", "pay2", None)))
    currency, customer = draw(CURRENCIES), draw(st.sampled_from(("c1", "c1", None)))
    states = []
    for number in range(draw(st.integers(1, 3))):
        lines = tuple(
            NeutralLine(str(n), draw(PRODUCTS), 1, draw(MINOR), draw(MINOR), draw(st.booleans()), draw(CATEGORIES)) for n in range(2)
        )
        captured = sum(line.net_minor + line.tax_minor for line in lines)
        status = draw(st.sampled_from(["paid", "paid", "paid", "cancelled", "pending"]))
        updated = at + timedelta(minutes=draw(st.integers(0, 3)))
        order = NeutralOrder(
            name, None, status, at, updated, currency, lines, 0, 0, 0, captured, visitor_id=visitor, payment_reference=payment,
            customer=customer,
        )  # type: ignore[arg-type]  # fmt: skip
        states.append(replace(order, number=f"{name}/{number}"))
    return states


@st.composite
def refunds(draw: st.DrawFn, name: str) -> Fact:
    at = START + timedelta(hours=draw(st.integers(0, 100)))
    net, extra = draw(st.integers(1, 5000)), draw(MINOR)
    lines = (RefundLine("0", net, 0),) if draw(st.booleans()) else ()
    by_payment = draw(st.booleans())
    refund = NeutralRefund(
        external_id=name, kind=draw(st.sampled_from(["refund", "chargeback"])),
        external_order_id=None if by_payment else draw(st.sampled_from("aabc")),
        payment_reference=draw(st.sampled_from(["pay1", "pay2"])) if by_payment else None, occurred_at=at,
        source_updated_at=at + timedelta(minutes=draw(st.integers(0, 3))), currency=draw(CURRENCIES), amount_minor=net + extra,
        lines=lines, is_void=draw(st.booleans()) and draw(st.booleans()),
    )  # fmt: skip
    return told_refund(refund, draw(st.sampled_from(["online", "online", "till", "bank"])))


@st.composite
def histories(draw: st.DrawFn) -> list[Fact]:
    """Orders with edits, refunds (some of one id told twice), chargebacks, a bank's reports and touches."""
    facts: list[Fact] = []
    for name in "abc":
        source = draw(st.sampled_from(["online", "till", "online", "till", "bank"]))
        facts += [told_order(order, source) for order in draw(orders(name))]
    sure = replace(draw(orders("d"))[0], status="paid", visitor_id=VISITORS[0], payment_reference=None)  # at least one that earns
    facts.append(told_order(sure, "online"))
    facts += [draw(refunds(f"r{draw(st.integers(0, 2))}")) for _ in range(draw(st.integers(0, 4)))]
    facts.append(told_touch(99, START - timedelta(hours=1), "conversation", VISITORS[0], 0))
    for number in range(draw(st.integers(0, 2))):
        at = START + timedelta(hours=draw(st.integers(-150, 100)))
        kind = draw(st.sampled_from(["conversation", "link_click", "video_view"]))
        facts.append(told_touch(number, at, kind, draw(st.sampled_from(VISITORS)), draw(st.integers(0, 1))))
    return facts


def live_through(database: Database, facts: list[Fact]) -> tuple[Any, ...]:
    """Tell the facts to a fresh shop, one transaction each, and return where its book stands, in words free of ids."""
    shop = Shopkeeper(database, START + timedelta(days=5), RICH)
    town = build(shop)
    for number, fact in enumerate(facts):
        with shop.session() as session:
            fact.tell(session, town, shop.now + timedelta(minutes=number))
    with shop.session() as session:
        accounts = {}
        for (account, currency), minor in balances(session).items():
            first, second = (str(employee) for employee in town.employees)
            accounts[account.replace(first, "first").replace(second, "second"), currency] = minor
        rows = session.execute(
            select(ShopOrder.channel, ShopOrder.external_id, AttributionRun.base_exact, AttributionRun.reason)
            .join(AttributionRun, (AttributionRun.order_id == ShopOrder.order_id) & (AttributionRun.revision == ShopOrder.revision))
            .order_by(ShopOrder.channel, ShopOrder.external_id)
        ).all()
        assert_book_is_sound(session)
        for told in session.execute(select(LedgerTransaction.kind, LedgerTransaction.working["fx"]["from"].astext).distinct()):
            event(f"the book holds {told[0]} {told[1] or ''}")  # pytest --hypothesis-show-statistics says how often
    return accounts, [tuple(row) for row in rows]


def assert_book_is_sound(session: Session) -> None:
    """The sides balance in every currency; every movement has its evidence; pages and workings say what the book says; no cap is passed."""
    found = balances(session)
    for currency in {currency for _, currency in found}:
        assert sum(minor for (_, of), minor in found.items() if of == currency) == 0
    assert_workings_are_the_book(session)
    unexplained = (
        select(func.count())
        .select_from(LedgerTransaction)
        .where(
            LedgerTransaction.kind == "share",
            ~select(OrderRevision.order_id)
            .where(OrderRevision.order_id == LedgerTransaction.order_id, OrderRevision.revision == LedgerTransaction.revision)
            .exists(),
        )
    )
    assert session.scalar(unexplained) == 0
    shown = {one.currency: one.balance_minor for one in earnings(session, now=START + timedelta(days=9)).currencies if one.balance_minor}
    held: dict[str, int] = defaultdict(int)
    for (account, currency), minor in found.items():
        held[currency] += minor if account.startswith("employee.") else 0
    assert shown == {currency: minor for currency, minor in held.items() if minor}
    assert held["EUR"] <= (RICH.cap_minor or 0)


def assert_workings_are_the_book(session: Session) -> None:
    """The figures in an order's latest working are what its postings add up to."""
    orders = list(session.scalars(select(ShopOrder.order_id)))
    query = select(Posting.order_id, Posting.contract_version_id, func.sum(signed_for_employee())).group_by(
        Posting.order_id, Posting.contract_version_id
    )
    posted = {(order, version): int(total) for order, version, total in session.execute(query.where(Posting.order_id.is_not(None)))}
    said: dict[tuple[UUID, UUID], int] = defaultdict(int)
    for order_id, order in posted_orders(session, orders).items():
        for share in order.shares:
            said[order_id, share.contract_version_id] += share.target_minor
    assert {key: minor for key, minor in said.items() if minor} == {key: minor for key, minor in posted.items() if minor}


@on_postgres
@given(histories(), st.randoms(use_true_random=False))
def test_sequence_and_repetition_do_not_matter(town_database: Database, facts: list[Fact], dice: random.Random) -> None:
    expected = live_through(town_database, facts)
    jumbled = [*facts, *dice.choices(facts, k=3)]
    dice.shuffle(jumbled)
    assert live_through(town_database, jumbled) == expected


@settings(on_postgres, max_examples=25)
@given(orders("a"), st.lists(st.integers(1, 9), min_size=1, max_size=4), st.randoms(use_true_random=False))
def test_giving_everything_back_leaves_zero_in_every_account(
    town_database: Database, states: list[NeutralOrder], weights: list[int], dice: random.Random
) -> None:
    states = [replace(order, status="paid", visitor_id=VISITORS[0]) for order in states]
    final = max(states, key=lambda order: (order.source_updated_at, order.captured_minor))
    states = [order for order in states if order.source_updated_at < final.source_updated_at] + [final]
    left, facts = final.captured_minor, [told_order(order, "online") for order in states]
    facts.append(told_touch(1, final.occurred_at - timedelta(hours=1), "conversation", VISITORS[0], 0))
    for number, weight in enumerate(weights):
        amount = left if number == len(weights) - 1 else final.captured_minor * weight // sum(weights)
        left -= amount
        if amount:
            moment = final.occurred_at + timedelta(hours=number)
            facts.append(told_refund(NeutralRefund(f"r{number}", "refund", "a", None, moment, moment, final.currency, amount), "online"))
    dice.shuffle(facts)
    accounts, _ = live_through(town_database, facts)
    assert accounts == {}


@pytest.mark.parametrize("amounts", [(3000,), (1000, 2000), (1, 1, 2998), (1499, 1501)])
def test_a_sale_and_its_refunds_net_to_zero_after_real_movements(database: Database, now: datetime, amounts: tuple[int, ...]) -> None:
    from shopkeeper import order_message, refund_message

    shop = Shopkeeper(database, now)
    shop.touch()
    shop.tell(order_message(attribution={"visitor": str(shop.visitor_id)}))
    assert shop.earned() == 240
    for number, minor in enumerate(amounts):
        shop.tell(refund_message(f"r{number}", f"{minor // 100}.{minor % 100:02d}"))
    assert shop.balances() == {}
    with shop.session() as session:
        assert (session.scalar(select(func.count()).select_from(Posting)) or 0) >= 2
