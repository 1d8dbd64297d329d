"""Opens the demo shop's account with us: a tenant, its owner, one hired employee who has read the price list, an offer, and keys.

Everything goes through the same verbs a real tenant's clicks would. The shop opened three months ago, and those months are lived first.
"""

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from app.conversations.embeddings import Embedder
from app.conversations.teach import teach_document
from app.demo.account import KNOWLEDGE, DemoAccount, keep_account
from app.demo.history import FIRST_TERMS, first_day, live_the_past
from app.demo.past_days import CURRENCY, DISCOUNT_PPM, PastDays
from billing.connections import create_connection
from billing.offers import OfferTerms, create_offer
from billing.sign_contract import sign_contract
from tenants.api_keys import issue_api_key
from tenants.database import Database
from tenants.hire_employee import Applicant, add_applicant
from tenants.identifiers import new_id
from tenants.sign_in import add_member
from tenants.tenant import open_tenant

DOCUMENTS: Final = (("Price list", "price_list.csv", "text/csv"), ("House rules", "house_rules.md", "text/markdown"))
AMARA: Final = Applicant(
    name="Amara",
    job_title="Shop seller",
    face_id="amara",
    voice_id="heart",
    greeting="Welcome to Kestrel Coffee. What can I get you today?",
    brief="Helps visitors choose, answers from the price list and the house rules, and has one welcome coupon to give.",
)
WELCOME_COUPONS: Final = 500


def open_demo_account(
    database: Database, *, embed: Embedder, clock: Callable[[], datetime], kept_in: Path, shop_origin: str, has_past: bool = True
) -> DemoAccount:
    """Open the demo account and keep it in a file. `shop_origin` is the one page its widget may appear on.

    Without a past they start today, and have not earned yet.
    """
    now = clock()
    begun = first_day(now) if has_past else now
    tenant_id = new_id(begun)
    with database.tenant_session(tenant_id) as session:
        account = _open(session, tenant_id, embed, begun, shop_origin)
    days = PastDays(database, account)
    days.hear_of(begun)  # the signed contract puts them to work
    if has_past:
        live_the_past(days, now=now)
        days.hear_of(now)
    keep_account(account, kept_in)
    return account


def _open(session: Session, tenant_id: UUID, embed: Embedder, now: datetime, shop_origin: str) -> DemoAccount:
    password = secrets.token_urlsafe(9)
    open_tenant(session, name="Kestrel Coffee & Snacks", time_zone="UTC", allowed_origins=(shop_origin,), now=now, is_demo=True)
    # A random part, because a deleted data folder may leave the person behind in a production-like database.
    email = f"owner-{secrets.token_hex(3)}@kestrel.example"
    add_member(session, email=email, password=password, display_name="Olive Kestrel", role="owner", now=now)
    employee = add_applicant(session, AMARA, now=now)
    for name, file_name, media_type in DOCUMENTS:
        body = (KNOWLEDGE / file_name).read_bytes()
        teach_document(session, employee_id=employee.employee_id, name=name, media_type=media_type, body=body, embed=embed, now=now)
    sign_contract(session, employee_id=employee.employee_id, terms=FIRST_TERMS, accepted_by="Olive Kestrel", now=now)
    create_offer(session, employee_id=employee.employee_id, offer=_welcome_offer(now), now=now)
    connection = create_connection(session, name="Kestrel web shop", channel="web", is_order_book=True, now=now)
    return DemoAccount(
        tenant_id=str(tenant_id),
        employee_id=str(employee.employee_id),
        widget_key=employee.widget_key,
        connection_key=connection.public_key,
        webhook_secret=connection.secret,
        api_key=issue_api_key(session, name="Kestrel till", now=now),
        owner_email=email,
        owner_password=password,
    )


def _welcome_offer(now: datetime) -> OfferTerms:
    return OfferTerms(
        name="Welcome",
        percent_ppm=DISCOUNT_PPM,
        currency=CURRENCY,
        coupons_max=WELCOME_COUPONS,
        starts_at=now,
        ends_at=now + timedelta(days=365),
    )
