"""From a published film to the payslip: watched inside the shop's page, clicked, bought from, its royalty earned, and all of it shown."""

import re
from datetime import UTC, date, datetime, timedelta
from html import unescape
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import httpx
import pytest
from fakes.dashboard_person import send
from fakes.furnished_shop import publish_a_film
from fakes.shop_history import Shop
from sqlalchemy import select

from app.flows import VERBS
from app.studio.film_touches import record_click, record_view
from app.studio.films import Draft, change_film, film
from app.studio.tables import Film
from billing.attribution.tables import TouchRow
from billing.contract_terms import ContractTerms
from billing.explain import explain_order
from billing.issue_coupon import issue_coupon
from billing.offers import OfferTerms, create_offer
from billing.orders.tables import ShopOrder
from billing.read_offers import offer
from billing.read_payslip import payslip
from billing.read_works import WorkDay, work_brought, work_days, works_brought
from billing.record_income import WorkIncome, record_income
from billing.sign_contract import sign_contract
from tenants.hire_employee import Applicant, add_applicant
from tenants.identifiers import from_public, to_public
from tenants.outbox import deliver_due

WINDOWS = {"coupon": 30, "link": 30, "conversation": 30, "view": 7}
TERMS = ContractTerms(
    currency="USD", share_ppm=80_000, royalty_share_ppm=150_000, royalty_income_ppm=100_000, period_time_zone="America/New_York",
    window_days=WINDOWS,
)  # fmt: skip
NADIA = Applicant("Nadia", "Presenter", "nadia", "heart", "Hello.", "Shows what is new.")


@pytest.fixture
def presenter(shop: Shop, now: datetime) -> UUID:
    """Somebody who earns 15 % of what her films sell, and 8 % of all else."""
    with shop.database.tenant_session(shop.tenant_id) as session:
        employee_id = add_applicant(session, NADIA, now=now - timedelta(days=9)).employee_id
        sign_contract(session, employee_id=employee_id, terms=TERMS, accepted_by="Robin Vale", now=now - timedelta(days=9))
    deliver_due(shop.database, VERBS, clock=lambda: now - timedelta(days=8))
    return employee_id


def published(shop: Shop, employee_id: UUID, now: datetime) -> tuple[UUID, str]:
    with shop.database.tenant_session(shop.tenant_id) as session:
        film_id = publish_a_film(session, employee_id, now - timedelta(days=2))
        row = session.get_one(Film, (shop.tenant_id, film_id))
        row.target_url = "https://kestrel.example/beans?from=film"
        return film_id, row.public_key or ""


def bought(shop: Shop, number: str, total: str, now: datetime, **attribution: str) -> None:
    moments = {"created_at": now.isoformat(), "updated_at": now.isoformat()}
    codes = [attribution.pop("code")] if "code" in attribution else []
    line = {"id": "1", "product": "Lantern Blend, 250 g", "quantity": 1, "total": total}
    order = {"id": number, "number": number, "currency": "USD", "lines": [line], "total": total, "codes": codes, "attribution": attribution}
    shop.post("order.paid", {**order, **moments}, now=now)


def credited(shop: Shop) -> dict[str, tuple[UUID | None, int, int]]:
    """Each order's work, rate and cents for whoever brought it."""
    with shop.database.tenant_session(shop.tenant_id) as session:
        orders = session.execute(select(ShopOrder.number, ShopOrder.order_id)).all()
        found = {number: explain_order(session, order_id=order_id).revisions[-1].credits for number, order_id in orders}
    return {number: (one[0].work_id, one[0].share_ppm, one[0].target_minor) for number, one in found.items() if one}


async def test_what_a_film_sells_is_its_work_and_earns_its_royalty(
    visitor: httpx.AsyncClient, shop: Shop, presenter: UUID, now: datetime
) -> None:
    film_id, key = published(shop, presenter, now)
    page = await visitor.get(f"/films/{key}/embed")
    assert "frame-ancestors 'self' https://kestrel.example" in page.headers["content-security-policy"]
    assert "x-frame-options" not in page.headers
    assert (f'data-film="{key}"' in page.text, "made by AI" in page.text) == (True, True)
    watcher = str(uuid4())
    for _ in range(2):
        assert (await visitor.post(f"/films/{key}/seen", json={"visitor": watcher})).status_code == 204
    answer = await visitor.get(f"/films/{key}/go", params={"visitor": watcher})
    query = parse_qs(urlsplit(answer.headers["location"]).query)
    assert (answer.status_code, query["from"], answer.headers["cache-control"]) == (302, ["film"], "no-store")
    with shop.database.tenant_session(shop.tenant_id) as session:
        touches = session.execute(select(TouchRow.kind, TouchRow.work_id).where(TouchRow.employee_id == presenter)).all()
    assert sorted(touches) == [("video_click", film_id), ("video_view", film_id)]
    bought(shop, "F-1", "40.00", now + timedelta(minutes=9), click=query["tillhand_click"][0])
    bought(shop, "F-2", "20.00", now + timedelta(minutes=12), visitor=watcher)
    bought(shop, "F-3", "10.00", now + timedelta(minutes=15))
    assert credited(shop) == {"F-1": (film_id, 150_000, 600), "F-2": (film_id, 150_000, 300)}
    with shop.database.tenant_session(shop.tenant_id) as session:
        slip = payslip(session, employee_id=presenter, period_start=None, now=now + timedelta(hours=1))
    assert sum(line.amount_minor for line in slip.lines) == 900


async def test_an_order_names_the_film_that_brought_it(
    visitor: httpx.AsyncClient, member: httpx.AsyncClient, shop: Shop, presenter: UUID, now: datetime
) -> None:
    """Nobody talked with this buyer, and the sentence said so."""
    film_id, key = published(shop, presenter, now)
    watcher = str(uuid4())
    await visitor.post(f"/films/{key}/seen", json={"visitor": watcher})
    await visitor.get(f"/films/{key}/go", params={"visitor": watcher})
    bought(shop, "F-1", "40.00", now + timedelta(minutes=9), visitor=watcher)
    with shop.database.tenant_session(shop.tenant_id) as session:
        order_id, title = session.scalars(select(ShopOrder.order_id)).one(), film(session, film_id).title
    path, film_path = f"/dashboard/orders/{to_public('ord', order_id)}", f"/dashboard/films/{to_public('wrk', film_id)}"
    words = (await member.get(path)).text
    assert f'because the buyer came from the film <a href="{film_path}">{title}</a>, at ' in words
    assert "last talk" not in words
    await send(member, film_path, f"{film_path}/delete")
    assert "because the buyer came from the film that was deleted since, at " in (await member.get(path)).text


async def test_a_code_drawn_for_a_film_sells_for_it(member: httpx.AsyncClient, shop: Shop, presenter: UUID, now: datetime) -> None:
    with shop.database.tenant_session(shop.tenant_id) as session:
        terms = OfferTerms("Spring week", "USD", 1, now - timedelta(days=1), now + timedelta(days=60), percent_ppm=100_000)
        offer_id = create_offer(session, employee_id=presenter, offer=terms, now=now)
    fields = {
        "title": "Spring", "shape": "1:1", "count": "1", "s0_text": "Hello.", "s0_card": "coupon", "employee": to_public("emp", presenter),
        "s0_coupon_offer": to_public("off", offer_id),
    }  # fmt: skip
    path = (await send(member, "/dashboard/films/new", **fields)).headers["location"].partition("?")[0]
    film_id = from_public("wrk", path.rsplit("/", 1)[1])
    with shop.database.tenant_session(shop.tenant_id) as session:
        kept = film(session, film_id)
        coupon = kept.script["scenes"][0]["coupon"]
        scene = {"text": "Hello again.", "coupon": {**coupon, "title": "", "code": "", "terms": ""}}
        again = Draft("Spring", presenter, {**kept.script, "scenes": [scene]})
        change_film(session, film_id=film_id, draft=again, seen_version=1, by="per_test", now=now)
        assert film(session, film_id).script["scenes"][0]["coupon"] == coupon
        assert offer(session, offer_id=offer_id, now=now).funnel.issued == 1
    assert (coupon["title"], len(coupon["code"]) > 5) == ("Spring week", True)
    bought(shop, "C-1", "30.00", now + timedelta(minutes=9), code=coupon["code"])
    assert credited(shop) == {"C-1": (film_id, 150_000, 450)}
    refused = await send(member, "/dashboard/films/new", **fields)
    fault = re.search(r'id="0-coupon_offer-fault"[^>]*>([^<]*)', refused.text)
    assert (refused.status_code, fault and fault[1]) == (422, "All 1 coupons of the offer Spring week have been handed out.")


async def test_nobody_fills_the_books_with_views_and_a_wrong_address_says_so(
    visitor: httpx.AsyncClient, shop: Shop, presenter: UUID, now: datetime
) -> None:
    _, key = published(shop, presenter, now)
    assert {(await visitor.post(f"/films/{key}/seen", json={"visitor": str(uuid4())})).status_code for _ in range(70)} == {204}
    with shop.database.tenant_session(shop.tenant_id) as session:
        assert len(session.scalars(select(TouchRow.touch_id).where(TouchRow.kind == "video_view")).all()) == 60
    assert (await visitor.post(f"/films/{key}/seen", json={"visitor": "me"})).status_code in (400, 422)
    gone = [await visitor.get(f"/films/nothing{end}") for end in ("", "/embed", "/go")]
    assert {one.status_code for one in gone} == {404}
    assert not any("Cross-Origin-Opener-Policy" in one.headers for one in gone), "browsers refuse it in a page opened out of the panel"


def figures(html: str) -> dict[str, str]:
    """What the card of a film's page says, by its headings."""
    found = re.findall(r'<div class="figure"><dt>([^<]*)</dt><dd[^>]*>(.*?)</dd>', html)
    return {heading: re.sub(r"<[^>]+>", "", value) for heading, value in found}


async def test_a_films_page_shows_what_it_brought(
    visitor: httpx.AsyncClient, member: httpx.AsyncClient, shop: Shop, neighbour: Shop, presenter: UUID, now: datetime
) -> None:
    film_id, key = published(shop, presenter, now)
    film_path = f"/dashboard/films/{to_public('wrk', film_id)}"
    empty = (await member.get(film_path)).text
    assert ("Nobody has watched it yet. Views, clicks to your shop" in empty, figures(empty)) == (True, {})
    assert "Nobody has watched it yet." in (await member.get("/dashboard/films")).text
    watchers = [str(uuid4()) for _ in range(3)]
    for watcher in (*watchers, watchers[0]):
        await visitor.post(f"/films/{key}/seen", json={"visitor": watcher})
    await visitor.get(f"/films/{key}/go", params={"visitor": watchers[0]})
    bought(shop, "F-1", "40.00", now + timedelta(minutes=9), visitor=watchers[0])
    bought(shop, "F-2", "20.00", now + timedelta(minutes=9), visitor=watchers[1])
    bought(shop, "F-3", "10.00", now + timedelta(minutes=9))
    page = (await member.get(film_path)).text
    assert figures(page) == {"Views": "3", "Clicks": "1", "Orders": "2", "Earned": "$9.00"}
    assert ("$60.00 in all" in page, "for Nadia, by contract" in page, page.count("bar-sales"), page.count("bar-earned")) == (
        True,
        True,
        2,
        2,
    )
    line = re.search(r'<p class="small film-brought-line"[^>]*>(.*?)</p>', (await member.get("/dashboard/films")).text, re.DOTALL)
    assert line
    assert " ".join(line[1].split()) == "3 views · 1 click · 2 orders · $9.00 earned"
    with neighbour.database.tenant_session(neighbour.tenant_id) as session:
        assert works_brought(session, [film_id])[film_id].is_nothing
        assert work_days(session, film_id, time_zone="UTC") == []


async def test_what_went_back_is_taken_off_and_income_elsewhere_is_added(shop: Shop, presenter: UUID, now: datetime) -> None:
    film_id, _ = published(shop, presenter, now)
    watcher = uuid4()
    with shop.database.tenant_session(shop.tenant_id) as session:
        record_view(session, film_id=film_id, visitor_id=watcher, now=now)
    bought(shop, "F-1", "40.00", now + timedelta(minutes=9), visitor=str(watcher))
    shop.refund("R-1", "F-1", "10.00", now=now + timedelta(hours=1))
    income = WorkIncome("video-site", "ads-1", presenter, film_id, 10_000, "USD", now, now, {"account": "7"})
    with shop.database.tenant_session(shop.tenant_id) as session:
        record_income(session, income, now=now + timedelta(hours=2))
        found = works_brought(session, [film_id])[film_id]
    assert (found.views, found.orders, found.sales) == (1, 1, (("USD", 4_000),))
    assert found.earned == (("USD", 450 + 1_000),), "15 % of what was kept of the order, 10 % of the income"


async def test_a_films_coupons_are_counted_and_a_days_views_lie_in_the_shops_own_day(shop: Shop, presenter: UUID, now: datetime) -> None:
    film_id, _ = published(shop, presenter, now)
    evening = datetime(2026, 11, 20, 3, tzinfo=UTC)  # still the nineteenth in New York
    with shop.database.tenant_session(shop.tenant_id) as session:
        terms = OfferTerms("Spring week", "USD", 5, now - timedelta(days=1), now + timedelta(days=60), percent_ppm=100_000)
        offer_id = create_offer(session, employee_id=presenter, offer=terms, now=now)
        drawn = [
            issue_coupon(
                session, offer_id=offer_id, visitor_id=None, conversation_id=None, turn_id=None, work_id=film_id, now=now
            ) for _ in range(2)
        ]  # fmt: skip
        record_view(session, film_id=film_id, visitor_id=uuid4(), now=evening)
    bought(shop, "C-1", "30.00", now + timedelta(minutes=9), code=drawn[0].code)
    with shop.database.tenant_session(shop.tenant_id) as session:
        found, days = works_brought(session, [film_id])[film_id], work_days(session, film_id, time_zone="America/New_York")
    assert (found.coupons, found.redeemed, found.orders, found.earned) == (2, 1, 1, (("USD", 450),))
    assert days == [WorkDay(date(2026, 11, 19), 1, 0)]


@pytest.mark.parametrize(("time_zone", "midnight"), [("America/New_York", (5, 0)), ("Asia/Kathmandu", (18, 15)), ("UTC", (0, 0))])
async def test_a_moment_before_midnight_is_another_day_and_page_and_list_say_the_same(
    shop: Shop, presenter: UUID, now: datetime, time_zone: str, midnight: tuple[int, int]
) -> None:
    film_id, _ = published(shop, presenter, now)
    begins = datetime(2026, 11, 20, *midnight, tzinfo=UTC)
    moments = [begins + step for step in (-timedelta(milliseconds=1), timedelta(), timedelta(minutes=14, seconds=59), timedelta(hours=23))]
    with shop.database.tenant_session(shop.tenant_id) as session:
        for moment in moments:
            record_view(session, film_id=film_id, visitor_id=uuid4(), now=moment)
        record_click(session, film_id=film_id, visitor_id=None, now=begins)
        brought, days = work_brought(session, film_id, time_zone=time_zone)
        assert brought == works_brought(session, [film_id])[film_id]
    first = begins.astimezone(ZoneInfo(time_zone)).date()
    assert days == [WorkDay(first - timedelta(days=1), 1, 0), WorkDay(first, 3, 1)]


async def test_who_sees_no_money_sees_what_was_watched(kim: httpx.AsyncClient, shop: Shop, presenter: UUID, now: datetime) -> None:
    film_id, key = published(shop, presenter, now)
    watcher = str(uuid4())
    await kim.post(f"/films/{key}/seen", json={"visitor": watcher})
    bought(shop, "F-1", "40.00", now + timedelta(minutes=9), visitor=watcher)
    page = (await kim.get(f"/dashboard/films/{to_public('wrk', film_id)}")).text
    assert figures(page) == {"Views": "1", "Clicks": "0", "Orders": "1"}
    assert "$" not in page[page.index('class="card film-brought"') : page.index("film-side")]


async def test_a_published_films_address_answers_programs_and_strangers(
    visitor: httpx.AsyncClient, shop: Shop, presenter: UUID, now: datetime
) -> None:
    film_id, key = published(shop, presenter, now)
    assert {(await visitor.head(f"/films/{key}{end}")).status_code for end in ("", "/embed")} == {200}
    assert (await visitor.head(f"/films/{key}/go")).status_code == 405, "what only looks where it leads is no click"
    gone = await visitor.get("/films/nothing")
    assert (gone.status_code, "the shop has taken the film away" in gone.text, 'href="/dashboard"' in gone.text) == (404, True, False)
    for wrong in ("me", "", "0"):
        answer = await visitor.get(f"/films/{key}/go", params={"visitor": wrong})
        assert (answer.status_code, answer.headers["location"].startswith("https://kestrel.example/beans?from=film&")) == (302, True)
    with shop.database.tenant_session(shop.tenant_id) as session:
        assert works_brought(session, [film_id])[film_id].clicks == 3


async def test_addresses_are_copied_by_a_button(member: httpx.AsyncClient, shop: Shop, presenter: UUID, now: datetime) -> None:
    film_id, _ = published(shop, presenter, now)
    page = (await member.get(f"/dashboard/films/{to_public('wrk', film_id)}")).text
    for name in re.findall(r'data-copy="([^"]+)"', page):
        assert f'id="{name}"' in page
    assert {"page-address", "embed"} <= set(re.findall(r'data-copy="([^"]+)"', page))


async def test_the_player_to_paste_shrinks_with_a_narrow_page(
    member: httpx.AsyncClient, shop: Shop, presenter: UUID, now: datetime
) -> None:
    film_id, _ = published(shop, presenter, now)
    page = unescape((await member.get(f"/dashboard/films/{to_public('wrk', film_id)}")).text)
    width, height, style = re.findall(r'<iframe [^>]*width="(\d+)" height="(\d+)"[^>]*style="([^"]+)"', page)[0]
    assert {"width:100%", f"max-width:{width}px", "height:auto", f"aspect-ratio:{width}/{height}"} <= set(style.split(";"))
