"""The pages about offers: made, changed, paused and ended by hand; codes searched, exported, printed and imported."""

import csv
import re
from datetime import timedelta
from uuid import UUID

import httpx
import pytest
from fakes.dashboard_person import Hands, field, send
from fakes.shop_history import Shop

from app.flows import VERBS
from billing.issue_coupon import IssuedCoupon, issue_coupon
from billing.note_coupon_seen import note_coupon_seen
from billing.redeem_coupon import redeem_coupon
from tenants.audit import AuditFilter, audit_entries
from tenants.identifiers import from_public, new_id, to_public
from tenants.outbox import deliver_due

OFFERS = "/dashboard/offers"
FORM = {
    "name": "Friday", "kind": "amount", "amount": "2.50", "currency": "USD", "coupons_max": "50", "per_visitor_max": "1",
    "starts": "2026-11-20", "ends": "2026-12-24", "valid_days": "7", "codes": "minted",
}  # fmt: skip


def words(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)).replace("\xa0", " ")


def steps(html: str) -> list[int]:
    """The funnel as a program reads it off the page: issued, seen, redeemed, returned."""
    return [int(count) for count in re.findall(r'data-step="\w+" data-count="(\d+)"', html)]


@pytest.fixture
def hand(shop: Shop) -> dict[str, str]:
    """The tick of the shop's one employee."""
    return {"employee": to_public("emp", shop.employee_id)}


def give(shop: Shop, offer_id: UUID, hands: Hands) -> IssuedCoupon:
    with shop.database.tenant_session(shop.tenant_id) as session:
        return issue_coupon(session, offer_id=offer_id, visitor_id=new_id(hands.now), conversation_id=None, turn_id=None, now=hands.now)


def path_of(offer_id: UUID) -> str:
    return f"{OFFERS}/{to_public('off', offer_id)}"


async def made(member: httpx.AsyncClient, **fields: str) -> str:
    answer = await send(member, f"{OFFERS}/new", **(FORM | fields))
    assert answer.status_code == 303, words(answer.text)
    return answer.headers["location"].partition("?")[0]


async def test_the_funnel_follows_a_coupon_from_hand_to_refund(member: httpx.AsyncClient, shop: Shop, hands: Hands) -> None:
    at = hands.now - timedelta(days=1)
    talk = shop.talk("Any discount?", ["Yes."], now=at, coupon=True)
    assert talk.coupon is not None
    page = (await member.get(path_of(shop.offer_id))).text
    assert steps(page) == [1, 0, 0, 0]
    with shop.database.tenant_session(shop.tenant_id) as session:
        assert note_coupon_seen(session, conversation_id=talk.conversation_id, code=talk.coupon.code, now=at)
        assert not note_coupon_seen(session, conversation_id=talk.conversation_id, code=talk.coupon.code, now=at)
    assert steps((await member.get(OFFERS)).text) == [1, 1, 0, 0]
    shop.sell("K-1", "20.00", now=at + timedelta(hours=1), talk=talk)
    page = (await member.get(path_of(shop.offer_id))).text
    assert (steps(page), 'data-state="redeemed"' in page, ">K-1</a>" in page) == ([1, 1, 1, 0], True, True)
    shop.refund("R-1", "K-1", "20.00", now=at + timedelta(hours=2))
    assert steps((await member.get(path_of(shop.offer_id))).text) == [1, 1, 1, 1]


async def test_an_offer_is_made_changed_paused_and_ended(member: httpx.AsyncClient, shop: Shop, hands: Hands, hand: dict[str, str]) -> None:
    path = await made(member, **hand)
    assert "2.50 USD off one order, single use." in words((await member.get(path)).text)
    old = give(shop, UUID(int=_id_of(path)), hands)
    answer = await send(member, f"{path}/edit", **(FORM | hand | {"amount": "1.00", "version": "1"}))
    assert answer.headers["location"] == f"{path}?done=changed"
    said = words((await member.get(answer.headers["location"])).text)
    assert "Coupons handed out before keep their terms" in said
    assert "Terms 2 now 1.00 USD off" in said
    assert "Terms 1 until" in said
    with shop.database.tenant_session(shop.tenant_id) as session:
        used = redeem_coupon(session, code=old.code, order_ref="T-1", cart_total_minor=900, currency="USD", now=hands.now)
    assert used.discount_minor == 250
    late = await send(member, f"{path}/edit", **(FORM | hand | {"name": "Late", "version": "1"}))
    assert (late.status_code, "changed or ended meanwhile" in late.text, 'value="Late"' in late.text) == (422, True, True)
    for step, said_then in (("pause", "is paused"), ("resume", "runs again"), ("end", "has ended")):
        answer = await send(member, path, f"{path}/{step}")
        assert said_then in (await member.get(answer.headers["location"])).text
    assert (await send(member, OFFERS + "/new", f"{path}/resume")).status_code == 409
    assert (await member.get(f"{path}/edit")).status_code == 409
    with shop.database.tenant_session(shop.tenant_id) as session:
        log = [entry.action for entry in audit_entries(session, AuditFilter(), limit=20)]
    assert {"offer.ended", "offer.resumed", "offer.paused", "offer.changed", "offer.made"} <= set(log)


def _id_of(path: str) -> int:
    return from_public("off", path.rpartition("/")[2]).int


WRONG = (
        ({"name": " "}, "name"), ({"amount": "two"}, "amount"), ({"amount": ""}, "amount"), ({"amount": "1,000"}, "amount"),
        ({"kind": "percent"}, "percent"), ({"kind": "percent", "percent": "ten"}, "percent"),
    ({"kind": "percent", "percent": "101"}, "percent"),
        ({"kind": "percent", "percent": "10", "budget": "50"}, "at_most"), ({"kind": "item", "item_price": "3"}, "item"),
        ({"kind": "item", "item": "Mug"}, "item_price"), ({"kind": "magic"}, "percent"), ({"currency": "dollars"}, "currency"),
        ({"currency": "QQQ"}, "currency"), ({"coupons_max": "many"}, "coupons_max"), ({"coupons_max": ""}, "coupons_max"),
        ({"per_visitor_max": "99"}, "per_visitor_max"), ({"starts": "tomorrow"}, "starts"), ({"ends": "0226-01-01"}, "ends"),
        ({"ends": "2026-11-19"}, "ends"), ({"valid_days": "900"}, "valid_days"), ({"floor": "-1"}, "floor"), ({"budget": "1"}, "budget"),
        ({"only_products": "on"}, "products"), ({"codes": "imported", "codes_low": "few"}, "codes_low"),
)  # fmt: skip
"""What was typed, and the field that has to say so."""


async def test_what_cannot_be_stands_beside_its_field(member: httpx.AsyncClient, hand: dict[str, str]) -> None:
    for typed, wrong_field in WRONG:
        answer = await send(member, f"{OFFERS}/new", **(FORM | hand | {"name": "Kept words"} | typed))
        assert answer.status_code == 422, typed
        assert re.findall(r'id="(\w+)-fault"', answer.text) == [wrong_field], typed
        assert "name" in typed or 'value="Kept words"' in answer.text


async def test_an_offer_needs_a_hand_and_keeps_its_form(member: httpx.AsyncClient, shop: Shop, hand: dict[str, str]) -> None:
    assert "at least one employee" in (await send(member, f"{OFFERS}/new", **FORM)).text
    fields = {
        "kind": "item",
        "item": "Croissant",
        "item_price": "3.20",
        "minimum": "10",
        "floor": "1.50",
        "products": "Croissant\nBaguette",
    }
    path = await made(member, **hand, **fields, budget="320", only_products="on")
    form = (await member.get(f"{path}/edit")).text
    for name, value in (
        fields | {"products": "", "minimum": "10.00", "budget": "320.00", "starts": "2026-11-20", "ends": "2026-12-24"}
    ).items():
        if name not in ("kind", "products"):
            assert re.search(rf'id="{name}" name="{name}"[^>]* value="{value}"', form), name
    assert "Croissant\nBaguette</textarea>" in form
    sent = FORM | hand | fields | {"budget": "320", "only_products": "on", "version": "1", "coupons_max": "60"}
    assert (await send(member, f"{path}/edit", **sent)).headers["location"] == f"{path}?done=same"


async def test_codes_are_searched_paged_exported_and_printed(member: httpx.AsyncClient, shop: Shop, hands: Hands) -> None:
    coupons = [give(shop, shop.offer_id, hands) for _ in range(53)]
    path = f"{path_of(shop.offer_id)}/codes"
    first = (await member.get(path)).text
    older = (await member.get(path + "?before=" + re.findall(r"before=(cpn_\w+)", first)[0])).text
    shown = [re.findall(r'data-code="([^"]+)"', page) for page in (first, older)]
    assert [len(one) for one in shown] == [50, 3]
    assert {*shown[0], *shown[1]} == {coupon.code for coupon in coupons}
    wanted = coupons[7].code
    assert re.findall(r'data-code="([^"]+)"', (await member.get(path, params={"search": wanted.lower()[:7]})).text) == [wanted]
    assert "No code fits" in (await member.get(path, params={"search": "%"})).text
    assert "No code fits" in (await member.get(path, params={"state": "returned"})).text
    assert (await member.get(path, params={"state": "nice"})).status_code == 422
    table = list(csv.DictReader((await member.get(f"{path}.csv")).content.decode("utf-8-sig").splitlines()))
    assert {row["code"] for row in table} == {coupon.code for coupon in coupons}
    assert {(row["state"], row["employee"], row["currency"]) for row in table} == {("open", "Amara", "USD")}
    card = (await member.get(f"{path}/{to_public('cpn', coupons[7].coupon_id)}")).text
    assert (wanted in words(card), 'class="bars"' in card, 'class="qr"' in card) == (True, True, True)
    assert (await member.get(f"{path}/{to_public('cpn', new_id(hands.now))}")).status_code == 404


async def test_a_list_of_codes_is_shown_before_it_is_kept(
    member: httpx.AsyncClient, shop: Shop, hands: Hands, hand: dict[str, str]
) -> None:
    path = await made(member, **hand, codes="imported", codes_low="2")
    assert "No imported code is left" in words((await member.get(path)).text)
    page = f"{path}/codes/import"
    token = field((await member.get(page)).text, "csrf_token")
    file = {"file": ("codes.csv", b"\xef\xbb\xbfid;code\n1;SPRING-a1\n2;SPRING-B2\n3;spring-A1\n4;two words\n", "text/csv")}
    preview = await member.post(page, data={"csrf_token": token, "text": ""}, files=file)
    said = words(preview.text)
    assert "2 new codes" in said
    assert "Twice in the list 1" in said
    assert "Unreadable 1" in said
    assert "0 imported codes left" in words((await member.get(path)).text)
    kept = re.search(r"<textarea name=\"text\" hidden>([^<]*)<", preview.text)
    assert kept is not None
    for _ in range(2):
        answer = await member.post(f"{path}/codes/keep", data={"csrf_token": token, "text": kept[1]})
        assert answer.headers["location"] == f"{path}?done=imported"
        assert "2 imported codes left" in words((await member.get(path)).text)
    assert give(shop, UUID(int=_id_of(path)), hands).code == "SPRING-a1"
    said = words((await member.get(OFFERS)).text)
    assert "Only 1 imported code is left." in said
    again = await member.post(page, data={"csrf_token": token, "text": "SPRING-A1\nSPRING-b2"})
    assert "Known already 2" in words(again.text)
    empty = await member.post(page, data={"csrf_token": token, "text": " \n"})
    assert (empty.status_code, "holds no code" in empty.text) == (422, True)
    minted = await member.post(f"{path_of(shop.offer_id)}/codes/keep", data={"csrf_token": token, "text": "X1"})
    assert (minted.status_code, "takes no list" in minted.text) == (422, True)
    assert (await member.post(page, data={"csrf_token": "guessed", "text": "X1"})).status_code == 403


async def test_another_shops_offers_do_not_exist(member: httpx.AsyncClient, neighbour: Shop, hands: Hands) -> None:
    path = path_of(neighbour.offer_id)
    for page in (path, f"{path}/edit", f"{path}/codes", f"{path}/codes.csv", f"{path}/codes/import"):
        assert (await member.get(page)).status_code == 404, page
    for step in ("pause", "resume", "end"):
        assert (await send(member, f"{OFFERS}/new", f"{path}/{step}")).status_code == 404
    assert (await send(member, f"{OFFERS}/new", f"{path}/dance")).status_code == 404


async def test_whoever_sets_offers_is_told_by_letter_when_codes_run_out(
    member: httpx.AsyncClient, shop: Shop, hands: Hands, hand: dict[str, str]
) -> None:
    path = await made(member, **hand, codes="imported", codes_low="1", name="Spring & more")
    token = field((await member.get(f"{path}/codes/import")).text, "csrf_token")
    await member.post(f"{path}/codes/keep", data={"csrf_token": token, "text": "S-1\nS-2"})
    give(shop, UUID(int=_id_of(path)), hands)
    deliver_due(shop.database, VERBS, clock=lambda: hands.now + timedelta(seconds=1))
    mail = (await member.get("/mail")).text
    assert "Few codes are left for Spring &amp; more at Kestrel Coffee" in mail
    assert "has 1 imported code left" in mail
