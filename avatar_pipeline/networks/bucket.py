"""One batch size: where its inputs lie, how it runs, and how its bytes come back.

On a card the inputs go through page-locked memory to addresses that never change, the recorded graph is replayed, and the patches are
copied to page-locked memory while the next batch may already be gathered. Four copies are kept in turn, so patches must be taken before
the fourth batch after theirs is started.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

COPIES: Final = 4
WARM_RUNS: Final = 3


class Pictures:
    """A batch under way. `take` waits for it and gives uint8 [rows, height, side, 3]."""

    def __init__(self, patches: Any, rows: int, done: Any | None) -> None:
        self._patches, self._rows, self._done = patches, rows, done

    def is_ready(self) -> bool:
        """Whether the copy to page-locked memory is over; on a processor it is when `run` returns."""
        return self._done is None or bool(self._done.query())

    def take(self) -> NDArray[np.uint8]:
        """Wait for the patches and copy them out; the filling of the batch stays behind."""
        if self._done is not None:
            self._done.synchronize()
        return np.array(self._patches[: self._rows].numpy())


class Bucket:
    """Runs batches of one size. `draw` takes places of frames, places of masks and sound, all tensors of `size` rows."""

    def __init__(self, size: int, draw: Callable[[Any, Any, Any], Any], like: Any, *, has_graph: bool, pool: Any = None) -> None:
        """Take the inputs' memory beside `like` (a tensor [50, 384]) and, with `has_graph`, record `draw`.

        Buckets of one `pool` work in the same memory: they run one after the other, and each one's bytes are on their way out before the
        next begins. The largest should be recorded first.
        """
        import torch

        self.size, self._draw, self._like = size, draw, like
        self._is_card, self._turn = like.device.type == "cuda", 0
        self._frames, self._masks = (torch.zeros(size, dtype=torch.long, device=like.device) for _ in range(2))
        self._sound = torch.zeros((size, *like.shape), dtype=like.dtype, device=like.device)
        self._inputs = [self._locked(self._frames, self._masks, self._sound) for _ in range(COPIES)]
        self._outputs: list[Any] = [None] * COPIES
        self._copied: list[Any] = [torch.cuda.Event() if self._is_card else None for _ in range(COPIES)]
        self._graph: Any = None
        self._pool = pool
        self._patches: Any = None
        if has_graph:
            self._graph, self._patches = self._record()

    def run(self, frames: NDArray[np.int64], masks: NDArray[np.int64], sound: NDArray[np.float32]) -> Pictures:
        """Start a batch of up to `size` rows; what is missing is filled with nobody's frame and silence."""
        import torch

        rows, turn = len(frames), self._turn
        self._turn = (turn + 1) % COPIES
        with torch.inference_mode():
            if self._is_card:
                self._copied[turn].synchronize()  # the copy that last used this memory
            for held, target, given in zip(
                self._inputs[turn], (self._frames, self._masks, self._sound), (frames, masks, sound), strict=True
            ):
                held[rows:] = 0
                held[:rows] = torch.from_numpy(given)
                target.copy_(held, non_blocking=True)
            if self._graph is not None:
                self._graph.replay()
                patches = self._patches
            else:
                patches = self._draw(self._frames, self._masks, self._sound)
            return self._handed_out(patches, rows, turn)

    def _handed_out(self, patches: Any, rows: int, turn: int) -> Pictures:
        import torch

        if not self._is_card:
            return Pictures(patches, rows, None)
        if self._outputs[turn] is None:
            self._outputs[turn] = torch.empty(patches.shape, dtype=patches.dtype, pin_memory=True)
        self._outputs[turn].copy_(patches, non_blocking=True)
        self._copied[turn].record()
        return Pictures(self._outputs[turn], rows, self._copied[turn])

    def _locked(self, *tensors: Any) -> list[Any]:
        import torch

        return [torch.zeros(tensor.shape, dtype=tensor.dtype, pin_memory=self._is_card) for tensor in tensors]

    def _record(self) -> tuple[Any, Any]:
        """Run `draw` beside the main stream until kernels are chosen, then record it."""
        import torch

        aside = torch.cuda.Stream(self._like.device)
        aside.wait_stream(torch.cuda.current_stream())
        with torch.inference_mode():
            with torch.cuda.stream(aside):
                for _ in range(WARM_RUNS):
                    self._draw(self._frames, self._masks, self._sound)
            torch.cuda.current_stream().wait_stream(aside)
            graph = torch.cuda.CUDAGraph()
            with torch.cuda.graph(graph, pool=self._pool):
                patches = self._draw(self._frames, self._masks, self._sound)
        return graph, patches
