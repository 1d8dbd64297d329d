"""The stage with its thread and a real clock: guests get their own pictures, a lost network is told within a second, nobody stays."""

import asyncio
import threading
import time
from dataclasses import replace

import numpy as np
import pytest
from fakes.fixed_cost_network import Done, FixedCostNetwork, avatar_of, costs_of, expected_patch

from avatar_pipeline.networks.protocol import ON_PROCESSOR, Batch, NetworkFacts
from avatar_pipeline.stage import AT_REST, MADE, Guest, Speech, Stage, StageLost

COSTS = costs_of(0.001, 0.0003)
SOON_SECONDS = 10.0  # within a second (SILENT_SECONDS_MAX), and what a busy machine adds


def speech(seed: int, length: int = 12) -> Speech:
    sound = np.random.default_rng(seed).standard_normal((length, 2, 2)).astype(np.float32)
    return Speech(np.arange(length, dtype=np.int64) % 3, sound, np.arange(length) % 5 == 4)


async def collect(guest: Guest, count: int) -> list:
    shown = []
    async for one in guest.pictures():
        shown.append(one)
        if len(shown) == count:
            break
    return shown


async def test_guests_get_their_own_pictures_and_leave_nothing_behind():
    network = FixedCostNetwork(COSTS, sleep=time.sleep)
    avatars = {seed: avatar_of(seed) for seed in (1, 2)}

    async def talk(stage: Stage, seed: int) -> None:
        avatar, said = avatars[1 + seed % 2], speech(seed)
        async with await stage.join(f"avatar {1 + seed % 2}", avatar) as guest:
            guest.begin(1)
            guest.say(1, said)
            guest.end(1)
            for one in await collect(guest, len(said)):
                assert one.kind == (AT_REST if said.is_silent[one.index] else MADE)
                if one.kind == MADE:
                    assert np.array_equal(one.patch, expected_patch(avatar, int(said.frames[one.index]), said.sound[one.index]))

    async with Stage(network) as stage:
        await asyncio.gather(*(talk(stage, seed) for seed in range(8)))
        assert (stage.load()[0], stage.at_work.avatars_kept, network.kept) == (0, 0, {})
        assert network.batches < network.pictures


async def test_a_network_that_fails_is_told_to_everybody():
    class Failing(FixedCostNetwork):
        def submit(self, batch: Batch) -> Done:
            raise RuntimeError(f"device lost at {len(batch.frames)} rows")

    async with Stage(Failing(COSTS)) as stage:
        guest, listener = await stage.join("one", avatar_of(1)), await stage.join("one", avatar_of(1))
        guest.begin(1)
        guest.say(1, speech(1))
        begun_s = time.monotonic()
        with pytest.raises(StageLost):
            await collect(listener, 1)
        assert time.monotonic() - begun_s < SOON_SECONDS
        with pytest.raises(StageLost):
            await stage.join("two", avatar_of(2))
        await guest.leave()
        await listener.leave()


async def one_who_is_told_soon(stage):
    """A session that speaks on a stage whose network gives nothing."""
    guest = await stage.join("one", avatar_of(1))
    guest.begin(1)
    guest.say(1, Speech(np.zeros(40, np.int64), np.zeros((40, 2, 2), np.float32), np.zeros(40, np.bool_)))
    begun_s = time.monotonic()
    with pytest.raises(StageLost):
        await collect(guest, 100)
    assert time.monotonic() - begun_s < SOON_SECONDS
    return guest


async def test_a_network_that_hangs_is_told_within_a_second():
    going_on = threading.Event()
    stage = Stage(FixedCostNetwork(COSTS, sleep=lambda _: going_on.wait(20) or None))
    async with stage:
        guest = await one_who_is_told_soon(stage)
        await guest.leave()
        going_on.set()


async def test_who_leaves_hears_no_more():
    async with Stage(FixedCostNetwork(COSTS)) as stage:
        guest = await stage.join("one", avatar_of(1))
        listening = asyncio.create_task(collect(guest, 1))
        await asyncio.sleep(0)
        await guest.leave()
        assert await asyncio.wait_for(listening, 1) == []


async def test_a_network_that_never_gets_ready_is_told_within_a_second():
    class Stuck(FixedCostNetwork):
        def submit(self, batch: Batch) -> Done:
            return replace(super().submit(batch), ready_at_s=float("inf"))

    async with Stage(Stuck(COSTS)) as stage:
        guest = await one_who_is_told_soon(stage)
        assert stage.at_work.under_way <= 2  # a queue of any length would only hide that it is stuck
        await guest.leave()


class Card(FixedCostNetwork):
    """Works beside the thread that owns it, and tells by an event when it is done; warmed up, it took `believed` for each bucket."""

    def __init__(self, costs: dict[int, float], believed: dict[int, float]) -> None:
        super().__init__(costs, sleep=time.sleep)
        self._believed = believed

    def warm_up(self) -> NetworkFacts:
        return replace(super().warm_up(), device="a card", seconds_per_batch=dict(self._believed))


async def expected_of(network: Card, pictures: int) -> dict[int, float]:
    """What the stage expects of each bucket after a turn of so many pictures."""
    async with Stage(network) as stage:
        async with await stage.join("one", avatar_of(1)) as guest:
            guest.begin(1)
            guest.say(1, Speech(np.zeros(pictures, np.int64), speech(1, pictures).sound, np.zeros(pictures, bool)))
            await asyncio.wait_for(collect(guest, pictures), 60)
        return {bucket: stage.schedule.costs.seconds(bucket) for bucket in network.costs}


async def test_a_card_is_found_quicker_than_it_was_believed_to_be():
    """Taken when it was expected, a batch would confirm whatever was believed, and the seats beside it would stay empty for ever."""
    expected_s = await expected_of(Card({4: 0.012}, believed={4: 0.06}), 200)
    assert expected_s[4] < 0.04, expected_s


async def test_a_card_is_found_slower_than_it_was_believed_to_be():
    expected_s = await expected_of(Card({4: 0.06}, believed={4: 0.02}), 120)
    assert expected_s[4] > 0.05, expected_s


class Processor(FixedCostNetwork):
    """Draws while it is given a batch, as a machine without a card does; its first batches are held up."""

    def warm_up(self) -> NetworkFacts:
        return replace(super().warm_up(), device=ON_PROCESSOR)

    def submit(self, batch: Batch) -> Done:
        done = super().submit(batch)
        time.sleep(0.06 if self.batches <= 4 else 0)
        return Done(done.take(), lambda: None)  # ready as it returns


async def test_a_processors_batches_are_measured_without_the_wait_for_the_next():
    network = Processor(costs_of(0.008, 0.001, (1, 4)), sleep=time.sleep)
    async with Stage(network) as stage:
        async with await stage.join("busy", avatar_of(1)) as guest:
            guest.begin(1)
            guest.say(1, Speech(np.zeros(120, np.int64), speech(1, 120).sound, np.zeros(120, bool)))
            shown = await asyncio.wait_for(collect(guest, 120), 60)
        expected_s = {bucket: stage.schedule.costs.seconds(bucket) for bucket in network.costs}
    assert any(one.kind == MADE for one in shown)
    assert all(expected_s[bucket] < 4 * seconds for bucket, seconds in network.costs.items()), expected_s
