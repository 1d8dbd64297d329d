"""What the counting house announces to the rest of the product."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True)
class ContractSigned:
    """A tenant accepted terms for an employee; from `starts_at` its orders earn by them."""

    contract_id: UUID
    contract_version_id: UUID
    employee_id: UUID
    starts_at: datetime
