"""Write a network's graph in the runtime's own format (ONNX), from a list of steps and their weights, without a further package.

Only what multilingual_reader.py and pair_reader.py need: float, byte and integer tensors, and numbers or integers as attributes. The format
is protocol buffers; the field numbers are those of onnx.proto, version 1.16.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

FLOAT, BYTE, INTEGER_32, INTEGER_64 = 1, 2, 6, 7
_TYPES = {"float32": FLOAT, "uint8": BYTE, "int32": INTEGER_32, "int64": INTEGER_64}
VERSION = 8
OPERATORS = 17
OWN_OPERATORS = "com.microsoft"
"""The runtime's fused steps: attention, 4-bit products, sums with their norm."""


@dataclass(frozen=True)
class Step:
    """One operation: its kind, what it reads and writes by name, its settings, and whether it is one of the runtime's own."""

    kind: str
    reads: Sequence[str]
    writes: Sequence[str]
    settings: Mapping[str, int | float] = field(default_factory=dict)
    is_own: bool = True


def written(
    steps: Sequence[Step],
    weights: Mapping[str, NDArray[np.generic]],
    takes: Mapping[str, tuple[int, Sequence[str | int]]],
    gives: Sequence[str],
) -> bytes:
    """The bytes of a model. `takes` names each input with its type and axes (a word for an axis of any length); `gives` are the outputs."""
    graph = b"".join(_field(1, _step(step)) for step in steps) + _text(2, "reader")
    graph += b"".join(_field(5, _tensor(name, values)) for name, values in weights.items())
    graph += b"".join(_field(11, _value(name, kind, axes)) for name, (kind, axes) in takes.items()) + _outputs(gives)
    versions = _field(8, _text(1, "") + _number(2, OPERATORS)) + _field(8, _text(1, OWN_OPERATORS) + _number(2, 1))
    return _number(1, VERSION) + _field(7, graph) + versions


def with_outputs(model: bytes, names: Sequence[str]) -> bytes:
    """A written model that also gives these inner values: parts of a message that follow each other are one message."""
    return model + _field(7, _outputs(names))


def _outputs(names: Sequence[str]) -> bytes:
    return b"".join(_field(12, _value(name, FLOAT, ())) for name in names)


def _step(step: Step) -> bytes:
    names = b"".join(_text(1, name) for name in step.reads) + b"".join(_text(2, name) for name in step.writes)
    settings = b"".join(_field(5, _setting(name, value)) for name, value in step.settings.items())
    return names + _text(4, step.kind) + settings + (_text(7, OWN_OPERATORS) if step.is_own else b"")


def _setting(name: str, value: int | float) -> bytes:
    if isinstance(value, float):
        return _text(1, name) + _key(2, 5) + np.float32(value).tobytes() + _number(20, 1)
    return _text(1, name) + _number(3, value) + _number(20, 2)


def _tensor(name: str, values: NDArray[np.generic]) -> bytes:
    sizes = b"".join(_number(1, size) for size in values.shape)
    return sizes + _number(2, _TYPES[values.dtype.name]) + _text(8, name) + _field(9, np.ascontiguousarray(values).tobytes())


def _value(name: str, kind: int, axes: Sequence[str | int]) -> bytes:
    sizes = b"".join(_field(1, _text(2, axis) if isinstance(axis, str) else _number(1, axis)) for axis in axes)
    tensor = _number(1, kind) + (_field(2, sizes) if axes else b"")
    return _text(1, name) + _field(2, _field(1, tensor))


def _varint(value: int) -> bytes:
    out, value = bytearray(), value & (2**64 - 1)
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def _key(number: int, wire: int) -> bytes:
    return _varint(number << 3 | wire)


def _number(number: int, value: int) -> bytes:
    return _key(number, 0) + _varint(value)


def _field(number: int, body: bytes) -> bytes:
    return _key(number, 2) + _varint(len(body)) + body


def _text(number: int, text: str) -> bytes:
    return _field(number, text.encode())
