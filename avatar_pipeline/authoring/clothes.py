"""The four garments people here wear: a crew neck (with an apron over it), a turtleneck, a shirt, a blazer."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from avatar_pipeline.authoring.cloth import Fabric, Sheet, Tailor, band, below, main_line, neckline_height, resampled, sheet
from avatar_pipeline.authoring.face_map import smoothstep
from avatar_pipeline.authoring.head_data import Floats
from avatar_pipeline.authoring.person import Clothes, Colour
from avatar_pipeline.authoring.surface import Tree, unit

_UP = np.array([0, 0, 1.0])
_LAPEL_TOP, _LAPEL_END, _LAPEL_WIDE = -1.40, -2.75, 0.50
_BUTTON = Fabric((0.85, 0.83, 0.78), 300.0, 0.0, 0.3, 0.0)


def clothes(tailor: Tailor, worn: Clothes) -> list[Sheet]:
    """All pieces of what a person wears."""
    make = {"crew": _crew, "turtle": _turtle, "shirt": _shirt, "blazer": _blazer}[worn.kind]
    return make(tailor, worn)


def _times(colour: Colour, factor: float) -> Colour:
    red, green, blue = colour
    return red * factor, green * factor, blue * factor


def _crew(tailor: Tailor, worn: Clothes) -> list[Sheet]:
    fabric = Fabric(worn.colour)
    vertices, faces, lines = tailor.cut(tailor.torso(30, 0.05), below("crew"))
    ribs = replace(fabric, colour=_times(worn.colour, 0.92), ribbed=True)
    pieces = [Sheet("shirt", vertices, faces, fabric, 0.025)]
    pieces.append(band(tailor.surface, resampled(main_line(lines), 140, closed=True), 0.085, 0.02, ribs))
    if worn.apron:
        over, over_faces, _ = tailor.cut(tailor.torso(40, 0.085), _apron)
        pieces.append(Sheet("apron", over, over_faces, Fabric(worn.apron, 180.0, 0.1, 0.8), 0.03))
    return pieces


def _apron(places: Floats) -> Floats:
    """A bib on the chest with two straps over the shoulders."""
    x, z = np.abs(places[:, 0]), places[:, 2]
    bib = np.maximum(x - 0.70 - 0.12 * smoothstep(-1.9, -2.6, z), z + 1.95)
    strap = np.abs(x - 0.60 - 0.06 * smoothstep(-1.4, -1.9, z)) - 0.065
    return np.asarray(np.minimum(bib, strap) + np.where(z > -1.22, 5, 0))


def _turtle(tailor: Tailor, worn: Clothes) -> list[Sheet]:
    fabric = Fabric(worn.colour, 160.0)
    vertices, faces, lines = tailor.cut(tailor.torso(28, 0.055), below("crew"))
    line = resampled(main_line(lines), 140, closed=True)
    rows = _rising(tailor, line)
    ribs = Fabric(_times(worn.colour, 0.95), ribbed=True, folds=0.15)
    return [Sheet("knit", vertices, faces, fabric, 0.03), sheet("collar", rows, ribs, 0.035, closed=True)]


def _rising(tailor: Tailor, line: Floats) -> Floats:
    """Rows (11, 140, 3) of a collar that stands up around the neck and turns in at the top."""
    middle, top, rows = line.mean(0), neckline_height("turtle", line), []
    for t in np.linspace(-0.06, 1, 10):
        row = line.copy()
        row[:, 2] = line[:, 2] * (1 - t) + top * t
        row[:, :2] = middle[:2] + (line[:, :2] - middle[:2]) * (1 - 0.18 * max(t, 0))
        far, away = tailor.surface.distance(row)
        snug = np.clip(0.07 - far, -0.25, 0.3) * smoothstep(-0.1, 0.35, np.array(t))
        rows.append(row + unit(away * np.array([1, 1, 0.15])) * snug[:, None])
    rows.append(rows[-1] + np.array([0, 0, 0.012]) - unit(rows[-1] - middle) * np.array([1, 1, 0]) * 0.03)
    net = np.array(rows)
    for _ in range(3):
        net = (np.roll(net, 1, 1) + 2 * net + np.roll(net, -1, 1)) / 4
    return net


def _shirt(tailor: Tailor, worn: Clothes) -> list[Sheet]:
    fabric = Fabric(worn.colour, 300.0, 0.1, 0.75)
    torso = tailor.torso(30, 0.055)
    vertices, faces, lines = tailor.cut(torso, below("shirt"))
    collar = _collar(tailor, resampled(main_line(lines), 160, closed=True), fabric)
    return [Sheet("shirt", vertices, faces, fabric, 0.02), collar, *_placket(tailor, torso, fabric)]


def _around(line: Floats) -> Floats:
    """The signed angle of each point around the neck, 0 in front."""
    return np.asarray(np.degrees(np.arctan2(line[:, 0], -(line[:, 1] + 0.22))))


def _collar(tailor: Tailor, line: Floats, fabric: Fabric) -> Sheet:
    """A stand around the neck and a leaf folded over it, open in front."""
    stand, leaf = 0.17, 0.26
    middle = np.array([0, line[:, 1].mean(), 0])
    line = line[np.argsort(_around(line))]
    line = resampled(line[np.abs(_around(line)) > 9], 120, closed=False)
    angle, outwards = _around(line), unit((line - middle) * np.array([1, 1, 0]))
    front = smoothstep(70, 12, np.abs(angle))
    rows = [
        line + _UP * (stand * (1 - 0.35 * front))[:, None] * t - outwards * (0.10 * t * (1 - 0.4 * front))[:, None] + outwards * 0.015
        for t in np.linspace(0, 1, 5)
    ]
    top, fall = rows[-1], leaf * (1 + 0.45 * front)
    for t in np.linspace(0.12, 1, 8):
        spread = np.column_stack([np.sign(angle) * 0.07 * front * t, -0.05 * front * t, 0 * angle])
        over = outwards * (0.035 + 0.16 * t * (1 - 0.15 * front))[:, None]
        rows.append(top + over - _UP * (fall * t * (1 - 0.18 * (1 - t)))[:, None] + spread)
    net = np.array(rows)
    least = np.concatenate([np.full(len(line) * 5, 0.022), np.full(len(line) * 8, 0.095)])
    for _ in range(4):
        net = tailor.surface.pushed_out(net.reshape(-1, 3), least).reshape(net.shape)
    return sheet("collar", net, fabric, 0.022)


def _placket(tailor: Tailor, torso: Floats, fabric: Fabric) -> list[Sheet]:
    """The strip down the front, with buttons."""
    tree, vector = tailor.tree(torso, tailor.triangles.tolist()), tailor.surface.vector

    def front(x: float, z: float) -> Floats:
        hit = tree.ray_cast(vector((x, -4, z)), vector((0, 1, 0)))
        return np.array(hit[0]) if hit[0] is not None else np.array([x, -1.0, z])

    rows = [[front(x, z) - np.array([0, 0.022, 0]) for x in (-0.055, -0.03, 0.03, 0.055)] for z in np.linspace(-1.68, -2.9, 26)]
    return [sheet("placket", np.array(rows), fabric, 0.015), *(_button(front(0, z)) for z in (-1.80, -2.10, -2.40))]


def _button(place: Floats) -> Sheet:
    """A small flat disc facing the viewer."""
    angle = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    ring = np.column_stack([np.cos(angle), np.zeros(24), np.sin(angle)])
    depth = np.array([0, -1.0, 0])
    rows = [place + depth * deep + ring * wide for wide, deep in ((0.028, 0.036), (0.028, 0.054), (0.001, 0.054))]
    return sheet("button", np.array(rows), _BUTTON, 0.002, closed=True)


def _blazer(tailor: Tailor, worn: Clothes) -> list[Sheet]:
    shirt, jacket = Fabric(worn.inner, 300.0, 0.15, 0.75, 0.25), Fabric(worn.colour, 200.0, 0.25, 0.8, 0.3)
    inner, inner_faces, inner_lines = tailor.cut(tailor.torso(28, 0.05), below("crew"))
    outer, outer_faces, outer_lines = tailor.cut(tailor.torso(60, 0.12), _jacket_front)
    pieces = [
        Sheet("inner", inner, inner_faces, shirt, 0.015),
        band(tailor.surface, resampled(main_line(inner_lines), 140, closed=True), 0.05, 0.012, shirt),
        Sheet("jacket", outer, outer_faces, jacket, 0.04),
    ]
    edge, tree = max(outer_lines, key=len), tailor.tree(outer, outer_faces)
    for side in (1, -1):
        pieces += _lapel_and_collar(tailor, tree, edge[edge[:, 0] * side > 0], jacket, side)
    return pieces


def _jacket_front(places: Floats) -> Floats:
    """A neckline that runs down in front to a point."""
    opening = _LAPEL_WIDE * (places[:, 2] - _LAPEL_END) / (_LAPEL_TOP - _LAPEL_END) - np.abs(places[:, 0])
    return np.maximum(below("jacket")(places), np.where(places[:, 1] < -0.25, opening, -9.0) * 0.8)


def _lapel_and_collar(tailor: Tailor, tree: Tree, edge: Floats, fabric: Fabric, side: int) -> list[Sheet]:
    """One half of the jacket's edge, folded outwards: the lapel in front, with its notch, and the collar behind."""
    front, back = edge[edge[:, 1] <= -0.28], edge[edge[:, 1] > -0.28]
    front, back = front[np.argsort(-front[:, 2])], back[np.argsort(back[:, 1])]
    if len(front) < 6:
        return []
    lapel = resampled(front, 40, closed=False)
    t = np.linspace(0, 1, len(lapel))
    wide = np.interp(t, [0, 0.16, 0.22, 0.30, 0.62, 1], [0.30, 0.33, 0.42, 0.44, 0.30, 0.02])
    notch = 1 - 0.40 * np.exp(-(((t - 0.185) / 0.022) ** 2))
    outwards = np.tile(unit(np.array([side * 1.0, 0, 0.42])), (len(lapel), 1))
    pieces = [_laid(tailor, tree, lapel, outwards * (wide * notch)[:, None], fabric, lift=0.035)]
    if len(back) > 4:
        line = resampled(back, 30, closed=False)
        behind = unit(np.column_stack([line[:, 0], line[:, 1] + 0.25, np.full(len(line), -0.5)]))
        pieces.append(_laid(tailor, tree, line + np.array([0, 0, 0.05]), behind * 0.24, fabric, lift=0.05))
    return pieces


def _laid(tailor: Tailor, tree: Tree, line: Floats, across: Floats, fabric: Fabric, *, lift: float) -> Sheet:
    """A strip from a line outwards, lying a little above the jacket."""
    rows = []
    for share in np.linspace(0, 1, 9):
        height = lift + 0.05 * math.sin(math.pi * min(1, share * 1.15)) * 0.6 + 0.02 * (1 - share)
        places = line + across * share
        on_jacket = np.array([tree.find_nearest(tailor.surface.vector(place))[0] for place in places])
        rows.append(on_jacket + tailor.surface.distance(places)[1] * height)
    return sheet("lapel", np.array(rows), fabric, 0.03)
