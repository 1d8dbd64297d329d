"""A second proof of who signs in: six digits from an authenticator (TOTP, RFC 6238), or a recovery code on paper.

A code counts once: the thirty-second step it belongs to is written down in the statement that accepts it, so one that was watched
cannot be used again. The secret is sealed under a key of the house that is not in the database; recovery codes are kept as hashes
of 80 random bits.
"""

import hmac
import secrets
from base64 import b32encode
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from sqlalchemy import text
from sqlalchemy.orm import Session

from tenants.errors import CodeRefused, SecondFactorAlreadyEnrolled
from tenants.sealed_secrets import seal, unseal
from tenants.tokens import token_hash

STEP_SECONDS: Final = 30
STEPS_TOLERATED: Final = 1
"""Clocks differ and people are slow: the code before and the one after are taken too."""
CODE_DIGITS: Final = 6
RECOVERY_CODES: Final = 10
SECRET_BYTES: Final = 20  # RFC 4226 recommends 160 bits
PURPOSE: Final = "tillhand second factor"
ISSUER: Final = "Tillhand"


@dataclass(frozen=True)
class Authenticator:
    """What an authenticator app needs: the address a QR code carries, and the secret for typing by hand."""

    uri: str
    secret_text: str


@dataclass(frozen=True)
class SecondFactorState:
    """Whether an authenticator is in force, since when, and how many recovery codes are left."""

    enrolled_at: datetime | None
    recovery_codes_left: int


def second_factor_state(session: Session, person_id: UUID) -> SecondFactorState:
    """Read how a person's second factor stands."""
    row = session.execute(text("SELECT enrolled_at FROM second_factor_of(:person)"), {"person": person_id}).first()
    left = session.scalar(text("SELECT recovery_codes_left(:person)"), {"person": person_id})
    return SecondFactorState(row.enrolled_at if row else None, int(left or 0))


def offer_authenticator(session: Session, person_id: UUID, *, house_key: bytes) -> None:
    """Make a secret for a new authenticator. It is not in force before `enrol_authenticator`. Raises SecondFactorAlreadyEnrolled."""
    if second_factor_state(session, person_id).enrolled_at is not None:
        raise SecondFactorAlreadyEnrolled("Remove the present authenticator first.")
    sealed = seal(secrets.token_bytes(SECRET_BYTES), purpose=PURPOSE, bound_to=person_id, house_key=house_key)
    session.execute(text("SELECT offer_second_factor(:person, :sealed)"), {"person": person_id, "sealed": sealed})


def offered_authenticator(session: Session, person_id: UUID, *, account: str, house_key: bytes) -> Authenticator | None:
    """Read the offered secret again; None when none was offered or it is in force already, after which it is never shown."""
    row = session.execute(text("SELECT secret_sealed, enrolled_at FROM second_factor_of(:person)"), {"person": person_id}).first()
    if row is None or row.enrolled_at is not None:
        return None
    secret = unseal(row.secret_sealed, purpose=PURPOSE, bound_to=person_id, house_key=house_key)
    return Authenticator(_totp(secret).get_provisioning_uri(account, ISSUER), b32encode(secret).decode().rstrip("="))


def enrol_authenticator(session: Session, person_id: UUID, code: str, *, house_key: bytes, now: datetime) -> list[str]:
    """Put the offered authenticator in force by its first code; return the recovery codes, shown this once. Raises CodeRefused."""
    _use_totp(session, person_id, code, house_key, now)
    if not session.scalar(text("SELECT enrol_second_factor(:person, :now)"), {"person": person_id, "now": now}):
        raise SecondFactorAlreadyEnrolled("An authenticator is in force already.")
    return new_recovery_codes(session, person_id, now=now)


def new_recovery_codes(session: Session, person_id: UUID, *, now: datetime) -> list[str]:
    """Replace a person's recovery codes; return the new ones, shown this once."""
    codes = [_recovery_code() for _ in range(RECOVERY_CODES)]
    hashes = [token_hash(_plain(code)) for code in codes]
    session.execute(text("SELECT replace_recovery_codes(:person, :hashes, :now)"), {"person": person_id, "hashes": hashes, "now": now})
    return codes


def use_code(session: Session, person_id: UUID, code: str, *, house_key: bytes, now: datetime) -> None:
    """Take a code of the authenticator, or a recovery code, and use it up; raises CodeRefused."""
    plain = _plain(code)
    if plain.isdigit() and len(plain) == CODE_DIGITS:
        _use_totp(session, person_id, plain, house_key, now)
        return
    values = {"person": person_id, "hash": token_hash(plain), "now": now}
    if not session.scalar(text("SELECT use_recovery_code(:person, :hash, :now)"), values):
        raise CodeRefused("This code is wrong or was used before.")


def remove_authenticator(session: Session, person_id: UUID) -> None:
    """Forget a person's authenticator and recovery codes."""
    session.execute(text("SELECT remove_second_factor(:person)"), {"person": person_id})


def _use_totp(session: Session, person_id: UUID, code: str, house_key: bytes, now: datetime) -> None:
    sealed = session.scalar(text("SELECT secret_sealed FROM second_factor_of(:person)"), {"person": person_id})
    step = None
    if sealed is not None:
        step = _matching_step(unseal(sealed, purpose=PURPOSE, bound_to=person_id, house_key=house_key), _plain(code), now)
    values = {"person": person_id, "step": step}
    if step is None or not session.scalar(text("SELECT use_totp_step(:person, :step)"), values):
        raise CodeRefused("This code is wrong or was used before.")


def _matching_step(secret: bytes, code: str, now: datetime) -> int | None:
    """Which step a code belongs to. Every tolerated step is compared, each in constant time."""
    present, totp, found = int(now.timestamp()) // STEP_SECONDS, _totp(secret), None
    for step in range(present - STEPS_TOLERATED, present + STEPS_TOLERATED + 1):
        if hmac.compare_digest(totp.generate(step * STEP_SECONDS), code.encode()):
            found = step
    return found


def _totp(secret: bytes) -> TOTP:
    return TOTP(secret, CODE_DIGITS, SHA1(), STEP_SECONDS)  # noqa: S303 - HMAC-SHA1 is what every authenticator app speaks


def _recovery_code() -> str:
    letters = b32encode(secrets.token_bytes(10)).decode().lower()
    return "-".join(letters[start : start + 4] for start in range(0, 16, 4))


def _plain(code: str) -> str:
    """People type spaces and hyphens, and capitals."""
    return "".join(letter for letter in code.lower() if letter.isalnum())
