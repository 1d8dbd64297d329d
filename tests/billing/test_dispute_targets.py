"""What a dispute holds and gives back, as arithmetic."""

from datetime import datetime
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from billing.contract_terms import ContractTerms
from billing.disputes.targets import DisputeFacts, DisputeStands, dispute_legs, dispute_stands
from billing.terms.terms import Payee

MOMENT = datetime.fromisoformat("2026-11-20T09:30:00+00:00")
THREE = (
    Payee(key="agency", name="Agency", role="agency", part_ppm=333_333),
    Payee(key="owner", name="Ann", role="likeness_owner", part_ppm=166_667),
    Payee(key="platform", name="Us", role="platform", part_ppm=500_000),
)  # fmt: skip
TERMS = ContractTerms(currency="EUR", share_ppm=80_000, payees=THREE)


def facts(disputed: int | None, *, is_decided: bool = False, granted: int | None = None) -> DisputeFacts:
    return DisputeFacts(UUID(int=1), UUID(int=2), UUID(int=3), disputed, is_decided, granted, MOMENT)


@pytest.mark.parametrize(
    ("dispute", "net_minor", "stands"),
    [
        (facts(None), 500, DisputeStands(hold_minor=500)),
        (facts(None), 0, DisputeStands()),
        (facts(None), -20, DisputeStands()),
        (facts(200), 500, DisputeStands(hold_minor=200)),
        (facts(200), 150, DisputeStands(hold_minor=150)),
        (facts(None, is_decided=True), 500, DisputeStands(relief_minor=500)),
        (facts(200, is_decided=True), 500, DisputeStands(relief_minor=200)),
        (facts(200, is_decided=True), 150, DisputeStands(relief_minor=150)),
        (facts(200, is_decided=True, granted=0), 500, DisputeStands()),
        (facts(200, is_decided=True, granted=70), 500, DisputeStands(relief_minor=70)),
        (facts(None, is_decided=True, granted=70), 50, DisputeStands(relief_minor=50)),
        (facts(None, is_decided=True, granted=70), 0, DisputeStands()),
    ],
)
def test_what_stands_follows_the_line(dispute, net_minor, stands):
    assert dispute_stands(dispute, net_minor) == stands


amounts = st.integers(0, 10**9)
standings = st.builds(DisputeStands, amounts, amounts)


@settings(max_examples=500, deadline=None)
@given(st.lists(standings, max_size=6))
def test_any_way_from_nothing_to_nothing_leaves_nothing(way):
    """Every account, and every payee's, whatever the steps between."""
    book: dict[str, int] = {}
    before = DisputeStands()
    for after in (*way, DisputeStands()):
        for one in dispute_legs(UUID(int=7), TERMS, before, after):
            book[one.source] = book.get(one.source, 0) - one.amount_minor
            book[one.destination] = book.get(one.destination, 0) + one.amount_minor
        before = after
    assert not any(book.values())


@settings(max_examples=300, deadline=None)
@given(standings, standings)
def test_a_step_moves_exactly_the_difference(before, after):
    legs = dispute_legs(UUID(int=7), TERMS, before, after)
    moved = {"disputed": 0, "relief": 0}
    for one in legs:
        account, sign = (one.destination, 1) if ".earned." in one.source else (one.source, -1)
        moved["relief" if account == "shop.dispute_relief" else "disputed"] += sign * one.amount_minor
    assert moved == {"disputed": after.hold_minor - before.hold_minor, "relief": after.relief_minor - before.relief_minor}
