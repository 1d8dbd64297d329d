"""What was understood of one document: its passages with their pages, its prices, what could not be read and why, and its versions."""

from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query, Response
from sqlalchemy.orm import Session

from app.conversations.teach_change import bring_back_document, remove_document
from app.conversations.teach_read import DocumentLine, document, passages_of, prices_of, versions
from app.dashboard.door import Text
from app.dashboard.language import N_, _
from app.dashboard.page_route import PageRoute
from app.dashboard.pages import go_to, page
from app.dashboard.permissions import ShopViewer, Teacher
from app.dashboard.routes_teach import Done, Words, teach_path
from app.dashboard.viewer import Viewer
from tenants.audit import note, person_actor
from tenants.employee import employee_view
from tenants.identifiers import from_public, to_public
from tenants.members import members

router = APIRouter(route_class=PageRoute, include_in_schema=False)

PASSAGES_PER_PAGE: Final = 30
PRICES_PER_PAGE: Final = 60
DONE: Final = {"brought_back": N_("This version is known now.")}
After = Annotated[int, Query(ge=-1, le=1_000_000)]


@router.get("/dashboard/teach/documents/{document_id}")
async def show(
    viewer: ShopViewer, document_id: str, *, q: Words = "", passages_after: After = -1, prices_after: After = -1, done: Done = ""
) -> Response:
    """One version of a document, as they know it."""
    read = await viewer.read(_read, from_public("doc", document_id), q, passages_after, prices_after)
    people = {person_actor(one.person_id): one.display_name for one in await viewer.read(members)}
    return page(
        "teach_document.html", **viewer.context("teach"), **read, people=people, words=q, tab="documents", done=_(DONE.get(done, ""))
    )


@router.post("/dashboard/teach/documents/{document_id}/remove")
async def remove(viewer: Teacher, document_id: str, csrf_token: Text = "") -> Response:
    """Take it away; the page offers it back."""
    viewer.check_form(csrf_token)
    line = await viewer.read(_change, viewer, from_public("doc", document_id), "removed")
    return go_to(teach_path(line.employee_id, "?done=removed"))


@router.post("/dashboard/teach/documents/{document_id}/bring-back")
async def bring_back(viewer: Teacher, document_id: str, csrf_token: Text = "") -> Response:
    """Undo a removal, or go back to an older version."""
    viewer.check_form(csrf_token)
    line = await viewer.read(_change, viewer, from_public("doc", document_id), "brought_back")
    if line.removed_at is None:
        return go_to(f"/dashboard/teach/documents/{document_id}?done=brought_back")
    return go_to(teach_path(line.employee_id, "?done=brought_back"))


def _change(session: Session, viewer: Viewer, document_id: UUID, change: str) -> DocumentLine:
    line = document(session, document_id=document_id)
    verb = remove_document if change == "removed" else bring_back_document
    verb(session, document_id=document_id, now=viewer.now)
    detail = {"employee": to_public("emp", line.employee_id), "version": line.version}
    note(session, person_actor(viewer.person.person_id), f"document.{change}", to_public("doc", document_id), detail, now=viewer.now)
    return line


def _read(session: Session, document_id: UUID, words: str, passages_after: int, prices_after: int) -> dict[str, Any]:
    line = document(session, document_id=document_id)
    found = passages_of(session, document_id=document_id, words=words, after=passages_after, limit=PASSAGES_PER_PAGE + 1)
    priced = prices_of(session, document_id=document_id, words=words, after=prices_after, limit=PRICES_PER_PAGE + 1)
    return {
        "document": line,
        "employee": employee_view(session, line.employee_id),
        "versions": versions(session, employee_id=line.employee_id, name=line.name),
        "passages": found[:PASSAGES_PER_PAGE],
        "passages_next": found[PASSAGES_PER_PAGE - 1].position if len(found) > PASSAGES_PER_PAGE else None,
        "prices": [price for _, price in priced[:PRICES_PER_PAGE]],
        "prices_next": priced[PRICES_PER_PAGE - 1][0] if len(priced) > PRICES_PER_PAGE else None,
    }
