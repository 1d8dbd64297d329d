"""What one file can know of an issuer's honesty, and what the verifier says of the rest: days, first statements, sales told twice."""

from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from closed_months import ClosedMonths, months_of, sealed

from billing.contract_terms import ContractTerms
from billing.recount import DoesNotAddUp, days_of, recount
from tenants.database import Database

Documents = list[dict[str, Any]]
OWN = "2026-11"


@pytest.fixture(scope="module")
def months(database_for_run: Database) -> ClosedMonths:
    """A month with two sales, the month before and the month after; the tests below only read them."""
    months = months_of(database_for_run, datetime(2026, 11, 20, 9, 30, tzinfo=UTC), ContractTerms(currency="EUR", share_ppm=100_000))
    months.sell("o1", "30.00")
    months.sell('o"2"', "30.00")
    months.close_at(2027, 3, 10)
    return months


def written(documents: Documents, folder: Path, name: str = "forged") -> tuple[str, str]:
    """Numbered, counted, hashed and sealed anew."""
    documents = [one | {"number": number} for number, one in enumerate(documents)]
    documents[-1]["line_count"] = len(documents) - 2
    raw, root = sealed(documents)
    path = folder / f"{name}.jsonl"
    path.write_bytes(b"".join(raw))
    return str(path), root


def refused(path: str, root: str, earlier: list[str] | None = None) -> tuple[int | None, str]:
    with pytest.raises(DoesNotAddUp) as wrong:
        recount(path, root, earlier or [])
    return wrong.value.args[0], wrong.value.args[1]


@pytest.mark.parametrize(("number", "day"), [
    (1, "2026-12-01T00:00:00.000000Z"), (2, "2026-10-31T23:59:59.999999Z"), (1, "2026-11-20"), (2, "yesterday"),
])  # fmt: skip
def test_a_share_has_a_day_of_its_month(months: ClosedMonths, tmp_path: Path, number: int, day: str) -> None:
    documents = months.lines(OWN)
    documents[number]["occurred_at"] = day
    verdict = refused(*written(documents, tmp_path))
    assert verdict == (number, f"its order is of {day}, which is not in {OWN} or not under its contract.")


@pytest.mark.parametrize(("end", "day"), [("starts_at", "2026-11-20T09:30:00.000001Z"), ("ends_at", "2026-11-20T09:30:00.000000Z")])
def test_a_share_has_a_day_of_its_contract(months: ClosedMonths, tmp_path: Path, end: str, day: str) -> None:
    documents = months.lines(OWN)
    documents[0]["contracts"][0][end] = day
    assert "not under its contract" in refused(*written(documents, tmp_path))[1]


def test_a_share_taken_back_may_have_been_of_any_day(months: ClosedMonths, tmp_path: Path) -> None:
    """An order stamped ahead of a change of contract is booked under the old one, and moved when the paper is signed."""
    documents = months.lines(OWN)
    ahead = "2026-12-01T00:00:00.000000Z"
    documents[2]["occurred_at"] = ahead
    back, minor = deepcopy(documents[2]), documents[2]["amount_minor"]
    back |= {"amount_minor": -minor, "payees": {"platform": -minor}, "follows": {"line": 2}, "credits": []}
    back["working"] |= {
        "parts": [], "target_minor": 0, "turnover_minor": 0, "before_minor": minor,
        "turnover_before_minor": documents[2]["working"]["turnover_minor"],
    }  # fmt: skip
    documents.insert(3, back)
    footer, close = documents[-1], documents[-2]
    close |= {"amount_minor": -minor, "payees": {"platform": -minor}}
    footer["sums"] |= {"share": minor, "close": -minor}
    footer |= {"earned_minor": minor, "payable_minor": minor}
    footer["payees"]["platform"] |= {"earned_minor": minor, "payable_minor": minor}
    path, root = written(documents, tmp_path)
    assert "add up" in recount(path, root)


def test_a_month_lies_where_it_lies_wherever_the_shop_is() -> None:
    assert days_of("2026-12") == ("2026-11-30T10:00:00.000000Z", "2027-01-01T12:00:00.000000Z")
    assert days_of("2026-13") == days_of("0000-01") == ("", "")


def test_the_first_statement_cannot_stand_after_its_contracts_first_month(months: ClosedMonths, tmp_path: Path) -> None:
    documents = months.lines(OWN)
    documents[0] |= {"previous": None, "statement_number": 1}
    assert refused(*written(documents, tmp_path)) == (
        0,
        "it says that no statement stands before it, but a contract began before its month.",
    )
    documents[0] |= {"statement_number": 3}
    assert refused(*written(documents, tmp_path)) == (0, "its number among the statements is 3.")


def test_statements_are_numbered_one_after_the_other(months: ClosedMonths, tmp_path: Path) -> None:
    before = months.lines("2026-10")
    before[0]["statement_number"] += 1
    path, root = written(before, tmp_path, "before")
    own = months.lines(OWN)
    own[0]["previous"]["root"] = root
    verdict = refused(*written(own, tmp_path), [path])
    assert verdict == (0, "the statement after it does not have the number after its own.")


def test_the_first_statement_says_so(months: ClosedMonths, tmp_path: Path) -> None:
    says = "It says that it is the employee's first statement."
    assert says in recount(*months.file(tmp_path, "2026-09"))
    assert says not in recount(*months.file(tmp_path, OWN))


def test_an_ended_contract_says_until_when_it_held(months: ClosedMonths, tmp_path: Path) -> None:
    documents = months.lines(OWN)
    documents[0]["contracts"][0]["ends_at"] = "2026-12-31T23:00:00.000000Z"
    path, root = written(documents, tmp_path)
    assert recount(path, root).endswith(" until 2026-12-31 23:00 UTC")


def twin(documents: Documents, number: int, **changed: Any) -> None:
    """One of the sales once more, under another order id, and in the statement's sums."""
    line = deepcopy(documents[number]) | {"order_id": "another"} | changed
    documents.insert(3, line)
    minor, footer, close = line["amount_minor"], documents[-1], documents[-2]
    close["amount_minor"] -= minor
    close["payees"]["platform"] -= minor
    for name in ("earned_minor", "payable_minor"):
        footer[name] += minor
        footer["payees"]["platform"][name] += minor
    footer["sums"] |= {"share": footer["sums"]["share"] + minor, "close": footer["sums"]["close"] - minor}


def test_a_sale_told_under_two_orders_is_pointed_out(months: ClosedMonths, tmp_path: Path) -> None:
    documents = months.lines(OWN)
    twin(documents, 2)
    said = recount(*written(documents, tmp_path))
    assert "Look at line 3: another order has the same number and the same day. If your shop sold that once, dispute one of them." in said
    twin(documents, 1, order_id="a third")
    assert "Look at line 3 and 1 more: " in recount(*written(documents, tmp_path))


def test_one_number_on_two_days_is_two_sales(months: ClosedMonths, tmp_path: Path) -> None:
    documents = months.lines(OWN)
    twin(documents, 1, occurred_at="2026-11-21T09:30:00.000000Z")
    assert "Look at" not in recount(*written(documents, tmp_path))


def test_an_order_in_parts_under_two_contracts_is_one_sale(months: ClosedMonths, tmp_path: Path) -> None:
    documents = months.lines(OWN)
    contracts, line = documents[0]["contracts"], documents[1]
    contracts.append(deepcopy(contracts[0]) | {"contract_version_id": "another"})
    line["credits"][0]["weight_ppm"] = line["working"]["parts"][0][1] = 500_000
    line["working"] |= {"target_minor": line["amount_minor"] // 2, "turnover_minor": line["working"]["turnover_minor"] // 2}
    line |= {"amount_minor": line["amount_minor"] // 2, "payees": {"platform": line["amount_minor"] // 2}}
    documents.insert(2, deepcopy(line) | {"contract": 1})
    assert "Look at" not in recount(*written(documents, tmp_path))


def test_a_sale_of_an_earlier_statement_is_pointed_out_where_that_is_given(months: ClosedMonths, tmp_path: Path) -> None:
    december, own = months.lines("2026-12"), months.lines(OWN)
    late = deepcopy(own[1]) | {"period": OWN, "effective_at": december[0]["period"]["start"]}
    late["order_id"] = "late"
    december.insert(1, late)
    minor, footer = late["amount_minor"], december[-1]
    december.insert(-1, deepcopy(own[-2]) | {"amount_minor": -minor, "payees": {"platform": -minor}})
    footer["payees"]["platform"] |= {"earned_minor": minor, "payable_minor": minor}
    footer |= {"earned_minor": minor, "payable_minor": minor, "sums": footer["sums"] | {"share": minor, "close": -minor}}
    path, root = written(december, tmp_path, "december")
    assert "Look at" not in recount(path, root)
    assert "Look at line 1: " in recount(path, root, [months.file(tmp_path, name)[0] for name in (OWN, "2026-10", "2026-09")])
