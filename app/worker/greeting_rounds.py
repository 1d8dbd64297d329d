"""The rounds of greeting films: shoppers' panels hear how far theirs are, and what is over is erased with its files."""

import shutil
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select

from app.conversations.errors import ConversationUnknown
from app.settings import Settings
from app.speaking import wire
from app.speaking.stream import Draft, append, lock_stream
from app.studio.greeting_films import Progress, end_expired, files_to_drop, news_of_greetings, shops_with_open_greetings
from app.studio.renders import film_folder
from app.wiring import media_store
from app.worker.rounds import Round
from tenants.database import Database
from tenants.tables import Tenant

TELL_EVERY_SECONDS: Final = 2
HOUR_SECONDS: Final = 3600


def greeting_rounds(settings: Settings) -> tuple[Round, ...]:
    """Both rounds, with the folder and the store that the films lie in."""
    folder, store = settings.data_folder.resolve(), media_store(settings)

    def forget(database: Database, clock: Callable[[], datetime]) -> int:
        for tenant_id in _shops(database):
            with database.tenant_session(tenant_id) as session:
                end_expired(session, now=clock())
                over = files_to_drop(session, now=clock())
            for film_id, render_id in over:
                place = film_folder(folder, tenant_id, film_id) / str(render_id)
                store.drop(place)
                shutil.rmtree(place, ignore_errors=True)
        return 0

    return (
        Round("tillhand.tell_of_greetings", TELL_EVERY_SECONDS, tell_of_greetings),
        Round("tillhand.forget_greetings", HOUR_SECONDS, forget),
    )


def tell_of_greetings(database: Database, clock: Callable[[], datetime]) -> int:
    """Write on each talk's line how far its film is, where that changed; return 0, for there is nothing more to do at once."""
    for tenant_id in shops_with_open_greetings(database):
        with database.tenant_session(tenant_id) as session:
            for one in news_of_greetings(session, now=clock()):
                with suppress(ConversationUnknown):
                    append(session, lock_stream(session, one.conversation_id), one.turn_id, [_event(one)], clock())
    return 0


def _event(one: Progress) -> Draft:
    return wire.film(one.headline, one.state, one.percent)


def _shops(database: Database) -> list[UUID]:
    with database.operator_session() as session:
        return list(session.scalars(select(Tenant.tenant_id)))
