"""Render the layers a rig is made of, and take the noise out of them with Open Image Denoise in a Python of its own."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from avatar_pipeline.authoring.blender.model import Model
from avatar_pipeline.authoring.blender.program import bpy
from avatar_pipeline.authoring.head_data import Floats
from avatar_pipeline.rig.rig import OPEN_JAW

Box = tuple[float, float, float, float]  # left, right, top, bottom as shares of the square
EYES_BOX: Box = (0.30, 0.70, 0.38, 0.57)
JAW_BOX: Box = (0.29, 0.71, 0.51, 0.96)
_PASSES = ("Image", "Denoising Albedo", "Denoising Normal")
_CYCLES: dict[str, Any] = {
    "use_denoising": False, "use_adaptive_sampling": True, "adaptive_threshold": 0.03, "max_bounces": 7, "diffuse_bounces": 3,
    "glossy_bounces": 4, "transmission_bounces": 5, "transparent_max_bounces": 12, "sample_clamp_indirect": 6,
    "caustics_reflective": False, "caustics_refractive": False, "pixel_filter_type": "BLACKMAN_HARRIS", "filter_width": 1.3,
}  # fmt: skip


@dataclass(frozen=True)
class Darkroom:
    """Where pictures go, how large and how finely sampled they are, and which Python has the denoiser."""

    folder: Path
    size_px: int
    samples: int
    denoiser: Path
    wanted: frozenset[str] = frozenset()  # only these layers; none named means all

    @property
    def scratch(self) -> Path:
        """A folder for the raw passes."""
        return self.folder / "passes"

    def prepare(self) -> None:
        """Set up Cycles, its passes and the film's look."""
        scene = bpy.context.scene
        scene.render.engine = "CYCLES"
        for name, value in _CYCLES.items():
            setattr(scene.cycles, name, value)
        scene.cycles.samples = self.samples
        scene.render.resolution_x = scene.render.resolution_y = self.size_px
        scene.render.resolution_percentage, scene.render.film_transparent = 100, True
        scene.view_settings.view_transform, scene.view_settings.look = "Filmic", "High Contrast"
        scene.view_settings.exposure = -0.1
        scene.cycles_curves.shape, scene.cycles_curves.subdivisions = "RIBBONS", 2
        scene.view_layers[0].cycles.denoising_store_passes = True
        self.scratch.mkdir(parents=True, exist_ok=True)
        scene.render.filepath = str(self.scratch / "frame.png")
        scene.use_nodes = True
        scene.node_tree.nodes.clear()
        source, files = (scene.node_tree.nodes.new("CompositorNode" + kind) for kind in ("RLayers", "OutputFile"))
        files.base_path, files.format.file_format = str(self.scratch), "OPEN_EXR"
        files.format.color_depth, files.format.color_mode = "32", "RGBA"
        files.file_slots.clear()
        for name in _PASSES:
            files.file_slots.new(name.split()[-1])
            scene.node_tree.links.new(source.outputs[name], files.inputs[-1])

    def _pass(self, name: str) -> Floats:
        picture = bpy.data.images.load(str(self.scratch / f"{name}0001.exr"))
        picture.colorspace_settings.name = "Non-Color"
        pixels = np.empty(self.size_px * self.size_px * 4, np.float32)
        picture.pixels.foreach_get(pixels)
        bpy.data.images.remove(picture)
        return np.asarray(pixels.reshape(self.size_px, self.size_px, 4))

    def render(self, name: str) -> None:
        """Render what is shown and write it, denoised, with its transparency, as NAME.png."""
        if self.wanted and name not in self.wanted:
            return
        bpy.ops.render.render(write_still=False)
        raw, albedo, normal = (self._pass(word.split()[-1]) for word in _PASSES)
        exchange = self.scratch / "exchange.npz"
        np.savez(
            exchange, color=raw[..., :3], alpha=np.repeat(np.clip(raw[..., 3:], 0, 1), 3, 2),
            albedo=np.clip(albedo[..., :3], 0, 1), normal=normal[..., :3],
        )  # fmt: skip
        # Inside Blender the denoiser's threads clash with Blender's own, so it runs apart, with nothing inherited.
        subprocess.run([self.denoiser, Path(__file__).with_name("denoise.py"), exchange], env={}, check=True)
        clean = np.load(exchange)
        raw[..., :3], raw[..., 3] = clean["color"], np.clip(clean["alpha"][..., 0], 0, 1)
        self._write(name, raw)

    def _write(self, name: str, pixels: Floats) -> None:
        scene = bpy.context.scene
        picture = bpy.data.images.new("layer", self.size_px, self.size_px, alpha=True, float_buffer=True)
        picture.colorspace_settings.name, picture.alpha_mode = "Linear", "PREMUL"
        picture.pixels.foreach_set(pixels.ravel())
        picture.update()
        scene.render.image_settings.file_format, scene.render.image_settings.color_mode = "PNG", "RGBA"
        picture.save_render(str(self.folder / f"{name}.png"), scene=scene)
        bpy.data.images.remove(picture)


def _only(model: Model, shown: list[Any]) -> None:
    for thing in model.things:
        thing.hide_render = thing not in shown


@contextmanager
def _window(box: Box) -> Iterator[None]:
    """Render only a part of the square."""
    render = bpy.context.scene.render
    render.use_border, render.use_crop_to_border = True, False
    render.border_min_x, render.border_max_x, render.border_min_y, render.border_max_y = box[0], box[1], 1 - box[3], 1 - box[2]
    try:
        yield
    finally:
        render.use_border = False


@contextmanager
def _set(things: list[Any], name: str, value: bool) -> Iterator[None]:
    for thing in things:
        setattr(thing, name, value)
    try:
        yield
    finally:
        for thing in things:
            setattr(thing, name, not value)


def _shut(model: Model) -> dict[str, float]:
    """Both eyes shut, whatever the portrait's expression holds them open by."""
    worn = model.head.person.expression
    return {
        f"{unit}{side}": amount
        for side in ("Left", "Right")
        for unit, amount in (("eyeBlink", 1.0), ("eyeWide", -worn.get(f"eyeWide{side}", 0.0)))
    }


def render_layers(model: Model, room: Darkroom) -> None:
    """The five rendered layers: person, closed and open with holes for the eyes; eyeballs in the lids' shadow and free of it."""
    room.prepare()
    _only(model, model.things)
    with _set(model.eyes, "is_holdout", True):
        room.render("person")
        model.pose(_shut(model))
        with _window(EYES_BOX):
            room.render("closed")
        model.pose({"jawOpen": OPEN_JAW})
        with _window(JAW_BOX):
            room.render("open")
    model.pose({})
    others = [thing for thing in model.things if thing not in model.eyes]
    with _window(EYES_BOX):
        with _set(others, "visible_camera", False):
            room.render("eyeballs")
        _only(model, model.eyes)
        room.render("eyes_free")
