"""The chart of accounts, in prose.

`shop.share_expense` is what the shop owes out of its sales: money leaves it when an order earns, and returns when a refund takes
the share back. `employee.<id>.earned` is what one employee has earned by now. Whether an earning is pending, locked or cleared is
not another account: it follows from the order's date and the contract's return window, so that no nightly job has to move money.
Disputes, reserves, payees and foreign exchange will have accounts of their own; each will be a line here first.
"""

from typing import Final
from uuid import UUID

SHARE_EXPENSE: Final = "shop.share_expense"


def earned_by(employee_id: UUID) -> str:
    """The account of what one employee has earned."""
    return f"employee.{employee_id}.earned"
