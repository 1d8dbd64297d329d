"""People of the house: marked by customer, order or visitor, with a reason; their orders earn nothing until the mark is taken back."""

import re
from datetime import timedelta

import httpx
import pytest
from fakes.dashboard_person import Hands, field, send, sign_in
from fakes.shop_history import PASSWORD, Shop, Talk

from billing.errors import InsiderMarkRefused
from billing.mark_insider import mark_insider
from billing.read_insiders import insiders_of_house
from billing.read_orders import earning_lines
from tenants.identifiers import new_id, to_public
from tenants.sign_in import add_member

PATH = "/dashboard/insiders"


def earned(shop: Shop, hands: Hands) -> int:
    with shop.database.tenant_session(shop.tenant_id) as session:
        lines = earning_lines(session, start=hands.now - timedelta(days=20), end=hands.now + timedelta(days=1), now=hands.now)
        return sum(one.line.amount_minor for one in lines)


def words(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)).replace("\xa0", " ")


@pytest.fixture
def talk(shop: Shop, hands: Hands) -> Talk:
    """Somebody who talked and bought for 50.00, of which Amara earned 5.00."""
    at = hands.now - timedelta(days=2)
    talk = shop.talk("Open on Sunday?", ["No."], now=at, cited=0)
    shop.sell("K-1", "50.00", now=at + timedelta(minutes=9), talk=talk)
    assert earned(shop, hands) == 500
    return talk


@pytest.mark.parametrize("known_by", ["order", "visitor"])
async def test_a_marked_buyers_orders_earn_nothing_until_it_is_taken_back(
    member: httpx.AsyncClient, shop: Shop, hands: Hands, talk: Talk, known_by: str
) -> None:
    identifier = "K-1" if known_by == "order" else str(talk.visitor_id)
    done = await send(member, PATH, known_by=known_by, identifier=f" {identifier} ", who="staff", why="The owner's sister")
    assert done.headers["location"].endswith("done=marked")
    page = await member.get(done.headers["location"])
    assert "The owner&#39;s sister Works for the shop" in words(page.text)
    assert "Their orders Robin" not in words(page.text)
    assert earned(shop, hands) == 0
    [one] = re.findall(r'action="(/dashboard/insiders/mrk_[^"]+)"', page.text)
    refused = await send(member, PATH, one, why=" ")
    assert refused.status_code == 422
    assert "Say why it is taken back." in refused.text
    assert '<details class="confirm" open>' in refused.text
    long = await send(member, PATH, one, why="x" * 301)
    assert "The reason has at most 300 letters." in long.text
    hands.now += timedelta(minutes=1)  # of two marks the later one stands
    back = await send(member, PATH, one, why="She only visited.")
    assert "count again" in (await member.get(back.headers["location"])).text
    assert earned(shop, hands) == 500
    assert (await send(member, PATH, one, why="Twice.")).status_code == 404
    log = (await member.get("/dashboard/audit.csv")).text
    assert "insider.marked" in log
    assert "insider.taken_back" in log
    assert "She only visited." in log


async def test_a_customer_is_known_by_the_shops_own_number(member: httpx.AsyncClient, shop: Shop, hands: Hands, talk: Talk) -> None:
    await send(member, PATH, known_by="customer", identifier="c-77", who="payee", why="Lent her face")
    at = (hands.now - timedelta(hours=1)).isoformat()
    line = {"id": "1", "product": "Beans", "quantity": 1, "total": "20.00"}
    order = {"id": "K-2", "number": "K-2", "currency": "USD", "lines": [line], "total": "20.00", "codes": [], "customer": "c-77"}
    moments = {"created_at": at, "updated_at": at, "attribution": {"visitor": str(talk.visitor_id)}}
    shop.post("order.paid", {**order, **moments}, now=hands.now)
    assert earned(shop, hands) == 500
    page = (await member.get(PATH)).text
    assert "c-77" not in page
    assert re.search(r'data-label="Their orders"><span>1</span>', page)
    with shop.database.tenant_session(shop.tenant_id) as session:
        [one] = insiders_of_house(session)
        mark_insider(session, who="nobody", customer=one.customer, now=hands.now + timedelta(minutes=1))
    hands.now += timedelta(minutes=2)
    assert "Nobody is marked." in (await member.get(PATH)).text
    await send(member, PATH, known_by="order", identifier="K-2", who="staff", why="The same buyer by an order")
    with shop.database.tenant_session(shop.tenant_id) as session:
        assert [(again.customer, again.visitor_id) for again in insiders_of_house(session)] == [(one.customer, None)]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"identifier": " "}, "Write the number or the id."),
        ({"why": ""}, "Say why in a few words"),
        ({"known_by": "visitor"}, "This is not a visitor&#39;s id"),
        ({"known_by": "order"}, "There is no order &#39;c-1&#39;."),
        ({"known_by": "order", "identifier": "K-9"}, "does not say whose it is"),
        ({"who": "cat"}, "is not a kind of insider"),
    ],
)
async def test_what_does_not_fit_is_said_beside_its_field_and_kept(
    member: httpx.AsyncClient, shop: Shop, hands: Hands, fields: dict[str, str], sentence: str
) -> None:
    shop.sell("K-9", "10.00", now=hands.now - timedelta(hours=2))
    typed = {"known_by": "customer", "identifier": "c-1", "who": "staff", "why": "Our barista"} | fields
    answer = await send(member, PATH, **typed)
    assert answer.status_code == 422
    assert re.search(rf'class="field-wrong"[^>]*>[^<]*{re.escape(sentence)}', answer.text)
    assert f'value="{typed["identifier"]}"' in answer.text
    assert f'value="{typed["why"]}"' in answer.text


async def test_who_only_reads_sees_the_list_without_forms(visitor: httpx.AsyncClient, shop: Shop, hands: Hands) -> None:
    with shop.database.tenant_session(shop.tenant_id) as session:
        add_member(session, email="eye@kestrel.example", password=PASSWORD, display_name="Eye", role="read_only", now=hands.now)
        mark_insider(session, who="staff", visitor_id=new_id(hands.now), now=hands.now)
    await sign_in(visitor, "eye@kestrel.example")
    page = (await visitor.get(PATH)).text
    assert "No reason was kept" in page
    assert "Tillhand" in words(page)
    assert "Take back" not in page
    token = field(page, "csrf_token")
    refused = await visitor.post(PATH, data={"csrf_token": token, "identifier": "1", "why": "x"})
    assert refused.status_code == 403
    assert "Robin Vale" in refused.text
    gone = await visitor.post(f"{PATH}/{to_public('mrk', new_id(hands.now))}/take-back", data={"csrf_token": token, "why": "x"})
    assert gone.status_code == 403


def test_a_reason_longer_than_a_sentence_is_refused(shop: Shop, hands: Hands) -> None:
    with shop.database.tenant_session(shop.tenant_id) as session, pytest.raises(InsiderMarkRefused, match="at most 300"):
        mark_insider(session, who="staff", visitor_id=new_id(hands.now), now=hands.now, why="x" * 301)
