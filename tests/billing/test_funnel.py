"""The way from being shown to a coupon: each visitor once, whoever was held out left out, and the month's edges exact."""

from datetime import datetime, timedelta
from uuid import UUID

from fakes.shop_history import open_shop, routed

from billing.assign_holdout import assign_holdout
from billing.contract_terms import ContractTerms
from billing.read_funnel import FunnelCounts, funnel_counts
from billing.sign_contract import sign_contract
from tenants.database import Database
from tenants.identifiers import new_id


def test_each_visitor_counts_once_and_the_held_out_not_at_all(database: Database, tenant_id: UUID, now: datetime) -> None:
    shop = open_shop(routed(database), tenant_id, now=now - timedelta(days=9), email="robin@kestrel.example")
    start, end = now, now + timedelta(hours=1)
    talk = shop.talk("Any discount?", ["Yes."], now=start, coupon=True)
    shop.talk("Any discount?", ["Yes."], now=end, coupon=True)  # the end is the next month's
    with database.tenant_session(tenant_id) as session:
        for at in (start, start + timedelta(minutes=1)):
            assert assign_holdout(session, visitor_id=talk.visitor_id, employee_id=shop.employee_id, now=at) == "treated"
        assign_holdout(session, visitor_id=new_id(now), employee_id=shop.employee_id, now=end)
        terms = ContractTerms(currency="USD", share_ppm=100_000, period_time_zone="America/New_York", holdout_ppm=500_000)
        sign_contract(session, employee_id=shop.employee_id, terms=terms, accepted_by="Robin Vale", now=start)
        later = start + timedelta(minutes=2)
        arms = [assign_holdout(session, visitor_id=new_id(later), employee_id=shop.employee_id, now=later) for _visitor in range(30)]
        assert 0 < arms.count("holdout") < 30
        assert funnel_counts(session, start=start, end=end) == FunnelCounts(shown=1 + arms.count("treated"), offered=1)
        assert funnel_counts(session, start=end, end=end + timedelta(hours=1)) == FunnelCounts(shown=1, offered=1)
