"""What the studio announces."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True)
class FilmFinished:
    """A film lies finished in full size, for the first time or again after a change; `sha256` names its file, in hex."""

    work_id: UUID
    employee_id: UUID
    title: str
    duration_ms: int
    sha256: str
    finished_at: datetime
