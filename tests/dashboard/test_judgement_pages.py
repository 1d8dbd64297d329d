"""The pages that help to judge a contract: trials, calls at a price, the measured effect, models, unreported sales, rates."""

import re
from datetime import date, timedelta
from decimal import Decimal

import httpx
import pytest
from fakes.dashboard_person import Hands
from fakes.shop_history import Shop, Talk

from app.dashboard.effect_chart import draw_effect
from app.flows import VERBS
from billing.assign_holdout import assign_holdout
from billing.contract_terms import ContractTerms
from billing.errors import CouponExpired
from billing.import_rates import import_rates
from billing.note_refused_code import note_refused_code
from billing.read_lift import Effect, LiftPoint
from billing.redeem_coupon import redeem_coupon
from billing.sign_contract import sign_contract
from tenants.identifiers import new_id, to_public
from tenants.mail import kept_letters
from tenants.outbox import deliver_due


def words(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)).replace("\xa0", " ")


@pytest.fixture
def sold(shop: Shop, hands: Hands) -> Talk:
    """One sale of 40.00 after a talk two days ago, and a talk that led to nothing."""
    at = hands.now - timedelta(days=2)
    talk = shop.talk("Are you open on Sunday?", ["No."], now=at, cited=0)
    shop.sell("K-1", "40.00", now=at + timedelta(minutes=9), talk=talk)
    shop.talk("And on Monday?", ["Yes."], now=at + timedelta(minutes=30), cited=0)
    return talk


async def test_other_terms_are_tried_beside_calls_at_a_price(member: httpx.AsyncClient, sold: Talk) -> None:
    said = words((await member.get("/dashboard/what-if?share=15&price=0.99&months=1")).text)
    assert "Under these terms $6.00 As it was paid $4.00 Difference $2.00 Paid per call $1.98" in said
    assert "2 conversations at $0.99" in said
    assert "Until now: The employee earns 10 %" in said
    assert "K-1" in said
    capped = words((await member.get("/dashboard/what-if?cap=1.00&months=1")).text)
    assert "Under these terms $0." in capped or "Under these terms $1.00" in capped
    for wrong in ("share=lots", "price=0.999", "share=101", "model=magic"):
        assert (await member.get(f"/dashboard/what-if?{wrong}")).status_code == 422
    assert (await member.get("/dashboard/what-if?months=13")).status_code == 422
    assert "Share: write a percentage from 0 to 100." in words((await member.get("/dashboard/what-if?share=101")).text)
    for field, name in (("price", "A call"), ("cap", "Cap"), ("minimum", "Minimum")):
        below = await member.get(f"/dashboard/what-if?{field}=-0.99")
        assert (below.status_code, f"{name}: write an amount of 0 or more." in words(below.text)) == (422, True)


async def test_an_unmeasured_effect_says_so_and_the_calculator_answers(member: httpx.AsyncClient, shop: Shop) -> None:
    page = words((await member.get("/dashboard/effect")).text)
    assert "Nobody is held out under this contract" in page
    quick = words((await member.get("/dashboard/effect?visitors=50000&conversion=5&worth=30.00&deviation=10.00&gain=20&held=20")).text)
    assert re.search(r"Looking at any time \d+ days?", quick)
    assert "is told within" in quick
    assert (await member.get("/dashboard/effect?conversion=140")).status_code == 422
    assert (await member.get("/dashboard/effect?worth=cheap")).status_code == 422
    one = await member.get(f"/dashboard/effect/{to_public('emp', shop.employee_id)}")
    assert "cannot be told from what would have been sold anyway" in words(one.text)


async def test_a_young_measurement_is_shown_without_an_interval(member: httpx.AsyncClient, shop: Shop, hands: Hands) -> None:
    terms = ContractTerms(
        currency="USD", share_ppm=100_000, period_time_zone="America/New_York", holdout_ppm=500_000,
        window_days={"coupon": 1, "link": 1, "conversation": 1},
    )  # fmt: skip
    signed_at = hands.now - timedelta(days=10)
    with shop.database.tenant_session(shop.tenant_id) as session:
        sign_contract(session, employee_id=shop.employee_id, terms=terms, accepted_by="Robin Vale", now=signed_at)
        for number in range(40):
            at = signed_at + timedelta(hours=number + 1)
            assign_holdout(session, visitor_id=new_id(at), employee_id=shop.employee_id, now=at)
    page = (await member.get(f"/dashboard/effect/{to_public('emp', shop.employee_id)}")).text
    said = words(page)
    assert "too few have bought to give an interval" in said
    assert "What this cannot tell" in said
    assert 'class="effect-line"' in page
    assert 'points="' in page


def test_the_curve_stays_in_its_frame_and_the_band_closes() -> None:
    days = [date(2026, 11, day) for day in range(1, 7)]
    wide = [Effect(Decimal(50), Decimal(50) - 600 // n, Decimal(50) + 600 // n, Decimal(1)) for n in range(1, 6)]
    points = [LiftPoint(days[0], 1, None), *(LiftPoint(day, 2, effect) for day, effect in zip(days[1:], wide, strict=True))]
    chart = draw_effect(points)
    assert chart is not None
    spots = [tuple(map(float, spot.split(","))) for spot in f"{chart.band} {chart.line}".split()]
    assert len(spots) == 15
    assert all(0 <= x <= chart.width and 0 <= y <= chart.height for x, y in spots)
    assert draw_effect(points[:1]) is None
    bare = draw_effect([LiftPoint(days[0], 2, Effect(Decimal(-3), None, None, Decimal(1)))])
    assert bare is not None
    assert bare.band == ""


async def test_models_stand_side_by_side_and_add_up(member: httpx.AsyncClient, sold: Talk) -> None:
    page = (await member.get("/dashboard/models?months=1")).text
    said = words(page)
    assert "1 order since" in said
    assert said.count("1.0 orders") == 9  # every model credits the one order to the one channel
    assert "Amara, Conversation 100 %" in said
    empty = words((await member.get("/dashboard/models?months=1&x=1")).text)
    assert "Markov removal" in empty


async def test_a_used_code_without_an_order_is_told_on_home_and_on_its_page(member: httpx.AsyncClient, shop: Shop, hands: Hands) -> None:
    assert "no channel has fallen quiet" in words((await member.get("/dashboard/alerts")).text)
    at = hands.now - timedelta(days=6)
    talk = shop.talk("Any discount?", ["10 % off."], now=at, coupon=True)
    assert talk.coupon is not None
    with shop.database.tenant_session(shop.tenant_id) as session:
        redeem_coupon(
            session, code=talk.coupon.code, order_ref="T-77", cart_total_minor=1_000, currency="USD", now=at + timedelta(minutes=5)
        )
    said = words((await member.get("/dashboard/alerts")).text)
    assert talk.coupon.code in said
    assert "T-77" in said
    assert "1 sign of sales that were not reported" in words((await member.get("/dashboard")).text)
    live = await member.get("/dashboard", headers={"HX-Request": "true"})
    assert "not reported" not in live.text


async def test_a_code_the_till_refused_is_told_with_its_reason_and_its_talk(member: httpx.AsyncClient, shop: Shop, hands: Hands) -> None:
    talk = shop.talk("Any discount?", ["10 % off."], now=hands.now - timedelta(hours=2), coupon=True)
    assert talk.coupon is not None
    with shop.database.tenant_session(shop.tenant_id) as session:
        over = CouponExpired("Over.")
        note_refused_code(session, code=talk.coupon.code, refusal=over, order_ref="T-78", now=hands.now - timedelta(hours=1))
    deliver_due(shop.database, VERBS, clock=lambda: hands.now)
    page = (await member.get("/dashboard/alerts")).text
    assert f"{talk.coupon.code} Its last day had passed. T-78 1" in words(page)
    assert f"/dashboard/conversations/{to_public('cnv', talk.conversation_id)}" in page
    (letter,) = [one for one in kept_letters(shop.database, limit=9) if "refused the code" in one.subject]
    assert talk.coupon.code in letter.subject
    assert "Its last day had passed." in letter.body


async def test_an_order_a_hundred_times_the_usual_is_shown_and_counts(member: httpx.AsyncClient, shop: Shop, hands: Hands) -> None:
    talk = shop.talk("Any beans left?", ["Yes."], now=hands.now - timedelta(days=1), cited=0)
    for number in range(20):
        shop.sell(f"U-{number}", "20.00", now=hands.now - timedelta(hours=20), talk=talk)
    shop.sell("U-99", "1999.99", now=hands.now - timedelta(hours=2), talk=talk)
    assert "Orders far above the usual" not in (await member.get("/dashboard/alerts")).text
    shop.sell("U-100", "2000.00", now=hands.now - timedelta(hours=1), talk=talk)
    page = (await member.get("/dashboard/alerts")).text
    assert re.search(r"U-100 online .* \$2,000.00 \$20.00", words(page))
    assert "U-99" not in page
    (shown,) = re.findall(r'href="(/dashboard/orders/ord_[0-9a-z]+)">U-100', page)
    assert "$200.00" in words((await member.get(shown)).text)


async def test_a_refund_larger_than_its_sale_is_shown_with_what_to_do(member: httpx.AsyncClient, shop: Shop, hands: Hands) -> None:
    talk = shop.talk("Any beans left?", ["Yes."], now=hands.now - timedelta(hours=5), cited=0)
    shop.sell("I-1", "20.00", now=hands.now - timedelta(hours=4), talk=talk)
    shop.refund("R-9", "I-1", "20.01", now=hands.now - timedelta(hours=3))
    page = (await member.get("/dashboard/alerts")).text
    assert re.search(r"R-9 I-1 It is larger than everything that was captured. .* \$20.01", words(page))
    (shown,) = re.findall(r'href="(/dashboard/deliveries/evt_[0-9a-z]+)">R-9', page)
    assert "It is larger than everything that was captured." in words((await member.get(shown)).text)


async def test_an_order_waits_for_its_rate_and_then_does_not(member: httpx.AsyncClient, shop: Shop, hands: Hands) -> None:
    assert "No rate is needed" in words((await member.get("/dashboard/rates")).text)
    at = hands.now - timedelta(days=2)
    talk = shop.talk("Open on Sunday?", ["No."], now=at, cited=0)
    line = {"id": "1", "product": "Beans", "quantity": 1, "total": "20.00"}
    bought_at = (at + timedelta(minutes=9)).isoformat()
    moments = {"created_at": bought_at, "updated_at": bought_at}
    order = {"id": "E-1", "number": "E-1", "currency": "EUR", "lines": [line], "total": "20.00", "codes": []}
    shop.post("order.paid", {**order, "attribution": {"visitor": str(talk.visitor_id)}, **moments}, now=at + timedelta(minutes=10))
    said = words((await member.get("/dashboard/rates")).text)
    assert f"E-1 EUR to USD of {at.day} November 2026" in said
    done = import_rates(
        shop.database, f"day,base,quote,rate,source\n{at.date()},EUR,USD,1.08,ecb\n", now=hands.now, are_jumps_confirmed=True
    )
    assert done.orders_reckoned == 1
    said = words((await member.get("/dashboard/rates")).text)
    assert "Waiting for a rate" not in said
    assert "1 EUR = 1.08 USD" in said
