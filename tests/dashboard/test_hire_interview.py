"""An interview by the panel's own calls, with the real mind: it is held before any contract, and counts as nothing. And her days off."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from fakes.open_shop import SHOP_ORIGIN, OpenShop, Talk, open_shop, open_talk
from sqlalchemy import func, select

from app.conversations.read import conversations
from app.conversations.tables import Conversation, ShopperMessage
from app.speaking.interviews import INTERVIEW_HOURS, Interview, interview_key, read_interview_key
from avatar_pipeline.voice import Voice
from tenants.employee import employees
from tenants.employment import grant_leave
from tenants.hire_employee import Applicant, add_applicant
from tenants.tables import OutboxEvent

MEI = Applicant("Mei", "Shop seller", "mei", "heart", "Shall we look together?", "Asks what it is for.")


def silent_voice(voice_id: str) -> Voice:
    """A voice whose weights are nowhere: the words come without sound, and the test is quick."""
    return Voice(voice_id, weights_folder=Path("/nowhere"))


@pytest.fixture(scope="module")
def opened(database_for_run, tmp_path_factory) -> Iterator[OpenShop]:
    with open_shop(database_for_run, tmp_path_factory.mktemp("shop"), voice=silent_voice) as shop:
        yield shop


def panel_of(shop: OpenShop) -> httpx.Client:
    return httpx.Client(base_url=shop.url, headers={"Origin": shop.url}, timeout=20)


def said(talk: Talk, turn: str | None = None) -> str:
    return " ".join(event["text"] for _, event in talk.until("turn:end", turn) if event["type"] == "sentence")


def counted(shop: OpenShop) -> tuple[int, int, int]:
    with shop.house.database.tenant_session(shop.tenant_id) as session:
        names = OutboxEvent.name.in_(["TouchHappened", "MessageLeft"])
        events = session.scalar(select(func.count()).select_from(OutboxEvent).where(names)) or 0
        return events, len(conversations(session, limit=200)), session.scalar(select(func.count()).select_from(ShopperMessage)) or 0


def test_an_interview_is_held_before_any_contract_and_counts_as_nothing(opened: OpenShop) -> None:
    shop, now = opened, datetime.now(UTC)
    with shop.house.database.tenant_session(shop.tenant_id) as session:
        mei = add_applicant(session, MEI, now=now)
    key = interview_key(Interview(shop.tenant_id, mei.employee_id), secret=shop.house.settings.signing_key, now=now)
    before = counted(shop)
    with panel_of(shop) as panel:
        frame = panel.get(f"/w/{key}/frame")
        assert frame.status_code == 200
        assert f"frame-ancestors {shop.house.settings.public_url}" in frame.headers["content-security-policy"]
        assert panel.get(f"/w/{key}/boot", params={"visitor": str(uuid4())}).status_code == 404
        assert panel.get(f"/w/{mei.widget_key}/frame").status_code == 404, "to shoppers she does not exist yet"
        answer = panel.post(f"/w/{key}/conversations", json={"visitor": str(uuid4()), "page_url": "http://127.0.0.1", "language": "en"})
        assert answer.status_code == 201, answer.text
        body = answer.json()
        talk = Talk(panel, f"/w/{key}/conversations/{body['conversation']}", body["token"], body)
        assert "Mei" in said(talk)
        assert "No offer that I might hand out is running" in said(talk, talk.ask("Do you have a discount for me?"))
        first, second = (said(talk, talk.ask(question)) for question in ("Is this in stock?", "Can I return it if it does not fit?"))
        assert "taught nothing about this shop yet" in first
        assert "“Asks what it is for.”" in first
        assert "under Teach" in first
        assert "taught nothing about this shop yet" in second
        assert second.count("Asks what it is for") == 1, "the stream holds the whole talk, and the brief is told once"
        turn = talk.ask("I want to speak with a person.")
        assert said(talk, turn)
        note = {"turn": turn, "text": "Call me.", "name": "", "reply_to": "a@b.example"}
        headers = talk.headers | {"Idempotency-Key": str(uuid4())}
        assert panel.post(f"{talk.path}/notes", json=note, headers=headers).status_code == 201
    assert counted(shop) == before
    with shop.house.database.tenant_session(shop.tenant_id) as session:
        held = session.scalars(select(Conversation).where(Conversation.is_interview)).all()
        assert [(one.turn_count, one.first_answered_at, one.wanted_at) for one in held] == [(4, None, None)]


def test_an_interview_key_is_sealed_and_ends(opened: OpenShop) -> None:
    now, secret = datetime.now(UTC), b"a key"
    interview = Interview(uuid4(), uuid4())
    key = interview_key(interview, secret=secret, now=now)
    assert read_interview_key(key, secret=secret, now=now) == interview
    assert read_interview_key(key, secret=secret, now=now + timedelta(hours=INTERVIEW_HOURS, seconds=1)) is None
    assert read_interview_key(key, secret=b"another", now=now) is None
    changed = key[:20] + ("A" if key[20] != "A" else "B") + key[21:]
    for wrong in (changed, key[:-3], "iv_", "iv_ü", "wk_something", ""):
        assert read_interview_key(wrong, secret=secret, now=now) is None


def test_on_her_days_off_she_says_so_or_a_colleague_steps_in(opened: OpenShop) -> None:
    shop, now = opened, datetime.now(UTC)
    with shop.house.database.tenant_session(shop.tenant_id) as session:
        amara = next(one for one in employees(session) if one.name == "Amara")
        today = now.date()
        grant_leave(
            session, amara.employee_id, starts_on=today, ends_on=today + timedelta(days=2), stand_in_id=None, actor="per_x", now=now
        )
    with panel_of(shop) as panel:
        boot = panel.get(f"/w/{shop.key}/boot", params={"visitor": str(uuid4())}, headers={"Origin": SHOP_ORIGIN})
        assert boot.json()["teaser"].startswith("Amara is away until")
        talk = open_talk(shop, panel)
        greeting = list(talk.until("turn:end"))
        assert "I am away until" in " ".join(event.get("text", "") for _, event in greeting)
        assert any(event["type"] == "message:wanted" for _, event in greeting)
        before = counted(shop)[0]
        assert "I am away until" in said(talk, talk.ask("When do you open on Sunday?"))
        assert counted(shop)[0] == before, "it is no answer, and earns no touch"
