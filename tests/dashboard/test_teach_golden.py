"""Golden questions over HTTP: asked again after every lesson and every change of an offer, once; what must not be known."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from fakes.dashboard_person import Hands
from fakes.shop_history import Shop
from fakes.teach_school import School, open_school

from app.conversations.golden_read import runs
from app.conversations.golden_run import REST_SECONDS
from app.wiring import House
from tenants.identifiers import to_public


@pytest.fixture
async def school(house: House, shop: Shop, hands: Hands) -> AsyncIterator[School]:
    async with open_school(house, shop, hands) as opened:
        yield opened


async def test_golden_questions_are_asked_again_once_when_an_offer_changes(school: School) -> None:
    """Five clicks in a row are one examination, which already knows what they came to."""

    def held() -> int:
        with school.house.database.tenant_session(school.shop.tenant_id) as session:
            return sum(not one.is_going_on for one in runs(session, employee_id=school.shop.employee_id))

    def rest() -> None:
        school.work()
        school.hands.now += timedelta(seconds=REST_SECONDS)
        school.work()

    offer = f"/dashboard/offers/{to_public('off', school.shop.offer_id)}"
    await school.send(f"{school.path}/golden", question="Do you have a discount?", facts="10 %")
    await school.send(f"{school.path}/golden/ask")
    rest()
    begun = held()
    assert 'data-passed="yes"' in await school.page("/golden")
    for hand in ("pause", "resume", "pause", "resume", "pause"):
        await school.send(f"{offer}/{hand}")
        school.work()
    rest()
    assert held() == begun + 1
    assert 'data-passed="no"' in await school.page("/golden")
    days = [f"{day:%Y-%m-%d}" for day in (school.hands.now, school.hands.now + timedelta(days=9))]
    made = await school.send(
        "/dashboard/offers/new", employee=to_public("emp", school.shop.employee_id), name="Friday", kind="percent", percent="10",
        currency="USD", coupons_max="50", per_visitor_max="1", starts=days[0], ends=days[1], valid_days="7", codes="minted",
    )  # fmt: skip
    assert made.status_code == 303, made.text
    rest()
    assert held() == begun + 2
    assert 'data-passed="yes"' in await school.page("/golden")


async def test_golden_questions_are_asked_again_after_every_lesson(school: School) -> None:
    await school.send(f"{school.path}/golden", question="Can opened bags be replaced?", facts="once")
    await school.send(f"{school.path}/golden", question="Do you ship to Norway?", facts="eight days | 8 days\r\nNorway")
    again = await school.send(f"{school.path}/golden", question="do you ship to norway?", facts="kept words")
    assert again.status_code == 422
    assert "on the list already" in again.text
    assert "kept words" in again.text
    await school.send(f"{school.path}/golden/ask")
    assert "waits to be asked" in await school.page("/golden")
    school.work()
    before = await school.page("/golden")
    assert re.search(r'data-question="Do you ship to Norway\?" data-passed="no"', before)
    await school.hand_in("abroad.md", b"# Norway\n\nWe ship to Norway within eight days.")
    school.work()
    after = await school.page("/golden")
    assert re.search(r'data-question="Do you ship to Norway\?" data-passed="yes"', after)
    assert "abroad.md" in after
    assert after.count('class="bar-passed"') == 2
    assert "golden questions passed" in await school.page()
    question = re.search(r'action="(/dashboard/teach/golden/(\w+))/remove"', after)
    assert question is not None
    removed = await school.send(f"{question.group(1)}/remove")
    assert removed.headers["location"].endswith(f"removed={question.group(2)}")
    assert "1 question" in await school.page("/golden")
    await school.send(f"{question.group(1)}/bring-back")
    assert "2 questions" in await school.page("/golden")


async def test_she_must_not_know_everything(school: School) -> None:
    await school.send(f"{school.path}/golden", question="Who won the world cup in 1990?", facts="")
    await school.send(f"{school.path}/golden/ask")
    school.work()
    assert 'data-passed="yes"' in await school.page("/golden")
