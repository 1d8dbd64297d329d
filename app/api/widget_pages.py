"""What a shop's page and the panel's frame load first: who is there (boot), and the panel's page for exactly this shop."""

import json
from datetime import date
from functools import cache, partial
from pathlib import Path
from random import SystemRandom
from typing import Annotated, Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

import anyio.to_thread
from babel.dates import format_date
from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse
from jinja2 import Environment, FileSystemLoader
from sqlalchemy.orm import Session

from app.api.errors import ApiProblem
from app.api.widget_door import CounterOf, EmployeeOf, MetBy
from app.api.widget_press import widget_fingerprint
from app.conversations.mind import AWAY_DAY, own_words
from app.conversations.remember import memory_rules
from app.conversations.speak_first import PasserBy, choose_first_words
from app.installation.domains import is_allowed
from app.installation.sightings import note_sighting
from app.settings import Settings
from app.speaking.suggestions import first_questions
from app.speaking.warm_up import warm_up
from billing.assign_holdout import assign_holdout
from tenants.employee import EmployeeView
from tenants.employment import Serving, serving
from tenants.identifiers import to_public
from tenants.tenant import TenantView, tenant_view

router = APIRouter()

WIDGET_FOLDER: Final = Path(__file__).parents[1] / "widget"
DEFAULT_LANGUAGE: Final = "en"
REFUSED: Final = "refused"
TREATED: Final = "treated"
TEASER_LENGTH_MAX: Final = 140
PAGE_LENGTH_MAX: Final = 2000
NOTICES: Final = {"en": "{name} is an AI.", "zh": "{name} 是人工智能。", "ja": "{name}はAIです。", "fr": "{name} est une IA."}
AWAY: Final = {
    "en": "{name} is away until {day}. You can leave a message.",
    "zh": "{name}休息到{day}，可以留言。",
    "ja": "{name}は{day}までお休みです。伝言を残せます。",
    "fr": "{name} est en congé jusqu'au {day}. Vous pouvez laisser un message.",
}
TEASERS: Final = {
    "en": "Hello! Any questions?",
    "zh": "您好！有什么想问的吗？",
    "ja": "こんにちは。ご質問はありますか？",
    "fr": "Bonjour ! Une question ?",
}


@router.get("/w/{key}/boot")
async def boot(
    request: Request, employee_hit: EmployeeOf, counter: CounterOf, *,
    visitor: Annotated[UUID, Query(description="The visitor's own UUID.")],
    page: Annotated[str, Query(description="The path of the shop's page; only its beginning counts.")] = "",
    quiet: Annotated[str, Query(max_length=10, description="1 when first words were sent away in this tab.")] = "",
) -> JSONResponse:  # fmt: skip
    """Tell the loader whom to show. Only the shop's own pages may ask; a visitor of the holdout arm meets nobody."""
    house, now = counter.house, counter.house.clock()
    counter.check(counter.boots, request.client.host if request.client else "")

    origin = page_origin(request, house.settings.widget_url)

    def verb(session: Session) -> tuple[Serving, str, str | None]:
        shop, serves = tenant_view(session), serving(session, employee_hit.subject_id, now)
        employee = serves.employee  # on their days off the colleague who steps in
        is_welcome = is_allowed(origin, _places(shop, house.settings))
        if origin == house.settings.public_url.rstrip("/"):
            return serves, TREATED, None  # the playground: nobody tries out an employee who may not be there
        if origin is not None:
            note_sighting(session, origin=origin, employee_id=employee_hit.subject_id, is_allowed=is_welcome, now=now)
        arm = assign_holdout(session, visitor_id=visitor, employee_id=employee.employee_id, now=now) if is_welcome else REFUSED
        words = None
        if arm == TREATED and serves.away_until is None:
            passer_by = PasserBy(employee.employee_id, visitor, page[:PAGE_LENGTH_MAX], was_dismissed=quiet == "1")
            words = choose_first_words(session, passer_by, moment=now.astimezone(ZoneInfo(shop.time_zone)), random=SystemRandom())
        return serves, arm, words

    serves, arm, words = await house.run(employee_hit.tenant_id, verb)
    if arm == REFUSED:
        detail = f"The widget may not appear on {origin or 'a page without an origin'}. Allow the origin in the dashboard."
        raise ApiProblem(403, "Not on this page", detail)
    warm_up(counter.desk, employee_hit.tenant_id, serves.employee)
    answer = {"arm": arm} if arm == "holdout" else _invitation(serves, language_of(request), words) | {"arm": arm}
    return JSONResponse(answer, headers={"Access-Control-Allow-Origin": origin or "", "Vary": "Origin", "Cache-Control": "no-store"})


@router.get("/w/{key}/frame")
async def frame(key: str, request: Request, employee_hit: MetBy, counter: CounterOf) -> HTMLResponse:
    """The panel's page. Browsers show it only inside the shop's own pages (frame-ancestors); an interview only in the dashboard."""
    desk, tenant_id = counter.desk, employee_hit.tenant_id
    attend = partial(desk.minds.attend, tenant_id, employee_hit.subject_id, is_interview=employee_hit.is_interview)
    attention = await anyio.to_thread.run_sync(attend, limiter=desk.thinking)
    employee, shop = attention.employee, await counter.house.run(tenant_id, tenant_view)
    warm_up(desk, tenant_id, employee, is_interview=employee_hit.is_interview)
    language, places = language_of(request), _places(shop, counter.house.settings)
    if employee_hit.is_interview:
        places = (counter.house.settings.public_url.rstrip("/"),)
    page = (
        templates()
        .get_template("panel.html")
        .render(
            key=key,
            origins=list(places),
            language=language,
            texts=texts_in(language),
            employee=employee_json(employee),
            notice=_named(NOTICES, language, employee),
            shop_name=shop.name,
            suggestions=first_questions(attention.mind, language),
            microphone=counter.house.listener is not None,
            memory=not employee_hit.is_interview and (await counter.house.run(tenant_id, memory_rules)).is_on,
            files=f"/w/static/{widget_fingerprint()}",
        )
    )
    return HTMLResponse(page, headers=_frame_headers(places))


def employee_json(employee: EmployeeView) -> dict[str, str]:
    """An employee as the browser sees them."""
    return {
        "id": to_public("emp", employee.employee_id),
        "name": employee.name,
        "job_title": employee.job_title,
        "poster_url": f"/w/faces/{employee.face_id}/poster.webp",
        "badge_url": f"/w/faces/{employee.face_id}/badge.webp",
    }


def language_of(request: Request) -> str:
    """The language the page names, or the first one the browser asks for, that the widget has texts in."""
    named = request.query_params.get("language", "").lower().partition("-")[0]
    if named in languages():
        return named
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


def page_origin(request: Request, widget_url: str) -> str | None:
    """The origin of the page that asks. A page of ours (the hosted page) sends none, and says that it is of the same origin."""
    origin = request.headers.get("origin")
    if origin is None and request.headers.get("sec-fetch-site") == "same-origin":
        return widget_url.rstrip("/")
    return origin


def _places(shop: TenantView, settings: Settings) -> tuple[str, ...]:
    """Where the shop's employee may appear: the shop's own list, the page we host for it, and the playground of the dashboard."""
    return (*shop.allowed_origins, settings.widget_url.rstrip("/"), settings.public_url.rstrip("/"))


def _invitation(serves: Serving, language: str, first_words: str | None) -> dict[str, Any]:
    """Who is there; `first_words` are the shop's own where it tries several, None where the greeting is the usual one."""
    employee = serves.employee
    away = serves.away_until
    greeting = own_words(employee.greeting, language) if away is None and len(employee.greeting) <= TEASER_LENGTH_MAX else ""
    usual = greeting or (_named(TEASERS, language, employee) if away is None else _away(employee, away, language))
    labels = {name: text.replace("{name}", employee.name) for name, text in texts_in(language).get("loader", {}).items()}
    return {
        "employee": employee_json(employee),
        "teaser": usual if first_words is None else first_words,
        "notice": _named(NOTICES, language, employee),
        "frame_url": f"/w/{employee.widget_key}/frame",
        "position": "right",
        "language": language,
        "labels": labels,
    }


def _away(employee: EmployeeView, until: date, language: str) -> str:
    spoken = language if language in AWAY else DEFAULT_LANGUAGE
    return AWAY[spoken].format(name=employee.name, day=format_date(until, AWAY_DAY[spoken], locale=spoken))


def _named(texts: dict[str, str], language: str, employee: EmployeeView) -> str:
    return texts.get(language, texts[DEFAULT_LANGUAGE]).replace("{name}", employee.name)


def _frame_headers(origins: tuple[str, ...]) -> dict[str, str]:
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; "
        f"connect-src 'self'; frame-ancestors {' '.join(origins)}; base-uri 'none'; form-action 'none'"
    )
    return {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
        "Vary": "Accept-Language",
    }


@cache
def templates() -> Environment:
    """The widget's pages."""
    return Environment(loader=FileSystemLoader(WIDGET_FOLDER), autoescape=True, trim_blocks=True, lstrip_blocks=True)
