"""Remembering visitors: whether the employees may ask for it, for how long it is kept, and how many agreed. Who they are is not listed."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Response
from sqlalchemy.orm import Session

from app.conversations.errors import FieldNotFit
from app.conversations.remember import MemoryRules, memory_rules, set_memory_rules, visitors_remembered
from app.dashboard.door import Text
from app.dashboard.language import _, said
from app.dashboard.page_route import PageRoute
from app.dashboard.pages import go_to, page
from app.dashboard.permissions import ShopOwner, ShopViewer
from app.dashboard.viewer import Viewer
from tenants.audit import person_actor

router = APIRouter(route_class=PageRoute, include_in_schema=False)

PATH: Final = "/dashboard/memory"
DIGITS_MAX: Final = 4


@router.get(PATH)
async def show_memory(viewer: ShopViewer, done: Annotated[str, Query(max_length=10)] = "") -> Response:
    """The setting as it is."""
    return await _show(viewer, done=_("Kept. It holds from the next conversation on.") if done == "set" else "")


@router.post(PATH)
async def set_memory(viewer: ShopOwner, is_on: Text = "", days_kept: Text = "", csrf_token: Text = "") -> Response:
    """Keep it. Switched off, everything that is kept of visitors is erased."""
    viewer.check_form(csrf_token)
    digits = days_kept.strip()
    days = int(digits) if digits.isascii() and digits.isdecimal() and len(digits) <= DIGITS_MAX else -1
    try:
        await viewer.read(set_memory_rules, MemoryRules(bool(is_on), days), by=person_actor(viewer.person.person_id), now=viewer.now)
    except FieldNotFit as error:
        return await _show(viewer, typed=(bool(is_on), digits), wrong={error.field: said(error)})
    return go_to(f"{PATH}?done=set")


async def _show(viewer: Viewer, *, typed: tuple[bool, str] | None = None, wrong: dict[str, str] | None = None, done: str = "") -> Response:
    rules, count = await viewer.read(_read, viewer)
    is_on, days = typed or (rules.is_on, str(rules.days_kept))
    context: dict[str, Any] = {"is_on": is_on, "days": days, "rules": rules, "remembered": count, "wrong": wrong or {}, "done": done}
    return page("memory.html", status=422 if wrong else 200, **viewer.context("conversations"), **context)


def _read(session: Session, viewer: Viewer) -> tuple[MemoryRules, int]:
    return memory_rules(session), visitors_remembered(session, now=viewer.now)
