"""A contract that ends on a day announced before takes its employee off the shop floor on that day, not earlier."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.flows import ROUTES, VERBS
from app.worker.rounds import part_with_dismissed
from billing.contract_terms import ContractTerms
from billing.end_contract import end_contract
from billing.sign_contract import sign_contract
from tenants.employee import employee_at_work
from tenants.errors import EmployeeNotAtWork
from tenants.hire_employee import Applicant, add_applicant
from tenants.outbox import deliver_due
from tenants.tenant import open_tenant

IDA = Applicant("Ida", "Shop seller", "amara", "heart", "Hello!", "Sell coffee.")
TERMS = ContractTerms(currency="EUR", share_ppm=80_000)


def test_a_dismissal_in_a_week_takes_effect_in_a_week(database, tenant_id, now):
    shop = replace(database, routes=ROUTES)
    with shop.tenant_session(tenant_id) as session:
        open_tenant(session, name="Kestrel", time_zone="UTC", allowed_origins=("https://kestrel.example",), now=now)
        ida = add_applicant(session, IDA, now=now)
        sign_contract(session, employee_id=ida.employee_id, terms=TERMS, accepted_by="Ada", now=now)
    deliver_due(shop, VERBS, clock=lambda: now)
    with shop.tenant_session(tenant_id) as session:
        end_contract(session, ida.employee_id, actor="Ada", now=now, ends_at=now + timedelta(days=7))
    deliver_due(shop, VERBS, clock=lambda: now)
    assert part_with_dismissed(shop, lambda: now + timedelta(days=6)) == 0
    with shop.tenant_session(tenant_id) as session:
        assert employee_at_work(session, ida.employee_id, now + timedelta(days=6)).name == "Ida"
    assert part_with_dismissed(shop, lambda: now + timedelta(days=8)) == 1
    assert part_with_dismissed(shop, lambda: now + timedelta(days=9)) == 0
    with shop.tenant_session(tenant_id) as session, pytest.raises(EmployeeNotAtWork):
        employee_at_work(session, ida.employee_id, now + timedelta(days=9))
