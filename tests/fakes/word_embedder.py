"""A small embedder for tests: hashed words and concepts as unit vectors, so that texts which share words are near. Deterministic."""

import zlib
from collections.abc import Sequence
from typing import Literal

import numpy as np

from app.conversations.knowledge.words import terms
from app.conversations.language_models.embeddings import DIMENSIONS, Vectors


def embed_words(texts: Sequence[str], _role: Literal["query", "passage"]) -> Vectors:
    """Return unit vectors (n, 384); every text keeps a common part, as the real model's vectors do."""
    vectors = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
    vectors[:, 0] = 1.0
    for row, text in enumerate(texts):
        for term in terms(text):
            vectors[row, 1 + zlib.crc32(term.encode()) % (DIMENSIONS - 1)] += 0.7
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
