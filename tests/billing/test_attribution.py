"""Who brought an order: pure decisions, each with its reason and with what it left out."""

from datetime import timedelta
from uuid import UUID

import pytest
from attribution_cases import (
    BRUNO,
    NOBODY,
    ORDER_AT,
    REPEAT,
    STRANGER,
    TALK,
    TERMS,
    coupon,
    evidence,
    touch,
    under,
    won,
)

from billing.attribution.decide import decide
from billing.attribution.evidence import ContractInForce, Evidence
from billing.contract_terms import Guards
from billing.money import PARTS_PER_MILLION


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
        (evidence(touch(1, "video_view")), "gives view touches no weight"),
        (evidence(touch(1, "smoke_signal")), "smoke_signal weighs nothing"),
        (evidence(touch(1, employee=NOBODY)), "no contract in force"),
        (evidence(coupons=(coupon(1, employee=NOBODY),)), "no contract in force"),
        (evidence(codes=("SUMMER10",)), "not one of ours"),
        (evidence(coupons=(coupon(1, visitor=STRANGER),)), "someone it was not given to"),
        (evidence(coupons=(coupon(1, days=-1),)), "after the order"),
        (evidence(touch(1), buyer_is="staff"), "works for the shop"),
        (evidence(coupons=(coupon(1),), buyer_is="payee"), "self-referral"),
        (evidence(touch(1, conversation=TALK), bots=frozenset({TALK})), "held with a machine"),
        (evidence(coupons=(coupon(1, conversation=TALK),), bots=frozenset({TALK})), "held with a machine"),
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
    contracts = under(guards=Guards(exclude_coupon_after_cart=True))
    assert winner_of(evidence(coupons=(coupon(1),), cart_created_at=begun)) == coupon(1).touch.touch_id
    decision = decide(evidence(coupons=(coupon(1),), cart_created_at=begun, contracts=contracts))
    assert "after the cart" in (decision.rejected_reason or "")


def test_a_code_paid_with_under_another_visitor_counts_unless_the_contract_says_otherwise() -> None:
    """A shopper who has not consented gets a new visitor id on every page: the till must not call her a stranger."""
    assert winner_of(evidence(coupons=(coupon(1, visitor=STRANGER),), contracts=under())) is not None


def test_an_excluded_coupon_still_leaves_the_conversation() -> None:
    decision = decide(evidence(touch(1), coupons=(coupon(1, visitor=STRANGER),)))
    assert decision.credits[0].candidate.touch == touch(1)
    assert decision.excluded[0].subject == "CODE1"


def test_an_order_without_a_mark_says_so() -> None:
    decision = decide(evidence(visitor_id=None))
    assert "no mark" in (decision.rejected_reason or "")
    assert "No employee met" in (decide(evidence()).rejected_reason or "")


def test_an_order_in_another_currency_than_the_contract_is_decided_like_any_other() -> None:
    assert winner_of(evidence(touch(1), currency="USD")) == touch(1).touch_id


def test_stacked_codes_count_unless_the_contract_says_otherwise() -> None:
    codes, strict = ("CODE1", "SUMMER10"), under(guards=Guards(exclude_stacked_codes=True))
    assert winner_of(evidence(coupons=(coupon(1),), codes=codes)) == coupon(1).touch.touch_id
    decision = decide(evidence(coupons=(coupon(1),), codes=codes, contracts=strict))
    assert [item.why for item in decision.excluded] == ["The code is not one of ours.", "It was stacked: the order carries 2 codes."]
    assert winner_of(evidence(coupons=(coupon(1), coupon(2)), contracts=strict)) is None
    assert winner_of(evidence(coupons=(coupon(1),), contracts=strict)) == coupon(1).touch.touch_id


def test_insiders_and_machines_count_where_the_contract_says_so() -> None:
    trusting = under(guards=Guards(exclude_insiders=False, exclude_bot_conversations=False))
    case = evidence(touch(1, conversation=TALK), buyer_is="staff", bots=frozenset({TALK}), contracts=trusting)
    assert winner_of(case) == touch(1).touch_id


def test_a_conversation_with_a_machine_takes_only_its_own_touches_out() -> None:
    case = evidence(touch(1, conversation=TALK), touch(2, days=3, conversation=UUID(int=15)), bots=frozenset({TALK}))
    assert winner_of(case) == touch(2).touch_id


def test_a_view_weighs_only_under_a_contract_with_a_window_for_it() -> None:
    contracts = under(window_days={"view": 1})
    assert winner_of(evidence(touch(1, "video_view", days=0.5), contracts=contracts)) == touch(1).touch_id
    assert winner_of(evidence(touch(1, "video_view", days=1.5), contracts=contracts)) is None
    assert "gives link touches no weight" in (decide(evidence(touch(1, "link_click"), contracts=contracts)).rejected_reason or "")


def test_a_click_in_a_film_is_a_link() -> None:
    decision = decide(evidence(touch(1, "video_click", days=29)))
    assert decision.credits[0].candidate.step == "link"


def test_several_touches_share_and_the_decision_says_by_which_rule() -> None:
    decision = decide(evidence(touch(1), touch(2, days=2), touch(3, days=3), contracts=under(attribution_model="linear")))
    assert decision.model == "linear"
    assert decision.reason == "3 touches share the order. An order is shared equally by every touch in the window."
    assert sorted(credit.weight_ppm for credit in decision.credits) == [333_333, 333_333, 333_334]


def test_the_contract_behind_the_latest_touch_names_the_model() -> None:
    contracts = (*under(attribution_model="first"), ContractInForce(UUID(int=101), BRUNO, TERMS))
    assert decide(evidence(touch(1, days=1), touch(2, days=3, employee=BRUNO), contracts=contracts)).model == "first"
    assert decide(evidence(touch(1, days=3), touch(2, days=1, employee=BRUNO), contracts=contracts)).model == "coupon_first"


def test_a_customer_who_comes_back_is_credited_to_who_won_it() -> None:
    decision = decide(evidence(won=won(), contracts=REPEAT))
    credit = decision.credits[0]
    assert (decision.model, credit.rate_kind, credit.weight_ppm) == ("repeat", "repeat", PARTS_PER_MILLION)
    assert credit.candidate.touch == touch(9, days=61)
    assert decision.reason == "The customer was won by an order of 2026-09-22 and came back within 90 days."  # the day in Tokyo
    assert decide(evidence(won=won(kind="link_click"), contracts=REPEAT)).credits[0].candidate.step == "link"


def test_a_touch_that_counts_comes_before_the_memory_of_an_earlier_order() -> None:
    decision = decide(evidence(touch(1), won=won(), contracts=REPEAT))
    assert [credit.rate_kind for credit in decision.credits] == ["own"]


@pytest.mark.parametrize(
    ("case", "why"),
    [
        (evidence(won=won(days=91), contracts=REPEAT), "its repeat purchases earn for 90 days"),
        (evidence(won=won(), buyer_is="payee", contracts=REPEAT), "self-referral"),
        (evidence(won=won(conversation=TALK), bots=frozenset({TALK}), contracts=REPEAT), "held with a machine"),
        (evidence(won=won(), contracts=under()), "No employee met"),
        (evidence(won=won(employee=NOBODY), contracts=REPEAT), "No employee met"),
    ],
)
def test_a_repeat_purchase_earns_nothing_outside_its_clause_and_says_why(case: Evidence, why: str) -> None:
    decision = decide(case)
    assert decision.credits == ()
    assert decision.model == "nobody"
    assert why in (decision.rejected_reason or "")


def test_the_touch_of_a_coupon_on_the_order_is_not_counted_twice() -> None:
    decision = decide(evidence(coupon(1).touch, touch(2), coupons=(coupon(1),), contracts=under(attribution_model="linear")))
    assert sorted((credit.candidate.step, credit.weight_ppm) for credit in decision.credits) == [
        ("conversation", 500_000),
        ("coupon", 500_000),
    ]
