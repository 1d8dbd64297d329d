"""Work that waits in line across shops: one worker takes one piece, says how far it is, and writes how it ended.

A shop with much work does not keep another one waiting. A piece whose worker died is taken again, and given up when it was tried too
often. No transaction is open while the work itself is done.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Generic, Protocol, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select, true, update
from sqlalchemy.orm import InstrumentedAttribute, Mapped, Session, aliased

from tenants.database import Database, TenantOwned
from tenants.errors import WorkLost

TRIES_MAX: Final = 3
SILENT_SECONDS: Final = 90
"""Work that has not been touched for so long has lost its worker. Whoever works touches the row every few seconds."""
LATELY: Final = timedelta(minutes=10)
"""What was finished for a shop in these last minutes lets others go before."""
TOUCH: Final = timedelta(seconds=1)
"""Progress is written, and the wish to stop is read, at most this often."""
NEARLY: Final = 99


class InLine(TenantOwned):
    """What every table of such work has. `touched_at` tells a worker at work from one that died; `tries` tells one worker from the next."""

    state: Mapped[str]
    tries: Mapped[int]
    touched_at: Mapped[datetime]


class LongWork(InLine):
    """Work whose making is watched on a page, and can be stopped there."""

    progress_percent: Mapped[int]
    asked_at: Mapped[datetime]
    claimed_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    cancel_asked_at: Mapped[datetime | None]
    problem: Mapped[str | None]


Row = TypeVar("Row", bound=InLine)
Long = TypeVar("Long", bound=LongWork)


@dataclass(frozen=True)
class Claimed:
    """One piece of work: whose, which, and the how many-th try this is."""

    tenant_id: UUID
    key: UUID
    tries: int

    @property
    def is_last_straw(self) -> bool:
        """Whether it was tried often enough: it kills its workers and is given up instead."""
        return self.tries > TRIES_MAX


@dataclass(frozen=True)
class WorkLine(Generic[Row]):
    """One kind of work: its table, its key, and since when a piece waits.

    `in_work` are the states of a piece at work, the first of them as it is claimed; `after` sends a shop's own pieces to its end.
    """

    table: type[Row]
    key: InstrumentedAttribute[UUID]
    since: InstrumentedAttribute[datetime]
    in_work: tuple[str, ...] = ("running",)
    after: tuple[ColumnElement[bool], ...] = ()

    def claim(self, database: Database, now: datetime, fits: ColumnElement[bool] | None = None) -> Claimed | None:
        """Take the oldest piece that `fits` of the shop that had the least lately; None when nothing waits."""
        table, silent_since = self.table, now - timedelta(seconds=SILENT_SECONDS)
        is_orphaned = table.state.in_(self.in_work) & (table.touched_at < silent_since)
        due = (
            select(table.tenant_id, self.key.label("key"), table.tries)
            .where(true() if fits is None else fits, or_(table.state == "waiting", is_orphaned))
            .order_by(self._had_lately(now, silent_since), *self.after, self.since, self.key)
            .limit(1)
            .with_for_update(skip_locked=True, of=table)
        )
        with database.intake_session() as session:
            row = session.execute(due).first()
            if row is None:
                return None
            marks = {"claimed_at": now} if issubclass(table, LongWork) else {}
            this = table.tenant_id == row.tenant_id, self.key == row.key
            session.execute(update(table).where(*this).values(state=self.in_work[0], tries=row.tries + 1, touched_at=now, **marks))
            return Claimed(row.tenant_id, row.key, row.tries + 1)

    def own_row(self, session: Session, claimed: Claimed) -> Row:
        """The row, locked, as long as this try is the one at work. Raises WorkLost."""
        row = session.get(self.table, (claimed.tenant_id, claimed.key), with_for_update=True)
        if row is None or row.tries != claimed.tries or row.state not in self.in_work:
            raise WorkLost("Another worker has taken this over, or it was stopped or thrown away.")
        return row

    def _had_lately(self, now: datetime, silent_since: datetime) -> ColumnElement[int]:
        """How many pieces of a shop are at work or were just finished."""
        other = aliased(self.table)
        is_at_work = other.state.in_(self.in_work) & (other.touched_at >= silent_since)
        finished_at = getattr(other, "finished_at", None)  # not every table says so
        counted = is_at_work if finished_at is None else or_(is_at_work, finished_at > now - LATELY)
        return select(func.count()).where(other.tenant_id == self.table.tenant_id, counted).correlate(self.table).scalar_subquery()


class Workplace(Protocol):
    """What a worker works with."""

    @property
    def database(self) -> Database:
        """Where the rows are."""

    @property
    def clock(self) -> Callable[[], datetime]:
        """Tells the time."""

    @property
    def is_closing(self) -> Callable[[], bool]:
        """Whether this worker goes home."""


class WorkInHand(Generic[Long]):
    """One piece that this worker makes: how far it is, whether it is still wanted, and how it ended."""

    def __init__(self, line: WorkLine[Long], place: Workplace, claimed: Claimed) -> None:
        self._line, self._place, self.claimed = line, place, claimed
        self._next, self._percent, self._is_stopped = place.clock(), 0, False

    @contextmanager
    def row(self) -> Iterator[Long]:
        """The row in a transaction of its own. Raises WorkLost."""
        with self._place.database.tenant_session(self.claimed.tenant_id) as session:
            yield self._line.own_row(session, self.claimed)

    def made(self, fraction: float) -> None:
        """So much of it is made, 0..1. Raises WorkLost."""
        self._percent = min(NEARLY, int(fraction * 100))
        self._touch()

    def is_unwanted(self) -> bool:
        """Whether somebody wants it to stop, or this worker goes home. Raises WorkLost."""
        self._touch()
        return self._is_stopped or self._place.is_closing()

    def end(self, state: str, **values: Any) -> None:
        """Write how it ended; nothing for a piece that is somebody else's by now."""
        with suppress(WorkLost), self.row() as row:
            row.state, row.finished_at = state, self._place.clock()
            for name, value in values.items():
                setattr(row, name, value)

    def end_stopped(self, state: str) -> None:
        """Stopped by somebody, it stays stopped; stopped because this worker goes home, another one takes it."""
        with suppress(WorkLost), self.row() as row:
            if row.cancel_asked_at is None:
                row.state, row.tries = "waiting", row.tries - 1
            else:
                row.state, row.finished_at, row.cancel_asked_at = state, self._place.clock(), None

    def _touch(self) -> None:
        """Write and read, when the time has come."""
        now = self._place.clock()
        if now < self._next:
            return
        self._next = now + TOUCH
        with self.row() as row:
            row.progress_percent, row.touched_at = self._percent, now
            self._is_stopped = row.cancel_asked_at is not None
