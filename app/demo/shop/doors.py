"""What every answer of the shop carries and every request must obey: the content policy, same-site posts only, and small bodies."""

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

BODY_BYTES_MAX = 64 * 1024


def content_policy(widget_url: str) -> str:
    """The Content-Security-Policy of the shop's pages: nothing but our own files, and exactly one foreign origin, the widget's.

    The widget needs four lines: its loader (script), their portrait on the launcher (img), the question who works here (connect) and the
    panel itself (frame). No inline script or style is allowed to anyone.
    """
    lines = (
        "default-src 'none'",
        f"script-src 'self' {widget_url}",
        "style-src 'self'",
        f"img-src 'self' {widget_url}",
        f"connect-src 'self' {widget_url}",
        f"frame-src {widget_url}",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
    return "; ".join(lines)


class Doors:
    """ASGI middleware around the whole shop."""

    def __init__(self, app: ASGIApp, *, shop_url: str, widget_url: str) -> None:
        self._app, self._shop_url = app, shop_url
        self._headers = {
            "content-security-policy": content_policy(widget_url),
            "x-content-type-options": "nosniff",
            "referrer-policy": "strict-origin-when-cross-origin",
            "cross-origin-opener-policy": "same-origin",
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it at the door."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(self._headers)
            await send(message)

        refusal = self._refusal(scope)
        await (refusal or self._app)(scope, receive, send_with_headers)

    def _refusal(self, scope: Scope) -> PlainTextResponse | None:
        if scope["method"] in {"GET", "HEAD"}:
            return None
        headers = Headers(scope=scope)
        if headers.get("origin", self._shop_url) != self._shop_url:
            return PlainTextResponse("This form was sent from another site. Open the shop and try again.", 403)
        length = headers.get("content-length", "")
        if not length.isdecimal():
            return PlainTextResponse("Send a Content-Length.", 411)
        if int(length) > BODY_BYTES_MAX:
            return PlainTextResponse("That is more than any form of ours sends.", 413)
        return None
