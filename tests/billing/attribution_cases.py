"""Builds evidence for decisions about who brought an order: touches, coupons, contracts, and the order that won a customer."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from billing.attribution.evidence import ContractInForce, CouponSeen, Evidence, OrderMarks, Touch, Won
from billing.contract_terms import ContractTerms, Guards, Repeat

ORDER_AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
VISITOR, STRANGER = UUID(int=1), UUID(int=2)
AMARA, BRUNO, NOBODY, TALK = UUID(int=11), UUID(int=12), UUID(int=13), UUID(int=14)
TERMS = ContractTerms(currency="EUR", share_ppm=80_000, guards=Guards(exclude_coupon_of_another_visitor=True))
CONTRACTS = tuple(ContractInForce(UUID(int=100 + number), employee, TERMS) for number, employee in enumerate((AMARA, BRUNO)))


def touch(number: int, kind: str = "conversation", *, days: float = 1, employee: UUID = AMARA, conversation: UUID | None = None) -> Touch:
    return Touch(UUID(int=1000 + number), ORDER_AT - timedelta(days=days), kind, employee, VISITOR, conversation)


def coupon(number: int, *, visitor: UUID | None = VISITOR, **how: Any) -> CouponSeen:
    return CouponSeen(UUID(int=2000 + number), f"CODE{number}", visitor, touch(500 + number, "coupon_issue", **how))


def under(**changed: Any) -> tuple[ContractInForce, ...]:
    """One contract, Amara's, whose terms differ from TERMS as told."""
    return (ContractInForce(UUID(int=100), AMARA, ContractTerms(currency="EUR", share_ppm=80_000, **changed)),)


def evidence(*touches: Touch, contracts: tuple[ContractInForce, ...] = CONTRACTS, **more: Any) -> Evidence:
    coupons, bots, won = more.pop("coupons", ()), more.pop("bots", frozenset()), more.pop("won", None)
    marks = {"visitor_id": VISITOR, "click_id": None, "codes": tuple(one.code for one in coupons), "cart_created_at": None} | more
    return Evidence(OrderMarks(ORDER_AT, marks.pop("currency", "EUR"), **marks), touches, coupons, contracts, bots, won)


REPEAT = under(repeat=Repeat(days=90, share_ppm=20_000), period_time_zone="Asia/Tokyo")


def won(*, days: int = 60, kind: str = "conversation", **how: Any) -> Won:
    return Won(UUID(int=3000), ORDER_AT - timedelta(days=days, hours=-5), touch(9, kind, days=days + 1, **how), UUID(int=99))
