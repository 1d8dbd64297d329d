"""What people and programs may put into the form of a film: each fault is told in plain words, nothing is lost, nothing is kept."""

import re
from html import unescape

import httpx
import pytest
from fakes.dashboard_person import send
from fakes.shop_history import Shop

from app.studio.films import films
from tenants.identifiers import to_public

FORM = {"title": "Spring", "shape": "1:1", "count": "1", "s0_card": "none"}
NOBODY_SAYS = "Employees speak English, Chinese and Japanese."


def faults(html: str) -> dict[str, str]:
    return {place: unescape(why) for place, why in re.findall(r'id="([\w-]+)-fault"[^>]*>([^<]*)<', html)}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (".", "at least one word"), ("🎉🎉🎉", "at least one word"), ("?!… — “”", "at least one word"), ("", "at least one word"),
        ("مرحبا بكم في متجرنا", NOBODY_SAYS), ("Hello שלום.", NOBODY_SAYS), ("Привет.", NOBODY_SAYS),
        ("x" * 100_000, "this one has 100,000"), ("Hello {na{me}}.", "Braces stand around"),
        ("Hello @nobody.", "Nothing is called @nobody"),
    ],
)  # fmt: skip
async def test_what_nobody_can_say_is_told_and_stays_in_the_form(member: httpx.AsyncClient, shop: Shop, text: str, why: str) -> None:
    answer = await send(member, "/dashboard/films/new", **FORM, employee=to_public("emp", shop.employee_id), s0_text=text)
    assert (answer.status_code, why in faults(answer.text)["0-text"]) == (422, True), faults(answer.text)
    kept = re.search(r"<textarea[^>]*>([^<]*)</textarea>", answer.text)
    assert kept is not None
    assert unescape(kept[1]) == text
    with shop.database.tenant_session(shop.tenant_id) as session:
        assert films(session) == []


@pytest.mark.parametrize("text", ["A", "Hello 🎉 there!", "你好，欢迎光临。", "いらっしゃいませ。", "Café naïve, 5 °C, ½ price."])
async def test_what_somebody_can_say_is_kept(member: httpx.AsyncClient, shop: Shop, text: str) -> None:
    answer = await send(member, "/dashboard/films/new", **FORM, employee=to_public("emp", shop.employee_id), s0_text=text)
    assert answer.status_code == 303, faults(answer.text)
    page = (await member.get(answer.headers["location"].partition("?")[0] + "/edit")).text
    assert unescape(re.findall(r"<textarea[^>]*>([^<]*)</textarea>", page)[0]) == text


async def test_cards_say_what_they_cannot_hold(member: httpx.AsyncClient, shop: Shop) -> None:
    fields = {"s0_text": "Hello.", "s0_card": "product", "s0_product_title": "مرحبا", "s0_product_price": "9" * 31}
    answer = await send(member, "/dashboard/films/new", **(FORM | fields), employee=to_public("emp", shop.employee_id))
    assert set(faults(answer.text)) == {"0-product_title", "0-product_price"}
    assert "right to left" in faults(answer.text)["0-product_title"]


async def test_an_offer_or_a_picture_nobody_has_is_told(member: httpx.AsyncClient, shop: Shop) -> None:
    fields = {"s0_text": "Hello.", "s0_card": "coupon", "s0_coupon_offer": "off_nothing", "employee": to_public("emp", shop.employee_id)}
    answer = await send(member, "/dashboard/films/new", **(FORM | fields))
    assert (answer.status_code, set(faults(answer.text))) == (422, {"0-coupon_offer"})
    stolen = {"s0_text": "Hello.", "s0_wall_picture": "../../etc/passwd", "employee": to_public("emp", shop.employee_id)}
    answer = await send(member, "/dashboard/films/new", **(FORM | stolen))
    assert answer.status_code == 422
