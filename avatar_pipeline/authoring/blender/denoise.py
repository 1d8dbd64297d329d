"""Take the noise out of one rendered picture. Run by layers.py with a Python that has the package pyoidn.

    python denoise.py EXCHANGE.npz

The file holds color, alpha, albedo and normal as float32 (h, w, 3); color and alpha are replaced by clean ones.
"""

from __future__ import annotations

import importlib
import sys
from typing import Any

import numpy as np


def denoise(path: str) -> None:
    """Clean the picture in the exchange file at `path`."""
    oidn: Any = importlib.import_module("pyoidn")
    passes = np.load(path)
    guides = {"albedo": passes["albedo"], "normal": passes["normal"]}
    color = oidn.denoise(passes["color"], hdr=True, **guides)
    alpha = oidn.denoise(passes["alpha"], **guides)
    np.savez(path, color=color, alpha=alpha)


if __name__ == "__main__":
    denoise(sys.argv[1])
