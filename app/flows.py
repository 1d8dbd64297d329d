"""What happens next: for each event, the verbs that hear of it. The whole product's cause and effect on one page.

| event | announced by | verbs |
|---|---|---|
| TouchHappened | conversations | billing records the touch and re-attributes late orders |
| ContractSigned | billing | tenants puts the employee to work |
| ContractEnded | billing | tenants takes the employee off the shop floor, once the contract's last day is over |
| StatementClosed | billing | a letter with the statement's root goes to everyone who settles payslips |
"""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from app.conversations.events import TouchHappened
from billing.events import ContractEnded, ContractSigned, StatementClosed
from billing.money import Money
from billing.record_touch import Touch, record_touch
from tenants.employee import employee_view
from tenants.hire_employee import hire_employee
from tenants.mail import write_letter
from tenants.members import members
from tenants.outbox import Announced, Verb
from tenants.retire_employee import retire_employee
from tenants.roles_of_members import Permission, may
from tenants.tenant import tenant_view


def note_touch(session: Session, announced: Announced, now: datetime) -> None:
    """A conversation announced a touch; the counting house writes it down."""
    record_touch(session, Touch(**asdict(announced.read(TouchHappened))), now=now)


def start_work(session: Session, announced: Announced, _now: datetime) -> None:
    """A contract was signed; the employee may be at work from its first day."""
    signed = announced.read(ContractSigned)
    hire_employee(session, employee_id=signed.employee_id, contract_id=signed.contract_id, starts_at=signed.starts_at)


def end_work(session: Session, announced: Announced, now: datetime) -> None:
    """A contract ended; from that moment the employee is off the shop floor. What was sold before stays hers."""
    ended = announced.read(ContractEnded)
    if ended.ends_at <= now:
        retire_employee(session, employee_id=ended.employee_id, now=now)


def send_root(session: Session, announced: Announced, now: datetime) -> None:
    """A month was closed; everyone who settles payslips gets its root by letter, so that it is kept where we cannot reach it."""
    from app.dashboard.letters import compose  # imported late: the wiring reads this page before there is a dashboard

    closed = announced.read(StatementClosed)
    name, shop = employee_view(session, closed.employee_id).name, tenant_view(session).name
    payable, carried = (str(Money(minor, closed.currency)) for minor in (closed.payable_minor, closed.carried_minor))
    for member in members(session):
        if may(member.role, Permission.SETTLE):
            letter = compose(
                "statement_closed", member.email, employee_name=name, shop_name=shop, period=closed.period_name, payable=payable,
                carried=carried, is_carried=closed.carried_minor != 0, line_count=closed.line_count, root=closed.root,
            )  # fmt: skip
            write_letter(session, letter, now=now)


FLOWS: Final[Mapping[type, tuple[Verb, ...]]] = {
    TouchHappened: (note_touch,),
    ContractSigned: (start_work,),
    ContractEnded: (end_work,),
    StatementClosed: (send_root,),
}

ROUTES: Final = {event.__name__: tuple(verb.__name__ for verb in verbs) for event, verbs in FLOWS.items()}
"""Event name -> verb names, as the outbox stores them."""

VERBS: Final = {verb.__name__: verb for verbs in FLOWS.values() for verb in verbs}
"""Verb name -> verb, as the worker calls them."""
