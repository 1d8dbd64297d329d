"""The worker's second hand at the inbox: it helps while more than a set waits, and stays away while little does."""

import threading
from typing import Any

import pytest
from celery import Celery
from sqlalchemy import event, text

from app.worker.tasks import HANDLE_INBOX, add_tasks
from billing.connections import create_connection
from billing.handle_inbox import TOGETHER_MAX

ERASED_DELIVERY = text(
    "INSERT INTO inbound_event (tenant_id, event_id, connection_id, dedupe_key, headers, body_sealed, body_sha256, body_length_bytes, "
    "received_at, state, attempts, next_try_at) VALUES (:tenant_id, gen_random_uuid(), :connection_id, :number, '{}', '', '', 0, :now, "
    "'received', 0, :now)"
)
COUNT = text("SELECT count(*) FROM inbound_event WHERE state = 'set_aside'")


def done(database: Any) -> int:
    with database.intake_session() as session:
        return int(session.scalar(COUNT))


@pytest.mark.parametrize(("waiting", "while_one_is_held"), [(2 * TOGETHER_MAX + 50, TOGETHER_MAX), (TOGETHER_MAX + 50, 0)])
def test_a_second_hand_helps_where_more_than_a_set_waits(
    database: Any, tenant_id: Any, now: Any, waiting: int, while_one_is_held: int
) -> None:
    with database.tenant_session(tenant_id) as session:
        made = create_connection(session, name="Shop", channel="online", is_order_book=True, now=now)
    told = {"tenant_id": tenant_id, "connection_id": made.connection_id, "now": now}
    with database.intake_session() as session:
        session.execute(ERASED_DELIVERY, [{**told, "number": str(number)} for number in range(waiting)])
    celery = Celery("test", broker="memory://")
    add_tasks(celery, database, lambda: now)
    held, let_go = threading.Event(), threading.Event()

    def hold_the_first(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("SELECT e.tenant_id, e.connection_id") and not held.is_set():
            held.set()
            assert let_go.wait(30)

    event.listen(database.intake, "before_cursor_execute", hold_the_first)
    first = threading.Thread(target=lambda: celery.tasks[HANDLE_INBOX].apply(throw=True))
    first.start()
    try:
        assert held.wait(30)
        celery.tasks[HANDLE_INBOX].apply(throw=True)
        assert done(database) == while_one_is_held
    finally:
        let_go.set()
        first.join(60)
        event.remove(database.intake, "before_cursor_execute", hold_the_first)
    assert done(database) == waiting
