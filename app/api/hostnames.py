"""Two hostnames, two worlds: the widget's pages answer only on the widget's name, the dashboard only on its own.

Cookies ignore ports, so only different names keep a shopper's page from ever carrying a merchant's session.
"""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from app.api.errors import problem

ANYWHERE = ("/health",)
WIDGET_PATHS = ("/w/",)


class HostnamesMustDiffer(ValueError):
    """public_url and widget_url share a hostname."""


class OneHostnameEach:
    """ASGI middleware that answers 404 for a path asked on the other world's hostname."""

    def __init__(self, app: ASGIApp, *, public: str, widget: str) -> None:
        if public == widget:
            raise HostnamesMustDiffer(f"TILLHAND_PUBLIC_URL and TILLHAND_WIDGET_URL must use two hostnames; both use {public}.")
        self._app, self._public, self._widget = app, public, widget

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer it."""
        if scope["type"] != "http" or self._belongs(scope["path"], hostname_of(Headers(scope=scope).get("host", ""))):
            await self._app(scope, receive, send)
            return
        answer = problem(404, "Not found", "There is nothing at this address on this hostname.")
        await answer(scope, receive, send)

    def _belongs(self, path: str, hostname: str) -> bool:
        if path.startswith(ANYWHERE):
            return True
        return hostname == (self._widget if path.startswith(WIDGET_PATHS) else self._public)


def hostname_of(host: str) -> str:
    """The name in a Host header, without its port."""
    name = host.rsplit("]", 1)[0] + "]" if host.startswith("[") else host.split(":", 1)[0]
    return name.lower()
