"""The guide on the dashboard's hostname: public, server-rendered, without a script.

`/guide/hire` leads to the page in the reader's language, as the dashboard knows it; `/guide/en/hire` and `/guide/zh/hire` are the pages.
"""

import hashlib
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import quote

from babel.dates import format_date
from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from app.dashboard.assets import asset_url
from app.dashboard.language import HTML_LANGUAGES, LANGUAGES, LOCALES, language_of
from app.dashboard.pages import SECURITY_HEADERS
from app.guide.faces import router as faces_router
from app.guide.shelf import NAMES, QUERY_LENGTH_MAX, neighbours, pages, search
from app.guide.words import GROUPS, WORDS

router = APIRouter(prefix="/guide", include_in_schema=False)
router.include_router(faces_router, prefix="")
FOLDER: Final = Path(__file__).parent
HEADERS: Final = {**SECURITY_HEADERS, "Cache-Control": "no-cache"}
NEGOTIATED: Final = {**HEADERS, "Vary": "Accept-Language, Cookie"}
FILES: Final = {
    "guide.css": "text/css; charset=utf-8",
    "guide.js": "text/javascript; charset=utf-8",
    "gallery.js": "text/javascript; charset=utf-8",
}
FINGERPRINT_LENGTH: Final = 12
YEAR: Final = "public, max-age=31536000, immutable"


@router.get("")
async def front_door(request: Request) -> Response:
    """Lead to the front page in the reader's language."""
    return RedirectResponse(f"/guide/{language_of(request)}", 302, NEGOTIATED)


@router.get("/search")
async def search_somewhere(request: Request, q: Annotated[str, Query(max_length=1000)] = "") -> Response:
    """Lead to the search in the reader's language."""
    return RedirectResponse(f"/guide/{language_of(request)}/search?q={quote(q, safe='')}", 302, NEGOTIATED)


@router.get("/static/{fingerprint}/{name}")
async def static_file(fingerprint: str, name: str) -> Response:
    """The guide's own style sheet and script; an old fingerprint still gets the file, but is not kept for ever."""
    if name not in FILES:
        return _missing("en")
    body, current = _file(name)
    keep = YEAR if fingerprint == current else "no-cache"
    return Response(body, media_type=FILES[name], headers={"Cache-Control": keep, "X-Content-Type-Options": "nosniff"})


@router.get("/pictures/{name}")
async def picture(name: str) -> Response:
    """A picture that a page shows."""
    if name not in _pictures():
        return _missing("en")
    body = (FOLDER / "pictures" / name).read_bytes()
    return Response(body, media_type="image/webp", headers={"Cache-Control": "public, max-age=86400", "X-Content-Type-Options": "nosniff"})


@router.get("/{first}")
async def front_page(first: str, request: Request) -> Response:
    """The front page of a language, or a page's short address."""
    if first in LANGUAGES:
        return _page("front.html", first, "")
    if first in NAMES:
        return RedirectResponse(f"/guide/{language_of(request)}/{first}", 302, NEGOTIATED)
    return _missing(language_of(request))


@router.get("/{language}/search")
async def search_page(language: str, q: Annotated[str, Query(max_length=1000)] = "") -> Response:
    """What the guide says about a few words."""
    if language not in LANGUAGES:
        return _missing("en")
    asked = " ".join(q.split())[:QUERY_LENGTH_MAX]
    return _page("search.html", language, "search", query=asked, found=search(language, asked))


@router.get("/{language}/{name}")
async def guide_page(language: str, name: str) -> Response:
    """One page."""
    if language not in LANGUAGES or name not in NAMES:
        return _missing(language if language in LANGUAGES else "en")
    page = pages(language)[name]
    before, after = neighbours(page)
    edited = format_date(page.updated, "long", LOCALES[language])
    return _page("page.html", language, name, page=page, before=before, after=after, edited=edited)


@router.get("/{language}/{path:path}")
async def nothing_here(language: str, path: str) -> Response:
    """Every other address under the guide; `path` is only there to match any of them."""
    del path
    return _missing(language if language in LANGUAGES else "en")


def _missing(language: str) -> Response:
    return _page("missing.html", language, "", status=404)


def _page(template: str, language: str, name: str, *, status: int = 200, **context: Any) -> Response:
    shown = {
        "language": language, "name": name, "words": WORDS[language], "shelf": pages(language), "groups": GROUPS, "query": "",
        "html_language": HTML_LANGUAGES[language], "languages": LANGUAGES, "html_languages": HTML_LANGUAGES, **context,
    }  # fmt: skip
    return HTMLResponse(_environment().get_template(template).render(shown), status_code=status, headers=dict(HEADERS))


@cache
def _environment() -> Environment:
    made = Environment(loader=PackageLoader("app.guide"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    made.globals.update(asset_url=asset_url, file_url=_file_url)
    return made


@cache
def _file(name: str) -> tuple[bytes, str]:
    body = (FOLDER / "static" / name).read_bytes()
    return body, hashlib.sha256(body).hexdigest()[:FINGERPRINT_LENGTH]


def _file_url(name: str) -> str:
    return f"/guide/static/{_file(name)[1]}/{name}"


@cache
def _pictures() -> frozenset[str]:
    return frozenset(path.name for path in (FOLDER / "pictures").glob("*.webp"))
