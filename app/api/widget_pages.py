"""What a shop's page and the panel's frame load first: who is there (boot), and the panel's page for exactly this shop."""

import json
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Final
from uuid import UUID

import anyio.to_thread
from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse
from jinja2 import Environment, FileSystemLoader
from sqlalchemy.orm import Session

from app.api.errors import ApiProblem
from app.api.widget_door import CounterOf, EmployeeOf
from app.speaking.suggestions import first_questions
from app.speaking.warm_up import warm_up
from billing.assign_holdout import assign_holdout
from tenants.employee import EmployeeView, employee_at_work
from tenants.identifiers import to_public
from tenants.tenant import TenantView, tenant_view

router = APIRouter()

WIDGET_FOLDER: Final = Path(__file__).parents[1] / "widget"
DEFAULT_LANGUAGE: Final = "en"
TEASER_LENGTH_MAX: Final = 140
NOTICES: Final = {"en": "{name} is an AI.", "zh": "{name} 是人工智能。"}
TEASERS: Final = {"en": "Hello! Any questions?", "zh": "您好！有什么想问的吗？"}


@router.get("/w/{key}/boot")
async def boot(
    request: Request, employee_hit: EmployeeOf, counter: CounterOf, visitor: Annotated[UUID, Query(description="The visitor's own UUID.")]
) -> JSONResponse:
    """Tell the loader whom to show. Only the shop's own pages may ask; a visitor of the holdout arm meets nobody."""
    house, now = counter.house, counter.house.clock()
    counter.check(counter.boots, request.client.host if request.client else "")

    def verb(session: Session) -> tuple[TenantView, EmployeeView, str]:
        shop, employee = tenant_view(session), employee_at_work(session, employee_hit.subject_id, now)
        _require_shop_page(request, shop)
        return shop, employee, assign_holdout(session, visitor_id=visitor, employee_id=employee.employee_id, now=now)

    _shop, employee, arm = await house.run(employee_hit.tenant_id, verb)
    warm_up(counter.desk, employee_hit.tenant_id, employee)
    answer = {"arm": arm} if arm == "holdout" else _invitation(employee, language_of(request)) | {"arm": arm}
    origin = request.headers.get("origin", "")
    return JSONResponse(answer, headers={"Access-Control-Allow-Origin": origin, "Vary": "Origin", "Cache-Control": "no-store"})


@router.get("/w/{key}/frame")
async def frame(key: str, request: Request, employee_hit: EmployeeOf, counter: CounterOf) -> HTMLResponse:
    """The panel's page. Browsers show it only inside the shop's own pages (frame-ancestors)."""
    desk, tenant_id = counter.desk, employee_hit.tenant_id
    attention = await anyio.to_thread.run_sync(desk.minds.attend, tenant_id, employee_hit.subject_id, limiter=desk.thinking)
    employee, shop = attention.employee, await counter.house.run(tenant_id, tenant_view)
    warm_up(desk, tenant_id, employee)
    language = language_of(request)
    page = (
        _templates()
        .get_template("panel.html")
        .render(
            key=key,
            origins=list(shop.allowed_origins),
            language=language,
            texts=texts_in(language),
            employee=employee_json(employee),
            notice=_named(NOTICES, language, employee),
            shop_name=shop.name,
            suggestions=first_questions(attention.mind),
        )
    )
    return HTMLResponse(page, headers=_frame_headers(shop.allowed_origins))


def employee_json(employee: EmployeeView) -> dict[str, str]:
    """An employee as the browser sees her."""
    return {
        "id": to_public("emp", employee.employee_id),
        "name": employee.name,
        "job_title": employee.job_title,
        "poster_url": f"/w/faces/{employee.face_id}/poster.webp",
    }


def language_of(request: Request) -> str:
    """The first language the browser asks for that the widget has texts in."""
    for wish in request.headers.get("accept-language", "").split(",")[:10]:
        language = wish.partition(";")[0].strip().lower().partition("-")[0]
        if language in languages():
            return language
    return DEFAULT_LANGUAGE


@cache
def languages() -> frozenset[str]:
    """Languages the widget has texts in."""
    return frozenset(path.stem for path in (WIDGET_FOLDER / "texts").glob("*.json"))


@cache
def texts_in(language: str) -> dict[str, Any]:
    """The widget's texts in a language, gaps filled in English."""
    texts: dict[str, Any] = json.loads((WIDGET_FOLDER / "texts" / f"{DEFAULT_LANGUAGE}.json").read_text(encoding="utf-8"))
    if language != DEFAULT_LANGUAGE:
        texts |= json.loads((WIDGET_FOLDER / "texts" / f"{language}.json").read_text(encoding="utf-8"))
    return texts


def _require_shop_page(request: Request, shop: TenantView) -> None:
    origin = request.headers.get("origin")
    if origin not in shop.allowed_origins:
        detail = f"The widget may not appear on {origin or 'a page without an origin'}. Allow the origin in the dashboard."
        raise ApiProblem(403, "Not on this page", detail)


def _invitation(employee: EmployeeView, language: str) -> dict[str, Any]:
    greeting = employee.greeting if language == DEFAULT_LANGUAGE and len(employee.greeting) <= TEASER_LENGTH_MAX else ""
    labels = {name: text.replace("{name}", employee.name) for name, text in texts_in(language).get("loader", {}).items()}
    return {
        "employee": employee_json(employee),
        "teaser": greeting or _named(TEASERS, language, employee),
        "notice": _named(NOTICES, language, employee),
        "frame_url": f"/w/{employee.widget_key}/frame",
        "position": "right",
        "language": language,
        "labels": labels,
    }


def _named(texts: dict[str, str], language: str, employee: EmployeeView) -> str:
    return texts.get(language, texts[DEFAULT_LANGUAGE]).replace("{name}", employee.name)


def _frame_headers(origins: tuple[str, ...]) -> dict[str, str]:
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; "
        f"connect-src 'self'; frame-ancestors {' '.join(origins) or chr(39) + 'none' + chr(39)}; base-uri 'none'; form-action 'none'"
    )
    return {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
        "Vary": "Accept-Language",
    }


@cache
def _templates() -> Environment:
    return Environment(loader=FileSystemLoader(WIDGET_FOLDER), autoescape=True, trim_blocks=True, lstrip_blocks=True)
