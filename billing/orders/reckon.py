"""Re-reads everything known about an order and brings the book to where it should stand.

The facts of an order are a set; its target is a pure function of that set; the book receives target minus what it already holds.
So any sequence of arrival, and any repetition, ends with the same totals.
"""

from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy.orm import Session

from billing.attribution.decide import decide
from billing.attribution.evidence import Decision, Evidence
from billing.attribution.gather import gather_evidence
from billing.attribution.tables import AttributionCredit, AttributionRun
from billing.contract_terms import BaseRules, sha256_of
from billing.ledger.accounts import PLATFORM, SHARE_EXPENSE, earned_by
from billing.ledger.posted import posted_shares
from billing.ledger.writer import Cause, Movement, leg, post
from billing.neutral_order import NeutralOrder
from billing.orders.facts import OrderFacts, load_facts, winning_snapshot
from billing.orders.locks import lock_order
from billing.orders.tables import OrderRevision, ShopOrder
from billing.orders.worth import Worth, worth_of
from billing.revenue_share.periods import effective_moment, period_of
from billing.revenue_share.targets import CreditTarget, targets_of
from billing.revenue_share.versions import terms_of_versions

_EVIDENCE: TypeAdapter[Evidence] = TypeAdapter(Evidence)


@dataclass(frozen=True)
class Trigger:
    """The fact that asked for a reckoning: its kind, id, sentence, and the delivery it came with."""

    cause: Cause
    event_id: UUID | None


@dataclass(frozen=True)
class Reckoning:
    """What follows from the facts, before anything is written."""

    decision: Decision
    worth: Worth
    targets: tuple[CreditTarget, ...]
    document: dict[str, Any]


def reckon(facts: OrderFacts, evidence: Evidence) -> Reckoning:
    """Decide, weigh and round. Pure: the same facts and evidence always give the same reckoning."""
    decision = decide(evidence)
    rules = {credit.candidate.contract.contract_version_id: credit.candidate.contract.terms.base for credit in decision.credits}
    worths = {version: worth_of(facts.order, facts.refunds, base) for version, base in rules.items()}
    worth = next(iter(worths.values()), None) or worth_of(facts.order, facts.refunds, BaseRules())
    counts_here = facts.counted_elsewhere is None
    bases = {version: found.base if counts_here else Fraction(0) for version, found in worths.items()}
    document = {"facts": facts.document(), "evidence": _EVIDENCE.dump_python(evidence, mode="json")}
    return Reckoning(decision, worth, targets_of(decision.credits, bases), document)


def bring_up_to_date(session: Session, order: ShopOrder, trigger: Trigger, *, now: datetime) -> bool:
    """Reckon a locked order afresh; write a revision and its postings when something changed. Return whether anything did."""
    winner = winning_snapshot(session, order.order_id)
    _update_row(order, winner)
    session.flush()  # the facts are found by these columns
    facts = load_facts(session, order, winner)
    reckoning = reckon(facts, gather_evidence(session, facts.order))
    facts_sha256 = sha256_of(reckoning.document)
    if facts_sha256 == _current_sha256(session, order):
        return False
    order.revision += 1
    session.add(
        OrderRevision(
            tenant_id=order.tenant_id, order_id=order.order_id, revision=order.revision, cause=trigger.cause.kind,
            cause_id=trigger.cause.cause_id, event_id=trigger.event_id, facts=reckoning.document, facts_sha256=facts_sha256,
            recorded_at=now,
        )
    )  # fmt: skip
    session.flush()  # the revision's row must stand before the decision that points at it
    _write_decision(session, order, facts, reckoning, now)
    _write_postings(session, order, reckoning, trigger.cause, now)
    return True


def _current_sha256(session: Session, order: ShopOrder) -> str | None:
    current = session.get(OrderRevision, (order.tenant_id, order.order_id, order.revision))
    return current.facts_sha256 if current else None


def _update_row(order: ShopOrder, winner: NeutralOrder) -> None:
    """The order's own columns are an index over the winning snapshot, for finding it; the snapshot is the truth."""
    order.number, order.occurred_at, order.currency = winner.number, winner.occurred_at, winner.currency
    order.captured_minor, order.payment_reference = winner.captured_minor, winner.payment_reference
    order.visitor_id, order.click_id = winner.visitor_id, winner.click_id


def _write_decision(session: Session, order: ShopOrder, facts: OrderFacts, reckoning: Reckoning, now: datetime) -> None:
    decision, worth, key = (
        reckoning.decision,
        reckoning.worth,
        {"tenant_id": order.tenant_id, "order_id": order.order_id, "revision": order.revision},
    )
    elsewhere = f"The same payment is already counted as the order {facts.counted_elsewhere}." if facts.counted_elsewhere else None
    excluded = [{"subject": str(item.subject), "why": item.why} for item in decision.excluded]
    aside = [{"subject": item.refund, "why": item.why} for item in worth.stood_aside]
    aside += [{"subject": subject, "why": why} for subject, why in facts.ignored_refunds]
    session.add(
        AttributionRun(
            **key, model=decision.model, rule_version=decision.rule_version, reason=decision.reason,
            rejected_reason=elsewhere or decision.rejected_reason or worth.rejected_reason,
            excluded={"touches": excluded, "refunds": aside, "notes": list(facts.order.notes)},
            base_minor=worth.base_minor, base_exact=str(worth.base), decided_at=now,
        )
    )  # fmt: skip
    session.flush()  # the run's row must stand before its credits
    for number, target in enumerate(reckoning.targets, start=1):
        session.add(_credit_row(key, number, target))
    session.flush()


def _credit_row(key: dict[str, Any], number: int, target: CreditTarget) -> AttributionCredit:
    credit = target.credit
    touch, contract = credit.candidate.touch, credit.candidate.contract
    return AttributionCredit(
        **key, number=number, employee_id=touch.employee_id, contract_version_id=contract.contract_version_id,
        weight_ppm=credit.weight_ppm, share_ppm=contract.terms.share_ppm, target_minor=target.target_minor, reason=credit.reason,
        touch_id=touch.touch_id, conversation_id=touch.conversation_id,
        coupon_id=touch.coupon_id, link_id=touch.link_id, work_id=touch.work_id,
    )  # fmt: skip


def _write_postings(session: Session, order: ShopOrder, reckoning: Reckoning, cause: Cause, now: datetime) -> None:
    """Post target minus posted for every contract version that is or was concerned."""
    deltas = {key: -minor for key, minor in posted_shares(session, order.order_id).items()}
    for target in reckoning.targets:
        contract = target.credit.candidate.contract
        key = contract.contract_version_id, target.credit.candidate.touch.employee_id, contract.terms.currency
        deltas[key] = deltas.get(key, 0) + target.target_minor
    versions = sorted({version for version, _, _ in deltas})
    terms = terms_of_versions(session, versions)
    movements = []
    for (version, employee, currency), delta in sorted(deltas.items()):
        if delta:
            zone = terms[version].period_time_zone
            movements.append(Movement(
                "share", version, employee, period_of(order.occurred_at, zone).start, cause, {}, order.occurred_at,
                effective_moment(order.occurred_at, zone, now=now),
                (leg(SHARE_EXPENSE, earned_by(employee), delta, currency, PLATFORM),), order.order_id, order.revision,
            ))
    post(session, movements, now=now)


def lock_and_reckon(session: Session, order_ids: list[UUID], trigger: Trigger, *, now: datetime) -> int:
    """Reckon several orders afresh, each under its lock, in the sequence of their ids; return how many changed."""
    return sum(bring_up_to_date(session, lock_order(session, order_id), trigger, now=now) for order_id in sorted(order_ids))
