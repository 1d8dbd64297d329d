"""The shop's own skills: added, changed, switched on and off, taken away, and read. Calling them is in call_own_skill.py."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from importlib import resources
from typing import Any, Final
from uuid import UUID

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.conversations.call_own_skill import SkillCall
from app.conversations.errors import EmployeeUnknown, SkillNotFit, SkillUnknown
from app.conversations.language_models.embeddings import DIMENSIONS, Embedder, Vectors
from app.conversations.learning_tables import ShopSkill
from app.conversations.skills.own.describe import KINDS, SLOTS_MAX, Description, OwnSkill, Slot, described, from_json, to_json
from app.outgoing.signing import new_secret
from tenants.audit import note
from tenants.calls_outside import LOOPBACK, find_place
from tenants.database import tenant_of
from tenants.errors import AddressRefused
from tenants.identifiers import new_id, to_public
from tenants.tables import Employee

__all__ = [
    "KINDS", "SLOTS_MAX", "Description", "OwnSkill", "SkillView", "Slot", "add_skill", "change_skill", "own_skills_of", "ready_skills",
    "remove_skill", "rotate_secret", "skill_call", "skill_view", "skills_of", "switch_skill", "written",
]  # fmt: skip
SKILLS_MAX: Final = 12
URL_LENGTH_MAX: Final = 500


@dataclass(frozen=True)
class SkillView:
    """A skill as a page shows it, without its secret."""

    skill_id: UUID
    employee_id: UUID
    url: str
    description: Description
    is_on: bool
    made_at: datetime
    changed_at: datetime


@dataclass(frozen=True)
class Written:
    """What a form wrote, checked, with its address looked up and its examples' meaning read: ready to be stored."""

    url: str
    is_loopback: bool
    description: Description
    vectors: Vectors


def written(url: str, description: Description, *, embed: Embedder, is_loopback_allowed: bool = False) -> Written:
    """Check a form before any transaction; raises SkillNotFit."""
    checked, address = described(description), url.strip()
    if len(address) > URL_LENGTH_MAX:
        raise SkillNotFit("url", f"An address has at most {URL_LENGTH_MAX} characters.")
    try:
        place = find_place(address, is_loopback_allowed=is_loopback_allowed)
    except AddressRefused as error:
        raise SkillNotFit("url", str(error)) from error
    is_loopback = is_loopback_allowed and place.name == LOOPBACK
    return Written(address, is_loopback, checked, embed(list(checked.examples), "query"))


def add_skill(session: Session, one: Written, *, employee_id: UUID, by: str, now: datetime) -> tuple[UUID, str]:
    """Keep a new skill, switched off until somebody has tried it; return its id and its secret. Raises EmployeeUnknown, SkillNotFit."""
    if session.get(Employee, (tenant_of(session), employee_id), with_for_update=True) is None:
        raise EmployeeUnknown(f"No employee {employee_id} works here.")
    if len(skills_of(session, employee_id=employee_id)) >= SKILLS_MAX:
        raise SkillNotFit("name", f"{SKILLS_MAX} skills are described already; take one away first.")
    skill_id, secret = new_id(now), new_secret()
    session.add(
        ShopSkill(
            tenant_id=tenant_of(session), skill_id=skill_id, employee_id=employee_id, name=one.description.name, url=one.url, secret=secret,
            is_loopback=one.is_loopback, described=to_json(one.description), vectors=_bytes(one.vectors), is_on=False, made_at=now,
            changed_at=now,
        )
    )  # fmt: skip
    session.flush()
    note(session, by, "skill.added", to_public("skl", skill_id), _detail(one), now=now)
    return skill_id, secret


def change_skill(session: Session, one: Written, *, skill_id: UUID, by: str, now: datetime) -> None:
    """Describe a skill anew. Raises SkillUnknown."""
    row = locked_skill(session, skill_id)
    row.name, row.url, row.is_loopback, row.described = one.description.name, one.url, one.is_loopback, to_json(one.description)
    row.vectors, row.changed_at = _bytes(one.vectors), now
    note(session, by, "skill.changed", to_public("skl", skill_id), _detail(one), now=now)


def switch_skill(session: Session, *, skill_id: UUID, is_on: bool, by: str, now: datetime) -> None:
    """Let them use it from the next question on, or no longer. Raises SkillUnknown."""
    row = locked_skill(session, skill_id)
    if row.is_on != is_on:
        row.is_on, row.changed_at = is_on, now
        note(session, by, "skill.switched_on" if is_on else "skill.switched_off", to_public("skl", skill_id), {}, now=now)


def rotate_secret(session: Session, *, skill_id: UUID, by: str, now: datetime) -> str:
    """Sign with a new secret from now on and return it. Raises SkillUnknown."""
    row = locked_skill(session, skill_id)
    row.secret, row.changed_at = new_secret(), now
    note(session, by, "skill.secret_rotated", to_public("skl", skill_id), {}, now=now)
    return row.secret


def remove_skill(session: Session, *, skill_id: UUID, by: str, now: datetime) -> None:
    """Take a skill away. Raises SkillUnknown."""
    row = locked_skill(session, skill_id)
    row.removed_at, row.is_on = now, False
    note(session, by, "skill.removed", to_public("skl", skill_id), {"name": row.name}, now=now)


def skills_of(session: Session, *, employee_id: UUID) -> list[SkillView]:
    """Every skill described for an employee, the oldest first."""
    wanted = select(ShopSkill).where(ShopSkill.employee_id == employee_id, ShopSkill.removed_at.is_(None))
    return [_view(row) for row in session.scalars(wanted.order_by(ShopSkill.skill_id))]


def skill_view(session: Session, *, skill_id: UUID) -> SkillView:
    """One skill; raises SkillUnknown."""
    return _view(locked_skill(session, skill_id))


def own_skills_of(session: Session, *, employee_id: UUID) -> tuple[OwnSkill, ...]:
    """The skills they may use now, as the mind reads them."""
    wanted = select(ShopSkill).where(ShopSkill.employee_id == employee_id, ShopSkill.removed_at.is_(None), ShopSkill.is_on)
    rows = session.scalars(wanted.order_by(ShopSkill.skill_id))
    return tuple(OwnSkill(row.skill_id, from_json(row.described), _vectors(row.vectors)) for row in rows)


def skill_call(session: Session, *, skill_id: UUID) -> SkillCall:
    """What calling a skill needs. Raises SkillUnknown."""
    row = locked_skill(session, skill_id)
    one = from_json(row.described)
    return SkillCall(skill_id, one.name, row.url, row.secret, row.is_loopback, one.slots, one.sentences)


@lru_cache(maxsize=1)
def ready_skills() -> Mapping[str, Description]:
    """Descriptions that a shop may begin with, by key."""
    listed = json.loads(resources.files("app.conversations.skills.own").joinpath("ready.json").read_text(encoding="utf-8"))
    return {one["key"]: from_json(one) for one in listed}


def locked_skill(session: Session, skill_id: UUID) -> ShopSkill:
    """A skill's row, held until the transaction ends; raises SkillUnknown."""
    row = session.get(ShopSkill, (tenant_of(session), skill_id), with_for_update=True)
    if row is None or row.removed_at is not None:
        raise SkillUnknown("There is no such skill (any more).")
    return row


def _detail(one: Written) -> dict[str, Any]:
    return {"name": one.description.name, "url": one.url, "slots": [slot.key for slot in one.description.slots]}


def _view(row: ShopSkill) -> SkillView:
    return SkillView(row.skill_id, row.employee_id, row.url, from_json(row.described), row.is_on, row.made_at, row.changed_at)


def _bytes(vectors: Vectors) -> bytes:
    return np.ascontiguousarray(vectors, dtype="<f4").tobytes()


def _vectors(kept: bytes) -> Vectors:
    return np.frombuffer(kept, dtype="<f4").reshape(-1, DIMENSIONS)
