"""Taste: the better of two ways to say the same, what was learned from it, and the versions that were used."""

from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query, Response
from sqlalchemy.orm import Session

from app.conversations import tastes
from app.conversations.errors import ReviewNotPossible, SecondLookNeeded
from app.conversations.tastes import TRAITS, Choice, Manner
from app.dashboard.door import Text
from app.dashboard.language import N_, _, language, said
from app.dashboard.page_route import PageRoute
from app.dashboard.pages import go_to, page
from app.dashboard.permissions import ShopViewer, Teacher
from app.dashboard.problems import page_missing
from app.dashboard.routes_teach import teach_path
from app.dashboard.viewer import Viewer
from tenants.employee import employee_view
from tenants.identifiers import from_public
from tenants.members import members
from tenants.roles_of_members import Permission, may

router = APIRouter(route_class=PageRoute, include_in_schema=False)

DONE: Final = {
    "told": N_("Kept. Here is the next pair."),
    "withdrawn": N_("The choice was taken back."),
    "proposed": N_("It waits for a second look."),
    "live": N_("From the next answer on it is said so."),
    "declined": N_("The version was declined."),
    "back": N_("The former way is used again."),
}
TRAIT_NAMES: Final = {
    "warm": N_("Begins warmly"), "formal": N_("Begins formally"), "follow_up": N_("Asks whether that was all"),
    "source": N_("Names the paper"), "offer": N_("Mentions offers"),
}  # fmt: skip
AFTER: Final = {"approve": "live", "decline": "declined", "back": "back"}
CHOICES_SHOWN: Final = 12
Done = Annotated[str, Query(max_length=20)]


@router.get("/dashboard/teach/{employee_id}/taste")
async def show_taste(viewer: ShopViewer, employee_id: str, done: Done = "") -> Response:
    """The pair to choose from, what was learned, the versions."""
    return await _show(viewer, from_public("emp", employee_id), done=_(DONE.get(done, "")))


@router.post("/dashboard/teach/{employee_id}/taste/pair")
async def choose(viewer: Teacher, employee_id: str, better: Text = "", worse: Text = "", csrf_token: Text = "") -> Response:
    """The better of two: both come back by their traits, as the page named them."""
    viewer.check_form(csrf_token)
    identifier = from_public("emp", employee_id)
    manners = tastes.manner_of(better.split(",")), tastes.manner_of(worse.split(","))
    if manners[0] != manners[1]:
        who = viewer.person.person_id
        await viewer.read(tastes.tell_pair, Choice(*manners), employee_id=identifier, person_id=who, now=viewer.now)
    return go_to(teach_path(identifier, "/taste?done=told"))


@router.post("/dashboard/teach/{employee_id}/taste/propose")
async def propose(viewer: Teacher, employee_id: str, csrf_token: Text = "") -> Response:
    """Make a version of what was learned."""
    viewer.check_form(csrf_token)
    identifier = from_public("emp", employee_id)
    try:
        await viewer.read(tastes.propose_taste, employee_id=identifier, person_id=viewer.person.person_id, now=viewer.now)
    except ReviewNotPossible as refusal:
        return await _show(viewer, identifier, why=said(refusal))
    return go_to(teach_path(identifier, "/taste?done=proposed"))


@router.post("/dashboard/teach/{employee_id}/taste/plain")
async def speak_plainly(viewer: Teacher, employee_id: str, csrf_token: Text = "") -> Response:
    """Add nothing any more."""
    viewer.check_form(csrf_token)
    identifier, who = from_public("emp", employee_id), viewer.person.person_id
    await viewer.read(tastes.return_to_taste, version_id=None, employee_id=identifier, person_id=who, now=viewer.now)
    return go_to(teach_path(identifier, "/taste?done=back"))


@router.post("/dashboard/teach/{employee_id}/taste/{version_id}/{decision}")
async def decide(viewer: Teacher, employee_id: str, version_id: str, decision: str, csrf_token: Text = "") -> Response:
    """Approve or decline a proposed version, or go back to a former one."""
    viewer.check_form(csrf_token)
    identifier, version, who = from_public("emp", employee_id), from_public("tst", version_id), viewer.person.person_id
    if decision not in AFTER:
        raise page_missing()
    try:
        if decision == "back":
            await viewer.read(tastes.return_to_taste, version_id=version, employee_id=identifier, person_id=who, now=viewer.now)
        else:
            alone = not await viewer.read(_others, who)
            is_approved = decision == "approve"
            await viewer.read(
                tastes.decide_taste, version_id=version, person_id=who, is_approved=is_approved, may_look_alone=alone, now=viewer.now
            )
    except (ReviewNotPossible, SecondLookNeeded) as refusal:
        return await _show(viewer, identifier, why=said(refusal))
    return go_to(teach_path(identifier, f"/taste?done={AFTER[decision]}"))


@router.post("/dashboard/teach/taste-choices/{choice_id}/withdraw")
async def withdraw(viewer: Teacher, choice_id: str, csrf_token: Text = "") -> Response:
    """Take a choice back."""
    viewer.check_form(csrf_token)
    choice, who = from_public("tch", choice_id), viewer.person.person_id
    try:
        employee_id = await viewer.read(tastes.withdraw_choice, choice_id=choice, person_id=who, now=viewer.now)
    except ReviewNotPossible:
        raise page_missing() from None
    return go_to(teach_path(employee_id, "/taste?done=withdrawn"))


async def _show(viewer: Viewer, employee_id: UUID, *, done: str = "", why: str = "") -> Response:
    context = await viewer.read(_read, employee_id)
    names = {one.person_id: one.display_name for one in await viewer.read(members)}
    context |= {"tab": "taste", "done": done, "why": why, "names": names, "traits": {trait: _(TRAIT_NAMES[trait]) for trait in TRAITS}}
    return page("teach_taste.html", status=409 if why else 200, **viewer.context("teach"), **context)


def _read(session: Session, employee_id: UUID) -> dict[str, Any]:
    employee, sample = employee_view(session, employee_id), tastes.sample_answer(session, employee_id=employee_id)
    pair, live = tastes.next_pair_of(session, employee_id=employee_id), tastes.live_manner(session, employee_id=employee_id)
    choices = tastes.choices_of(session, employee_id=employee_id)
    return {
        "employee": employee, "sample": sample, "live": live, "learned": tastes.learned_taste(session, employee_id=employee_id),
        "pair": [(_named(manner), tastes.said_in(manner, sample, language())) for manner in pair] if sample else [],
        "now_said": tastes.said_in(live, sample, language()) if sample else [],
        "choices": choices[::-1][:CHOICES_SHOWN], "choice_count": len(choices),
        "versions": tastes.versions_of(session, employee_id=employee_id), "named": _named,
    }  # fmt: skip


def _named(manner: Manner) -> str:
    """A manner by its traits: "warm,follow_up"."""
    return ",".join(trait for trait in TRAITS if getattr(manner, trait))


def _others(session: Session, person_id: UUID) -> bool:
    """Whether somebody else of the shop may teach."""
    return any(may(one.role, Permission.TEACH) and one.person_id != person_id for one in members(session))
