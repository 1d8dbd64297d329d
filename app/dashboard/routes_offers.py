"""Offers: what the team may promise, what became of it, and the hands on it: make, change, pause, resume, end."""

from collections.abc import Mapping
from typing import Annotated, Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Query, Request, Response
from sqlalchemy.orm import Session

from app.dashboard.door import Text
from app.dashboard.hiring import currency_choices
from app.dashboard.language import N_, _, said
from app.dashboard.offer_form import FieldRefused, Shown, fault_of, fields_of, new_fields, terms_from
from app.dashboard.page_route import PageRoute
from app.dashboard.pages import go_to, live_page, page
from app.dashboard.permissions import OfferSetter, ShopViewer
from app.dashboard.problems import PageProblem
from app.dashboard.viewer import Viewer
from billing.change_offer import change_offer, end_offer, pause_offer, resume_offer
from billing.errors import CurrencyUnknown, OfferRefused
from billing.offers import create_offer
from billing.read_contracts import contracts_of
from billing.read_makers import maker_of, makers_of, making_places
from billing.read_offers import CodesWanted, CodeView, OfferSummary, VersionView, coupons_of, offer, offer_versions, offers
from tenants.audit import person_actor
from tenants.employee import EmployeeView, employees
from tenants.identifiers import from_public, to_public

router = APIRouter(route_class=PageRoute, include_in_schema=False)

PATH: Final = "/dashboard/offers"
LATEST_MAX: Final = 8
DONE: Final = {
    "made": N_("The offer was made. From its first day on it may be handed out."),
    "changed": N_("The offer was changed. Coupons handed out before keep their terms."),
    "same": N_("Its limits were changed; what it promises is as before."),
    "paused": N_("The offer is paused: no more coupons are handed out. Those handed out stay good."),
    "resumed": N_("The offer runs again."),
    "imported": N_("The codes were imported."),
    "ended": N_("The offer has ended. Coupons handed out stay good until their own day."),
}
DEFAULT_CURRENCY: Final = "USD"
Done = Annotated[str, Query(max_length=20)]


async def form_of(request: Request) -> Mapping[str, list[str]]:
    """Every field of the form as it was sent, texts only."""
    sent = await request.form()
    return {name: [value for value in sent.getlist(name) if isinstance(value, str)] for name in sent}


Sent = Annotated[Mapping[str, list[str]], Depends(form_of)]


@router.get("/dashboard/offers")
async def list_offers(request: Request, viewer: ShopViewer) -> Response:
    """Every offer with its funnel, those that run first; the region keeps itself fresh."""
    found, people = await viewer.read(_all, viewer)
    makers = await viewer.read(makers_of)
    running, over = [one for one in found if one.state != "over"], [one for one in found if one.state == "over"]
    return live_page(request, "offers", **viewer.context("offers"), running=running, over=over, people=people, makers=makers)


@router.get("/dashboard/offers/new")
async def ask(viewer: OfferSetter) -> Response:
    """The form of a new offer."""
    people = await viewer.read(_people)
    currency = await viewer.read(_currency_of, [one.employee_id for one in people])
    fields = new_fields(currency, viewer.now.astimezone(_zone(viewer)).date())
    return await _form_page(viewer, people, fields, {to_public("emp", one.employee_id) for one in people})


@router.post("/dashboard/offers/new")
async def make(viewer: OfferSetter, sent: Sent) -> Response:
    """Make the offer, or show the form again with what was typed and the fault beside its field."""
    fields, chosen = _fields(viewer, sent)
    people = await viewer.read(_people)
    try:
        hands = _hands(chosen, people)
        made = await viewer.read(
            create_offer, employee_id=hands[0], more_employee_ids=hands[1:], offer=terms_from(fields, await _shown(viewer)),
            now=viewer.now, by=person_actor(viewer.person.person_id),
        )  # fmt: skip
    except (FieldRefused, OfferRefused, CurrencyUnknown) as error:
        return await _form_page(viewer, people, fields, chosen, errors=fault_of(error))
    return go_to(f"{PATH}/{to_public('off', made)}?done=made")


@router.get("/dashboard/offers/{offer_id}")
async def show_offer(request: Request, viewer: ShopViewer, offer_id: str, done: Done = "") -> Response:
    """One offer: its funnel, its terms with earlier ones, its latest coupons, its imported codes."""
    one, versions, latest, people = await viewer.read(_one, from_public("off", offer_id), viewer)
    maker = await viewer.read(maker_of, offer_id=one.offer_id)
    context = {"maker": maker, "one": one, "versions": versions, "latest": latest, "people": people, "done": _(DONE.get(done, ""))}
    return live_page(request, "offer", **viewer.context("offers"), **context)


@router.get("/dashboard/offers/{offer_id}/edit")
async def ask_change(viewer: OfferSetter, offer_id: str) -> Response:
    """The form over an offer."""
    one, people = await viewer.read(_form_parts, from_public("off", offer_id), viewer)
    if one.ended_at is not None:
        raise PageProblem(409, _("The offer has ended"), _("An ended offer stays as it was. Make a new one."), _("Open the offers"), PATH)
    chosen, maker = {to_public("emp", employee_id) for employee_id in one.employee_ids}, await viewer.read(maker_of, offer_id=one.offer_id)
    return await _form_page(viewer, people, fields_of(one, _zone(viewer), maker), chosen, one=one)


@router.post("/dashboard/offers/{offer_id}/edit")
async def change(viewer: OfferSetter, offer_id: str, sent: Sent) -> Response:
    """Change the offer; other terms make a new version, other limits do not."""
    fields, chosen = _fields(viewer, sent)
    one, people = await viewer.read(_form_parts, from_public("off", offer_id), viewer)
    try:
        seen = int(fields["version"]) if fields.get("version", "").isdecimal() else 0
        version = await viewer.read(
            change_offer, offer_id=one.offer_id, offer=terms_from(fields, await _shown(viewer, one)), employee_ids=_hands(chosen, people),
            seen_version=seen, now=viewer.now, by=person_actor(viewer.person.person_id),
        )  # fmt: skip
    except (FieldRefused, OfferRefused, CurrencyUnknown) as error:
        return await _form_page(viewer, people, fields, chosen, one=one, errors=fault_of(error))
    return go_to(f"{PATH}/{offer_id}?done={'same' if version == one.version else 'changed'}")


@router.post("/dashboard/offers/{offer_id}/{hand}")
async def turn(viewer: OfferSetter, offer_id: str, hand: str, csrf_token: Text = "") -> Response:
    """Pause, resume or end an offer. Ending is asked twice by the page."""
    viewer.check_form(csrf_token)
    verbs = {"pause": (pause_offer, "paused"), "resume": (resume_offer, "resumed"), "end": (end_offer, "ended")}
    if hand not in verbs:
        raise PageProblem(404, _("There is no such page"), _("An offer can be paused, resumed or ended."), _("Open the offers"), PATH)
    verb, done = verbs[hand]
    try:
        await viewer.read(verb, offer_id=from_public("off", offer_id), now=viewer.now, by=person_actor(viewer.person.person_id))
    except OfferRefused as error:
        raise PageProblem(409, _("That is not possible"), said(error), _("Open the offers"), PATH) from error
    return go_to(f"{PATH}/{offer_id}?done={done}")


def _all(session: Session, viewer: Viewer) -> tuple[list[OfferSummary], dict[UUID, EmployeeView]]:
    return offers(session, now=viewer.now), {one.employee_id: one for one in employees(session)}


def _one(
    session: Session, offer_id: UUID, viewer: Viewer
) -> tuple[OfferSummary, list[VersionView], list[CodeView], dict[UUID, EmployeeView]]:
    found = offer(session, offer_id=offer_id, now=viewer.now)
    latest = coupons_of(session, CodesWanted(offer_id), limit=LATEST_MAX, now=viewer.now)
    return found, offer_versions(session, offer_id=offer_id), latest, {one.employee_id: one for one in employees(session)}


def _form_parts(session: Session, offer_id: UUID, viewer: Viewer) -> tuple[OfferSummary, list[EmployeeView]]:
    found = offer(session, offer_id=offer_id, now=viewer.now)
    return found, _people(session, found.employee_ids)


def _people(session: Session, besides: tuple[UUID, ...] = ()) -> list[EmployeeView]:
    """Who may be chosen: everyone who has not left, and whoever is chosen already."""
    return [one for one in employees(session) if not one.is_retired or one.employee_id in besides]


def _currency_of(session: Session, employee_ids: list[UUID]) -> str:
    """The currency of the team's contracts, which is what the shop most likely sells in."""
    signed = (contract for employee_id in employee_ids for contract in contracts_of(session, employee_id))
    return next((contract.terms.currency for contract in signed), DEFAULT_CURRENCY)


def _fields(viewer: Viewer, sent: Mapping[str, list[str]]) -> tuple[dict[str, str], set[str]]:
    """The fields, after the form's secret was checked, and the employees ticked."""
    viewer.check_form(next(iter(sent.get("csrf_token", [])), ""))
    fields = {name: values[0][:6000] for name, values in sent.items() if values and name not in ("csrf_token", "employee")}
    return fields, set(sent.get("employee", []))


def _hands(chosen: set[str], people: list[EmployeeView]) -> list[UUID]:
    hands = [one.employee_id for one in people if to_public("emp", one.employee_id) in chosen]
    if not hands:
        raise FieldRefused("employees", _("Choose at least one employee who may hand it out."))
    return hands


async def _shown(viewer: Viewer, one: OfferSummary | None = None) -> Shown:
    return Shown(_zone(viewer), one, {place.public_key: place.connection_id for place in await viewer.read(making_places)})


def _zone(viewer: Viewer) -> ZoneInfo:
    return ZoneInfo(viewer.shop.time_zone)


async def _form_page(
    viewer: Viewer, people: list[EmployeeView], fields: Mapping[str, str], chosen: set[str], *, one: OfferSummary | None = None,
    errors: Mapping[str, str] | None = None,
) -> Response:  # fmt: skip
    context: dict[str, Any] = {"people": people, "fields": fields, "chosen": chosen, "one": one, "errors": errors or {}}
    context |= {"places": await viewer.read(making_places), "currencies": currency_choices()}
    return page("offer_form.html", status=422 if errors else 200, **viewer.context("offers"), **context)
