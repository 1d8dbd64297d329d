"""The doorbell: many notifications are few rings, and a busy channel does not keep the other from being looked at."""

import time
from collections.abc import Callable

from sqlalchemy import text

from app.worker.doorbell import INBOX_CHANNEL, OUTBOX_CHANNEL, PAUSES_SECONDS, POLL_SECONDS, Doorbell
from tenants.database import Database

PATIENCE_SECONDS = 30


def wait_for(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_a_busy_inbox_rings_seldom_and_lets_the_outbox_be_looked_at(database: Database) -> None:
    rung: list[str] = []
    bell = Doorbell(database.intake, rung.append)
    bell.start()
    try:
        wait_for(lambda: {INBOX_CHANNEL, OUTBOX_CHANNEL} <= set(rung))  # whoever starts looks at both
        rung.clear()
        began = time.monotonic()
        while OUTBOX_CHANNEL not in rung:  # nobody announces anything there: it is the poll
            with database.intake_session() as session:
                session.execute(text(f"NOTIFY {INBOX_CHANNEL}"))
            assert time.monotonic() - began < PATIENCE_SECONDS
            time.sleep(0.005)
        heard, took = rung.count(INBOX_CHANNEL), time.monotonic() - began
        assert 0 < heard <= took / PAUSES_SECONDS[INBOX_CHANNEL] + 1
        assert took < 10 * POLL_SECONDS
    finally:
        bell.stop()
