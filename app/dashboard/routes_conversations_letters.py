"""Letters to the staff: whom the shop calls when a shopper waits for a person, after how long, and in which hours."""

from dataclasses import dataclass
from datetime import time
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Form, Query, Response
from sqlalchemy.orm import Session

from app.conversations.errors import CallsInvalid
from app.conversations.handover_setting import DAYS, Calls, calls_of, set_calls, without
from app.dashboard.door import Text
from app.dashboard.language import N_, _, said
from app.dashboard.page_route import PageRoute
from app.dashboard.pages import go_to, page
from app.dashboard.permissions import ConversationsViewer, MembersManager
from app.dashboard.viewer import Viewer
from tenants.audit import person_actor
from tenants.identifiers import PublicIdUnreadable, from_public, to_public
from tenants.members import MemberView, members
from tenants.roles_of_members import Permission, may

router = APIRouter(route_class=PageRoute, include_in_schema=False)

PATH: Final = "/dashboard/staff-letters"
WEEK: Final = (N_("Monday"), N_("Tuesday"), N_("Wednesday"), N_("Thursday"), N_("Friday"), N_("Saturday"), N_("Sunday"))
DIGITS_MAX: Final = 4
Chosen = Annotated[list[str], Form(max_length=200)]


@dataclass(frozen=True)
class Typed:
    """What stands in the form."""

    tells_messages: bool
    tells_waiting: bool
    wait_minutes: str
    opens: str
    closes: str
    days: frozenset[int]
    people: frozenset[str]


@router.get(PATH)
async def show_letters(viewer: ConversationsViewer, done: Annotated[str, Query(max_length=10)] = "") -> Response:
    """The setting as it is; a form for those who manage members."""
    people, calls = await viewer.read(_people_and_calls)
    return _form_page(viewer, people, _typed(calls), done=_("From now on letters are written so.") if done == "set" else "")


@router.post(PATH)
async def set_letters(
    viewer: MembersManager, *, tells: Chosen = [], wait_minutes: Text = "", opens: Text = "", closes: Text = "",  # noqa: B006 - FastAPI copies it
    days: Chosen = [], people: Chosen = [], csrf_token: Text = "",  # noqa: B006 - FastAPI copies it
) -> Response:  # fmt: skip
    """Keep what was chosen; what cannot be kept is said beside its field."""
    viewer.check_form(csrf_token)
    chosen = frozenset(int(day) for day in days if day in {str(one) for one in DAYS})
    typed = Typed("messages" in tells, "waiting" in tells, wait_minutes.strip(), opens.strip(), closes.strip(), chosen, frozenset(people))
    present, _before = await viewer.read(_people_and_calls)
    try:
        calls = without(_calls(typed), {one.person_id: one for one in present})
        await viewer.read(set_calls, calls, actor=person_actor(viewer.person.person_id), now=viewer.now)
    except CallsInvalid as error:
        return _form_page(viewer, present, typed, wrong={error.field: said(error.advice)}, status=422)
    return go_to(f"{PATH}?done=set")


def _form_page(
    viewer: Viewer, people: list[MemberView], typed: Typed, *, wrong: dict[str, str] | None = None, done: str = "", status: int = 200
) -> Response:
    context: dict[str, Any] = {"people": people, "typed": typed, "wrong": wrong or {}, "done": done, "week": [_(day) for day in WEEK]}
    return page("staff_letters.html", status=status, **viewer.context("conversations"), **context)


def _people_and_calls(session: Session) -> tuple[list[MemberView], Calls]:
    """Those who could be called, and the setting."""
    able = [one for one in members(session) if may(one.role, Permission.TAKE_OVER)]
    return able, without(calls_of(session), {one.person_id: one for one in able})


def _typed(calls: Calls) -> Typed:
    opens, closes = (moment.isoformat("minutes") for moment in (calls.opens, calls.closes))
    people = frozenset(to_public("per", one) for one in calls.people)
    return Typed(calls.tells_messages, calls.tells_waiting, str(calls.wait_minutes), opens, closes, calls.days, people)


def _calls(typed: Typed) -> Calls:
    digits = typed.wait_minutes
    minutes = int(digits) if digits.isascii() and digits.isdecimal() and len(digits) <= DIGITS_MAX else -1
    opens, closes = _time("opens", typed.opens), _time("closes", typed.closes)
    people = frozenset(one for name in typed.people if (one := _person(name)) is not None)
    return Calls(typed.tells_messages, typed.tells_waiting, minutes, opens, closes, typed.days, people)


def _time(field: str, text: str) -> time:
    try:
        return time.fromisoformat(text).replace(second=0, microsecond=0, tzinfo=None)
    except ValueError:
        raise CallsInvalid(field, _("Type a time of day such as 09:00.")) from None


def _person(name: str) -> UUID | None:
    try:
        return from_public("per", name)
    except PublicIdUnreadable:
        return None
