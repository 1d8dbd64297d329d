"""A face ready to be drawn: load a rig by file, and turn rows of a motion score into pictures.

This is the front door to the rig room for everyone who needs pixels on this machine; browsers get the rig file itself.
"""

from __future__ import annotations

from pathlib import Path

from avatar_pipeline.rig.errors import RigUnreadable
from avatar_pipeline.rig.read_rig import read_rig
from avatar_pipeline.rig.render import FaceRenderer
from avatar_pipeline.rig.rig import Rig

__all__ = ["FaceRenderer", "Rig", "RigUnreadable", "load_rig", "read_rig"]


def load_rig(path: Path) -> Rig:
    """Read a rig file from disk. Raises `RigUnreadable` when it is missing, damaged or of an unknown version."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise RigUnreadable(f"The rig file {path.name} cannot be read: {error.strerror}.") from error
    return read_rig(data)
