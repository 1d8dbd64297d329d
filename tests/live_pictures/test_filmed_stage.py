"""A face from a film on the stage: prepared as the loop it is, drawn from the place on that both sides were told, rests in between."""

import asyncio
import hashlib
import json
from itertools import islice
from pathlib import Path

import httpx
import numpy as np
import pytest
from fakes.fixed_cost_network import FixedCostNetwork, avatar_of, costs_of

from app.live_pictures.play_talk import HEARD_AFTER_SECONDS, Heard, Talk, TurnOver, play_talk
from app.live_pictures.serve_stage import Seat, Service, stage_app
from app.live_pictures.wire import SEAT, SENTENCE
from avatar_pipeline.catalogue import face
from avatar_pipeline.engines.face_film import frame_of_loop
from avatar_pipeline.neural import SMALL, Shelf, TalkingHead, random_networks, rig_face
from avatar_pipeline.stage import FRAMES_PER_SECOND, Speech, Stage, there_and_back
from avatar_pipeline.stages.loop_files import write_loop_film

KEY, FRAMES, PICTURES = "a-key-of-the-house", 6, 12
BOXES = tuple((100 + n, 110, 300 + n, 310) for n in range(FRAMES))


def test_the_loop_goes_there_and_back_as_films_do() -> None:
    for frames in (1, 2, 6, 125):
        expected = [frame_of_loop(place, frames) for place in range(37, 37 + 400)]
        assert there_and_back(37, 400, frames).tolist() == expected


class Watched(FixedCostNetwork):
    """Notes which frame each picture was drawn in, by the number that its sound carries."""

    def __init__(self) -> None:
        super().__init__(costs_of(0.001, 0.0003))
        self.seen: dict[int, int] = {}

    def submit(self, batch):
        for frame, sound in zip(batch.frames, batch.sound, strict=True):
            self.seen[round(float(sound.flat[0]))] = int(frame)
        return super().submit(batch)


def hear(sound: bytes) -> Speech:
    count = len(sound) // 2 // 960
    heard = np.tile(np.arange(count, dtype=np.float32)[:, None, None], (1, 2, 2))
    return Speech(np.zeros(count, np.int64), heard, np.zeros(count, np.bool_))


async def come(stage: Stage, name: str) -> Seat:
    return Seat(await stage.join(name, avatar_of(1, FRAMES)), BOXES, 512)


async def test_browser_and_stage_are_told_the_same_place_of_the_loop() -> None:
    network, over = Watched(), asyncio.Event()

    async def happenings():
        yield Heard("trn_1", 0, bytes(2 * 960 * PICTURES))
        await over.wait()
        yield TurnOver("trn_1", is_cut=False)

    async def spent(_turn: str, _ms: int, _of: str) -> None:
        return

    async with Stage(network) as stage:
        stage.schedule.costs.seats = lambda: 4  # however slow this machine is
        app = stage_app(Service(stage, come, hear, KEY))
        transport = httpx.ASGITransport(app=app)  # it has no streams, so the pictures are read from the network itself
        async with httpx.AsyncClient(transport=transport, base_url="http://stage", headers={"Authorization": f"Bearer {KEY}"}) as client:
            talk = play_talk(client, Talk("fce_1", happenings(), spent, "/w/faces/fce_1/loop.pictures"))
            told = {}
            async for record in talk:
                if record.kind in (SEAT, SENTENCE):
                    told[record.kind] = json.loads(record.body)
                if len(network.seen) == PICTURES:
                    break
            over.set()
            await talk.aclose()
    seat, begins = told[SEAT], told[SENTENCE]["from"]
    assert (seat["loop"], [tuple(box) for box in seat["boxes"]]) == ("/w/faces/fce_1/loop.pictures", list(BOXES))
    assert begins >= round(HEARD_AFTER_SECONDS * FRAMES_PER_SECOND)
    assert network.seen == {number: frame_of_loop(begins + number, FRAMES) for number in range(PICTURES)}


@pytest.mark.usefixtures("one_torch_thread")
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
async def test_a_loop_beside_the_rig_is_prepared_once_for_every_machine(tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="the neural parts are not installed (make setup-neural)")
    from app.live_pictures.neural_stage import PORTRAIT_PX, NeuralEngine

    rig = tmp_path / "face" / "film.rig"
    rig.parent.mkdir()
    rig.write_bytes(face("amara").film_rig_path.read_bytes())
    write_loop_film(list(islice(rig_face(rig, PORTRAIT_PX).pictures(), FRAMES)), rig.with_name("loop.mp4"))
    networks, shared = random_networks(SMALL, seed=7), []
    shelf = Shelf(lambda path: path.parent / "prepared", share=shared.append)
    async with Stage(TalkingHead(networks, buckets=(1, 4))) as stage:
        seats = []
        for _ in range(2):  # the second engine is another machine's, which finds what the first prepared
            engine = NeuralEngine(networks, shelf, fingerprint="random 7", device="cpu", rig_of=lambda _: rig)
            seats.append(await engine.come(stage, "fce_1"))
        assert (len(shared), {path.parent.name for path in shared}) == (1, {"prepared"})
        prints = [hashlib.sha256(repr(seat.boxes).encode()).digest() for seat in seats]
        assert (len(seats[0].boxes), prints[0]) == (FRAMES, prints[1])
        assert all(0 <= x1 < x2 <= PORTRAIT_PX and 0 <= y1 < y2 <= PORTRAIT_PX for x1, y1, x2, y2 in seats[0].boxes)
        for seat in seats:
            await seat.guest.leave()
        assert stage.at_work.avatars_kept == 0
