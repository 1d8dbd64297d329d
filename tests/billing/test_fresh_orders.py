"""New orders of many shops handled together leave the very rows they leave when each is handled alone; shops take turns meanwhile."""

import itertools
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from shopkeeper import Shopkeeper, order_message, refund_message
from sqlalchemy import Engine, create_engine, event, make_url, text
from sqlalchemy.exc import OperationalError

from billing.contract_terms import ContractTerms, Tiers, TierStep
from billing.flag_conversation import flag_conversation
from billing.handle_inbox import Turns, handle_inbox
from billing.inbox.claiming import LEASE
from billing.mark_insider import mark_insider
from billing.read_deliveries import deliveries
from tenants.database import Database
from tenants.identifiers import to_public
from tenants.local_postgres import LocalPostgres
from tenants.roles import ADMIN_ROLE, APP

BOOK = (
    "posting", "ledger_transaction", "attribution_credit", "attribution_run", "order_revision", "order_code", "order_snapshot",
    "shop_order",
)  # fmt: skip
TERMS = ContractTerms(currency="EUR", share_ppm=80_000)
TIERED = TERMS.model_copy(update={"tiers": Tiers(kind="marginal", steps=(TierStep(from_minor=1_000, share_ppm=90_000),))})


@pytest.fixture
def admin(postgres: LocalPostgres, database_urls: dict[str, str]) -> Iterator[Engine]:
    engine = create_engine(postgres.url(ADMIN_ROLE, make_url(database_urls[APP]).database))
    yield engine
    engine.dispose()


def shop_with_evidence(database: Database, now: datetime, terms: ContractTerms = TERMS) -> tuple[Shopkeeper, list[dict[str, Any]]]:
    """A shop, and messages of every kind a new order comes in. The shops' names for things are alike on purpose."""
    shop = Shopkeeper(database, now, terms)
    shop.touch()
    shop.touch("link_click", at=now - timedelta(hours=3))
    offer = shop.offer()
    code, machine = shop.coupon(offer).code, shop.touch(visitor_id=to_visitor(1), at=now - timedelta(days=2))
    with shop.session() as session:
        assert machine.conversation_id is not None
        flag_conversation(session, conversation_id=machine.conversation_id, flag="bot", why="It answers in a millisecond.", now=now)
        mark_insider(session, visitor_id=to_visitor(2), who="staff", now=now)
    click = shop.touch("link_click", visitor_id=to_visitor(3), at=now - timedelta(hours=5))
    marks: list[dict[str, Any]] = [
        {"attribution": {"visitor": str(shop.visitor_id)}},
        {"attribution": {"visitor": str(shop.visitor_id)}, "codes": [code, "OTHER"], "payment_reference": "pay-1"},
        {"attribution": {"visitor": str(to_visitor(1))}, "customer": "alice"},
        {"attribution": {"visitor": str(to_visitor(2))}},
        {"attribution": {"click": to_public("tch", click.touch_id)}, "customer": "bob"},
        {"attribution": {"visitor": "nobody"}, "number": 'N"\\1'},
        {"status": "cancelled"},
        {"is_test": True, "attribution": {"visitor": str(shop.visitor_id)}},
        {"currency": "USD", "attribution": {"visitor": str(shop.visitor_id)}},
        {"tip": "0.00", "shipping": {"total": "0.00"}, "attribution": {"visitor": str(shop.visitor_id)}, "payment_reference": "pay-2"},
        {"attribution": {"visitor": str(shop.visitor_id)}, "payment_reference": "pay-3"},
    ]
    return shop, [order_message(f"o{number}", **own) for number, own in enumerate(marks)]


def to_visitor(number: int) -> UUID:
    return UUID(int=(7 << 76) | (2 << 62) | number)


def book(admin: Engine) -> list[str]:
    """Every row of the book as text, its own random ids replaced by what they name; which transaction wrote it is no part of the book."""
    with admin.connect() as connection:
        names = {str(row.order_id): f"{row.tenant_id}/{row.external_id}" for row in connection.execute(text("SELECT * FROM shop_order"))}
        for row in connection.execute(text("SELECT * FROM ledger_transaction")):
            names[str(row.transaction_id)] = f"transaction of {names[str(row.order_id)]}"
        rows = [
            f"{table} {json.dumps(row, sort_keys=True)}"
            for table in BOOK
            for (row,) in connection.execute(text(f"SELECT to_jsonb({table}) - 'written_in' FROM {table}"))
        ]
    for own, name in names.items():
        rows = [row.replace(own, name) for row in rows]
    return sorted(rows)


def forget(admin: Engine) -> None:
    """Empty the book and let every delivery wait again."""
    with admin.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        for table in (*BOOK, "period_total", "rate_wait"):
            connection.execute(text(f"DELETE FROM {table}"))
        connection.execute(text("UPDATE inbound_event SET state = 'received', attempts = 0, next_try_at = received_at"))


@contextmanager
def statements_of(engine: Engine) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


def test_together_and_alone_leave_the_same_rows(database: Database, admin: Engine, now: datetime) -> None:
    shops = [shop_with_evidence(database, now) for _ in range(3)]
    for shop, messages in shops:
        for message in messages:
            shop.post(message)
    with statements_of(database.intake) as seen:
        assert handle_inbox(database, clock=lambda: now) == sum(len(messages) for _, messages in shops)
    assert len([one for one in seen if one.startswith("INSERT INTO posting")]) == 1
    together = book(admin)
    forget(admin)
    while handle_inbox(database, clock=lambda: now, limit=1):
        pass
    assert book(admin) == together
    assert len(together) > 150


def test_where_tiers_apply_both_ways_earn_the_same(database: Database, admin: Engine, now: datetime) -> None:
    shops = [shop_with_evidence(database, now, terms) for terms in (TIERED, TERMS)]
    for shop, messages in shops:
        for message in messages:
            shop.post(message)
    handle_inbox(database, clock=lambda: now)
    together = [shop.balances() for shop, _ in shops]
    forget(admin)
    while handle_inbox(database, clock=lambda: now, limit=1):
        pass
    assert [shop.balances() for shop, _ in shops] == together
    assert shops[0][0].earned() > shops[1][0].earned() > 0


def test_what_is_known_already_goes_its_shops_own_way(database: Database, now: datetime) -> None:
    shops = [Shopkeeper(database, now) for _ in range(2)]
    for shop in shops:
        shop.touch()
        sold = order_message("a", attribution={"visitor": str(shop.visitor_id)})
        early = refund_message("r", "30.00", order_id="b")
        later = order_message("b", attribution={"visitor": str(shop.visitor_id)})
        for message in (sold, early, sold, later):
            shop.post(message)
    assert handle_inbox(database, clock=lambda: now) == 8
    assert [shop.earned() for shop in shops] == [240, 240]


def test_a_flood_from_one_shop_delays_no_other(database: Database, now: datetime) -> None:
    flooded, quiet = Shopkeeper(database, now), [Shopkeeper(database, now) for _ in range(3)]
    for number in range(60):
        flooded.post(order_message(f"f{number}"))
    for shop in quiet:
        shop.now = now + timedelta(seconds=9)  # they come last
        shop.post(order_message("q"))
    assert handle_inbox(database, clock=lambda: now + timedelta(seconds=9), limit=12, turns=Turns()) == 12
    for shop in quiet:
        with shop.session() as session:
            assert [one.state for one in deliveries(session).deliveries] == ["handled"]


def test_shops_take_turns_where_not_all_have_room(database: Database, now: datetime) -> None:
    shops = [Shopkeeper(database, now) for _ in range(6)]
    for shop, number in itertools.product(shops, range(4)):
        shop.post(order_message(f"o{number}"))
    turns, seen = Turns(), []
    for _ in range(6):
        assert handle_inbox(database, clock=lambda: now, limit=4, turns=turns) == 4
        seen.append([states(shop).count("handled") for shop in shops])
    assert sorted(seen[1]) == [1, 1, 1, 1, 2, 2]
    assert seen[-1] == [4] * 6


def states(shop: Shopkeeper) -> list[str]:
    with shop.session() as session:
        return [one.state for one in deliveries(session).deliveries]


class PowerCut(Exception):
    """Stands for whatever may go wrong with one delivery."""


def test_one_shops_bad_delivery_takes_no_others_with_it(database: Database, now: datetime) -> None:
    shops = [Shopkeeper(database, now) for _ in range(5)]
    for shop in shops:
        shop.touch()
        shop.post(order_message("poison" if shop is shops[3] else "fine", attribution={"visitor": str(shop.visitor_id)}))

    def cut(_connection: object, _cursor: object, statement: str, parameters: object, *_: object) -> None:
        if statement.startswith("INSERT INTO order_snapshot") and "poison" in str(parameters):
            raise PowerCut

    for engine in (database.intake, database.app):
        event.listen(engine, "before_cursor_execute", cut)
    try:
        assert handle_inbox(database, clock=lambda: now) == 4
    finally:
        for engine in (database.intake, database.app):
            event.remove(engine, "before_cursor_execute", cut)
    assert [shop.earned() for shop in shops] == [240, 240, 240, 0, 240]
    assert handle_inbox(database, clock=lambda: now + timedelta(seconds=2)) == 1
    assert shops[3].earned() == 240


def test_of_one_shops_set_only_the_delivery_at_fault_is_tried_again(database: Database, now: datetime) -> None:
    shop = Shopkeeper(database, now)
    shop.touch()
    shop.tell(order_message(total="90.00", attribution={"visitor": str(shop.visitor_id)}))
    for name in ("r1", "poison", "r2"):
        shop.post(refund_message(name, "10.00"))

    def cut(_connection: object, _cursor: object, statement: str, parameters: object, *_: object) -> None:
        if statement.startswith("INSERT INTO refund_fact") and "poison" in str(parameters):
            raise PowerCut

    event.listen(database.app, "before_cursor_execute", cut)
    try:
        assert shop.work() == 2
    finally:
        event.remove(database.app, "before_cursor_execute", cut)
    assert shop.earned() == 720 - 2 * 80
    shop.now += timedelta(seconds=2)
    assert (shop.work(), shop.earned()) == (1, 720 - 3 * 80)


def test_a_shop_that_somebody_holds_is_cut_out(database: Database, now: datetime) -> None:
    shops = [Shopkeeper(database, now) for _ in range(3)]
    for shop in shops:
        shop.post(order_message())
        shop.post(b"{")
    held = shops[1]
    with held.session() as session:
        session.execute(text("SELECT FROM inbound_event FOR UPDATE"))
        assert handle_inbox(database, clock=lambda: now) == 4
    assert handle_inbox(database, clock=lambda: now + timedelta(seconds=2)) == 2


def test_a_mark_and_a_flag_that_were_taken_back_keep_nothing_away(database: Database, now: datetime) -> None:
    shop = Shopkeeper(database, now)
    talk = shop.touch().conversation_id
    assert talk is not None
    with shop.session() as session:
        for minutes, who, what in ((2, "staff", "bot"), (1, "nobody", "person")):
            then = now - timedelta(minutes=minutes)
            mark_insider(session, who=who, visitor_id=shop.visitor_id, now=then)
            flag_conversation(session, conversation_id=talk, flag=what, why="So it seemed.", now=then)
    for name in "ab":
        shop.post(order_message(name, attribution={"visitor": str(shop.visitor_id)}))
    with statements_of(database.intake) as seen:
        assert handle_inbox(database, clock=lambda: now) == 2
    assert any(one.startswith("INSERT INTO posting") for one in seen), "they were reckoned across shops"
    assert shop.earned() == 480


def test_a_set_that_loses_the_database_is_not_cut_but_comes_again(database: Database, admin: Engine, now: datetime) -> None:
    shops = [Shopkeeper(database, now) for _ in range(4)]
    for shop in shops:
        shop.touch()
        shop.post(order_message(attribution={"visitor": str(shop.visitor_id)}))
    ended: list[int] = []

    def end(_connection: object, cursor: Any, statement: str, *_: object) -> None:
        if statement.startswith("INSERT INTO order_snapshot") and not ended:
            ended.append(cursor.connection.info.backend_pid)
            with admin.begin() as other:
                other.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": ended[0]})

    event.listen(database.intake, "before_cursor_execute", end)
    try:
        with pytest.raises(OperationalError) as lost:
            handle_inbox(database, clock=lambda: now)
    finally:
        event.remove(database.intake, "before_cursor_execute", end)
    assert lost.value.connection_invalidated
    assert [shop.earned() for shop in shops] == [0] * 4
    assert handle_inbox(database, clock=lambda: now + LEASE) == 4
    assert [shop.earned() for shop in shops] == [240] * 4
