"""The shop as a payer: its row, made when it is first needed, and asking a worker to look after its bills."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from billing.payments.gateway import Party
from billing.payments.tables import BillAccount
from tenants.database import tenant_of
from tenants.members import members
from tenants.roles_of_members import Permission, may
from tenants.tenant import tenant_view


def held_account(session: Session) -> BillAccount:
    """The session's shop as a payer, its row locked until the transaction ends."""
    blank = {"legal_name": "", "address": "", "country": "", "tax_id": "", "email": "", "bills_count": 0}
    flags = {"stops_offers": False, "is_method_asked": False}
    made = insert(BillAccount).values(tenant_id=tenant_of(session), **blank, **flags)
    session.execute(made.on_conflict_do_nothing())
    query = select(BillAccount).where(BillAccount.tenant_id == tenant_of(session))
    return session.scalars(query.with_for_update().execution_options(populate_existing=True)).one()


def want_work(account: BillAccount, at: datetime) -> None:
    """Ask a worker to look after this shop's bills, at this moment at the latest."""
    account.wanted_at = at if account.wanted_at is None else min(account.wanted_at, at)


def buyer_of(session: Session, account: BillAccount | None) -> Party:
    """The shop as an invoice names it: by what it told us, else by what we know: its name, and who settles for it."""
    given = account or BillAccount(legal_name="", address="", country="", tax_id="", email="")
    settling = next((one.email for one in members(session) if may(one.role, Permission.SETTLE)), "")
    return Party(
        name=given.legal_name or tenant_view(session).name, address=given.address, country=given.country, tax_id=given.tax_id,
        email=given.email or settling,
    )  # fmt: skip
