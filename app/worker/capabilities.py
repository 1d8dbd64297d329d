"""What a machine can do, and which queues it therefore hears: GPU work goes only where its engine and its memory are.

A queue's name says what its work needs: `gpu.musetalk.16` is work for the engine "musetalk" on a card with 16 GB or more. A machine listens
on every queue whose need it meets, so nothing is ever sent to a worker by name and one that joins is simply there.
"""

import shutil
import subprocess
from dataclasses import dataclass
from typing import Final

from app.worker.celery_app import GPU_QUEUE
from avatar_pipeline.neural_device import held_bytes

CARD_CLASSES_GB: Final = (0, 8, 16, 24, 48, 80)
"""Sizes of cards that work may ask for; 0 is work that needs the engine and no card."""
QUERY: Final = ("nvidia-smi", "--query-gpu=name,memory.total,memory.free", "--format=csv,noheader,nounits")
QUERY_SECONDS_MAX: Final = 10


@dataclass(frozen=True)
class Capabilities:
    """A machine: its card in words ("" without one), the card's memory, the engines that are installed with their weights, what is free."""

    device: str = ""
    vram_mb: int = 0
    engines: tuple[str, ...] = ()
    vram_free_mb: int = 0

    def meets(self, engine: str, vram_gb: int = 0) -> bool:
        """Whether it can do work that needs this engine and a card of this size."""
        return engine in self.engines and _card_class(vram_gb) * 1000 <= self.vram_mb


def queue_for(engine: str, vram_gb: int = 0) -> str:
    """The queue of work with this need. Raises ValueError for more memory than any card of the classes."""
    return f"{GPU_QUEUE}.{engine}.{_card_class(vram_gb)}"


def queue_for_memory(engine: str, needs_mb: int) -> str:
    """The queue of work that takes so much memory: the smallest class of cards in which it fits. Raises ValueError as above."""
    return queue_for(engine, -(-needs_mb // 1000))


def queues_of(machine: Capabilities) -> tuple[str, ...]:
    """Every queue whose work the machine can do."""
    return tuple(queue_for(engine, size) for engine in machine.engines for size in CARD_CLASSES_GB if machine.meets(engine, size))


def this_machine(engines: str) -> Capabilities:
    """What this machine says of itself: `engines` as the setting has them, comma-separated; its first card as the driver tells."""
    named = tuple(name.strip() for name in engines.split(",") if name.strip())
    if shutil.which(QUERY[0]) is None:
        return Capabilities(engines=named)
    try:
        told = subprocess.run(QUERY, capture_output=True, text=True, timeout=QUERY_SECONDS_MAX, check=True).stdout
    except (subprocess.SubprocessError, OSError):
        return Capabilities(engines=named)
    return card_of(told, named)


def card_of(told: str, engines: tuple[str, ...]) -> Capabilities:
    """Read the first line of the driver's answer, such as `NVIDIA H200, 143771, 140203`."""
    name, *numbers = told.partition("\n")[0].rsplit(",", 2)
    if len(numbers) != 2 or not all(number.strip().isdigit() for number in numbers):
        return Capabilities(engines=engines)
    return Capabilities(name.strip(), int(numbers[0]), engines, int(numbers[1]))


def room_of(machine: Capabilities) -> int:
    """How much of its card a machine could give to work now, MB: what is free, and what this process holds of it already."""
    return this_machine(",".join(machine.engines)).vram_free_mb + held_bytes() // 10**6 if machine.device else 0


def _card_class(vram_gb: int) -> int:
    for size in CARD_CLASSES_GB:
        if vram_gb <= size:
            return size
    raise ValueError(f"No class of cards has {vram_gb} GB; the largest is {CARD_CLASSES_GB[-1]}.")
