"""Short words for Blender's material nodes: make a node, set its inputs, join two sockets."""

from __future__ import annotations

from typing import Any

from avatar_pipeline.authoring.blender.program import bpy
from avatar_pipeline.authoring.person import Colour


def rgba(colour: Colour) -> tuple[float, float, float, float]:
    """The colour, opaque."""
    red, green, blue = colour
    return float(red), float(green), float(blue), 1.0


class Shader:
    """One material's node tree. `surface` is its principled shader, or None in a bare one."""

    def __init__(self, name: str, *, bare: bool = False) -> None:
        self.material = bpy.data.materials.new(name)
        self.material.use_nodes = True
        self.tree = self.material.node_tree
        if bare:
            self.tree.nodes.clear()
        self.surface: Any = None if bare else self.tree.nodes["Principled BSDF"]

    def node(self, kind: str, **settings: Any) -> Any:
        """A new node; each setting is the default of the input of that name (underscores for spaces), or a property."""
        made = self.tree.nodes.new("ShaderNode" + kind)
        for name, value in settings.items():
            socket = name.replace("_", " ")
            if socket in made.inputs:
                made.inputs[socket].default_value = value
            else:
                setattr(made, name, value)
        return made

    def join(self, source: Any, target: Any) -> None:
        """Lead one socket into another."""
        self.tree.links.new(source, target)

    def mixed(self, share: Any, first: Any, second: Any, *, blend: str = "MIX") -> Any:
        """A colour between two; each argument is a socket or a value."""
        mix = self.node("MixRGB", blend_type=blend)
        for socket, value in zip(mix.inputs, (share, first, second), strict=True):
            if hasattr(value, "is_linked"):
                self.join(value, socket)
            else:
                socket.default_value = value
        return mix.outputs[0]

    def range_of(self, value: Any, low: float, high: float, *, to: tuple[float, float] = (0, 1), smooth: bool = False) -> Any:
        """`value` from `low`..`high` stretched to the range `to`."""
        made = self.node("MapRange", interpolation_type="SMOOTHSTEP" if smooth else "LINEAR")
        self.join(value, made.inputs[0])
        for index, number in enumerate((low, high, *to), start=1):
            made.inputs[index].default_value = number
        return made.outputs[0]

    def product(self, first: Any, second: Any) -> Any:
        """Two numbers multiplied; the second may be a plain one."""
        made = self.node("Math", operation="MULTIPLY")
        self.join(first, made.inputs[0])
        if hasattr(second, "is_linked"):
            self.join(second, made.inputs[1])
        else:
            made.inputs[1].default_value = second
        return made.outputs[0]

    def bump(self, height: Any, strength: float, distance: float, under: Any = None) -> Any:
        """A surface roughened by `height`, on top of another roughening."""
        made = self.node("Bump", Strength=strength, Distance=distance)
        self.join(height, made.inputs["Height"])
        if under is not None:
            self.join(under, made.inputs["Normal"])
        return made.outputs[0]

    def texture(self, kind: str, place: Any, **settings: Any) -> Any:
        """A texture node read at `place`."""
        made = self.node("Tex" + kind, **settings)
        self.join(place, made.inputs["Vector"])
        return made

    def scaled(self, place: Any, scale: tuple[float, float, float], offset: tuple[float, float, float] = (0, 0, 0)) -> Any:
        """`place` stretched and moved."""
        made = self.node("Mapping", Scale=scale, Location=offset)
        self.join(place, made.inputs[0])
        return made.outputs[0]


def plain(
    name: str, colour: Colour, *, roughness: float = 0.5, specular: float = 0.4, inner_light: float = 0.0, sheen: float = 0.0
) -> Shader:
    """A material of one colour; `inner_light` is the share of light that wanders below the surface."""
    shader = Shader(name)
    settings: dict[str, Any] = {"Base Color": rgba(colour), "Roughness": roughness, "Specular": specular, "Sheen": sheen}
    if inner_light:
        settings |= {"Subsurface": inner_light, "Subsurface Color": rgba(colour), "Subsurface Radius": (0.1, 0.05, 0.03)}
    for socket, value in settings.items():
        shader.surface.inputs[socket].default_value = value
    return shader
