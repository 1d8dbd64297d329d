"""Members: who works in this shop and as what; inviting, changing, removing, and leaving."""

from typing import Annotated, Final

from fastapi import APIRouter, Form, Query, Request, Response
from sqlalchemy.orm import Session

from app.dashboard.door import Text
from app.dashboard.guess_limit import count_try
from app.dashboard.language import N_, _, said
from app.dashboard.letters import address, compose
from app.dashboard.page_route import PageRoute
from app.dashboard.pages import go_to, page
from app.dashboard.permissions import MembersManager, ShopOwner, ShopViewer
from app.dashboard.viewer import SESSION_COOKIE, SignedInViewer, Viewer
from tenants.audit import note, person_actor
from tenants.errors import EmailUnreadable, InvitationsTooMany, MemberAlreadyThere
from tenants.identifiers import from_public, to_public
from tenants.invite_member import INVITATION_DAYS, Invited, invite_member, open_invitations, resend_invitation, revoke_invitation
from tenants.mail import write_letter
from tenants.members import change_role, leave_shop, members, remove_member
from tenants.roles_of_members import ROLES_OF_MEMBERS, may_give
from tenants.tenant import require_second_factor

router = APIRouter(route_class=PageRoute, include_in_schema=False)

PATH: Final = "/dashboard/members"
DONE: Final = {
    "invited": N_("The invitation is on its way."),
    "resent": N_("The invitation was sent again; the earlier link no longer works."),
    "withdrawn": N_("The invitation was withdrawn; its link no longer works."),
    "changed": N_("The role was changed, and the member has to sign in again."),
    "removed": N_("The member was removed and signed out."),
    "required": N_("Members without an authenticator are now led to set one up."),
    "optional": N_("The password alone is enough again."),
}
Role = Annotated[str, Form(max_length=20)]


@router.get("/dashboard/members")
async def show_members(request: Request, viewer: ShopViewer, done: Annotated[str, Query(max_length=20)] = "") -> Response:
    """The list; with forms for those who manage members."""
    del request
    return await _members_page(viewer, done=_(DONE.get(done, "")))


@router.post("/dashboard/members/invite")
async def invite(request: Request, viewer: MembersManager, email: Text = "", role: Role = "", csrf_token: Text = "") -> Response:
    """Write an invitation and its letter in one transaction."""
    viewer.check_form(csrf_token)
    count_try(request, (f"invitation to {email.strip().lower()}",), viewer.now)
    try:
        await viewer.read(_invite, viewer, email, role)
    except (EmailUnreadable, MemberAlreadyThere, InvitationsTooMany) as error:
        return await _members_page(viewer, status=422, why=said(error), email=email, role=role)
    return go_to(f"{PATH}?done=invited")


@router.post("/dashboard/members/invitations/{invitation_id}/resend")
async def resend(request: Request, viewer: MembersManager, invitation_id: str, csrf_token: Text = "") -> Response:
    """Send an open invitation again, with a new link."""
    viewer.check_form(csrf_token)
    count_try(request, (f"invitation {invitation_id}",), viewer.now)
    await viewer.read(_resend, viewer, invitation_id)
    return go_to(f"{PATH}?done=resent")


@router.post("/dashboard/members/invitations/{invitation_id}/withdraw")
async def withdraw(viewer: MembersManager, invitation_id: str, csrf_token: Text = "") -> Response:
    """End an open invitation."""
    viewer.check_form(csrf_token)
    await viewer.read(revoke_invitation, by=viewer.person, invitation_id=from_public("inv", invitation_id), now=viewer.now)
    return go_to(f"{PATH}?done=withdrawn")


@router.post("/dashboard/members/{person_id}/role")
async def give_role(viewer: MembersManager, person_id: str, role: Role = "", csrf_token: Text = "") -> Response:
    """Give a member another role."""
    viewer.check_form(csrf_token)
    await viewer.read(change_role, by=viewer.person, person_id=from_public("per", person_id), role=role, now=viewer.now)
    return go_to(f"{PATH}?done=changed")


@router.post("/dashboard/members/{person_id}/remove")
async def remove(viewer: MembersManager, person_id: str, csrf_token: Text = "") -> Response:
    """End a membership. The page asked twice before."""
    viewer.check_form(csrf_token)
    await viewer.read(remove_member, by=viewer.person, person_id=from_public("per", person_id), now=viewer.now)
    return go_to(f"{PATH}?done=removed")


@router.post("/dashboard/members/second-factor")
async def require(viewer: ShopOwner, required: Annotated[bool, Form()] = False, csrf_token: Text = "") -> Response:
    """Require an authenticator of every member, or stop to."""
    viewer.check_form(csrf_token)
    await viewer.read(_require, viewer, required)
    return go_to(f"{PATH}?done={'required' if required else 'optional'}")


@router.post("/dashboard/leave")
async def leave(viewer: SignedInViewer, csrf_token: Text = "") -> Response:
    """Leave this shop oneself."""
    viewer.check_form(csrf_token)
    await viewer.read(leave_shop, by=viewer.person, now=viewer.now)
    response = go_to("/dashboard/sign-in?done=left")
    response.delete_cookie(SESSION_COOKIE, path="/dashboard")
    return response


def _invite(session: Session, viewer: Viewer, email: str, role: str) -> None:
    _write(session, viewer, invite_member(session, by=viewer.person, email=email, role=role, now=viewer.now))


def _resend(session: Session, viewer: Viewer, invitation_id: str) -> None:
    identifier = from_public("inv", invitation_id)
    _write(session, viewer, resend_invitation(session, by=viewer.person, invitation_id=identifier, now=viewer.now))


def _write(session: Session, viewer: Viewer, invited: Invited) -> None:
    letter = compose(
        "invitation",
        invited.email,
        inviter=viewer.person.display_name,
        shop_name=viewer.shop.name,
        role=_(invited.role.replace("_", "-")),
        link=address(viewer.house, f"/dashboard/invitation/{invited.token}"),
        days=INVITATION_DAYS,
    )
    write_letter(session, letter, now=viewer.now)


def _require(session: Session, viewer: Viewer, required: bool) -> None:
    require_second_factor(session, required=required)
    action = "shop.second_factor_required" if required else "shop.second_factor_made_optional"
    note(session, person_actor(viewer.person.person_id), action, to_public("shp", viewer.shop.tenant_id), {}, now=viewer.now)


async def _members_page(
    viewer: Viewer, *, status: int = 200, done: str = "", why: str = "", email: str = "", role: str = "staff"
) -> Response:
    people = await viewer.read(members)
    invitations = await viewer.read(open_invitations, now=viewer.now) if viewer.may("MANAGE_MEMBERS") else []
    context = {
        "people": people,
        "invitations": invitations,
        "roles": list(ROLES_OF_MEMBERS),
        "givable": [one for one in ROLES_OF_MEMBERS if may_give(viewer.person.role, one)],
        "form": {"email": email, "role": role},
        "keeps_letters": viewer.house.settings.shows_letters_here,
    }
    return page("members.html", status=status, **{**viewer.context("settings"), **context, "done": done, "why": why})
