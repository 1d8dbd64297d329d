"""What this room announces."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class EndpointDisabled:
    """An address of the shop's is told nothing any more; `why` is a sentence."""

    endpoint_id: UUID
    url: str
    why: str
