"""Who brought an order: pure decisions, each with its reason and with what it left out."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from billing.attribution.decide import RULE_VERSION, decide
from billing.attribution.evidence import ContractInForce, CouponSeen, Evidence, OrderMarks, Touch
from billing.contract_terms import ContractTerms, Guards
from billing.money import PARTS_PER_MILLION

ORDER_AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
VISITOR, STRANGER = UUID(int=1), UUID(int=2)
AMARA, BRUNO, NOBODY = UUID(int=11), UUID(int=12), UUID(int=13)
TERMS = ContractTerms(currency="EUR", share_ppm=80_000, guards=Guards(exclude_coupon_of_another_visitor=True))
CONTRACTS = tuple(ContractInForce(UUID(int=100 + number), employee, TERMS) for number, employee in enumerate((AMARA, BRUNO)))


def touch(number: int, kind: str = "conversation", *, days: float = 1, employee: UUID = AMARA, visitor: UUID | None = VISITOR) -> Touch:
    return Touch(UUID(int=1000 + number), ORDER_AT - timedelta(days=days), kind, employee, visitor)


def coupon(number: int, *, days: float = 1, employee: UUID = AMARA, visitor: UUID | None = VISITOR) -> CouponSeen:
    return CouponSeen(UUID(int=2000 + number), f"CODE{number}", visitor, touch(500 + number, "coupon_issue", days=days, employee=employee))


def evidence(
    *touches: Touch, coupons: tuple[CouponSeen, ...] = (), contracts: tuple[ContractInForce, ...] = CONTRACTS, **marks: Any
) -> Evidence:
    defaults = {"visitor_id": VISITOR, "click_id": None, "codes": tuple(one.code for one in coupons), "cart_created_at": None}
    return Evidence(OrderMarks(ORDER_AT, marks.pop("currency", "EUR"), **(defaults | marks)), touches, coupons, contracts)


def winner_of(case: Evidence) -> UUID | None:
    decision = decide(case)
    return decision.credits[0].candidate.touch.touch_id if decision.credits else None


def test_a_coupon_beats_a_link_and_a_link_beats_the_last_touch() -> None:
    talk, click, code = touch(1, days=0.1), touch(2, "link_click", days=20), coupon(3, days=29)
    assert winner_of(evidence(talk, click, coupons=(code,))) == code.touch.touch_id
    assert winner_of(evidence(talk, click)) == click.touch_id
    assert winner_of(evidence(talk, touch(4, days=2))) == talk.touch_id


def test_of_several_links_the_last_counts_and_of_several_coupons_the_first() -> None:
    assert winner_of(evidence(touch(1, "link_click", days=9), touch(2, "link_click", days=3))) == touch(2).touch_id
    assert winner_of(evidence(coupons=(coupon(1, days=9), coupon(2, days=3, employee=BRUNO)))) == coupon(1).touch.touch_id


@pytest.mark.parametrize(
    ("case", "why"),
    [
        (evidence(touch(1, days=7.01)), "outside the window of 7 days"),
        (evidence(touch(1, "link_click", days=30.01)), "outside the window of 30 days"),
        (evidence(coupons=(coupon(1, days=30.01),)), "outside the window of 30 days"),
        (evidence(touch(1, days=-0.01)), "after the order"),
        (evidence(touch(1, "video_view")), "video_view weighs nothing"),
        (evidence(touch(1, employee=NOBODY)), "no contract in force"),
        (evidence(touch(1), currency="USD"), "exchange rate"),
        (evidence(codes=("SUMMER10",)), "not one of ours"),
        (evidence(coupons=(coupon(1, visitor=STRANGER),)), "someone it was not given to"),
        (evidence(coupons=(coupon(1, days=-1),)), "after the order"),
    ],
)
def test_what_does_not_count_is_left_out_and_says_why(case: Evidence, why: str) -> None:
    decision = decide(case)
    assert decision.credits == ()
    assert [why in excluded.why for excluded in decision.excluded] == [True]
    assert why in (decision.rejected_reason or "")


@pytest.mark.parametrize(("days", "counts"), [(7, True), (7.00001, False), (0, True)])
def test_the_edges_of_a_window_belong_to_it(days: float, counts: bool) -> None:
    assert bool(decide(evidence(touch(1, days=days))).credits) is counts


def test_a_coupon_after_the_cart_counts_unless_the_contract_says_otherwise() -> None:
    begun = ORDER_AT - timedelta(days=2)
    strict = ContractTerms(currency="EUR", share_ppm=80_000, guards=Guards(exclude_coupon_after_cart=True))
    contracts = (ContractInForce(UUID(int=100), AMARA, strict),)
    assert winner_of(evidence(coupons=(coupon(1),), cart_created_at=begun)) == coupon(1).touch.touch_id
    decision = decide(evidence(coupons=(coupon(1),), cart_created_at=begun, contracts=contracts))
    assert "after the cart" in (decision.rejected_reason or "")


def test_a_code_paid_with_under_another_visitor_counts_unless_the_contract_says_otherwise() -> None:
    """A shopper who has not consented gets a new visitor id on every page: the till must not call her a stranger."""
    open_handed = ContractTerms(currency="EUR", share_ppm=80_000)
    contracts = (ContractInForce(UUID(int=100), AMARA, open_handed),)
    assert winner_of(evidence(coupons=(coupon(1, visitor=STRANGER),), contracts=contracts)) is not None


def test_an_excluded_coupon_still_leaves_the_conversation() -> None:
    decision = decide(evidence(touch(1), coupons=(coupon(1, visitor=STRANGER),)))
    assert decision.credits[0].candidate.touch == touch(1)
    assert decision.excluded[0].subject == "CODE1"


def test_an_order_without_a_mark_says_so() -> None:
    decision = decide(evidence(visitor_id=None))
    assert "no mark" in (decision.rejected_reason or "")
    assert "No employee met" in (decide(evidence()).rejected_reason or "")


@st.composite
def cases(draw: st.DrawFn) -> Evidence:
    kinds, people = st.sampled_from(["conversation", "link_click", "coupon_issue", "video_view"]), st.sampled_from([AMARA, BRUNO, NOBODY])
    days = st.integers(-2, 40)
    touches = tuple(touch(n, draw(kinds), days=draw(days), employee=draw(people)) for n in range(draw(st.integers(0, 6))))
    coupons = tuple(
        coupon(n, days=draw(days), employee=draw(people), visitor=draw(st.sampled_from([VISITOR, STRANGER, None])))
        for n in range(draw(st.integers(0, 3)))
    )
    return evidence(*touches, coupons=coupons)


@settings(max_examples=600, deadline=None)
@given(cases(), st.randoms(use_true_random=False))
def test_the_sequence_of_the_evidence_does_not_matter_and_nothing_is_lost(case: Evidence, dice: random.Random) -> None:
    touches, coupons, contracts = list(case.touches), list(case.coupons), list(case.contracts)
    for pile in (touches, coupons, contracts):
        dice.shuffle(pile)
    decision = decide(case)
    assert decide(Evidence(case.marks, tuple(touches), tuple(coupons), tuple(contracts))) == decision
    assert bool(decision.credits) is not bool(decision.rejected_reason)
    assert sum(credit.weight_ppm for credit in decision.credits) == (PARTS_PER_MILLION if decision.credits else 0)
    assert len(decision.credits) + len(decision.excluded) == len(touches) + len(coupons)
    assert decision.rule_version == RULE_VERSION
