"""First words: whether and when the employee speaks first, the words that are tried, and what they bring beside saying nothing."""

from dataclasses import dataclass
from datetime import time
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Form, Query, Response
from sqlalchemy.orm import Session

from app.conversations import choose_offers, speak_first
from app.conversations.errors import FieldNotFit, OpeningUnknown
from app.conversations.speak_first import DAYS, SILENCE, OpeningRules, OpeningView, Tally
from app.dashboard.door import Text
from app.dashboard.language import N_, _, said
from app.dashboard.page_route import PageRoute
from app.dashboard.pages import go_to, page
from app.dashboard.permissions import ShopViewer, Teacher
from app.dashboard.problems import page_missing
from app.dashboard.routes_conversations_letters import WEEK
from app.dashboard.routes_teach import teach_path
from app.dashboard.viewer import Viewer
from billing.offers import offer_names
from billing.read_lift import ArmSums, Effect, compare_arms
from tenants.audit import person_actor
from tenants.employee import EmployeeView, employee_view
from tenants.identifiers import from_public
from tenants.roles_of_members import Permission, may

router = APIRouter(route_class=PageRoute, include_in_schema=False)

DONE: Final = {
    "set": N_("From the next visitor on it is so."), "added": N_("The words were added."),
    "removed": N_("These words are not said any more."),
}  # fmt: skip
CURRENCY_DEFAULT: Final = "USD"
Done = Annotated[str, Query(max_length=20)]
Chosen = Annotated[list[str], Form(max_length=200)]


@dataclass(frozen=True)
class Line:
    """First words with what they brought: all their visitors, and, of those drawn evenly, the difference to silence."""

    opening: OpeningView
    tally: Tally
    effect: Effect | None


@dataclass(frozen=True)
class OfferLine:
    """An offer that was chosen among several, what it brought, and the difference to the others where the choice was an even draw."""

    name: str
    tally: Tally
    effect: Effect | None


@router.get("/dashboard/teach/{employee_id}/openings")
async def show_openings(viewer: ShopViewer, employee_id: str, done: Done = "") -> Response:
    """The setting, the words and their effect."""
    return await _show(viewer, employee_id, done=_(DONE.get(done, "")))


@router.post("/dashboard/teach/{employee_id}/openings")
async def set_openings(
    viewer: Teacher, employee_id: str, *, is_on: Text = "", per_week: Text = "", quiet_from: Text = "", quiet_until: Text = "",
    days: Chosen = [], csrf_token: Text = "",  # noqa: B006 - FastAPI copies it
) -> Response:  # fmt: skip
    """Keep the setting; what cannot be kept is said beside its field."""
    viewer.check_form(csrf_token)
    typed = {"is_on": bool(is_on), "per_week": per_week.strip(), "quiet_from": quiet_from.strip(), "quiet_until": quiet_until.strip()}
    chosen = frozenset(int(day) for day in days if day in {str(one) for one in DAYS})
    try:
        rules = _rules(typed, chosen)
        by = person_actor(viewer.person.person_id)
        await viewer.read(speak_first.set_rules, rules, employee_id=from_public("emp", employee_id), by=by, now=viewer.now)
    except FieldNotFit as error:
        return await _show(viewer, employee_id, typed=typed | {"days": chosen}, wrong={error.field: said(error)})
    return go_to(teach_path(from_public("emp", employee_id), "/openings?done=set"))


@router.post("/dashboard/teach/{employee_id}/openings/add")
async def add(viewer: Teacher, employee_id: str, text: Text = "", page_words: Text = "", csrf_token: Text = "") -> Response:
    """Try further words."""
    viewer.check_form(csrf_token)
    identifier, by = from_public("emp", employee_id), person_actor(viewer.person.person_id)
    try:
        await viewer.read(speak_first.add_opening, employee_id=identifier, text=text, page_words=page_words, by=by, now=viewer.now)
    except FieldNotFit as error:
        return await _show(viewer, employee_id, written=(text, page_words), wrong={error.field: said(error)})
    return go_to(teach_path(identifier, "/openings?done=added"))


@router.post("/dashboard/teach/openings/{opening_id}/remove")
async def remove(viewer: Teacher, opening_id: str, csrf_token: Text = "") -> Response:
    """Say them no more."""
    viewer.check_form(csrf_token)
    by = person_actor(viewer.person.person_id)
    try:
        employee_id = await viewer.read(speak_first.remove_opening, opening_id=from_public("opn", opening_id), by=by, now=viewer.now)
    except OpeningUnknown:
        raise page_missing() from None
    return go_to(teach_path(employee_id, "/openings?done=removed"))


async def _show(
    viewer: Viewer, employee_id: str, *, typed: dict[str, Any] | None = None, written: tuple[str, str] = ("", ""),
    wrong: dict[str, str] | None = None, done: str = "",
) -> Response:  # fmt: skip
    employee, rules, lines, (silence, currency) = await viewer.read(_read, from_public("emp", employee_id))
    chosen, offers_currency = await viewer.read(_offers, from_public("emp", employee_id))
    context: dict[str, Any] = {
        "employee": employee, "tab": "openings", "typed": typed or _typed(rules), "has_rules": rules is not None, "lines": lines,
        "speaks": rules is not None and rules.is_on,
        "silence": silence, "written": written, "wrong": wrong or {}, "done": done, "week": [_(day) for day in WEEK],
        "sees_money": may(viewer.person.role, Permission.SEE_EARNINGS), "currency": currency or CURRENCY_DEFAULT,
        "offers": chosen, "offers_currency": offers_currency or CURRENCY_DEFAULT,
    }  # fmt: skip
    return page("teach_openings.html", status=422 if wrong else 200, **viewer.context("teach"), **context)


def _read(session: Session, employee_id: UUID) -> tuple[EmployeeView, OpeningRules | None, list[Line], tuple[Tally, str]]:
    employee = employee_view(session, employee_id)
    known = speak_first.kept_tallies(session, employee_id=employee_id)
    compared = speak_first.compared_tallies(session, employee_id=employee_id)
    currency = speak_first.tallied_currency(session, employee_id=employee_id)
    silence = _sums(compared.get(SILENCE, Tally()))
    lines = [
        Line(one, known.get(str(one.opening_id), Tally()), compare_arms(_sums(compared.get(str(one.opening_id), Tally())), silence))
        for one in speak_first.openings_of(session, employee_id=employee_id)
    ]
    return employee, speak_first.rules_of(session, employee_id=employee_id), lines, (known.get(SILENCE, Tally()), currency)


def _offers(session: Session, employee_id: UUID) -> tuple[list[OfferLine], str]:
    """Offers that were chosen among several, each beside all others together."""
    known = choose_offers.offer_tallies(session, employee_id=employee_id, which="all")
    compared, names = choose_offers.offer_tallies(session, employee_id=employee_id, which="compared"), offer_names(session)
    together = sum(compared.values(), Tally())
    lines = [
        OfferLine(names[UUID(way)], tally, _beside_others(compared.get(way, Tally()), together))
        for way, tally in known.items()
        if UUID(way) in names
    ]
    return sorted(lines, key=lambda line: line.name), choose_offers.offers_currency(session, employee_id=employee_id)


def _beside_others(one: Tally, every: Tally) -> Effect | None:
    others = ArmSums(
        every.visitors - one.visitors, every.buyers - one.buyers, every.total_minor - one.total_minor, every.squares - one.squares
    )
    return compare_arms(_sums(one), others)


def _sums(one: Tally) -> ArmSums:
    return ArmSums(one.visitors, one.buyers, one.total_minor, one.squares)


def _typed(rules: OpeningRules | None) -> dict[str, Any]:
    known = rules or OpeningRules()
    hours = {"quiet_from": known.quiet_from.isoformat("minutes"), "quiet_until": known.quiet_until.isoformat("minutes")}
    return {"is_on": known.is_on, "per_week": str(known.per_week), "days": known.days, **hours}


def _rules(typed: dict[str, Any], days: frozenset[int]) -> OpeningRules:
    digits = typed["per_week"]
    per_week = int(digits) if digits.isascii() and digits.isdecimal() and len(digits) <= 3 else -1
    return OpeningRules(typed["is_on"], per_week, _time("quiet_from", typed), _time("quiet_until", typed), days)


def _time(field: str, typed: dict[str, Any]) -> time:
    try:
        return time.fromisoformat(typed[field]).replace(second=0, microsecond=0, tzinfo=None)
    except ValueError:
        raise FieldNotFit(field, _("Type a time of day such as 09:00.")) from None
