"""Which permission a page needs, said in its signature: `viewer: EarningsViewer`.

A member without it gets a page that says who can. A shop that requires an authenticator shows nothing but its set-up to a member who
signed in without a code.
"""

from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Depends

from app.dashboard.language import _
from app.dashboard.problems import CodeNeeded, PageProblem
from app.dashboard.viewer import Viewer, viewer_of
from tenants.members import MemberView, members
from tenants.roles_of_members import Permission, may, roles_with

NAMES_SHOWN_MAX: Final = 5


@dataclass(frozen=True)
class Needs:
    """A FastAPI dependency: the viewer, if their role includes `permission`."""

    permission: Permission

    async def __call__(self, viewer: Annotated[Viewer, Depends(viewer_of)]) -> Viewer:
        """Pass the viewer on; raises CodeNeeded or a 403 page that names who can."""
        if viewer.shop.requires_second_factor and not viewer.person.used_code:
            raise CodeNeeded
        if not may(viewer.person.role, self.permission):
            raise not_allowed(self.permission, await viewer.read(members))
        return viewer


def not_allowed(permission: Permission, people: list[MemberView]) -> PageProblem:
    """The page for somebody who may not: what it needs, and whom to ask."""
    roles = _(", ").join(_(role.replace("_", "-")) for role in roles_with(permission))
    able = [
        _("%(name)s (%(role)s)", name=one.display_name, role=_(one.role.replace("_", "-"))) for one in people if may(one.role, permission)
    ]
    title, people_able = _("Your role may not %(permission)s", permission=_(permission)), _(", ").join(able[:NAMES_SHOWN_MAX])
    if able:
        return PageProblem(
            403, title, _("This is for: %(roles)s. You can ask %(people)s. Nothing was changed.", roles=roles, people=people_able)
        )
    return PageProblem(403, title, _("This is for: %(roles)s. Nothing was changed.", roles=roles))


ShopViewer = Annotated[Viewer, Depends(Needs(Permission.SEE_SHOP))]
EarningsViewer = Annotated[Viewer, Depends(Needs(Permission.SEE_EARNINGS))]
DeliveriesViewer = Annotated[Viewer, Depends(Needs(Permission.SEE_DELIVERIES))]
ConversationsViewer = Annotated[Viewer, Depends(Needs(Permission.READ_CONVERSATIONS))]
AuditViewer = Annotated[Viewer, Depends(Needs(Permission.SEE_AUDIT))]
MembersManager = Annotated[Viewer, Depends(Needs(Permission.MANAGE_MEMBERS))]
ApiKeysManager = Annotated[Viewer, Depends(Needs(Permission.MANAGE_API_KEYS))]
ConnectionsManager = Annotated[Viewer, Depends(Needs(Permission.MANAGE_CONNECTIONS))]
ShopOwner = Annotated[Viewer, Depends(Needs(Permission.MANAGE_SHOP))]
Hirer = Annotated[Viewer, Depends(Needs(Permission.HIRE))]
ContractSigner = Annotated[Viewer, Depends(Needs(Permission.SIGN_CONTRACTS))]
OfferSetter = Annotated[Viewer, Depends(Needs(Permission.SET_OFFERS))]
Settler = Annotated[Viewer, Depends(Needs(Permission.SETTLE))]
Installer = Annotated[Viewer, Depends(Needs(Permission.INSTALL))]
Talker = Annotated[Viewer, Depends(Needs(Permission.TAKE_OVER))]
FilmMaker = Annotated[Viewer, Depends(Needs(Permission.MAKE_FILMS))]
Teacher = Annotated[Viewer, Depends(Needs(Permission.TEACH))]
