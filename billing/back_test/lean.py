"""The part of a past decision that its sums need, read from the text of its revision without building the rest.

Ids stay text, since here they are only compared. What a sentence needs is read in full (`past.py`), for the orders that get one.
"""

from datetime import datetime
from typing import Final

import msgspec

from billing.attribution.evidence import Insider
from billing.neutral_order import NeutralRefund


class LeanTouch(msgspec.Struct, frozen=True, gc=False):
    """When, how and by whom a buyer was met."""

    occurred_at: datetime
    kind: str
    employee_id: str
    touch_id: str
    conversation_id: str | None = None
    work_id: str | None = None


class LeanCoupon(msgspec.Struct, frozen=True, gc=False):
    """A coupon of ours on the order."""

    touch: LeanTouch
    visitor_id: str | None = None


class LeanMarks(msgspec.Struct, frozen=True, gc=False):
    """What the order carries that guards ask about."""

    occurred_at: datetime
    codes: tuple[str, ...]
    visitor_id: str | None = None
    cart_created_at: datetime | None = None
    buyer_is: Insider | None = None


class LeanEvidence(msgspec.Struct, frozen=True, gc=False):
    """Who met the buyer."""

    marks: LeanMarks
    touches: tuple[LeanTouch, ...]
    coupons: tuple[LeanCoupon, ...]
    bot_conversations: tuple[str, ...] = ()


class LeanLine(msgspec.Struct, frozen=True, gc=False):
    """One line as sold."""

    line_id: str
    product: str
    net_minor: int
    tax_minor: int
    is_gift_card: bool
    categories: tuple[str, ...] = ()


class LeanOrder(msgspec.Struct, frozen=True, gc=False):
    """The order, as far as its worth depends on it."""

    status: str
    occurred_at: datetime
    currency: str
    lines: tuple[LeanLine, ...]
    shipping_minor: int
    shipping_tax_minor: int
    tip_minor: int
    captured_minor: int
    is_test: bool = False
    is_staff: bool = False


class LeanFacts(msgspec.Struct, frozen=True, gc=False):
    """The order, what came back, and whether another order reports the same sale."""

    order: LeanOrder
    refunds: tuple[NeutralRefund, ...] = ()
    counted_elsewhere: str | None = None
    captured_minor_max: int | None = None


class LeanDocument(msgspec.Struct, frozen=True, gc=False):
    """Facts and evidence of one decision."""

    facts: LeanFacts
    evidence: LeanEvidence


_DOCUMENT: Final = msgspec.json.Decoder(LeanDocument)


def read_lean(text: bytes) -> LeanDocument:
    """What the sums of a decision need, from a revision's facts (JSON in UTF-8)."""
    return _DOCUMENT.decode(text)
