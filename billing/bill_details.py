"""Whom bills are made out to, and the shop's payment method: what a shop says of itself as a payer."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from babel import Locale
from sqlalchemy.orm import Session

from billing.payment_errors import BillDetailsRefused
from billing.payments.accounts import buyer_of, held_account, want_work
from billing.payments.gateway import Gateway
from billing.payments.tables import BillAccount
from billing.payments.tax_ids import check_tax_id
from tenants.audit import note
from tenants.database import Database, tenant_of
from tenants.email_address import normal_email
from tenants.errors import EmailUnreadable
from tenants.identifiers import to_public

__all__ = ["COUNTRIES", "BillDetails", "ask_for_method", "bill_details", "keep_details", "page_for_method"]

NAME_LENGTH_MAX: Final = 120
ADDRESS_LENGTH_MAX: Final = 400
_NO_COUNTRIES: Final = frozenset({"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"})
_TERRITORIES: Final = (str(code) for code in Locale("en").territories)
COUNTRIES: Final = tuple(sorted(code for code in _TERRITORIES if len(code) == 2 and code.isalpha() and code not in _NO_COUNTRIES))
"""ISO 3166 codes, as the locale data know them."""


@dataclass(frozen=True)
class BillDetails:
    """What a shop told us; empty words where it told nothing. `method_label` names the payment method on file."""

    legal_name: str
    address: str
    country: str
    tax_id: str
    email: str
    method_label: str | None = None
    has_customer: bool = False


def bill_details(session: Session) -> BillDetails:
    """What is known by now."""
    row = session.get(BillAccount, tenant_of(session))
    if row is None:
        return BillDetails("", "", "", "", "")
    return BillDetails(row.legal_name, row.address, row.country, row.tax_id, row.email, row.method_label, row.customer_ref is not None)


def keep_details(session: Session, details: BillDetails, *, actor: str, now: datetime) -> None:
    """Keep what the next bills are made out to; bills that were written stay as they are. Raises BillDetailsRefused with the field."""
    name, address = details.legal_name.strip(), "\n".join(line.strip() for line in details.address.strip().splitlines())
    if not name or len(name) > NAME_LENGTH_MAX:
        raise BillDetailsRefused("A bill needs the name of your company, of at most 120 letters.", "legal_name")
    if not address or len(address) > ADDRESS_LENGTH_MAX:
        raise BillDetailsRefused("A bill needs your address, of at most 400 letters.", "address")
    if details.country not in COUNTRIES:
        raise BillDetailsRefused("Choose the country of your company.", "country")
    try:
        email = normal_email(details.email) if details.email.strip() else ""
    except EmailUnreadable as error:
        raise BillDetailsRefused(str(error), "email") from None
    tax_id = check_tax_id(details.tax_id, details.country)
    row = held_account(session)
    row.legal_name, row.address, row.country, row.tax_id, row.email = name, address, details.country, tax_id, email
    note(session, actor, "bill.details_changed", to_public("shp", row.tenant_id), {}, now=now)


def page_for_method(database: Database, gateway: Gateway, tenant_id: UUID, *, currency: str, back_to: str) -> str:
    """The address of the gateway's page on which the shop leaves a payment method, or changes it where it has one.

    No transaction is open while the gateway is asked. Raises GatewayUnavailable or GatewayRefused.
    """
    with database.tenant_session(tenant_id) as session:
        account = held_account(session)
        customer, buyer, has_method = account.customer_ref, buyer_of(session, account), account.method_label is not None
    if customer is not None and has_method:
        page = gateway.portal_page(customer, back_to)
    else:
        customer, page = gateway.method_page(tenant_id, buyer, customer, currency, back_to)
    with database.tenant_session(tenant_id) as session:
        held_account(session).customer_ref = customer
    return page


def ask_for_method(session: Session, *, now: datetime) -> None:
    """Somebody comes back from the gateway's page: a worker asks what the method on file is called now."""
    account = held_account(session)
    if account.customer_ref is not None:
        account.is_method_asked = True
        want_work(account, now)
