"""The operator's side of contracts: agreeing to what shops propose, and telling facts that clauses ask about (insiders, machines)."""

from argparse import Namespace
from collections.abc import Callable
from datetime import datetime
from typing import Final
from uuid import UUID

from billing.customer_hash import customer_hash
from billing.errors import ContractTermsRefused
from billing.flag_conversation import flag_conversation
from billing.mark_insider import mark_insider
from billing.propose_terms import countersign, decline_proposal, open_proposals
from tenants.audit import note
from tenants.database import Database
from tenants.every_shop import every_shop
from tenants.identifiers import from_public, to_public

ACTOR: Final = "operator"


def _proposals(database: Database, _parsed: Namespace, _now: datetime) -> int:
    count = 0
    for shop in every_shop(database):
        with database.tenant_session(shop.tenant_id) as session:
            waiting = open_proposals(session)
        for one in waiting:
            whose = f"{shop.name}, {to_public('emp', one.employee_id)}, by {one.proposed_by}, from {one.starts_at}"
            print(f"{to_public('prp', one.proposal_id)}  {whose}", f"sha256 {one.terms_sha256}", *one.changes, sep="\n    ")
        count += len(waiting)
    print(f"{count} wait.")
    return 0


def _countersign(database: Database, parsed: Namespace, now: datetime) -> int:
    proposal_id = from_public("prp", parsed.proposal)
    with database.tenant_session(_shop_of(database, proposal_id)) as session:
        version_id = countersign(session, proposal_id=proposal_id, now=now)
        note(session, ACTOR, "contract.countersigned", to_public("ver", version_id), {"proposal": parsed.proposal}, now=now)
    print(f"Agreed: {to_public('ver', version_id)} is signed by both sides.")
    return 0


def _decline(database: Database, parsed: Namespace, now: datetime) -> int:
    proposal_id = from_public("prp", parsed.proposal)
    with database.tenant_session(_shop_of(database, proposal_id)) as session:
        decline_proposal(session, proposal_id=proposal_id, why=parsed.why, now=now)
        note(session, ACTOR, "contract.declined", parsed.proposal, {"why": parsed.why}, now=now)
    print("Declined; the contract stays as it is.")
    return 0


def _shop_of(database: Database, proposal_id: UUID) -> UUID:
    for shop in every_shop(database):
        with database.tenant_session(shop.tenant_id) as session:
            if any(one.proposal_id == proposal_id for one in open_proposals(session)):
                return shop.tenant_id
    raise ContractTermsRefused("There is no such proposal that waits.")


def _insider(database: Database, parsed: Namespace, now: datetime) -> int:
    tenant_id = from_public("shp", parsed.shop)
    visitor_id = UUID(parsed.visitor) if parsed.visitor else None
    customer = customer_hash(tenant_id, parsed.customer) if parsed.customer else None
    with database.tenant_session(tenant_id) as session:
        mark_id = mark_insider(session, who=parsed.who, visitor_id=visitor_id, customer=customer, now=now)
        note(session, ACTOR, "insider.marked", to_public("mrk", mark_id), {"who": parsed.who}, now=now)
    print("Marked; their orders are reckoned afresh.")
    return 0


def _machine(database: Database, parsed: Namespace, now: datetime) -> int:
    flag = "person" if parsed.person else "bot"
    with database.tenant_session(from_public("shp", parsed.shop)) as session:
        flag_conversation(session, conversation_id=from_public("cnv", parsed.conversation), flag=flag, why=parsed.why, now=now)
        note(session, ACTOR, "conversation.flagged", parsed.conversation, {"flag": flag}, now=now)
    print("Flagged; the orders it may have brought are reckoned afresh.")
    return 0


CONTRACT_ACTIONS: Final[dict[str, Callable[[Database, Namespace, datetime], int]]] = {
    "proposals": _proposals,
    "countersign": _countersign,
    "decline": _decline,
    "insider": _insider,
    "machine": _machine,
}
