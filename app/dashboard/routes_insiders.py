"""People of the house: buyers who work for the shop, are family, or are paid under a contract. Their own purchases earn nothing.

A mark is a fact: it is said with a reason, taken back with a reason, and never overwritten. What the book holds of their orders follows.
"""

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Query, Response
from sqlalchemy.orm import Session

from app.dashboard.door import Text
from app.dashboard.language import N_, _, said
from app.dashboard.page_route import PageRoute
from app.dashboard.pages import go_to, page
from app.dashboard.permissions import EarningsViewer, Settler
from app.dashboard.problems import page_missing
from app.dashboard.viewer import Viewer
from billing.customer_hash import customer_hash
from billing.errors import InsiderMarkRefused
from billing.mark_insider import mark_insider
from billing.read_insiders import InsiderView, buyer_of_order, insiders_of_house
from tenants.audit import note, person_actor
from tenants.identifiers import from_public, to_public
from tenants.members import names_of_people

router = APIRouter(route_class=PageRoute, include_in_schema=False)
PATH: Final = "/dashboard/insiders"
DONE: Final = {
    "marked": N_("It is written down. Orders of theirs that are known by now were reckoned afresh."),
    "back": N_("The mark is taken back. Their orders count again, those that are known by now too."),
}
EMPTY: Final = {"known_by": "customer", "identifier": "", "who": "staff", "why": ""}
Buyer = tuple[UUID | None, str | None]


@router.get("/dashboard/insiders")
async def list_insiders(viewer: EarningsViewer, done: Annotated[str, Query(max_length=20)] = "") -> Response:
    """Everyone of the house, and the form for one more."""
    return await _list_page(viewer, done=_(DONE.get(done, "")))


@router.post("/dashboard/insiders")
async def add(
    viewer: Settler, *, known_by: Text = "", identifier: Text = "", who: Text = "", why: Text = "", csrf_token: Text = ""
) -> Response:
    """Mark a buyer, by the shop's own customer number, by a visitor's id, or by one of their orders."""
    viewer.check_form(csrf_token)
    typed = {"known_by": known_by, "identifier": identifier, "who": who, "why": why}
    wrong = {} if identifier.strip() else {"identifier": _("Write the number or the id.")}
    wrong |= {} if why.strip() else {"why": _("Say why in a few words; your own people read it later.")}
    if wrong:
        return await _list_page(viewer, status=422, typed=typed, wrong=wrong)
    try:
        await viewer.read(_mark, viewer, known_by, identifier.strip(), who=who, why=why)
    except InsiderMarkRefused as error:
        return await _list_page(viewer, status=422, typed=typed, wrong={"identifier": said(error)})
    return go_to(f"{PATH}?done=marked")


@router.post("/dashboard/insiders/{mark_id}/take-back")
async def take_back(viewer: Settler, mark_id: str, *, why: Text = "", csrf_token: Text = "") -> Response:
    """Say that a buyer is like any other after all. The page asked for the reason first."""
    viewer.check_form(csrf_token)
    marked = next((one for one in await viewer.read(insiders_of_house) if one.mark_id == from_public("mrk", mark_id)), None)
    if marked is None:
        raise page_missing(N_("mark"))
    if not why.strip():
        return await _list_page(viewer, status=422, wrong={mark_id: _("Say why it is taken back.")})
    try:
        await viewer.read(_take_back, viewer, marked, why)
    except InsiderMarkRefused as error:
        return await _list_page(viewer, status=422, wrong={mark_id: said(error)})
    return go_to(f"{PATH}?done=back")


def _mark(session: Session, viewer: Viewer, known_by: str, identifier: str, *, who: str, why: str) -> None:
    visitor_id, customer = _buyer(session, viewer, known_by, identifier)
    actor = person_actor(viewer.person.person_id)
    mark_id = mark_insider(session, who=who, visitor_id=visitor_id, customer=customer, now=viewer.now, why=why, said_by=actor)
    note(
        session, actor, "insider.marked", to_public("mrk", mark_id), {"who": who, "known_by": known_by, "why": why.strip()}, now=viewer.now
    )


def _take_back(session: Session, viewer: Viewer, marked: InsiderView, why: str) -> None:
    actor = person_actor(viewer.person.person_id)
    mark_insider(
        session, who="nobody", visitor_id=marked.visitor_id, customer=marked.customer, now=viewer.now, why=why, said_by=actor
    )  # fmt: skip
    note(session, actor, "insider.taken_back", to_public("mrk", marked.mark_id), {"who": marked.who, "why": why.strip()}, now=viewer.now)


def _buyer(session: Session, viewer: Viewer, known_by: str, identifier: str) -> Buyer:
    if known_by == "customer":
        return None, customer_hash(viewer.shop.tenant_id, identifier)
    if known_by == "order":
        return buyer_of_order(session, reference=identifier)
    try:
        return UUID(identifier), None
    except ValueError:
        raise InsiderMarkRefused(_("This is not a visitor's id, which looks like 0192f3a4-5b6c-7d8e-9f01-23456789abcd.")) from None


async def _list_page(
    viewer: Viewer, *, status: int = 200, done: str = "", typed: dict[str, str] = EMPTY, wrong: dict[str, str] | None = None
) -> Response:
    found, names = await viewer.read(insiders_of_house), await viewer.read(names_of_people)
    context = {"found": found, "names": names, "typed": typed, "wrong": wrong or {}, "done": done}
    return page("insiders.html", status=status, **viewer.context("settings"), **context)
