"""Keys for the shop's own programs: made (shown once), seen by their first and last characters, withdrawn."""

from typing import Annotated, Final

from fastapi import APIRouter, Form, Query, Response

from app.dashboard.door import Text
from app.dashboard.language import N_, _, said
from app.dashboard.page_route import PageRoute
from app.dashboard.pages import go_to, page
from app.dashboard.permissions import ApiKeysManager
from app.dashboard.viewer import Viewer
from tenants.api_keys import SCOPES, TILL_SCOPES, api_keys, issue_api_key, withdraw_api_key
from tenants.audit import person_actor
from tenants.errors import ApiKeyInvalid
from tenants.identifiers import from_public
from tenants.members import names_of_people

router = APIRouter(route_class=PageRoute, include_in_schema=False)

PATH: Final = "/dashboard/api-keys"
DONE: Final = {"withdrawn": N_("The key was withdrawn; programs that use it are refused from now on.")}
Scopes = Annotated[list[str], Form(max_length=20)]


@router.get("/dashboard/api-keys")
async def show_keys(viewer: ApiKeysManager, done: Annotated[str, Query(max_length=20)] = "") -> Response:
    """The keys and the form for a new one."""
    return await _keys_page(viewer, done=_(DONE.get(done, "")))


@router.post("/dashboard/api-keys")
async def make_key(viewer: ApiKeysManager, name: Text = "", scopes: Scopes = [], csrf_token: Text = "") -> Response:  # noqa: B006 - never changed
    """Make a key and show its secret, on this one page."""
    viewer.check_form(csrf_token)
    try:
        secret = await viewer.read(issue_api_key, name=name, scopes=scopes, now=viewer.now, by=viewer.person)
    except ApiKeyInvalid as error:
        return await _keys_page(viewer, status=422, why=said(error), name=name)
    return page("api_key_made.html", **viewer.context("settings"), secret=secret, name=name, scopes=[SCOPES[one] for one in scopes])


@router.post("/dashboard/api-keys/{api_key_id}/withdraw")
async def withdraw(viewer: ApiKeysManager, api_key_id: str, csrf_token: Text = "") -> Response:
    """Take a key out of use for ever. The page asked twice before."""
    viewer.check_form(csrf_token)
    await viewer.read(withdraw_api_key, api_key_id=from_public("key", api_key_id), now=viewer.now, by=viewer.person)
    return go_to(f"{PATH}?done=withdrawn")


async def _keys_page(viewer: Viewer, *, status: int = 200, **notes: str) -> Response:
    names = await viewer.read(names_of_people)
    keys = await viewer.read(api_keys)
    context = {"keys": keys, "all_scopes": SCOPES, "till_scopes": TILL_SCOPES, "names": names, "person_actor": person_actor}
    return page("api_keys.html", status=status, **viewer.context("settings"), **{"done": "", "why": "", "name": "", **notes}, **context)
