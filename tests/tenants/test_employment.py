"""Days off with and without a colleague, notes that are kept, and coming back after a dismissal: each on its day."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from app.flows import ROUTES, VERBS
from app.worker.rounds import part_with_dismissed
from billing.contract_terms import ContractTerms
from billing.end_contract import end_contract
from billing.sign_contract import sign_contract
from tenants.audit import AuditFilter, audit_entries
from tenants.directory import look_up
from tenants.employee import Manner, change_manner, employee_at_work, employee_view
from tenants.employment import call_off_leave, grant_leave, leaves_of, notes_of, serving, write_note
from tenants.errors import EmployeeNotAtWork, LeaveRefused, NoteRefused
from tenants.hire_employee import Applicant, add_applicant, hire_employee
from tenants.identifiers import new_id
from tenants.outbox import deliver_due
from tenants.tenant import open_tenant

IDA = Applicant("Ida", "Shop seller", "amara", "heart", "Hello!", "Sell coffee.")
TERMS = ContractTerms(currency="EUR", share_ppm=80_000)
DAY = timedelta(days=1)


@pytest.fixture
def shop(database, tenant_id, now):
    """A shop in Vienna with Ida and Bo at work."""
    with database.tenant_session(tenant_id) as session:
        open_tenant(session, name="Kestrel", time_zone="Europe/Vienna", allowed_origins=(), now=now)
        for name in ("Ida", "Bo"):
            one = add_applicant(session, replace(IDA, name=name), now=now)
            hire_employee(session, employee_id=one.employee_id, contract_id=new_id(now), starts_at=now)
    return database


@pytest.fixture
def at_work(shop, tenant_id, now):
    from tenants.employee import employees

    with shop.tenant_session(tenant_id) as session:
        return {one.name: one.employee_id for one in employees(session)}


def leave(session, employee_id, first, last, now, stand_in=None):
    return grant_leave(session, employee_id, starts_on=first, ends_on=last, stand_in_id=stand_in, actor="per_x", now=now)


def test_away_without_a_colleague_and_back_on_the_day_after(shop, tenant_id, at_work, now):
    with shop.tenant_session(tenant_id) as session:
        leave(session, at_work["Ida"], date(2026, 11, 21), date(2026, 11, 22), now)
        assert serving(session, at_work["Ida"], now).away_until is None
        away = serving(session, at_work["Ida"], now + DAY)
        assert (away.employee.name, away.away_until) == ("Ida", date(2026, 11, 22))
        assert serving(session, at_work["Ida"], now + 3 * DAY).away_until is None
        [entry] = audit_entries(session, AuditFilter(), limit=5)
        assert (entry.action, entry.detail) == ("employee.leave_granted", {"from": "2026-11-21", "to": "2026-11-22"})


def test_a_colleague_steps_in_unless_she_has_left_or_is_away_herself(shop, tenant_id, at_work, now):
    ida, bo = at_work["Ida"], at_work["Bo"]
    with shop.tenant_session(tenant_id) as session:
        leave(session, ida, date(2026, 11, 21), date(2026, 11, 25), now, stand_in=bo)
        assert serving(session, ida, now + DAY).employee.name == "Bo"
        bo_leave = leave(session, bo, date(2026, 11, 22), date(2026, 11, 22), now)
        assert serving(session, ida, now + 2 * DAY).away_until == date(2026, 11, 25)
        call_off_leave(session, bo, bo_leave, actor="per_x", now=now)
        assert serving(session, ida, now + 2 * DAY).employee.name == "Bo"
        with pytest.raises(LeaveRefused, match="no such leave"):
            call_off_leave(session, bo, bo_leave, actor="per_x", now=now)
        assert [one.is_called_off for one in leaves_of(session, bo)] == [True]


@pytest.mark.parametrize(
    ("first", "last", "stand_in", "sentence"),
    [
        ("2026-11-20", "2026-11-19", None, "before the first"),
        ("2026-11-19", "2026-11-25", None, "today or later"),
        ("2026-11-21", "2027-11-30", None, "at most 366 days"),
        ("2026-12-05", "2026-12-05", None, "days off already"),
        ("2026-11-21", "2026-11-22", "Ida", "cannot step in"),
        ("2026-12-10", "2026-12-11", "Bo", "Bo is away on some"),
    ],
)
def test_what_cannot_be_a_leave_is_refused_with_a_sentence(shop, tenant_id, at_work, now, first, last, stand_in, sentence):
    with shop.tenant_session(tenant_id) as session:
        leave(session, at_work["Ida"], date(2026, 12, 1), date(2026, 12, 9), now)
        leave(session, at_work["Bo"], date(2026, 12, 11), date(2026, 12, 12), now)
    with shop.tenant_session(tenant_id) as session, pytest.raises(LeaveRefused, match=sentence):
        leave(session, at_work["Ida"], date.fromisoformat(first), date.fromisoformat(last), now, at_work.get(stand_in))


def test_today_is_the_shops_day(shop, tenant_id, at_work, now):
    late = now.replace(hour=23, minute=30)  # the 21st has begun in Vienna
    with shop.tenant_session(tenant_id) as session, pytest.raises(LeaveRefused, match="today or later"):
        leave(session, at_work["Ida"], date(2026, 11, 20), date(2026, 11, 22), late)


def test_notes_are_kept_and_a_verdict_is_given_once(shop, tenant_id, at_work, now):
    ida = at_work["Ida"]
    with shop.tenant_session(tenant_id) as session:
        for kind, words, at in (("review", " Knows the list. ", now), ("kept", "She stays.", now + DAY)):
            write_note(session, ida, kind=kind, words=words, effective_on=date(2026, 12, 20), actor="per_x", now=at)
        assert [(one.kind, one.words) for one in notes_of(session, ida)] == [("kept", "She stays."), ("review", "Knows the list.")]
        for kind, words in (("kept", "Again."), ("review", "  "), ("review", "x" * 4_001), ("praise", "Good.")):
            with pytest.raises(NoteRefused):
                write_note(session, ida, kind=kind, words=words, effective_on=date(2026, 12, 20), actor="per_x", now=now)
        assert all("She stays." not in str(entry.detail) for entry in audit_entries(session, AuditFilter(), limit=9))


def test_her_manner_is_the_shops_to_change(shop, tenant_id, at_work, now):
    manner = Manner("Concierge", "Good day.", "Short.", ("answer",))
    with shop.tenant_session(tenant_id) as session:
        assert change_manner(session, at_work["Ida"], manner) == ("job_title", "greeting", "brief", "skills")
        assert change_manner(session, at_work["Ida"], manner) == ()
        ida = employee_view(session, at_work["Ida"])
    assert (ida.can("answer"), ida.can("coupons")) == (True, False)


@pytest.fixture
def signed(database, tenant_id, now):
    """Ida under a real contract, by the verbs that a click would run."""
    wired = replace(database, routes=ROUTES)
    with wired.tenant_session(tenant_id) as session:
        open_tenant(session, name="Kestrel", time_zone="UTC", allowed_origins=(), now=now)
        ida = add_applicant(session, IDA, now=now)
        sign_contract(session, employee_id=ida.employee_id, terms=TERMS, accepted_by="Ada", now=now)
    deliver_due(wired, VERBS, clock=lambda: now)
    return wired, ida


def is_at_work(database, tenant_id, employee_id, at):
    with database.tenant_session(tenant_id) as session:
        try:
            return employee_at_work(session, employee_id, at) is not None
        except EmployeeNotAtWork:
            return False


def test_rehired_after_a_dismissal_she_answers_to_the_same_key(signed, tenant_id, now):
    database, ida = signed
    with database.tenant_session(tenant_id) as session:
        end_contract(session, ida.employee_id, actor="per_x", now=now + DAY)
    deliver_due(database, VERBS, clock=lambda: now + DAY)
    assert look_up(database, "widget_key", ida.widget_key) is None
    with database.tenant_session(tenant_id) as session:
        starts_at = now + 10 * DAY
        sign_contract(session, employee_id=ida.employee_id, terms=TERMS, accepted_by="Ada", now=now + 2 * DAY, starts_at=starts_at)
    deliver_due(database, VERBS, clock=lambda: now + 2 * DAY)
    part_with_dismissed(database, lambda: now + 3 * DAY)
    assert look_up(database, "widget_key", ida.widget_key) is not None
    assert not is_at_work(database, tenant_id, ida.employee_id, now + 9 * DAY)
    assert is_at_work(database, tenant_id, ida.employee_id, now + 10 * DAY)


def test_hired_again_before_the_last_day_she_is_away_only_between(signed, tenant_id, now):
    database, ida = signed
    with database.tenant_session(tenant_id) as session:
        end_contract(session, ida.employee_id, actor="per_x", now=now, ends_at=now + 5 * DAY)
        sign_contract(session, employee_id=ida.employee_id, terms=TERMS, accepted_by="Ada", now=now, starts_at=now + 9 * DAY)
    deliver_due(database, VERBS, clock=lambda: now)
    for days, expected in ((4, True), (6, False), (8, False), (9, True)):
        part_with_dismissed(database, lambda at=now + days * DAY: at)
        assert is_at_work(database, tenant_id, ida.employee_id, now + days * DAY) == expected, days


def test_what_was_announced_late_brings_nobody_back(signed, tenant_id, now):
    database, ida = signed
    with database.tenant_session(tenant_id) as session:
        end_contract(session, ida.employee_id, actor="per_x", now=now + DAY)
        announced = sign_contract(session, employee_id=ida.employee_id, terms=TERMS, accepted_by="Ada", now=now + 2 * DAY)
        assert announced
        end_contract(session, ida.employee_id, actor="per_x", now=now + 3 * DAY)
    deliver_due(database, VERBS, clock=lambda: now + 4 * DAY)
    assert not is_at_work(database, tenant_id, ida.employee_id, now + 4 * DAY)
