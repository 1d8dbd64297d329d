"""Hiring and retiring: at work only under a contract, from its first day in the shop's own zone."""

from datetime import UTC, datetime, timedelta

import pytest

from tenants.directory import look_up
from tenants.employee import employee_at_work, employees
from tenants.errors import EmployeeNotAtWork, OriginInvalid
from tenants.hire_employee import Applicant, add_applicant, hire_employee
from tenants.identifiers import new_id
from tenants.retire_employee import retire_employee
from tenants.tenant import normal_origin, open_tenant, tenant_view

AMARA = Applicant("Amara", "Shop seller", "amara", "hibari-en", "Hello!", "Sell coffee.")


@pytest.fixture
def applicant(database, tenant_id, now):
    with database.tenant_session(tenant_id) as session:
        open_tenant(session, name="Kestrel", time_zone="Asia/Tokyo", allowed_origins=("HTTPS://Kestrel.Example:443/",), now=now)
        return add_applicant(session, AMARA, now=now)


def test_without_a_contract_she_is_not_at_work(database, tenant_id, applicant, now):
    with pytest.raises(EmployeeNotAtWork), database.tenant_session(tenant_id) as session:
        employee_at_work(session, applicant.employee_id, now)


def test_she_starts_on_the_contracts_first_day_in_the_shops_zone(database, tenant_id, applicant, now):
    starts_at = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)  # 00:30 on the 21st in Tokyo
    with database.tenant_session(tenant_id) as session:
        hire_employee(session, employee_id=applicant.employee_id, contract_id=new_id(now), starts_at=starts_at)
        with pytest.raises(EmployeeNotAtWork):
            employee_at_work(session, applicant.employee_id, starts_at - timedelta(hours=1))
        assert employee_at_work(session, applicant.employee_id, starts_at).name == "Amara"


def test_retiring_takes_her_key_out_of_use(database, tenant_id, applicant, now):
    assert look_up(database, "widget_key", applicant.widget_key) is not None
    with database.tenant_session(tenant_id) as session:
        hire_employee(session, employee_id=applicant.employee_id, contract_id=new_id(now), starts_at=now)
        retire_employee(session, employee_id=applicant.employee_id, now=now)
        retire_employee(session, employee_id=applicant.employee_id, now=now)
        assert [one.is_retired for one in employees(session)] == [True]
        with pytest.raises(EmployeeNotAtWork):
            employee_at_work(session, applicant.employee_id, now)
    assert look_up(database, "widget_key", applicant.widget_key) is None


def test_another_tenant_sees_nobody(database, applicant, now):
    with database.tenant_session(new_id(now)) as session:
        assert employees(session) == []
        with pytest.raises(EmployeeNotAtWork):
            hire_employee(session, employee_id=applicant.employee_id, contract_id=new_id(now), starts_at=now)


def test_origins_are_kept_as_browsers_send_them(database, tenant_id, applicant):
    with database.tenant_session(tenant_id) as session:
        assert tenant_view(session).allowed_origins == ("https://kestrel.example",)


@pytest.mark.parametrize(
    "text",
    ["", "kestrel.example", "https://kestrel.example/shop", "javascript:alert(1)", "https://[::1", "https://a@b.example", "http://x:99999"],
)
def test_things_that_are_not_origins_are_refused(text):
    with pytest.raises(OriginInvalid):
        normal_origin(text)


def test_nul_bytes_are_nobodys_key(database):
    assert look_up(database, "widget_key", "wk_\x00") is None
