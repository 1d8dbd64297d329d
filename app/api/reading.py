"""What the shop's own programs may read: orders, touches, credits, statements, coupons and conversations, page by page.

GET /api/v1/{orders,touches,credits,statements,coupons,conversations}?limit=20&after=... with a key made for it. Newest first.
"""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from app.api.callers import ShopWithKey, TheHouse, refusals
from app.api.listing import After, Cursors, Limit, Listing, answered, by_id, paged
from app.api.public_route import PublicRoute
from app.api.reading_items import ConversationItem, CouponItem, CreditItem, OrderItem, StatementItem, TouchItem
from app.conversations.read import conversation_page
from billing.read_pages import CreditPlace, page_of_coupons, page_of_credits, page_of_orders, page_of_statements, page_of_touches

router = APIRouter(prefix="/api/v1", tags=["reading"], route_class=PublicRoute)
LIMIT = 20


def _place(text: str) -> CreditPlace:
    segment, position, number = (int(part) for part in text.split("."))
    if max(segment, position, number) >= 2**31:
        raise ValueError(text)
    return CreditPlace(segment, position, number)


ORDERS, TOUCHES, STATEMENTS, COUPONS, CONVERSATIONS = map(by_id, ("orders", "touches", "statements", "coupons", "conversations"))
CREDITS: Cursors[CreditPlace] = Cursors("credits", lambda at: f"{at.segment}.{at.position}.{at.number}", _place)


def _answers(item: Any) -> dict[int | str, dict[str, Any]]:
    """The answers of a list, with one of its items as the example of a page."""
    page = {"data": item.model_config["json_schema_extra"]["examples"], "has_more": True, "next": "b3JkZXJzOjAxOTM0ODRl"}
    found = {"description": "One page", "content": {"application/json": {"example": page}}}
    return {200: found, 304: {"description": "The page is as it was, by If-None-Match"}, **refusals()}


@router.get("/orders", response_model=Listing[OrderItem], responses=_answers(OrderItem))
async def orders(
    request: Request, house: TheHouse, shop: Annotated[UUID, Depends(ShopWithKey("orders.read"))], limit: Limit = LIMIT, after: After = ""
) -> Response:
    """Orders as they stand now, those told last first."""
    rows = await house.run(shop, page_of_orders, after=ORDERS.read(after), limit=limit + 1)
    return answered(request, paged(rows, limit, OrderItem.of, ORDERS, lambda row: row.order_id))


@router.get("/touches", response_model=Listing[TouchItem], responses=_answers(TouchItem))
async def touches(
    request: Request, house: TheHouse, shop: Annotated[UUID, Depends(ShopWithKey("touches.read"))], limit: Limit = LIMIT, after: After = ""
) -> Response:
    """When employees were asked, seen and followed."""
    rows = await house.run(shop, page_of_touches, after=TOUCHES.read(after), limit=limit + 1)
    return answered(request, paged(rows, limit, TouchItem.of, TOUCHES, lambda row: row.touch_id))


@router.get("/credits", response_model=Listing[CreditItem], responses=_answers(CreditItem))
async def credit_lines(
    request: Request, house: TheHouse, shop: Annotated[UUID, Depends(ShopWithKey("earnings.read"))], limit: Limit = LIMIT, after: After = ""
) -> Response:
    """Lines of the book, those sealed last first. A line stands here within about a minute of being booked."""
    rows = await house.run(shop, page_of_credits, after=CREDITS.read(after), limit=limit + 1)
    return answered(request, paged(rows, limit, CreditItem.of, CREDITS, lambda row: row.place))


@router.get("/statements", response_model=Listing[StatementItem], responses=_answers(StatementItem))
async def statements(
    request: Request, house: TheHouse, shop: Annotated[UUID, Depends(ShopWithKey("earnings.read"))], limit: Limit = LIMIT, after: After = ""
) -> Response:
    """Closed months; a statement never changes."""
    rows = await house.run(shop, page_of_statements, after=STATEMENTS.read(after), limit=limit + 1)
    return answered(request, paged(rows, limit, StatementItem.of, STATEMENTS, lambda row: row.statement_id))


@router.get("/coupons", response_model=Listing[CouponItem], responses=_answers(CouponItem))
async def coupons(
    request: Request, house: TheHouse, shop: Annotated[UUID, Depends(ShopWithKey("coupons.read"))], limit: Limit = LIMIT, after: After = ""
) -> Response:
    """Coupons that were handed out, as they stand now."""
    rows = await house.run(shop, page_of_coupons, after=COUPONS.read(after), limit=limit + 1, now=house.clock())
    return answered(request, paged(rows, limit, CouponItem.of, COUPONS, lambda row: row.coupon_id))


@router.get("/conversations", response_model=Listing[ConversationItem], responses=_answers(ConversationItem))
async def conversations(
    request: Request, house: TheHouse, shop: Annotated[UUID, Depends(ShopWithKey("conversations.read"))], limit: Limit = LIMIT,
    after: After = "",
) -> Response:  # fmt: skip
    """Conversations, those opened last first, without what was said."""
    rows = await house.run(shop, conversation_page, after=CONVERSATIONS.read(after), limit=limit + 1)
    return answered(request, paged(rows, limit, ConversationItem.of, CONVERSATIONS, lambda row: row.conversation_id))
