"""The pictures of a talk over HTTP: whose token opens them, what comes, what they cost, and that another shop's are another's."""

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import httpx
import numpy as np
import pytest
import uvicorn
from fakes.fixed_cost_network import FixedCostNetwork, avatar_of, costs_of
from fakes.open_shop import OpenShop
from sqlalchemy import select

from app.costs.tables import ServiceCost
from app.live_pictures import wire
from app.live_pictures.serve_stage import Seat, Service, stage_app, stage_key
from app.worker.capabilities import Capabilities
from app.worker.heartbeat import Heartbeat
from avatar_pipeline.stage import Speech, Stage
from tenants.employee import change_picture_quality, employees

SAMPLES_EACH = 960
PATIENCE_S = 60


def hear(sound: bytes) -> Speech:
    count = -(-len(sound) // 2 // SAMPLES_EACH)
    return Speech(np.zeros(count, np.int64), np.random.default_rng(1).random((count, 2, 2), np.float32), np.zeros(count, np.bool_))


async def come(stage: Stage, face: str) -> Seat:
    return Seat(await stage.join(face, avatar_of(len(face))), ((128, 128, 384, 384),), 512)


@contextmanager
def stage_at_work(shop: OpenShop, network: FixedCostNetwork) -> Iterator[Service]:
    """A stage in a thread of its own, known to the house by a heartbeat."""
    started: list[tuple[Service, uvicorn.Server, int]] = []

    async def serve() -> None:
        async with Stage(network) as stage:
            service = Service(stage, come, hear, stage_key(shop.house.settings.signing_key))
            server = uvicorn.Server(uvicorn.Config(stage_app(service), port=0, log_level="error", lifespan="off"))
            serving = asyncio.create_task(server.serve())
            while not server.started:  # noqa: ASYNC110 - the server offers no event
                await asyncio.sleep(0.01)
            started.append((service, server, server.servers[0].sockets[0].getsockname()[1]))
            await serving

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    while not started:
        time.sleep(0.01)
    service, server, port = started[0]
    machine = Capabilities("fake", 0, ("musetalk",))
    beats = Heartbeat(shop.house.database, lambda: datetime.now(UTC), (), machine, stage_address=f"http://127.0.0.1:{port}")
    beats.start()
    try:
        yield service
    finally:
        beats.stop()
        server.should_exit = True
        thread.join(timeout=10)


def open_talk(panel: httpx.Client, shop: OpenShop, visitor: str = "8c3f2d0e-41b7-4f7e-9b5a-1f2e3d4c5b6a") -> dict[str, Any]:
    answer = panel.post(f"/w/{shop.key}/conversations", json={"visitor": visitor, "page_url": "", "language": "en"})
    assert answer.status_code == 201
    told: dict[str, Any] = answer.json()
    return told


def choose(shop: OpenShop, quality: str) -> None:
    with shop.house.database.tenant_session(shop.tenant_id) as session:
        for one in employees(session):
            change_picture_quality(session, one.employee_id, quality)


def records_until(panel: httpx.Client, talk: dict[str, Any], is_enough: Any) -> list[wire.Record]:
    found: list[wire.Record] = []
    reader, over_s = wire.Reader(), time.monotonic() + PATIENCE_S
    with panel.stream("GET", talk["pictures_url"] + "?after=0", headers={"Authorization": f"Bearer {talk['token']}"}) as answer:
        assert answer.status_code == 200
        for data in answer.iter_raw():
            found += reader.feed(data)
            if is_enough(found):
                return found
            assert time.monotonic() < over_s, "It did not come in time."
    return found


def has(kind: int, count: int = 1) -> Any:
    return lambda found: sum(one.kind == kind for one in found) >= count


def test_a_talk_gets_its_pictures_and_they_are_written_down(shop: OpenShop, panel: httpx.Client):
    choose(shop, "neural")
    network = FixedCostNetwork(costs_of(0.002, 0.0005), sleep=time.sleep)
    with stage_at_work(shop, network) as service:
        talk = open_talk(panel, shop)
        found = records_until(panel, talk, has(wire.PICTURE, 10))
        kinds = [one.kind for one in found if one.kind not in (wire.ALIVE, wire.SKIPPED)]
        assert kinds[:2] == [wire.SEAT, wire.SENTENCE]
        assert set(kinds[2:]) <= {wire.PICTURE, wire.SENTENCE}  # what it took stays between stage and web process
        assert json.loads(found[[one.kind for one in found].index(wire.SEAT)].body)["box"] == [128, 128, 384, 384]
        sentence = json.loads(next(one for one in found if one.kind == wire.SENTENCE).body)
        assert sentence["n"] == 0
        for _ in range(200):
            if not service.guests:
                break
            time.sleep(0.05)
        assert (service.guests, network.kept) == ({}, {})  # its reader went, and took all along


def test_what_pictures_took_is_written_down_for_the_turn(shop: OpenShop, panel: httpx.Client):
    choose(shop, "neural")
    with stage_at_work(shop, FixedCostNetwork(costs_of(0.004, 0.001), sleep=time.sleep)):
        talk = open_talk(panel, shop, "8c3f2d0e-41b7-4f7e-9b5a-1f2e3d4c5b6b")
        with shop.house.database.tenant_session(shop.tenant_id) as session:
            before = sum(session.scalars(select(ServiceCost.gpu_ms)))

        def is_noted(_: Any) -> bool:
            with shop.house.database.tenant_session(shop.tenant_id) as session:
                return sum(session.scalars(select(ServiceCost.gpu_ms))) > before

        records_until(panel, talk, is_noted)


def test_a_full_stage_a_missing_one_and_a_browser_s_employee(shop: OpenShop, panel: httpx.Client):
    choose(shop, "neural")
    with stage_at_work(shop, FixedCostNetwork({1: 0.5})):
        found = records_until(panel, open_talk(panel, shop, "8c3f2d0e-41b7-4f7e-9b5a-1f2e3d4c5b6c"), has(wire.FULL))
        assert not has(wire.PICTURE)(found)
    found = records_until(panel, open_talk(panel, shop, "8c3f2d0e-41b7-4f7e-9b5a-1f2e3d4c5b6d"), has(wire.LOST))
    assert [one.kind for one in found] == [wire.LOST]
    drawn_by_stage = open_talk(panel, shop, "8c3f2d0e-41b7-4f7e-9b5a-1f2e3d4c5b6e")
    choose(shop, "browser")
    assert open_talk(panel, shop, "8c3f2d0e-41b7-4f7e-9b5a-1f2e3d4c5b6f")["pictures_url"] is None
    refused = panel.get(drawn_by_stage["pictures_url"], headers={"Authorization": f"Bearer {drawn_by_stage['token']}"})
    assert refused.status_code == 404


@pytest.mark.parametrize("forged", ["", "Bearer guess", "Bearer OTHERS"])
def test_only_the_conversation_s_own_token_opens_its_pictures(shop: OpenShop, panel: httpx.Client, forged: str):
    choose(shop, "neural")
    talk = open_talk(panel, shop, "8c3f2d0e-41b7-4f7e-9b5a-1f2e3d4c5b70")
    other = open_talk(panel, shop, "8c3f2d0e-41b7-4f7e-9b5a-1f2e3d4c5b71")
    answer = panel.get(talk["pictures_url"], headers={"Authorization": forged.replace("OTHERS", other["token"])} if forged else {})
    assert answer.status_code in (401, 403)
    elsewhere = panel.get(talk["pictures_url"], headers={"Authorization": f"Bearer {talk['token']}", "Origin": "https://elsewhere.example"})
    assert elsewhere.status_code == 403
