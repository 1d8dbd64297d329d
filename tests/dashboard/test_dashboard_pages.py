"""Every page, empty and full: what it says, what it hides, and that another shop's things are not there."""

import re
from datetime import timedelta

import httpx
import pytest
from fakes.dashboard_person import Hands
from fakes.shop_history import Shop, Talk

from billing.read_orders import latest_orders
from tenants.identifiers import new_id, to_public

PAGES = ["/dashboard", "/dashboard/conversations", "/dashboard/earnings", "/dashboard/payslips", "/dashboard/deliveries", "/dashboard/team"]
ATTACK = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{ 7*7 }}"


@pytest.fixture
def busy(shop: Shop, hands: Hands) -> Talk:
    """One coupon sale of 12.60, one conversation sale of 30.00 of which 10.00 went back, one sale of nobody's, two bad deliveries."""
    at = hands.now - timedelta(hours=3)
    first = shop.talk("Any discount?", ["I may give you 10 % off your first bag."], now=at, coupon=True)
    shop.sell("K-1", "12.60", now=at + timedelta(minutes=5), talk=first)
    other = shop.talk("Are you open on Sunday?", ["On Sundays we roast and stay closed."], now=at + timedelta(minutes=10), cited=0)
    shop.sell("K-2", "30.00", now=at + timedelta(minutes=20), talk=other)
    shop.refund("r-1", "K-2", "10.00", now=at + timedelta(minutes=40))
    shop.sell("K-3", "8.00", now=at + timedelta(minutes=50))
    shop.refund("r-2", "K-404", "3.00", now=at + timedelta(minutes=55))
    shop.post_raw(b'{"type":', "msg_cut", now=at + timedelta(minutes=60))
    return first


def order_path(shop: Shop, reference: str) -> str:
    with shop.database.tenant_session(shop.tenant_id) as session:
        order = next(one for one in latest_orders(session, limit=50) if one.order_ref == reference)
    return f"/dashboard/orders/{to_public('ord', order.order_id)}"


def words(html: str) -> str:
    """What a person reads: no tags, single spaces."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)).replace("\xa0", " ").replace("&nbsp;", " ")


async def test_an_empty_page_says_what_will_stand_there(member: httpx.AsyncClient) -> None:
    for path in PAGES:
        answer = await member.get(path)
        assert answer.status_code == 200, path
        assert 'class="empty"' in answer.text or path in {"/dashboard/payslips", "/dashboard/team"}


async def test_every_full_page_is_shown_under_a_strict_policy(member: httpx.AsyncClient, busy: Talk) -> None:
    for path in PAGES:
        answer = await member.get(path)
        assert answer.status_code == 200, path
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
        assert not re.search(r"<style|\sstyle=|<script(?![^>]* src=)|\son[a-z]+=", answer.text), path


async def test_home_has_the_months_figures(member: httpx.AsyncClient, busy: Talk) -> None:
    said = words((await member.get("/dashboard")).text)
    assert "Earned Why? $3.26" in said  # 1.26 of 12.60 and 2.00 of the 20.00 that stayed
    assert "after $1.00 taken back by refunds" in said
    assert "Sales they brought Why? $42.60" in said
    assert "1 delivery needs you" in said
    assert "1 refund waits for its order" in said
    assert busy.coupon is not None
    assert busy.coupon.code in said
    assert "K-3 · $8.00" in said


async def test_a_live_region_is_sent_only_when_it_changed(member: httpx.AsyncClient, shop: Shop, busy: Talk, hands: Hands) -> None:
    page = (await member.get("/dashboard")).text
    seen = re.search(r'"X-Seen": "([0-9a-f]{16})"', page)
    assert seen
    ask = {"HX-Request": "true", "X-Seen": seen.group(1)}
    assert (await member.get("/dashboard", headers=ask)).status_code == 204
    shop.sell("K-9", "5.00", now=hands.now)
    fresh = await member.get("/dashboard", headers=ask)
    assert fresh.status_code == 200
    assert "K-9" in fresh.text
    assert fresh.text.lstrip().startswith("<div")
    assert seen.group(1) not in fresh.text


async def test_the_payslip_has_totals_first_and_a_refund_that_points_back(member: httpx.AsyncClient, shop: Shop, busy: Talk) -> None:
    path = f"/dashboard/payslips/{to_public('emp', shop.employee_id)}"
    page = (await member.get(path)).text
    said = words(page)
    assert "Earned so far $3.26 From sales $4.26 Taken back −$1.00 Orders 2" in said
    assert said.index("Earned so far") < said.index("Every line")
    assert "The employee earns 10 % of the worth of every order" in said
    assert to_public("cnv", busy.conversation_id) in page
    rows = re.findall(r'<tr id="line-([0-9a-f]{32})" data-order-ref="([^"]+)" data-kind="(\w+)" data-amount-minor="(-?\d+)"', page)
    assert [(reference, kind, int(minor)) for _, reference, kind, minor in rows] == [
        ("K-1", "sale", 126),
        ("K-2", "sale", 300),
        ("K-2", "refund", -100),
    ]
    assert f'href="#line-{rows[1][0]}"' in page
    assert (await member.get(f"{path}?month=2026-10")).status_code == 200
    assert (await member.get(f"{path}?month=2027-01")).status_code == 404
    assert (await member.get(f"{path}?month=2026-13")).status_code == 422


async def test_an_order_is_explained_in_one_sentence(member: httpx.AsyncClient, shop: Shop, busy: Talk) -> None:
    assert busy.coupon is not None
    said = words((await member.get(order_path(shop, "K-1"))).text)
    why = f"because coupon {busy.coupon.code} , given in this conversation at 01:30 , was used."
    assert f"Amara earned $1.26 = 10 % of $12.60 , {why}" in said
    refunded = words((await member.get(order_path(shop, "K-2"))).text)
    assert "Amara earned $2.00 = 10 % of $20.00 , because the buyer's last talk was with this employee, in this conversation" in refunded
    assert "Money went back to the buyer" in refunded
    nobody = words((await member.get(order_path(shop, "K-3"))).text)
    assert "No employee earned a share of this order." in nobody
    assert len(re.findall(r"sha256 [0-9a-f]{64}", refunded)) == 4


async def test_a_full_refund_leaves_nothing(member: httpx.AsyncClient, shop: Shop, busy: Talk, hands: Hands) -> None:
    shop.refund("r-3", "K-1", "12.60", now=hands.now)
    page = (await member.get(order_path(shop, "K-1"))).text
    assert 'data-balance-minor="0"' in page
    assert "Amara keeps $0.00 of this order. The order was refunded in full." in words(page)


async def test_a_transcript_shows_sentences_passages_route_and_what_came_of_it(member: httpx.AsyncClient, shop: Shop, busy: Talk) -> None:
    page = (await member.get(f"/dashboard/conversations/{to_public('cnv', shop.conversations[1])}")).text
    said = words(page)
    assert "On Sundays we roast and stay closed." in said
    assert "house_rules.md" in said
    assert "87 % sure · 6.4 ms · no model cost" in said
    assert "Order K-2" in said
    assert "$2.00 of $20.00" in said


async def test_deliveries_that_failed_stand_with_reason_and_advice(member: httpx.AsyncClient, busy: Talk) -> None:
    page = (await member.get("/dashboard/deliveries")).text
    said = words(page)
    assert "1 delivery on this page is set aside." in said
    assert "It waits for its order" in said
    assert "Order K-1" in said
    bad = re.search(r'data-state="set_aside">.*?href="([^"]+)"', page, re.DOTALL)
    assert bad
    detail = words((await member.get(bad.group(1))).text)
    assert "send it again, or read it again here once the cause is gone" in detail
    assert "{&#34;type&#34;:" in detail


async def test_earnings_can_be_filtered_and_totals_follow(member: httpx.AsyncClient, shop: Shop, busy: Talk) -> None:
    back = words((await member.get("/dashboard/earnings?kind=back")).text)
    assert "Balance −$1.00" in back
    assert "1 line." in back
    none = (await member.get("/dashboard/earnings?stage=cleared")).text
    assert "No line fits this filter." in none
    mine = await member.get(f"/dashboard/earnings?employee={to_public('emp', shop.employee_id)}")
    assert "3 lines." in words(mine.text)
    assert (await member.get("/dashboard/earnings?stage=golden")).status_code == 422
    assert (await member.get("/dashboard/earnings?month=1999-99")).status_code == 422
    assert (await member.get("/dashboard/earnings?employee=emp_nonsense")).status_code == 404


async def test_what_a_shopper_writes_is_only_ever_text(member: httpx.AsyncClient, shop: Shop, hands: Hands) -> None:
    talk = shop.talk(ATTACK, [f"You said {ATTACK}"], now=hands.now - timedelta(minutes=5))
    shop.message(talk, ATTACK, now=hands.now)
    shop.sell("<b>K</b>", "5.00", now=hands.now, talk=talk, product=ATTACK)
    shop.post_raw(f'{{"type": "{ATTACK[:20]}"}}'.encode(), "msg_<script>", now=hands.now)
    for path in (*PAGES, f"/dashboard/conversations/{to_public('cnv', talk.conversation_id)}", order_path(shop, "<b>K</b>")):
        page = (await member.get(path)).text
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "<b>K</b>" not in page
        assert "msg_<script>" not in page
    assert "{{ 7*7 }}" in page
    assert "&lt;script&gt;alert(1)" in page


async def test_another_shops_things_are_not_there(member: httpx.AsyncClient, neighbour: Shop, hands: Hands) -> None:
    at = hands.now - timedelta(hours=1)
    talk = neighbour.talk("Any discount?", ["Yes."], now=at, coupon=True)
    neighbour.sell("N-1", "12.60", now=at + timedelta(minutes=5), talk=talk)
    paths = [
        f"/dashboard/conversations/{to_public('cnv', talk.conversation_id)}",
        f"/dashboard/payslips/{to_public('emp', neighbour.employee_id)}",
        order_path(neighbour, "N-1"),
    ]
    for path in paths:
        answer = await member.get(path)
        assert answer.status_code == 404, path
        assert answer.text == (await member.get(path[:-26] + to_public("x", new_id(hands.now))[-26:])).text
    for path in PAGES:
        assert "N-1" not in (await member.get(path)).text


async def test_an_address_that_leads_nowhere_says_so_in_words(member: httpx.AsyncClient) -> None:
    nowhere = ("nowhere", "orders/ord_", "orders/'%20OR%201=1", "static/x/../../pages.py", "static/0/secret.css",
               "portraits/..%2f..%2fsecret.webp", "portraits/nobody.webp", "deliveries/evt_00000000000000000000000000")  # fmt: skip
    for path in nowhere:
        answer = await member.get(f"/dashboard/{path}")
        assert answer.status_code == 404, path
        assert "There is no such" in answer.text
        assert "Go to Home" in answer.text


async def test_the_portrait_is_the_catalogues(member: httpx.AsyncClient) -> None:
    answer = await member.get("/dashboard/portraits/amara.webp")
    assert answer.headers["content-type"] == "image/webp"
    assert answer.content[8:12] == b"WEBP"


async def test_own_files_may_be_kept_for_ever(member: httpx.AsyncClient) -> None:
    page = (await member.get("/dashboard")).text
    for url in re.findall(r'(?:href|src)="(/dashboard/static/[^"]+)"', page):
        answer = await member.get(url)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]
    assert "immutable" not in (await member.get("/dashboard/static/old/base.css")).headers["cache-control"]
