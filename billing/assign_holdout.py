"""Decides once, by a hash, whether a visitor may meet an employee, so that what the employee adds can be measured."""

import hashlib
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from billing.attribution.tables import HoldoutAssignment
from billing.money import PARTS_PER_MILLION
from billing.revenue_share.versions import contracts_at
from tenants.database import tenant_of

Arm = Literal["treated", "holdout"]


def assign_holdout(session: Session, *, visitor_id: UUID, employee_id: UUID, now: datetime) -> Arm:
    """The visitor's arm, written down at the first asking even when nothing is shown; later askings give the same answer.

    The part held out is the contract's `holdout_ppm` in force at the first asking; without a contract nobody is held out.
    """
    tenant_id = tenant_of(session)
    holdout_ppm = next((found.terms.holdout_ppm for found in contracts_at(session, now) if found.employee_id == employee_id), 0)
    arm: Arm = "holdout" if bucket_of(tenant_id, employee_id, visitor_id) < holdout_ppm else "treated"
    added = insert(HoldoutAssignment).values(
        tenant_id=tenant_id, employee_id=employee_id, visitor_id=visitor_id, arm=arm, holdout_ppm=holdout_ppm, assigned_at=now
    )
    if session.scalar(added.on_conflict_do_nothing().returning(HoldoutAssignment.arm)):
        return arm
    first = session.get_one(HoldoutAssignment, (tenant_id, employee_id, visitor_id))
    return "holdout" if first.arm == "holdout" else "treated"


def bucket_of(tenant_id: UUID, employee_id: UUID, visitor_id: UUID) -> int:
    """A visitor's place from 0 to 999,999, the same for ever and independent between employees."""
    digest = hashlib.sha256(f"{tenant_id}/{employee_id}/{visitor_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % PARTS_PER_MILLION
