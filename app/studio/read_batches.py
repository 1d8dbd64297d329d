"""Reads tables and what became of their rows: how many films are made, which waits, what was there already, and why a row has none."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from app.studio.batch_tables import FilmBatch, FilmBatchRow
from app.studio.errors import FilmUnknown
from app.studio.release_tables import FilmInspection
from app.studio.renders import RenderView, view_of
from app.studio.tables import FilmRender
from billing.read_offers import coupons_by_id
from tenants.database import tenant_of


@dataclass(frozen=True)
class BatchRowView:
    """A row and its film. `state` is the render's, "left_out" for a row without one, "stopped_by_gate" for a film that did not pass."""

    number: int
    recipient: str
    problem: str
    render: RenderView | None
    has_passed: bool | None
    code: str

    @property
    def state(self) -> str:
        """Where this row's film is."""
        if self.render is None:
            return "left_out"
        return "not_passed" if self.render.state == "done" and self.has_passed is False else self.render.state


@dataclass(frozen=True)
class BatchView:
    """A started table: how many rows are in which state, and how many sentences were there already."""

    batch_id: UUID
    film_id: UUID
    file_name: str
    state: str
    handed_in_at: datetime
    rows: tuple[BatchRowView, ...]

    @property
    def counts(self) -> Counter[str]:
        """How many rows are in each state."""
        return Counter(row.state for row in self.rows)

    @property
    def film_count(self) -> int:
        """How many rows have or get a film."""
        return sum(row.render is not None for row in self.rows)

    @property
    def in_hand(self) -> int:
        """How many films are still to come."""
        return self.counts["waiting"] + self.counts["running"]

    @property
    def percent(self) -> int:
        """How much of all films is made."""
        done = sum(100 if row.render.state == "done" else row.render.progress_percent for row in self.rows if row.render)
        return done // max(self.film_count, 1)

    @property
    def sentences(self) -> tuple[int, int]:
        """How many sentences were there already, of how many."""
        made = [row.render for row in self.rows if row.render and row.render.state == "done"]
        return sum(one.takes_kept for one in made), sum(one.takes for one in made)


def batches_of(session: Session, film_id: UUID) -> list[BatchView]:
    """A film's tables, the newest first, without their rows' codes."""
    mine = FilmBatch.tenant_id == tenant_of(session), FilmBatch.film_id == film_id
    found = session.scalars(select(FilmBatch).where(*mine).order_by(FilmBatch.batch_id.desc())).all()
    return [_view(one, tuple(_rows(session, one.batch_id, {}))) for one in found]


def batch_view(session: Session, batch_id: UUID, now: datetime) -> BatchView:
    """One table with its rows and their codes. Raises FilmUnknown."""
    row = session.get(FilmBatch, (tenant_of(session), batch_id))
    if row is None:
        raise FilmUnknown("There is no such table.")
    mine = FilmBatchRow.tenant_id == row.tenant_id, FilmBatchRow.batch_id == batch_id, FilmBatchRow.coupon_id.is_not(None)
    coupon_ids = [one for one in session.scalars(select(FilmBatchRow.coupon_id).where(*mine)) if one]
    codes = {one.coupon_id: one.code for one in coupons_by_id(session, coupon_ids, now=now)} if coupon_ids else {}
    return _view(row, tuple(_rows(session, batch_id, codes)))


def _rows(session: Session, batch_id: UUID, codes: dict[UUID, str]) -> Iterator[BatchRowView]:
    passed = (
        select(func.bool_or(FilmInspection.has_passed))
        .where(FilmInspection.tenant_id == FilmBatchRow.tenant_id, FilmInspection.render_id == FilmBatchRow.render_id)
        .correlate(FilmBatchRow)
        .scalar_subquery()
    )
    same = and_(FilmRender.tenant_id == FilmBatchRow.tenant_id, FilmRender.render_id == FilmBatchRow.render_id)
    mine = FilmBatchRow.tenant_id == tenant_of(session), FilmBatchRow.batch_id == batch_id
    found = select(FilmBatchRow, FilmRender, passed).outerjoin(FilmRender, same).where(*mine).order_by(FilmBatchRow.row_number)
    for row, made, has_passed in session.execute(found):
        code = codes.get(row.coupon_id, "") if row.coupon_id else ""
        yield BatchRowView(row.row_number, row.recipient, row.problem or "", view_of(made) if made else None, has_passed, code)


def _view(row: FilmBatch, rows: tuple[BatchRowView, ...]) -> BatchView:
    return BatchView(row.batch_id, row.film_id, row.file_name, row.state, row.handed_in_at, rows)
