"""Chance that belongs to a sentence: torch's random numbers follow its seed while it is made, and nobody else's are touched."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any


class SentenceChance:
    """The chance of sentences made on one device ("cpu", "cuda", "cuda:1")."""

    def __init__(self, device: str) -> None:
        self.device = device

    def of(self, seed: int) -> AbstractContextManager[None]:
        """A sentence's chance: enter it for each part of the making; between two parts others may draw numbers of their own."""
        return _Chance(self.device, seed)


class _Chance(AbstractContextManager[None]):
    def __init__(self, device: str, seed: int) -> None:
        self._device, self._seed = device, seed
        self._state: list[Any] = []
        self._inside: Any = None

    def __enter__(self) -> None:
        self._inside = self._forked()
        self._inside.__enter__()

    def __exit__(self, *error: object) -> None:
        self._inside.__exit__(*error)

    @contextmanager
    def _forked(self) -> Iterator[None]:
        import torch

        cards = [torch.device(self._device)] if self._device.startswith("cuda") else []
        with torch.random.fork_rng(devices=cards):
            if self._state:
                torch.set_rng_state(self._state[0])
                for card, state in zip(cards, self._state[1:], strict=True):
                    torch.cuda.set_rng_state(state, card)
            else:
                torch.manual_seed(self._seed)
            try:
                yield
            finally:
                self._state = [torch.get_rng_state(), *(torch.cuda.get_rng_state(card) for card in cards)]
