"""The rounds: work no event announces, done by the clock. A month falls due, a dispute's time runs out, the book wants its seal.

Each is a task that may run at any time and anywhere twice: the verbs themselves know what is due. So the timetable needs no memory; a
worker that starts does its rounds at once, and several workers at most ask in vain.
"""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from app.flows import settle_standing
from app.outgoing.sending import send_due
from app.outgoing.telling import tell_of_credits
from app.worker.learning_rounds import forget_visitors, tally_offers, tally_openings
from billing.close_period import close_due
from billing.decide_dispute import decide_overdue_disputes
from billing.fetch_orders import fetch_due
from billing.handle_inbox import is_inbox_behind
from billing.keep_movements import keep_movements, shops_with_new_movements
from billing.make_codes import make_codes_due, shops_with_codes_due
from billing.read_contracts import shops_with_ended_contracts
from billing.reckon_waiting import reckon_waiting
from billing.reconcile_orders import reconcile_due, shops_to_ask
from billing.seal_ledger import SEALED_AT_ONCE_MAX, seal_ledger, shops_unsealed
from tenants.database import Database
from tenants.employee import employees

LOOK_SECONDS: Final = 0.5
KEPT_FROM_MOVEMENTS: Final = 200
"""A page reads so many of a shop's newest movements from the book itself in no time; below that, keeping them ready costs more."""
PATIENCE_SECONDS: Final = 300.0
"""The longest that what may come after the deliveries waits for them."""
RESTS_PER_WORK: Final = 2.0
REST_SECONDS_MAX: Final = 0.25


@dataclass(frozen=True, slots=True)
class Round:
    """One kind of work: its task's name, how often, and the verb, which returns how much it did."""

    task: str
    every_seconds: int
    work: Callable[[Database, Callable[[], datetime]], int]


def one_by_one(shops: Iterable[UUID]) -> Iterator[UUID]:
    """Shop after shop, with a rest after each of RESTS_PER_WORK times what it took, so longer while the machine is busy.

    A thousand shops' books sealed in one go took all that deliveries and their credits left of two processors, for half a minute.
    """
    took_seconds = 0.0
    for tenant_id in shops:
        time.sleep(min(REST_SECONDS_MAX, RESTS_PER_WORK * took_seconds))
        began = time.monotonic()
        yield tenant_id
        took_seconds = time.monotonic() - began


class BookSealer:
    """Seals the books that have grown. Where the last look ended is remembered by each worker; one that starts looks at every book."""

    def __init__(self) -> None:
        self._since: dict[str, int] = {}

    def __call__(self, database: Database, clock: Callable[[], datetime]) -> int:
        """The round's work; asking again at once would seal a busy hour's orders one by one."""
        self.seal(database, clock)
        return 0

    def seal(self, database: Database, clock: Callable[[], datetime]) -> int:
        """Seal everything that shops' books have added since the last time; return how many transactions were sealed."""
        name = str(database.operator.url)
        shops, reached = shops_unsealed(database, since=self._since.get(name, 0))
        sealed = sum(_sealed(database, tenant_id, clock) for tenant_id in one_by_one(shops))
        self._since[name] = reached
        return sealed


class AfterTheInbox:
    """Lets work that goes round every shop wait while deliveries do: crediting comes first, but not for longer than PATIENCE_SECONDS."""

    def __init__(self, work: Callable[[Database, Callable[[], datetime]], int]) -> None:
        self._work = work
        self._done_at: dict[str, datetime] = {}

    def __call__(self, database: Database, clock: Callable[[], datetime]) -> int:
        """The round's work, or nothing while the inbox is behind. The first time is never put off: it shows what stands undone."""
        name, now = str(database.operator.url), clock()
        done_at = self._done_at.get(name)
        if done_at is not None and (now - done_at).total_seconds() < PATIENCE_SECONDS and is_inbox_behind(database):
            return 0
        self._done_at[name] = now
        return self._work(database, clock)


def _sealed(database: Database, tenant_id: UUID, clock: Callable[[], datetime]) -> int:
    sealed, part = 0, SEALED_AT_ONCE_MAX
    while part >= SEALED_AT_ONCE_MAX:
        with database.tenant_session(tenant_id) as session:
            part = seal_ledger(session, now=clock())
        sealed += part
    return sealed


def keep_books(database: Database, clock: Callable[[], datetime]) -> int:
    """Keep ready for the pages what every shop's book has added since the last time; return how many movements that were."""
    del clock  # the database's own count of transactions says what is new
    kept = 0
    with database.operator_session() as session:
        grown = shops_with_new_movements(session, at_least=KEPT_FROM_MOVEMENTS)
    for tenant_id in one_by_one(grown):
        with database.tenant_session(tenant_id) as session:
            kept += keep_movements(session)
    return kept


def part_with_dismissed(database: Database, clock: Callable[[], datetime]) -> int:
    """Take everyone off the shop floor whose contract has run out by now; return how many. A contract may end on a day announced before."""
    parted = 0
    for tenant_id in shops_with_ended_contracts(database, clock()):
        with database.tenant_session(tenant_id) as session:
            parted += sum(settle_standing(session, employee.employee_id, clock()) for employee in employees(session))
    return parted


def reconcile_shops(database: Database, clock: Callable[[], datetime]) -> int:
    """Catch up with every shop's systems that let us ask; return how many new things came."""
    return sum(reconcile_due(database, tenant_id, clock=clock) for tenant_id in shops_to_ask(database))


def make_codes(database: Database, clock: Callable[[], datetime]) -> int:
    """Keep codes ready in the shops' own systems, and end there what nobody may use; return how many were made or ended."""
    return sum(make_codes_due(database, tenant_id, clock=clock) for tenant_id in shops_with_codes_due(database, clock()))


ROUNDS: Final = (
    Round("tillhand.fetch_orders", 5, lambda database, clock: fetch_due(database, clock=clock)),
    Round("tillhand.send_webhooks", 1, lambda database, clock: send_due(database, clock=clock)),
    Round("tillhand.tell_of_credits", 5, lambda database, clock: tell_of_credits(database, now=clock())),
    Round("tillhand.make_codes", 5, make_codes),
    Round("tillhand.reconcile_shops", 600, reconcile_shops),
    Round("tillhand.decide_overdue", 60, lambda database, clock: decide_overdue_disputes(database, now=clock())),
    Round("tillhand.seal_books", 60, AfterTheInbox(BookSealer())),
    Round("tillhand.keep_books", 20, AfterTheInbox(keep_books)),
    Round("tillhand.part_with_dismissed", 60, part_with_dismissed),
    Round("tillhand.reckon_waiting", 300, lambda database, clock: reckon_waiting(database, now=clock())),
    Round("tillhand.forget_visitors", 3600, forget_visitors),
    Round("tillhand.tally_openings", 900, AfterTheInbox(tally_openings)),
    Round("tillhand.tally_offers", 900, AfterTheInbox(tally_offers)),
    Round("tillhand.close_due", 600, lambda database, clock: close_due(database, clock=clock)),
)
"""Sealing comes round every minute, so the book is never unsealed for long; a month may close ten minutes late without harm."""


class Timetable:
    """A thread that sends each round's task when its time has come, the first time at once."""

    def __init__(self, rounds: Sequence[Round], send: Callable[[str], None]) -> None:
        self._rounds, self._send, self._stopping = rounds, send, threading.Event()
        self._thread = threading.Thread(target=self._run, name="timetable", daemon=True)

    def start(self) -> None:
        """Begin the rounds."""
        self._thread.start()

    def stop(self) -> None:
        """End within LOOK_SECONDS."""
        self._stopping.set()
        self._thread.join(timeout=4 * LOOK_SECONDS)

    def _run(self) -> None:
        due_at = dict.fromkeys((one.task for one in self._rounds), time.monotonic())
        while not self._stopping.wait(LOOK_SECONDS):
            for one in self._rounds:
                if time.monotonic() >= due_at[one.task]:
                    due_at[one.task] = time.monotonic() + one.every_seconds
                    self._send(one.task)
