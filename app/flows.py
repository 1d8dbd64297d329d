"""What happens next: for each event, the verbs that hear of it. The whole product's cause and effect on one page.

| event | announced by | verbs |
|---|---|---|
| TouchHappened | conversations | billing records the touch and re-attributes late orders |
| ContractSigned | billing | tenants puts the employee to work, or back to work |
| ContractEnded | billing | tenants takes the employee off the shop floor, once the contract's last day is over |
| MessageLeft | conversations | nobody at once: the desk's round writes to the staff, one letter an hour (worker/desk_round.py) |
| DocumentHandedIn | conversations | nobody: it wakes the worker, which reads what waits |
| KnowledgeChanged | conversations | the employee is examined again with their golden questions |
| PromisesChanged | billing | every employee who may hand out the offer is examined again, once for many changes in a row |
| ExaminationAsked | conversations | nobody: it wakes the worker, which asks the golden questions |
| CodesRanLow | billing | a letter goes to everyone who sets offers: import more codes |
| CodesNotMade | billing | a letter goes to everyone who sets offers: why no code could be made in the shop's system |
| CodeRefused | billing | a letter goes to everyone who sets offers: the till refused a code, and why |
| TouchRecorded | billing | the shop's own programs hear of it |
| CouponRedeemed | billing | the shopper's panel, the shop's page and the shop's own programs hear that the code was used |
| StatementClosed | billing | a letter with its root goes to whoever settles payslips; its bill is drawn; the shop's own programs hear |
| FilmFinished | studio | the shop's own programs hear of it |
| EndpointDisabled | outgoing | a letter goes to everyone who manages connections: an address is told nothing any more |
| BillChanged | billing | a letter tells of a bill that is to be paid, was paid, or could not be collected |
| SpendingReached | billing | a letter tells that the shop's own limit is near or reached |
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.conversations.errors import ConversationUnknown
from app.conversations.events import KnowledgeChanged, TouchHappened
from app.conversations.golden_run import REST_SECONDS, ask_for_examination
from app.outgoing.events import EndpointDisabled
from app.outgoing.telling import tell_of_film, tell_of_redemption, tell_of_statement, tell_of_touch
from app.studio.events import FilmFinished
from billing.draw_bill import draw_bill
from billing.events import (
    BillChanged,
    CodeRefused,
    CodesNotMade,
    CodesRanLow,
    ContractEnded,
    ContractSigned,
    CouponRedeemed,
    PromisesChanged,
    SpendingReached,
    StatementClosed,
    TouchRecorded,
)
from billing.money import Money
from billing.read_contracts import contracts_of
from billing.record_touch import Touch, record_touch
from billing.seal_ledger import chain_head, head_text, seal_ledger
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


def start_work(session: Session, announced: Announced, now: datetime) -> None:
    """A contract was signed; the employee may be at work from its first day, and somebody who had left comes back.

    What was announced long ago may be heard late, so the signed days are read again: a version that is over hires nobody.
    """
    signed = announced.read(ContractSigned)
    versions = {one.contract_version_id: one for one in contracts_of(session, signed.employee_id)}
    signed_days = versions.get(signed.contract_version_id)
    if signed_days is not None and (signed_days.ends_at is None or signed_days.ends_at > now):
        hire_employee(session, employee_id=signed.employee_id, contract_id=signed.contract_id, starts_at=signed.starts_at, now=now)


def end_work(session: Session, announced: Announced, now: datetime) -> None:
    """A contract ended; from that moment the employee is off the shop floor. What was sold before stays theirs."""
    settle_standing(session, announced.read(ContractEnded).employee_id, now)


def settle_standing(session: Session, employee_id: UUID, now: datetime) -> bool:
    """Take an employee off the shop floor whose contract has run out; whether that was so. One who begins again later is expected then."""
    contracts = contracts_of(session, employee_id)
    has_run_out = any(one.ends_at is not None and one.ends_at <= now for one in contracts)
    is_bound = any(one.starts_at <= now and (one.ends_at is None or one.ends_at > now) for one in contracts)
    employee = employee_view(session, employee_id)
    today = now.astimezone(ZoneInfo(tenant_view(session).time_zone)).date()
    if not has_run_out or is_bound or employee.is_retired or employee.hired_on is None or employee.hired_on > today:
        return False
    later = [one for one in contracts if one.starts_at > now]
    retire_employee(session, employee_id=employee_id, now=now, keeps_likeness=bool(later))
    if later:
        hire_employee(session, employee_id=employee_id, contract_id=later[0].contract_id, starts_at=later[0].starts_at, now=now)
    return True


def examine(session: Session, announced: Announced, now: datetime) -> None:
    """What an employee knows has changed; the golden questions show whether that was for the better."""
    ask_for_examination(session, employee_id=announced.read(KnowledgeChanged).employee_id, asked_by="worker", now=now)


def examine_sellers(session: Session, announced: Announced, now: datetime) -> None:
    """What employees may promise has changed; their golden questions are asked again when the hand that changes offers has come to rest."""
    for employee_id in announced.read(PromisesChanged).employee_ids:
        ask_for_examination(session, employee_id=employee_id, asked_by="worker", now=now, rest_seconds=REST_SECONDS)


def tell_shopper(session: Session, announced: Announced, now: datetime) -> None:
    """A code was used at the till; the conversation it was handed over in says so. Codes on paper and links have none."""
    from app.speaking.redeemed import tell_redeemed  # imported late: speaking reads this page's routes through the wiring

    redeemed = announced.read(CouponRedeemed)
    if redeemed.conversation_id is not None:
        with suppress(ConversationUnknown):  # a talk that had no line, as one of an import
            tell_redeemed(session, conversation_id=redeemed.conversation_id, code=redeemed.code, now=now)


def send_root(session: Session, announced: Announced, now: datetime) -> None:
    """A month was closed; everyone who settles payslips gets its root, and the book's newest seal, kept where we cannot reach them."""
    from app.dashboard.letters import compose  # imported late: the wiring reads this page before there is a dashboard

    closed = announced.read(StatementClosed)
    name, shop = employee_view(session, closed.employee_id).name, tenant_view(session).name
    payable, carried = (str(Money(minor, closed.currency)) for minor in (closed.payable_minor, closed.carried_minor))
    seal_ledger(session, now=now)  # so that the seal in the letter covers the month
    seal = head_text(chain_head(session))
    for member in members(session):
        if may(member.role, Permission.SETTLE):
            letter = compose(
                "statement_closed", member.email, reads=member.language, employee_name=name, shop_name=shop, period=closed.period_name,
                payable=payable, carried=carried, is_carried=closed.carried_minor != 0, line_count=closed.line_count, root=closed.root,
                seal=seal,
            )  # fmt: skip
            write_letter(session, letter, now=now)


def bill_statement(session: Session, announced: Announced, now: datetime) -> None:
    """A month was closed; what it pays becomes a bill. The worker makes the invoice afterwards."""
    draw_bill(session, statement_id=announced.read(StatementClosed).statement_id, now=now)


def tell_of_bill(session: Session, announced: Announced, now: datetime) -> None:
    """Something happened to a bill that somebody has to know: whom bills are made out to, else everyone who settles, hears of it."""
    from app.dashboard.bill_letters import write_bill_letters  # imported late: the wiring reads this page before there is a dashboard

    write_bill_letters(session, announced.read(BillChanged), now=now)


def tell_of_spending(session: Session, announced: Announced, now: datetime) -> None:
    """The shop's own limit is near or reached; everyone who settles hears of it."""
    from app.dashboard.bill_letters import write_spending_letters  # imported late, as above

    write_spending_letters(session, announced.read(SpendingReached), now=now)


def tell_of_few_codes(session: Session, announced: Announced, now: datetime) -> None:
    """An offer's imported codes run out; everyone who sets offers is told by letter."""
    from app.dashboard.letters import compose  # imported late: the wiring reads this page before there is a dashboard

    low, shop = announced.read(CodesRanLow), tenant_view(session).name
    for member in members(session):
        if may(member.role, Permission.SET_OFFERS):
            facts = {"shop_name": shop, "offer_name": low.offer_name, "codes_left": low.codes_left}
            letter = compose("codes_ran_low", member.email, reads=member.language, **facts)
            write_letter(session, letter, now=now)


def tell_of_codes_not_made(session: Session, announced: Announced, now: datetime) -> None:
    """An offer's codes cannot be made in the shop's own system; everyone who sets offers is told why, by letter."""
    from app.dashboard.letters import compose  # imported late: the wiring reads this page before there is a dashboard

    fault, shop = announced.read(CodesNotMade), tenant_view(session).name
    for member in members(session):
        if may(member.role, Permission.SET_OFFERS):
            facts = {"shop_name": shop, "offer_name": fault.offer_name, "why": fault.why, "codes_left": fault.codes_left}
            letter = compose("codes_not_made", member.email, reads=member.language, **facts)
            write_letter(session, letter, now=now)


def tell_of_refused_code(session: Session, announced: Announced, now: datetime) -> None:
    """The till refused a code an employee had handed out; everyone who sets offers is told why, by letter."""
    from app.dashboard.letters import compose  # imported late: the wiring reads this page before there is a dashboard

    refused, shop = announced.read(CodeRefused), tenant_view(session).name
    for member in members(session):
        if may(member.role, Permission.SET_OFFERS):
            letter = compose("code_refused", member.email, reads=member.language, shop_name=shop, code=refused.code, why=refused.why)
            write_letter(session, letter, now=now)


def tell_of_endpoint_disabled(session: Session, announced: Announced, now: datetime) -> None:
    """An address that is told by webhook was switched off; everyone who manages connections gets a letter."""
    from app.dashboard.letters import compose  # imported late: the wiring reads this page before there is a dashboard

    off, shop = announced.read(EndpointDisabled), tenant_view(session).name
    for member in members(session):
        if may(member.role, Permission.MANAGE_CONNECTIONS):
            letter = compose("endpoint_disabled", member.email, reads=member.language, shop_name=shop, url=off.url, why=off.why)
            write_letter(session, letter, now=now)


FLOWS: Final[Mapping[type, tuple[Verb, ...]]] = {
    TouchHappened: (note_touch,),
    ContractSigned: (start_work,),
    ContractEnded: (end_work,),
    KnowledgeChanged: (examine,),
    PromisesChanged: (examine_sellers,),
    CodeRefused: (tell_of_refused_code,),
    CodesNotMade: (tell_of_codes_not_made,),
    CodesRanLow: (tell_of_few_codes,),
    TouchRecorded: (tell_of_touch,),
    CouponRedeemed: (tell_shopper, tell_of_redemption),
    StatementClosed: (send_root, bill_statement, tell_of_statement),
    FilmFinished: (tell_of_film,),
    EndpointDisabled: (tell_of_endpoint_disabled,),
    BillChanged: (tell_of_bill,),
    SpendingReached: (tell_of_spending,),
}

ROUTES: Final = {event.__name__: tuple(verb.__name__ for verb in verbs) for event, verbs in FLOWS.items()}
"""Event name -> verb names, as the outbox stores them."""

VERBS: Final = {verb.__name__: verb for verbs in FLOWS.values() for verb in verbs}
"""Verb name -> verb, as the worker calls them."""
