"""The manners of the public API around each of its endpoints: dated versions, a rate that is said, and repetitions answered alike.

An endpoint's own code knows nothing of this.
"""

import hashlib
from collections.abc import Callable, Coroutine
from typing import Any, Final
from uuid import UUID

from fastapi import Request, Response
from fastapi.routing import APIRoute

from app.api.bodies import read_body
from app.api.errors import EXPECTED, ApiProblem, answer_to, problem
from app.api.kept_answers import Answered, Started, fingerprint_of, finish, read_key, start
from app.api.rate_limits import RateLimit
from app.wiring import House, house_of
from tenants.directory import look_up

VERSIONS: Final = ("2026-11-22",)
"""Dated versions of the API that are served; a request without the header gets the newest."""
VERSION_HEADER: Final = "Tillhand-Version"
BODY_BYTES_MAX: Final = 1_000_000
Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class PublicRoute(APIRoute):
    """A route of the public API."""

    def get_route_handler(self) -> Handler:
        """Wrap FastAPI's handler."""
        handle = super().get_route_handler()
        endpoint = self.path

        async def answer(request: Request) -> Response:
            allowance = _rate_of(request).take(_caller(request), house_of(request).clock())
            if allowance.wait_seconds:
                response: Response = problem(429, "Too many requests", f"Ask again in {allowance.wait_seconds} seconds.")
            else:
                response = await _answered(handle, request, endpoint)
            response.headers.update(allowance.headers)
            response.headers[VERSION_HEADER] = request.headers.get(VERSION_HEADER, VERSIONS[-1])
            return response

        return answer


async def _answered(handle: Handler, request: Request, endpoint: str) -> Response:
    try:
        _check_version(request)
        header = request.headers.get("idempotency-key")
        if header is None or request.method != "POST":
            return await handle(request)
        return await _once(handle, request, endpoint, read_key(header))
    except EXPECTED as error:
        return answer_to(error)


def _check_version(request: Request) -> None:
    asked = request.headers.get(VERSION_HEADER)
    if asked is not None and asked not in VERSIONS:
        raise ApiProblem(400, "No such version", f"{VERSION_HEADER} may be one of: {', '.join(VERSIONS)}.")


async def _once(handle: Handler, request: Request, endpoint: str, key: str) -> Response:
    """Serve a keyed request once. A stranger's request is not kept: the endpoint itself tells them who may ask."""
    house = house_of(request)
    tenant_id = await _tenant_of(house, request)
    if tenant_id is None:
        return await handle(request)
    body = await read_body(request, bytes_max=BODY_BYTES_MAX)
    request._body = body
    begun = await house.run(
        tenant_id, start, endpoint=endpoint, key=key, fingerprint=fingerprint_of(request.method, request.url.path, body), now=house.clock()
    )
    if isinstance(begun, Answered):
        return Response(begun.body, begun.status, {"Idempotency-Replayed": "true"}, begun.media_type)
    return await _first(handle, request, house, tenant_id, begun)


async def _first(handle: Handler, request: Request, house: House, tenant_id: UUID, begun: Started) -> Response:
    """The first request under a key. One that breaks us leaves its key running for a minute, then it may be tried again."""
    try:
        response = await handle(request)
    except EXPECTED as error:
        response = answer_to(error)
    answered = Answered(response.status_code, response.headers.get("content-type"), bytes(response.body))
    await house.run(tenant_id, finish, begun, answered)
    return response


async def _tenant_of(house: House, request: Request) -> UUID | None:
    """Whose key came with the request, if any; whether it may do this is the endpoint's question."""
    _, _, secret = request.headers.get("authorization", "").partition(" ")
    if not secret:
        return None
    hit = await house.run_call(look_up, house.database, "api_key", hashlib.sha256(secret.encode()).hexdigest())
    return hit.tenant_id if hit else None


def _caller(request: Request) -> str:
    """Who asks: the key, without keeping it; strangers by their address."""
    authorization = request.headers.get("authorization")
    if authorization:
        return hashlib.sha256(authorization.encode()).hexdigest()
    return request.client.host if request.client else "nowhere"


def _rate_of(request: Request) -> RateLimit:
    """This process's count."""
    state: Any = request.app.state
    if not hasattr(state, "public_rate"):
        state.public_rate = RateLimit()
    rate: RateLimit = state.public_rate
    return rate
