"""What messages only point at is fetched, and what never came is pulled, from small programs that stand in for the shop systems."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from fakes.shop_apis import TOKEN, ShopApis, shop_apis
from fakes.shop_systems import VISITOR, changed, payload
from shopkeeper import Shopkeeper
from sqlalchemy import select
from test_connector_histories import LATE, Street

from billing.connections import ConnectionMade, close_connection, connection_view, set_token
from billing.connectors.asking import ANSWER_BYTES_MAX, AskOverHttps, Question
from billing.connectors.tables import FetchWish
from billing.errors import FetchFailed
from billing.fetch_orders import TRIES_MAX, fetch_due
from billing.read_deliveries import deliveries
from billing.reconcile_orders import EVERY, reconcile_due
from tenants.calls_outside import find_place
from tenants.database import Database

ORDER_ID = "03O3USaPaAaFnI6kkwB1JxGgBsUZY"
ASK = AskOverHttps(is_loopback_allowed=True)


@pytest.fixture
def apis() -> Iterator[ShopApis]:
    with shop_apis() as program:
        yield program


@pytest.fixture
def shop(database: Database) -> Street:
    opened = Street(database, LATE)
    opened.visitor_id = VISITOR
    return opened


def origins(apis: ShopApis) -> dict[str, str]:
    return dict.fromkeys(("shopify", "woocommerce", "stripe", "square"), apis.url)


def give(shop: Shopkeeper, made: ConnectionMade, token: str = TOKEN) -> None:
    with shop.session() as session:
        set_token(session, connection_id=made.connection_id, token=token, now=shop.now)


def fetch(shop: Shopkeeper, apis: ShopApis) -> int:
    return fetch_due(shop.database, clock=shop.clock, ask=ASK, origins=origins(apis))


def wish(shop: Shopkeeper) -> FetchWish:
    with shop.session() as session:
        return session.scalars(select(FetchWish)).one()


def pay(shop: Street) -> ConnectionMade:
    shop.touch("conversation")
    made = shop.join("square")
    shop.send(made, "square/payment_updated", payload("square/payment_updated"))
    shop.work()
    return made


def test_a_payment_at_the_till_becomes_an_order_when_square_has_written_it(shop: Street, apis: ShopApis) -> None:
    give(shop, pay(shop))
    answers: list[tuple[Any, str]] = [
        (None, "answered 404"),
        (changed(payload("square/order"), "order.line_items", []), "not written the order's lines"),
    ]
    for order, why in answers:
        apis.orders = {ORDER_ID: order} if order else {}
        assert fetch(shop, apis) == 0
        assert why in (wish(shop).reason or "")
        assert fetch(shop, apis) == 0, "it waits before asking again"
        shop.now += timedelta(minutes=10)
    apis.orders = {ORDER_ID: payload("square/order")}
    assert (fetch(shop, apis), fetch(shop, apis), shop.work(), shop.earned()) == (1, 0, 1, 168)
    assert (wish(shop).done_at, wish(shop).reason) == (shop.now, None)


FAILURES: dict[str, tuple[int | bytes, str]] = {
    "a wrong key": (401, "refused the access that is kept here"),
    "too fast": (429, "asks us to slow down"),
    "broken": (500, "answered 500"),
    "sent elsewhere": (302, "answered 302"),
    "not JSON": (b"<html>", "cannot be read"),
    "another shape": (b"[1]", "not written the order's lines"),
    "endless": (b" " * (ANSWER_BYTES_MAX + 1), "larger than we read"),
}


@pytest.mark.parametrize("name", FAILURES)
def test_whatever_goes_wrong_is_said_and_tried_again(shop: Street, apis: ShopApis, name: str) -> None:
    give(shop, pay(shop))
    failure, why = FAILURES[name]
    apis.failures, apis.orders = [failure], {ORDER_ID: payload("square/order")}
    assert fetch(shop, apis) == 0
    assert why in (wish(shop).reason or "")
    assert "/elsewhere" not in apis.asked
    shop.now += timedelta(hours=1)
    assert fetch(shop, apis) == 1


def test_without_access_it_is_given_up_in_the_end_and_asked_again_with_access(shop: Street, apis: ShopApis) -> None:
    made = pay(shop)
    for _ in range(TRIES_MAX):
        fetch(shop, apis)
        shop.now += timedelta(days=1)
    assert (wish(shop).done_at is not None, "no access" in (wish(shop).reason or "")) == (True, True)
    apis.orders = {ORDER_ID: payload("square/order")}
    give(shop, made)
    give(shop, made, "")
    give(shop, made)
    assert fetch(shop, apis) == 1


def test_a_closed_connection_asks_for_nothing_and_an_odd_id_for_no_address(shop: Street, apis: ShopApis) -> None:
    made = pay(shop)
    shop.send(made, "square/payment_updated", changed(changed(payload("square/payment_updated"), "event_id", "odd"),
              "data.object.payment.order_id", "../../v1/keys"))  # fmt: skip
    shop.work()
    give(shop, made)
    fetch(shop, apis)
    assert apis.asked == [f"/v2/orders/{ORDER_ID}"]
    with shop.session() as session:
        close_connection(session, connection_id=made.connection_id, now=shop.now)
    shop.now += timedelta(days=1)
    assert fetch(shop, apis) == 2
    assert len(apis.asked) == 1


def square_sale(apis: ShopApis) -> None:
    seen = payload("square/payment_updated")["data"]["object"]["payment"]
    apis.payments = [seen, changed(seen, "status", "FAILED"), changed(seen, "order_id", None)]
    apis.refunds = [payload("square/refund_updated")["data"]["object"]["refund"]]
    apis.orders = {ORDER_ID: payload("square/order")}


def stripe_sale(apis: ShopApis) -> None:
    session = changed(payload("stripe/checkout_session_completed"), "data.object.metadata", {"tillhand_visitor": str(VISITOR)})
    apis.stripe = [session, payload("stripe/refund_updated"), {"id": "evt_x", "type": "other", "created": 1795165200, "rate": 0.5}]


def woo_sale(apis: ShopApis) -> None:
    paid = payload("woocommerce/order_updated")
    apis.woocommerce = [changed(paid, "refunds", [{"id": 901, "total": "-10.80"}])]
    apis.woocommerce += [changed(changed(paid, "id", 9000 + number), "status", "cancelled") for number in range(100)]


def shopify_sale(apis: ShopApis) -> None:
    paid = payload("shopify/orders_paid")
    tests = [changed(changed(paid, "test", True), "checkout_token", f"test-{number}") for number in range(3)]
    others = [changed(one, "id", number) for number, one in enumerate(tests)]
    apis.shopify = [changed(paid, "refunds", [payload("shopify/refunds_create")]), *others]


MISSED = {
    "shopify": (shopify_sale, 4, 72),
    "woocommerce": (woo_sale, 101, 113),
    "stripe": (stripe_sale, 3, 216),
    "square": (square_sale, 1, 104),
}


@pytest.mark.parametrize("kind", MISSED)
def test_what_was_missed_is_pulled_once(shop: Street, apis: ShopApis, kind: str) -> None:
    fill, new, earned = MISSED[kind]
    fill(apis)
    shop.touch("conversation")
    made = shop.join(kind)
    give(shop, made, "ck_1:cs_1" if kind == "woocommerce" else TOKEN)

    def pull() -> int:
        return reconcile_due(shop.database, shop.tenant_id, clock=shop.clock, ask=ASK, origins=origins(apis))

    assert pull() == new
    fetch(shop, apis)
    shop.work()
    assert shop.earned() == earned
    assert pull() == 0, "it was asked within the hour"
    shop.now += EVERY
    assert pull() == 0, "nothing of it is new"
    fetch(shop, apis)
    shop.work()
    with shop.session() as session:
        view = connection_view(session, connection_id=made.connection_id)
        assert {row.state for row in deliveries(session, limit=200).deliveries} == {"handled"}
    assert (shop.earned(), view.reconciled_until, view.reconcile_note) == (earned, shop.now, "Nothing was missing.")


@pytest.mark.parametrize(("kind", "failure", "why"), [
    ("stripe", 500, "answered 500"), ("stripe", b"[]", "not what its documentation says"),
    ("woocommerce", b'{"orders":[]}', "not what its documentation says"),
])  # fmt: skip
def test_a_pull_that_fails_says_why_and_begins_again_at_the_same_moment(
    shop: Street, apis: ShopApis, kind: str, failure: int | bytes, why: str
) -> None:  # fmt: skip
    made = shop.join(kind)
    give(shop, made, "ck_1:cs_1" if kind == "woocommerce" else TOKEN)
    apis.failures = [failure]
    assert reconcile_due(shop.database, shop.tenant_id, clock=shop.clock, ask=ASK, origins=origins(apis)) == 0
    with shop.session() as session:
        view = connection_view(session, connection_id=made.connection_id)
    assert (view.reconciled_until, why in (view.reconcile_note or "")) == (None, True)


@pytest.mark.parametrize("kind", ["shopify", "woocommerce"])
def test_a_shop_without_an_address_cannot_be_asked(shop: Street, kind: str) -> None:
    made = shop.join(kind)
    give(shop, made)
    assert reconcile_due(shop.database, shop.tenant_id, clock=shop.clock) == 0
    with shop.session() as session:
        assert "Give the connection the shop's address" in (connection_view(session, connection_id=made.connection_id).reconcile_note or "")


@pytest.mark.parametrize("url", [
    "http://shop.example/", "https://127.0.0.1/", "https://localhost/", "https://10.0.0.1/", "https://169.254.169.254/", "https://[::1]/",
    "file:///etc/passwd", "https:///", "https://no-such-host.invalid/",
])  # fmt: skip
def test_no_address_leads_into_our_own_network(url: str) -> None:
    with pytest.raises(FetchFailed):
        AskOverHttps()(Question(url, {}, {}))


def test_an_address_of_the_public_internet_may_be_asked() -> None:
    assert find_place("https://1.1.1.1/v1").url == "https://1.1.1.1/v1"


def test_a_system_that_is_down_did_not_answer(apis: ShopApis) -> None:
    with pytest.raises(FetchFailed, match="No answer came from there"):
        ASK(Question("http://127.0.0.1:1/", {}, {}))
