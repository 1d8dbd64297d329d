"""Thousands of made-up orders: the sequence of the evidence never matters, and whatever was seen comes back with a sentence."""

import random
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from attribution_cases import (
    AMARA,
    BRUNO,
    NOBODY,
    ORDER_AT,
    REPEAT,
    STRANGER,
    TALK,
    TERMS,
    VISITOR,
    coupon,
    evidence,
    touch,
    won,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from billing.attribution.decide import RULE_VERSION, decide
from billing.attribution.evidence import ContractInForce, Decision, Evidence
from billing.attribution.models import MODELS
from billing.contract_terms import Guards
from billing.money import PARTS_PER_MILLION

PEOPLE = st.sampled_from((AMARA, BRUNO, NOBODY))
KINDS = st.sampled_from(("conversation", "link_click", "coupon_issue", "video_view", "video_click", "smoke_signal"))
TALKS = st.sampled_from((None, TALK, UUID(int=15)))


@st.composite
def cases(draw: st.DrawFn) -> Evidence:
    days = st.integers(-2, 40)
    touches = tuple(
        touch(number, draw(KINDS), days=draw(days), employee=draw(PEOPLE), conversation=draw(TALKS))
        for number in range(draw(st.integers(0, 6)))
    )
    coupons = tuple(
        coupon(number, days=draw(days), employee=draw(PEOPLE), visitor=draw(st.sampled_from((VISITOR, STRANGER, None))))
        for number in range(draw(st.integers(0, 3)))
    )
    guards = Guards(**{name: draw(st.booleans()) for name in Guards.model_fields})
    contracts = tuple(
        ContractInForce(
            UUID(int=100 + number), employee,
            TERMS.model_copy(
                update={"attribution_model": draw(st.sampled_from(sorted(MODELS))), "guards": guards, "repeat": REPEAT[0].terms.repeat}
            ),
        )
        for number, employee in enumerate((AMARA, BRUNO))
    )  # fmt: skip
    return evidence(
        *touches, coupons=coupons, contracts=contracts, bots=draw(st.sampled_from((frozenset(), frozenset({TALK})))),
        codes=(*(one.code for one in coupons), *draw(st.sampled_from(((), ("SUMMER10",), ("Z", "A"))))),
        buyer_is=draw(st.sampled_from((None, None, None, "staff"))), won=draw(st.sampled_from((None, won(), won(days=91)))),
        cart_created_at=draw(st.sampled_from((None, ORDER_AT - timedelta(days=5)))),
    )  # fmt: skip


@settings(max_examples=1000, deadline=None)
@given(cases(), st.randoms(use_true_random=False))
def test_the_sequence_of_the_evidence_does_not_matter_and_nothing_is_lost(case: Evidence, dice: random.Random) -> None:
    touches, coupons, contracts, codes = list(case.touches), list(case.coupons), list(case.contracts), list(case.marks.codes)
    for pile in (touches, coupons, contracts, codes):
        dice.shuffle(pile)
    decision = decide(case)
    shuffled = Evidence(
        replace(case.marks, codes=tuple(codes)), tuple(touches), tuple(coupons), tuple(contracts), case.bot_conversations, case.won
    )
    assert decide(shuffled) == decision
    assert bool(decision.credits) is not bool(decision.rejected_reason)
    assert sum(credit.weight_ppm for credit in decision.credits) == (PARTS_PER_MILLION if decision.credits else 0)
    assert all(item.why.endswith(".") for item in decision.excluded)
    assert all(credit.reason.endswith(".") for credit in decision.credits)
    assert decision.rule_version == RULE_VERSION
    _everything_comes_back(case, decision)


def _everything_comes_back(case: Evidence, decision: Decision) -> None:
    """Each touch, coupon, strange code and refused earlier order once, as a credit or with a sentence."""
    code_of = {one.touch.touch_id: one.code for one in case.coupons}
    came_back = [str(code_of.get(credit.candidate.touch.touch_id, credit.candidate.touch.touch_id)) for credit in decision.credits]
    came_back += [
        code_of.get(item.subject, str(item.subject)) if isinstance(item.subject, UUID) else item.subject for item in decision.excluded
    ]
    expected = [*(str(one.touch_id) for one in case.touches), *case.marks.codes]
    if case.won and (decision.model == "repeat" or str(case.won.order_id) in came_back):
        expected.append(str(case.won.touch.touch_id if decision.model == "repeat" else case.won.order_id))
    assert sorted(came_back) == sorted(expected)


@settings(max_examples=300, deadline=None)
@given(cases(), KINDS, PEOPLE)
def test_one_more_touch_that_does_not_count_changes_no_credit(case: Evidence, kind: str, employee: UUID) -> None:
    extra = touch(99, kind, days=-1 if employee != NOBODY else 1, employee=employee)
    more = replace(case, touches=(*case.touches, extra))
    before, after = decide(case), decide(more)
    assert after.credits == before.credits
    assert {item.subject for item in after.excluded} - {item.subject for item in before.excluded} == {extra.touch_id}
