"""Mixing a drawn mouth into a face, in whole numbers, so that a card and a processor give the same bytes.

The mix of 8-bit values by an 8-bit share, rounded: `t = a * (255 - m) + b * m + 128`, then `((t >> 8) + t) >> 8`, which is
`(a * (255 - m) + b * m) / 255` to the nearest whole number for every a, b and m. Pillow pastes through a mask by the same formula.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]


def blend(below: Bytes, above: Bytes, share: Bytes) -> Bytes:
    """`above` over `below` where `share` (0..255) says so; all uint8, `share` without the colour axis."""
    weight = share[..., None].astype(np.int32)
    total = below.astype(np.int32) * (255 - weight) + above.astype(np.int32) * weight + 128
    return np.asarray(((total >> 8) + total) >> 8).astype(np.uint8)


def blend_tensors(below: Any, above: Any, share: Any) -> Any:
    """The same on torch tensors, uint8 in and out, on whatever device they lie."""
    weight = share.unsqueeze(-1).int()
    total = below.int() * (255 - weight) + above.int() * weight + 128
    return (((total >> 8) + total) >> 8).byte()


def to_pixels(pictures: Any) -> Any:
    """Pictures [n, 3, h, w] in -1..1 as uint8 [n, h, w, 3], rounded half to even, on the device they lie on."""
    return (pictures.float() * 0.5 + 0.5).clamp(0, 1).mul(255).round().byte().permute(0, 2, 3, 1)
