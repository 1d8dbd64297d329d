"""The employee's life by pages: brief, raise, days off, review, probation with its verdict, dismissal and coming back, each on its day."""

import html
import re
from datetime import date, timedelta
from uuid import UUID

import httpx
import pytest
from fakes.dashboard_person import Hands, field, send, sign_in
from fakes.shop_history import PASSWORD, Shop

from app.flows import VERBS
from app.worker.rounds import part_with_dismissed
from billing.contract_terms import ContractTerms, Probation
from billing.end_contract import end_contract
from billing.read_contracts import contracts_of
from billing.sign_contract import sign_contract
from tenants.directory import look_up
from tenants.employee import EmployeeView, employee_at_work, employee_view
from tenants.employment import serving
from tenants.errors import EmployeeNotAtWork
from tenants.hire_employee import Applicant, add_applicant
from tenants.identifiers import to_public
from tenants.outbox import deliver_due
from tenants.sign_in import add_member

DAY = timedelta(days=1)
ON_PROBATION = ContractTerms(
    currency="USD", share_ppm=100_000, period_time_zone="America/New_York", probation=Probation(days=30, share_ppm=40_000)
)


def own(employee_id: UUID) -> str:
    return f"/dashboard/employees/{to_public('emp', employee_id)}"


def plain(page: str) -> str:
    return html.unescape(re.sub(r"<[^>]+>", " ", page)).replace("\N{NO-BREAK SPACE}", " ")


@pytest.fixture
def ida(shop: Shop, hands: Hands) -> EmployeeView:
    """A second employee, hired this morning with thirty days of probation."""
    with shop.database.tenant_session(shop.tenant_id) as session:
        one = add_applicant(session, Applicant("Ida", "Concierge", "ingrid", "heart", "Hello.", "Kind.", "concierge"), now=hands.now)
        sign_contract(session, employee_id=one.employee_id, terms=ON_PROBATION, accepted_by="Robin Vale", now=hands.now)
    deliver_due(shop.database, VERBS, clock=lambda: hands.now)
    return one


def at_work(shop: Shop, employee_id: UUID, hands: Hands) -> bool:
    with shop.database.tenant_session(shop.tenant_id) as session:
        try:
            return employee_at_work(session, employee_id, hands.now) is not None
        except EmployeeNotAtWork:
            return False


async def days_pass(member: httpx.AsyncClient, shop: Shop, hands: Hands, days: int) -> None:
    """Let days go by; the member has to sign in again."""
    hands.now += days * DAY
    await sign_in(member, shop.email)


async def test_the_file_says_who_she_is_and_what_may_be_done(member: httpx.AsyncClient, shop: Shop, ida: EmployeeView) -> None:
    page = plain((await member.get(own(ida.employee_id))).text)
    for words in ("Ida", "Concierge", "On probation until 20 December 2026", "Kind.", "Late fifties", "Heart: a woman", "Started on"):
        assert words in page
    for action in ("Decide on the probation", "Review", "Raise", "Days off", "Part"):
        assert action in page
    assert "4 % of the worth" in page or "4 %" in page
    assert (await member.get("/dashboard/employees/emp_00000000000000000000000000")).status_code == 404


async def test_brief_and_skills_are_changed_with_errors_beside_the_field(member: httpx.AsyncClient, shop: Shop, ida: EmployeeView) -> None:
    form = {"job_title": "Host", "greeting": "Good day.", "brief": "Short."}
    refused = await send(member, f"{own(ida.employee_id)}/brief", **{**form, "job_title": "x" * 61, "greeting": ""})
    assert refused.status_code == 422
    assert "A title has 1 to 60 characters." in refused.text
    assert "Write the first words" in refused.text
    assert "Short." in refused.text
    assert (await send(member, f"{own(ida.employee_id)}/brief", **form)).headers["location"].endswith("done=changed")
    with shop.database.tenant_session(shop.tenant_id) as session:
        after = employee_view(session, ida.employee_id)
    assert (after.job_title, after.greeting, after.skills) == ("Host", "Good day.", ("answer", "messages"))
    assert "employee.changed" in (await member.get("/dashboard/audit.csv")).text


async def test_a_raise_leads_through_the_contracts_own_preview(member: httpx.AsyncClient, shop: Shop, hands: Hands) -> None:
    page = await member.get(f"{own(shop.employee_id)}/raise")
    contract = f"/dashboard/contracts/{to_public('emp', shop.employee_id)}"
    kept = {name: html.unescape(value) for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page.text)}
    shown = await member.post(f"{contract}/change", data={**kept, "share": "12.5", "minimum_minor": ""})
    assert shown.status_code == 200, shown.text
    changes = plain(shown.text.partition("What changes")[2].partition("</ul>")[0])
    assert changes.count("Until now") == 1, "only the share differs"
    form = {name: html.unescape(field(shown.text, name)) for name in ("csrf_token", "terms", "shown_sha256")}
    assert (await member.post(f"{contract}/sign", data={**form, "starts_on": "2026-12-01"})).headers["location"].endswith("done=signed")
    file = plain((await member.get(own(shop.employee_id))).text)
    assert "Contract, version 2" in file
    assert "1 December 2026" in file


async def test_days_off_take_effect_on_the_widget_on_their_day(
    member: httpx.AsyncClient, shop: Shop, ida: EmployeeView, hands: Hands
) -> None:
    path = f"{own(ida.employee_id)}/leave"
    refused = await send(member, path, starts_on="2026-11-25", ends_on="2026-11-24")
    assert refused.status_code == 422
    assert "before the first" in refused.text
    assert 'value="2026-11-25"' in refused.text
    assert (await send(member, path, starts_on="", ends_on="2026-11-24")).status_code == 422
    amara = to_public("emp", shop.employee_id)
    assert (await send(member, path, starts_on="2026-11-25", ends_on="2026-11-26", stand_in=amara)).status_code == 303
    assert "On probation" in plain((await member.get(own(ida.employee_id))).text)
    await days_pass(member, shop, hands, 5)
    page = (await member.get(own(ida.employee_id))).text
    assert "Away until 26 November 2026" in page
    assert "Amara steps in." in page
    payslip = plain((await member.get(f"/dashboard/payslips/{to_public('emp', ida.employee_id)}")).text)
    assert "Away from 25 November 2026 to 26 November 2026" in payslip
    assert "Hired on 20 November 2026" in payslip
    with shop.database.tenant_session(shop.tenant_id) as session:
        assert serving(session, ida.employee_id, hands.now).employee.name == "Amara"
    action = re.search(r'action="([^"]+/call-off)"', page)
    assert action
    done = await member.post(action.group(1), data={"csrf_token": field(page, "csrf_token")})
    assert done.headers["location"].endswith("done=called_off")
    with shop.database.tenant_session(shop.tenant_id) as session:
        assert serving(session, ida.employee_id, hands.now).employee.name == "Ida"
    assert (await member.post(action.group(1), data={"csrf_token": field(page, "csrf_token")})).status_code == 409


async def test_a_review_is_kept_with_its_day_and_its_writer(member: httpx.AsyncClient, ida: EmployeeView) -> None:
    path = f"{own(ida.employee_id)}/review"
    assert (await send(member, path, words=" ")).status_code == 422
    assert (await send(member, path, words="Knows the house rules; <b>slow</b> with prices.")).status_code == 303
    page = (await member.get(own(ida.employee_id))).text
    assert "&lt;b&gt;slow&lt;/b&gt; with prices." in page
    assert "Robin Vale" in page
    audit = (await member.get("/dashboard/audit.csv")).text
    assert "employee.reviewed" in audit
    assert "slow" not in audit


@pytest.mark.parametrize("verdict", ["kept", "parted"])
async def test_the_verdict_on_a_probation_takes_effect_on_its_last_day(
    member: httpx.AsyncClient, shop: Shop, ida: EmployeeView, hands: Hands, verdict: str
) -> None:
    path = f"{own(ida.employee_id)}/probation"
    shown = plain((await member.get(path)).text)
    assert "After 20 December 2026 the share is 10 % instead of 4 %" in shown
    assert (await send(member, path, verdict="", words="So.")).status_code == 422
    await days_pass(member, shop, hands, 9)
    done = await send(member, path, verdict=verdict, words="We have talked.")
    assert done.headers["location"].endswith(f"done={verdict}")
    page = plain((await member.get(own(ida.employee_id))).text)
    assert ("Leaves on 20 December 2026" in page) == (verdict == "parted")
    assert (await member.get(path)).status_code == 409, "given once"
    for days, expected in ((11, True), (12, verdict == "kept")):
        hands.now += days * DAY
        part_with_dismissed(shop.database, lambda: hands.now)
        assert at_work(shop, ida.employee_id, hands) == expected, (verdict, days)


async def test_dismissed_and_hired_again_she_comes_back_under_her_key(
    member: httpx.AsyncClient, shop: Shop, ida: EmployeeView, hands: Hands
) -> None:
    with shop.database.tenant_session(shop.tenant_id) as session:
        end_contract(session, ida.employee_id, actor="per_x", now=hands.now + DAY)
    await days_pass(member, shop, hands, 2)
    deliver_due(shop.database, VERBS, clock=lambda: hands.now)
    assert look_up(shop.database, "widget_key", ida.widget_key) is None
    page = plain((await member.get(own(ida.employee_id))).text)
    assert "Left on 21 November 2026" in page
    assert "Hire again" in page
    contract = f"{own(ida.employee_id)}/contract"
    offered = await member.get(contract)
    assert "These were the last terms." in offered.text
    form = {"share": "11", "minimum_minor": "", "return_window_days": "30", "starts_on": "2026-12-01"}
    refused = await send(member, contract, **{**form, "share": "9"})
    assert refused.status_code == 422
    shown = await send(member, contract, **form)
    assert "What differs from the last contract" in shown.text
    signed = {name: html.unescape(field(shown.text, name)) for name in ("csrf_token", "terms", "shown_sha256", "starts_on")}
    done = await member.post(f"{own(ida.employee_id)}/sign", data=signed)
    assert done.headers["location"].endswith("done=rehired"), done.headers
    deliver_due(shop.database, VERBS, clock=lambda: hands.now)
    assert "Starts on 1 December 2026" in plain((await member.get(own(ida.employee_id))).text)
    assert not at_work(shop, ida.employee_id, hands)
    await days_pass(member, shop, hands, 9)
    assert at_work(shop, ida.employee_id, hands)
    assert look_up(shop.database, "widget_key", ida.widget_key) is not None
    with shop.database.tenant_session(shop.tenant_id) as session:
        latest = contracts_of(session, ida.employee_id)[-1]
    assert (latest.number, latest.terms.share_ppm, latest.starts_at.date()) == (2, 110_000, date(2026, 12, 1))
    assert "Hired again" in plain((await member.get(own(ida.employee_id))).text)


async def test_a_reader_sees_the_file_and_no_button(visitor: httpx.AsyncClient, shop: Shop, ida: EmployeeView, hands: Hands) -> None:
    with shop.database.tenant_session(shop.tenant_id) as session:
        add_member(session, email="sam@kestrel.example", password=PASSWORD, display_name="Sam", role="staff", now=hands.now)
    await sign_in(visitor, "sam@kestrel.example")
    page = (await visitor.get(own(ida.employee_id))).text
    assert "Owners and managers hire, review and change employees" in page
    assert "Version 1" not in page, "staff sees no money"
    for path in ("brief", "leave", "review", "probation", "contract", "interview", "raise"):
        assert (await visitor.get(f"{own(ida.employee_id)}/{path}")).status_code == 403, path
