"""Setting a password anew: by a link that is mailed, works once and for one hour; or, signed in, with the present password."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from tenants.audit import note, person_actor
from tenants.database import Database
from tenants.errors import LinkNotValid, SignInRefused
from tenants.members import end_sessions_here
from tenants.passwords import hash_password, judge_password, password_fits
from tenants.sign_in import SignedIn
from tenants.tokens import new_token, token_hash

RESET_HOURS: Final = 1


def ask_for_reset(database: Database, email: str, now: datetime) -> str | None:
    """Make a link for an address; return its token for the letter. An earlier link of the same person ends. None: nobody has it.

    The answer to the browser must be the same either way and must not wait for this (the dashboard answers first).
    """
    with database.directory_session() as session:
        person = session.execute(text("SELECT person_id FROM find_person(:email)"), {"email": email}).first()
        if person is None:
            return None
        token = new_token()
        values = {"token": token_hash(token), "person": person.person_id, "now": now, "expires": now + timedelta(hours=RESET_HOURS)}
        session.execute(text("SELECT add_person_link(:token, :person, :now, :expires)"), values)
    return token


def email_of_reset(database: Database, token: str, now: datetime) -> str:
    """Whose password a link sets; raises LinkNotValid."""
    with database.directory_session() as session:
        row = session.execute(text("SELECT email FROM person_of_link(:token, :now)"), {"token": token_hash(token), "now": now}).first()
    if row is None:
        raise LinkNotValid("This link was used already, or is older than an hour. Ask for a new one.")
    email: str = row.email
    return email


def reset_password(database: Database, token: str, password: str, now: datetime) -> None:
    """Set a password by its link and end every session of the person, in every shop. Raises PasswordTooWeak or LinkNotValid.

    The authenticator stays: a mailbox alone opens no account that has one.
    """
    judge_password(password, (email_of_reset(database, token, now),))
    values = {"token": token_hash(token), "hash": hash_password(password), "now": now}
    with database.directory_session() as session:
        person_id = session.scalar(text("SELECT set_password_by_link(:token, :hash, :now)"), values)
    if person_id is None:
        raise LinkNotValid("This link was used already.")
    end_sessions_everywhere(database, person_id, action="member.password_reset", now=now)


def change_password(session: Session, *, by: SignedIn, present: str, wanted: str, now: datetime) -> None:
    """Change one's own password. Raises SignInRefused when `present` is wrong, PasswordTooWeak. Other sessions are the caller's to end."""
    stored = confirm_password(session, by=by, password=present)
    judge_password(wanted, (by.display_name,))
    values = {"person": by.person_id, "old": stored, "new": hash_password(wanted)}
    if not session.scalar(text("SELECT change_password(:person, :old, :new)"), values):
        raise SignInRefused("The password was changed elsewhere at the same moment.")
    note(session, person_actor(by.person_id), "member.password_changed", person_actor(by.person_id), {}, now=now)


def confirm_password(session: Session, *, by: SignedIn, password: str) -> str:
    """Let a signed-in person prove again who they are; return the stored hash. Raises SignInRefused."""
    stored = session.scalar(text("SELECT password_of_member(:person)"), {"person": by.person_id})
    if not password_fits(stored, password) or stored is None:
        raise SignInRefused("The password is wrong.")
    return str(stored)


def end_sessions_everywhere(database: Database, person_id: UUID, *, action: str, now: datetime, except_id: UUID | None = None) -> int:
    """End a person's sessions in every shop, all or all but one, and write `action` in each shop's log; return how many ended."""
    with database.directory_session() as session:
        shops = list(session.scalars(text("SELECT tenant_id FROM shops_of(:person)"), {"person": person_id}))
    ended = 0
    for tenant_id in shops:
        with database.tenant_session(tenant_id) as session:
            ended += end_sessions_here(session, person_id, now=now, except_id=except_id)
            note(session, person_actor(person_id), action, person_actor(person_id), {}, now=now)
    return ended
