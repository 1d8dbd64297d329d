"""Greetings that employees have filmed in the chat: which film for what occasion, how many a day, and a first one to begin with."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Response
from sqlalchemy.orm import Session

from app.dashboard.language import N_, _, said
from app.dashboard.page_route import PageRoute
from app.dashboard.pages import go_to, page
from app.dashboard.permissions import FilmMaker, ShopViewer
from app.dashboard.routes_offers import Sent
from app.dashboard.viewer import Viewer
from app.studio.errors import FilmRefused, ScriptFaulty
from app.studio.films import Draft, FilmView, create_film
from app.studio.greetings import (
    KEPT_DAYS_MAX,
    OCCASIONS,
    PER_DAY_MAX,
    PER_VISITOR_MAX,
    GreetingView,
    Limits,
    choose_greeting,
    drop_greeting,
    fitting_films,
    greetings_of,
)
from tenants.audit import person_actor
from tenants.employee import EmployeeView, employee_view, employees
from tenants.identifiers import PublicIdUnreadable, from_public, to_public

router = APIRouter(route_class=PageRoute, include_in_schema=False)

PATH: Final = "/dashboard/films/greetings"
NAMES: Final = {
    "birthday": N_("Birthday"), "thanks": N_("Thank you"), "congratulations": N_("Congratulations"), "any": N_("Anything else"),
}  # fmt: skip
TEXTS: Final = {
    "birthday": N_("Happy birthday, {name}! Somebody who likes you asked me to say so. Have a wonderful day."),
    "thanks": N_("Thank you, {name}! Somebody asked me to tell you how glad they are of what you did."),
    "congratulations": N_("Congratulations, {name}! Somebody is very happy for you and asked me to say so."),
    "any": N_("Hello, {name}! Somebody was thinking of you and asked me to say so."),
}
DONE: Final = {
    "on": N_("The greeting is in use. Shoppers can ask for it from now on."),
    "off": N_("The greeting is not made any more."),
}


@dataclass(frozen=True)
class Hand:
    """One employee on the page: what they make, and which of their films could be made."""

    who: EmployeeView
    greetings: Mapping[str, GreetingView]
    fitting: tuple[FilmView, ...]


@router.get("/dashboard/films/greetings")
async def show(viewer: ShopViewer, done: Annotated[str, Query(max_length=20)] = "") -> Response:
    """Every employee with each occasion: the film that is made, or the films to choose from."""
    return await _page(viewer, done=_(DONE.get(done, "")))


@router.post("/dashboard/films/greetings")
async def turn(viewer: FilmMaker, sent: Sent) -> Response:
    """Switch a greeting on, change it, switch it off, or begin a film for it."""
    form = {name: values[0] for name, values in sent.items() if values}
    viewer.check_form(form.get("csrf_token", ""))
    try:
        return go_to(await viewer.read(_turned, viewer, form))
    except (FilmRefused, ScriptFaulty) as refused:
        return await _page(viewer, status=422, why=said(refused))
    except (PublicIdUnreadable, ValueError):
        return await _page(viewer, status=422, why=_("Choose a film, and write the numbers in digits."))


def _turned(session: Session, viewer: Viewer, form: Mapping[str, str]) -> str:
    """Do what the form says; return where to go next."""
    employee_id, occasion = from_public("emp", form.get("employee", "")), form.get("occasion", "")
    by: dict[str, Any] = {"by": person_actor(viewer.person.person_id), "now": viewer.now}
    if form.get("do") == "begin":
        text = _(TEXTS[occasion if occasion in TEXTS else "any"])
        script = {"format": "tillhand-script/1", "shape": "1:1", "captions": True, "scenes": [{"text": text}]}
        name = employee_view(session, employee_id).name
        title = _("{occasion}, said by {name}").format(occasion=_(NAMES.get(occasion, NAMES["any"])), name=name)
        return f"/dashboard/films/{to_public('wrk', create_film(session, Draft(title, employee_id, script), **by))}/edit"
    if form.get("do") == "off":
        drop_greeting(session, employee_id=employee_id, occasion=occasion, **by)
        return f"{PATH}?done=off"
    limits = Limits(*(int(form.get(name, "")) for name in ("per_visitor", "per_day", "kept_days")))
    chosen = GreetingView(occasion, from_public("wrk", form.get("film", "")), "", limits, is_ready=False)
    choose_greeting(session, chosen, employee_id=employee_id, **by)
    return f"{PATH}?done=on"


def _hands(session: Session) -> list[Hand]:
    at_work = [one for one in employees(session) if not one.is_retired]
    return [
        Hand(one, {view.occasion: view for view in greetings_of(session, one.employee_id)}, tuple(fitting_films(session, one.employee_id)))
        for one in at_work
    ]


async def _page(viewer: Viewer, *, status: int = 200, done: str = "", why: str = "") -> Response:
    most = {"per_visitor": PER_VISITOR_MAX, "per_day": PER_DAY_MAX, "kept_days": KEPT_DAYS_MAX}
    context: dict[str, Any] = {"hands": await viewer.read(_hands), "occasions": OCCASIONS, "most": most, "usual": Limits()}
    context["names"] = {key: _(name) for key, name in NAMES.items()}
    return page("film_greetings.html", status=status, **viewer.context("films"), **context, done=done, why=why)
