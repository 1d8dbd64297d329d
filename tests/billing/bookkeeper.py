"""Posts made-up movements straight through the ledger's one writer, for tests of what is built on the book."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID, uuid5

from sqlalchemy.orm import Session

from billing.ledger.accounts import SHARE_EXPENSE, earned_by, payable_to
from billing.ledger.writer import Cause, Leg, Movement, post

EMPLOYEE = UUID(int=7)
ACCOUNTS = (SHARE_EXPENSE, "fx_clearing", earned_by(EMPLOYEE), payable_to(EMPLOYEE), earned_by(EMPLOYEE, "agency"))


def movement(number: int, legs: Iterable[Leg], at: datetime) -> Movement:
    cause = Cause("test", None, "Somebody wanted to see this move.")
    return Movement(
        "bonus", UUID(int=8), EMPLOYEE, at, cause, {"parts": [["617/2", 1_000_000, 80_000]], "number": number}, at, at, tuple(legs),
        transaction_id=uuid5(UUID(int=9), str(number)),
    )  # fmt: skip


def earn(session: Session, numbers: Iterable[int], *, now: datetime) -> list[UUID]:
    """One simple movement per number: that many minor units earned."""
    legs = {number: Leg(SHARE_EXPENSE, earned_by(EMPLOYEE), number + 1, "EUR", "platform") for number in numbers}
    return post(session, [movement(number, [leg], now) for number, leg in legs.items()], now=now)
