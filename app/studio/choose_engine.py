"""Who draws the mouth in a film: the employee's quality asks for a card, and a machine with one has reported in; else the rig.

A card that is large enough and full at the moment is waited for, and the page says so; one that is too small never gets the film.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tenants.employee import employee_view

FILM_ENGINE: Final = "musetalk"
NEEDS_MB: Final = {FILM_ENGINE: 8_000}
"""The memory that an engine's films take of a card: half-precision weights 2 GB, room for faces 2.2 GB, recorded batches and a reserve."""
SILENT: Final = timedelta(minutes=1)
"""A machine that was not heard for so long is gone."""


@dataclass(frozen=True)
class CardAtWork:
    """A card that makes films: one of its engines, its memory, and how much of it was free when it was last heard."""

    engine: str
    memory_mb: int
    room_mb: int


@dataclass(frozen=True)
class WaitsForRoom:
    """A film waits: what its engine needs of a card, and the most that one at work has free."""

    needs_mb: int
    room_mb: int


def cards_at_work(session: Session, now: datetime) -> list[CardAtWork]:
    """The cards that make films and were heard lately; for any role."""
    there = func.film_cards_at_work(now - SILENT).table_valued("engine", "vram_mb", "vram_free_mb").render_derived(name="there")
    return [CardAtWork(one.engine, one.vram_mb, one.vram_free_mb) for one in session.execute(select(there))]


def engines_large_enough(cards: Sequence[CardAtWork]) -> frozenset[str]:
    """The engines whose films some card at work can make, now or when it has room again."""
    return frozenset(card.engine for card in cards if card.memory_mb >= NEEDS_MB.get(card.engine, 0))


def engine_for(session: Session, employee_id: UUID, now: datetime) -> str | None:
    """The engine a film of this employee asks for now; None for the rig."""
    if employee_view(session, employee_id).picture_quality != "neural":
        return None
    return FILM_ENGINE if FILM_ENGINE in engines_large_enough(cards_at_work(session, now)) else None


def waits_for_room(session: Session, now: datetime) -> WaitsForRoom | None:
    """Why a film that needs a card is in line though a large enough one is at work; None when one has the room."""
    needs = NEEDS_MB[FILM_ENGINE]
    able = [card for card in cards_at_work(session, now) if card.engine == FILM_ENGINE and card.memory_mb >= needs]
    most = max((card.room_mb for card in able), default=needs)
    return WaitsForRoom(needs, most) if most < needs else None
