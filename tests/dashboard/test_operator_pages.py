"""The operator's page is for Tillhand's own people alone; a shop chooses who draws the face, and only when somebody can."""

from dataclasses import replace
from datetime import timedelta
from html import unescape
from re import sub

import httpx
import pytest
from fakes.dashboard_person import field, sign_in
from fakes.one_app import app_of

from app.costs.note_cost import Spent, note_cost
from app.dashboard.formatting import work_time_text
from app.worker.capabilities import Capabilities
from app.worker.heartbeat import Heartbeat
from tenants.employee import employee_view
from tenants.identifiers import new_id, to_public

EMAIL = "robin@kestrel.example"


async def test_margins_and_machines_are_for_our_own_people(house, shop, now):
    with shop.database.tenant_session(shop.tenant_id) as session:
        note_cost(session, kind="turn", cause_id=new_id(now), employee_id=shop.employee_id, spent=Spent(gpu_ms=3_600_000), now=now)
    Heartbeat(shop.database, lambda: now, ("render",), Capabilities("NVIDIA H200", 143_771, ("musetalk",))).beat()
    for emails, status in (("", 404), ("kim@harbour.example", 404), (f"kim@harbour.example, {EMAIL.upper()}", 200)):
        asked = replace(house, settings=house.settings.model_copy(update={"operator_emails": emails}))
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app_of(asked)), base_url="http://127.0.0.1:8700") as client:
            await sign_in(client, EMAIL)
            shown = await client.get("/dashboard/operator")
            assert shown.status_code == status, emails
    assert "2.50" in shown.text
    assert "NVIDIA H200" in shown.text
    assert "at work" in shown.text


async def test_a_shop_chooses_the_card_only_when_one_has_reported_in(house, shop, now):
    path = f"/dashboard/employees/{to_public('emp', shop.employee_id)}/picture"
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app_of(house)), base_url="http://127.0.0.1:8700") as client:
        await sign_in(client, EMAIL)
        shown = await client.get(path)
        assert "no graphics card has reported in" in shown.text
        assert " disabled" in shown.text
        token = field(shown.text, "csrf_token")
        refused = await client.post(path, data={"quality": "neural", "csrf_token": token})
        assert refused.status_code == 409
        wrong = await client.post(path, data={"quality": "gold", "csrf_token": token})
        assert wrong.status_code == 422
        films_only = Heartbeat(shop.database, lambda: now, ("gpu.musetalk.0",), Capabilities("H200", 143_771, ("musetalk",)))
        films_only.beat()
        assert (await client.post(path, data={"quality": "neural", "csrf_token": token})).status_code == 409
        live = Heartbeat(
            shop.database, lambda: now + timedelta(seconds=1), ("gpu.musetalk.0",), Capabilities("H200", 143_771, ("musetalk",)),
            stage_address="http://10.0.0.7:8800",
        )  # fmt: skip
        live.beat()
        assert " disabled" not in (await client.get(path)).text.split("<fieldset")[1].split("</fieldset>")[0]
        assert (await client.post(path, data={"quality": "neural", "csrf_token": token})).status_code in {302, 303}
    with shop.database.tenant_session(shop.tenant_id) as session:
        assert employee_view(session, shop.employee_id).picture_quality == "neural"


async def test_work_reads_as_people_say_it(house, shop, now):
    spent = Spent(gpu_ms=5_400_000, cpu_ms=91_000, characters=48_210, tokens=12_400)
    with shop.database.tenant_session(shop.tenant_id) as session:
        note_cost(session, kind="turn", cause_id=new_id(now), employee_id=shop.employee_id, spent=spent, now=now)
    card = Capabilities("NVIDIA H200", 143_771, ("musetalk",))
    for load in ((16, 3), (0, 0)):  # a stage hears no queue; one that is too slow for a single talk is a stage all the same
        talks = Heartbeat(shop.database, lambda: now, (), card, stage_address="http://10.0.0.7:8800")
        talks.load = lambda load=load: load
        talks.beat()
    Heartbeat(shop.database, lambda: now, ("gpu.musetalk.0",), card).beat()
    for queue in ("prompt", "render"):
        Heartbeat(shop.database, lambda: now, (queue,), Capabilities()).beat()
    asked = replace(house, settings=house.settings.model_copy(update={"operator_emails": EMAIL}))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app_of(asked)), base_url="http://127.0.0.1:8700") as client:
        await sign_in(client, EMAIL)
        shown = unescape(sub("<[^>]+>", "", (await client.get("/dashboard/operator")).text)).replace("\N{NO-BREAK SPACE}", " ")
    for words in (
        "1 h 30 min on a card",
        "Lessons, letters and money",
        "Films and faces",
        "1 min 31 s on processors",
        "48,210 characters",
        "12,400 tokens",
        "1 answer",
        "€3.75",
        "3 of 16",
        "0 of 0",
    ):
        assert words in shown
    assert (shown.count("Live talks by musetalk"), shown.count("Films by musetalk")) == (2, 1)
    assert "films made" not in shown
    assert "gpu.musetalk" not in shown


@pytest.mark.parametrize(
    ("ms", "said"), [(0, "0.0 s"), (12_340, "12.3 s"), (60_000, "1 min 0 s"), (245_000, "4 min 5 s"), (112_800_000, "31 h 20 min")]
)
def test_how_long_something_worked_is_said_in_two_units(ms, said):
    assert work_time_text(ms).replace("\N{NO-BREAK SPACE}", " ") == said
