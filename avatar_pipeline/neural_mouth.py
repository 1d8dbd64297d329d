"""The talking head networks as the mouth of a studio's films: drawn in the face's prepared poses, carried along with the rig's head."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from avatar_pipeline.engines.face_poses import POSES, carry, crop_matrix, head_turns, nearest_poses
from avatar_pipeline.engines.musetalk import PreparedAvatar, hear
from avatar_pipeline.face import load_rig
from avatar_pipeline.neural import (
    POSE_PX,
    SAMPLE_RATE_HZ,
    SEEN_MIN,
    HeadNetworks,
    Shelf,
    TalkingHead,
    device_here,
    drawn,
    fingerprint_of,
    prepare_poses,
    read_networks,
    shares_of,
)
from avatar_pipeline.scenes.mouth import Pictures

if TYPE_CHECKING:
    from avatar_pipeline.networks.protocol import TalkingHeadNetwork

Bytes = NDArray[np.uint8]


class NeuralMouth:
    """A Mouth (avatar_pipeline.scenes.mouth): the head and lips move as the rig has them, the mouth is the networks'."""

    def __init__(self, networks: HeadNetworks, head: TalkingHeadNetwork, shelf: Shelf, *, fingerprint: str, device: str = "cpu") -> None:
        """`fingerprint` names the weights; what is prepared lies on the `shelf`."""
        self.name = f"musetalk, in poses, {fingerprint}"
        self._networks, self._head, self._shelf, self._fingerprint, self._device = networks, head, shelf, fingerprint, device

    def on(self, rig_path: Path) -> NeuralMouthOnFace:
        """Put it on a face; the first time its poses are prepared. Raises RigUnreadable, FaceNotFollowed, OSError."""
        prepared = prepare_poses(rig_path, self._networks, self._shelf, fingerprint=self._fingerprint, device=self._device)
        return NeuralMouthOnFace(rig_path, prepared, self._networks, self._head)


class NeuralMouthOnFace:
    """A WornMouth: one face's prepared poses, and the networks."""

    def __init__(self, rig_path: Path, prepared: PreparedAvatar, networks: HeadNetworks, head: TalkingHeadNetwork) -> None:
        self._prepared, self._networks, self._head = prepared, networks, head
        self._turns = head_turns(load_rig(rig_path))
        side = prepared.frames.mask.shape[0]
        upright = self._turns.matrices(POSES)
        self._from_crop = [np.linalg.inv(turn) @ crop_matrix(box, side, POSE_PX) for turn, box in zip(upright, prepared.boxes, strict=True)]

    def over(self, pictures: Pictures, rows: NDArray[np.float32], samples: NDArray[np.int16]) -> Iterator[Bytes]:
        """The take's pictures with the networks' mouth; those without sound as they are."""
        heard = hear(samples, SAMPLE_RATE_HZ, self._networks)
        shares, poses, turned = shares_of(heard.is_silent), nearest_poses(rows), self._turns.matrices(rows)
        with closing(drawn(self._head, self._prepared, heard.sound, shares, poses)) as patches:
            for picture, share, pose, turn in zip(pictures(), shares, poses, turned, strict=True):
                if share < SEEN_MIN:
                    yield picture.copy()
                    continue
                mask = np.rint(self._prepared.frames.mask * share).astype(np.uint8)
                yield carry(picture, next(patches), mask, turn @ self._from_crop[pose])


def mouth_from(weights: Path, shelf: Shelf) -> NeuralMouth:
    """Load the published networks of a folder where they run best here, warmed up. Raises StageRefusal."""
    networks, device = read_networks(weights), device_here()
    networks = replace(networks, listener=networks.listener.to(device))
    head = TalkingHead(networks, device=device)
    head.warm_up()
    return NeuralMouth(networks, head, shelf, fingerprint=fingerprint_of(weights), device=device)
