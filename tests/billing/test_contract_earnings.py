"""Leads, bookings and a work's income earn by the contract of their day, whatever the sequence in which they are told."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import permutations

import pytest
from shopkeeper import Shopkeeper
from sqlalchemy import select

from billing.contract_terms import ContractTerms, Payee
from billing.errors import CurrencyUnknown, EarningEventChanged, EarningEventRefused, OutageRefused
from billing.import_rates import import_rates
from billing.ledger.accounts import BONUS_EXPENSE, CAP_RELIEF, FX_CLEARING, ROYALTY_EXPENSE, earned_by
from billing.ledger.tables import LedgerTransaction, Posting
from billing.record_bonus import BonusEvent, record_bonus
from billing.record_income import Earned, WorkIncome, reckon_income, record_income
from billing.record_outage import record_outage
from billing.revenue_share.outages import outages_of
from billing.revenue_share.periods import period_of
from tenants.database import Database
from tenants.identifiers import new_id

AGENCY = (
    Payee(key="platform", name="Tillhand", role="platform", part_ppm=600_000),
    Payee(key="face", name="Ada Lovelace", role="likeness_owner", part_ppm=400_000),
)
TERMS = ContractTerms(currency="EUR", share_ppm=80_000, bonuses={"lead": 501, "booking": 2_000}, royalty_income_ppm=150_000, payees=AGENCY)


@pytest.fixture
def shop(database: Database, now: datetime) -> Shopkeeper:
    return Shopkeeper(database, now, TERMS)


def lead(shop: Shopkeeper, name: str = "L1", **changed: object) -> BonusEvent:
    plain = BonusEvent("lead", "crm", name, shop.employee_id, shop.now, shop.now, {"conversation_id": "cnv_1"})
    return replace(plain, **changed)  # type: ignore[arg-type]


def income(shop: Shopkeeper, name: str = "2026-10", **changed: object) -> WorkIncome:
    work_id, evidence = shop.visitor_id, {"statement": "YT-77", "sha256": "ab" * 32}
    plain = WorkIncome("videosite", name, shop.employee_id, work_id, 12_345, "EUR", shop.now, shop.now, evidence)
    return replace(plain, **changed)  # type: ignore[arg-type]


def tell(shop: Shopkeeper, *told: BonusEvent | WorkIncome) -> list[Earned]:
    with shop.session() as session:
        return [
            record_bonus(session, one, now=shop.now) if isinstance(one, BonusEvent) else record_income(session, one, now=shop.now)
            for one in told
        ]


def transactions(shop: Shopkeeper) -> list[LedgerTransaction]:
    with shop.session() as session:
        found = list(session.scalars(select(LedgerTransaction).order_by(LedgerTransaction.recorded_at, LedgerTransaction.transaction_id)))
        session.expunge_all()
        return found


def test_a_bonus_is_split_among_the_payees_and_told_twice_counts_once(shop: Shopkeeper) -> None:
    (first, again) = tell(shop, lead(shop), lead(shop))
    assert first == again
    assert (first.amount_minor, first.why) == (501, "crm reports a lead, L1; the bonus is 5.01 EUR.")
    employee = shop.employee_id
    assert shop.balances() == {
        (BONUS_EXPENSE, "EUR"): -501,
        (earned_by(employee, "platform"), "EUR"): 301,
        (earned_by(employee, "face"), "EUR"): 200,
    }
    (transaction,) = transactions(shop)
    assert (transaction.kind, transaction.cause, transaction.cause_id) == ("bonus", "lead", first.event_id)
    assert transaction.working["evidence"] == {"conversation_id": "cnv_1"}


def test_a_lead_taken_back_leaves_nothing_in_any_account(shop: Shopkeeper) -> None:
    tell(shop, lead(shop), lead(shop, told_at=shop.now + timedelta(hours=1), is_void=True))
    assert shop.balances() == {}
    first, second = transactions(shop)
    assert {first.points_to, second.points_to} == {None, (first if first.points_to is None else second).transaction_id}


@pytest.mark.parametrize("sequence", list(permutations(range(3))))
def test_the_latest_telling_holds_in_any_sequence(shop: Shopkeeper, sequence: tuple[int, ...]) -> None:
    told = [income(shop), income(shop, amount_minor=20_000, told_at=shop.now + timedelta(days=1)), income(shop, told_at=shop.now)]
    tell(shop, *(told[number] for number in sequence), told[0])
    assert shop.earned() == 3_000  # 15 % of 200.00
    assert shop.balances()[ROYALTY_EXPENSE, "EUR"] == -3_000


def test_what_a_contract_does_not_pay_for_is_kept_and_earns_nothing(database: Database, now: datetime) -> None:
    shop = Shopkeeper(database, now, ContractTerms(currency="EUR", share_ppm=1))
    stranger = new_id(now)
    earned = tell(shop, lead(shop), income(shop), lead(shop, "L2", employee_id=stranger), lead(shop, "L3", kind="booking", is_void=True))
    assert [one.amount_minor for one in earned] == [0, 0, 0, 0]
    assert "pays no bonus for a lead" in earned[0].why
    assert "pays no royalty on income" in earned[1].why
    assert "No contract governed" in earned[2].why
    assert shop.balances() == {}


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"source": " "}, "name of its source"),
        ({"external_id": "x" * 121}, "name of its source"),
        ({"evidence": {}}, "needs evidence"),
        ({"evidence": {"note": "x" * 400}}, "references of up to"),
        ({"occurred_at": datetime.fromisoformat("2027-01-01T00:00:00Z")}, "future"),
        ({"amount_minor": -1}, "zero or more"),
    ],
)
def test_a_telling_that_cannot_be_right_is_refused(shop: Shopkeeper, wrong: dict[str, object], says: str) -> None:
    with pytest.raises(EarningEventRefused, match=says):
        tell(shop, income(shop, **wrong))


def test_a_later_telling_may_not_change_the_day_the_work_or_the_currency(shop: Shopkeeper) -> None:
    tell(shop, income(shop), lead(shop, "2026-10"))  # income and bonuses have ids of their own
    for changed in ({"occurred_at": shop.now - timedelta(days=1)}, {"work_id": new_id(shop.now)}, {"currency": "USD"}):
        with pytest.raises(EarningEventChanged, match="withdraw it"):
            tell(shop, income(shop, **changed))
    with pytest.raises(EarningEventChanged):
        tell(shop, lead(shop, "2026-10", kind="booking"))
    with pytest.raises(CurrencyUnknown):
        tell(shop, income(shop, "other", currency="EURO"))


def test_income_in_another_currency_waits_for_the_rate_of_its_own_day(database: Database, shop: Shopkeeper) -> None:
    (waiting,) = tell(shop, income(shop, currency="USD", amount_minor=10_000))
    assert (waiting.amount_minor, "waits for an exchange rate from USD to EUR of 2026-11-20" in waiting.why) == (0, True)
    assert shop.balances() == {}
    import_rates(database, "day,base,quote,rate,source\n2026-11-20,EUR,USD,1.25,ecb\n", now=shop.now, are_jumps_confirmed=True)
    employee = shop.employee_id
    after_import = {
        (ROYALTY_EXPENSE, "USD"): -1_500, (FX_CLEARING, "USD"): 1_500, (FX_CLEARING, "EUR"): -1_200,
        (earned_by(employee, "platform"), "EUR"): 720, (earned_by(employee, "face"), "EUR"): 480,
    }  # fmt: skip
    assert shop.balances() == after_import
    with shop.session() as session:
        assert reckon_income(session, [waiting.event_id, new_id(shop.now)], now=shop.now)[waiting.event_id].amount_minor == 1_200
    assert shop.balances() == after_import
    tell(shop, income(shop, currency="USD", amount_minor=10_000, is_void=True, told_at=shop.now + timedelta(1)))
    assert shop.balances() == {}


@pytest.mark.parametrize("is_rate_late", [False, True])
def test_income_beyond_reason_once_converted_earns_nothing_until_it_is_corrected(
    database: Database, shop: Shopkeeper, *, is_rate_late: bool
) -> None:
    rates, later = "day,base,quote,rate,source\n2026-11-20,EUR,USD,0.000001,ecb\n", shop.now + timedelta(1)
    if not is_rate_late:
        import_rates(database, rates, now=shop.now, are_jumps_confirmed=True)
    (absurd,) = tell(shop, income(shop, currency="USD", amount_minor=10**10))
    if is_rate_late:
        assert "waits for an exchange rate" in absurd.why
        import_rates(database, rates, now=shop.now, are_jumps_confirmed=True)
    (again, plain) = tell(shop, income(shop, currency="USD", amount_minor=10**10), income(shop, "other", currency="USD", amount_minor=1))
    assert again.amount_minor == 0
    assert again.why == "In EUR 100000000.00 USD are more than any work ever earned; check the amount and the rate."
    assert plain.amount_minor == shop.earned() == 150_000
    (mended,) = tell(shop, income(shop, currency="USD", amount_minor=2, told_at=later))
    assert (mended.amount_minor, shop.earned()) == (300_000, 450_000)
    tell(shop, income(shop, currency="USD", amount_minor=10**10, is_void=True, told_at=later + timedelta(1)))
    assert shop.earned() == 150_000


def test_bonuses_stand_under_the_cap_at_once(database: Database, now: datetime) -> None:
    shop = Shopkeeper(database, now, ContractTerms(currency="EUR", share_ppm=1, bonuses={"booking": 2_000}, cap_minor=5_001))
    tell(shop, *(lead(shop, f"B{number}", kind="booking") for number in range(3)))
    assert shop.earned() == 5_001
    assert shop.balances()[CAP_RELIEF, "EUR"] == 999
    later = shop.now + timedelta(1)
    tell(shop, *(lead(shop, f"B{number}", kind="booking", is_void=True, told_at=later) for number in range(3)))
    assert shop.balances() == {}
    with shop.session() as session:
        assert session.scalar(select(Posting.currency).where(Posting.currency != "EUR")) is None


def test_an_outage_is_told_corrected_and_withdrawn(shop: Shopkeeper, now: datetime) -> None:
    start, period = now - timedelta(hours=3), period_of(now, "UTC")

    def told(hours: int, **changed: object) -> int:
        with shop.session() as session:
            facts = {"starts_at": start, "ends_at": start + timedelta(hours=hours), "reason": "The database was moved."} | changed
            return record_outage(session, "move", **facts, now=now)  # type: ignore[arg-type]

    def known() -> tuple[tuple[datetime, datetime], ...]:
        with shop.session() as session:
            return outages_of(session, period)

    assert [told(1), told(1), told(2)] == [1, 1, 2]
    assert known() == ((start, start + timedelta(hours=2)),)
    with shop.session() as session:
        assert outages_of(session, period_of(period.end, "UTC")) == ()
    assert told(2, is_withdrawn=True) == 3
    assert known() == ()
    for wrong in ({"reason": " "}, {"ends_at": start}, {"ends_at": now + timedelta(1)}):
        with pytest.raises(OutageRefused):
            told(1, **wrong)
