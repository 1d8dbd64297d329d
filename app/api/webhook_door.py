"""The door of the webhooks stands before everything else: at a thousand deliveries a second, what stands around the work costs more.

What is done is `app.api.webhooks.take`, the same that the route does; the errors it knows become the same problem documents, and what it
does not know is logged and answered like anywhere else. What is for another hostname, or no connection's address, goes on.
"""

from typing import Final

from fastapi import FastAPI
from starlette.requests import ClientDisconnect, Request
from starlette.types import Receive, Scope, Send

from app.api.errors import EXPECTED, answer_to, answer_to_unexpected
from app.api.hostnames import hostname_of
from app.api.webhooks import headers_of, take

PREFIX: Final = "/api/v1/hooks/"


class WebhookDoor:
    """Answers POSTs to a connection's address on one hostname."""

    def __init__(self, hostname: str) -> None:
        self._hostname = hostname

    async def answers(self, app: FastAPI, scope: Scope, receive: Receive, send: Send) -> bool:
        """Answer a delivery; False for any other request, of which nothing has been read."""
        if scope["type"] != "http" or scope["method"] != "POST" or not scope["path"].startswith(PREFIX):
            return False
        connection_key, headers = scope["path"].removeprefix(PREFIX), headers_of(scope)
        if not connection_key or "/" in connection_key or hostname_of(headers.get("host", "")) != self._hostname:
            return False
        scope["app"] = app
        request = Request(scope, receive)
        try:
            answer = await take(connection_key, request, headers)
        except EXPECTED as error:
            answer = answer_to(error)
        except ClientDisconnect:
            return True  # nobody is left to answer, and nothing was stored
        except Exception as error:  # noqa: BLE001 - the request edge: whatever broke is logged, and the sender comes again
            answer = answer_to_unexpected(request, error)
        await answer(scope, receive, send)
        return True
