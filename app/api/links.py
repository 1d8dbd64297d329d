"""Tracked links: GET /l/{slug} remembers the visit and leads on to the shop, with the touch in the address for the shop's cart."""

from typing import Annotated
from urllib.parse import urlencode, urlsplit, urlunsplit

from fastapi import APIRouter, Depends
from fastapi.responses import RedirectResponse

from app.api.errors import ApiProblem
from app.wiring import House, house_of
from billing.links import click_link
from tenants.directory import look_up
from tenants.identifiers import to_public

router = APIRouter(tags=["links"])
CLICK_PARAMETER = "tillhand_click"


@router.get("/l/{slug}")
async def follow(slug: str, house: Annotated[House, Depends(house_of)]) -> RedirectResponse:
    """Record the click as a touch and redirect; never cached, so that every visit counts."""
    hit = await house.run_call(look_up, house.database, "link", slug[:64])
    if hit is None:
        raise ApiProblem(404, "No such link", "This link is not known here, or was withdrawn.")
    click = await house.run(hit.tenant_id, click_link, slug=slug, visitor_id=None, now=house.clock())
    target = with_parameter(click.target_url, CLICK_PARAMETER, to_public("tch", click.touch_id))
    return RedirectResponse(target, status_code=302, headers={"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"})


def with_parameter(url: str, name: str, value: str) -> str:
    """Add one query parameter to an address and leave the rest as it is."""
    parts = urlsplit(url)
    query = "&".join(part for part in (parts.query, urlencode({name: value})) if part)
    return urlunsplit(parts._replace(query=query))
