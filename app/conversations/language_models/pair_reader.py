"""Read a question and a passage together, and say how surely the passage states what is asked.

A vector per text cannot tell "how much is delivery" from "who delivers" where one passage speaks of delivery. So the upper layers of the
two small models were trained on questions with their passages (tests/benchmarks/train_reader.py): the question's pieces read themselves
and the passage's pieces, layer by layer, while the passage is read alone (MORES, Gao et al. 2020; DeFormer, Cao et al. 2020), by upper
layers that were trained with them. A passage's states are therefore remembered, and a question pays only for its own dozen pieces, whatever
the passage's length.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from importlib import resources
from io import BytesIO
from threading import Lock
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from app.conversations.language_models.english_reader import english_reader
from app.conversations.language_models.graph import FLOAT, INTEGER_32, Step, written
from app.conversations.language_models.multilingual_reader import multilingual_reader
from app.conversations.language_models.side_by_side import Begun

Numbers = NDArray[np.float32]
States = NDArray[np.float16]
WEIGHTS: Final = {
    "english": ("pairs_english.npz", "42fef883eb655b2ae6c441e1d3159e208a6ec143ef2bb229967f2abe13c2868f"),
    "multilingual": ("pairs_multilingual.npz", "5de63d4f68d7bf81f9aae30e9dc453a593e816aead2e4bd4b7ec9d25ff1eb704"),
}
"""The trained layers of each model, and the digest of their file."""
QUESTION_PIECES_MAX, PASSAGE_PIECES_MAX = 40, 190
REMEMBERED_MAX = 300
"""Passages in memory per process and model: about 60 pieces with 7 times 384 halves each, 97 MB when full."""
WIDTH, HEADS, BLOCK = 384, 12, 32
INTEGER_PRODUCTS = 4
EPSILON = 1e-12
PLAIN = ("head", "head_bias", "nearness", "centres", "signs.w", "signs.b", "found.w", "found.b")
"""Weights that are no part of a graph."""
TELLS: Final = "tells"
"""Begins the names of the layers by which a passage reads itself."""
SHARPNESS = 20.0
"""How sharply a piece of the question looks at the likest pieces of the passage, before the first layer."""


class Layered(Protocol):
    """A model that gives the states before its first trained layer: shape (pieces, 384)."""

    def lower(self, text: str, role: str) -> States:
        """Read one text that asks ("query") or answers ("passage")."""
        ...


@dataclass(frozen=True)
class Told:
    """A passage as the trained layers see it: states before the first (pieces, 384), keys and values in each (layers, pieces, 384)."""

    first: States
    keys: States
    values: States


class PairReader:
    """The trained layers over one model, with a memory of passages. It loads at the first question; calls may come from any thread."""

    def __init__(self, model: Layered, weights: Mapping[str, NDArray[np.generic]]) -> None:
        """Take the model below and the trained weights."""
        self._model, self._lock = model, Lock()
        self._weights = {name: weights[name].astype(np.float32) for name in PLAIN if name in weights}
        self._skipped = int(weights["skipped"])  # the pieces that name the role
        self._count = len(weights["segments"])
        self._remembered: OrderedDict[str, Told] = OrderedDict()
        self._telling, self._asking = _session(_telling(weights)), _session(_asking(weights))

    def score(self, question: str, passages: Sequence[str], nearness: Sequence[float], parts: int = 1) -> Numbers:
        """The log-odds that each passage answers, shape (passages,). `nearness` is each one's cosine by the multilingual model.

        In several parts they are read side by side, where the machine has the cores.
        """
        asked, size = self._asked(question), -(-len(passages) // parts)
        begun = [Begun(partial(self._pooled, asked, passages[start : start + size])) for start in range(size, len(passages), size)]
        pooled = np.concatenate([self._pooled(asked, passages[:size]), *(part.result() for part in begun)])
        weight, bias, near = (self._weights[name] for name in ("head", "head_bias", "nearness"))
        scores: Numbers = (pooled @ weight + bias + near[0] * np.array(nearness, dtype=np.float32) + near[1]).astype(np.float32)
        return scores

    def _pooled(self, asked: Numbers, passages: Sequence[str]) -> Numbers:
        """What the layers make of the question beside each passage: its first piece and the mean of all, shape (passages, 768)."""
        told = [self._told(text) for text in passages]
        length = max(len(each.first) for each in told)
        keys, values = np.zeros((2, self._count, len(told), length, WIDTH), dtype=np.float32)
        mask = np.ones((len(told), len(asked) + length), dtype=np.int32)
        for row, each in enumerate(told):
            keys[:, row, : len(each.first)], values[:, row, : len(each.first)] = each.keys, each.values
            mask[row, len(asked) + len(each.first) :] = 0
        takes = {"asked": self._aligned(asked, told), "mask": mask}
        for layer in range(self._count):
            takes |= {f"{layer}.k.told": keys[layer], f"{layer}.v.told": values[layer]}
        read: Numbers = self._asking.run(None, takes)[0]
        return np.concatenate([read[:, 0], read.mean(axis=1)], axis=1)

    def warm(self, passages: Sequence[str]) -> None:
        """Read passages before the first question comes."""
        for text in passages:
            self._told(text)

    def _asked(self, question: str) -> Numbers:
        states = self._model.lower(question, "query")[:QUESTION_PIECES_MAX]
        return np.concatenate([states[:1], states[1 + self._skipped :]]).astype(np.float32)

    def _told(self, passage: str) -> Told:
        with self._lock:
            known = self._remembered.get(passage)
            if known is not None:
                self._remembered.move_to_end(passage)
                return known
        states = self._model.lower(passage, "passage")
        given = self._telling.run(None, {"told": states[None].astype(np.float32)})
        keys, values = (np.concatenate(given[part::2]).astype(np.float16) for part in (0, 1))
        told = Told(states, keys, values)
        with self._lock:
            self._remembered[passage] = told
            while len(self._remembered) > REMEMBERED_MAX:
                self._remembered.popitem(last=False)
        return told

    def _aligned(self, asked: Numbers, told: Sequence[Told]) -> Numbers:
        """For each passage the question's states (passages, asks, 384), with what each piece finds likest there added.

        Only where the weights have learned to use it.
        """
        if "found.w" not in self._weights:
            return np.repeat(asked[None], len(told), axis=0)
        weights, (own, other) = self._weights, self._weights["centres"]
        unit = _unit(asked - own)
        looks = [_look(unit, each.first.astype(np.float32), other) for each in told]
        signs, found = (np.stack(part) for part in zip(*looks, strict=True))
        added = signs @ weights["signs.w"].T + weights["signs.b"] + found @ weights["found.w"].T + weights["found.b"]
        return (asked + added).astype(np.float32)


@lru_cache(maxsize=2)
def pair_reader(name: str) -> PairReader:
    """The reader of this process: "english" or "multilingual"."""
    return PairReader(english_reader() if name == "english" else multilingual_reader(), read_weights(name))


def read_weights(name: str) -> dict[str, NDArray[np.generic]]:
    """Read what the training program wrote. Raises ValueError when it is not the file that was measured."""
    file, digest = WEIGHTS[name]
    packed = resources.files(__package__).joinpath(file).read_bytes()
    if hashlib.sha256(packed).hexdigest() != digest:
        raise ValueError(f"{file} is not the file that was measured; run make train-reader.")
    with np.load(BytesIO(packed)) as held:
        return dict(held)


def _session(model: bytes) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


class _Trained:
    """The trained weights as steps of a graph; `held` gathers those that the steps need."""

    def __init__(self, weights: Mapping[str, NDArray[np.generic]]) -> None:
        self._weights, self.held = weights, dict[str, NDArray[np.generic]]()

    def product(self, own: str, reads: str, writes: str) -> Step:
        packed = self._weights[f"{own}.w"]  # a byte or half a byte a weight
        self.held |= {f"{own}.w": packed, f"{own}.s": self.numbers(f"{own}.s").reshape(-1), f"{own}.b": self.numbers(f"{own}.b")}
        rows, blocks, size = packed.shape
        bits = 8 * size // BLOCK
        settings = {"K": blocks * BLOCK, "N": rows, "bits": bits, "block_size": BLOCK, "accuracy_level": INTEGER_PRODUCTS}
        return Step("MatMulNBits", (reads, f"{own}.w", f"{own}.s", "", "", f"{own}.b"), (writes,), settings)

    def normed(self, own: str, reads: tuple[str, str], writes: str) -> Step:
        self.held |= {f"{own}.{part}": self.numbers(f"{own}.{part}") for part in ("w", "b")}
        return Step("SkipLayerNormalization", (*reads, f"{own}.w", f"{own}.b"), (writes,), {"epsilon": EPSILON})

    def numbers(self, name: str) -> Numbers:
        return self._weights[name].astype(np.float32)


def _telling(weights: Mapping[str, NDArray[np.generic]]) -> bytes:
    """A passage read alone, as a graph: its keys and values for every layer of the question."""
    trained, steps, count, came = _Trained(weights), list[Step](), len(weights["segments"]), "told"
    for layer in range(count):
        trained.held[f"{layer}.segment"] = weights["segments"][layer].astype(np.float32)
        steps.append(Step("Add", (came, f"{layer}.segment"), (f"{layer}.told",), is_own=False))
        steps += [trained.product(f"{layer}.{name}", f"{layer}.told", f"{layer}.{name}.told") for name in ("k", "v")]
        if layer + 1 < count:
            at, next_came = f"{TELLS}{layer}.", f"told{layer + 1}"
            steps += [trained.product(at + name, came, at + name) for name in ("q", "k", "v")]
            steps.append(Step("MultiHeadAttention", (at + "q", at + "k", at + "v"), (at + "seen",), {"num_heads": HEADS}))
            steps += _after_seeing(trained, at, came, next_came)
            came = next_came
    takes: dict[str, tuple[int, Sequence[str | int]]] = {"told": (FLOAT, ("passages", "tells", WIDTH))}
    return written(steps, trained.held, takes, [f"{layer}.{name}.told" for layer in range(count) for name in ("k", "v")])


def _asking(weights: Mapping[str, NDArray[np.generic]]) -> bytes:
    """The trained layers as a graph: what asks reads itself and, beside it, what is told."""
    trained, count = _Trained(weights), len(weights["segments"])
    steps = [step for layer in range(count) for step in _layer(trained, layer)]
    takes: dict[str, tuple[int, Sequence[str | int]]] = {
        "asked": (FLOAT, ("passages", "asks", WIDTH)),
        "mask": (INTEGER_32, ("passages", "reads")),
        **{f"{layer}.{name}.told": (FLOAT, ("passages", "tells", WIDTH)) for layer in range(count) for name in ("k", "v")},
    }
    return written(steps, trained.held, takes, (f"asked{count}",))


def _layer(trained: _Trained, layer: int) -> list[Step]:
    came, at = ("asked" if layer == 0 else f"asked{layer}"), f"{layer}."
    return [
        trained.product(at + "q", came, at + "asks"),
        *(trained.product(at + name, came, f"{at}{name}.asked") for name in ("k", "v")),
        *(Step("Concat", (f"{at}{name}.asked", f"{at}{name}.told"), (at + name,), {"axis": 1}, is_own=False) for name in ("k", "v")),
        Step("MultiHeadAttention", (at + "asks", at + "k", at + "v", "", "mask"), (at + "seen",), {"num_heads": HEADS}),
        *_after_seeing(trained, at, came, f"asked{layer + 1}"),
    ]


def _after_seeing(trained: _Trained, at: str, came: str, writes: str) -> list[Step]:
    """What follows attention in a layer: its product added to what came, and the inner product, each normed."""
    return [
        trained.product(at + "o", at + "seen", at + "output"),
        trained.normed(at + "n1", (came, at + "output"), at + "attended"),
        trained.product(at + "fi", at + "attended", at + "inner"),
        Step("Gelu", (at + "inner",), (at + "middle",)),
        trained.product(at + "fo", at + "middle", at + "outer"),
        trained.normed(at + "n2", (at + "attended", at + "outer"), writes),
    ]


def _look(unit: Numbers, told: Numbers, centre: Numbers) -> tuple[Numbers, Numbers]:
    """How near a passage's likest pieces are to each piece of a question (asks, 3), and their mean, less the centre (asks, 384)."""
    likeness = unit @ _unit(told - centre).T
    best = -np.sort(-likeness, axis=1)[:, :2] if likeness.shape[1] > 1 else np.repeat(likeness, 2, axis=1)
    sharp = np.exp(SHARPNESS * (likeness - likeness.max(axis=1, keepdims=True)))
    whole = np.full((len(unit), 1), likeness.max(axis=0).mean(), dtype=np.float32)
    return np.concatenate([best, whole], axis=1), (sharp / sharp.sum(axis=1, keepdims=True)) @ told - centre


def _unit(vectors: Numbers) -> Numbers:
    unit: Numbers = vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9)
    return unit
