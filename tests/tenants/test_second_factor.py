"""The second factor: RFC 6238's codes, each good once, within one step of the clock, and never without the password before."""

import threading
from base64 import b32decode
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from fakes.people_of_shop import HOUSE_KEY, PASSWORD, open_empty_shop, signed_in
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from tenants.errors import CodeRefused, SecondFactorAlreadyEnrolled
from tenants.roles import OWNER
from tenants.second_factor import (
    RECOVERY_CODES,
    enrol_authenticator,
    offer_authenticator,
    offered_authenticator,
    remove_authenticator,
    second_factor_state,
    use_code,
)
from tenants.sign_in import CODE_MINUTES, person_awaiting_code, replace_session, session_of, sign_in

EMAIL = "owner@kestrel.example"


def code_at(secret_text: str, at: datetime) -> str:
    """What an authenticator app shows at a moment."""
    secret = b32decode(secret_text + "=" * (-len(secret_text) % 8))
    return TOTP(secret, 6, SHA1(), 30, enforce_key_length=False).generate(int(at.timestamp())).decode()  # noqa: S303


@pytest.fixture
def person(database, tenant_id, now):
    open_empty_shop(database, tenant_id, now=now, email=EMAIL)
    return signed_in(database, EMAIL, now)


@pytest.fixture
def secret(database, person):
    """The secret of an authenticator that is offered and not yet in force."""
    with database.tenant_session(person.tenant_id) as session:
        offer_authenticator(session, person.person_id, house_key=HOUSE_KEY)
        offered = offered_authenticator(session, person.person_id, account=EMAIL, house_key=HOUSE_KEY)
    return offered.secret_text


@pytest.fixture
def recovery(database, person, secret, now):
    """The recovery codes of an authenticator in force since ten minutes."""
    earlier = now - timedelta(minutes=10)
    with database.tenant_session(person.tenant_id) as session:
        return enrol_authenticator(session, person.person_id, code_at(secret, earlier), house_key=HOUSE_KEY, now=earlier)


def attempt(database, person, code, at):
    with database.tenant_session(person.tenant_id) as session:
        use_code(session, person.person_id, code, house_key=HOUSE_KEY, now=at)


def test_our_codes_are_those_of_the_rfc():
    """RFC 6238 appendix B, SHA-1, shortened from eight digits to the six that apps show."""
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    for seconds, digits in ((59, "94287082"), (1111111109, "07081804"), (2000000000, "69279037"), (20000000000, "65353130")):
        assert code_at(secret, datetime.fromtimestamp(seconds, UTC)) == digits[-6:]


def test_the_address_for_the_app_says_who_and_for_what(database, person, secret):
    with database.tenant_session(person.tenant_id) as session:
        uri = offered_authenticator(session, person.person_id, account=EMAIL, house_key=HOUSE_KEY).uri
    parts = urlsplit(uri)
    assert (parts.scheme, parts.netloc, parts.path) == ("otpauth", "totp", "/Tillhand:owner%40kestrel.example")
    assert parse_qs(parts.query)["secret"] == [secret]
    assert len(secret) == 32


def test_an_offered_authenticator_is_not_in_force_before_its_first_code(database, person, secret, now):
    assert not sign_in(database, EMAIL, PASSWORD, now).awaits_code
    with pytest.raises(CodeRefused), database.tenant_session(person.tenant_id) as session:
        enrol_authenticator(session, person.person_id, "000000", house_key=HOUSE_KEY, now=now)
    assert not sign_in(database, EMAIL, PASSWORD, now).awaits_code


def test_with_an_authenticator_the_password_alone_opens_nothing(database, person, recovery, secret, now):
    opened = sign_in(database, EMAIL, PASSWORD, now)
    assert opened.awaits_code
    assert session_of(database, opened.token, now) is None
    awaiting = person_awaiting_code(database, opened.token, now)
    assert awaiting.person_id == person.person_id
    attempt(database, person, code_at(secret, now), now)
    with database.tenant_session(person.tenant_id) as session:
        done = replace_session(session, sign_in_id=awaiting.sign_in_id, now=now, code_was_given=True)
    assert session_of(database, done.token, now).used_code
    assert done.token != opened.token
    assert person_awaiting_code(database, opened.token, now) is None


def test_a_right_password_waits_ten_minutes_for_its_code(database, person, recovery, now):
    token = sign_in(database, EMAIL, PASSWORD, now).token
    assert person_awaiting_code(database, token, now + timedelta(minutes=CODE_MINUTES)) is None
    assert person_awaiting_code(database, "guessed", now) is None


def test_a_code_counts_once_and_only_near_its_time(database, person, recovery, secret, now):
    attempt(database, person, f" {code_at(secret, now)[:3]} {code_at(secret, now)[3:]} ", now)
    for code in (code_at(secret, now), code_at(secret, now - timedelta(seconds=30)), code_at(secret, now + timedelta(seconds=90)), "", "é"):
        with pytest.raises(CodeRefused):
            attempt(database, person, code, now)
    attempt(database, person, code_at(secret, now + timedelta(seconds=30)), now)


def test_one_code_typed_twice_at_once_counts_once(database, person, recovery, secret, now):
    start, refused = threading.Barrier(4), []

    def type_it():
        start.wait()
        try:
            attempt(database, person, code_at(secret, now), now)
        except CodeRefused as error:
            refused.append(error)

    threads = [threading.Thread(target=type_it) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 3


def test_each_recovery_code_stands_in_once(database, person, recovery, now):
    assert len(set(recovery)) == RECOVERY_CODES
    attempt(database, person, recovery[0].upper().replace("-", " "), now)
    with pytest.raises(CodeRefused):
        attempt(database, person, recovery[0], now)
    with database.tenant_session(person.tenant_id) as session:
        assert second_factor_state(session, person.person_id).recovery_codes_left == RECOVERY_CODES - 1


def test_an_authenticator_in_force_is_never_shown_nor_replaced(database, person, recovery):
    with database.tenant_session(person.tenant_id) as session:
        assert offered_authenticator(session, person.person_id, account=EMAIL, house_key=HOUSE_KEY) is None
        with pytest.raises(SecondFactorAlreadyEnrolled):
            offer_authenticator(session, person.person_id, house_key=HOUSE_KEY)


def test_after_removal_the_password_is_enough_again(database, person, recovery, now):
    with database.tenant_session(person.tenant_id) as session:
        remove_authenticator(session, person.person_id)
        assert second_factor_state(session, person.person_id).recovery_codes_left == 0
    assert not sign_in(database, EMAIL, PASSWORD, now).awaits_code
    with pytest.raises(CodeRefused):
        attempt(database, person, recovery[1], now)


def test_neither_secret_nor_codes_stand_in_the_database(database_urls, recovery, secret):
    engine = create_engine(database_urls[OWNER], poolclass=NullPool)
    with engine.connect() as connection:
        sealed = connection.scalar(text("SELECT secret_sealed FROM second_factor"))
        hashes = connection.scalars(text("SELECT code_sha256 FROM recovery_code")).all()
    assert b32decode(secret) not in bytes(sealed)
    assert not {code.replace("-", "") for code in recovery} & set(hashes)
