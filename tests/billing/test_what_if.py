"""A trial of terms on the past: what was signed pays what was paid, and everything else is decided by the book's own functions."""

from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

import pytest
from closed_months import ClosedMonths
from made_up_facts import START, made_up_history
from made_up_town import RATES, RICH, settled_town
from shopkeeper import Shopkeeper, order_message, refund_message
from sqlalchemy import select

from billing.back_test import side_by_side
from billing.back_test.past import past_orders
from billing.back_test.replay import MonthSums, OrderChange, Replayed, Trial, replay, with_trial
from billing.contract_terms import ContractTerms, Lift, Repeat, Tiers, TierStep
from billing.decide_dispute import decide_dispute
from billing.end_contract import end_contract
from billing.errors import WhatIfRefused
from billing.import_rates import import_rates
from billing.open_dispute import open_dispute
from billing.orders.tables import ShopOrder
from billing.read_contracts import contracts_of
from billing.revenue_share.versions import load_contracts
from billing.what_if import WhatIf, what_if
from tenants.database import Database
from tenants.tenant import open_tenant

PLAIN = ContractTerms(currency="EUR", share_ppm=80_000)


def tried(shop: Shopkeeper, terms: ContractTerms, *, days: int = 40, price: int | None = None) -> WhatIf:
    with shop.session() as session:
        return what_if(
            session, employee_id=shop.employee_id, terms=terms, start=shop.now - timedelta(days=days), end=shop.now + timedelta(days=1),
            price_per_conversation_minor=price,
        )  # fmt: skip


def sold(shop: Shopkeeper, *totals: str, touched_days_before: int = 0) -> None:
    """One conversation, then a paid order of each total, all by one visitor."""
    shop.touch(at=shop.now - timedelta(days=touched_days_before, hours=2))
    for number, total in enumerate(totals):
        visitor = {"attribution": {"visitor": str(shop.visitor_id)}}
        shop.tell(order_message(f"W{number}", total=total, at=(shop.now - timedelta(minutes=5)).isoformat(), **visitor))


@pytest.mark.parametrize("terms", [PLAIN, RICH], ids=["plain", "rich"])
def test_the_signed_terms_pay_what_was_paid(database: Database, terms: ContractTerms) -> None:
    """Twenty made-up histories, each under contracts of its own."""
    import_rates(database, RATES, now=START + timedelta(days=20), are_jumps_confirmed=True)
    town = settled_town(database, 20, terms)
    with town.undone() as session:
        town.live(session, [[made_up_history(Random(f"tried {number}")) for number in range(20)]])
        start, end = START - timedelta(days=35), START + timedelta(days=6)
        for place in town.places:
            answer = what_if(session, employee_id=place.employees[0], terms=terms, start=start, end=end)
            assert (answer.changed_count, answer.changes) == (0, ())
            assert answer.tried_minor == answer.actual_minor
            assert answer.order_count > 60


def test_a_higher_rate_pays_more_and_names_the_order(database: Database, now: datetime) -> None:
    shop = Shopkeeper(database, now)
    sold(shop, "30.00")
    before = shop.earned()
    answer = tried(shop, PLAIN.model_copy(update={"share_ppm": 160_000}))
    assert (answer.actual_minor, answer.tried_minor) == (before, 2 * before)
    assert [(one.actual_minor, one.tried_minor) for one in answer.changes] == [(before, 2 * before)]
    assert answer.changes[0].why == "It is the only touch that counts." or "talk" in answer.changes[0].why
    assert shop.earned() == before  # nothing was written


def test_tiers_cap_and_minimum_are_lines_of_the_trial(database: Database, now: datetime) -> None:
    shop = Shopkeeper(database, now)
    sold(shop, "30.00", "50.00")
    steps = Tiers(kind="volume", steps=(TierStep(from_minor=100, share_ppm=200_000),))
    lines = tried(shop, PLAIN.model_copy(update={"tiers": steps, "cap_minor": 400})).months[-1]
    assert {line.kind for line in lines.lines} == {"tier", "cap"}
    assert lines.tried_minor == 400
    least = PLAIN.model_copy(update={"minimum_minor": 99_999})
    assert tried(shop, least).tried_minor == tried(shop, PLAIN).tried_minor  # the month is not over
    ClosedMonths(shop).close_at(2027, 1, 10)
    with shop.session() as session:
        begun = contracts_of(session, shop.employee_id)[0].starts_at
        begun = begun.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        whole = what_if(session, employee_id=shop.employee_id, terms=least, start=begun, end=datetime(2026, 12, 1, tzinfo=UTC))
    assert whole.months[-1].tried_minor == 99_999
    assert whole.months[0].tried_minor < 99_999  # it governed that month in part


def test_a_month_that_waits_to_close_is_not_filled_up(database: Database, now: datetime) -> None:
    """The signed terms pay what was posted, before the close and after it."""
    terms = PLAIN.model_copy(update={"minimum_minor": 3_000})
    shop = Shopkeeper(database, now, terms)
    start, end = datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)
    with shop.session() as session:
        waiting = what_if(session, employee_id=shop.employee_id, terms=terms, start=start, end=end)
    assert (waiting.tried_minor, waiting.actual_minor) == (0, 0)
    assert waiting.notes[0].endswith("nothing is filled up to the minimum in them: 2026-10.")
    ClosedMonths(shop).close_at(2027, 1, 10)
    with shop.session() as session:
        closed = what_if(session, employee_id=shop.employee_id, terms=terms, start=start, end=end)
    assert (closed.tried_minor, closed.actual_minor, closed.notes) == (3_000, 3_000, ())


def test_only_days_with_a_contract_are_tried(database: Database, now: datetime) -> None:
    shop = Shopkeeper(database, now)
    sold(shop, "30.00")
    with shop.session() as session:
        open_tenant(session, name="Wren", time_zone="UTC", allowed_origins=(), now=now)
        end_contract(session, shop.employee_id, actor="Robin", now=now)
    shop.now = now + timedelta(days=2)
    sold(shop, "40.00")
    answer = tried(shop, PLAIN)
    assert (answer.order_count, answer.changed_count, answer.tried_minor) == (1, 0, answer.actual_minor)


def test_what_disputes_took_stays_taken(database: Database, now: datetime) -> None:
    shop = Shopkeeper(database, now)
    sold(shop, "30.00")
    with shop.session() as session:
        open_tenant(session, name="Wren", time_zone="UTC", allowed_origins=(), now=now)
        order_id = session.scalars(select(ShopOrder.order_id)).one()
        version_id = contracts_of(session, shop.employee_id)[0].contract_version_id
        dispute_id = open_dispute(
            session, order_id=order_id, contract_version_id=version_id, reason="Ours.", opened_by="Robin", amount_minor=100, now=now
        )
        decide_dispute(session, dispute_id=dispute_id, outcome="accepted", why="So it is.", decided_by="op", now=now)
    answer = tried(shop, PLAIN)
    assert answer.tried_minor == answer.actual_minor == 140


def test_a_longer_window_looks_for_older_touches(database: Database, now: datetime) -> None:
    shop = Shopkeeper(database, now)
    sold(shop, "30.00", touched_days_before=20)
    assert shop.earned() == 0
    wider = PLAIN.model_copy(update={"window_days": {"coupon": 60, "link": 60, "conversation": 60}})
    assert tried(shop, wider).tried_minor > 0
    assert tried(shop, PLAIN).tried_minor == 0


def test_repeat_purchases_are_decided_in_sequence(database: Database, now: datetime) -> None:
    shop = Shopkeeper(database, now)
    shop.touch(at=now - timedelta(days=3))
    first, later = ((now - timedelta(days=days)).isoformat() for days in (2, 1))
    shop.tell(order_message("R1", at=first, customer="c-1", attribution={"visitor": str(shop.visitor_id)}))
    shop.tell(order_message("R2", at=later, customer="c-1"))
    plain, paid = tried(shop, PLAIN), tried(shop, PLAIN.model_copy(update={"repeat": Repeat(days=30, share_ppm=80_000)}))
    assert paid.tried_minor == 2 * plain.tried_minor > 0
    with shop.session() as session:
        terms = PLAIN.model_copy(update={"repeat": Repeat(days=30, share_ppm=80_000)})
        since = what_if(session, employee_id=shop.employee_id, terms=terms, start=now - timedelta(hours=36), end=now)
    assert (since.order_count, since.tried_minor) == (1, plain.tried_minor), "an order before the first day is read, and not counted"


def test_a_refund_counts_and_calls_are_priced(database: Database, now: datetime) -> None:
    shop = Shopkeeper(database, now)
    sold(shop, "30.00")
    shop.tell(refund_message("back", "30.00", order_id="W0"))
    answer = tried(shop, PLAIN, price=25)
    assert answer.tried_minor == answer.actual_minor == 0
    assert answer.per_call is not None
    assert answer.per_call.total_minor == 25 * answer.per_call.conversation_count
    assert tried(shop, PLAIN).per_call is None


def test_a_trial_on_lift_says_that_it_cannot_know(database: Database, now: datetime) -> None:
    shop = Shopkeeper(database, now)
    sold(shop, "30.00")
    answer = tried(shop, PLAIN.model_copy(update={"lift": Lift(share_ppm=100_000, basis="point")}))
    assert answer.tried_minor == 0
    assert "cannot be tried on the past" in answer.notes[0]


def test_what_cannot_be_compared_is_refused(database: Database, now: datetime) -> None:
    shop = Shopkeeper(database, now)
    with pytest.raises(WhatIfRefused, match="first day"):
        tried(shop, PLAIN, days=-1)
    with pytest.raises(WhatIfRefused, match="EUR"):
        tried(shop, ContractTerms(currency="USD", share_ppm=1))
    with pytest.raises(WhatIfRefused, match="months are those of UTC"):
        tried(shop, PLAIN.model_copy(update={"period_time_zone": "Pacific/Kiritimati"}))
    shop.employee_id = UUID(int=5)
    with pytest.raises(WhatIfRefused, match="never had a contract"):
        tried(shop, PLAIN)


def test_an_order_in_another_currency_is_converted_or_waits(database: Database, now: datetime) -> None:
    shop = Shopkeeper(database, now)
    shop.touch(at=now - timedelta(hours=2))
    visitor = {"attribution": {"visitor": str(shop.visitor_id)}}
    shop.tell(order_message("X1", at=(now - timedelta(minutes=5)).isoformat(), currency="USD", **visitor))
    waiting = tried(shop, PLAIN).months[-1]
    assert (waiting.waiting_count, waiting.tried_minor) == (1, 0)
    import_rates(database, f"day,base,quote,rate,source\n{now.date()},EUR,USD,1.10,ecb\n", now=now, are_jumps_confirmed=True)
    assert tried(shop, PLAIN).tried_minor == tried(shop, PLAIN).actual_minor > 0


def test_two_processes_say_what_one_says(database: Database, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = Shopkeeper(database, now)
    shop.touch(at=now - timedelta(days=2))
    for number in range(6):
        moment = (now - timedelta(hours=number + 1)).isoformat()
        shop.tell(order_message(f"P{number}", total=f"{10 + number}.00", at=moment, attribution={"visitor": str(shop.visitor_id)}))
    dearer = PLAIN.model_copy(update={"share_ppm": 100_000})
    alone = tried(shop, dearer)
    monkeypatch.setattr(side_by_side, "ORDERS_MIN", 2)
    together = tried(shop, dearer)
    assert together == alone
    assert together.order_count == 6
    monkeypatch.setattr(side_by_side, "ORDERS_MIN", 20_000)


def test_orders_of_one_moment_are_not_cut(database: Database, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = Shopkeeper(database, now)
    sold(shop, "30.00", "40.00")
    monkeypatch.setattr(side_by_side, "ORDERS_MIN", 2)
    moment = now - timedelta(minutes=5)
    with shop.session() as session:
        terms = PLAIN.model_copy(update={"share_ppm": 100_000})
        answer = what_if(session, employee_id=shop.employee_id, terms=terms, start=moment, end=now)
    assert answer.order_count == 2


def test_only_the_largest_changes_are_kept(database: Database, now: datetime) -> None:
    shop = Shopkeeper(database, now)
    shop.touch(at=now - timedelta(hours=2))
    sold(shop, *(f"{10 + number}.00" for number in range(25)))
    dearer = PLAIN.model_copy(update={"share_ppm": 100_000})
    answer = tried(shop, dearer)
    sizes = [one.tried_minor - one.actual_minor for one in answer.changes]
    assert len(sizes) == 20 < answer.changed_count == 25
    assert sizes == sorted(sizes, reverse=True)
    with shop.session() as session:
        contracts = with_trial(load_contracts(session), shop.employee_id, dearer)
        trial = Trial(dearer, now - timedelta(days=1), contracts, {})
        orders = list(past_orders(session, employee_id=shop.employee_id, start=now - timedelta(days=1), end=now, in_sequence=True))
    halves = side_by_side.merged(replay(orders[:12], trial), replay(orders[12:], trial))
    assert halves.changes == replay(orders, trial).changes
    for is_falling in (True, False):  # whether the largest come first or last
        ranked = sorted(orders, key=lambda one: one.actual_minor, reverse=is_falling)
        assert replay(ranked, trial).changes == halves.changes


def test_merging_nothing_gives_nothing() -> None:
    one = Replayed({START: MonthSums(1, 1, 2, 3, 0)}, [OrderChange(UUID(int=1), "A", START, 1, 4, "why")], 1, 1)
    assert side_by_side.merged(one, Replayed()) == one
