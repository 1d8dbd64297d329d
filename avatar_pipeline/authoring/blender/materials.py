"""The materials of a person: skin with pores and lips, eyeballs, hair and cloth."""

from __future__ import annotations

from typing import Any

from avatar_pipeline.authoring.blender.shading import Shader, plain, rgba
from avatar_pipeline.authoring.cloth import Fabric
from avatar_pipeline.authoring.person import Person
from avatar_pipeline.authoring.strands import Dye


def skin(person: Person, lip_picture: Any) -> Any:
    """Skin: the vertices' colour, mottled; freckles; lips by the data's mask; pores, creases and forehead lines."""
    shader = Shader("skin")
    place = shader.node("TexCoord").outputs["Object"]
    fine = shader.texture("Noise", place, Scale=34.0, Detail=5.0, Roughness=0.65).outputs[0]
    image = shader.node("TexImage", image=lip_picture)
    lips = shader.range_of(image.outputs[0], 0.16, 0.92, smooth=True)
    colour = shader.mixed(shader.product(lips, 0.86), _skin_tone(shader, person, place, fine), _lip_tone(shader, person, place))
    surface = shader.surface.inputs
    for socket in ("Base Color", "Subsurface Color"):
        shader.join(colour, surface[socket])
    surface["Subsurface"].default_value, surface["Subsurface Radius"].default_value = 0.16, (0.16, 0.06, 0.035)
    gloss = person.lip_gloss
    shader.join(shader.mixed(lips, shader.range_of(fine, 0, 1, to=(0.40, 0.56)), rgba((gloss, gloss, gloss))), surface["Roughness"])
    surface["Specular"].default_value = 0.42
    shader.join(_relief(shader, person, place, lips), surface["Normal"])
    return shader.material


def _skin_tone(shader: Shader, person: Person, place: Any, fine: Any) -> Any:
    """The painted colour, redder and paler in large spots and small, with freckles."""
    painted = shader.node("VertexColor", layer_name="colour").outputs[0]
    spots = shader.texture("Noise", place, Scale=5.0, Detail=6.0, Roughness=0.6).outputs[0]
    colour = shader.mixed(shader.range_of(spots, 0.35, 0.68, to=(0, 0.30)), painted, (1, 0.80, 0.76, 1), blend="MULTIPLY")
    colour = shader.mixed(0.10, colour, fine, blend="OVERLAY")
    if person.freckles:
        cells = shader.texture("Voronoi", place, Scale=26.0, Randomness=1.0).outputs["Distance"]
        dots = shader.range_of(cells, 0.10, 0.22, to=(person.freckles, 0))
        some = shader.product(dots, shader.texture("Noise", place, Scale=3.0).outputs[0])
        colour = shader.mixed(some, colour, (0.62, 0.36, 0.22, 1), blend="MULTIPLY")
    return colour


def _lip_tone(shader: Shader, person: Person, place: Any) -> Any:
    """The lips' colour with upright streaks."""
    red, green, blue = person.lip
    streaks = shader.texture("Noise", shader.scaled(place, (1.6, 0.5, 0.35)), Scale=26.0, Detail=4.0).outputs[0]
    return shader.mixed(0.35, rgba((red * 0.76, green * 0.60, blue * 0.60)), streaks, blend="OVERLAY")


def _relief(shader: Shader, person: Person, place: Any, lips: Any) -> Any:
    """Pores on the skin, creases on the lips, lines on an older forehead."""
    pores = shader.texture("Voronoi", place, Scale=62.0, feature="SMOOTH_F1", Smoothness=0.5).outputs["Distance"]
    grain = shader.texture("Noise", place, Scale=85.0, Detail=4.0, Roughness=0.6).outputs[0]
    both = shader.node("Math", operation="MULTIPLY_ADD")
    shader.join(pores, both.inputs[0])
    both.inputs[1].default_value = 0.5
    shader.join(grain, both.inputs[2])
    creases = shader.texture("Noise", shader.scaled(place, (1.0, 0.25, 0.12)), Scale=48.0, Detail=2.0).outputs[0]
    height = shader.mixed(lips, both.outputs[0], creases)
    waves = shader.texture("Wave", place, Scale=2.7, Distortion=2.6, Detail=2.0, Detail_Scale=0.8, bands_direction="Z").outputs["Fac"]
    lines = shader.product(waves, shader.node("VertexColor", layer_name="lines").outputs[0])
    rough = 0.16 + 0.10 * person.oldness + (0.04 if person.sex == "male" else 0)
    return shader.bump(height, rough, 0.016, shader.bump(lines, 0.55 * person.lateness, 0.035))


def eyeball(picture: Any, radius: float) -> Any:
    """The painted ball: the picture projected from the front."""
    shader = Shader("eyeball")
    scale = 0.5 / radius
    parts = shader.node("SeparateXYZ")
    shader.join(shader.scaled(shader.node("TexCoord").outputs["Object"], (scale,) * 3, (0.5,) * 3), parts.inputs[0])
    flat = shader.node("CombineXYZ")
    shader.join(parts.outputs[0], flat.inputs[0])
    shader.join(parts.outputs[2], flat.inputs[1])
    painted = shader.texture("Image", flat.outputs[0], image=picture, extension="EXTEND").outputs[0]
    for socket in ("Base Color", "Subsurface Color"):
        shader.join(painted, shader.surface.inputs[socket])
    for name, value in (("Roughness", 0.55), ("Specular", 0.2), ("Subsurface", 0.05), ("Subsurface Radius", (0.1, 0.05, 0.04))):
        shader.surface.inputs[name].default_value = value
    return shader.material


def cornea() -> Any:
    """A clear shell that only mirrors, and throws no shadow."""
    shader = Shader("cornea", bare=True)
    share = shader.node("Math", operation="SUBTRACT", use_clamp=True)
    shader.join(shader.node("Fresnel", IOR=1.42).outputs[0], share.inputs[0])
    shader.join(shader.node("LightPath").outputs["Is Shadow Ray"], share.inputs[1])
    mix = shader.node("MixShader")
    for source, socket in (
        (share, 0),
        (shader.node("BsdfTransparent"), 1),
        (shader.node("BsdfGlossy", Roughness=0.03), 2),
    ):
        shader.join(source.outputs[0], mix.inputs[socket])
    shader.join(mix.outputs[0], shader.node("OutputMaterial").inputs[0])
    return shader.material


def hair(name: str, dye: Dye) -> Any:
    """Hair as light goes through it, coloured by melanin or by name."""
    shader = Shader(name, bare=True)
    strand = shader.node("BsdfHairPrincipled", parametrization="MELANIN" if dye.colour is None else "COLOR")
    if dye.colour is not None:
        strand.inputs["Color"].default_value = rgba(dye.colour)
    settings = {
        "Melanin": dye.melanin, "Melanin Redness": dye.redness, "Roughness": dye.roughness, "Radial Roughness": 0.42,
        "Coat": 0.0, "Random Color": dye.variety, "Random Roughness": 0.2,
    }  # fmt: skip
    for socket, value in settings.items():
        strand.inputs[socket].default_value = value
    shader.join(strand.outputs[0], shader.node("OutputMaterial").inputs[0])
    return shader.material


def cloth(name: str, fabric: Fabric) -> Any:
    """Cloth: soft folds, a fine grain or ribs, a little uneven in colour."""
    shader = plain(name, fabric.colour, roughness=fabric.roughness, specular=0.2, sheen=fabric.sheen)
    places = shader.node("TexCoord")
    place = places.outputs["Object"]
    folds = shader.texture("Noise", shader.scaled(place, (1, 1, 0.35)), Scale=1.7, Detail=3.0, Distortion=0.7).outputs[0]
    if fabric.ribbed:
        grain = shader.texture("Wave", places.outputs["UV"], Scale=13.0, Distortion=0.0, bands_direction="X").outputs[0]
    else:
        grain = shader.texture("Noise", place, Scale=fabric.grain, Detail=2.0).outputs[0]
    relief = shader.bump(grain, 0.30, 0.012, shader.bump(folds, fabric.folds, 0.16))
    shader.join(relief, shader.surface.inputs["Normal"])
    uneven = shader.texture("Noise", place, Scale=90.0, Detail=3.0).outputs[0]
    shader.join(shader.mixed(0.22, rgba(fabric.colour), uneven, blend="OVERLAY"), shader.surface.inputs["Base Color"])
    return shader.material
