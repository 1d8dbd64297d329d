"""The verifier's own rules, one by one, against billing's: two programs written apart must agree on every figure."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from closed_months import TWO_PAYEES, ClosedMonths, months_of, sealed
from hypothesis import given
from hypothesis import strategies as st

from billing.contract_terms import ContractTerms, Tiers, TierStep, document_of
from billing.currencies import EXPONENTS
from billing.exchange.rates import Rate
from billing.money import share_of
from billing.money import split as split_of_billing
from billing.record_bonus import BonusEvent, record_bonus
from billing.record_income import WorkIncome, record_income
from billing.recount import DIGITS, Contract, DoesNotAddUp, Export, half_even, recount, split
from billing.revenue_share.governed import GovernedTime
from billing.revenue_share.period_lines import PeriodFacts, period_lines
from billing.statements import document
from tenants.database import Database

MINOR = st.integers(-(10**12), 10**12)
PARTS = st.lists(st.integers(1, 1_000_000), min_size=1, max_size=6)


@given(MINOR, PARTS)
def test_it_splits_as_billing_does(amount: int, weights: list[int]) -> None:
    parts = [[f"payee{place}", weight * 1_000_000 // sum(weights)] for place, weight in enumerate(weights)]
    parts[0][1] += 1_000_000 - sum(part for _, part in parts)  # type: ignore[operator, misc]
    assert split(amount, parts) == split_of_billing(amount, {str(key): int(part) for key, part in parts})


@given(MINOR, st.integers(0, 1_000_000))
def test_it_rounds_as_billing_does(base: int, rate: int) -> None:
    assert half_even(base * rate, 1_000_000) == share_of(base, rate)


STEPS = st.lists(st.integers(1, 10**7), min_size=1, max_size=4, unique=True).map(sorted)


@given(STEPS, st.booleans(), st.integers(-(10**6), 10**8), st.integers(1, 2_592_000))
def test_it_finds_the_tiers_that_billing_finds(steps: list[int], is_volume: bool, sold: int, seconds: int) -> None:
    tiers = Tiers(
        kind="volume" if is_volume else "marginal",
        steps=tuple(TierStep(from_minor=since, share_ppm=80_000 + 10_000 * place) for place, since in enumerate(steps, start=1)),
    )
    terms = ContractTerms(currency="EUR", share_ppm=80_000, tiers=tiers, cap_minor=10**5)
    facts = PeriodFacts(sold, 2 * 10**5, GovernedTime(2_592_000, seconds), None, is_final=True)
    contract = Contract({"terms": document_of(terms)})
    for line in period_lines(terms, facts):
        working = {**line.working, "target_minor": line.target_minor}
        assert contract.period_line(working, line.kind, 1) == line.target_minor
    assert contract.tier(sold, seconds, 2_592_000) == next(one.target_minor for one in period_lines(terms, facts) if one.kind == "tier")


@given(st.integers(0, 10**9), st.integers(1, 10**12), st.sampled_from(["EUR", "JPY", "KWD", "CLF"]), st.sampled_from(["USD", "KRW", "OMR"]))
def test_it_converts_as_billing_does(base: int, rate_e9: int, come: str, go: str) -> None:
    contract = Contract({"terms": document_of(ContractTerms(currency=come, share_ppm=80_000))})
    rate = Rate(datetime(2026, 11, 20, tzinfo=UTC).date(), go, come, rate_e9, "ecb")
    working: dict[str, Any] = {
        "parts": [[str(base), 1_000_000, 80_000]], "fx": {"from": go, "to": come, "rate_e9": rate_e9},
        "turnover_minor": round(rate.convert(base)),
    }  # fmt: skip
    assert contract.share(working, 1, "share") == round(rate.convert(base) * 80_000 / 1_000_000)


def test_it_knows_the_digits_of_every_currency() -> None:
    known = {code: digits for digits, codes in DIGITS.items() for code in codes.split()}
    assert known == {code: digits for code, digits in EXPONENTS.items() if digits != 2}


def test_a_bonus_and_a_measured_line_keep_to_the_contract() -> None:
    contract = Contract({"terms": document_of(ContractTerms(currency="EUR", share_ppm=1, bonuses={"lead": 7}, payees=TWO_PAYEES))})
    assert contract.period_line({"is_void": False, "event": "lead"}, "bonus", 1) == 7
    assert contract.period_line({"is_void": True, "event": "lead"}, "bonus", 1) == 0
    contract.terms["lift"] = {"share_ppm": 100_000}
    assert contract.period_line({"target_minor": 5}, "lift", 1) == 5


@pytest.mark.parametrize(("weights", "rates"), [([1_000_000], 1), ([400_000, 600_000], 2), ([300_000, 300_000, 400_000], 1)])
def test_credits_have_the_weights_of_the_parts(weights: list[int], rates: int) -> None:
    contract = Contract({"terms": document_of(ContractTerms(currency="EUR", share_ppm=100_000))})
    parts = [["0", weight, 100_000] for weight in weights for _ in range(rates)]
    line = share_line(parts, [{"weight_ppm": weight} for weight in weights])
    contract.check(line, 1)
    for wrong in ([*weights[1:], 1], [], [*weights, 0]):
        with pytest.raises((DoesNotAddUp, ArithmeticError, LookupError)):
            contract.check(line | {"credits": [{"weight_ppm": weight} for weight in wrong]}, 1)
    with pytest.raises(DoesNotAddUp, match="its contract is in EUR"):
        contract.check(line | {"currency": "USD"}, 1)
    line["working"]["parts"] = []
    contract.check(line | {"credits": []}, 1)


def test_no_more_than_the_whole_order_is_credited() -> None:
    contract = Contract({"terms": document_of(ContractTerms(currency="EUR", share_ppm=100_000))})
    parts = [["0", 600_000, 100_000], ["0", 600_000, 100_000]]
    with pytest.raises(DoesNotAddUp, match="its credits weigh"):
        contract.check(share_line(parts, [{"weight_ppm": 600_000}, {"weight_ppm": 600_000}]), 1)


def test_an_exchange_leads_to_the_currency_of_the_contract() -> None:
    contract = Contract({"terms": document_of(ContractTerms(currency="EUR", share_ppm=100_000))})
    line = share_line([["0", 1_000_000, 100_000]], [{"weight_ppm": 1_000_000}])
    line["working"]["fx"] = {"from": "USD", "to": "GBP", "rate_e9": 10**9}
    with pytest.raises(DoesNotAddUp, match="its contract is in EUR"):
        contract.check(line, 1)


def share_line(parts: list[list[Any]], credited: list[dict[str, Any]]) -> dict[str, Any]:
    """A line of a worthless order."""
    working = {"parts": parts, "fx": None, "target_minor": 0, "before_minor": 0, "turnover_minor": 0, "payees": [["platform", 1_000_000]]}
    return {"kind": "share", "currency": "EUR", "amount_minor": 0, "payees": {}, "credits": credited, "working": working}


def test_a_contract_with_equal_rates_leaves_open_what_counts_for_tiers() -> None:
    contract = Contract({"terms": document_of(ContractTerms(currency="EUR", share_ppm=1, royalty_share_ppm=1))})
    assert not contract.is_sure


@pytest.mark.parametrize("content", [b"", b"\n", b"{}\n{}\n", b'{"leaf":"' + b"0" * 64 + b'","line":{}}\n' * 2])
def test_what_is_no_statement_is_said_to_be_none(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "nothing.jsonl"
    path.write_bytes(content)
    with pytest.raises(DoesNotAddUp):
        recount(str(path), "0" * 64)


def test_a_line_moved_to_an_earlier_moment_still_follows_the_line_it_continues(database: Database, now: datetime, tmp_path: Path) -> None:
    months = months_of(database, now, ContractTerms(currency="EUR", share_ppm=100_000, window_days={"conversation": 30}))
    months.sell("o1", "30.00", at=datetime(2026, 11, 19, 9, tzinfo=UTC))
    early = months.shop.touch(at=datetime(2026, 11, 2, 8, tzinfo=UTC))
    assert early.employee_id == months.shop.employee_id
    months.sell("o1", "30.00", at=datetime(2026, 11, 3, 9, tzinfo=UTC))  # the shop's first word of it comes late
    months.sell("o1", "50.00", at=datetime(2026, 11, 3, 9, tzinfo=UTC), updated_at="2026-11-20T09:00:00Z")
    months.close_at(2027, 1, 10)
    shares = [line for line in months.lines("2026-11") if line["kind"] == "share"]
    assert [(line["amount_minor"], line.get("follows")) for line in shares] == [(300, None), (200, {"line": 1})]
    assert shares[0]["effective_at"] > shares[1]["effective_at"]
    path, root = months.file(tmp_path, "2026-11")
    assert Export(path, root).count == 5
    assert "add up" in recount(path, root)


def test_a_document_of_very_many_lines_gives_days_and_points_at_the_table(
    database: Database, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    months: ClosedMonths = months_of(database, now, ContractTerms(currency="EUR", share_ppm=100_000))
    for number in range(4):
        months.sell(f"o{number}", "30.00")
    months.close_at(2027, 1, 10)
    whole, empty = months.export(months.statement("2026-11"), "pdf"), months.export(months.statement("2026-10"), "pdf")
    monkeypatch.setattr(document, "LINES_LISTED_MAX", 2)
    short = months.export(months.statement("2026-11"), "pdf")
    assert len({whole, empty, short}) == 3
    assert json.loads(months.export(months.statement("2026-10")).splitlines()[-1])["line"]["line_count"] == 0


@pytest.mark.parametrize("kind", ["bonus", "royalty_income"])
def test_what_earns_beside_orders_paid_twice_is_found_although_all_is_written_anew(
    database: Database, now: datetime, tmp_path: Path, kind: str
) -> None:
    terms = ContractTerms(currency="EUR", share_ppm=80_000, bonuses={"lead": 500}, royalty_income_ppm=100_000)
    months, at = months_of(database, now, terms), now - timedelta(days=1)
    employee_id = months.shop.employee_id
    with months.shop.session() as session:
        record_bonus(session, BonusEvent("lead", "crm", "1", employee_id, at, at, {"conversation": "c1"}), now=now)
        record_income(session, WorkIncome("tube", "1", employee_id, UUID(int=5), 5_000, "EUR", at, at, {"report": "r1"}), now=now)
    months.close_at(2027, 1, 10)
    documents = months.lines("2026-11")
    place = next(number for number, one in enumerate(documents) if one["kind"] == kind)
    forged = [one | {"number": number} for number, one in enumerate([*documents[: place + 1], *documents[place:]])]
    close, footer = forged[-2:]
    close |= {"amount_minor": -1_500, "payees": {"platform": -1_500}}
    paid = {"earned_minor": 1_500, "payable_minor": 1_500}
    footer |= paid | {"line_count": 4, "sums": footer["sums"] | {kind: 1_000, "close": -1_500}}
    footer["payees"] = {"platform": footer["payees"]["platform"] | paid}
    raw, root = sealed(forged)
    path = tmp_path / "forged.jsonl"
    path.write_bytes(b"".join(raw))
    with pytest.raises(DoesNotAddUp, match=r"Line (2|3) .* begin with \[0, 0\]"):
        recount(str(path), root)
