"""The engine behind the stage, small and with seeded random weights: a face comes, sound becomes pictures, silence reaches no network."""

import asyncio
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the neural parts are not installed (make setup-neural)")

from app.live_pictures.neural_stage import PORTRAIT_PX, NeuralEngine  # noqa: E402
from avatar_pipeline.neural import SMALL, Shelf, TalkingHead, random_networks  # noqa: E402
from avatar_pipeline.stage import AT_REST, MADE, Stage  # noqa: E402

pytestmark = [
    pytest.mark.usefixtures("one_torch_thread"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning"),
]


async def test_a_catalogue_face_speaks_through_the_stage(tmp_path: Path) -> None:
    networks = random_networks(SMALL, seed=7)
    engine = NeuralEngine(networks, Shelf(lambda _: tmp_path), fingerprint="random 7", device="cpu")
    noise = np.random.default_rng(1).normal(0, 6000, 24_000 // 5).astype(np.int16)
    quiet = np.zeros(24_000 // 2, np.int16)
    async with Stage(TalkingHead(networks, buckets=(1, 4))) as stage:
        seat = await engine.come(stage, "amara")
        ((x1, y1, x2, y2),) = seat.boxes
        assert 0 <= x1 < x2 <= PORTRAIT_PX
        assert 0 <= y1 < y2 <= PORTRAIT_PX
        speech = await asyncio.to_thread(engine.hear, np.concatenate([noise, quiet]).tobytes())
        assert speech.is_silent[-3:].all()
        assert not speech.is_silent[:4].any()
        guest, kinds = seat.guest, {}
        stage.schedule.costs.seats = lambda: 1  # however slow this machine is
        guest.begin(1)
        guest.say(1, speech)
        guest.end(1)
        async for shown in guest.pictures():
            kinds[shown.index] = shown.kind
            if shown.kind == MADE:
                place = stage.facts.place
                assert shown.patch.shape == (place.height, place.side, 3)
            if len(kinds) == len(speech):
                break
        assert MADE in kinds.values()
        assert [kinds[index] for index in np.flatnonzero(speech.is_silent)] == [AT_REST] * int(speech.is_silent.sum())
        await guest.leave()
        assert stage.at_work.avatars_kept == 0
