"""When a message that was not taken is sent again, and when an address that takes nothing is left alone."""

from datetime import timedelta
from typing import Final

STANDARD_WEBHOOKS: Final = (
    timedelta(seconds=5), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2), timedelta(hours=5), timedelta(hours=10),
    timedelta(hours=14), timedelta(hours=20), timedelta(hours=24),
)  # fmt: skip
"""The waits that Standard Webhooks 1.0.0 gives as its example: ten tries in a little over three days."""
JITTER_PERCENT: Final = 20
"""Each wait is up to this much longer, so that what failed together does not come back together."""
ASKED_MAX: Final = timedelta(days=1)
"""The longest wait that a Retry-After header may ask for."""
DISABLED_AFTER: Final = timedelta(days=5)
"""An address that has taken nothing for so long, while it was tried, is switched off, and people are told by letter."""


def wait_after(attempts: int, *, chance_percent: int, asked_seconds: int = 0) -> timedelta | None:
    """How long to wait after so many failed tries; None when it is over. `chance_percent` is drawn from 0 to 99 for the jitter."""
    if attempts > len(STANDARD_WEBHOOKS):
        return None
    wait = STANDARD_WEBHOOKS[attempts - 1]
    wait += wait * (JITTER_PERCENT * chance_percent) / 10_000
    return max(wait, min(timedelta(seconds=asked_seconds), ASKED_MAX))
