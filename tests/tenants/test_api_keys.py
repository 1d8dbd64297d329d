"""API keys: good for one shop and for what they were made for, until they are withdrawn."""

from datetime import timedelta

import pytest
from fakes.people_of_shop import open_empty_shop, signed_in
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from tenants.api_keys import KEYS_MAX, SCOPES, TILL_SCOPES, api_keys, issue_api_key, use_api_key, withdraw_api_key
from tenants.audit import AuditFilter, audit_entries, person_actor
from tenants.errors import ApiKeyInvalid, ApiKeyScopeMissing, ApiKeyUnknown
from tenants.identifiers import new_id
from tenants.roles import OWNER

EMAIL = "owner@kestrel.example"


@pytest.fixture
def shop(database, tenant_id, now):
    open_empty_shop(database, tenant_id, now=now, email=EMAIL)
    return tenant_id


def make(database, shop, now, **options):
    with database.tenant_session(shop) as session:
        return issue_api_key(session, name="till", now=now, **options)


def listed(database, shop):
    with database.tenant_session(shop) as session:
        return api_keys(session)


def test_a_key_opens_its_own_shop_until_withdrawn(database, shop, now):
    secret = make(database, shop, now)
    hit = use_api_key(database, secret, scope="coupons.check", now=now)
    assert hit is not None
    assert hit.tenant_id == shop
    with database.tenant_session(shop) as session:
        withdraw_api_key(session, api_key_id=hit.subject_id, now=now)
        withdraw_api_key(session, api_key_id=hit.subject_id, now=now + timedelta(days=1))
    assert use_api_key(database, secret, scope="coupons.check", now=now) is None
    assert use_api_key(database, "sk_guess", scope="coupons.check", now=now) is None
    assert listed(database, shop)[0].withdrawn_at == now


def test_a_key_is_good_only_for_its_scopes(database, shop, now):
    secret = make(database, shop, now, scopes=["coupons.check", "made up"])
    assert listed(database, shop)[0].scopes == ("coupons.check",)
    with pytest.raises(ApiKeyScopeMissing, match=r"coupons\.redeem"):
        use_api_key(database, secret, scope="coupons.redeem", now=now)
    with pytest.raises(ApiKeyInvalid):
        make(database, shop, now, scopes=["made up"])
    assert set(TILL_SCOPES) == {"coupons.check", "coupons.redeem"} < set(SCOPES)


def test_a_key_needs_a_name_and_room(database, shop, now):
    for name in ("", "  ", "x" * 81, "a\x00b"):
        with pytest.raises(ApiKeyInvalid), database.tenant_session(shop) as session:
            issue_api_key(session, name=name, now=now)
    with database.tenant_session(shop) as session:
        for _ in range(KEYS_MAX):
            issue_api_key(session, name="till", now=now)
        with pytest.raises(ApiKeyInvalid, match="withdraw one"):
            issue_api_key(session, name="till", now=now)


def test_the_last_use_is_noted_every_few_minutes(database, shop, now):
    secret = make(database, shop, now)
    assert listed(database, shop)[0].last_used_at is None
    for minutes in (0, 4, 6):
        use_api_key(database, secret, scope="coupons.check", now=now + timedelta(minutes=minutes))
    assert listed(database, shop)[0].last_used_at == now + timedelta(minutes=6)


def test_the_secret_is_nowhere_in_the_database(database, database_urls, shop, now):
    secret = make(database, shop, now)
    assert listed(database, shop)[0].shown == f"{secret[:7]}…{secret[-4:]}"
    engine = create_engine(database_urls[OWNER], poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL row_security = on"))
        everything = connection.scalars(text("SELECT key FROM directory")).all()
    assert all(secret not in key for key in everything)


def test_another_shops_key_cannot_be_withdrawn(database, shop, now):
    make(database, shop, now)
    other = new_id(now)
    open_empty_shop(database, other, now=now, email="kim@harbour.example")
    with pytest.raises(ApiKeyUnknown), database.tenant_session(other) as session:
        withdraw_api_key(session, api_key_id=listed(database, shop)[0].api_key_id, now=now)


def test_making_and_withdrawing_are_written_down(database, shop, now):
    by = signed_in(database, EMAIL, now)
    make(database, shop, now, by=by)
    with database.tenant_session(shop) as session:
        withdraw_api_key(session, api_key_id=listed(database, shop)[0].api_key_id, now=now + timedelta(seconds=1), by=by)
    with database.tenant_session(shop) as session:
        entries = audit_entries(session, AuditFilter(actor=person_actor(by.person_id)), limit=10)
    assert [entry.action for entry in entries] == ["api_key.withdrawn", "api_key.made"]
