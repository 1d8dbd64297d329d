"""What happens next: for each event, the verbs that hear of it. The whole product's cause and effect on one page.

| event | announced by | verbs |
|---|---|---|
| TouchHappened | conversations | billing records the touch and re-attributes late orders |
| ContractSigned | billing | tenants puts the employee to work |
"""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from app.conversations.events import TouchHappened
from billing.events import ContractSigned
from billing.record_touch import Touch, record_touch
from tenants.hire_employee import hire_employee
from tenants.outbox import Announced, Verb


def note_touch(session: Session, announced: Announced, now: datetime) -> None:
    """A conversation announced a touch; the counting house writes it down."""
    record_touch(session, Touch(**asdict(announced.read(TouchHappened))), now=now)


def start_work(session: Session, announced: Announced, _now: datetime) -> None:
    """A contract was signed; the employee may be at work from its first day."""
    signed = announced.read(ContractSigned)
    hire_employee(session, employee_id=signed.employee_id, contract_id=signed.contract_id, starts_at=signed.starts_at)


FLOWS: Final[Mapping[type, tuple[Verb, ...]]] = {
    TouchHappened: (note_touch,),
    ContractSigned: (start_work,),
}

ROUTES: Final = {event.__name__: tuple(verb.__name__ for verb in verbs) for event, verbs in FLOWS.items()}
"""Event name -> verb names, as the outbox stores them."""

VERBS: Final = {verb.__name__: verb for verbs in FLOWS.values() for verb in verbs}
"""Verb name -> verb, as the worker calls them."""
