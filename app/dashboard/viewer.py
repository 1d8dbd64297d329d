"""Who is looking: the signed-in person, their shop, and the verbs run in its name.

`SignedInViewer` is for what every member may do for themselves (their own security, leaving); pages of the shop ask for more, by the
names in permissions.py.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hmac import compare_digest
from typing import Annotated, Any, Concatenate, Final, ParamSpec, TypeVar
from zoneinfo import ZoneInfo

from fastapi import Depends, Request
from sqlalchemy.orm import Session

from app.conversations.handover_calls import people_owed
from app.dashboard.formatting import Clockface
from app.dashboard.language import chosen_language, speak
from app.dashboard.problems import SignInNeeded, form_refused
from app.wiring import House, house_of
from tenants.roles_of_members import Permission, may
from tenants.sign_in import SignedIn, session_of
from tenants.tenant import TenantView, tenant_view

SESSION_COOKIE: Final = "tillhand_session"
TOKEN_LENGTH_MAX: Final = 200

P = ParamSpec("P")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Viewer:
    """One person looking at one shop, at one moment. `owed` counts conversations in which a shopper waits for somebody of the shop."""

    house: House
    person: SignedIn
    shop: TenantView
    now: datetime
    path: str
    owed: int = 0

    @property
    def times(self) -> Clockface:
        """Times as this shop reads them."""
        return Clockface(ZoneInfo(self.shop.time_zone), self.now)

    async def read(self, verb: Callable[Concatenate[Session, P], Result], /, *args: P.args, **arguments: P.kwargs) -> Result:
        """Run a verb for this person's shop; row-level security keeps every other shop out."""
        return await self.house.run(self.shop.tenant_id, verb, *args, **arguments)

    def may(self, permission: str) -> bool:
        """Whether this person's role includes a permission, by its name in `Permission`."""
        return may(self.person.role, Permission[permission])

    def context(self, section: str) -> Mapping[str, Any]:
        """What the layout of every page needs. `section` is lit in the navigation."""
        return {"viewer": self, "times": self.times, "section": section, "here": self.path}

    def check_form(self, csrf_token: str) -> None:
        """Refuse a form that does not carry this session's secret."""
        if not compare_digest(csrf_token.encode(), self.person.csrf_token.encode()):
            raise form_refused()


async def viewer_of(request: Request, house: Annotated[House, Depends(house_of)]) -> Viewer:
    """Find who is looking; raises SignInNeeded when nobody is signed in any more."""
    person, now = await person_of(request, house), house.clock()
    if person is None:
        raise SignInNeeded(wanted_path(request))
    if not chosen_language(request):
        speak(person.language)  # the choice they made in another browser
    shop, owed = await house.run(person.tenant_id, _shop_and_owed)
    return Viewer(house, person, shop, now, request.url.path, owed)


def _shop_and_owed(session: Session) -> tuple[TenantView, int]:
    return tenant_view(session), people_owed(session)


async def person_of(request: Request, house: House) -> SignedIn | None:
    """Who this browser's session belongs to; None when nobody is signed in."""
    token = request.cookies.get(SESSION_COOKIE, "")
    return await house.run_call(session_of, house.database, token, house.clock()) if 0 < len(token) <= TOKEN_LENGTH_MAX else None


def wanted_path(request: Request) -> str:
    """The page someone wanted before being asked to sign in."""
    query = f"?{request.url.query}" if request.url.query else ""
    return f"{request.url.path}{query}"


SignedInViewer = Annotated[Viewer, Depends(viewer_of)]
