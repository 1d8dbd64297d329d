"""Blender objects from numbers: meshes with smooth subdivision, strands drawn as real hair, eyeballs turned on a lathe."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from avatar_pipeline.authoring.blender import materials
from avatar_pipeline.authoring.blender.program import bpy
from avatar_pipeline.authoring.cloth import Sheet
from avatar_pipeline.authoring.head import Head
from avatar_pipeline.authoring.head_data import Floats, Whole
from avatar_pipeline.authoring.iris import IRIS_SHARE, iris_picture
from avatar_pipeline.authoring.strands import Strands

_SIDES = 64


def _linked(thing: Any) -> Any:
    bpy.context.scene.collection.objects.link(thing)
    return thing


def mesh(name: str, points: Floats, faces: list[list[int]]) -> Any:
    """A smooth mesh object."""
    made = bpy.data.meshes.new(name)
    made.from_pydata([tuple(p) for p in points.tolist()], [], faces)
    made.update()
    made.polygons.foreach_set("use_smooth", [True] * len(made.polygons))
    return _linked(bpy.data.objects.new(name, made))


@dataclass(frozen=True, eq=False)
class Part:
    """A piece of the head that moves with it: the object, and which of the head's vertices it is made of."""

    name: str
    thing: Any
    vertices: Whole

    def place(self, points: Floats) -> None:
        """Put the object's vertices where the head's (V, 3) are."""
        self.thing.data.vertices.foreach_set("co", points[self.vertices].astype(np.float32).ravel())
        self.thing.data.update()

    def limit(self, *, on: bool) -> None:
        """Whether subdivision ends on the exact limit surface, one level deep, as the scene file wants it."""
        modifier = self.thing.modifiers["subdivide"]
        modifier.use_limit_surface = True
        modifier.levels = 1 if on else modifier.render_levels

    def evaluated(self) -> tuple[Floats, Whole, Floats]:
        """The subdivided vertices (n, 3), triangles (t, 3) and normals (n, 3)."""
        whole = self.thing.evaluated_get(bpy.context.evaluated_depsgraph_get())
        fine = whole.to_mesh()
        fine.calc_loop_triangles()
        points = _read(fine.vertices, "co", 3, np.float32).astype(float)
        triangles = _read(fine.loop_triangles, "vertices", 3, np.int32).astype(np.int64)
        normals = _read(fine.vertices, "normal", 3, np.float32).astype(float)
        whole.to_mesh_clear()
        return points, triangles, normals


def _read(items: Any, name: str, width: int, kind: Any) -> Any:
    flat = np.empty(len(items) * width, kind)
    items.foreach_get(name, flat)
    return flat.reshape(-1, width)


def part(head: Head, group: str, keep: Callable[[list[int]], bool] = lambda _: True) -> Part:
    """A group of the head as an object of its own, twice subdivided, with the data's texture places."""
    both = [(f, t) for f, t in zip(head.data.faces[group], head.data.uv_faces[group], strict=True) if keep(f)]
    vertices = np.unique([v for face, _ in both for v in face])
    number = {int(v): i for i, v in enumerate(vertices)}
    thing = mesh(group, head.rest[vertices], [[number[v] for v in face] for face, _ in both])
    places = np.array([head.data.uv[t] for _, corners in both for t in corners], np.float32)
    thing.data.uv_layers.new(name="UV").data.foreach_set("uv", places.ravel())
    modifier = thing.modifiers.new("subdivide", "SUBSURF")
    modifier.levels = modifier.render_levels = 2
    return Part(group, thing, vertices)


def sheet(piece: Sheet) -> Any:
    """A piece of cloth with its thickness."""
    thing = mesh(piece.name, piece.vertices, piece.faces)
    solid = thing.modifiers.new("thickness", "SOLIDIFY")
    solid.thickness, solid.offset = piece.thickness, 0
    if piece.corners is not None:
        thing.data.uv_layers.new(name="UV").data.foreach_set("uv", piece.corners.astype(np.float32).ravel())
        finer = thing.modifiers.new("subdivide", "SUBSURF")
        finer.levels = finer.render_levels = 1
    thing.data.materials.append(materials.cloth(piece.name, piece.fabric))
    return thing


@dataclass(frozen=True, eq=False)
class Hair:
    """Strands in the scene: the curves that are drawn and the points they are made of."""

    strands: Strands
    thing: Any
    source: Any

    def place(self, points: Floats) -> None:
        """Move all strands' points (n, k, 3)."""
        self.source.data.vertices.foreach_set("co", points.astype(np.float32).ravel())
        self.source.data.update()


def hair(strands: Strands) -> Hair:
    """Strands drawn by Cycles as real hair: a wire mesh carries points and radii, geometry nodes make curves of it."""
    count, points = strands.points.shape[:2]
    wire = bpy.data.meshes.new(strands.name + " wire")
    wire.vertices.add(count * points)
    wire.vertices.foreach_set("co", strands.points.astype(np.float32).ravel())
    first = (np.arange(count)[:, None] * points + np.arange(points - 1)).ravel()
    wire.edges.add(len(first))
    wire.edges.foreach_set("vertices", np.c_[first, first + 1].astype(np.int32).ravel())
    wire.attributes.new("radius", "FLOAT", "POINT").data.foreach_set("value", strands.radii.astype(np.float32).ravel())
    wire.update()
    source = _linked(bpy.data.objects.new(strands.name + " wire", wire))
    source.hide_render = True
    material = materials.hair(strands.name, strands.dye)
    thing = _linked(bpy.data.objects.new(strands.name, bpy.data.hair_curves.new(strands.name)))
    thing.data.materials.append(material)
    thing.modifiers.new("curves", "NODES").node_group = _curves_of(source, material)
    return Hair(strands, thing, source)


def _curves_of(source: Any, material: Any) -> Any:
    """Geometry nodes: the source's wires as curves with their radius and material."""
    group = bpy.data.node_groups.new(source.name, "GeometryNodeTree")
    group.inputs.new("NodeSocketGeometry", "Geometry")
    group.outputs.new("NodeSocketGeometry", "Geometry")
    names = ("ObjectInfo", "MeshToCurve", "SetCurveRadius", "InputNamedAttribute", "SetMaterial")
    info, curve, radius, attribute, coat = (group.nodes.new("GeometryNode" + name) for name in names)
    info.inputs["Object"].default_value = source
    attribute.data_type = "FLOAT"
    attribute.inputs["Name"].default_value = "radius"
    coat.inputs["Material"].default_value = material
    end, join = group.nodes.new("NodeGroupOutput"), group.links.new
    join(info.outputs["Geometry"], curve.inputs[0])
    join(curve.outputs[0], radius.inputs[0])
    join(next(socket for socket in attribute.outputs if socket.enabled), radius.inputs["Radius"])
    join(radius.outputs[0], coat.inputs[0])
    join(coat.outputs[0], end.inputs[0])
    return group


def eyes(head: Head) -> list[Any]:
    """Both eyeballs with their clear fronts."""
    picture = float_picture("iris", iris_picture(head.person))
    radius = head.eye_radius * 0.992
    ball, clear = _ball_profile(radius), _cornea_profile(radius)
    kinds = (("ball", ball, materials.eyeball(picture, radius)), ("cornea", clear, materials.cornea()))
    made = []
    for side, turn in (("l", -1.1), ("r", 1.1)):
        for name, profile, material in kinds:
            thing = mesh(f"eye {name} {side}", *_lathe(profile))
            thing.data.materials.append(material)
            thing.location, thing.rotation_euler = head.eyes[side].tolist(), (0, 0, math.radians(turn))
            made.append(thing)
    return made


def _ball_profile(radius: float) -> list[tuple[float, float]]:
    """(distance from the axis, how far forward): a ball with a slightly hollow iris."""
    edge = math.asin(IRIS_SHARE)
    hollow = [(radius * max(t * IRIS_SHARE, 1e-4), radius * (math.cos(edge) - 0.035 * (1 - t * t))) for t in np.linspace(0, 1, 10)]
    return hollow + [(radius * math.sin(t), radius * math.cos(t)) for t in np.linspace(edge, math.pi - 0.01, 40)[1:]]


def _cornea_profile(radius: float) -> list[tuple[float, float]]:
    """A shell just over the ball, bulging in front of the iris."""
    edge = math.asin(IRIS_SHARE) * 1.12
    angles = np.linspace(1e-3, math.pi * 0.62, 48)
    return [(radius * 1.006 * math.sin(t), radius * (1.006 * math.cos(t) + 0.085 * max(0, 1 - (t / edge) ** 2) ** 2)) for t in angles]


def _lathe(profile: list[tuple[float, float]]) -> tuple[Floats, list[list[int]]]:
    """A profile turned around the axis that points to the viewer."""
    angle = np.arange(_SIDES) * 2 * math.pi / _SIDES
    rings = [np.column_stack([r * np.cos(angle), np.full(_SIDES, -forward), r * np.sin(angle)]) for r, forward in profile]
    after = [(k + 1) % _SIDES for k in range(_SIDES)]
    rows = range(len(profile) - 1)
    faces = [
        [j * _SIDES + k, j * _SIDES + after[k], (j + 1) * _SIDES + after[k], (j + 1) * _SIDES + k] for j in rows for k in range(_SIDES)
    ]
    return np.concatenate(rings), faces


def float_picture(name: str, pixels: Floats) -> Any:
    """A Blender picture of linear RGB (h, w, 3), row 0 at the bottom."""
    height, width = pixels.shape[:2]
    made = bpy.data.images.new(name, width, height, float_buffer=True)
    made.colorspace_settings.name = "Non-Color"
    made.pixels.foreach_set(np.dstack([pixels, np.ones((height, width))]).astype(np.float32).ravel())
    made.pack()
    return made
