"""From a template to an answer: one environment, one set of security headers, and live regions that are sent only when they changed."""

import hashlib
import re
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from fastapi import Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from app.dashboard import formatting
from app.dashboard.assets import WHOLE_SHEET, asset_url
from app.dashboard.language import ENGLISH, HTML_LANGUAGES, LANGUAGES, catalogue_spoken, has_address, html_language, language, said
from billing.contract_terms import ContractTerms, describe, explain_terms

CONTENT_SECURITY_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "media-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
SECURITY_HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cache-Control": "no-store",
}
SEEN_PLACE: Final = "seen-fingerprint-stands-here"
SEEN_HEADER: Final = "X-Seen"
"""A live region sends back the fingerprint it was given; the same one means nothing changed, and 204 is answered."""


@cache
def environment() -> Environment:
    """The templates: everything escaped, a missing name is an error, every text through gettext."""
    made = Environment(
        loader=PackageLoader("app.dashboard"),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,  # or every part of every page asks the file system whether it has changed
    )
    made.install_gettext_callables(  # type: ignore[attr-defined]
        lambda message: catalogue_spoken().gettext(message) if message else "",
        lambda singular, plural, count: catalogue_spoken().ngettext(singular, plural, count),
        newstyle=True,
    )
    made.globals.update(live_seen_here=SEEN_PLACE, asset_url=asset_url, style_sheets=(WHOLE_SHEET,), public_id=formatting.public_id)
    made.globals.update(html_language=html_language, language=language)
    made.globals.update(languages=LANGUAGES, html_languages=HTML_LANGUAGES, has_address=has_address)
    made.filters.update(
        account_name=formatting.account_name,
        amount=formatting.amount_text,
        count=formatting.count_text,
        duration=formatting.duration_text,
        money=formatting.money,
        rate=formatting.rate_text,
        said=said,
        short_amount=formatting.short_amount,
        size=formatting.size_text,
        terms_sentences=terms_sentences,
        words=formatting.words_of,
        work_time=formatting.work_time_text,
    )
    return made


def terms_sentences(terms: ContractTerms) -> list[str]:
    """A contract's prose, one sentence per item."""
    said_clauses = "".join(f"{said(clause.text)} " for clause in explain_terms(terms)).strip()
    return re.split(r"(?<=\.) (?=[A-Z])|(?<=。) ?", said_clauses.removesuffix("。")) if language() != ENGLISH else split_english(terms)


def split_english(terms: ContractTerms) -> list[str]:
    """The same in the words that were signed."""
    return re.split(r"(?<=\.) (?=[A-Z])", describe(terms))


def page(template: str, *, status: int = 200, **context: Any) -> HTMLResponse:
    """Render a whole page."""
    return HTMLResponse(environment().get_template(template).render(context), status_code=status, headers=dict(SECURITY_HEADERS))


def live_page(request: Request, name: str, **context: Any) -> Response:
    """Render the page `name`, whose region `name_live.html` keeps itself fresh.

    When htmx asks, the region alone is sent, and nothing at all (204) when it is what the browser has already.
    """
    region = environment().get_template(f"{name}_live.html").render(context)
    seen = hashlib.sha256(region.encode()).hexdigest()[:16]
    region = region.replace(SEEN_PLACE, seen)
    if request.headers.get("HX-Request") != "true":
        return page(f"{name}.html", **context, live_region=Markup(region))  # noqa: S704 - rendered just above, and escaped there
    if request.headers.get(SEEN_HEADER) == seen:
        return Response(status_code=204, headers=dict(SECURITY_HEADERS))
    return HTMLResponse(region, headers=dict(SECURITY_HEADERS))


def go_to(url: str) -> RedirectResponse:
    """Send the browser on with a GET."""
    return RedirectResponse(url, status_code=303, headers=dict(SECURITY_HEADERS))
