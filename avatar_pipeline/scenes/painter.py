"""The pictures of a take: wall, person, strap, card, captions and label, laid over one another in this sequence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from avatar_pipeline.face import FaceRenderer, Rig
from avatar_pipeline.rig.rig import Layer as RigLayer
from avatar_pipeline.scenes.backdrop import paint_wall
from avatar_pipeline.scenes.captions import Caption, captions_of, draw_caption
from avatar_pipeline.scenes.cards import draw_card
from avatar_pipeline.scenes.layer import MOVE_S, Layer, arrival
from avatar_pipeline.scenes.mouth import TakeAtRest, WornMouth
from avatar_pipeline.scenes.placing import Box, caption_box, card_box, floor_of, person_box, strap_box
from avatar_pipeline.scenes.plan import Clock, PlannedTake
from avatar_pipeline.scenes.script import Look, Scene
from avatar_pipeline.scenes.strap import COMES_S, GOES_S, draw_strap
from avatar_pipeline.scenes.take import FRAMES_PER_SECOND, Acted
from avatar_pipeline.stages.label import Label
from avatar_pipeline.stages.timeline import lips_at_rest
from avatar_pipeline.stages.video_track import fit_mark
from avatar_pipeline.trust.mark import Mark

Bytes = NDArray[np.uint8]
SHEET = (24, 22, 20)  # BGR
_SOFT = 0.07
"""Of their square, at both sides: shoulders that reach a side above the picture's foot pass into the wall, not end in a straight edge."""


class ScenePainter:
    """Draws the takes of one scene. What does not move is drawn once. Not shared between threads."""

    def __init__(self, rig: Rig, look: Look, scene: Scene) -> None:
        self._look, self._shorter, has_card = look, min(look.size), scene.card is not None
        wall = _floored(paint_wall(scene.wall, look.size), look)
        self._wall, self._box = (
            np.asarray(cv2.cvtColor(wall, cv2.COLOR_BGR2BGRA), np.uint8),
            person_box(look, scene.framing, has_card=has_card),
        )
        self._behind = _cut_out(self._wall, self._box)
        layers = {**rig.layers, "background": RigLayer(self._behind, 0, 0)}
        self._renderer = FaceRenderer(replace(rig, layers=layers), self._box.width)
        self._card = draw_card(scene.card, card_box(look, scene.framing), look.accent, self._shorter) if scene.card else None
        self._strap = draw_strap(scene.strap, strap_box(look, scene.framing, has_card=has_card), look.accent) if scene.strap else None
        self._floor = floor_of(look)
        self._label, self._slide = Label(self._shorter, is_above=True), round(0.05 * self._shorter)

    def paint(
        self, take: PlannedTake, acted: Acted, clock: Clock, mouth: WornMouth | None = None, mark: Mark | None = None
    ) -> Iterator[Bytes]:
        """Yield the take's pictures, BGRX uint8 (height, width, 4); the mouth is the rig's, or drawn by `mouth`.

        The `mark` is fitted to what stays: label, strap and card leave nothing of their shape in it when they go.
        """
        captions = self._captions(acted)
        for number, square in enumerate(self._squares(acted, mouth)):
            moment, left_s = number / FRAMES_PER_SECOND, (acted.frames - number) / FRAMES_PER_SECOND
            frame = self._person(square)
            if mark and number == 0:
                fit_mark(mark, frame)
            if self._strap:
                self._lay_strap(frame, clock.scene_s + moment, left_s if take.is_last else None)
            if self._card:
                share = arrival(moment if take.is_first else MOVE_S, left_s if take.is_last else None)
                self._card.lay(frame, share, (0, round((1 - share) * self._slide)))
            for caption, layer in captions:
                if caption.start_s <= moment < caption.end_s:
                    layer.lay(frame)
            if clock.label_s is not None:
                self._label.draw(frame[..., :3], clock.label_s + moment)
            yield frame

    def _captions(self, acted: Acted) -> list[tuple[Caption, Layer]]:
        if not self._look.has_captions:
            return []
        shape, box = self._look.shape, caption_box(self._look)
        captions = captions_of(acted.words, shape, acted.frames / FRAMES_PER_SECOND)
        return [(one, draw_caption(one.text, box, self._shorter, has_sheet=shape == "9:16")) for one in captions]

    def _lay_strap(self, frame: Bytes, scene_s: float, left_s: float | None) -> None:
        assert self._strap is not None  # noqa: S101 - asked by the caller
        going_s = GOES_S - scene_s if left_s is None else min(GOES_S - scene_s, left_s)
        share = arrival(scene_s - COMES_S, going_s)
        self._strap.lay(frame, share, (-round((1 - share) * self._slide), 0))

    def _squares(self, acted: Acted, mouth: WornMouth | None) -> Iterator[Bytes]:
        if mouth is None:
            return (self._renderer.draw(row) for row in acted.rows)
        rows = lips_at_rest(acted.rows)
        behind = np.ascontiguousarray(self._behind[..., :3])
        return mouth.over(TakeAtRest(lambda: (self._renderer.render(row) for row in rows), rows, acted.samples, behind))

    def _person(self, square: Bytes) -> Bytes:
        frame, box = self._wall.copy(), self._box
        width = frame.shape[1]
        left, top, right, bottom = max(box.x, 0), max(box.y, 0), min(box.x + box.width, width), min(box.y + box.height, self._floor)
        seen = square[top - box.y : bottom - box.y, left - box.x : right - box.x]
        frame[top:bottom, left:right, : seen.shape[2]] = seen
        for begins, weight in self._sides():
            shown = slice(top, bottom), slice(begins, begins + len(weight))
            weights = np.tile(weight, (bottom - top, 1))
            person, wall = (np.ascontiguousarray(one[shown]) for one in (frame, self._wall))
            frame[shown] = cv2.blendLinear(person, wall, weights, np.subtract(1, weights))
        return frame

    def _sides(self) -> Iterator[tuple[int, NDArray[np.float32]]]:
        """The sides of their square that lie within the picture: the first column, and how much of them each column from there shows."""
        wide = round(_SOFT * self._box.width)
        t = (np.arange(wide, dtype=np.float32) + 0.5) / wide
        rising = np.asarray(t * t * (3 - 2 * t), np.float32)
        if self._box.x > 0:
            yield self._box.x, rising
        if self._box.x + self._box.width < self._wall.shape[1]:
            yield self._box.x + self._box.width - wide, rising[::-1]


def _floored(wall: Bytes, look: Look) -> Bytes:
    """The wall, and in a tall picture the dark sheet at its foot on which captions are read."""
    floor = floor_of(look)
    wall[floor:] = SHEET
    wall[floor : floor + max(2, look.size[0] // 180)] = look.accent[::-1]
    return wall


def _cut_out(wall: Bytes, box: Box) -> Bytes:
    """The part of the wall behind their square; beyond the picture its edge goes on."""
    height, width = wall.shape[:2]
    columns = np.clip(np.arange(box.x, box.x + box.width), 0, width - 1)
    rows = np.clip(np.arange(box.y, box.y + box.height), 0, height - 1)
    return np.ascontiguousarray(wall[rows][:, columns])
