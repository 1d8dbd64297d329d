"""What state a bill is in, from how its invoice stands at the gateway: a pure rule, so messages may come in any sequence.

| state | the invoice |
|---|---|
| drawn | is being made |
| open | was sent and waits for its money |
| failing | an attempt to collect it failed; the gateway tries again |
| overdue | was to be paid by the buyer and its day has passed |
| uncollectible | was given up |
| paid | its money came |
| charged_back | its money came and the buyer's bank took it back |
| void | was cancelled and is owed no more |
| credited | all of it went back by credit notes |
"""

from datetime import datetime
from typing import Final

from billing.payments.gateway import RemoteInvoice

UNPAID: Final = ("open", "failing", "overdue", "uncollectible", "charged_back")
"""States in which the shop still owes the bill's money."""
TROUBLED: Final = ("failing", "overdue", "uncollectible", "charged_back")
SETTLED: Final = ("paid", "credited", "void")


def state_of(invoice: RemoteInvoice, *, is_charged: bool, now: datetime) -> str:
    """The bill's state."""
    if invoice.is_charged_back:
        return "charged_back"
    if invoice.status == "draft":
        return "drawn"
    if invoice.status != "open":
        return invoice.status
    if invoice.attempt_count > 0 and is_charged:
        return "failing"
    return "overdue" if is_past(invoice.due_at, now) else "open"


def is_past(due_at: datetime | None, now: datetime) -> bool:
    """Whether a bill's day has passed; one without a day is never late."""
    return due_at is not None and due_at < now
