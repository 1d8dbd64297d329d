"""A film that waits for a graphics card with room says what it waits for; with room, or made without a card, the page says that instead."""

from datetime import datetime
from re import sub

import httpx
from fakes.shop_history import Shop

from app.studio.films import Draft, create_film
from app.studio.renders import ask_render
from app.studio.tables import FilmRender
from app.worker.capabilities import Capabilities, queues_of
from app.worker.heartbeat import Heartbeat
from tenants.employee import change_picture_quality
from tenants.identifiers import to_public

LARGE = Capabilities("NVIDIA L4", 23_034, ("musetalk",), 3_000)
SCRIPT = {"format": "tillhand-script/1", "shape": "1:1", "captions": False, "scenes": [{"text": "It is ready."}]}


async def test_the_page_says_what_a_film_waits_for(member: httpx.AsyncClient, shop: Shop, now: datetime) -> None:
    beats = Heartbeat(shop.database, lambda: now, queues_of(LARGE), LARGE)
    beats.beat()
    with shop.database.tenant_session(shop.tenant_id) as session:
        change_picture_quality(session, shop.employee_id, "neural")
        film_id = create_film(session, Draft("Welcome", shop.employee_id, SCRIPT), by="test", now=now)
        render_id = ask_render(session, film_id=film_id, kind="preview", by="test", now=now)

    async def shown() -> str:
        page = await member.get(f"/dashboard/films/{to_public('wrk', film_id)}")
        return " ".join(sub("<[^>]+>", " ", page.text).split())

    assert "It waits for a graphics card: it takes 8.0 GB of memory, and at most 3.0 GB are free at the moment." in await shown()
    beats.room_mb = lambda: 20_000
    beats.beat()
    assert "It waits for a graphics card" not in await shown()
    with shop.database.tenant_session(shop.tenant_id) as session:
        row = session.get_one(FilmRender, (shop.tenant_id, render_id))
        row.state, row.drawn_by, row.duration_ms, row.finished_at, row.progress_percent = "done", "rig_for_memory", 2_000, now, 100
    assert "for none at work has enough memory" in await shown()
