"""A network that has learned everything: it draws the lips that the score says, so a film judged by its pixels and sound must pass.

It stands where the talking head networks stand and is asked as they are; what it does not do is hear: it is told the score instead.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from avatar_pipeline.casting.find_face import FaceFinder
from avatar_pipeline.engines.face_crop import cut, follow, mask_of
from avatar_pipeline.engines.face_poses import POSES
from avatar_pipeline.engines.musetalk import PreparedAvatar
from avatar_pipeline.face import FaceRenderer, load_rig
from avatar_pipeline.networks.protocol import AvatarFrames, Batch
from avatar_pipeline.neural import HeadNetworks, NeuralFace, posed_face
from avatar_pipeline.neural_mouth import NeuralMouthOnFace
from avatar_pipeline.stages.timeline import lips_at_rest

SIDE = 256


def prepared_without_networks(face: NeuralFace, *, is_film: bool) -> PreparedAvatar:
    """The crops of a face at the published size; nothing is encoded, for nobody looks at latents here."""
    pictures = list(face.pictures())
    boxes, outline = follow(pictures, FaceFinder(), is_film=is_film)
    crops = np.stack([cut(picture, box, SIDE) for picture, box in zip(pictures, boxes, strict=True)])
    return PreparedAvatar(AvatarFrames(np.zeros((len(crops), 8, 1, 1), np.float32), crops, mask_of(outline, SIDE)), boxes)


class TaughtHead:
    """A TalkingHeadNetwork: `rows` [pictures, 57] is what is shown by and by; asked for the pictures in `spoken`, in order.

    `bases` [frames, 57] are the rows that the prepared frames show, `boxes` where their crops lie in pictures of `size_px`.
    """

    def __init__(self, rig_path: Path, bases: Any, boxes: Any, size_px: int) -> None:
        self._renderer, self._bases, self._boxes = FaceRenderer(load_rig(rig_path), size_px), bases, boxes
        self.lips: Iterator[Any] = iter(())

    def tell(self, rows: Any, shares: Any) -> None:
        """The score of what comes next, and how much of each picture's mouth is drawn."""
        self.lips = iter(rows[shares >= 0.1])

    def keep(self, avatar: AvatarFrames) -> int:
        assert avatar.frames == len(self._bases)
        return 1

    def drop(self, number: int) -> None:
        assert number == 1

    def submit(self, batch: Batch) -> Any:
        patches = np.stack([self._patch(int(frame), next(self.lips)) for frame in batch.frames])

        class Done:
            def take(self) -> Any:
                return patches

        return Done()

    def _patch(self, frame: int, row: Any) -> Any:
        base = self._bases[frame]
        shown = lips_at_rest(base[None])[0]
        moved = row - lips_at_rest(row[None])[0]  # the lips alone
        return cut(self._renderer.render(shown + moved), self._boxes[frame], SIDE)[SIDE // 2 :]


class TaughtMouth:
    """A Mouth for the studio's films; `acted` says which score belongs to a take's sound."""

    def __init__(self, networks: HeadNetworks, acted: dict[bytes, Any], shares_of: Any) -> None:
        self._networks, self._acted, self._shares_of = networks, acted, shares_of

    def name_on(self, rig_path: Path) -> str:
        return f"taught, {rig_path.name}"

    def on(self, rig_path: Path) -> "TaughtMouth":
        posed = posed_face(rig_path)
        prepared = prepared_without_networks(posed, is_film=False)
        self._head = TaughtHead(rig_path, POSES, prepared.boxes, posed.size_px)
        self._worn = NeuralMouthOnFace(rig_path, prepared, self._networks, self._head)
        return self

    def over(self, take: Any) -> Iterator[Any]:
        self._head.tell(self._acted[take.samples.tobytes()], self._shares_of(take.samples))
        return self._worn.over(take)
