"""How many talks the whole stage carries: real networks, the stage's own thread, patches encoded beside it as the service does.

    python tests/benchmarks/bench_live_stage.py [--seconds S]

bench_neural.py asks the networks alone, bench_stage.py the schedule alone; here they work together, so what is lost between them shows.
On a CUDA card: the published sizes. Without one: a small configuration on one thread, which says that it runs and nothing of a card.
Everybody speaks all the time. A picture is late when its bytes are ready after its moment; one that was left out counts as two pictures
late. `stage_seats` is what the stage itself would promise, `stage_talks_in_time` what it carried with 95 of 100 pictures less than one
picture late.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from dataclasses import dataclass

import numpy as np
import torch
from neural_load import ALLOWED_S, some_avatar, some_sound

from app.live_pictures.encode_patch import encode_patch
from avatar_pipeline.networks.head_networks import HeadNetworks, random_networks
from avatar_pipeline.networks.shape import PUBLISHED, SMALL
from avatar_pipeline.networks.sound_windows import SAMPLE_RATE_HZ, listen, windows
from avatar_pipeline.networks.talking_head import Quality, TalkingHead
from avatar_pipeline.scheduling.costs import SEATS_MAX
from avatar_pipeline.scheduling.wanted import FRAME_SECONDS, FRAMES_PER_SECOND
from avatar_pipeline.stage import MADE, Guest, Speech, Stage, StageLost

AVATARS, LOOP = 4, 25
SENTENCE_SECONDS = 4
STEP = 0.9
HEARINGS = 5


@dataclass(frozen=True)
class Carried:
    """How a number of talks fared: lateness in ms of 95 of 100, the share left out, processors taken, bytes of a picture."""

    talks: int
    late_p95_ms: float
    left_out: float
    processors: float
    picture_bytes: float

    @property
    def is_in_time(self) -> bool:
        """Whether 95 of 100 pictures came within the time one is shown."""
        return self.late_p95_ms < ALLOWED_S * 1000


async def talk(guest: Guest, speech: Speech, *, starts_in_s: float) -> tuple[list[float], int, int]:
    """Speak and read every picture: each one's lateness in ms, how many were left out, and the bytes of the others."""
    await asyncio.sleep(starts_in_s)
    guest.begin(1)
    guest.say(1, speech)
    guest.end(1)
    late, left_out, size = [], 0, 0
    async for shown in guest.pictures():
        if shown.kind == MADE and shown.patch is not None:
            size += len(await asyncio.to_thread(encode_patch, shown.patch))
            late.append(max(0.0, time.monotonic() - shown.due_at_s) * 1000)
        else:
            left_out += 1
            late.append(2000 * FRAME_SECONDS)
        if len(late) == len(speech):
            break
    return late, left_out, size


async def carried(stage: Stage, networks: HeadNetworks, talks: int, seconds: float) -> Carried:
    """Let so many talk at once."""
    length, draw = round(seconds * FRAMES_PER_SECOND), np.random.default_rng(talks)
    speech = Speech(np.arange(length, dtype=np.int64) % LOOP, some_sound(length), np.zeros(length, np.bool_))
    avatars = [some_avatar(networks.shape, LOOP, seed) for seed in range(AVATARS)]
    guests = [await stage.join(str(number % AVATARS), avatars[number % AVATARS]) for number in range(talks)]
    begun_s, begun_process_s = time.monotonic(), time.process_time()
    told = await asyncio.gather(*(talk(guest, speech, starts_in_s=float(draw.random())) for guest in guests))
    took_s, took_process_s = time.monotonic() - begun_s, time.process_time() - begun_process_s
    for guest in guests:
        await guest.leave()
    late, left_out = np.concatenate([one[0] for one in told]), sum(one[1] for one in told)
    made = max(1, len(late) - left_out)
    return Carried(talks, float(np.percentile(late, 95)), left_out / len(late), took_process_s / took_s, sum(one[2] for one in told) / made)


async def first_picture_ms(stage: Stage, networks: HeadNetworks, device: str) -> float:
    """From a sentence's sound to its first picture's bytes, nobody else on stage: the middle of several."""
    listener = networks.listener.to(device)
    sound = np.random.default_rng(1).normal(0, 0.1, SENTENCE_SECONDS * SAMPLE_RATE_HZ).astype(np.float32)
    length, avatar, took = SENTENCE_SECONDS * FRAMES_PER_SECOND, some_avatar(networks.shape, LOOP, 1), []
    async with await stage.join("first", avatar) as guest:
        for turn in range(1, HEARINGS + 1):
            begun_s = time.monotonic()
            guest.begin(turn)
            heard = await asyncio.to_thread(lambda: windows(listen(listener, sound), length))
            guest.say(turn, Speech(np.zeros(length, np.int64), heard, np.zeros(length, np.bool_)))
            async for shown in guest.pictures():
                if shown.turn == turn and shown.kind == MADE and shown.patch is not None:
                    await asyncio.to_thread(encode_patch, shown.patch)
                    break
            took.append((time.monotonic() - begun_s) * 1000)
            guest.interrupt()
    return float(np.median(took))


async def measure(networks: HeadNetworks, decoder: Quality, device: str, seconds: float) -> None:
    """Print what the stage carries with this decoder."""
    async with Stage(TalkingHead(networks, decoder=decoder, device=device, frames_max=2000)) as stage:
        seats = stage.schedule.costs.seats()
        stage.schedule.costs.seats = lambda: SEATS_MAX  # type: ignore[method-assign]
        first_ms = await first_picture_ms(stage, networks, device)
        wanted = max(1, int(stage.schedule.costs.pictures_per_second() / FRAMES_PER_SECOND))
        while True:
            found = await carried(stage, networks, wanted, seconds)
            print(
                f"{decoder}: {found.talks} talks, late p95 {found.late_p95_ms:.0f} ms, {found.left_out:.1%} left out,"
                f" {found.processors:.1f} processors", flush=True,
            )  # fmt: skip
            if found.is_in_time or wanted == 1:
                break
            wanted = max(1, min(wanted - 1, int(wanted * STEP)))
        promised = found if seats == found.talks else await carried(stage, networks, seats, seconds) if seats else None
    for name, value, unit in (
        (f"first_picture_ms_{decoder}", first_ms, "ms"),
        (f"stage_seats_{decoder}", seats, "talks"),
        (f"stage_seats_late_p95_{decoder}", promised.late_p95_ms if promised else 0.0, "ms"),
        (f"stage_talks_in_time_{decoder}", found.talks if found.is_in_time else 0, "talks"),
        (f"stage_late_p95_{decoder}", found.late_p95_ms, "ms"),
        (f"stage_processors_{decoder}", found.processors, "processors"),
        (f"stage_picture_bytes_{decoder}", found.picture_bytes, "bytes"),
    ):
        print(f"{name} {value:.1f} {unit}", flush=True)


def main() -> int:
    """Measure both decoders; figures come after each, should the time run out. Return how many were lost under way."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=6.0)
    seconds = parser.parse_args().seconds
    is_card = torch.cuda.is_available()
    if not is_card:
        torch.set_num_threads(1)
        print(f"No CUDA card here: a small configuration ({SMALL.side} px) on one thread of the processor")
    networks = random_networks(PUBLISHED if is_card else SMALL, 1)
    lost = 0
    for decoder in ("quality", "turbo"):
        try:
            asyncio.run(measure(networks, decoder, "cuda" if is_card else "cpu", seconds))
        except StageLost as why:
            print(f"{decoder}: the stage was lost under way ({why}). Measure again when nothing else runs.", flush=True)
            lost += 1
    return lost


if __name__ == "__main__":
    sys.exit(main())
