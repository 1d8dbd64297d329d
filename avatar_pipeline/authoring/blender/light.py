"""Camera, light and wall: a soft key from the viewer's left, fill, two rims, and a plain wall behind."""

from __future__ import annotations

from typing import Any

import numpy as np

from avatar_pipeline.authoring.blender.program import bpy, mathutils
from avatar_pipeline.authoring.head import Head

DISTANCE = 16.0  # scene units from the face: a long lens flatters
_SENSOR_MM = 36
Place = tuple[float, float, float]
_Lamp = tuple[Place, float, float, Place]  # place from the face, size, power, colour
_LAMPS: tuple[_Lamp, ...] = (
    ((-4.2, -6.2, 3.6), 3.6, 640, (1, 0.955, 0.91)),
    ((5.2, -5.0, 0.6), 5.0, 120, (0.90, 0.95, 1)),
    ((0.3, -5.5, -4.0), 3.0, 70, (1, 0.95, 0.92)),
    ((4.2, 4.2, 3.2), 2.2, 420, (1, 0.97, 0.93)),
    ((-4.6, 4.4, 2.4), 2.4, 260, (0.90, 0.95, 1)),
    ((0, 1.0, 6.0), 3.5, 170, (1, 0.98, 0.96)),
)


def _linked(thing: Any) -> Any:
    bpy.context.scene.collection.objects.link(thing)
    return thing


def _facing(place: Place, aim: Place) -> Any:
    """The rotation that looks from `place` at `aim`."""
    return (mathutils.Vector(aim) - mathutils.Vector(place)).to_track_quat("-Z", "Y").to_euler()


def camera(head: Head) -> Any:
    """A camera that shows the person's frame (heights over the eyes), as square as the picture."""
    top, bottom = head.person.frame
    middle, near = (top + bottom) / 2, _face_y(head)
    lens = bpy.data.cameras.new("camera")
    lens.sensor_width, lens.lens = _SENSOR_MM, _SENSOR_MM * DISTANCE / (top - bottom)
    thing = _linked(bpy.data.objects.new("camera", lens))
    thing.location = (0, near - DISTANCE, middle + 0.25)
    thing.rotation_euler = _facing(tuple(thing.location), (0, near, middle))
    bpy.context.scene.camera = thing
    return thing


def _face_y(head: Head) -> float:
    return float(head.eyes["l"][1]) + 0.15


def lamps(head: Head) -> None:
    """Six round lamps aimed at the face, and a faint sky."""
    near = _face_y(head)
    for (x, y, z), size, power, colour in _LAMPS:
        lamp = bpy.data.lights.new("lamp", "AREA")
        lamp.shape, lamp.size, lamp.energy, lamp.color = "DISK", size, power, colour
        thing = _linked(bpy.data.objects.new("lamp", lamp))
        thing.location = (x, near + y, z)
        thing.rotation_euler = _facing((x, near + y, z), (0, near + 0.6, 1.0) if z == 6.0 else (0, near + 0.2, -0.1))
    world = bpy.data.worlds.new("sky")
    world.use_nodes = True
    sky = world.node_tree.nodes["Background"]
    sky.inputs[0].default_value, sky.inputs[1].default_value = (0.80, 0.84, 0.88, 1), 0.16
    bpy.context.scene.world = world


def project(lens: Any, points: np.ndarray[Any, Any], size_px: int) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Where points (n, 3) stand in the picture (n, 2), y down, and how far from the camera they are (n,)."""
    matrix = np.array(lens.matrix_world.inverted())
    seen = points @ matrix[:3, :3].T + matrix[:3, 3]
    depth, focal = -seen[:, 2], lens.data.lens / _SENSOR_MM
    across, up = focal * seen[:, 0] / depth, focal * seen[:, 1] / depth
    return np.stack([size_px * (0.5 + across), size_px * (0.5 - up)], -1).astype(np.float32), depth.astype(np.float32)
