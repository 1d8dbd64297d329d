"""The door of the webhooks stands before the router: at a thousand deliveries a second, finding the way costs more than the work.

What is done is `app.api.webhooks.take`, the same that the route does; the errors it knows become the same problem documents.
"""

from typing import Final

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from app.api.errors import EXPECTED, answer_to
from app.api.webhooks import take

PREFIX: Final = "/api/v1/hooks/"


class WebhookDoor:
    """ASGI middleware that answers POSTs to a connection's address and passes on everything else."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass the request on."""
        if scope["type"] != "http" or scope["method"] != "POST" or not scope["path"].startswith(PREFIX):
            await self._app(scope, receive, send)
            return
        connection_key = scope["path"].removeprefix(PREFIX)
        if not connection_key or "/" in connection_key:
            await self._app(scope, receive, send)
            return
        try:
            answer = await take(connection_key, Request(scope, receive))
        except EXPECTED as error:
            answer = answer_to(error)
        await answer(scope, receive, send)
