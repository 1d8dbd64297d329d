"""An offer's codes: searched page by page, exported, printed to be scanned; and lists of codes taken over, after a preview."""

import csv
import io
from collections.abc import Iterator
from tempfile import SpooledTemporaryFile
from typing import IO, Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session
from starlette.datastructures import UploadFile

from app.dashboard.code_drawing import barcode_svg, qr_svg
from app.dashboard.language import said
from app.dashboard.page_route import PageRoute
from app.dashboard.pages import SECURITY_HEADERS, go_to, page
from app.dashboard.permissions import OfferSetter, ShopViewer
from app.dashboard.viewer import Viewer
from billing.errors import CodesRefused
from billing.import_codes import CODES_MAX, TEXT_BYTES_MAX, import_codes, preview_codes
from billing.read_offers import CODE_STATES, CodesWanted, CodeView, OfferSummary, all_coupons, coupon_view, coupons_of, offer
from tenants.audit import person_actor
from tenants.employee import EmployeeView, employees
from tenants.identifiers import from_public, to_public

router = APIRouter(route_class=PageRoute, include_in_schema=False)

ROWS_PER_PAGE: Final = 50
SPOOL_BYTES: Final = 4_000_000
PIECE_BYTES: Final = 256_000
FORM_BYTES_MAX: Final = TEXT_BYTES_MAX + 100_000
COLUMNS: Final = (
    "code", "state", "issued_at_utc", "seen_at_utc", "expires_at_utc", "redeemed_at_utc", "order_ref", "order", "discount_minor",
    "currency", "employee", "terms_version",
)  # fmt: skip


class Filter(BaseModel):
    """What the address asks for; an empty word means all."""

    search: str = Field("", max_length=60)
    state: str = Field("", pattern=rf"^({'|'.join(CODE_STATES)})?$")
    before: str = Field("", max_length=60)

    def wanted(self, offer_id: UUID) -> CodesWanted:
        """The same as a question."""
        return CodesWanted(offer_id, self.search, self.state, from_public("cpn", self.before) if self.before else None)


@router.get("/dashboard/offers/{offer_id}/codes")
async def list_codes(viewer: ShopViewer, offer_id: str, wanted: Annotated[Filter, Query()]) -> Response:
    """The coupons of one offer, the newest first."""
    one, found, people = await viewer.read(_page, wanted.wanted(from_public("off", offer_id)), viewer)
    rows = found[:ROWS_PER_PAGE]
    context: dict[str, Any] = {
        "one": one, "rows": rows, "people": people, "chosen": wanted, "states": CODE_STATES,
        "older": to_public("cpn", rows[-1].coupon_id) if len(found) > ROWS_PER_PAGE else "",
        "query": {name: value for name, value in wanted.model_dump().items() if value and name != "before"},
    }  # fmt: skip
    return page("offer_codes.html", **viewer.context("offers"), **context)


@router.get("/dashboard/offers/{offer_id}/codes.csv")
async def download(viewer: ShopViewer, offer_id: str, wanted: Annotated[Filter, Query()]) -> Response:
    """The same coupons as a file, all of them."""
    spool = await viewer.read(_spooled, wanted.wanted(from_public("off", offer_id)), viewer)
    headers = {**SECURITY_HEADERS, "Content-Disposition": 'attachment; filename="codes.csv"'}
    return StreamingResponse(_pieces(spool), media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/dashboard/offers/{offer_id}/codes/import")
async def ask_import(viewer: OfferSetter, offer_id: str) -> Response:
    """The place to paste or choose a list."""
    return await _import_page(viewer, from_public("off", offer_id))


@router.post("/dashboard/offers/{offer_id}/codes/import")
async def preview(request: Request, viewer: OfferSetter, offer_id: str) -> Response:
    """Show what the list holds; nothing is kept yet. A chosen file counts before what was pasted."""
    one_id = from_public("off", offer_id)
    async with request.form(max_files=1, max_fields=10, max_part_size=FORM_BYTES_MAX) as form:
        viewer.check_form(str(form.get("csrf_token", "")))
        file, text = form.get("file"), str(form.get("text", ""))
        if isinstance(file, UploadFile) and file.filename:
            text = (await file.read(FORM_BYTES_MAX)).decode("utf-8-sig", errors="replace")
    try:
        found = await viewer.read(preview_codes, text=text.replace("\0", ""))
    except CodesRefused as error:
        return await _import_page(viewer, one_id, status=422, why=said(error), text=text[:TEXT_BYTES_MAX])
    one = await viewer.read(offer, offer_id=one_id, now=viewer.now)
    return page("offer_import_preview.html", **viewer.context("offers"), one=one, found=found)


@router.post("/dashboard/offers/{offer_id}/codes/keep")
async def keep(request: Request, viewer: OfferSetter, offer_id: str) -> Response:
    """Add the codes that were shown. Sending the form again adds nothing."""
    one_id = from_public("off", offer_id)
    async with request.form(max_files=1, max_fields=10, max_part_size=FORM_BYTES_MAX) as form:
        viewer.check_form(str(form.get("csrf_token", "")))
        text = str(form.get("text", ""))
    try:
        await viewer.read(import_codes, offer_id=one_id, text=text, now=viewer.now, by=person_actor(viewer.person.person_id))
    except CodesRefused as error:
        return await _import_page(viewer, one_id, status=422, why=said(error), text=text)
    return go_to(f"/dashboard/offers/{offer_id}?done=imported")


@router.get("/dashboard/offers/{offer_id}/codes/{coupon_id}")
async def show_code(viewer: ShopViewer, offer_id: str, coupon_id: str) -> Response:
    """One coupon with its way, as a card to be printed and scanned."""
    found, terms = await viewer.read(coupon_view, coupon_id=from_public("cpn", coupon_id), now=viewer.now)
    one, people = await viewer.read(_about, from_public("off", offer_id), viewer)
    context: dict[str, Any] = {
        "one": one,
        "code": found,
        "terms": terms,
        "people": people,
        "qr": qr_svg(found.code),
        "bars": barcode_svg(found.code),
    }
    return page("offer_code.html", **viewer.context("offers"), **context)


def _about(session: Session, offer_id: UUID, viewer: Viewer) -> tuple[OfferSummary, dict[UUID, EmployeeView]]:
    return offer(session, offer_id=offer_id, now=viewer.now), {one.employee_id: one for one in employees(session)}


def _page(session: Session, wanted: CodesWanted, viewer: Viewer) -> tuple[OfferSummary, list[CodeView], dict[UUID, EmployeeView]]:
    one, people = _about(session, wanted.offer_id, viewer)
    return one, coupons_of(session, wanted, limit=ROWS_PER_PAGE + 1, now=viewer.now), people


def _spooled(session: Session, wanted: CodesWanted, viewer: Viewer) -> IO[bytes]:
    """The table, with a byte order mark for spreadsheets; a cell they would take for a formula begins with an apostrophe."""
    one, people = _about(session, wanted.offer_id, viewer)
    spool: IO[bytes] = SpooledTemporaryFile(max_size=SPOOL_BYTES)  # noqa: SIM115 - it is closed when the last piece is sent
    file = io.TextIOWrapper(spool, encoding="utf-8-sig", newline="")
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    for code in all_coupons(session, wanted, now=viewer.now):
        writer.writerow([f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell for cell in _cells(code, one, people)])
    file.flush()
    file.detach()
    spool.seek(0)
    return spool


def _cells(code: CodeView, one: OfferSummary, people: dict[UUID, EmployeeView]) -> list[str]:
    moments = [code.issued_at, code.seen_at, code.expires_at, code.redeemed_at]
    told = [at.strftime("%Y-%m-%dT%H:%M:%SZ") if at else "" for at in moments]
    discount = "" if code.discount_minor is None else str(code.discount_minor)
    name = people[code.employee_id].name if code.employee_id in people else ""
    return [code.code, code.state, *told, code.order_ref or "", code.order_number or "", discount, one.currency, name, str(code.version)]


def _pieces(spool: IO[bytes]) -> Iterator[bytes]:
    with spool:
        while piece := spool.read(PIECE_BYTES):
            yield piece


async def _import_page(viewer: Viewer, offer_id: UUID, *, status: int = 200, why: str = "", text: str = "") -> Response:
    one = await viewer.read(offer, offer_id=offer_id, now=viewer.now)
    context = {**viewer.context("offers"), "one": one, "why": why, "text": text, "codes_max": CODES_MAX}
    return page("offer_import.html", status=status, **context)
