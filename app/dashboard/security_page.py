"""The page about how a person signs in, shared by the routes that change it; and the count of guesses at their secrets."""

from typing import Any

from fastapi import Request, Response
from sqlalchemy.orm import Session

from app.dashboard.guess_limit import caller_of, count_try
from app.dashboard.pages import page
from app.dashboard.qr import qr_svg
from app.dashboard.viewer import Viewer
from tenants.members import members
from tenants.second_factor import offered_authenticator, second_factor_state
from tenants.sessions import sessions_of

SECURITY_PATH = "/dashboard/security"


async def security_page(viewer: Viewer, *, status: int = 200, **notes: str) -> Response:
    """Render it. `notes`: done, why_password, why_code; each a sentence."""
    context = {"done": "", "why_password": "", "why_code": "", **notes, **await viewer.read(_read, viewer)}
    return page("security.html", status=status, **viewer.context("settings"), **context)


def count_guess(request: Request, viewer: Viewer) -> str:
    """Count a guess at this person's secrets; return the key to forgive when it was right."""
    key = f"secrets of {viewer.person.person_id}"
    count_try(request, (caller_of(request), key), viewer.now)
    return key


def email_of(session: Session, viewer: Viewer) -> str:
    """The viewer's own address."""
    return next(member.email for member in members(session) if member.person_id == viewer.person.person_id)


def _read(session: Session, viewer: Viewer) -> dict[str, Any]:
    person_id, email, key = viewer.person.person_id, email_of(session, viewer), viewer.house.settings.signing_key
    offered = offered_authenticator(session, person_id, account=email, house_key=key)
    return {
        "email": email,
        "state": second_factor_state(session, person_id),
        "offered": offered,
        "qr": qr_svg(offered.uri) if offered else "",
        "sessions": sessions_of(session, person_id, now=viewer.now),
    }
