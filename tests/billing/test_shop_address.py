"""A shop's address is read as people paste it, and what cannot be one is refused before anything is asked there."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shopkeeper import Shopkeeper

from billing.connections import ConnectionAccess, connection_view, create_connection, set_address, set_token
from billing.connectors.pulling import Account, shopify_origin, woocommerce_origin
from billing.errors import ConnectionAddressRefused
from billing.shop_address import KINDS_WITH_ADDRESS, read_shop_address
from tenants.database import Database

PASTED = [
    ("shopify", "kestrel", "kestrel.myshopify.com"),
    ("shopify", " Kestrel.MyShopify.com/ ", "kestrel.myshopify.com"),
    ("shopify", "https://kestrel.myshopify.com/admin/orders?a=1", "kestrel.myshopify.com"),
    ("shopify", "https://admin.shopify.com/store/kestrel/settings", "kestrel.myshopify.com"),
    ("woocommerce", "kestrel.example", "https://kestrel.example"),
    ("woocommerce", "https://Kestrel.example:443/", "https://kestrel.example"),
    ("woocommerce", "https://kestrel.example/shop/wp-admin/admin.php?page=wc-settings", "https://kestrel.example/shop"),
    ("woocommerce", "https://käse.example", "https://xn--kse-qla.example"),
]
WRONG = [
    ("shopify", "kestrel.example"), ("shopify", "not an address !!"), ("shopify", "https://admin.shopify.com/store/"),
    ("shopify", "-.myshopify.com"), ("shopify", "evil.example/kestrel.myshopify.com"), ("woocommerce", "http://kestrel.example"),
    ("woocommerce", "https://"), ("woocommerce", "ftp://kestrel.example"), ("woocommerce", "https://who:pass@kestrel.example"),
    ("woocommerce", "https://127.0.0.1"), ("woocommerce", "https://localhost"), ("woocommerce", "https://kestrel.example:8080"),
    ("woocommerce", "https://[::1"), ("woocommerce", "https://kestrel.example/<a>"), ("woocommerce", "not an address !!"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "given", "found"), PASTED)
def test_what_people_paste_becomes_what_is_asked(kind: str, given: str, found: str) -> None:
    assert read_shop_address(kind, given, is_needed=True) == found
    assert read_shop_address(kind, found, is_needed=True) == found
    origin = shopify_origin if kind == "shopify" else woocommerce_origin
    assert origin(Account(kind, "token", {"address": found})).removeprefix("https://") == found.removeprefix("https://")


@pytest.mark.parametrize(("kind", "given"), WRONG)
def test_what_cannot_be_an_address_is_refused(kind: str, given: str) -> None:
    with pytest.raises(ConnectionAddressRefused):
        read_shop_address(kind, given, is_needed=False)


@given(kind=st.sampled_from(KINDS_WITH_ADDRESS), typed=st.text(max_size=60))
def test_anything_typed_is_read_or_refused(kind: str, typed: str) -> None:
    try:
        found = read_shop_address(kind, typed, is_needed=True)
    except ConnectionAddressRefused:
        return
    assert found.isascii()
    assert read_shop_address(kind, found, is_needed=True) == found


@pytest.fixture
def shop(database: Database, now: datetime) -> Shopkeeper:
    return Shopkeeper(database, now)


def test_an_address_is_needed_only_where_something_is_asked_there(shop: Shopkeeper) -> None:
    with shop.session() as session:
        access = ConnectionAccess("woocommerce", settings={"address": "kestrel.example"})
        made = create_connection(session, name="Shop", channel="web", is_order_book=True, now=shop.now, access=access)
        told = {"connection_id": made.connection_id, "now": shop.now}
        assert connection_view(session, connection_id=made.connection_id).settings == {"address": "https://kestrel.example"}
        set_address(session, address="", **told)  # type: ignore[arg-type]
        set_token(session, token="ck_1:cs_1", **told)  # type: ignore[arg-type]
        with pytest.raises(ConnectionAddressRefused):
            set_address(session, address=" ", **told)  # type: ignore[arg-type]
        set_address(session, address="https://kestrel.example/shop/", **told)  # type: ignore[arg-type]
        assert connection_view(session, connection_id=made.connection_id).settings == {"address": "https://kestrel.example/shop"}
    assert read_shop_address("stripe", "anything", is_needed=True) == ""
