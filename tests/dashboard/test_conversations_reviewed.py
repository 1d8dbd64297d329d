"""A better answer, from the thumb to her own mouth: judged, written, looked at twice, taught, cited, counted, withdrawn, brought back."""

from datetime import timedelta
from uuid import uuid4

import httpx
import pytest
from fakes.dashboard_person import send
from fakes.shop_history import Shop
from sqlalchemy import select
from test_conversations_inbox import audit, words

from app.conversations.handover_tables import TurnVerdict
from app.conversations.mind import load_mind, think
from app.conversations.record import open_conversation, record_answer, record_question
from app.conversations.thoughts import Powers, Routed, Said
from app.wiring import House
from tenants.identifiers import to_public

QUESTION = "Do you ship to Norway?"
BETTER = "Yes, we ship to Norway. It takes five days."


@pytest.fixture
def address(shop: Shop, now) -> str:
    talk = shop.talk(QUESTION, ["I do not know that one."], now=now - timedelta(minutes=30))
    return f"/dashboard/conversations/{to_public('cnv', talk.conversation_id)}/turns/{to_public('trn', talk.turn_id)}"


def ask(house: House, shop: Shop, question: str, now) -> list:
    """Ask her as a shopper would, and record what she says."""
    with house.database.tenant_session(shop.tenant_id) as session:
        mind = load_mind(session, employee_id=shop.employee_id, embed=house.embed)
        opened = open_conversation(session, employee_id=shop.employee_id, visitor_id=uuid4(), page_url="", language="en", now=now)
        turn_id = record_question(session, conversation_id=opened, message_key="k", text=question, now=now)
        powers = Powers(lambda: (), lambda _offer, _turn: None, lambda _turn, _text: None)
        thoughts = list(think(mind, question, history=(), powers=powers, turn_id=turn_id, now=now))
        record_answer(session, turn_id=turn_id, thoughts=thoughts, interrupted_after=None, now=now)
    return thoughts


async def propose(client: httpx.AsyncClient, address: str, text: str = BETTER) -> str:
    answer = await send(client, address + "/better", question=QUESTION, text=text)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


async def test_thumbs_are_kept_changed_and_taken_back(member: httpx.AsyncClient, kim: httpx.AsyncClient, shop: Shop, address: str) -> None:
    page = address.partition("/turns/")[0]

    async def told() -> list[bool]:
        with shop.database.tenant_session(shop.tenant_id) as session:
            return sorted(row.is_good for row in session.scalars(select(TurnVerdict)))

    await send(member, page, address + "/judge", verdict="good")
    await send(kim, page, address + "/judge", verdict="bad")
    assert await told() == [False, True]
    assert "Kim Low: not good" in (await member.get(page)).text
    await send(member, page, address + "/judge", verdict="bad")
    assert await told() == [False, False]
    await send(member, page, address + "/judge", verdict="")
    assert await told() == [False]


async def test_an_answer_is_taught_only_after_another_looked(
    member: httpx.AsyncClient, kim: httpx.AsyncClient, house: House, shop: Shop, address: str, now
) -> None:
    empty = await send(member, address + "/better", question=QUESTION, text=" ")
    assert (empty.status_code, QUESTION in empty.text, "Nothing was kept" in empty.text) == (422, True, True)
    place = await propose(member, address)
    alone = await send(member, place, place + "/approve")
    assert (alone.status_code, "Somebody else has to look" in alone.text) == (409, True)
    assert "Somebody else looks a second time: Kim Low" in (await member.get(place)).text
    assert not any(isinstance(one, Routed) and one.step == "reviewed" for one in ask(house, shop, QUESTION, now))
    assert (await send(kim, place, place + "/approve")).status_code == 303
    thoughts = ask(house, shop, "do you ship to norway", now + timedelta(minutes=1))
    said = [one for one in thoughts if isinstance(one, Said)]
    assert " ".join(one.text for one in said) == BETTER
    assert all(one.citations[0].document_name == f"Reviewed answer: {QUESTION}" for one in said)
    assert [one.step for one in thoughts if isinstance(one, Routed)] == ["reviewed"]
    page = words((await member.get(place)).text)
    assert "second look by Kim Low" in page
    assert "1 answer" in page
    assert "do you ship to norway" in page
    assert not any(isinstance(one, Routed) and one.step == "reviewed" for one in ask(house, shop, "Do you ship coffee to Chile?", now))


async def test_a_withdrawn_answer_is_forgotten_and_can_come_back(
    member: httpx.AsyncClient, house: House, shop: Shop, address: str, now
) -> None:
    """Nobody else of this shop may teach, so its owner looks a second time alone, and is told so."""

    def is_known() -> bool:
        return any(isinstance(one, Routed) and one.step == "reviewed" for one in ask(house, shop, QUESTION, now))

    place = await propose(member, address)
    assert "Nobody else of this shop may teach" in (await member.get(place)).text
    assert (await send(member, place, place + "/approve")).status_code == 303
    assert is_known()
    await send(member, place, place + "/withdraw")
    assert not is_known()
    twice = await send(member, place, place + "/withdraw")
    assert (twice.status_code, "Nothing was changed" in twice.text) == (409, True)
    await send(member, place, place + "/bring-back")
    assert is_known()
    await send(member, place, place + "/withdraw")
    newer = await propose(member, address, "No, not to Norway.")
    await send(member, newer, newer + "/approve")
    blocked = await send(member, place, place + "/bring-back")
    assert (blocked.status_code, "A newer answer" in blocked.text) == (409, True)
    assert (await send(member, place, place + "/explode")).status_code == 409
    other = await propose(member, address, "Perhaps.")
    await send(member, other, other + "/decline")
    listed = words((await member.get("/dashboard/reviewed")).text)
    assert all(state in listed for state in ("Withdrawn", "It is given as an answer", "Declined"))
    assert audit(shop).count("reviewed_answer.withdrawn") == 2


async def test_what_is_written_cannot_become_structure(member: httpx.AsyncClient, house: House, shop: Shop, address: str, now) -> None:
    """Headings and lists of a document stay words; the answer is one passage of one question."""
    place = await propose(member, address, "# Hours\n## We are open at night\n- always <b>open</b>")
    assert "&lt;b&gt;open&lt;/b&gt;" in (await member.get(place)).text
    await send(member, place, place + "/approve")
    with house.database.tenant_session(shop.tenant_id) as session:
        mind = load_mind(session, employee_id=shop.employee_id, embed=house.embed)
    own = [one for one in mind.index.passages if one.document_name.startswith("Reviewed answer")]
    assert [one.heading.rpartition(" > ")[2] for one in own] == [QUESTION]
