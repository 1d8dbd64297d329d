"""Where a model out of a folder runs on this machine: on its card when there is one with room, else on the processor; or as configured."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from avatar_pipeline.errors import NeuralPartsMissing, StageRefusal

AUTO: Final = "auto"
ROOM: Final = 1.5
"""A model at work takes its weights and half as much again."""
WEIGHT_FILES: Final = (".safetensors", ".bin", ".pth", ".pt")


class DeviceNotHere(StageRefusal):
    """The configured device is not on this machine."""


def device_for(wanted: str, folder: Path) -> str:
    """The device ("cpu", "cuda", "cuda:1") for the model in a folder. `wanted` is one of these or "auto": the card with the most room.

    Raises DeviceNotHere for a card that is not here, NeuralPartsMissing without torch.
    """
    if wanted == "cpu":
        return wanted
    try:
        import torch
    except ImportError as error:
        raise NeuralPartsMissing("A model from a folder needs the neural parts. Run make setup-neural.") from error
    cards = torch.cuda.device_count() if torch.cuda.is_available() else 0
    free = [int(torch.cuda.mem_get_info(number)[0]) for number in range(cards)]
    return chosen(wanted, free, bytes_of(folder))


def chosen(wanted: str, free_bytes: list[int], model_bytes: int) -> str:
    """The same from what each card has free and what the model takes. Raises DeviceNotHere."""
    if wanted == AUTO:
        best = max(range(len(free_bytes)), key=free_bytes.__getitem__, default=None)
        return f"cuda:{best}" if best is not None and free_bytes[best] >= ROOM * model_bytes else "cpu"
    kind, _, number = wanted.partition(":")
    if kind != "cuda" or (number and not number.isdigit()):
        raise DeviceNotHere(f'No device is called {wanted!r}. Say "auto", "cpu", "cuda" or "cuda:1".')
    if int(number or 0) >= len(free_bytes):
        raise DeviceNotHere(f"{wanted} was configured, and this machine has {len(free_bytes)} graphics cards that torch can use.")
    return wanted


def bytes_of(folder: Path) -> int:
    """What the weights in a folder take."""
    return sum(path.stat().st_size for path in folder.glob("*") if path.suffix in WEIGHT_FILES)


def held_bytes() -> int:
    """What this process holds of its first card already; nothing when it has not loaded torch."""
    torch = sys.modules.get("torch")
    return int(torch.cuda.memory_reserved(0)) if torch is not None and torch.cuda.is_available() else 0
