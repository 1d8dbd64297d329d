"""A film for each row of a table: handed in and looked at, started, stopped, taken up again, thrown away.

Every row's film shares its sentences with the film itself and with all others; only sentences that say something of the row are made.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from app.speaking.pronunciations import own_sayings
from app.studio.batch_rows import JudgedRow, filled_for, guessed_columns, judge_rows, names_of, offers_in
from app.studio.batch_tables import FilmBatch, FilmBatchRow
from app.studio.choose_engine import engine_for
from app.studio.errors import FilmRefused, FilmUnknown
from app.studio.films import film, locked_film
from app.studio.read_table import read_table
from app.studio.renders import IN_HAND, fingerprint_of
from app.studio.resolve_script import resolved
from app.studio.tables import FilmRender
from tenants.audit import note
from tenants.database import tenant_of
from tenants.identifiers import PublicIdUnreadable, from_public, new_id, to_public

BATCHES_MAX: Final = 50
FILE_NAME_LETTERS_MAX: Final = 120
FIRST_ROWS: Final = 5


@dataclass(frozen=True)
class TableSeen:
    """A table that was handed in and not started: its columns, which fills which name, and every row judged.

    `first_rows` are its first cells as they were read; `alphabet` names the one its letters were guessed to be in, "" where the file is
    Unicode.
    """

    batch_id: UUID
    film_id: UUID
    file_name: str
    header: tuple[str, ...]
    names: tuple[str, ...]
    columns: Mapping[str, int]
    rows: tuple[JudgedRow, ...]
    first_rows: tuple[tuple[str, ...], ...]
    alphabet: str

    @property
    def lacking(self) -> tuple[str, ...]:
        """The names that no column fills yet."""
        return tuple(name for name in self.names if name not in self.columns)

    @property
    def good_count(self) -> int:
        """How many rows become films."""
        return 0 if self.lacking else sum(not row.problem for row in self.rows)


def hand_in_table(session: Session, *, film_id: UUID, file_name: str, content: bytes, by: str, now: datetime) -> UUID:
    """Keep a table to be looked at. Raises FilmRefused: nothing to fill in, no readable table, too many of them; FilmUnknown."""
    row = locked_film(session, film_id)
    if not names_of(resolved(session, row.script)) and not offers_in(row.script):
        raise FilmRefused("This film says the same to everybody. Write a column's name in braces, such as {name}, where each film differs.")
    if not file_name:
        raise FilmRefused("Choose a file first.")
    table, mine = read_table(content), FilmBatch.tenant_id == row.tenant_id
    if len(session.scalars(select(FilmBatch.batch_id).where(mine, FilmBatch.film_id == film_id)).all()) >= BATCHES_MAX:
        raise FilmRefused(f"A film has at most {BATCHES_MAX} tables. Throw one away that is not needed any more.")
    batch_id, name = new_id(now), "".join(letter for letter in file_name if letter.isprintable())[:FILE_NAME_LETTERS_MAX]
    session.add(
        FilmBatch(
            tenant_id=row.tenant_id, batch_id=batch_id, film_id=film_id, file_name=name or "table.csv", state="draft", columns={},
            script={}, header=list(table.header), cells=[list(cells) for cells in table.rows], header_row=table.header_row,
            alphabet=table.alphabet or None, handed_in_by=by, handed_in_at=now,
        )
    )  # fmt: skip
    session.flush()
    return batch_id


def look_at_table(session: Session, *, batch_id: UUID, chosen: Mapping[str, int] | None = None) -> TableSeen:
    """What a table would make with these columns; columns are guessed by their headings until somebody chooses. Raises FilmUnknown."""
    row = _batch(session, batch_id)
    script = resolved(session, film(session, row.film_id).script)
    names = names_of(script)
    columns = guessed_columns(names, row.header) if chosen is None else {name: place for name, place in chosen.items() if name in names}
    columns = {name: place for name, place in columns.items() if 0 <= place < len(row.header)}
    is_filled = set(columns) == set(names)
    how: dict[str, Any] = {"header_row": row.header_row, "known": [one.written for one in own_sayings(session)]}
    rows = judge_rows(script, row.header, row.cells, columns, row.tenant_id, **how) if is_filled else []
    first = tuple(tuple(cells) for cells in row.cells if cells)[:FIRST_ROWS]
    return TableSeen(
        batch_id, row.film_id, row.file_name, tuple(row.header), tuple(names), columns, tuple(rows), first, row.alphabet or ""
    )  # fmt: skip


def start_batch(session: Session, *, batch_id: UUID, chosen: Mapping[str, int], by: str, now: datetime) -> int:
    """Put a film for every good row in line and return how many. Starting twice changes nothing.

    Raises FilmRefused unless the film is approved as it stands, or when no row is good; FilmUnknown.
    """
    batch = _batch(session, batch_id, is_held=True)
    if batch.state == "started":
        return 0
    if locked_film(session, batch.film_id).state == "draft":
        raise FilmRefused("Approve the film first: what goes out many times is seen once before.")
    seen = look_at_table(session, batch_id=batch_id, chosen=chosen)
    if seen.lacking:
        raise FilmRefused(f"Choose a column for {{{seen.lacking[0]}}}.")
    if not seen.good_count:
        raise FilmRefused("No row of this table can become a film. The reasons stand beside the rows.")
    batch.state, batch.started_at, batch.columns = "started", now, dict(seen.columns)
    batch.script = resolved(session, film(session, batch.film_id).script)
    session.flush()
    for row in seen.rows:
        put_in_line(session, batch, row, by=by, now=now)
    session.flush()
    detail = {"films": seen.good_count, "left_out": len(seen.rows) - seen.good_count}
    note(session, by, "film.batch_started", to_public("wrk", batch.film_id), detail, now=now)
    return seen.good_count


def stop_batch(session: Session, *, batch_id: UUID, by: str, now: datetime) -> None:
    """Stop what waits at once, and what is being made within about a second of film. Finished films and sentences stay."""
    batch = _batch(session, batch_id, is_held=True)
    mine = FilmRender.tenant_id == batch.tenant_id, FilmRender.batch_id == batch_id
    session.execute(update(FilmRender).where(*mine, FilmRender.state.in_(IN_HAND)).values(cancel_asked_at=now))
    session.execute(update(FilmRender).where(*mine, FilmRender.state == "waiting").values(state="cancelled", finished_at=now))
    note(session, by, "film.batch_stopped", to_public("wrk", batch.film_id), {}, now=now)


def resume_batch(session: Session, *, batch_id: UUID, by: str, now: datetime) -> None:
    """Put what was stopped or could not be made in line again; finished films are not touched."""
    batch = _batch(session, batch_id, is_held=True)
    over = FilmRender.tenant_id == batch.tenant_id, FilmRender.batch_id == batch_id, FilmRender.state.in_(("cancelled", "failed"))
    fresh = {"state": "waiting", "cancel_asked_at": None, "finished_at": None, "problem": None, "tries": 0, "progress_percent": 0}
    session.execute(update(FilmRender).where(*over).values(**fresh, touched_at=now))
    note(session, by, "film.batch_resumed", to_public("wrk", batch.film_id), {}, now=now)


def delete_batch(session: Session, *, batch_id: UUID, by: str, now: datetime) -> list[UUID]:
    """Throw a table away with its films; return their renders, whose files may go. Codes that were drawn stay drawn."""
    batch = _batch(session, batch_id, is_held=True)
    mine = FilmRender.tenant_id == batch.tenant_id, FilmRender.batch_id == batch_id
    gone = list(session.scalars(select(FilmRender.render_id).where(*mine)))
    forget_batches(session, [batch_id])
    note(session, by, "film.batch_deleted", to_public("wrk", batch.film_id), {"films": len(gone)}, now=now)
    return gone


def forget_batches(session: Session, batch_ids: list[UUID]) -> None:
    """Delete tables with their rows and renders."""
    for table in (FilmRender, FilmBatchRow, FilmBatch):
        session.execute(delete(table).where(table.tenant_id == tenant_of(session), table.batch_id.in_(batch_ids)))
    session.flush()


def put_in_line(session: Session, batch: FilmBatch, judged: JudgedRow, *, by: str, now: datetime) -> UUID | None:
    """Keep a judged row and put its film in line; return the render's id, None for a row that cannot become a film."""
    render_id = None if judged.problem else new_id(now)
    offer_id = _offer_of(batch)
    session.add(
        FilmBatchRow(
            tenant_id=batch.tenant_id, batch_id=batch.batch_id, row_number=judged.number, recipient=judged.recipient,
            recipient_id=judged.recipient_id, values=dict(judged.values), problem=judged.problem or None, render_id=render_id,
            offer_id=offer_id,
        )
    )  # fmt: skip
    if render_id is None:
        return None
    script = filled_for(batch.script, judged.values)
    session.add(
        FilmRender(
            tenant_id=batch.tenant_id, render_id=render_id, film_id=batch.film_id, batch_id=batch.batch_id, kind="full", script=script,
            script_sha256=fingerprint_of(script), state="waiting", progress_percent=0, takes_made=0, takes_kept=0, tries=0, asked_by=by,
            asked_at=now + timedelta(microseconds=judged.number), touched_at=now,  # they are made in the table's sequence
            needs_engine=engine_for(session, film(session, batch.film_id).employee_id, now),
        )
    )  # fmt: skip
    return render_id


def _offer_of(batch: FilmBatch) -> UUID | None:
    try:
        return next((from_public("off", offer) for offer in offers_in(batch.script)), None)
    except PublicIdUnreadable:
        return None


def _batch(session: Session, batch_id: UUID, *, is_held: bool = False) -> FilmBatch:
    row = session.get(FilmBatch, (tenant_of(session), batch_id), with_for_update=is_held or None)
    if row is None:
        raise FilmUnknown("There is no such table.")
    return row
