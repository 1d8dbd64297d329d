"""Hiring by pages alone: a job, a person, an interview, a contract in plain words, a signature, a file; and what is refused on the way."""

import html
import re
from datetime import timedelta

import httpx
import pytest
from fakes.dashboard_person import Hands, field, send, sign_in
from fakes.one_app import app_of
from fakes.shop_history import PASSWORD, Shop

from app.conversations.golden import add_job_questions, golden_questions
from app.dashboard.hiring import check_offer, currency_of_market, market_of, standing_offer
from app.flows import VERBS
from app.speaking.interviews import read_interview_key
from app.wiring import House
from billing.errors import ContractTermsRefused
from billing.read_contracts import contracts_of
from tenants.employee import employee_at_work, employees
from tenants.errors import EmployeeNotAtWork
from tenants.identifiers import from_public, to_public
from tenants.jobs import job_of, jobs
from tenants.outbox import deliver_due
from tenants.sign_in import add_member

MEI = {"face": "mei", "voice": "heart", "name": "Mei", "greeting": "Shall we look together?", "brief": "Calm and exact."}


async def apply(client: httpx.AsyncClient, job: str = "concierge", **fields: str) -> httpx.Response:
    return await send(client, f"/dashboard/hire/{job}", **{**MEI, **fields})


async def applicant(client: httpx.AsyncClient, **fields: str) -> str:
    """Write somebody down; gives the path of her file."""
    answer = await apply(client, **fields)
    assert answer.status_code == 303, answer.text
    assert answer.headers["location"].endswith("/interview")
    return answer.headers["location"].removesuffix("/interview")


async def read_contract(client: httpx.AsyncClient, own: str, **fields: str) -> httpx.Response:
    chosen = {"currency": "GBP", "share": "6", "minimum_minor": "", "return_window_days": "30", "starts_on": "2026-11-25"}
    return await send(client, f"{own}/contract", **{**chosen, **fields})


async def sign(client: httpx.AsyncClient, own: str, shown: httpx.Response) -> httpx.Response:
    form = {name: html.unescape(field(shown.text, name)) for name in ("csrf_token", "terms", "shown_sha256", "starts_on")}
    return await client.post(f"{own}/sign", data=form)


async def test_from_a_job_to_a_file(member: httpx.AsyncClient, shop: Shop, hands: Hands, house: House) -> None:
    team = (await member.get("/dashboard/team")).text
    assert 'href="/dashboard/hire"' in team
    catalogue = (await member.get("/dashboard/hire")).text
    assert all(job.title in catalogue and job.duties in html.unescape(catalogue) for job in jobs())
    form = (await member.get("/dashboard/hire/concierge")).text
    assert form.count('name="face"') == 8
    assert "yours alone in your market (United States)" in form
    own = await applicant(member)

    interview = await member.get(f"{own}/interview")
    address = re.search(r'data-interview="([^"]+)"', interview.text)
    assert address
    assert "frame-src http://localhost:8700" in interview.headers["content-security-policy"]
    key = address.group(1).removeprefix("http://localhost:8700/w/").removesuffix("/frame")
    found = read_interview_key(key, secret=house.settings.signing_key, now=hands.now)
    assert found is not None
    assert found.employee_id == from_public("emp", own.rpartition("/")[2])
    assert all(html.escape(question, quote=False) in interview.text for question in job_of("concierge").golden_questions)

    offered = (await member.get(f"{own}/contract")).text
    assert "standing offer for the job Concierge" in offered
    assert 'value="6"' in offered
    shown = await read_contract(member, own)
    assert "The employee earns 6 % of the worth of every order it brought" in shown.text
    assert "A sale of 100.00 GBP earns 6.00 GBP." in shown.text
    assert "at work from 25 November 2026" in shown.text
    done = await sign(member, own, shown)
    assert done.status_code == 303
    page = (await member.get(done.headers["location"])).text
    assert "Signed." in page
    assert "Starts on 25 November 2026" in page
    deliver_due(shop.database, VERBS, clock=lambda: hands.now)
    with shop.database.tenant_session(shop.tenant_id) as session, pytest.raises(EmployeeNotAtWork):
        employee_at_work(session, found.employee_id, hands.now)
    hands.now += timedelta(days=5)
    await sign_in(member, shop.email)
    with shop.database.tenant_session(shop.tenant_id) as session:
        mei = employee_at_work(session, found.employee_id, hands.now)
        [version] = contracts_of(session, found.employee_id)
    assert (mei.job_id, mei.can("coupons"), mei.can("messages")) == ("concierge", False, True)
    assert (version.terms.currency, version.terms.period_time_zone, version.accepted_by) == ("GBP", "America/New_York", "Robin Vale")
    assert "On probation until 24 December 2026" in (await member.get(own)).text
    audit = (await member.get("/dashboard/audit.csv")).text
    assert "employee.applied" in audit
    assert "employee.hired" in audit


async def test_hired_in_chinese_the_words_that_stand_ready_are_chinese(member: httpx.AsyncClient, shop: Shop, house: House) -> None:
    """Greeting, brief, the title shoppers see and the golden questions are the shop's own words from then on."""
    member.cookies.set("tillhand_language", "zh")
    for job in jobs():
        form = html.unescape((await member.get(f"/dashboard/hire/{job.job_id}")).text)
        assert job.greeting not in form
        assert job.brief not in form
    form = html.unescape((await member.get("/dashboard/hire/concierge")).text)
    greeting = re.search(r'name="greeting"[^>]*value="([^"]+)"', form)
    assert greeting
    own = await applicant(member, greeting=greeting[1])
    with house.database.tenant_session(shop.tenant_id) as session:
        mei = next(one for one in employees(session) if one.name == "Mei")
    assert (greeting[1], mei.greeting, mei.job_title) == ("您好，有什么可以帮您？", "您好，有什么可以帮您？", "礼宾")
    for page in ("/interview", "/contract"):
        assert "Concierge" not in (await member.get(f"{own}{page}")).text
    shown = await read_contract(member, own)
    assert "Concierge" not in shown.text
    assert (await sign(member, own, shown)).status_code == 303
    with house.database.tenant_session(shop.tenant_id) as session:
        asked = [one.question for one in golden_questions(session, employee_id=mei.employee_id)]
    assert len(asked) == len(job_of("concierge").golden_questions)
    assert all(re.search(r"[\u4e00-\u9fff]", question) for question in asked)


async def test_what_does_not_fit_is_said_beside_the_field_and_what_was_typed_stays(member: httpx.AsyncClient, shop: Shop) -> None:
    for fields, sentence in (
        ({"name": "R2-D2"}, "Write a name of 1 to 40 letters"),
        ({"face": "nobody"}, "Choose one of the faces."),
        ({"voice": "loud"}, "Choose one of the voices."),
        ({"pace": "@300"}, "Choose one of the voices."),
        ({"greeting": " "}, "Write the first words"),
        ({"brief": "x" * 2_001}, "A brief has at most"),
    ):
        answer = await apply(member, **fields)
        assert answer.status_code == 422
        assert sentence in answer.text
        assert "Calm and exact." in answer.text or "brief" in fields
    assert (await member.get("/dashboard/hire/astronaut")).status_code == 404
    with shop.database.tenant_session(shop.tenant_id) as session:
        assert len(employees(session)) == 1
    own = await applicant(member, name="")
    assert "<h1>Mei</h1>" in (await member.get(own)).text, "an empty name is the face's own"
    for fields, sentence in (
        ({"share": "5.9"}, "the standing offer for this job is 6"),
        ({"share": "much"}, "is not a percentage"),
        ({"return_window_days": "61"}, "at most 60 days"),
        ({"starts_on": "2026-11-19"}, "it lies in the past"),
        ({"starts_on": "soon"}, "is not a date"),
    ):
        answer = await read_contract(member, own, **fields)
        assert (answer.status_code, sentence in answer.text.replace("\N{NO-BREAK SPACE}", " ")) == (422, True), fields


async def test_nobody_signs_other_terms_than_those_shown(member: httpx.AsyncClient, shop: Shop) -> None:
    own = await applicant(member)
    shown = await read_contract(member, own)
    form = {name: html.unescape(field(shown.text, name)) for name in ("csrf_token", "terms", "shown_sha256", "starts_on")}
    cheaper = form["terms"].replace('"share_ppm":60000', '"share_ppm":50000')
    assert cheaper != form["terms"]
    for terms, hash_shown in ((cheaper, form["shown_sha256"]), (form["terms"].replace("GBP", "EUR"), form["shown_sha256"])):
        answer = await member.post(f"{own}/sign", data={**form, "terms": terms, "shown_sha256": hash_shown})
        assert answer.status_code == 422
    assert (await member.post(f"{own}/sign", data={**form, "terms": "[]"})).status_code == 422
    with shop.database.tenant_session(shop.tenant_id) as session:
        assert contracts_of(session, from_public("emp", own.rpartition("/")[2])) == []


def test_the_standing_offer_may_be_raised_and_nothing_else() -> None:
    base = standing_offer(job_of("shop_seller"), currency="EUR", time_zone="Europe/Vienna")
    check_offer(base.model_copy(update={"share_ppm": 90_000, "minimum_minor": 10_000, "return_window_days": 14}), base)
    for change in ({"share_ppm": 79_999}, {"cap_minor": 1}, {"holdout_ppm": 1}, {"currency": "USD"}, {"probation": None}):
        with pytest.raises(ContractTermsRefused):
            check_offer(base.model_copy(update=change), base)


def test_a_shops_market_is_the_country_of_its_clock() -> None:
    zones = ("Europe/London", "Asia/Tokyo", "UTC", "Asia/Kolkata", "Nowhere/Else")
    assert [market_of(zone) for zone in zones] == ["GB", "JP", "001", "IN", "001"]
    assert [currency_of_market(market) for market in ("GB", "JP", "DE", "001")] == ["GBP", "JPY", "EUR", "USD"]


async def test_a_likeness_another_shop_holds_is_refused_asked_for_and_shared(
    member: httpx.AsyncClient, visitor: httpx.AsyncClient, shop: Shop, neighbour: Shop, house: House
) -> None:
    own = await applicant(member)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app_of(house)), base_url="http://127.0.0.1:8700") as other:
        await sign_in(other, neighbour.email)
        refused = await apply(other, name="Meí")
        assert refused.status_code == 409
        assert "Another shop in your market already has Mei with this face and voice" in refused.text
        assert "Kestrel" not in refused.text
        assert 'value="Meí"' in refused.text
        asked = await apply(other, name="Meí", ask="on")
        assert "has not answered yet" in asked.text
        assert (await apply(other, name="Meí")).status_code == 409
        assert "Another shop has a question about Mei" in (await member.get("/dashboard/team")).text
        page = (await member.get(own)).text
        assert "Another shop asks: may somebody called Meí work with this face and voice?" in html.unescape(page)
        assert "Harbour" not in page
        action = re.search(r'action="([^"]+/likeness/[^"]+)"', page)
        assert action
        answered = await member.post(action.group(1), data={"csrf_token": field(page, "csrf_token"), "answer": "accept"})
        assert answered.headers["location"].endswith("done=accepted")
        again = await member.post(action.group(1), data={"csrf_token": field(page, "csrf_token"), "answer": "decline"})
        assert again.status_code == 404
        assert (await apply(other, name="Meí")).status_code == 303


async def test_an_application_is_withdrawn_and_leaves_nothing_held(
    member: httpx.AsyncClient, shop: Shop, house: House, neighbour: Shop
) -> None:
    own = await applicant(member)
    gone = await send(member, f"{own}/interview", f"{own}/withdraw")
    assert gone.headers["location"].endswith("done=withdrawn")
    team = (await member.get("/dashboard/team")).text
    assert ">Mei<" not in team
    assert (await member.get(f"{own}/contract")).status_code == 409
    assert "Application withdrawn" in (await member.get(own)).text
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app_of(house)), base_url="http://127.0.0.1:8700") as other:
        await sign_in(other, neighbour.email)
        assert (await apply(other)).status_code == 303


async def test_a_manager_prepares_and_an_owner_signs(visitor: httpx.AsyncClient, shop: Shop, hands: Hands) -> None:
    with shop.database.tenant_session(shop.tenant_id) as session:
        add_member(session, email="max@kestrel.example", password=PASSWORD, display_name="Max", role="manager", now=hands.now)
    await sign_in(visitor, "max@kestrel.example")
    own = await applicant(visitor)
    shown = await read_contract(visitor, own)
    assert "Only an owner can sign" in shown.text
    assert (await visitor.post(f"{own}/sign", data={"terms": "{}", "shown_sha256": "x"})).status_code == 403


async def test_without_a_choice_she_gets_the_voice_that_fits_her_face(member: httpx.AsyncClient, shop: Shop) -> None:
    await applicant(member, face="walter", name="Walter", voice="", pace="@90")
    with shop.database.tenant_session(shop.tenant_id) as session:
        assert [one.voice_id for one in employees(session) if one.name == "Walter"] == ["slate@90"]


async def test_every_sample_voice_has_an_address_and_no_other(member: httpx.AsyncClient, house: House) -> None:
    folder = house.media_folder / "samples"
    folder.mkdir()
    (folder / "heart-90.wav").write_bytes(b"RIFF")
    assert (await member.get("/dashboard/voices/heart@90.wav")).content == b"RIFF"
    for unknown in ("heart@300", "..%2Fsecret", "nobody"):
        assert (await member.get(f"/dashboard/voices/{unknown}.wav")).status_code == 404


async def test_what_the_interview_found_stands_in_the_file_and_the_jobs_questions_become_hers(
    member: httpx.AsyncClient, house: House, shop: Shop
) -> None:
    own = await applicant(member)
    empty = await send(member, f"{own}/interview")
    assert (empty.status_code, "Write what you found" in empty.text) == (422, True)
    verdict = {"question_0": "good", "question_2": "weak", "question_9": "good", "question_1": "else", "words": "Calm, and honest."}
    assert (await send(member, f"{own}/interview", **verdict)).headers["location"] == f"{own}/interview?done=kept"
    file = (await member.get(own)).text
    questions = job_of("concierge").golden_questions
    for line in (f"Good: {questions[0]}", f"Not good: {questions[2]}", "Calm, and honest.", "Interview"):
        assert line in html.unescape(file)
    assert questions[1] not in html.unescape(file)
    assert (await sign(member, own, await read_contract(member, own))).status_code == 303
    employee_id = from_public("emp", own.rpartition("/")[2])
    with house.database.tenant_session(shop.tenant_id) as session:
        hers = golden_questions(session, employee_id=employee_id)
        assert {(one.question, one.facts, one.must_help) for one in hers} == {(question, (), True) for question in questions}
        assert add_job_questions(session, employee_id=employee_id, questions=questions, added_by="operator", now=house.clock()) == 0
    shown = (await member.get(f"/dashboard/teach/{to_public('emp', employee_id)}/golden")).text
    assert "a question of the job" in shown
