"""Orders from files: brought, looked at column by column, told once, and watched while they are read."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, File, Query, Request, Response, UploadFile
from starlette.datastructures import FormData

from app.dashboard.door import Text
from app.dashboard.language import said
from app.dashboard.page_route import PageRoute
from app.dashboard.pages import go_to, live_page, page
from app.dashboard.permissions import ConnectionsManager, DeliveriesViewer
from app.dashboard.viewer import Viewer
from billing.connections import connections
from billing.connectors_for_files import DAY_FORMATS, FIELDS, NEEDED, Columns
from billing.errors import ImportRefused
from billing.import_orders import FILE_BYTES_MAX, columns_before, import_view, imports, preview_import, run_import, upload_file
from tenants.audit import person_actor
from tenants.identifiers import from_public, to_public

router = APIRouter(route_class=PageRoute, include_in_schema=False)

PATH: Final = "/dashboard/imports"
CURRENCIES_FIRST: Final = ("EUR", "USD", "GBP", "CHF", "CNY", "JPY")


@router.get("/dashboard/imports")
async def show_imports(viewer: DeliveriesViewer) -> Response:
    """The files that were brought, newest first."""
    rows, sources = await viewer.read(imports), await viewer.read(connections)
    return page("imports.html", **viewer.context("deliveries"), rows=rows, takes_files=any(one.kind == "csv" for one in sources))


@router.get("/dashboard/imports/new")
async def show_new(viewer: ConnectionsManager, connection: Annotated[str, Query(max_length=100)] = "") -> Response:
    """The form for a file."""
    return await _upload_page(viewer, connection)


@router.post("/dashboard/imports/new")
async def bring(
    viewer: ConnectionsManager, file: Annotated[UploadFile | None, File()] = None, connection: Text = "", csrf_token: Text = ""
) -> Response:
    """Keep the file as a draft and go on to its columns."""
    viewer.check_form(csrf_token)
    content = await file.read(FILE_BYTES_MAX + 1) if file is not None else b""
    name = (file.filename if file is not None else None) or "file"
    try:
        import_id = await viewer.read(
            upload_file, connection_id=from_public("con", connection), file_name=name, content=content, now=viewer.now
        )
    except ImportRefused as error:
        return await _upload_page(viewer, connection, status=422, why=said(error))
    return go_to(f"{PATH}/{to_public('imp', import_id)}")


@router.get("/dashboard/imports/{import_id}")
async def show_one(request: Request, viewer: DeliveriesViewer, import_id: str) -> Response:
    """A draft with its columns and what they would tell, or an import and how far it is read."""
    found = from_public("imp", import_id)
    view = await viewer.read(import_view, import_id=found)
    if view.state == "draft":
        return await _draft_page(viewer, import_id, request.query_params)
    return live_page(request, "import", **viewer.context("deliveries"), row=view)


@router.post("/dashboard/imports/{import_id}/run")
async def run(request: Request, viewer: ConnectionsManager, import_id: str, csrf_token: Text = "") -> Response:
    """Tell every order of the file."""
    viewer.check_form(csrf_token)
    columns, by = columns_of(viewer, await request.form()), person_actor(viewer.person.person_id)
    try:
        await viewer.read(run_import, import_id=from_public("imp", import_id), columns=columns, now=viewer.now, by=by)
    except ImportRefused as error:
        return await _upload_page(viewer, "", status=422, why=said(error))
    return go_to(f"{PATH}/{import_id}")


def columns_of(viewer: Viewer, form: Mapping[str, Any] | FormData) -> Columns:
    """The choices of the form; what makes no sense is left out and asked for again."""
    chosen = {field: str(form.get(f"field_{field}", ""))[:200] for field in FIELDS}
    day_format, decimal_mark = str(form.get("day_format", "")), str(form.get("decimal_mark", ""))
    return Columns(
        {field: name for field, name in chosen.items() if name}, str(form.get("currency", ""))[:3].upper(),
        day_format if day_format in DAY_FORMATS else "iso", decimal_mark if decimal_mark in (".", ",") else ".", viewer.shop.time_zone,
    )  # fmt: skip


async def _draft_page(viewer: Viewer, import_id: str, query: Mapping[str, Any]) -> Response:
    found = from_public("imp", import_id)
    columns = columns_of(viewer, query)
    preview = await viewer.read(preview_import, import_id=found, columns=columns, now=viewer.now)
    if not columns.of_field:
        guessed = Columns(preview.guessed, columns.currency or CURRENCIES_FIRST[0])
        before = await viewer.read(columns_before, import_id=found)
        columns = replace(before or guessed, time_zone=viewer.shop.time_zone)
        preview = await viewer.read(preview_import, import_id=found, columns=columns, now=viewer.now)
    first = [(one, viewer.times.full(datetime.fromisoformat(one.data["created_at"]))) for one in preview.first_messages]
    context: dict[str, Any] = {
        "first": first,
        "import_id": import_id,
        "preview": preview,
        "columns": columns,
        "currencies": CURRENCIES_FIRST,
    }
    context |= {"fields": FIELDS, "needed": NEEDED}
    return page("import_draft.html", **viewer.context("deliveries"), **context)


async def _upload_page(viewer: Viewer, connection: str, *, status: int = 200, why: str = "") -> Response:
    sources = [one for one in await viewer.read(connections) if one.kind == "csv"]
    context = {"sources": sources, "chosen": connection, "why": why}
    return page("import_new.html", status=status, **viewer.context("deliveries"), **context)
