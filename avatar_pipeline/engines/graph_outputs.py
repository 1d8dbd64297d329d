"""Asking a packaged ONNX model for what it computes and does not tell, without parsing it and without touching a weight.

Protocol Buffers merge a message that appears twice: repeated fields are joined. So a second `ModelProto.graph` (field 7)
holding nothing but one `GraphProto.output` (field 12), appended to the file, adds that output and changes nothing else.
See "Last One Wins" in the Protocol Buffers encoding guide.
"""

from __future__ import annotations

from typing import Final

_PAYLOAD_BYTES_MAX: Final = 127  # so that each length is one byte


def with_outputs(model: bytes, *names: str) -> bytes:
    """Give the ONNX model with the named values of its graph as further outputs (float tensors), in that order.

    ValueError for a name so long that its entry would not fit in 127 bytes.
    """
    return model + b"".join(_field(7, _field(12, _value(name))) for name in names)


def _value(name: str) -> bytes:
    tensor_type = _field(1, bytes([1 << 3, 1]))  # TypeProto.tensor_type { elem_type: FLOAT }
    return _field(1, name.encode()) + _field(2, tensor_type)  # ValueInfoProto { name, type }


def _field(number: int, payload: bytes) -> bytes:
    if len(payload) > _PAYLOAD_BYTES_MAX:
        raise ValueError(f"A value's entry may have {_PAYLOAD_BYTES_MAX} bytes, not {len(payload)}.")
    return bytes([number << 3 | 2, len(payload)]) + payload
