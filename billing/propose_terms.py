"""Proposes terms for an employee: both sides of a contract agree to a change, unless it only pays the other side more.

What a shop may sign alone is a raise of the share or of the guaranteed minimum. Everything else waits for the platform's agreement, as
exactly the terms the shop's person read, and begins once they are countersigned.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from billing.contract_terms import ContractTerms, changes_between, document_of, read_terms, sha256_of
from billing.errors import ContractStartsInThePast, ContractTermsRefused, TermsShownDiffer
from billing.orders.locks import hold_contracts
from billing.revenue_share.days import latest_version
from billing.revenue_share.tables import ContractProposal, ContractVersion
from billing.sign_contract import sign_contract
from tenants.database import tenant_of
from tenants.identifiers import new_id


@dataclass(frozen=True)
class ProposalView:
    """A proposal: whose contract, from when, by whom, and what it changes of the version it was made against.

    `decided_at` is None while it waits; `why` is what the shop reads where it was declined.
    """

    proposal_id: UUID
    employee_id: UUID
    terms: ContractTerms
    terms_sha256: str
    starts_at: datetime
    proposed_by: str
    proposed_at: datetime
    changes: tuple[str, ...]
    decided_at: datetime | None = None
    why: str | None = None


def may_sign_alone(before: ContractTerms, after: ContractTerms, starts_at: datetime) -> bool:
    """Whether a change only raises the share or the minimum. Where tiers or a cap count a month, it must begin with one.

    A version that begins within a month splits it, and with it the month's thresholds, which can pay less however high the share.
    """
    raised = {"share_ppm": before.share_ppm, "minimum_minor": before.minimum_minor}
    only_those = document_of(after) | raised == document_of(before) | raised
    local = starts_at.astimezone(ZoneInfo(before.period_time_zone))
    begins_a_month = (local.day, local.hour, local.minute, local.second, local.microsecond) == (1, 0, 0, 0, 0)
    is_raise = after.share_ppm >= before.share_ppm and (after.minimum_minor or 0) >= (before.minimum_minor or 0)
    return only_those and is_raise and (begins_a_month or not before.has_period_lines)


def propose_terms(
    session: Session, *, employee_id: UUID, terms: ContractTerms, proposed_by: str, starts_at: datetime, shown_sha256: str, now: datetime
) -> UUID | None:
    """Sign what a shop may sign alone, and return None; else keep the terms as a proposal and return its id.

    A later proposal for the same employee replaces one that still waits. Raises ContractTermsRefused (TermsShownDiffer), and what
    sign_contract raises.
    """
    hold_contracts(session, alone=True)  # before any other lock: what is proposed may be signed at once
    latest = latest_version(session, employee_id)
    if latest is None:
        raise ContractTermsRefused("There is no contract to change; the first one is signed when an employee is hired.")
    before = read_terms(latest.terms)
    _check(session, latest, before, terms)
    if may_sign_alone(before, terms, starts_at):
        sign_contract(
            session, employee_id=employee_id, terms=terms, accepted_by=proposed_by, now=now, starts_at=starts_at, shown_sha256=shown_sha256
        )
        return None
    document = document_of(terms)
    if shown_sha256 != sha256_of(document):
        raise TermsShownDiffer("These are not the terms that were shown; read them again before you accept.")
    if starts_at < now:
        raise ContractStartsInThePast("Another version governs those days; a new one starts now or later.")
    for row in session.scalars(_open(session).where(ContractProposal.employee_id == employee_id)):
        row.state, row.decided_at = "replaced", now
    session.flush()
    proposal = ContractProposal(
        tenant_id=tenant_of(session), proposal_id=new_id(now), employee_id=employee_id, base_version_id=latest.contract_version_id,
        terms=document, terms_sha256=shown_sha256, starts_at=starts_at, proposed_by=proposed_by.strip(), proposed_at=now, state="open",
    )  # fmt: skip
    session.add(proposal)
    session.flush()
    return proposal.proposal_id


def open_proposals(session: Session) -> list[ProposalView]:
    """Every proposal of this shop that waits, the oldest first."""
    base = (ContractVersion.tenant_id == ContractProposal.tenant_id) & (
        ContractVersion.contract_version_id == ContractProposal.base_version_id
    )
    query = _open(session).add_columns(ContractVersion.terms).join(ContractVersion, base).order_by(ContractProposal.proposal_id)
    return [_view(row, read_terms(before)) for row, before in session.execute(query)]


def declined_proposal(session: Session, *, employee_id: UUID) -> ProposalView | None:
    """What the platform declined last, until the shop proposes again or another version is signed; None where nothing is to be said."""
    own = ContractProposal.tenant_id == tenant_of(session), ContractProposal.employee_id == employee_id
    newest = (
        select(ContractProposal).where(*own).order_by(ContractProposal.proposed_at.desc(), ContractProposal.proposal_id.desc()).limit(1)
    )
    latest = latest_version(session, employee_id)
    row = session.scalar(newest)
    if row is None or row.state != "declined" or latest is None or latest.contract_version_id != row.base_version_id:
        return None
    return _view(row, read_terms(latest.terms))


def countersign(session: Session, *, proposal_id: UUID, now: datetime) -> UUID:
    """Agree for the platform: the terms are signed as they were read, from their day on, or from now when that day has passed.

    Returns the new version's id. Raises ContractTermsRefused when the proposal no longer waits or another version was signed since.
    """
    row = _waiting(session, proposal_id)
    latest = latest_version(session, row.employee_id)
    if latest is None or latest.contract_version_id != row.base_version_id:
        raise ContractTermsRefused("Another version was signed since; the shop has to propose its change again.")
    row.state, row.decided_at = "agreed", now
    return sign_contract(
        session, employee_id=row.employee_id, terms=read_terms(row.terms), accepted_by=f"{row.proposed_by}; countersigned by the platform",
        now=now, starts_at=max(row.starts_at, now), shown_sha256=row.terms_sha256,
    )  # fmt: skip


def decline_proposal(session: Session, *, proposal_id: UUID, why: str, now: datetime) -> None:
    """Do not agree, with the sentence the shop reads. The contract stays as it is. Raises ContractTermsRefused."""
    if not why.strip():
        raise ContractTermsRefused("Say why; the shop reads it.")
    row = _waiting(session, proposal_id)
    row.state, row.decided_at, row.why = "declined", now, why.strip()


def _check(session: Session, latest: ContractVersion, before: ContractTerms, terms: ContractTerms) -> None:
    """What no proposal may ask: another currency or zone, or a stranger under a payee's key, who would inherit accounts in the book."""
    if (before.currency, before.period_time_zone) != (terms.currency, terms.period_time_zone):
        raise ContractTermsRefused("Neither the currency nor the time zone of a contract may change while it lasts.")
    versions = select(ContractVersion.terms).where(
        ContractVersion.tenant_id == tenant_of(session), ContractVersion.contract_id == latest.contract_id
    )
    known = {payee.key: (payee.name, payee.role) for document in session.scalars(versions) for payee in read_terms(document).payees}
    now_paid = {payee.key: (payee.name, payee.role) for payee in before.payees}
    for payee in terms.payees:
        if (known | now_paid).get(payee.key, (payee.name, payee.role)) != (payee.name, payee.role):
            raise ContractTermsRefused(
                f"{payee.name} cannot take over the accounts of {(known | now_paid)[payee.key][0]}; add a new payee."
            )


def _open(session: Session) -> Select[ContractProposal]:
    return select(ContractProposal).where(ContractProposal.tenant_id == tenant_of(session), ContractProposal.state == "open")


def _waiting(session: Session, proposal_id: UUID) -> ContractProposal:
    """The proposal, read while the shop's contracts are held alone, so that nobody else decides it or signs another version."""
    hold_contracts(session, alone=True)
    found = session.scalar(_open(session).where(ContractProposal.proposal_id == proposal_id).execution_options(populate_existing=True))
    if found is None:
        raise ContractTermsRefused("There is no such proposal that waits.")
    return found


def _view(row: ContractProposal, before: ContractTerms) -> ProposalView:
    terms = read_terms(row.terms)
    return ProposalView(
        row.proposal_id, row.employee_id, terms, row.terms_sha256, row.starts_at, row.proposed_by, row.proposed_at,
        changes_between(before, terms), row.decided_at, row.why,
    )  # fmt: skip
