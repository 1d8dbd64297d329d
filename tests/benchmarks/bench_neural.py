"""How fast talking heads are drawn: beside the loop everybody runs, and beside what the device can do at all, in the same run.

    python tests/benchmarks/bench_neural.py [--compiled-only]

On a CUDA card: the published sizes, half precision, recorded batches. Without one: a medium configuration on one thread of the processor,
which proves that everything runs, and at what share of the processor, and says nothing of a card. Weights are random: speed does not
depend on what was learned. `frames_per_second_DECODER_ROWS` has the bytes in hand; `share_of_peak` counts the lip network's and the
decoder's operations against large matrix products; `sessions_at_25fps` speak all the time. `--compiled-only` lets torch fuse the layers
first (some minutes; the largest batch alone) and is for cards.
"""

from __future__ import annotations

import argparse
import copy
import time
from dataclasses import dataclass, field

import torch
from neural_load import (
    Live,
    flop_of_parts,
    frames_per_second,
    peak_flops,
    seconds_of_parts,
    sessions_in_time,
    some_avatar,
    some_sound,
)
from neural_reference import ReferenceLoop

from avatar_pipeline.networks.head_networks import HeadNetworks, random_networks
from avatar_pipeline.networks.protocol import BUCKETS
from avatar_pipeline.networks.shape import MEDIUM, PUBLISHED
from avatar_pipeline.networks.talking_head import Quality, TalkingHead

ROWS = (1, 8, 32)
AVATARS, FRAMES = 4, 25


@dataclass
class Setting:
    """Where and how long things are measured."""

    device: torch.device
    networks: HeadNetworks
    stretch_s: float
    reference_frames: int
    started: float = field(default_factory=time.perf_counter)

    @property
    def is_card(self) -> bool:
        return self.device.type == "cuda"

    def say(self, text: str) -> None:
        print(f"[{time.perf_counter() - self.started:5.0f} s] {text}", flush=True)


def set_up() -> Setting:
    """A card with the published sizes, or one thread of the processor with medium ones."""
    if torch.cuda.is_available():
        torch.backends.cudnn.benchmark = True
        setting = Setting(torch.device("cuda"), random_networks(PUBLISHED, 1), 6.0, 400)
        setting.say(f"{torch.cuda.get_device_name()}, torch {torch.__version__}: published sizes, half precision")
        return setting
    torch.set_num_threads(1)
    setting = Setting(torch.device("cpu"), random_networks(MEDIUM, 1), 1.5, 48)
    widths = "-".join(map(str, MEDIUM.channels))
    configuration = f"a medium configuration (lip network {widths}, {MEDIUM.side} px)"
    setting.say(f"No CUDA card here: {configuration} on one thread of the processor, torch {torch.__version__}")
    return setting


def reference_fps(setting: Setting) -> float:
    """The per-session loop, after one warm stretch of it."""
    dtype = torch.float16 if setting.is_card else torch.float32
    networks = setting.networks
    lips, codec = (torch.nn.Module.to(copy.deepcopy(part), setting.device, dtype) for part in (networks.lips, networks.codec))
    loop = ReferenceLoop(lips, codec, setting.device, dtype)
    avatar, sound = some_avatar(networks.shape, FRAMES, 1), some_sound(setting.reference_frames)
    for _ in loop.draw(avatar.latents, avatar.crops, avatar.mask, sound[:16]):
        pass
    start = time.perf_counter()
    for _ in loop.draw(avatar.latents, avatar.crops, avatar.mask, sound):
        pass
    return setting.reference_frames / (time.perf_counter() - start)


@dataclass(frozen=True)
class Measured:
    """One decoder's figures."""

    name: str
    fps: dict[int, float]
    share_of_peak: float
    best: Live
    vram_gb: float


def measure(setting: Setting, decoder: Quality, peak: float, *, is_compiled: bool = False) -> Measured:
    """Speed at each batch size, the share of the device's peak at the largest, and how many sessions are served in time."""
    if setting.is_card:
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()
    name = f"{decoder}{'_compiled' if is_compiled else ''}"
    sizes = ROWS[-1:] if is_compiled else tuple(sorted({*BUCKETS, *ROWS}))
    head = TalkingHead(
        setting.networks, decoder=decoder, device=setting.device.type, buckets=sizes, frames_max=2000, is_compiled=is_compiled
    )
    facts = head.warm_up()
    setting.say(
        f"{name}: warm; a batch takes "
        + ", ".join(f"{seconds * 1000:.1f} ms ({rows})" for rows, seconds in facts.seconds_per_batch.items())
    )
    avatars = [head.keep(some_avatar(setting.networks.shape, FRAMES, seed)) for seed in range(AVATARS)]
    fps = {rows: frames_per_second(head, avatars[0], rows, setting.stretch_s) for rows in ROWS if rows in sizes}
    share = fps[ROWS[-1]] * sum(flop_of_parts(setting.networks.shape, decoder)) / peak
    best, trials = sessions_in_time(head, avatars, fps[ROWS[-1]], setting.stretch_s)
    setting.say(f"{name}: sessions tried " + ", ".join(f"{trial.sessions} ({trial.late_p95_ms:.0f} ms)" for trial in trials))
    vram = torch.cuda.max_memory_reserved() / 2**30 if setting.is_card else 0.0
    return Measured(name, fps, share, best, vram)


def say_parts(setting: Setting, decoder: Quality, peak: float) -> None:
    """Where a large batch's time goes when its parts run directly, one after the other."""
    took, rows = seconds_of_parts(setting.networks, decoder, setting.device, ROWS[-1]), ROWS[-1]
    shares = [flop * rows / seconds / peak for flop, seconds in zip(flop_of_parts(setting.networks.shape, decoder), took, strict=True)]
    setting.say(
        f"{decoder}, parts alone, {rows} rows: lip network {took[0] * 1000:.1f} ms ({shares[0]:.0%} of the peak), "
        f"decoder {took[1] * 1000:.1f} ms ({shares[1]:.0%})"
    )


def print_table(measured: list[Measured], reference: float) -> None:
    """One line a decoder, for people."""
    heads = [f"{rows} a batch" for rows in ROWS] + ["speedup", "of peak", "sessions", "p95 ms", "GB"]
    print("\n" + f"{'decoder':18}" + "".join(f"{head:>11}" for head in heads))
    for one in measured:
        cells = (
            "".join(f"{one.fps.get(rows, 0):11.1f}" for rows in ROWS) + f"{one.fps[ROWS[-1]] / reference:11.1f}{one.share_of_peak:11.2f}"
        )
        print(f"{one.name:18}{cells}{one.best.sessions:11}{one.best.late_p95_ms:11.1f}{one.vram_gb:11.1f}")


def main() -> None:
    """Measure, print a table and, last, one line per figure."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--compiled-only", action="store_true")
    wanted = parser.parse_args()
    setting = set_up()
    peak = peak_flops(setting.device)
    setting.say(f"large matrix products: {peak / 1e12:.2f} TFLOP/s")
    reference = reference_fps(setting)
    setting.say(f"the per-session loop: {reference:.1f} frames/s")
    measured: list[Measured] = []
    for decoder in ("quality", "turbo"):
        if not wanted.compiled_only:
            say_parts(setting, decoder, peak)
        measured.append(measure(setting, decoder, peak, is_compiled=wanted.compiled_only))
        print_table(measured, reference)  # each time, should the time run out
        print_figures(setting, measured, reference, peak)


def print_figures(setting: Setting, measured: list[Measured], reference: float, peak: float) -> None:
    """One line a figure, for programs."""
    print(f"device {torch.cuda.get_device_name().replace(' ', '_') if setting.is_card else 'processor_medium_configuration'} name")
    print(f"reference_fps {reference:.1f} frames/s")
    print(f"matrix_rate {peak / 1e12:.3f} TFLOP/s")
    for one in measured:
        for rows, fps in one.fps.items():
            print(f"frames_per_second_{one.name}_{rows} {fps:.1f} frames/s")
        print(f"speedup_{one.name} {one.fps[ROWS[-1]] / reference:.2f} ratio")
        print(f"share_of_peak_{one.name} {one.share_of_peak:.3f} ratio")
        print(f"sessions_at_25fps_{one.name} {one.best.sessions} sessions")
        print(f"late_p95_{one.name} {one.best.late_p95_ms:.1f} ms")
        print(f"vram_gb_{one.name} {one.vram_gb:.2f} GiB")


if __name__ == "__main__":
    main()
