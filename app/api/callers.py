"""Who asks the public API: a program of the shop, by a secret key that was made for what it asks."""

from dataclasses import dataclass
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from app.api.errors import ApiProblem
from app.wiring import House, house_of
from tenants.api_keys import use_api_key

bearer = HTTPBearer(auto_error=False, description="A secret key of the shop, sk_...")
TheHouse = Annotated[House, Depends(house_of)]


@dataclass(frozen=True)
class ShopWithKey:
    """A dependency: the tenant whose secret key came with the request and is made for `scope`; 401 or 403 otherwise."""

    scope: str

    async def __call__(self, house: TheHouse, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]) -> UUID:
        """Look the key up and note its use."""
        secret = credentials.credentials if credentials is not None else ""
        hit = await house.run_call(use_api_key, house.database, secret, scope=self.scope, now=house.clock()) if secret else None
        if hit is None:
            raise ApiProblem(401, "Who is asking?", "Send the shop's secret key as `Authorization: Bearer sk_...`.")
        return hit.tenant_id


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The refusals an endpoint may answer with besides those of everybody, for the description."""
    return {
        status: {"description": WHY[status], "content": {"application/problem+json": {"schema": PROBLEM, "example": _example(status)}}}
        for status in sorted({400, 401, 403, 422, 429, *statuses})
    }


WHY: Final = {
    400: "A header or the cursor cannot be read", 401: "No key, or one that is not good", 403: "The key was not made for this",
    404: "There is nothing by that name", 409: "It was used or is held by another order", 410: "Its last day has passed",
    422: "The body or the query does not fit, or the cart does not", 429: "Too many requests; wait as Retry-After says",
}  # fmt: skip
PROBLEM: Final[dict[str, Any]] = {
    "title": "Problem", "type": "object", "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"}, "title": {"type": "string"}, "status": {"type": "integer"}, "detail": {"type": "string"},
        "code": {"type": "string"}, "errors": {"type": "array", "items": {"type": "object"}},
    },
}  # fmt: skip


def _example(status: int) -> dict[str, Any]:
    return {"type": "about:blank", "title": WHY[status].partition(",")[0], "status": status, "detail": f"{WHY[status]}."}
