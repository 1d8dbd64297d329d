"""The outbox delivers every announced event to every verb, once in effect, whatever fails on the way."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tenants.database import Database, NoTenantSet, tenant_of
from tenants.outbox import RETRY_SECONDS_MAX, TRIES_MAX, Announced, announce, deliver_due, retry_delay
from tenants.tables import OutboxDelivery, OutboxEvent, Tenant


@dataclass(frozen=True)
class KettleBoiled:
    kettle_id: UUID
    boiled_at: datetime
    litres: int


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def __call__(self) -> datetime:
        return self.moment


@pytest.fixture
def kitchen(database: Database) -> Database:
    return replace(database, routes={"KettleBoiled": ("pour_tea", "warn_cat")})


@pytest.fixture
def clock(now) -> Clock:
    return Clock(now)


def boil(kitchen: Database, tenant_id: UUID, now: datetime) -> UUID:
    with kitchen.tenant_session(tenant_id) as session:
        return announce(session, KettleBoiled(tenant_id, now, 2), now=now)


def states(kitchen: Database, tenant_id: UUID) -> dict[str, str]:
    with kitchen.tenant_session(tenant_id) as session:
        return {row.verb: row.state for row in session.scalars(select(OutboxDelivery))}


def opening_a_shop(session: Session, announced: Announced, now: datetime) -> None:
    """A verb with an effect that shows how often it ran: a second run breaks the primary key."""
    session.add(Tenant(tenant_id=announced.tenant_id, name=announced.read(KettleBoiled).kettle_id.hex, time_zone="UTC", created_at=now))


def shops(kitchen: Database, tenant_id: UUID) -> int:
    with kitchen.tenant_session(tenant_id) as session:
        return len(session.scalars(select(Tenant)).all())


def failing(session: Session, announced: Announced, now: datetime) -> None:
    opening_a_shop(session, announced, now)
    raise RuntimeError("the kettle is empty")


def nothing(_session: Session, _announced: Announced, _now: datetime) -> None:
    """A verb without an effect."""


def test_every_verb_hears_of_the_event_once(kitchen, clock, tenant_id):
    boil(kitchen, tenant_id, clock())
    verbs = {"pour_tea": opening_a_shop, "warn_cat": nothing}
    assert deliver_due(kitchen, verbs, clock=clock) == 2
    assert deliver_due(kitchen, verbs, clock=clock) == 0
    assert states(kitchen, tenant_id) == {"pour_tea": "done", "warn_cat": "done"}
    assert shops(kitchen, tenant_id) == 1


def test_an_event_nobody_committed_never_happened(kitchen, clock, tenant_id):
    with pytest.raises(ZeroDivisionError), kitchen.tenant_session(tenant_id) as session:
        assert announce(session, KettleBoiled(tenant_id, clock(), 2), now=clock()).int / 0
    assert deliver_due(kitchen, {"pour_tea": opening_a_shop, "warn_cat": nothing}, clock=clock) == 0


def test_a_failing_verb_leaves_no_effect_and_is_tried_again_later(kitchen, clock, tenant_id):
    boil(kitchen, tenant_id, clock())
    assert deliver_due(kitchen, {"pour_tea": failing, "warn_cat": nothing}, clock=clock) == 1
    assert shops(kitchen, tenant_id) == 0
    repaired = {"pour_tea": opening_a_shop, "warn_cat": nothing}
    assert deliver_due(kitchen, repaired, clock=clock) == 0  # not yet due
    clock.moment += timedelta(seconds=2)
    assert deliver_due(kitchen, repaired, clock=clock) == 1
    assert shops(kitchen, tenant_id) == 1


def test_a_verb_that_never_succeeds_is_set_aside_and_says_why(kitchen, clock, tenant_id):
    boil(kitchen, tenant_id, clock())
    for _ in range(TRIES_MAX + 3):
        deliver_due(kitchen, {"pour_tea": failing, "warn_cat": nothing}, clock=clock)
        clock.moment += timedelta(hours=2)
    with kitchen.tenant_session(tenant_id) as session:
        row = session.scalars(select(OutboxDelivery).where(OutboxDelivery.verb == "pour_tea")).one()
    assert (row.state, row.attempts, row.last_error) == ("set_aside", TRIES_MAX, "RuntimeError: the kettle is empty")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_two_workers_do_not_double(kitchen, clock, tenant_id):
    for _ in range(5):
        boil(kitchen, tenant_id, clock())
    ran: list[UUID] = []

    def counting(_session: Session, announced: Announced, _now: datetime) -> None:
        ran.append(announced.event_id)

    verbs = {"pour_tea": counting, "warn_cat": nothing}
    work: Callable[[], int] = lambda: deliver_due(kitchen, verbs, clock=clock)  # noqa: E731
    workers = [threading.Thread(target=work) for _ in range(6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(ran) == len(set(ran)) == 5


def test_events_are_kept_as_they_were(kitchen, clock, tenant_id):
    event_id = boil(kitchen, tenant_id, clock())
    with kitchen.tenant_session(tenant_id) as session:
        row = session.get_one(OutboxEvent, (tenant_id, event_id))
    announced = Announced(tenant_id, event_id, row.name, row.payload)
    assert announced.read(KettleBoiled) == KettleBoiled(tenant_id, clock(), 2)


def test_announcing_needs_a_tenant(kitchen, clock):
    with pytest.raises(NoTenantSet), kitchen.directory_session() as session:
        announce(session, KettleBoiled(UUID(int=1), clock(), 1), now=clock())


def test_retries_back_off_to_an_hour():
    assert [retry_delay(tries).total_seconds() for tries in (1, 2, 3, 13)] == [1, 2, 4, RETRY_SECONDS_MAX]


def test_the_session_knows_its_tenant(kitchen, tenant_id):
    with kitchen.tenant_session(tenant_id) as session:
        assert tenant_of(session) == tenant_id
