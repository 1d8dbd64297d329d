"""Writes what was reckoned, for any number of orders, with one statement per table."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from billing.attribution.tables import AttributionCredit, AttributionRun
from billing.ledger.writer import Cause
from billing.orders.facts import OrderFacts
from billing.orders.locks import LockedOrder
from billing.orders.reckoning import Reckoning, excluded_document
from billing.orders.tables import OrderRevision
from billing.rows import insert_rows
from tenants.database import tenant_of

_REVISION: Final = ("tenant_id", "order_id", "revision", "cause", "cause_id", "event_id", "facts", "facts_sha256", "recorded_at")
_RUN: Final = (
    "tenant_id", "order_id", "revision", "model", "rule_version", "reason", "rejected_reason", "excluded", "base_minor", "base_exact",
    "decided_at",
)  # fmt: skip
_CREDIT: Final = (
    "tenant_id", "order_id", "revision", "number", "employee_id", "contract_version_id", "weight_ppm", "share_ppm", "target_minor",
    "reason", "touch_id", "conversation_id", "coupon_id", "link_id", "work_id",
)  # fmt: skip
_NUMBER: Final = text(
    """UPDATE shop_order SET revision = reckoned.revision, is_own_win = reckoned.is_own_win
    FROM unnest(CAST(:ids AS uuid[]), CAST(:revisions AS integer[]), CAST(:wins AS boolean[]))
        AS reckoned (order_id, revision, is_own_win)
    WHERE shop_order.tenant_id = :tenant_id AND shop_order.order_id = reckoned.order_id"""
)


@dataclass(frozen=True, slots=True)
class Revised:
    """One new revision of an order: its row with the new number, the facts, what follows from them, and who asked."""

    row: LockedOrder
    facts: OrderFacts
    reckoning: Reckoning
    facts_text: str
    facts_sha256: str
    cause: Cause
    event_id: UUID | None


def write_revisions(session: Session, revised: Sequence[Revised], *, now: datetime) -> None:
    """Write revisions, decisions and credits, and number the orders' rows. The rows are locked by the caller."""
    tenant_id = tenant_of(session)
    session.execute(
        _NUMBER,
        {
            "tenant_id": tenant_id, "ids": [one.row.order_id for one in revised], "revisions": [one.row.revision for one in revised],
            "wins": [one.row.is_own_win for one in revised],
        },
    )  # fmt: skip
    write_revisions_across(session, [(tenant_id, one) for one in revised], now=now)


def write_revisions_across(session: Session, revised: Sequence[tuple[UUID, Revised]], *, now: datetime) -> None:
    """Write revisions, decisions and credits of (shop, revision); the orders' own rows carry their numbers already."""
    revisions, runs, credited = [], [], []
    for tenant_id, one in revised:
        key, decision, worth = (tenant_id, one.row.order_id, one.row.revision), one.reckoning.decision, one.reckoning.worth
        revisions.append((*key, one.cause.kind, one.cause.cause_id, one.event_id, one.facts_text, one.facts_sha256, now))
        base = worth.base
        runs.append((
            *key, decision.model, decision.rule_version, decision.reason, one.reckoning.rejected_reason,
            excluded_document(one.facts, one.reckoning), round(base), str(base), now,
        ))  # fmt: skip
        credited += _credits(key, one.reckoning)
    insert_rows(session, OrderRevision, _REVISION, revisions)
    insert_rows(session, AttributionRun, _RUN, runs)
    insert_rows(session, AttributionCredit, _CREDIT, credited)


def _credits(key: tuple[UUID, UUID, int], reckoning: Reckoning) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = []
    for target in reckoning.targets:
        for one in target.credits:
            touch = one.credit.candidate.touch
            rows.append((
                *key, len(rows) + 1, touch.employee_id, target.contract.contract_version_id, one.credit.weight_ppm, one.share_ppm,
                one.target_minor, one.credit.reason, touch.touch_id, touch.conversation_id, touch.coupon_id, touch.link_id, touch.work_id,
            ))  # fmt: skip
    return rows
