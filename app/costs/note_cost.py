"""Notes what an answer or a film took, beside the work itself and in its transaction."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.costs.tables import ServiceCost
from tenants.database import tenant_of

Kind = Literal["turn", "film"]


@dataclass(frozen=True)
class Spent:
    """What work took: milliseconds of graphics cards and processors, characters that were voiced, tokens that were thought."""

    gpu_ms: int = 0
    cpu_ms: int = 0
    characters: int = 0
    tokens: int = 0

    def __post_init__(self) -> None:
        if min(self.gpu_ms, self.cpu_ms, self.characters, self.tokens) < 0:
            raise ValueError("Nothing takes less than nothing.")

    @property
    def is_nothing(self) -> bool:
        """Whether there is nothing to note."""
        return not (self.gpu_ms or self.cpu_ms or self.characters or self.tokens)


def note_cost(session: Session, *, kind: Kind, cause_id: UUID, employee_id: UUID, spent: Spent, now: datetime) -> None:
    """Add what was spent to what this answer or film took before. A process that takes an answer over adds its own part."""
    if spent.is_nothing:
        return
    amounts = {"gpu_ms": spent.gpu_ms, "cpu_ms": spent.cpu_ms, "characters": spent.characters, "tokens": spent.tokens}
    row = insert(ServiceCost).values(
        tenant_id=tenant_of(session), kind=kind, cause_id=cause_id, employee_id=employee_id, happened_at=now, **amounts
    )
    added = {name: getattr(ServiceCost, name) + row.excluded[name] for name in amounts}
    session.execute(row.on_conflict_do_update(index_elements=["tenant_id", "kind", "cause_id"], set_=added))
