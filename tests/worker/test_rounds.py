"""The rounds: each task finds its own work, and the timetable sends every task at once and then in its time."""

import time
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from celery import Celery
from fakes.shop_history import open_shop, routed
from sqlalchemy import text

from app.worker.rounds import PATIENCE_SECONDS, REST_SECONDS_MAX, ROUNDS, AfterTheInbox, BookSealer, Round, Timetable, one_by_one
from app.worker.tasks import add_tasks
from billing.decide_dispute import CLOCK
from billing.handle_inbox import TOGETHER_MAX, is_inbox_behind
from billing.open_dispute import open_dispute
from billing.read_disputes import disputes
from billing.read_orders import earning_lines
from billing.read_statement import statements_of


def test_a_round_closes_seals_and_decides_what_is_due(database: Any, tenant_id: Any, now: Any) -> None:
    opened_at = now - timedelta(days=70)
    shop = open_shop(routed(database), tenant_id, now=opened_at, email="robin@kestrel.example")
    at = opened_at + timedelta(days=1)
    shop.sell("K-1", "50.00", now=at + timedelta(minutes=5), talk=shop.talk("Open?", ["Yes."], now=at, cited=0))
    with shop.database.tenant_session(tenant_id) as session:
        [one] = earning_lines(session, start=opened_at, end=now, now=now)
        order_id, version_id = one.line.order_id, one.line.contract_version_id
        open_dispute(session, order_id=order_id, contract_version_id=version_id, reason="Ours.", opened_by="test", now=at)
    celery = Celery("test", broker="memory://")
    add_tasks(celery, shop.database, lambda: now)
    for one_round in ROUNDS:
        celery.tasks[one_round.task].apply(throw=True)
    with shop.database.tenant_session(tenant_id) as session:
        [decided] = disputes(session)
        assert decided.decision is not None
        assert decided.decision.decided_by == CLOCK
        assert [one.period_name for one in statements_of(session, employee_id=shop.employee_id)] == ["2026-09"]
    sealer = BookSealer()
    sealer.seal(shop.database, lambda: now)
    assert sealer.seal(shop.database, lambda: now) == 0
    shop.sell("K-2", "50.00", now=now, talk=shop.talk("Open?", ["Yes."], now=now - timedelta(hours=1), cited=0))
    assert sealer.seal(shop.database, lambda: now) == 1


def test_the_timetable_sends_at_once_and_again_in_its_time() -> None:
    sent: list[str] = []
    rounds = (Round("quick", 1, lambda _database, _clock: 0), Round("slow", 600, lambda _database, _clock: 0))
    timetable = Timetable(rounds, sent.append)
    timetable.start()
    deadline = time.monotonic() + 60
    while sent.count("quick") < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    timetable.stop()
    assert sent.count("quick") >= 2
    assert sent.count("slow") == 1


def test_what_goes_round_every_shop_waits_for_a_full_inbox_but_not_for_ever(database: Any, tenant_id: Any, now: Any) -> None:
    done: list[datetime] = []
    moments = [now]

    def work(_database: Any, clock: Any) -> int:
        done.append(clock())
        return 0

    patient = AfterTheInbox(work)
    many = [{"tenant_id": tenant_id, "now": now, "number": str(number)} for number in range(TOGETHER_MAX + 1)]
    with database.intake_session() as session:
        session.execute(A_DELIVERY, many)
    assert is_inbox_behind(database)
    for seconds in (0, 60, PATIENCE_SECONDS - 1, PATIENCE_SECONDS):
        moments[0] = now + timedelta(seconds=seconds)
        patient(database, lambda: moments[0])
    assert done == [now, now + timedelta(seconds=PATIENCE_SECONDS)]
    with database.intake_session() as session:
        session.execute(text("UPDATE inbound_event SET state = 'handled' WHERE dedupe_key <> '0'"))
    assert not is_inbox_behind(database)
    patient(database, lambda: moments[0] + timedelta(seconds=1))
    assert len(done) == 3


A_DELIVERY = text(
    "INSERT INTO inbound_event (tenant_id, event_id, connection_id, dedupe_key, headers, body_sealed, body_sha256, body_length_bytes, "
    "received_at, state, attempts, next_try_at) VALUES (:tenant_id, gen_random_uuid(), :tenant_id, :number, '{}', '', '', 0, :now, "
    "'received', 0, :now)"
)


def test_between_shops_there_is_a_rest_that_grows_with_the_work_and_ends() -> None:
    took = [0.05, 0.0, 1.0, 0.0]
    began = [0.0] * len(took)
    for number, _shop in enumerate(one_by_one([uuid4() for _ in took])):
        began[number] = time.monotonic()
        time.sleep(took[number])
    rests = [after - before - work for before, after, work in zip(began, began[1:], took, strict=False)]
    assert 0.08 < rests[0] < REST_SECONDS_MAX
    assert rests[1] < 0.05
    assert REST_SECONDS_MAX <= rests[2] < 2 * REST_SECONDS_MAX
