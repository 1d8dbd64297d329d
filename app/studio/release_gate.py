"""The release gate: what inspections found, kept and read again, and whether a render may be shown to the public."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.studio.errors import FilmRefused
from app.studio.release_tables import FilmInspection
from avatar_pipeline.inspect_film import Check, Matter, Outcome
from tenants.audit import note
from tenants.database import tenant_of
from tenants.identifiers import new_id, to_public

INSPECTOR: Final = "inspector"
MADE_AGAIN: Final = frozenset({Matter.SYNC, Matter.SILENCE, Matter.WORDS, Matter.LOUDNESS, Matter.LABEL})
"""What another making may mend. A wrong price, a missing consent or somebody else's face stays what it is."""


@dataclass(frozen=True)
class InspectionView:
    """An inspection. `try_number` is 1 for a film as it was made first, 2 after it was made again."""

    render_id: UUID
    try_number: int
    has_passed: bool
    checks: tuple[Check, ...]
    inspected_at: datetime

    @property
    def failed(self) -> tuple[Check, ...]:
        """What stops it."""
        return tuple(one for one in self.checks if one.outcome is Outcome.FAILED)


def has_passed(checks: Sequence[Check]) -> bool:
    """Whether nothing failed. What could not be judged is told on the page and stops nothing."""
    return all(one.outcome is not Outcome.FAILED for one in checks)


def is_worth_another_try(checks: Sequence[Check]) -> bool:
    """Whether making it again may mend all that failed."""
    return all(one.matter in MADE_AGAIN for one in checks if one.outcome is Outcome.FAILED)


@dataclass(frozen=True)
class Inspected:
    """What an inspector brings: whose render, the how many-th try it was, and what was found."""

    film_id: UUID
    render_id: UUID
    try_number: int
    checks: Sequence[Check]


def keep_inspection(session: Session, found: Inspected, *, now: datetime) -> InspectionView:
    """Keep what was found."""
    checks = found.checks
    row = FilmInspection(
        tenant_id=tenant_of(session), inspection_id=new_id(now), film_id=found.film_id, render_id=found.render_id,
        try_number=found.try_number, has_passed=has_passed(checks), checks=[asdict(one) for one in checks], inspected_at=now,
    )  # fmt: skip
    session.add(row)
    session.flush()
    failed = [one.matter for one in checks if one.outcome is Outcome.FAILED]
    note(session, INSPECTOR, "film.inspected", to_public("wrk", found.film_id), {"try": found.try_number, "failed": failed}, now=now)
    return _view(row)


def inspection_of(session: Session, render_id: UUID) -> InspectionView | None:
    """The last inspection of a render."""
    mine = FilmInspection.tenant_id == tenant_of(session), FilmInspection.render_id == render_id
    row = session.scalars(select(FilmInspection).where(*mine).order_by(FilmInspection.try_number.desc()).limit(1)).first()
    return _view(row) if row else None


def must_be_released(session: Session, render_id: UUID) -> None:
    """Pass a render whose inspection passed. Raises FilmRefused."""
    found = inspection_of(session, render_id)
    if found is None:
        raise FilmRefused("This film has not been inspected. Make it in full size again, and it will be.")
    if not found.has_passed:
        raise FilmRefused("This film did not pass its inspection. Its page says why; change that and make it again.")


def first_try_yield(session: Session) -> tuple[int, int]:
    """How many films passed as they were made first, of how many that were inspected."""
    first = FilmInspection.tenant_id == tenant_of(session), FilmInspection.try_number == 1
    passed = func.count().filter(FilmInspection.has_passed)
    row = session.execute(select(passed, func.count()).where(*first)).one()
    return int(row[0]), int(row[1])


def _view(row: FilmInspection) -> InspectionView:
    return InspectionView(row.render_id, row.try_number, row.has_passed, tuple(_check(one) for one in row.checks), row.inspected_at)


def _check(told: dict[str, Any]) -> Check:
    return Check(Matter(told["matter"]), Outcome(told["outcome"]), told["figures"], told["how"])
