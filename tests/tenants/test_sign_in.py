"""Signing in: the right person gets in, nobody else does, and sessions end."""

from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from tenants.errors import PasswordTooWeak, SignInRefused
from tenants.sign_in import SESSION_HOURS, add_member, session_of, sign_in, sign_out
from tenants.tenant import open_tenant

EMAIL, PASSWORD = "owner@kestrel.example", "correct horse battery"


@pytest.fixture
def shop(database, tenant_id, now):
    with database.tenant_session(tenant_id) as session:
        open_tenant(session, name="Kestrel", time_zone="Europe/London", allowed_origins=("https://kestrel.example",), now=now)
        add_member(session, email=EMAIL, password=PASSWORD, display_name="Olive Owner", role="owner", now=now)
    return tenant_id


def test_the_right_password_opens_a_session(database, shop, now):
    token = sign_in(database, EMAIL.upper(), PASSWORD, now).token
    signed_in = session_of(database, token, now)
    assert signed_in is not None
    assert (signed_in.tenant_id, signed_in.display_name, signed_in.role) == (shop, "Olive Owner", "owner")


@pytest.mark.parametrize(("email", "password"), [(EMAIL, "wrong"), ("nobody@kestrel.example", PASSWORD), ("", ""), (EMAIL, "x" * 100_000)])
def test_anything_else_is_refused_without_saying_what_was_wrong(database, shop, now, email, password):
    with pytest.raises(SignInRefused, match="The e-mail address or the password is wrong"):
        sign_in(database, email, password, now)


def test_sessions_end(database, shop, now):
    token = sign_in(database, EMAIL, PASSWORD, now).token
    assert session_of(database, token, now + timedelta(hours=SESSION_HOURS)) is None
    assert session_of(database, "guessed", now) is None
    sign_out(database, token, now)
    assert session_of(database, token, now) is None
    sign_out(database, token, now)


def test_weak_passwords_and_known_addresses_are_refused(database, shop, now):
    with pytest.raises(PasswordTooWeak), database.tenant_session(shop) as session:
        add_member(session, email="b@kestrel.example", password="short", display_name="B", role="staff", now=now)
    with pytest.raises(IntegrityError), database.tenant_session(shop) as session:
        add_member(session, email=EMAIL, password=PASSWORD, display_name="B", role="staff", now=now)
