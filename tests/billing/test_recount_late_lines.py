"""Late facts move the lines of a month that is closed: given the statements since that month, the verifier recounts it as a whole."""

import random
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from closed_months import BUSY_TERMS, ClosedMonths, busy_months, months_of, sealed

from billing.contract_terms import ContractTerms
from billing.money import share_of, split
from billing.record_outage import record_outage
from billing.recount import BODY, DoesNotAddUp, recount
from tenants.database import Database

Documents = list[dict[str, Any]]
PARTS = {one.key: one.part_ppm for one in BUSY_TERMS.payees}
LATE, OWN = "2027-01", "2026-11"
"""In January refunds of November come in: its tiers and its cap move, and so do its orders' shares."""


@pytest.fixture(scope="module")
def months(database_for_run: Database) -> ClosedMonths:
    """Written once, by a shop of its own: the tests below only read it."""
    return busy_months(database_for_run, datetime(2026, 11, 20, 9, 30, tzinfo=UTC))


def earlier(months: ClosedMonths, folder: Path, name: str) -> list[str]:
    """The files of the statements before one, the newest first."""
    names = [one.period_name for one in months.statements()]
    return [months.file(folder, one)[0] for one in names[: names.index(name)][::-1]]


def forged(months: ClosedMonths, folder: Path, forge: Callable[[Documents], object]) -> tuple[str, str]:
    """January's export forged with care: every hash and the root written anew."""
    documents = months.lines(LATE)
    forge(documents)
    raw, root = sealed(documents)
    path = folder / "forged.jsonl"
    path.write_bytes(b"".join(raw))
    return str(path), root


def late(documents: Documents, kind: str) -> dict[str, Any]:
    """The last late line of a kind about November."""
    return [one for one in documents if one.get("period") == OWN and one["kind"] == kind][-1]


def test_one_statement_alone_says_what_it_could_not_compare(months: ClosedMonths, tmp_path: Path) -> None:
    path, root = months.file(tmp_path, LATE)
    before = earlier(months, tmp_path, LATE)
    for given in (before[:0], before[:1]):
        assert recount(path, root, given).splitlines()[0].endswith(f"statements since then were given: tiers, cap and minimum of {OWN}.")
    assert "not" not in recount(path, root, before)


def settled(documents: Documents, line: dict[str, Any], target_minor: int) -> None:
    """Give a line another target, and write what follows from it anew: its payees, the reserve, the close and the footer."""
    was, due = (split(minor, PARTS) for minor in (line["working"]["before_minor"], target_minor))
    by = {payee: due[payee] - was[payee] - line["payees"].get(payee, 0) for payee in due}
    line["working"]["target_minor"], line["amount_minor"] = target_minor, sum(due.values()) - sum(was.values())
    line["payees"] = {payee: due[payee] - was[payee] for payee in due}
    reserve, close, footer = documents[-3:]
    for payee, minor in by.items():
        one = footer["payees"][payee]
        kept = share_of(one["earned_minor"] + minor, BUSY_TERMS.reserve_ppm)
        paid = one["earned_minor"] + minor - kept
        one |= {"earned_minor": one["earned_minor"] + minor, "reserved_minor": kept, "payable_minor": paid}
        reserve["payees"][payee], close["payees"][payee] = -kept, -paid
    for one in (reserve, close):
        one["amount_minor"] = footer["sums"][one["kind"]] = sum(one["payees"].values())
    footer["sums"][line["kind"]] += sum(by.values())
    for name in ("earned_minor", "payable_minor"):
        footer[name] = sum(one[name] for one in footer["payees"].values())


def more_sold(documents: Documents) -> None:
    """A tier with other sales than the month had, and bands to match: 800 more of them lie in the band at 12.5 %, 4.5 % above 8 %."""
    line = late(documents, "tier")
    line["working"]["turnover_minor"] += 800
    line["working"]["bands"][-1][-1] += 800
    settled(documents, line, line["working"]["target_minor"] + 36)


def less_earned(documents: Documents) -> None:
    """A minimum that fills up more, because the month is said to have earned less."""
    line = late(documents, "minimum")
    line["working"]["earned_minor"] -= 100
    settled(documents, line, line["working"]["target_minor"] + 100)


@pytest.mark.parametrize(("forge", "kind"), [(more_sold, "tier"), (less_earned, "minimum")])
def test_a_late_line_that_is_consistent_in_itself_is_found_by_the_month_it_is_about(
    months: ClosedMonths, tmp_path: Path, forge: Any, kind: str
) -> None:
    path, root = forged(months, tmp_path, forge)
    assert OWN in recount(path, root)  # alone it adds up, and says what it could not compare
    with pytest.raises(DoesNotAddUp, match=f"the (tier|minimum) of {OWN} comes to") as wrong:
        recount(path, root, earlier(months, tmp_path, LATE))
    assert months.lines(LATE)[wrong.value.args[0]]["kind"] == kind


def test_a_late_line_that_begins_elsewhere_than_its_month_ended_is_named(months: ClosedMonths, tmp_path: Path) -> None:
    def begin_lower(documents: Documents) -> None:
        line = late(documents, "minimum")
        line["working"]["before_minor"] -= 100
        settled(documents, line, line["working"]["target_minor"] - 100)
        line["working"] |= {"earned_minor": line["working"]["earned_minor"] + 100}

    path, root = forged(months, tmp_path, begin_lower)
    with pytest.raises(DoesNotAddUp, match="begin with"):
        recount(path, root, earlier(months, tmp_path, LATE))


def test_one_byte_of_a_late_line_changed_names_that_line(months: ClosedMonths, tmp_path: Path) -> None:
    """Without a new hash always; with one, whatever it was that changed, the line or the file as a whole is refused."""
    rng, before = random.Random(20270110), earlier(months, tmp_path, LATE)
    statement, path = months.statement(LATE), tmp_path / "changed.jsonl"
    raw = months.export(statement).splitlines(keepends=True)
    for number, line in enumerate(months.lines(LATE)):
        if line.get("period") == OWN:
            for position in rng.sample(range(len(raw[number]) - 2), 80):
                other = rng.choice([byte for byte in b'07a}" ' if byte != raw[number][position]])
                changed = raw[number][:position] + bytes([other]) + raw[number][position + 1 :]
                body = changed[BODY:-2]
                rehashed = b'{"leaf":"' + sha256(b"\0" + body).hexdigest().encode() + b'","line":' + body + b"}\n"
                cases: list[tuple[bytes, tuple[int | None, ...]]] = [(changed, (number,)), (rehashed, (number, None))]
                for bytes_of_line, blamed in cases[: 1 + (position >= BODY)]:
                    path.write_bytes(b"".join([*raw[:number], bytes_of_line, *raw[number + 1 :]]))
                    with pytest.raises(DoesNotAddUp) as wrong:
                        recount(str(path), statement.root, before)
                    assert wrong.value.args[0] in blamed, (position, wrong.value)


def test_every_figure_of_a_late_line_is_found_by_counting_whoever_wrote_the_hashes(months: ClosedMonths, tmp_path: Path) -> None:
    before, documents = earlier(months, tmp_path, LATE), months.lines(LATE)
    figures = ("amount_minor", "target_minor", "before_minor", "turnover_minor", "earned_minor", "minimum_minor", "share_ppm")
    for number, line in enumerate(documents):
        for name in figures if line.get("period") == OWN else ():
            place = line if name in line else line["working"]
            if name in place:
                path, root = forged(months, tmp_path, partial(add_one, number=number, name=name))
                with pytest.raises(DoesNotAddUp):
                    recount(path, root, before)


def add_one(documents: Documents, *, number: int, name: str) -> None:
    line = documents[number]
    (line if name in line else line["working"])[name] += 1


def test_an_outage_that_became_known_late_stands_in_the_statement_whose_minimum_it_changes(
    database: Database, now: datetime, tmp_path: Path
) -> None:
    """Told when the month's minimum was earned anyway, it moves nothing; a refund later does, and falls short of less."""
    months = months_of(database, now, ContractTerms(currency="EUR", share_ppm=100_000, minimum_minor=3_000))
    months.sell("o1", "320.00")
    months.close_at(2027, 1, 10)
    with months.shop.session() as session:
        begun, over = datetime(2026, 11, 5, tzinfo=UTC), datetime(2026, 11, 20, tzinfo=UTC)
        record_outage(session, "fire", starts_at=begun, ends_at=over, reason="A fire.", now=months.shop.now)
    months.refund("r1", "120.00", "o1")
    months.close_at(2027, 3, 10)
    before = earlier(months, tmp_path, LATE)
    path, root = months.file(tmp_path, LATE)
    assert (OWN, "share", -1_200) in [(one.get("period"), one["kind"], one.get("amount_minor")) for one in months.lines(LATE)]
    assert months.lines(LATE)[0]["late_outages"] == {OWN: [["2026-11-05T00:00:00+00:00", "2026-11-20T00:00:00+00:00"]]}
    assert "not" not in recount(path, root, before)
    path, root = forged(months, tmp_path, lambda documents: documents[0].update(late_outages={OWN: []}))
    with pytest.raises(DoesNotAddUp, match=f"the minimum of {OWN} comes to 1000, not 0"):
        recount(path, root, before)
