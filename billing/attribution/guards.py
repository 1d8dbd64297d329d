"""Why a touch or a coupon does not count: each guard of the contract with the sentence the merchant reads.

A guard answers None when it has nothing against it. All are pure.
"""

from datetime import timedelta
from typing import Final

from billing.attribution.asked import Buyer, Handed, Meeting, Seen
from billing.attribution.evidence import ContractInForce, Step

_INSIDERS: Final = {
    "staff": "The buyer works for the shop, and the contract leaves such orders out.",
    "payee": "The buyer is paid under a contract of this shop: the order would be a self-referral.",
}


def refusal_of_touch(touch: Meeting, step: Step, contract: ContractInForce, evidence: Seen) -> str | None:
    """Why this touch does not count by this step, or None when it does. The edges of a window belong to it."""
    window_days = contract.terms.window_days.get(step)
    if window_days is None:
        return f"The contract gives {step} touches no weight."
    age = evidence.marks.occurred_at - touch.occurred_at
    if age.days >= window_days and age > timedelta(days=window_days):
        return f"It lies outside the window of {window_days} days."
    if age.days < 0:
        return "It happened after the order."
    return refusal_of_meeting(touch, contract, evidence)


def refusal_of_meeting(touch: Meeting, contract: ContractInForce, evidence: Seen) -> str | None:
    """Why nothing this touch stands for can earn: the buyer is of the house, or the conversation was held with a machine."""
    buyer_is, machines = evidence.marks.buyer_is, evidence.bot_conversations
    if buyer_is is not None and contract.terms.guards.exclude_insiders:
        return _INSIDERS[buyer_is]
    if machines and touch.conversation_id in machines and contract.terms.guards.exclude_bot_conversations:
        return "The conversation was held with a machine, not with a buyer."
    return None


def refusal_of_coupon(coupon: Handed, contract: ContractInForce, evidence: Seen) -> str | None:
    """Why this coupon on the order does not count, or None when it does."""
    return refusal_of_touch(coupon.touch, "coupon", contract, evidence) or _refusal_of_code(coupon, contract, evidence.marks)


def _refusal_of_code(coupon: Handed, contract: ContractInForce, marks: Buyer) -> str | None:
    guards, begun = contract.terms.guards, marks.cart_created_at
    if guards.exclude_coupon_after_cart and begun is not None and begun < coupon.touch.occurred_at:
        return "The coupon was handed out after the cart had been begun."
    strangers = coupon.visitor_id and marks.visitor_id and coupon.visitor_id != marks.visitor_id
    if guards.exclude_coupon_of_another_visitor and strangers:
        return "The code was used by someone it was not given to."
    if guards.exclude_stacked_codes and len(marks.codes) > 1:
        return f"It was stacked: the order carries {len(marks.codes)} codes."
    return None
