"""The playground: the real widget on a page of ours, with its options to change, its calls to press and its events as they come."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response

from app.dashboard.install_view import tag_of
from app.dashboard.page_route import PageRoute
from app.dashboard.pages import CONTENT_SECURITY_POLICY, page
from app.dashboard.permissions import ShopViewer
from app.dashboard.routes_install import choose, widget_url

router = APIRouter(route_class=PageRoute, include_in_schema=False)

OPTIONS: Final = {
    "position": ("right", "left"),
    "theme": ("", "light", "dark"),
    "language": ("", "en", "zh"),
    "mode": ("", "inline"),
    "teaser": ("", "off"),
    "consent": ("", "granted"),
}
"""What the script tag may say, and the words it may say; the first is what holds when nothing is said."""
EVENTS: Final = (
    "ready", "open", "close", "message", "speaking:start", "speaking:end", "offer:shown", "offer:claimed", "offer:redeemed", "lead",
    "handover", "consent", "error",
)  # fmt: skip
Word = Annotated[str, Query(max_length=60)]


@router.get("/dashboard/install/playground")
async def show_playground(request: Request, viewer: ShopViewer, employee: Word = "") -> Response:
    """The widget with the options of the address; a form changes them."""
    given = {name: request.query_params.get(name, "") for name in OPTIONS}
    chosen, team = await choose(viewer, employee)
    options = {name: word if word in OPTIONS[name] else "" for name, word in given.items()}
    said = {name: word for name, word in options.items() if word and word != OPTIONS[name][0]}
    target = {"target": "#stage"} if options["mode"] else {}
    tag = tag_of(widget_url(viewer), chosen.widget_key, said) if chosen else ""
    context: dict[str, Any] = {
        "chosen": chosen,
        "team": team,
        "options": OPTIONS,
        "selected": options,
        "said": said | target,
        "tag": tag,
        "events": EVENTS,
    }
    response = page("install_playground.html", **viewer.context("install"), **context, widget_url=widget_url(viewer))
    response.headers["Content-Security-Policy"] = _policy(widget_url(viewer))
    return response


def _policy(origin: str) -> str:
    """The dashboard's own policy, opened for the widget exactly as a shop's page opens its own."""
    policy = CONTENT_SECURITY_POLICY
    for directive in ("script-src", "img-src", "connect-src"):
        policy = policy.replace(f"{directive} 'self'", f"{directive} 'self' {origin}")
    return f"{policy}; frame-src {origin}"
