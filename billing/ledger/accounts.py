"""The chart of accounts, in prose.

What the shop owes. Money leaves one of these when an employee earns, and returns when a fact takes the earning back:
`shop.share_expense` shares of orders (also those a work brought), `shop.royalty_expense` royalties on imported income,
`shop.bonus_expense` bonuses per lead or booking, `shop.tier_expense` what a tier adds for a month, `shop.minimum_expense` what a
guaranteed minimum adds, `shop.lift_expense` what a contract on measured lift pays. Two accounts give money back to the shop:
`shop.cap_relief` what passes a month's cap, `shop.dispute_relief` what was granted in a dispute.

What an employee has, each account once per payee (the platform, the owner of a likeness, an agency):
`employee.<id>.earned.<payee>` earned by now and not yet on a closed statement; `employee.<id>.payable.<payee>` on a closed
statement; `employee.<id>.reserve.<payee>` kept back for late refunds until its day; `employee.<id>.disputed.<payee>` held while a line
is disputed. Whether an earning is pending, locked or cleared is no account: it follows from dates, so no nightly job moves money.

`fx_clearing` stands between two currencies: an order in dollars that pays in euros moves dollars from the shop into it, and euros out
of it to the employee. Its balance is what the exchange is worth at the pinned rates; a full refund brings it back to zero in both.
"""

from typing import Final
from uuid import UUID

SHARE_EXPENSE: Final = "shop.share_expense"
ROYALTY_EXPENSE: Final = "shop.royalty_expense"
BONUS_EXPENSE: Final = "shop.bonus_expense"
TIER_EXPENSE: Final = "shop.tier_expense"
CAP_RELIEF: Final = "shop.cap_relief"
MINIMUM_EXPENSE: Final = "shop.minimum_expense"
LIFT_EXPENSE: Final = "shop.lift_expense"
DISPUTE_RELIEF: Final = "shop.dispute_relief"
FX_CLEARING: Final = "fx_clearing"
EMPLOYEE_PREFIX: Final = "employee."
PLATFORM: Final = "platform"


def earned_by(employee_id: UUID, payee: str = PLATFORM) -> str:
    """The account of what one employee has earned for one payee and no closed statement holds yet."""
    return f"employee.{employee_id}.earned.{payee}"


def payable_to(employee_id: UUID, payee: str = PLATFORM) -> str:
    """The account of what a closed statement says is to be paid."""
    return f"employee.{employee_id}.payable.{payee}"


def reserve_of(employee_id: UUID, payee: str = PLATFORM) -> str:
    """The account of what is kept back for late refunds."""
    return f"employee.{employee_id}.reserve.{payee}"


def disputed_of(employee_id: UUID, payee: str = PLATFORM) -> str:
    """The account of what is held while a line is disputed."""
    return f"employee.{employee_id}.disputed.{payee}"


def signed_minor(source: str, destination: str, amount_minor: int) -> int:
    """A posting as the employee sees it: positive when money reaches one of its accounts, negative when it leaves, 0 between them."""
    return (destination.startswith(EMPLOYEE_PREFIX) - source.startswith(EMPLOYEE_PREFIX)) * amount_minor
