"""The verifier reads the usual share by one pattern: it must find there what reading the line as JSON finds, and pass nothing over."""

import multiprocessing
import random
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from closed_months import TWO_PAYEES, ClosedMonths, exported, months_of

from billing import recount as recount_file
from billing.contract_terms import ContractTerms
from billing.recount import BODY, Contract, DoesNotAddUp, Found, read, recount
from tenants.database import Database

Contracts = dict[int, Contract]


@pytest.fixture(scope="module", params=["one payee", "two payees"])
def months(request: pytest.FixtureRequest, database_for_run: Database) -> ClosedMonths:
    """Sales, a refund in the month, a customer of other letters, and an order that needs the long way."""
    terms = ContractTerms(currency="EUR", share_ppm=80_000)
    if request.param == "two payees":
        terms = terms.model_copy(update={"payees": TWO_PAYEES})
    months = months_of(database_for_run, datetime(2026, 11, 20, 9, 30, tzinfo=UTC), terms)
    for name, total in (("o1", "30.00"), ("o2", "47.13"), ("Größe 3", "0.31"), ('a "quoted" order', "7.00")):
        months.sell(name, total)
    months.refund("r1", "17.13", "o2")
    months.close_at(2027, 1, 10)
    return months


def shares(months: ClosedMonths) -> tuple[Contracts, list[tuple[int, str]]]:
    """The statement's contracts, and (number, text) of its shares."""
    documents = months.lines("2026-11")
    contracts = dict(enumerate(map(Contract, documents[0]["contracts"])))
    raw = months.export(months.statement("2026-11")).splitlines()
    return contracts, [(one["number"], raw[one["number"]][BODY:-1].decode()) for one in documents if one["kind"] == "share"]


def by_pattern(text: str, number: int, contracts: Contracts) -> tuple[str, Found] | None:
    found = Found()
    begun = found.note_share(*exported(text), number, contracts)
    found.add_shares()
    return None if begun is None else (begun, found)


def as_document(text: str, number: int, contracts: Contracts) -> tuple[str, Found]:
    """As every unusual line is read; raises DoesNotAddUp."""
    found, line = Found(), read(text, number)
    contracts[line["contract"]].check(line, number)
    return found.note(line, number, contracts[line["contract"]]), found


def test_usual_lines_are_read_by_the_pattern_and_come_to_the_same(months: ClosedMonths) -> None:
    contracts, lines = shares(months)
    assert len(lines) == 5
    for number, text in lines:
        wanted = None if "quoted" in text else as_document(text, number, contracts)
        assert by_pattern(text, number, contracts) == wanted
    assert sum("follows" in text for _, text in lines) == 1


def test_whatever_the_pattern_lets_pass_the_long_way_lets_pass_too(months: ClosedMonths) -> None:
    """Thousands of lines with something replaced, left out, doubled or put elsewhere."""
    contracts, lines = shares(months)
    rng, passed = random.Random(20261122), 0
    for _ in range(3_000):
        number, text = rng.choice(lines)
        changed = tampered(text, rng)
        found = by_pattern(changed, number, contracts)
        if found is not None:
            assert found == as_document(changed, number, contracts), changed
            passed += 1
    assert 30 < passed < 2_000  # prose and evidence may say anything; nothing else may


def tampered(text: str, rng: random.Random) -> str:
    since = rng.randrange(len(text))
    until, to = since + rng.choice((1, 1, 1, 4, 40)), rng.randrange(len(text))
    sign, word = rng.choice('0179-",:{}[]} eE.\t\\'), rng.choice(("0", "-0", "1", "00", "1.0", "null"))
    return rng.choice((
        text[:since] + sign + text[since + 1 :], text[:since] + text[until:], text[:until] + text[since:],
        text[:to] + text[since:until] + text[to:], text[:since] + word + text[until:],
    ))  # fmt: skip


@pytest.mark.parametrize("changed", [
    ('"contract":0', '"contract":7'), ('"contract":0', '"contract":00'), ('"weight_ppm":1000000', '"weight_ppm":1000001'),
    ('"touch":"', '"weight_ppm":"'), (', "turnover_minor": ', ', "target_minor": 1, "turnover_minor": '), ("80000]]", "80001]]"),
])  # fmt: skip
def test_a_line_that_only_looks_usual_goes_the_long_way(months: ClosedMonths, changed: tuple[str, str]) -> None:
    contracts, lines = shares(months)
    text = lines[0][1].replace(*changed)
    assert text != lines[0][1]
    with pytest.raises((DoesNotAddUp, LookupError, TypeError)):
        as_document(text, lines[0][0], contracts)
    assert by_pattern(text, lines[0][0], contracts) is None


def test_a_machine_without_second_processes_recounts_all_the_same(
    months: ClosedMonths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(_: int) -> Any:
        raise OSError("Function not implemented")

    path, root = months.file(tmp_path, "2026-11")
    whole = recount(path, root)
    monkeypatch.setattr(recount_file, "BLOCK_LINES", 2)
    assert recount(path, root) == whole
    monkeypatch.setattr(multiprocessing, "Pool", refused)
    assert recount(path, root) == whole
