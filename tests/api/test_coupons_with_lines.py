"""The till tells what is in the cart: coupons for certain products and free items; and the shopper's page tells that it drew one."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from billing.errors import CouponExpired, CouponNotAccepted
from billing.issue_coupon import issue_coupon
from billing.note_refused_code import note_refused_code, refused_codes
from billing.offers import OfferTerms, create_offer
from tenants.api_keys import issue_api_key
from tenants.hire_employee import Applicant, add_applicant
from tenants.tables import OutboxEvent
from tenants.tenant import open_tenant

BEANS = {"product": "Lantern blend", "quantity": 2, "total_minor": 2400}
MUG = {"product": "Mug", "total_minor": 900}


@pytest.fixture
def till(database, tenant_id, now) -> dict[str, str]:
    """Two coupons by what they give, and two keys: one may only ask."""
    with database.tenant_session(tenant_id) as session:
        open_tenant(session, name="Kestrel", time_zone="UTC", allowed_origins=(), now=now)
        employee = add_applicant(session, Applicant("Amara", "Seller", "amara", "heart", "Hello!", "Sell."), now=now)
        told = {"key": issue_api_key(session, name="till", now=now)}
        told["asking"] = issue_api_key(session, name="kiosk", now=now, scopes=("coupons.check",))
        days = now, now + timedelta(days=30)
        offers = {
            "beans": OfferTerms("Beans", "USD", 5, *days, percent_ppm=500_000, product_words=("blend",), is_for_products=True),
            "mug": OfferTerms("A mug", "USD", 5, *days, amount_minor=1000, item_name="Mug"),
        }
        for name, terms in offers.items():
            offer_id = create_offer(session, employee_id=employee.employee_id, offer=terms, now=now)
            told[name] = issue_coupon(session, offer_id=offer_id, visitor_id=None, conversation_id=None, turn_id=None, now=now).code
    return told


async def ask(public: httpx.AsyncClient, till: dict[str, str], code: str, step: str = "validate", *, key: str = "key", **more: Any) -> Any:
    body = {"code": till[code], "cart_total_minor": 3300, "currency": "USD", "order_ref": "A-1", "lines": [BEANS, MUG], **more}
    return await public.post(f"/api/v1/coupons/{step}", json=body, headers={"authorization": f"Bearer {till[key]}"})


async def test_a_coupon_for_products_takes_something_off_these_alone(public, till) -> None:
    for step in ("validate", "reserve", "redeem", "redeem"):
        assert (await ask(public, till, "beans", step)).json()["discount_minor"] == 1200
    assert (await ask(public, till, "mug")).json()["discount_minor"] == 900


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"lines": None}, "CartLinesMissing"),
        ({"lines": [MUG], "cart_total_minor": 900}, "CartLacksProduct"),
        ({"lines": [BEANS]}, "CouponNotAccepted"),
        ({"lines": [BEANS | {"quantity": 0}]}, None),
        ({"lines": [BEANS] * 501}, None),
    ],
)
async def test_what_the_lines_lack_is_said_by_name(public, till, more, code) -> None:
    answer = await ask(public, till, "beans", **more)
    assert (answer.status_code, answer.json().get("code")) == (422, code)


async def test_a_key_that_may_only_ask_takes_nothing(public, till) -> None:
    assert (await ask(public, till, "mug", key="asking")).status_code == 200
    for step in ("reserve", "redeem", "release"):
        assert (await ask(public, till, "mug", step, key="asking")).status_code == 403


async def test_what_the_till_refused_is_kept_with_its_reason_and_told_once_a_day(public, till, database, tenant_id, now) -> None:
    for _ in range(2):
        answer = await ask(public, till, "beans", lines=[MUG], cart_total_minor=900)
        assert answer.json()["code"] == "CartLacksProduct"
    assert (await ask(public, till, "mug", "redeem")).status_code == 200
    assert (await ask(public, till, "mug", "redeem", order_ref="A-2")).status_code == 409
    assert (await ask(public, till | {"none": "K7QZM-4HXPA"}, "none")).status_code == 404
    with database.tenant_session(tenant_id) as session:
        kept = {one.code: (one.why, one.times, one.order_ref) for one in refused_codes(session, now=now)}
        told = session.scalars(select(OutboxEvent.payload).where(OutboxEvent.name == "CodeRefused")).all()
    assert kept == {
        till["beans"]: ("It is good for products that were not in the cart.", 2, None),
        till["mug"]: ("It had been used for another order.", 1, "A-2"),
    }
    assert [one["code"] for one in told] == [till["beans"]]
    with database.tenant_session(tenant_id) as session:
        later = now + timedelta(days=1)
        assert note_refused_code(session, code=till["mug"], refusal=CouponExpired("Over."), order_ref=None, now=later)
        assert not note_refused_code(session, code=till["mug"], refusal=CouponNotAccepted("Odd."), order_ref=None, now=later)
        assert len(session.scalars(select(OutboxEvent).where(OutboxEvent.name == "CodeRefused")).all()) == 2
        assert refused_codes(session, now=later + timedelta(days=31)) == []
