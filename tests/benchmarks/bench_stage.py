"""The stage's schedule alone, on the processor, over a network of fixed cost that draws fingerprints: `make bench-stage`.

Two hundred talks come and go under a clock of thought, three towns from three seeds: they speak, stall, are cut short, close their tab
in the middle of a word. Each picture's lateness is held against an oracle that knows every moment beforehand and may cut its work as
fine as it likes at the best rate the network has; nothing real can be less late. Unfairness is the worst talk's mean waiting over the
mean of all talks, from the moment a picture may be drawn to the moment it is, whatever the talk itself did meanwhile. Then twelve
talks over the real stage, with its thread, for five seconds of the real clock.
"""

import asyncio
import heapq
import time
from dataclasses import dataclass

import numpy as np
from fakes.fixed_cost_network import FixedCostNetwork, avatar_of, costs_of
from fakes.stage_town import Town

from avatar_pipeline.scheduling.wanted import FRAME_SECONDS
from avatar_pipeline.stage import MADE, Speech, Stage

SEEDS, PEOPLE, COME_WITHIN_S = (2026, 11, 22), 200, 120.0
BASE_S, EACH_S = 0.004, 0.0012
"""A card that needs 42 ms for thirty-two pictures and 5 ms for one."""
PICTURES_MIN = 25
REAL_TALKS, REAL_SECONDS = 12, 5.0


@dataclass(frozen=True)
class Figures:
    """What one town came to."""

    late_p95_ms: float
    late_share: float
    oracle_p95_ms: float
    unfairness: float
    wait_mean_ms: float
    leaked: int
    crossed: int
    refused_share: float
    full_rate_share: float


def oracle_late_s(jobs: list[tuple[float, float]], seconds_each: float) -> list[float]:
    """Lateness of every (free, due) picture under preemptive deadline order at a fixed rate, all known beforehand: the least there is."""
    waiting: list[float] = []
    now_s, late = 0.0, []
    ordered = sorted(jobs)
    place = 0
    while place < len(ordered) or waiting:
        if not waiting:
            now_s = max(now_s, ordered[place][0])
        while place < len(ordered) and ordered[place][0] <= now_s:
            heapq.heappush(waiting, ordered[place][1])
            place += 1
        now_s += seconds_each
        late.append(max(0.0, now_s - heapq.heappop(waiting)))
    return late


def figures_of(seed: int) -> Figures:
    """Let a town live and count."""
    costs = costs_of(BASE_S, EACH_S)
    town = Town(seed, costs)
    town.people(PEOPLE, within_s=COME_WITHIN_S)
    town.run()
    talks = [talk for talk in town.ended if len(talk.waits_s) >= PICTURES_MIN]
    means = np.array([np.mean(talk.waits_s) for talk in talks])
    best_rate = max(bucket / seconds for bucket, seconds in costs.items())
    late = np.array(town.late_s)
    return Figures(
        late_p95_ms=float(np.percentile(late, 95)) * 1000,
        late_share=float((late > 0).mean()),
        oracle_p95_ms=float(np.percentile(oracle_late_s(town.jobs, 1 / best_rate), 95)) * 1000,
        unfairness=float(means.max() / means.mean()),
        wait_mean_ms=float(means.mean()) * 1000,
        leaked=town.leaked + len(town.schedule.tickets) + town.at_work.avatars_kept,
        crossed=town.crossed,
        refused_share=town.refused / town.begun,
        full_rate_share=town.network.pictures / town.busy_s / best_rate,
    )


async def real_late_ms() -> tuple[list[float], float]:
    """Talk over the real stage; give each picture's lateness and the processor's time per picture in microseconds."""
    network, late = FixedCostNetwork(costs_of(BASE_S, EACH_S), sleep=time.sleep), list[float]()
    avatar, length = avatar_of(1), round(REAL_SECONDS / FRAME_SECONDS)
    sound = np.random.default_rng(1).standard_normal((length, 2, 2)).astype(np.float32)
    speech = Speech(np.zeros(length, np.int64), sound, np.zeros(length, np.bool_))

    async def talk(stage: Stage) -> None:
        async with await stage.join("one", avatar) as guest:
            guest.begin(1)
            guest.say(1, speech)
            guest.end(1)
            seen = 0
            async for shown in guest.pictures():
                late.append(max(0.0, time.monotonic() - shown.due_at_s) * 1000 if shown.kind == MADE else 2000 * FRAME_SECONDS)
                seen += 1
                if seen == length:
                    return

    begun_s = time.process_time()
    async with Stage(network) as stage:
        await asyncio.gather(*(talk(stage) for _ in range(REAL_TALKS)))
    return late, (time.process_time() - begun_s) / len(late) * 1e6


def main() -> None:
    """Print the table and the figures."""
    towns = [figures_of(seed) for seed in SEEDS]
    print(f"{PEOPLE} talks within {COME_WITHIN_S:.0f} s, a network of {BASE_S * 1000:.0f} ms and {EACH_S * 1000:.1f} ms a picture")
    print(f"{'seed':>6} {'late p95':>9} {'oracle':>9} {'late':>7} {'mean wait':>10} {'unfair':>7} {'refused':>8} {'of full rate':>13}")
    for seed, one in zip(SEEDS, towns, strict=True):
        print(
            f"{seed:>6} {one.late_p95_ms:>6.1f} ms {one.oracle_p95_ms:>6.1f} ms {one.late_share:>7.2%} {one.wait_mean_ms:>7.1f} ms"
            f" {one.unfairness:>7.2f} {one.refused_share:>8.1%} {one.full_rate_share:>13.1%}"
        )
    late, microseconds = asyncio.run(real_late_ms())
    print(
        f"real stage, {REAL_TALKS} talks of {REAL_SECONDS:.0f} s: late p95 {np.percentile(late, 95):.1f} ms, {microseconds:.0f} us each\n"
    )
    for name, value, unit in (
        ("late_p95_ms", max(one.late_p95_ms for one in towns), "ms"),
        ("oracle_late_p95_ms", max(one.oracle_p95_ms for one in towns), "ms"),
        ("late_share_percent", max(one.late_share for one in towns) * 100, "percent"),
        ("unfairness", max(one.unfairness for one in towns), "worst/mean"),
        ("leaked_sessions", sum(one.leaked for one in towns), "sessions"),
        ("crossed_pixels", sum(one.crossed for one in towns), "pictures"),
        ("refused_turns_percent", max(one.refused_share for one in towns) * 100, "percent"),
        ("of_full_rate_percent", min(one.full_rate_share for one in towns) * 100, "percent"),
        ("real_stage_late_p95_ms", float(np.percentile(late, 95)), "ms"),
        ("real_stage_us_per_picture", microseconds, "us"),
    ):
        print(f"{name} {value:.3f} {unit}")


if __name__ == "__main__":
    main()
