"""The page we host for a shop without a site: the employee, full-screen, behind one address and one QR code."""

from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from sqlalchemy.orm import Session

from app.api.widget_door import CounterOf, EmployeeOf
from app.api.widget_pages import employee_json, language_of, templates, texts_in
from app.api.widget_press import widget_fingerprint
from tenants.employee import EmployeeView
from tenants.employment import serving
from tenants.tenant import TenantView, tenant_view

router = APIRouter()

HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; frame-src 'self'; "
        "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin",
    "Cache-Control": "no-store",
    "Vary": "Accept-Language",
}


@router.get("/w/{key}/hosted")
async def hosted(key: str, request: Request, employee_hit: EmployeeOf, counter: CounterOf) -> HTMLResponse:
    """An employee's own page. 404 while no contract is in force, like every page of the widget."""
    now = counter.house.clock()

    def verb(session: Session) -> tuple[TenantView, EmployeeView]:
        return tenant_view(session), serving(session, employee_hit.subject_id, now).employee

    shop, employee = await counter.house.run(employee_hit.tenant_id, verb)
    language = language_of(request)
    facts = {"key": key, "language": language, "texts": texts_in(language), "employee": employee_json(employee), "shop_name": shop.name}
    page = templates().get_template("hosted.html").render(**facts, files=f"/w/static/{widget_fingerprint()}")
    return HTMLResponse(page, headers=HEADERS)
