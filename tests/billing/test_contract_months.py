"""Whole months with everything a contract can pay, closed, exported, and recounted by the merchant's own verifier."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from closed_months import TWO_PAYEES, ClosedMonths, months_of

from billing.contract_terms import ContractTerms, Tiers, TierStep
from billing.import_rates import import_rates
from billing.record_bonus import BonusEvent, record_bonus
from billing.record_income import WorkIncome, record_income
from billing.record_outage import record_outage
from billing.recount import recount
from billing.sign_contract import sign_contract
from tenants.database import Database
from tenants.identifiers import new_id

FULL = ContractTerms(
    currency="EUR", share_ppm=80_000, bonuses={"lead": 333, "booking": 1_000}, royalty_income_ppm=150_000, payees=TWO_PAYEES,
    tiers=Tiers(kind="volume", steps=(TierStep(from_minor=5_000, share_ppm=100_000),)), minimum_minor=20_000,
)  # fmt: skip
CAPPED = FULL.model_copy(update={"cap_minor": 2_000, "minimum_minor": 2_000, "reserve_ppm": 100_000})


def bonus(months: ClosedMonths, name: str, *, is_void: bool = False, at: datetime) -> None:
    shop = months.shop
    event = BonusEvent("booking", "crm", name, shop.employee_id, at, shop.now, {"reservation": name}, is_void)
    with shop.session() as session:
        record_bonus(session, event, now=shop.now)


def income(months: ClosedMonths, amount_minor: int, currency: str, *, at: datetime) -> None:
    shop = months.shop
    told = WorkIncome("videosite", "A-1", shop.employee_id, new_id(at), amount_minor, currency, at, shop.now, {"statement": "77"})
    with shop.session() as session:
        record_income(session, told, now=shop.now)


def test_a_month_with_everything_recounts_and_so_do_its_corrections(database: Database, now: datetime, tmp_path: Path) -> None:
    months = months_of(database, now, FULL)
    shop = months.shop
    import_rates(database, "day,base,quote,rate,source\n2026-11-20,EUR,JPY,161.87,ecb\n", now=now, are_jumps_confirmed=True)
    months.sell("1", "61.55")
    bonus(months, "B1", at=now)
    bonus(months, "B2", at=now)
    income(months, 54_321, "JPY", at=now)
    with shop.session() as session:
        record_outage(session, "flood", starts_at=now - timedelta(hours=5), ends_at=now, reason="Water in the data centre.", now=now)
        sign_contract(session, employee_id=shop.employee_id, terms=CAPPED, accepted_by="Ada", now=now + timedelta(hours=1))
    shop.now = now + timedelta(hours=2)
    months.sell("2", "99.99")
    bonus(months, "B3", at=shop.now)
    months.close_at(2027, 1, 2)
    kinds = [kind for kind, _ in months.amounts("2026-11")]
    assert {"share", "bonus", "royalty_income", "tier", "cap", "minimum", "reserve", "close"} <= set(kinds)
    path, root = months.file(tmp_path, "2026-11")
    assert "lines add up" in recount(path, root)

    bonus(months, "B2", is_void=True, at=now)
    months.refund("r", "50.00", "1")
    months.close_at(2027, 3, 5)
    late = months.amounts("2027-01")
    assert ("bonus", -1_000) in late
    assert {kind for kind, _ in late} >= {"bonus", "share", "minimum"}
    earlier = [months.file(tmp_path, name)[0] for name in ("2026-12", "2026-11")]
    path, root = months.file(tmp_path, "2027-01")
    assert "lines add up" in recount(path, root, earlier)


def test_a_minimum_waits_for_the_close_although_its_month_is_over(database: Database, now: datetime) -> None:
    months = months_of(database, now, ContractTerms(currency="EUR", share_ppm=80_000, minimum_minor=2_000))
    months.shop.now = datetime(2026, 12, 2, 12, tzinfo=UTC)
    months.sell("late", "30.00", at=now)
    assert months.shop.earned() == 240
    months.close_at(2027, 1, 10)
    assert [one for one in months.amounts("2026-11") if one[0] != "close"] == [("share", 240), ("minimum", 1_760)]
