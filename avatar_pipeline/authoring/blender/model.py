"""A whole person in the scene: skin, eyes, mouth, hair, clothes; and how they take a pose together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from avatar_pipeline.authoring.blender import materials
from avatar_pipeline.authoring.blender.objects import Hair, Part, eyes, hair, part, sheet
from avatar_pipeline.authoring.blender.program import bpy, bvhtree, mathutils
from avatar_pipeline.authoring.blender.shading import plain
from avatar_pipeline.authoring.cloth import Tailor
from avatar_pipeline.authoring.clothes import clothes
from avatar_pipeline.authoring.face_hair import Follower, face_hair
from avatar_pipeline.authoring.face_map import forehead_lines, skin_colour
from avatar_pipeline.authoring.hair import Scalp
from avatar_pipeline.authoring.hair import hair as hair_of
from avatar_pipeline.authoring.head import Head
from avatar_pipeline.authoring.head_data import Floats, Whole
from avatar_pipeline.authoring.surface import Surface, Tree

_MOUTH = (
    ("helper-upper-teeth", (0.80, 0.77, 0.70), 0.22, 0.25),
    ("helper-lower-teeth", (0.78, 0.75, 0.68), 0.24, 0.25),
    ("helper-tongue", (0.50, 0.16, 0.15), 0.38, 0.3),
)
_LID_MOVE = 0.004  # what a blink moves further than this is eyelid, and carries no brow
HEAD_BOTTOM = -1.6  # below this height nothing is face


def search_tree(points: Floats, faces: list[list[int]]) -> Tree:
    """Blender's search tree; it takes plain lists only."""
    tree: Tree = bvhtree.BVHTree.FromPolygons(points.tolist(), faces)
    return tree


@dataclass(frozen=True, eq=False)
class Model:
    """A person standing in the scene. `followers` hold the short hair to the face."""

    head: Head
    surface: Surface
    body: Part
    mouth: list[Part]
    eyes: list[Any]
    hair: list[Hair]
    followers: dict[str, Follower]
    cloth: list[Any]

    @property
    def things(self) -> list[Any]:
        """Everything of the person that is drawn."""
        return [self.body.thing, *self.eyes, *(p.thing for p in self.mouth), *(h.thing for h in self.hair), *self.cloth]

    def pose(self, units: dict[str, float]) -> None:
        """Move skin, teeth, tongue and short hair to these units on top of the portrait's expression."""
        points = self.head.posed(units)
        for piece in (self.body, *self.mouth):
            piece.place(points)
        for grown in self.hair:
            follower = self.followers.get(grown.strands.name)
            if follower:
                grown.place(follower.moved(grown.strands, points - self.head.rest))


def build(head: Head) -> Model:
    """Build the person in an empty scene."""
    body = part(head, "body", lambda face: all(head.rest[v, 2] > -3.0 and abs(head.rest[v, 0]) < 3.2 for v in face))
    pictures = {name: _mask(head, f"mpfb2/textures/mpfb_{name}.jpg") for name in ("lips", "eyelids")}
    places = head.data.vertex_uv()
    marks = np.column_stack([head.data.ears(), *(_read(pictures[name], places) for name in ("lips", "eyelids"))])
    surface = _surface(head, body, marks)
    _paint(body, "colour", skin_colour(head.person, head.neutral[body.vertices], marks[body.vertices]))
    _paint(body, "lines", np.repeat(forehead_lines(head.neutral[body.vertices])[:, None], 3, axis=1))
    body.thing.data.materials.append(materials.skin(head.person, pictures["lips"]))
    balls, mouth = eyes(head), [_mouth_part(head, *piece) for piece in _MOUTH]
    random = np.random.default_rng(head.person.seed)
    strands = hair_of(Scalp(head.person, surface, random)) + face_hair(head, surface, random)
    face = body.vertices[head.rest[body.vertices, 2] > HEAD_BOTTOM]
    lids = np.linalg.norm(head.posed({"eyeBlinkLeft": 1.0, "eyeBlinkRight": 1.0}) - head.rest, axis=1) > _LID_MOVE
    held = {"brow": face[~lids[face]], "beard": face, "lash": head.data.lash_vertices()}
    followers = {s.name: Follower.of(s, head, held[s.name]) for s in strands if s.name in held}
    worn = [sheet(piece) for piece in clothes(Tailor(surface, search_tree), head.person.clothes)]
    return Model(head, surface, body, mouth, balls, [hair(s) for s in strands], followers, worn)


def _mouth_part(head: Head, group: str, colour: tuple[float, float, float], roughness: float, inner_light: float) -> Part:
    piece = part(head, group)
    piece.thing.data.materials.append(plain(group, colour, roughness=roughness, specular=0.5, inner_light=inner_light).material)
    return piece


def _mask(head: Head, name: str) -> Any:
    picture = bpy.data.images.load(str(head.data.folder / name))
    picture.colorspace_settings.name = "Non-Color"
    return picture


def _read(picture: Any, places: Floats) -> Floats:
    """The mask's value (n,) at texture places (n, 2)."""
    width, height = picture.size
    grey = np.array(picture.pixels[:], np.float32).reshape(height, width, -1)[..., 0]
    column, row = (np.clip((places[:, i] * n).astype(int), 0, n - 1) for i, n in ((0, width), (1, height)))
    return np.asarray(grey[row, column], float)


def _surface(head: Head, body: Part, marks: Floats) -> Surface:
    """The finely divided body at rest, and the same vertices on the neutral mesh and in the marks: subdivision is linear."""
    points, triangles, normals = body.evaluated()
    fine: dict[str, Floats] = {}
    for name, values in (("neutral", head.neutral), ("marks", marks)):
        body.place(values)
        fine[name] = body.evaluated()[0]
    body.place(head.rest)
    tree = search_tree(points, triangles.tolist())
    return Surface(points, triangles, normals, fine["neutral"], fine["marks"], tree, mathutils.Vector)


def _paint(body: Part, name: str, colours: Floats) -> None:
    layer = body.thing.data.color_attributes.new(name, "FLOAT_COLOR", "POINT")
    layer.data.foreach_set("color", np.c_[colours, np.ones(len(colours))].astype(np.float32).ravel())


def visible(model: Model, points: Floats, skin: Whole, eye: Floats) -> Floats:
    """Which of the points a viewer at `eye` (3,) sees; only those numbered in `skin` can be seen."""
    seen = np.zeros(len(points), bool)
    for number in skin:
        towards = points[number] - eye
        far = np.linalg.norm(towards)
        hit = model.surface.tree.ray_cast(mathutils.Vector(eye), mathutils.Vector(towards / far))
        seen[number] = hit[0] is None or hit[3] > far - 0.03
    return seen
