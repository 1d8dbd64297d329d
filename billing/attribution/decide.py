"""Who brought an order: sift the touches by the guards and windows of each contract, then let the contract's model divide it."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final
from uuid import UUID

from billing.attribution.evidence import Candidate, ContractInForce, CouponSeen, Decision, Evidence, Excluded, OrderMarks, Step, Touch
from billing.attribution.models import MODELS

RULE_VERSION: Final = "attribution/1"
_STEP_OF_KIND: Final[dict[str, Step]] = {"conversation": "conversation", "coupon_issue": "conversation", "link_click": "link"}
"""A coupon that was shown but not used is a meeting like any other; the code on the order is what makes it a coupon step."""


def decide(evidence: Evidence) -> Decision:
    """Decide from the evidence alone. The same evidence in any sequence gives the same decision."""
    contracts = {contract.employee_id: contract for contract in evidence.contracts}
    sifted = [*_sift_coupons(evidence, contracts), *_sift_touches(evidence, contracts)]
    candidates = tuple(item for item in sifted if isinstance(item, Candidate))
    excluded = tuple(sorted((item for item in sifted if isinstance(item, Excluded)), key=lambda item: (item.subject, item.why)))
    model = _model_of(candidates)
    credited = MODELS[model](candidates)
    if not credited:
        return Decision(model, RULE_VERSION, "", (), excluded, _why_nobody(evidence, excluded))
    winners = {credit.candidate.touch.touch_id for credit in credited}
    passed_over = tuple(
        Excluded(str(candidate.touch.touch_id), f"Another touch comes first under the rule {model}.")
        for candidate in sorted(candidates, key=lambda candidate: str(candidate.touch.touch_id))
        if candidate.touch.touch_id not in winners
    )
    return Decision(model, RULE_VERSION, credited[0].reason, credited, excluded + passed_over, None)


def _sift_coupons(evidence: Evidence, contracts: dict[UUID, ContractInForce]) -> Iterator[Candidate | Excluded]:
    known = {coupon.code for coupon in evidence.coupons}
    for code in evidence.marks.codes:
        if code not in known:
            yield Excluded(code, "The code is not one of ours.")
    for coupon in evidence.coupons:
        contract = contracts.get(coupon.touch.employee_id)
        why = _why_not(coupon.touch, "coupon", evidence.marks, contract) or _guard(coupon, evidence.marks, contract)
        yield Candidate(coupon.touch, "coupon", contract) if contract and not why else Excluded(coupon.code, why or "")


def _sift_touches(evidence: Evidence, contracts: dict[UUID, ContractInForce]) -> Iterator[Candidate | Excluded]:
    on_order = {coupon.touch.touch_id for coupon in evidence.coupons}
    for touch in evidence.touches:
        if touch.touch_id in on_order:
            continue
        step, contract = _STEP_OF_KIND.get(touch.kind), contracts.get(touch.employee_id)
        why = _why_not(touch, step, evidence.marks, contract)
        yield Candidate(touch, step, contract) if step and contract and not why else Excluded(str(touch.touch_id), why or "")


def _why_not(touch: Touch, step: str | None, marks: OrderMarks, contract: ContractInForce | None) -> str | None:
    if step is None:
        return f"A touch of the kind {touch.kind} weighs nothing under this contract."
    if contract is None:
        return "The employee had no contract in force on the order's day."
    if contract.terms.currency != marks.currency:
        return f"The contract is in {contract.terms.currency} and the order in {marks.currency}; it waits for an exchange rate."
    return _outside_window(touch, step, marks, contract)


def _outside_window(touch: Touch, step: str, marks: OrderMarks, contract: ContractInForce) -> str | None:
    window_days = contract.terms.window_days.get(step)
    if window_days is None:
        return f"The contract gives {step} touches no weight."
    if touch.occurred_at > marks.occurred_at:
        return "It happened after the order."
    if marks.occurred_at - touch.occurred_at > timedelta(days=window_days):
        return f"It lies outside the window of {window_days} days."
    return None


def _guard(coupon: CouponSeen, marks: OrderMarks, contract: ContractInForce | None) -> str | None:
    if contract is None:
        return None
    guards = contract.terms.guards
    begun = marks.cart_created_at
    if guards.exclude_coupon_after_cart and begun is not None and begun < coupon.touch.occurred_at:
        return "The coupon was handed out after the cart had been begun."
    strangers = coupon.visitor_id and marks.visitor_id and coupon.visitor_id != marks.visitor_id
    if guards.exclude_coupon_of_another_visitor and strangers:
        return "The code was used by someone it was not given to."
    return None


def _model_of(candidates: tuple[Candidate, ...]) -> str:
    """The model of the contract behind the latest touch; with one employee per shop there is only one to choose."""
    if not candidates:
        return "coupon_first"
    latest = max(candidates, key=lambda candidate: (candidate.touch.occurred_at, str(candidate.touch.touch_id)))
    return latest.contract.terms.attribution_model


def _why_nobody(evidence: Evidence, excluded: tuple[Excluded, ...]) -> str:
    if excluded:
        return f"No touch counts. {excluded[0].why}"
    if not (evidence.marks.codes or evidence.marks.visitor_id or evidence.marks.click_id):
        return "The order carries no mark of an employee: no code, visitor or click."
    return "No employee met this buyer before the order."
