"""Contracts are immutable, their days never overlap, and an order keeps the version of its own day."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from pydantic import ValidationError
from shopkeeper import TERMS, Shopkeeper, order_message, refund_message
from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.exc import IntegrityError, ProgrammingError

from billing.assign_holdout import assign_holdout, bucket_of
from billing.close_period import close_due
from billing.contract_terms import ContractTerms, Guards, describe, document_of, percent_text, read_terms, sha256_of
from billing.errors import ContractsOverlap, ContractStartsInThePast, ContractTermsRefused, CurrencyUnknown, TermsShownDiffer
from billing.read_contracts import contracts_of
from billing.revenue_share.periods import period_of
from billing.revenue_share.tables import ContractEffect, ContractVersion
from billing.sign_contract import sign_contract
from tenants.database import Database
from tenants.identifiers import new_id

RAISED = ContractTerms(currency="EUR", share_ppm=100_000)
LINE = {"id": "1", "product": "beans", "quantity": 1, "total": "50.00"}


def sign(shop: Shopkeeper, terms: ContractTerms = RAISED, **when: datetime) -> UUID:
    with shop.session() as session:
        return sign_contract(session, employee_id=shop.employee_id, terms=terms, accepted_by="Ada", now=shop.now, **when)


def test_a_refund_reverses_under_the_version_of_its_order(database: Database, now: datetime) -> None:
    shop = Shopkeeper(database, now)
    shop.touch()
    shop.tell(order_message("old", attribution={"visitor": str(shop.visitor_id)}))
    sign(shop)
    shop.now += timedelta(hours=1)
    later = "2026-11-20T10:00:00Z"
    shop.tell(order_message("new", attribution={"visitor": str(shop.visitor_id)}, at=later))
    assert shop.earned() == 240 + 300
    shop.tell(refund_message("r", "15.00", order_id="old", at=later))
    assert shop.earned() == 120 + 300
    assert [line.share_ppm for line in shop.slip().lines] == [80_000, 80_000, 100_000]


def test_days_already_lived_keep_their_version_and_versions_never_overlap(database: Database, now: datetime) -> None:
    shop = Shopkeeper(database, now)
    with pytest.raises(ContractStartsInThePast):
        sign(shop, starts_at=now - timedelta(seconds=1))
    sign(shop, starts_at=now + timedelta(days=5))
    with pytest.raises(ContractsOverlap):
        sign(shop, starts_at=now + timedelta(days=4))
    with shop.session() as session:
        first, second = contracts_of(session, shop.employee_id)
    assert (first.ends_at, second.starts_at, second.ends_at) == (second.starts_at, now + timedelta(days=5), None)
    assert (first.number, second.number, first.contract_id) == (1, 2, second.contract_id)
    assert [one.governs(now, now + timedelta(days=5)) for one in (first, second)] == [True, False]


def test_the_database_itself_refuses_an_overlap_and_a_change(database: Database, now: datetime) -> None:
    shop = Shopkeeper(database, now)
    second = sign(shop, starts_at=now + timedelta(days=5))
    with pytest.raises(IntegrityError), shop.session() as session:
        session.execute(update(ContractEffect).where(ContractEffect.contract_version_id == second).values(effective=Range(now, None)))
    for change in (update(ContractVersion).values(accepted_by="Eve"), delete(ContractVersion), delete(ContractEffect)):
        with pytest.raises(ProgrammingError), shop.session() as session:
            session.execute(change)


def test_the_stored_terms_are_the_signed_ones_by_their_hash(database: Database, now: datetime) -> None:
    shop = Shopkeeper(database, now)
    with shop.session() as session:
        version = session.scalars(select(ContractVersion)).one()
    assert read_terms(version.terms) == TERMS
    assert version.terms_sha256 == sha256_of(version.terms) == sha256_of(document_of(TERMS))
    assert sha256_of(document_of(RAISED)) != version.terms_sha256


@pytest.mark.parametrize(
    "wrong", [{"share_ppm": -1}, {"share_ppm": 1_000_001}, {"share_ppm": 0.08}, {"return_window_days": 400}, {"bonus": 1}]
)
def test_terms_that_cannot_be_right_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ContractTerms.model_validate({"currency": "EUR", "share_ppm": 1} | wrong)
    with pytest.raises(ContractTermsRefused):
        read_terms({"currency": "EUR", "share_ppm": 1} | wrong)


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"currency": "EURO"}, CurrencyUnknown),
        ({"period_time_zone": "Mars/Olympus"}, ContractTermsRefused),
        ({"period_time_zone": "../etc/passwd"}, ContractTermsRefused),
        ({"window_days": {"coupon": 0}}, ContractTermsRefused),
        ({"format": "tillhand-terms/9"}, ContractTermsRefused),
    ],
)
def test_unknown_words_in_terms_are_named(wrong: dict[str, object], error: type[Exception]) -> None:
    with pytest.raises(error):
        read_terms({"currency": "EUR", "share_ppm": 1} | wrong)


def test_an_unknown_model_and_a_missing_signature_are_refused(database: Database, now: datetime) -> None:
    shop = Shopkeeper(database, now)
    with pytest.raises(ContractTermsRefused, match="not known"):
        ContractTerms(currency="EUR", share_ppm=1, attribution_model="dice")
    with pytest.raises(ContractTermsRefused, match="who accepted"), shop.session() as session:
        sign_contract(session, employee_id=shop.employee_id, terms=RAISED, accepted_by=" ", now=now)


@pytest.mark.parametrize("year", [1, 1900, 9999])
def test_a_first_day_in_another_century_is_a_mistake(database: Database, now: datetime, year: int) -> None:
    shop, starts_at = Shopkeeper(database, now), datetime(year, 1, 1, tzinfo=UTC)
    with shop.session() as session, pytest.raises(ContractTermsRefused, match="within ten years"):
        sign_contract(session, employee_id=new_id(now), terms=TERMS, accepted_by="Ada", now=now, starts_at=starts_at)


def test_only_the_terms_that_were_shown_can_be_accepted(database: Database, now: datetime) -> None:
    shop = Shopkeeper(database, now)
    who = {"employee_id": shop.employee_id, "terms": RAISED, "accepted_by": "Ada", "now": now}
    with pytest.raises(TermsShownDiffer, match="read them again"), shop.session() as session:
        sign_contract(session, shown_sha256=sha256_of(document_of(TERMS)), **who)
    with shop.session() as session:
        sign_contract(session, shown_sha256=sha256_of(document_of(RAISED)), **who)
        assert contracts_of(session, shop.employee_id)[-1].terms == RAISED


@pytest.mark.parametrize("changed", [{"currency": "USD"}, {"period_time_zone": "Asia/Tokyo"}])
def test_currency_and_months_stay_while_the_contract_lasts(database: Database, now: datetime, changed: dict[str, str]) -> None:
    shop = Shopkeeper(database, now)
    with pytest.raises(ContractTermsRefused, match="counts in EUR and in months of UTC"):
        sign(shop, RAISED.model_copy(update=changed))


def test_a_change_of_contract_within_a_month_lowers_the_first_versions_cap_at_once(database: Database, now: datetime) -> None:
    shop = Shopkeeper(database, now, RAISED.model_copy(update={"cap_minor": 300}))
    shop.touch()
    shop.tell(order_message(total="50.00", lines=[LINE], attribution={"visitor": str(shop.visitor_id)}))
    assert shop.earned() == 300
    sign(shop, RAISED, starts_at=datetime(2026, 11, 21, tzinfo=UTC))
    assert shop.earned() == 200  # 20 days of 30


def test_the_prose_follows_the_data() -> None:
    assert percent_text(82_500) == "8.25 %"
    assert percent_text(1) == "0.0001 %"
    plain = describe(TERMS)
    assert plain.startswith("The employee earns 8 % of the worth of every order it brought, in EUR.")
    assert "tips" in plain
    strict = describe(TERMS.model_copy(update={"guards": Guards(exclude_coupon_after_cart=True), "holdout_ppm": 50_000}))
    assert "after the cart was begun does not count" in strict
    assert "5 % of visitors" in strict


def test_months_follow_the_zone_and_its_clock_changes() -> None:
    at = datetime.fromisoformat
    october = period_of(at("2026-10-01T00:30:00+02:00"), "Europe/Vienna")
    assert (october.name, october.start, october.end) == ("2026-10", at("2026-09-30T22:00:00Z"), at("2026-10-31T23:00:00Z"))
    assert period_of(at("2026-12-31T23:30:00Z"), "Europe/Vienna").name == "2027-01"
    assert period_of(at("2026-12-31T23:30:00Z"), "America/New_York").end == at("2027-01-01T05:00:00Z")


def test_a_late_fact_is_booked_in_the_running_month_once_its_own_is_closed_and_points_back(database: Database, now: datetime) -> None:
    shop = Shopkeeper(database, now)
    shop.touch()
    shop.tell(order_message(attribution={"visitor": str(shop.visitor_id)}))
    shop.now = now + timedelta(days=20)
    shop.tell(refund_message("r1", "10.00", at="2026-12-09T09:00:00Z"))
    assert shop.earned() == 160  # November is over and still open: the refund joins it
    shop.now = datetime(2027, 1, 2, tzinfo=UTC)
    assert close_due(database, clock=shop.clock) == 3
    shop.tell(refund_message("r2", "20.00", at="2026-12-30T09:00:00Z"))
    november, january = shop.slip(month=now), shop.slip()
    assert ([line.amount_minor for line in november.lines], [line.amount_minor for line in january.lines]) == ([240, -80], [-160])
    assert january.lines[0].points_to == november.lines[0].transaction_id
    assert january.lines[0].occurred_at == november.lines[0].occurred_at
    assert january.totals[0].balance_minor == -160  # carried, never clamped away


@pytest.mark.parametrize(("days", "stage"), [(0, "pending"), (29.9, "pending"), (30, "locked"), (40.5, "locked"), (40.7, "cleared")])
def test_a_share_matures_by_dates_alone(database: Database, now: datetime, days: float, stage: str) -> None:
    shop = Shopkeeper(database, now)
    shop.touch()
    shop.tell(order_message(attribution={"visitor": str(shop.visitor_id)}))
    shop.now = datetime.fromisoformat("2026-11-20T09:00:00Z") + timedelta(days=days)
    total = shop.slip(month=now).totals[0]
    assert {name: minor for name, minor in total.by_stage.items() if minor} == {stage: 240}


def test_a_visitor_stays_in_its_arm_and_arms_have_their_size(database: Database, now: datetime) -> None:
    shop = Shopkeeper(database, now, ContractTerms(currency="EUR", share_ppm=1, holdout_ppm=300_000))
    visitors = [UUID(int=number) for number in range(100)]
    with shop.session() as session:
        first = [assign_holdout(session, visitor_id=one, employee_id=shop.employee_id, now=now) for one in visitors]
        again = [assign_holdout(session, visitor_id=one, employee_id=shop.employee_id, now=now) for one in visitors]
        nobody = assign_holdout(session, visitor_id=visitors[0], employee_id=new_id(now), now=now)
    assert (first, nobody) == (again, "treated")
    held = sum(bucket_of(shop.tenant_id, shop.employee_id, UUID(int=number)) < 300_000 for number in range(20_000))
    assert 5_800 < held < 6_200
    assert first.count("holdout") == sum(bucket_of(shop.tenant_id, shop.employee_id, one) < 300_000 for one in visitors)
