"""The scene file: where every vertex of the face stands in the picture, at rest and for each of the 52 units."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from avatar_pipeline.authoring.blender.light import project
from avatar_pipeline.authoring.blender.model import HEAD_BOTTOM, Model, visible
from avatar_pipeline.authoring.blender.program import bpy
from avatar_pipeline.authoring.head_data import Floats


def write_scene_file(model: Model, lens: Any, size_px: int, path: Path) -> None:
    """Write positions (pixels, y down), depths (scene units), quads, groups, eyes and camera as an .npz file."""
    bpy.context.view_layer.update()
    head, pieces = model.head, [model.body, *model.mouth]
    for piece in pieces:
        piece.limit(on=True)
    at_rest = _limit(model, {})
    xy, depth = project(lens, at_rest, size_px)
    moved = [project(lens, _limit(model, {unit: 1.0}), size_px) for unit in head.data.unit_names]
    _limit(model, {})
    face = model.body.vertices[head.rest[model.body.vertices, 2] > HEAD_BOTTOM]
    groups = [face, *(p.vertices for p in model.mouth), head.data.lash_vertices()]
    number = {int(v): i for i, v in enumerate(np.concatenate(groups))}
    faces = [face for piece in pieces for face in head.data.faces[piece.name] if all(v in number for v in face)]
    eye_xy, eye_depth = project(lens, np.stack([head.eyes["l"], head.eyes["r"]]), size_px)
    focal = lens.data.lens / lens.data.sensor_width
    np.savez_compressed(
        path,
        size=size_px,
        group=np.concatenate([np.full(len(g), index) for index, g in enumerate(groups)]),
        group_names=["skin", *(p.name for p in model.mouth), "lash"],
        quads=np.array([[number[v] for v in face] for face in faces], np.int32),
        xyz=at_rest.astype(np.float32),
        xy=xy,
        depth=depth,
        visible=visible(model, at_rest, np.arange(len(face)), np.array(lens.location)),
        units=head.data.unit_names,
        unit_xy=np.stack([m[0] for m in moved]),
        unit_depth=np.stack([m[1] for m in moved]),
        eye_xy=eye_xy,
        eye_depth=eye_depth,
        eye_radius_px=(size_px * focal * head.eye_radius / eye_depth).astype(np.float32),
        focal=focal,
        expression=json.dumps(head.person.expression),
        person=json.dumps(asdict(head.person)),
    )
    for piece in pieces:
        piece.limit(on=False)
    model.pose({})


def _limit(model: Model, units: dict[str, float]) -> Floats:
    """The posed vertices of face, teeth, tongue and lashes on the limit surface of the subdivision."""
    points, head = model.head.posed(units), model.head
    face = head.rest[model.body.vertices, 2] > HEAD_BOTTOM
    placed = []
    for piece in (model.body, *model.mouth):
        piece.place(points)
        limit = piece.evaluated()[0][: len(piece.vertices)]
        placed.append(limit[face] if piece is model.body else limit)
    return np.concatenate([*placed, points[head.data.lash_vertices()]])
