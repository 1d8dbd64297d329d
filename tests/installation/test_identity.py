"""Who is signed in: tokens as shops' servers make them, and every way in which one is not to be believed."""

import json
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from fakes.visitor_tokens import claims, encode, token
from sqlalchemy import select

from app.installation.errors import IdentityRefused
from app.installation.identity import claims_of, customer_of_visitor, identify_visitor, make_secret, secrets_in_force, withdraw_secret
from app.installation.tables import VisitorSecret
from billing.customer_hash import customer_hash
from tenants.database import Database
from tenants.identifiers import new_id
from tenants.tenant import open_tenant

HOUSE_KEY = b"the house's own key"


@pytest.fixture
def secret(database: Database, tenant_id: UUID, now: datetime) -> str:
    with database.tenant_session(tenant_id) as session:
        open_tenant(session, name="Kestrel", time_zone="UTC", allowed_origins=(), now=now)
        return make_secret(session, house_key=HOUSE_KEY, actor="operator", now=now)


def identify(database: Database, tenant_id: UUID, text: str, now: datetime, visitor_id: UUID | None = None) -> None:
    with database.tenant_session(tenant_id) as session:
        identify_visitor(session, visitor_id=visitor_id or new_id(now), token=text, house_key=HOUSE_KEY, now=now)


def test_a_vouched_visitor_is_known_by_a_hash_of_the_shops_own(database: Database, tenant_id: UUID, now: datetime, secret: str):
    visitor_id = new_id(now)
    identify(database, tenant_id, token(secret, claims(now, aud=["shop", "tillhand"])), now, visitor_id)
    identify(database, tenant_id, token(secret, claims(now, sub="customer-8")), now, visitor_id)
    with database.tenant_session(tenant_id) as session:
        assert customer_of_visitor(session, visitor_id) == customer_hash(tenant_id, "customer-8")
        assert customer_of_visitor(session, new_id(now)) is None
        assert secrets_in_force(session)[0].last_used_at == now


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"aud": "elsewhere"}, "aud"), ({"sub": ""}, "sub"), ({"sub": 7}, "sub"), ({"sub": "x" * 201}, "sub"),
        ({"exp": None}, "iat and exp"), ({"exp": float("nan")}, "iat and exp"), ({"iat": float("-inf")}, "iat and exp"),
        ({"exp": 10**12}, "an hour"), ({"iat": 0, "exp": 600}, "expired"), ({"iat": 4 * 10**9, "exp": 4 * 10**9 + 60}, "future"),
    ],
)  # fmt: skip
def test_a_wrong_claim_is_refused_with_its_name(
    database: Database, tenant_id: UUID, now: datetime, secret: str, changed: dict[str, Any], why: str
):
    with pytest.raises(IdentityRefused, match=why):
        identify(database, tenant_id, token(secret, claims(now, **changed)), now)


def test_a_forged_token_is_refused(database: Database, tenant_id: UUID, now: datetime, secret: str):
    good = token(secret, claims(now))
    head, body, signature = good.split(".")
    unsigned = token(secret, claims(now), {"alg": "none"})
    other = encode(json.dumps(claims(now, sub="customer-1")).encode())
    strangers = (token("vis_other", claims(now)), f"{head}.{other}.{signature}", f"{head}.{body}.", unsigned, unsigned[:-43])
    for text in (*strangers, "no.token", "a.b.c", f"{good}é", good * 20):
        with pytest.raises(IdentityRefused):
            identify(database, tenant_id, text, now)


def test_the_vector_of_the_standard_is_read():
    """RFC 7515, appendix A.1."""
    vector = (
        "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVl"
        "fQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    )
    assert claims_of(vector) == {"iss": "joe", "exp": 1300819380, "http://example.com/is_root": True}


def test_two_secrets_overlap_and_a_withdrawn_one_signs_nothing(database: Database, tenant_id: UUID, now: datetime, secret: str):
    later = now + timedelta(minutes=1)
    with database.tenant_session(tenant_id) as session:
        second = make_secret(session, house_key=HOUSE_KEY, actor="operator", now=later)
    for one in (secret, second):
        identify(database, tenant_id, token(one, claims(later)), later)
    with database.tenant_session(tenant_id) as session:
        old = secrets_in_force(session)[1]
        assert withdraw_secret(session, old.secret_id, actor="operator", now=later)
        assert not withdraw_secret(session, old.secret_id, actor="operator", now=later)
        assert all(secret.encode() not in row.sealed for row in session.scalars(select(VisitorSecret)))
    with pytest.raises(IdentityRefused, match="not signed"):
        identify(database, tenant_id, token(secret, claims(later)), later)


def test_another_shops_secret_vouches_for_nobody_here(database: Database, tenant_id: UUID, now: datetime, secret: str):
    neighbour = new_id(now)
    with database.tenant_session(neighbour) as session:
        open_tenant(session, name="Harbour", time_zone="UTC", allowed_origins=(), now=now)
        make_secret(session, house_key=HOUSE_KEY, actor="operator", now=now)
    with pytest.raises(IdentityRefused):
        identify(database, neighbour, token(secret, claims(now)), now)
