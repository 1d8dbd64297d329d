"""What a dispute holds and what it gives back: pure functions of the dispute and of what its line comes to by now.

The line is the truth. When a refund shrinks it, the amount held or given back shrinks with it, so a full refund leaves nothing
anywhere, whether it came before the dispute, while it was open, or long after it was decided.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from billing.contract_terms import ContractTerms
from billing.ledger.accounts import DISPUTE_RELIEF, disputed_of, earned_by
from billing.ledger.shares import payee_parts
from billing.ledger.writer import Leg, leg


@dataclass(frozen=True, slots=True)
class DisputeFacts:
    """A dispute as far as money goes. `disputed_minor` is None (in old disputes) for the whole line; `granted_minor` for all of it."""

    dispute_id: UUID
    order_id: UUID
    contract_version_id: UUID
    disputed_minor: int | None
    is_decided: bool
    granted_minor: int | None
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class DisputeStands:
    """Cumulative minor units: held for the dispute, and given back to the shop."""

    hold_minor: int = 0
    relief_minor: int = 0

    @property
    def taken_minor(self) -> int:
        """What is missing from the employee's earned account; a dispute holds or gives back, never both."""
        return self.hold_minor + self.relief_minor


def dispute_stands(facts: DisputeFacts, net_minor: int) -> DisputeStands:
    """Where a dispute should stand for a line that comes to `net_minor` by now."""
    net = max(net_minor, 0)
    disputed = net if facts.disputed_minor is None else min(facts.disputed_minor, net)
    if not facts.is_decided:
        return DisputeStands(hold_minor=disputed)
    return DisputeStands(relief_minor=disputed if facts.granted_minor is None else min(facts.granted_minor, disputed))


def dispute_legs(employee_id: UUID, terms: ContractTerms, before: DisputeStands, after: DisputeStands) -> tuple[Leg, ...]:
    """The postings from one standing to the other, payee by payee: between earned and disputed, and from earned back to the shop."""
    held = _changes(terms, before.hold_minor, after.hold_minor)
    given = _changes(terms, before.relief_minor, after.relief_minor)
    holds = (leg(earned_by(employee_id, payee), disputed_of(employee_id, payee), minor, terms.currency, payee) for payee, minor in held)
    reliefs = (leg(earned_by(employee_id, payee), DISPUTE_RELIEF, minor, terms.currency, payee) for payee, minor in given)
    return (*holds, *reliefs)


def _changes(terms: ContractTerms, before_minor: int, after_minor: int) -> Iterable[tuple[str, int]]:
    """Each payee's part is cut from the cumulative amounts, so that what was moved can always be moved back exactly."""
    was = payee_parts(terms, before_minor)
    return [(payee, minor - was[payee]) for payee, minor in payee_parts(terms, after_minor).items() if minor != was[payee]]
