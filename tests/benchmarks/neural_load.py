"""What the neural benchmark needs besides the networks: avatars to draw, the device's own ceiling, the work in a frame, live sessions."""

from __future__ import annotations

import copy
import heapq
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from avatar_pipeline.networks.face_codec import build_codec, build_turbo, decode, decode_turbo
from avatar_pipeline.networks.head_networks import HeadNetworks
from avatar_pipeline.networks.lip_network import CHANNELS_IN, build_lip_network
from avatar_pipeline.networks.protocol import AvatarFrames, Batch
from avatar_pipeline.networks.shape import HeadShape
from avatar_pipeline.networks.talking_head import Quality, TalkingHead
from avatar_pipeline.scheduling.line import AHEAD_SECONDS

FRAMES_PER_SECOND = 25
ALLOWED_S = 0.040  # a picture may come as late as it is shown


def some_avatar(shape: HeadShape, frames: int, seed: int) -> AvatarFrames:
    """Frames of noise: how long the networks take does not depend on what they look at."""
    draw = np.random.default_rng(seed)
    latents = draw.normal(size=(frames, CHANNELS_IN, shape.latent_side, shape.latent_side)).astype(np.float32)
    crops = draw.integers(0, 256, (frames, shape.side, shape.side, 3), np.uint8)
    mask = np.zeros((shape.side, shape.side), np.uint8)
    mask[shape.side * 5 // 8 :, shape.side // 8 : -shape.side // 8] = 255
    return AvatarFrames(latents, crops, mask)


def some_sound(rows: int, seed: int = 1) -> NDArray[np.float32]:
    """Windows of noise."""
    return np.random.default_rng(seed).normal(size=(rows, 50, 384)).astype(np.float32)


def flop_of_parts(shape: HeadShape, decoder: Quality) -> tuple[int, int]:
    """Floating point operations for one frame of the lip network and of the decoder, a multiplication with an addition counted as two."""
    from torch.utils.flop_counter import FlopCounterMode

    side = shape.latent_side
    with torch.device("meta"), torch.inference_mode():
        with FlopCounterMode(display=False) as of_lips:
            drawn = build_lip_network(shape)(torch.empty(1, CHANNELS_IN, side, side), torch.zeros(1), torch.empty(1, 50, 384)).sample
        with FlopCounterMode(display=False) as of_decoder:
            if decoder == "turbo":
                decode_turbo(build_turbo(shape), drawn)
            else:
                decode(build_codec(shape), drawn)
    return int(of_lips.get_total_flops()), int(of_decoder.get_total_flops())


def seconds_of_parts(networks: HeadNetworks, decoder: Quality, device: torch.device, rows: int) -> tuple[float, float]:
    """What the lip network and the decoder take alone for a batch, run directly: where a batch's time goes. The middle of nine runs."""
    is_card, side = device.type == "cuda", networks.shape.latent_side
    dtype, memory = (torch.float16, torch.channels_last) if is_card else (torch.float32, torch.contiguous_format)
    lips, codec = (
        torch.nn.Module.to(torch.nn.Module.to(copy.deepcopy(part), device, dtype), memory_format=memory)
        for part in (networks.lips, networks.turbo if decoder == "turbo" else networks.codec)
    )
    faces = torch.randn(rows, CHANNELS_IN, side, side, device=device, dtype=dtype).contiguous(memory_format=memory)
    heard, moment = torch.randn(rows, 50, 384, device=device, dtype=dtype), torch.zeros((1,), dtype=torch.long, device=device)
    with torch.inference_mode():
        drawn = lips(faces, moment, heard, return_dict=False)[0]
        works = (lambda: lips(faces, moment, heard), lambda: (decode_turbo if decoder == "turbo" else decode)(codec, drawn))
        first, second = (_middle_s(work, is_card=is_card) for work in works)
    return first, second


def _middle_s(work: Callable[[], object], *, is_card: bool) -> float:
    took = []
    for _ in range(9):
        begun = time.perf_counter()
        work()
        if is_card:
            torch.cuda.synchronize()
        took.append(time.perf_counter() - begun)
    return float(np.median(took))


def peak_flops(device: torch.device) -> float:
    """What this device does in large matrix products of the precision the networks run in, operations a second, best of five."""
    is_card = device.type == "cuda"
    side, dtype = (8192, torch.float16) if is_card else (768, torch.float32)
    left, right = (torch.randn(side, side, device=device, dtype=dtype) for _ in range(2))
    best = np.inf
    for _ in range(8):
        start = time.perf_counter()
        for _ in range(4):
            left @ right
        if is_card:
            torch.cuda.synchronize()
        best = min(best, (time.perf_counter() - start) / 4)
    return float(2 * side**3 / best)


def frames_per_second(head: TalkingHead, avatar: int, rows: int, seconds: float) -> float:
    """Pictures a second with batches of `rows`, two under way at a time, bytes in hand; best of three stretches."""
    frames = np.arange(rows, dtype=np.int64) % 25
    batch = Batch(np.full(rows, avatar, np.int64), frames, some_sound(rows))
    best = 0.0
    for _ in range(3):
        done, under_way, start = 0, deque([head.submit(batch)]), time.perf_counter()
        while (passed := time.perf_counter() - start) < seconds / 3 or not done:
            under_way.append(head.submit(batch))
            under_way.popleft().take()
            done += rows
        best = max(best, done / passed)
        under_way.popleft().take()
    return best


@dataclass(frozen=True)
class Live:
    """How a number of live sessions fared: how late pictures were, and how many were made."""

    sessions: int
    late_p95_ms: float
    pictures: int

    @property
    def is_in_time(self) -> bool:
        """Whether 95 of 100 pictures came within the time one is shown."""
        return self.late_p95_ms < ALLOWED_S * 1000


def live(head: TalkingHead, avatars: list[int], sessions: int, seconds: float) -> Live:
    """Sessions that all speak without a pause, each with its own beat, for some seconds of real time; the earliest picture first.

    A picture can be drawn from AHEAD_SECONDS before it is due, as on the stage (a sentence's sound is whole before it is heard), and
    counts as late from the moment it is due.
    """
    beats = np.random.default_rng(3).random(sessions) / FRAMES_PER_SECOND
    waiting = [(float(beat), number, 0) for number, beat in enumerate(beats)]
    heapq.heapify(waiting)
    late: list[float] = []
    sound, largest, start = some_sound(head.buckets[-1]), head.buckets[-1], time.perf_counter()
    under_way: deque[tuple[object, list[float]]] = deque()

    def finish() -> None:
        pictures, moments = under_way.popleft()
        pictures.take()  # type: ignore[attr-defined]
        now = time.perf_counter() - start
        late.extend(max(0.0, now - moment) for moment in moments)

    while waiting and waiting[0][0] < seconds:
        now, rows = time.perf_counter() - start, []
        while waiting and len(rows) < largest and waiting[0][0] <= min(now, seconds):
            moment, number, frame = heapq.heappop(waiting)
            rows.append((moment + AHEAD_SECONDS, number, frame))
            heapq.heappush(waiting, (moment + 1 / FRAMES_PER_SECOND, number, frame + 1))
        if rows:
            owners = np.array([avatars[number % len(avatars)] for _, number, _ in rows], np.int64)
            frames = np.array([frame % 25 for _, _, frame in rows], np.int64)
            under_way.append((head.submit(Batch(owners, frames, sound[: len(rows)])), [moment for moment, _, _ in rows]))
        while under_way and (len(under_way) > 1 or not rows):
            finish()
        if not rows and not under_way:
            time.sleep(0.0005)
        if now > seconds * 3:  # hopelessly behind: what is left would only be later
            break
    while under_way:
        finish()
    return Live(sessions, float(np.percentile(late, 95)) * 1000, len(late))


def sessions_in_time(head: TalkingHead, avatars: list[int], capacity: float, seconds: float) -> tuple[Live, list[Live]]:
    """The most sessions whose pictures come in time, searched downward from what the measured speed allows; all trials too."""
    sessions, trials = max(1, int(capacity / FRAMES_PER_SECOND)), []
    while True:
        trials.append(live(head, avatars, sessions, seconds))
        if trials[-1].is_in_time or sessions == 1:
            best = trials[-1] if trials[-1].is_in_time else Live(0, trials[-1].late_p95_ms, 0)
            return best, trials
        sessions = max(1, min(sessions - 1, int(sessions * 0.92)))
