"""Who brought an order: sift the touches by the guards and windows of each contract, then let the contract's model divide it."""

from collections.abc import Mapping
from datetime import timedelta
from operator import attrgetter
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from billing.attribution.evidence import Candidate, ContractInForce, Credit, Decision, Evidence, Excluded, Step
from billing.attribution.guards import refusal_of_coupon, refusal_of_meeting, refusal_of_touch
from billing.attribution.models import MODELS
from billing.money import PARTS_PER_MILLION

RULE_VERSION: Final = "attribution/2"
STEP_OF_KIND: Final[Mapping[str, Step]] = {
    "conversation": "conversation", "coupon_issue": "conversation", "link_click": "link", "video_click": "link", "video_view": "view",
}  # fmt: skip
"""A coupon that was shown but not used is a meeting like any other; the code on the order is what makes it a coupon step."""

_NO_CONTRACT: Final = "The employee had no contract in force on the order's day."
_moment = attrgetter("occurred_at", "touch_id")
_moment_of_candidate = attrgetter("touch.occurred_at", "touch.touch_id")
_code = attrgetter("code")
"""Evidence is sifted in one sequence, codes by name and touches by time, so that the sequence of loading leaves no trace."""

_Contracts = Mapping[UUID, ContractInForce]
_Sifted = tuple[list[Candidate], list[Excluded]]


def decide(evidence: Evidence) -> Decision:
    """Decide from the evidence alone. The same evidence in any sequence gives the same decision.

    Every code and touch in the evidence comes back: credited, passed over or left out, the last two each with a sentence.
    """
    candidates, excluded = sift(evidence)
    if not candidates:
        return _decide_without_touch(evidence, excluded)
    terms = candidates[-1].contract.terms  # with several employees, the contract behind the latest touch names the model
    model = MODELS[terms.attribution_model]
    credited, passed_over = model.divide(candidates, terms)
    reason = credited[0].reason if len(credited) == 1 else f"{len(credited)} touches share the order. {model.sentence}"
    return Decision(model.name, RULE_VERSION, reason, credited, (*excluded, *passed_over), None)


def sift(evidence: Evidence) -> tuple[list[Candidate], list[Excluded]]:
    """The touches that count, oldest first, and what was left out, each with its sentence."""
    contracts = {contract.employee_id: contract for contract in evidence.contracts}
    sifted: _Sifted = [], []
    if evidence.marks.codes:
        _sift_codes(evidence, contracts, sifted)
    _sift_touches(evidence, contracts, sifted)
    if evidence.coupons:
        sifted[0].sort(key=_moment_of_candidate)
    return sifted


def _sift_codes(evidence: Evidence, contracts: _Contracts, sifted: _Sifted) -> None:
    candidates, excluded = sifted
    known = {coupon.code for coupon in evidence.coupons}
    excluded.extend(Excluded(code, "The code is not one of ours.") for code in sorted(evidence.marks.codes) if code not in known)
    for coupon in sorted(evidence.coupons, key=_code):
        contract = contracts.get(coupon.touch.employee_id)
        if contract is None:
            excluded.append(Excluded(coupon.code, _NO_CONTRACT))
        elif why := refusal_of_coupon(coupon, contract, evidence):
            excluded.append(Excluded(coupon.code, why))
        else:
            candidates.append(Candidate(coupon.touch, "coupon", contract))


def _sift_touches(evidence: Evidence, contracts: _Contracts, sifted: _Sifted) -> None:
    candidates, excluded = sifted
    on_order = {coupon.touch.touch_id for coupon in evidence.coupons}
    for touch in sorted(evidence.touches, key=_moment):
        touch_id = touch.touch_id
        if on_order and touch_id in on_order:
            continue
        step, contract = STEP_OF_KIND.get(touch.kind), contracts.get(touch.employee_id)
        if step is None:
            excluded.append(Excluded(touch_id, f"A touch of the kind {touch.kind} weighs nothing."))
        elif contract is None:
            excluded.append(Excluded(touch_id, _NO_CONTRACT))
        elif why := refusal_of_touch(touch, step, contract, evidence):
            excluded.append(Excluded(touch_id, why))
        else:
            candidates.append(Candidate(touch, step, contract))


def _decide_without_touch(evidence: Evidence, excluded: list[Excluded]) -> Decision:
    """Nothing counts by itself; a customer won earlier may still have come back under a contract that pays for it."""
    credited, refused = _repeat_purchase(evidence)
    left_out = (*excluded, *refused)
    if credited:
        return Decision("repeat", RULE_VERSION, credited[0].reason, credited, left_out, None)
    return Decision("nobody", RULE_VERSION, "", (), left_out, _why_nobody(evidence, left_out))


def _repeat_purchase(evidence: Evidence) -> tuple[tuple[Credit, ...], tuple[Excluded, ...]]:
    won = evidence.won
    if won is None:
        return (), ()
    contract = next((one for one in evidence.contracts if one.employee_id == won.touch.employee_id), None)
    if contract is None or contract.terms.repeat is None:
        return (), ()
    days, day = contract.terms.repeat.days, won.occurred_at.astimezone(ZoneInfo(contract.terms.period_time_zone)).date()
    why = refusal_of_meeting(won.touch, contract, evidence)
    if why is None and evidence.marks.occurred_at - won.occurred_at > timedelta(days=days):
        why = f"The customer was won by an order of {day}, and its repeat purchases earn for {days} days."
    if why is not None:
        return (), (Excluded(won.order_id, why),)
    reason = f"The customer was won by an order of {day} and came back within {days} days."
    step: Step = "coupon" if won.touch.coupon_id else STEP_OF_KIND[won.touch.kind]
    return (Credit(Candidate(won.touch, step, contract), PARTS_PER_MILLION, reason, "repeat"),), ()


def _why_nobody(evidence: Evidence, excluded: tuple[Excluded, ...]) -> str:
    if excluded:
        return f"No touch counts. {excluded[0].why}"
    if not (evidence.marks.codes or evidence.marks.visitor_id or evidence.marks.click_id):
        return "The order carries no mark of an employee: no code, visitor or click."
    return "No employee met this buyer before the order."
