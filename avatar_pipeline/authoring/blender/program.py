"""Blender's own modules, where they are there: everything else in this folder asks here, so that it can be read without Blender."""

from __future__ import annotations

import importlib
import importlib.util
from typing import Any


def _module(name: str) -> Any:
    """The module, or None outside Blender."""
    return importlib.import_module(name) if importlib.util.find_spec(name.partition(".")[0]) else None


bpy: Any = _module("bpy")
mathutils: Any = _module("mathutils")
bvhtree: Any = _module("mathutils.bvhtree")
