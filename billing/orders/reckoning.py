"""What follows from everything known about one order, before anything is written. Pure: the same facts always give the same reckoning."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from billing.attribution.decide import decide
from billing.attribution.evidence import Credit, Decision, Evidence, Touch
from billing.contract_terms import BaseRules
from billing.exchange.rates import Rate, RateWanted
from billing.orders.facts import OrderFacts
from billing.orders.worth import Worth, worth_of
from billing.revenue_share.targets import VersionTarget, targets_of


class Reckoning(NamedTuple):
    """Who brought the order, what it is worth, and what every credited contract version owes for it by now.

    `used_rates` are the exchange rates it rests on, `missing_rates` those it waits for. `won_by` is the touch and contract version
    that won the customer by this order, when one brought it directly and it is worth something.
    """

    decision: Decision
    worth: Worth
    targets: tuple[VersionTarget, ...]
    rejected_reason: str | None
    used_rates: Mapping[RateWanted, Rate]
    missing_rates: frozenset[RateWanted]
    won_by: tuple[Touch, UUID] | None


def day_of(facts: OrderFacts) -> date:
    """The day whose exchange rates an order is converted at, for ever: the day of the sale in UTC."""
    return facts.order.occurred_at.astimezone(UTC).date()


def rates_wanted(facts: OrderFacts, evidence: Evidence, *, may_come_back: bool) -> set[RateWanted]:
    """Every exchange rate that this order may need: for refunds in other currencies, and for contracts in other currencies.

    Without a touch or coupon no contract can be credited, unless one pays for customers who come back.
    """
    order, day = facts.order, day_of(facts)
    wanted = {RateWanted(day, one.currency, order.currency) for one in facts.refunds if one.currency != order.currency}
    if evidence.touches or evidence.coupons or (may_come_back and order.customer is not None):
        wanted |= {
            RateWanted(day, order.currency, one.terms.currency) for one in evidence.contracts if one.terms.currency != order.currency
        }
    return wanted


def reckon(facts: OrderFacts, evidence: Evidence, rates: Mapping[RateWanted, Rate]) -> Reckoning:
    """Decide, weigh, convert and round."""
    decision = decide(evidence)
    exchange = _exchange(facts, decision, rates)
    worths: dict[UUID, Worth] = {}
    for credit in decision.credits:
        contract = credit.candidate.contract
        if contract.contract_version_id not in worths:
            worths[contract.contract_version_id] = _worth(facts, contract.terms.base, exchange.refunds)
    worth = next(iter(worths.values())) if worths else _worth(facts, _USUAL_RULES, exchange.refunds)
    order = facts.order
    targets = targets_of(decision.credits, worths, occurred_at=order.occurred_at, currency=order.currency, rates=exchange.pay)
    rejected_reason = _rejected(facts, decision, worth, targets)
    return Reckoning(decision, worth, targets, rejected_reason, exchange.used, exchange.missing, _won_by(decision, worths))


@dataclass(frozen=True, slots=True)
class _Exchange:
    """Known rates from refunds' currencies into the order's, and from the order's into contracts', by the other currency."""

    refunds: Mapping[str, Rate]
    pay: Mapping[str, Rate]
    used: Mapping[RateWanted, Rate]
    missing: frozenset[RateWanted]


_NO_EXCHANGE: Final = _Exchange({}, {}, {}, frozenset())
_USUAL_RULES: Final = BaseRules()


def _exchange(facts: OrderFacts, decision: Decision, rates: Mapping[RateWanted, Rate]) -> _Exchange:
    """The rates this reckoning rests on; nearly always there is one currency and nothing to exchange."""
    own = facts.order.currency
    foreign = {one.currency for one in facts.refunds if one.currency != own} if facts.refunds else ()
    paid = {one.candidate.contract.terms.currency for one in decision.credits}
    paid.discard(own)
    if not foreign and not paid:
        return _NO_EXCHANGE
    day = day_of(facts)
    back = {currency: RateWanted(day, currency, own) for currency in foreign}
    pay = {currency: RateWanted(day, own, currency) for currency in paid}
    wanted = {*back.values(), *pay.values()}
    return _Exchange(
        {currency: rates[one] for currency, one in back.items() if one in rates},
        {currency: rates[one] for currency, one in pay.items() if one in rates},
        {one: rates[one] for one in wanted if one in rates},
        frozenset(one for one in wanted if one not in rates),
    )


def _worth(facts: OrderFacts, rules: BaseRules, known: Mapping[str, Rate]) -> Worth:
    found = worth_of(facts.order, facts.refunds, rules, known, captured_minor_max=facts.captured_minor_max)
    return found if facts.counted_elsewhere is None else replace(found, by_rate=())


def _rejected(facts: OrderFacts, decision: Decision, worth: Worth, targets: tuple[VersionTarget, ...]) -> str | None:
    """Why the order earns nothing, in the sequence in which a merchant would ask."""
    if facts.counted_elsewhere is not None:
        return f"The same payment is already counted as the order {facts.counted_elsewhere}."
    if decision.rejected_reason or worth.rejected_reason:
        return decision.rejected_reason or worth.rejected_reason
    if any(target.is_beyond_reason for target in targets):
        return "In the contract's currency this order would be worth more than any order can be; check its amount and the exchange rate."
    waiting = next((target for target in targets if target.waits), None)
    if waiting is None:
        return None
    pair = f"from {facts.order.currency} to {waiting.contract.terms.currency}"
    return f"It waits for an exchange rate {pair} for {day_of(facts).isoformat()}."


def _won_by(decision: Decision, worths: Mapping[UUID, Worth]) -> tuple[Touch, UUID] | None:
    """The touch that won the customer: the heaviest, of equals the earliest; `orders/customers.py` reads it back by the same rule."""
    own = [credit for credit in decision.credits if credit.rate_kind == "own"]
    if not any(worths[credit.candidate.contract.contract_version_id].by_rate for credit in own):
        return None
    first = own[0].candidate if len(own) == 1 else min(own, key=_heaviest_first).candidate
    return first.touch, first.contract.contract_version_id


def _heaviest_first(credit: Credit) -> tuple[int, datetime, UUID]:
    touch = credit.candidate.touch
    return -credit.weight_ppm, touch.occurred_at, touch.touch_id


def excluded_document(facts: OrderFacts, reckoning: Reckoning) -> dict[str, Any]:
    """What was left out of the decision and the worth, each with its sentence, and what could not be read on the order."""
    aside = [{"subject": item.refund, "why": item.why} for item in reckoning.worth.stood_aside]
    aside += [{"subject": subject, "why": why} for subject, why in facts.ignored_refunds]
    touches = [{"subject": str(item.subject), "why": item.why} for item in reckoning.decision.excluded]
    return {"touches": touches, "refunds": aside, "notes": list(facts.order.notes)}
