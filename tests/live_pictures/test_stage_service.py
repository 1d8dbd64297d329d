"""The stage's service over real sockets: own pictures come, one cuts in, and whatever ends the stage is said within a second."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import cv2
import httpx
import numpy as np
import pytest
import uvicorn
from fakes.fixed_cost_network import FixedCostNetwork, avatar_of, costs_of

from app.live_pictures import wire
from app.live_pictures.encode_patch import encode_patch
from app.live_pictures.follow_stage import Joined, follow, join, say
from app.live_pictures.serve_stage import Seat, Service, record_of, stage_app
from avatar_pipeline.stage import AT_REST, MADE, SKIPPED, Shown, Speech, Stage

KEY = "a-key-of-the-house"
PICTURES, SAMPLES_EACH = 10, 960
SOON_SECONDS = 10.0  # within a second (SILENT_SECONDS_MAX, QUIET_SECONDS_MAX), and what a busy machine adds


def hear(sound: bytes) -> Speech:
    """Sound of nothing but noughts is silence; a picture is 40 ms."""
    values = np.frombuffer(sound, np.int16)
    each = values[: len(values) // SAMPLES_EACH * SAMPLES_EACH].reshape(-1, SAMPLES_EACH)
    return Speech(np.zeros(len(each), np.int64), each[:, :4].reshape(-1, 2, 2).astype(np.float32), ~each.any(axis=1))


async def come(stage: Stage, face: str):
    return Seat(await stage.join(face, avatar_of(len(face))), ((128, 128, 384, 384),), 512)


@asynccontextmanager
async def running(network: FixedCostNetwork, key: str = KEY) -> AsyncIterator[tuple[Service, uvicorn.Server, httpx.AsyncClient]]:
    async with Stage(network) as stage:
        service = Service(stage, come, hear, KEY)
        listening = socket.create_server(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(stage_app(service), log_level="error", lifespan="off", timeout_graceful_shutdown=1))
        serving = asyncio.create_task(server.serve([listening]))
        while not server.started:  # noqa: ASYNC110 - the server offers no event
            await asyncio.sleep(0.01)
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        async with httpx.AsyncClient(base_url=address, headers={"Authorization": f"Bearer {key}"}, timeout=30) as client:
            yield service, server, client
        server.should_exit = True
        await serving
        listening.close()


def a_sound(pictures: int = PICTURES) -> bytes:
    return np.full(pictures * SAMPLES_EACH, 7, np.int16).tobytes()


async def test_pictures_come_and_the_stage_is_empty_when_the_reader_goes():
    network = FixedCostNetwork(costs_of(0.001, 0.0003), sleep=time.sleep)
    async with running(network) as (service, _, client):
        guest = await join(client, "amara")
        assert isinstance(guest, Joined)
        assert await say(client, guest.guest, 1, a_sound() + bytes(2 * SAMPLES_EACH), place="first") is None
        numbers = {}
        stream = follow(client, guest.guest)
        async for record in stream:
            if record.kind not in (wire.ALIVE, wire.SPENT):
                numbers[record.number] = record.kind
            if len(numbers) == PICTURES + 1:
                break
        await stream.aclose()
        assert numbers == {**dict.fromkeys(range(PICTURES), wire.PICTURE), PICTURES: wire.AT_REST}
        for _ in range(100):
            if not service.stage.load()[0]:
                break
            await asyncio.sleep(0.02)
        assert (service.stage.load()[0], network.kept, service.guests) == (0, {}, {})


async def test_a_lost_network_is_said_within_a_second():
    network = FixedCostNetwork(costs_of(0.001, 0.0003))
    async with running(network) as (_, _, client):
        guest = await join(client, "amara")
        assert isinstance(guest, Joined)
        network.kept.clear()  # the card's memory is gone
        begun_s = time.monotonic()
        assert await say(client, guest.guest, 1, a_sound(), place="first") is None
        kinds = [record.kind async for record in follow(client, guest.guest)]
        assert kinds[-1] == wire.LOST
        assert time.monotonic() - begun_s < SOON_SECONDS
        assert isinstance(await join(client, "mei"), wire.Record)


async def test_a_stage_that_goes_quiet_is_said_within_a_second():
    async def quiet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        alive = wire.Record(wire.ALIVE).to_bytes()
        writer.write(f"{len(alive):x}\r\n".encode() + alive + b"\r\n")
        await writer.drain()
        opened.append(writer)

    opened: list[asyncio.StreamWriter] = []

    server = await asyncio.start_server(quiet, "127.0.0.1", 0)
    address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with httpx.AsyncClient(base_url=address) as client:
        begun_s = time.monotonic()
        kinds = [record.kind async for record in follow(client, "1")]
        assert kinds == [wire.ALIVE, wire.LOST]
        assert time.monotonic() - begun_s < SOON_SECONDS
    server.close()
    for writer in opened:
        writer.close()
        await writer.wait_closed()
    async with httpx.AsyncClient(base_url=address) as client:
        assert [record.kind async for record in follow(client, "1")] == [wire.LOST]


async def test_a_full_stage_says_so_and_a_stranger_gets_nothing():
    async with running(FixedCostNetwork({1: 0.5})) as (_, _, client):
        guest = await join(client, "amara")
        assert isinstance(guest, Joined)
        refused = await say(client, guest.guest, 1, a_sound(), place="first")
        assert refused is not None
        assert refused.kind == wire.FULL
        stranger = await client.get("/stage", headers={"Authorization": "Bearer guess"})
        assert stranger.status_code == 401
        assert (await client.get("/stage")).json()["seats"] == 0


def test_records_come_whole_from_any_cut():
    sent = [wire.Record(wire.PICTURE, 3, 7, b"abc"), wire.Record(wire.ALIVE), wire.Record(wire.AT_REST, 3, 8)]
    data, reader = b"".join(record.to_bytes() for record in sent), wire.Reader()
    assert [record for byte in data for record in reader.feed(bytes([byte]))] == sent
    with pytest.raises(wire.RecordUnreadable):
        wire.Reader().feed(b"GET / HTTP/1.1\r\n")


async def test_a_picture_whose_moment_is_over_is_not_sent():
    patch = np.full((8, 16, 3), 90, np.uint8)
    wanted = ((MADE, 5.0, wire.PICTURE), (MADE, -0.5, wire.SKIPPED), (AT_REST, -0.5, wire.AT_REST), (SKIPPED, 5.0, wire.SKIPPED))
    for kind, due_in_s, expected in wanted:
        record = await record_of(Shown(3, 7, kind, time.monotonic() + due_in_s, patch if kind == MADE else None))
        assert (record.kind, record.turn, record.number) == (expected, 3, 7)
        assert bool(record.body) is (expected == wire.PICTURE)


def test_a_patch_travels_as_a_small_picture():
    patch = np.zeros((128, 256, 3), np.uint8)
    patch[:, :, 0] = 200
    data = encode_patch(patch)
    assert data[8:12] == b"WEBP"
    back = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    assert abs(int(back[64, 128, 2]) - 200) < 4
