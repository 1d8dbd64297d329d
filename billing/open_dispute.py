"""A shop disputes what an order earned: the amount is held at once, and stays held until the dispute is decided."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid5

from sqlalchemy.orm import Session

from billing.attribution.evidence import ContractInForce
from billing.disputes.follow import follow_orders
from billing.disputes.tables import Dispute
from billing.errors import DisputeRefused, LineDisputedAlready, OrderUnknown
from billing.ledger.posted import posted_orders
from billing.ledger.writer import Cause
from billing.money import Money
from billing.orders.locks import hold_contracts, lock_orders
from billing.revenue_share.settle import settle_orders
from billing.revenue_share.versions import load_contracts
from tenants.audit import note
from tenants.database import tenant_of
from tenants.identifiers import to_public

REASON_LENGTH_MAX: Final = 2000


def open_dispute(
    session: Session, *, order_id: UUID, contract_version_id: UUID, reason: str, opened_by: str, now: datetime,
    amount_minor: int | None = None,
) -> UUID:  # fmt: skip
    """Dispute an order's line under one contract version: all of it, or `amount_minor` of the contract's currency; return the id.

    All of it is what it earns by now: what the order earns later is not in dispute. Telling it again with the same reason and amount
    changes nothing and returns the same id. `opened_by` is the actor as the audit log names it. Raises OrderUnknown,
    LineDisputedAlready when a dispute of the line says something else, and DisputeRefused when the line earned nothing, the amount is
    more than it earned, or the reason is missing or longer than REASON_LENGTH_MAX.
    """
    reason = reason.strip()
    if not reason or len(reason) > REASON_LENGTH_MAX:
        raise DisputeRefused(f"A dispute needs a reason of at most {REASON_LENGTH_MAX} characters.")
    hold_contracts(session)
    if order_id not in lock_orders(session, [order_id]):
        raise OrderUnknown("There is no such order.")
    tenant_id, contracts = tenant_of(session), load_contracts(session)
    dispute_id = uuid5(tenant_id, f"dispute/{order_id}/{contract_version_id}")
    net_minor = _net_minor(session, order_id, contract_version_id)
    opened = session.get(Dispute, (tenant_id, dispute_id))
    if opened is not None:
        _check_same(opened, reason, amount_minor, net_minor)
        return dispute_id
    _check_amount(net_minor, amount_minor)
    dispute = _row(dispute_id, order_id, contracts.by_id[contract_version_id].contract, now)
    dispute.disputed_minor = net_minor if amount_minor is None else amount_minor
    dispute.tenant_id, dispute.reason, dispute.opened_by = tenant_id, reason, opened_by
    session.add(dispute)
    session.flush()  # the dispute is read back among its order's
    why = f"The shop disputes this line; {Money(dispute.disputed_minor, dispute.currency)} are held until it is decided."
    changes = follow_orders(session, [order_id], now=now, causes={dispute_id: Cause("dispute", dispute_id, why)}, contracts=contracts)
    settle_orders(session, changes, now=now, contracts=contracts)
    detail = {
        "order": to_public("ord", order_id), "disputed_minor": dispute.disputed_minor, "net_minor": net_minor, "currency": dispute.currency,
    }  # fmt: skip
    note(session, opened_by, "dispute.opened", to_public("dsp", dispute_id), detail, now=now)
    return dispute_id


def _net_minor(session: Session, order_id: UUID, contract_version_id: UUID) -> int:
    posted = posted_orders(session, [order_id]).get(order_id)
    shares = posted.shares if posted else ()
    return sum(share.target_minor for share in shares if share.contract_version_id == contract_version_id)


def _check_same(opened: Dispute, reason: str, amount_minor: int | None, net_minor: int) -> None:
    """Told again, all of the line is the same as long as the dispute covers what the line comes to by now."""
    covered = opened.disputed_minor
    is_same_amount = covered is None or net_minor <= covered if amount_minor is None else amount_minor == covered
    if (opened.reason, is_same_amount) != (reason, True):
        raise LineDisputedAlready(f"This line was disputed already, on {opened.opened_at.date()}; a line can be disputed once.")


def _check_amount(net_minor: int, amount_minor: int | None) -> None:
    if net_minor <= 0:
        raise DisputeRefused("This line earns nothing, so there is nothing to dispute.")
    if amount_minor is not None and not 0 < amount_minor <= net_minor:
        raise DisputeRefused("The amount in dispute is above zero and at most what the line earned.")


def _row(dispute_id: UUID, order_id: UUID, contract: ContractInForce, now: datetime) -> Dispute:
    return Dispute(
        dispute_id=dispute_id, order_id=order_id, contract_version_id=contract.contract_version_id, employee_id=contract.employee_id,
        currency=contract.terms.currency, opened_at=now, decide_by=now + timedelta(days=contract.terms.dispute_days),
    )  # fmt: skip
