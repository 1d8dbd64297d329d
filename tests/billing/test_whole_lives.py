"""Whole lives of made-up shops: whatever a life brings and whenever it becomes known, the book ends the same, sound, and recounts.

Two employees under contracts made by dice live through months of meetings, orders with edits, refunds, chargebacks, leads, income and
outages (`lived_facts.py`). Every life is lived twice: told in another sequence, with other delays and repetitions, and with months closed
at other moments. Then everything is given back.

A dispute is about what a line comes to on the day it is opened, so one that is opened earlier may be about less: that its amount is the
same whenever it is opened is not promised. The first life therefore disputes as it goes, and the second is told at its end what those
disputes came to; what follows from them (payees, caps, carried debts) must then be the same. Contracts on lift are left to
`test_lift_payment.py`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from lived_facts import EMPLOYEES, LifeFacts, rolled_life
from lived_soundness import (
    assert_balances_are_postings,
    assert_everything_has_evidence,
    assert_everything_recounts,
    assert_only_minimums_are_left,
    assert_statements_are_the_book,
)
from lived_terms import START, rates_of_many_days
from lives import Life

from billing.import_rates import import_rates
from tenants.database import Database

SHORT = [pytest.param(0, 30, id="life_0")]
LONG = [pytest.param(seed, 30 if seed < 10 else 120, id=f"life_{seed}", marks=pytest.mark.long) for seed in range(1, 210)]


@pytest.mark.parametrize(("seed", "days"), SHORT + LONG)
def test_a_life_ends_the_same_however_it_is_told(database: Database, tmp_path: Path, seed: int, days: int) -> None:
    import_rates(database, rates_of_many_days(), now=START + timedelta(days=160), are_jumps_confirmed=True)
    facts = rolled_life(seed, days)
    with failing_legibly(facts):
        first, second = (Life(database, facts, Random(f"{seed} told {time}")) for time in ("once", "again"))
        first.live(facts.facts, disputes=True)
        first.close_everything(facts.told_until)
        second.live(facts.facts, disputes=False)
        second.grant(first.given_back())
        second.close_everything(facts.told_until)
        assert first.totals() == second.totals()
        for life in (first, second):
            assert_book_is_sound(life)
        assert_all_recounts(first, tmp_path / "first")
        second.live(facts.undoing, disputes=False)
        assert_book_is_sound(second)  # with months still open
        second.close_everything(facts.undone_until)
        assert_book_is_sound(second)
        assert_all_recounts(second, tmp_path / "second")
        with second.shop.session() as session:
            assert_only_minimums_are_left(session)


def assert_book_is_sound(life: Life) -> None:
    with life.shop.session() as session:
        assert_balances_are_postings(session)
        assert_everything_has_evidence(session)
        for employee in EMPLOYEES:
            assert_statements_are_the_book(session, employee)


def assert_all_recounts(life: Life, folder: Path) -> None:
    assert all(assert_everything_recounts(life.shop, employee, folder) for employee in EMPLOYEES)


@contextmanager
def failing_legibly(facts: LifeFacts) -> Iterator[None]:
    """Whatever fails says the contracts and the facts of its life."""
    try:
        yield
    except BaseException as error:
        error.add_note(str(facts))
        raise
