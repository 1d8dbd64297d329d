"""What a film waits for is said on its page: a graphics card with room, a worker that takes it up, another one when its own fell silent."""

from datetime import datetime, timedelta
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
    beats.room_mb = lambda: 0
    beats.beat()
    assert "It waits for a graphics card: it takes 8.0 GB of memory, and no card is free at the moment." in await shown()
    beats.room_mb = lambda: 20_000
    beats.beat()
    assert "It waits for a graphics card" not in await shown()
    with shop.database.tenant_session(shop.tenant_id) as session:
        row = session.get_one(FilmRender, (shop.tenant_id, render_id))
        row.state, row.drawn_by, row.duration_ms, row.finished_at, row.progress_percent = "done", "rig_for_memory", 2_000, now, 100
    assert "for none at work has enough memory" in await shown()


async def test_the_page_says_that_a_film_stands_still(member: httpx.AsyncClient, shop: Shop, now: datetime) -> None:
    with shop.database.tenant_session(shop.tenant_id) as session:
        film_id = create_film(session, Draft("Welcome", shop.employee_id, SCRIPT), by="test", now=now)
        render_id = ask_render(session, film_id=film_id, kind="preview", by="test", now=now)

    async def shown(state: str, seconds: int) -> str:
        with shop.database.tenant_session(shop.tenant_id) as session:
            row = session.get_one(FilmRender, (shop.tenant_id, render_id))
            row.state, row.asked_at = state, now - timedelta(minutes=9) if state == "running" else now - timedelta(seconds=seconds)
            row.touched_at = now - timedelta(seconds=seconds)
        page = await member.get(f"/dashboard/films/{to_public('wrk', film_id)}")
        return " ".join(sub("<[^>]+>", " ", page.text).split())

    silent, unclaimed = "Whoever makes it has fallen silent.", "Nobody has taken it up yet"
    fresh, waited = await shown("waiting", 5), await shown("waiting", 120)
    assert "The film is in line to be made." in fresh
    assert unclaimed not in fresh
    assert unclaimed in waited
    assert silent not in waited
    at_work, killed = await shown("running", 5), await shown("running", 45)
    assert "The film is being made." in at_work
    assert silent not in at_work
    assert unclaimed not in at_work
    assert silent in killed
