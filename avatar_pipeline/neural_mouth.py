"""The talking head networks as the mouth of a studio's films: drawn in the face's prepared poses, carried along with the rig's head.

Whoever was cast from a film is shown as filmed instead: their loop before the film's own wall, the mouth drawn over it.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from avatar_pipeline.engines.face_crop import paste
from avatar_pipeline.engines.face_loop import MATTES, before_wall, mattes_of, persons_of, walk
from avatar_pipeline.engines.face_poses import POSES, carry, crop_matrix, head_turns, nearest_poses
from avatar_pipeline.engines.musetalk import PreparedAvatar, hear
from avatar_pipeline.face import load_rig
from avatar_pipeline.filmed_face import film_loop_beside, loop_face, loop_folder, prepare_loop
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
from avatar_pipeline.scenes.mouth import TakeAtRest, WornMouth

if TYPE_CHECKING:
    from avatar_pipeline.networks.protocol import TalkingHeadNetwork

Bytes = NDArray[np.uint8]


class NeuralMouth:
    """A Mouth (avatar_pipeline.scenes.mouth): the head and lips move as the rig has them, the mouth is the networks'."""

    def __init__(self, networks: HeadNetworks, head: TalkingHeadNetwork, shelf: Shelf, *, fingerprint: str, device: str = "cpu") -> None:
        """`fingerprint` names the weights; what is prepared lies on the `shelf`."""
        self._networks, self._head, self._shelf, self._fingerprint, self._device = networks, head, shelf, fingerprint, device
        self._last: tuple[str, WornMouth] | None = None

    def name_on(self, rig_path: Path) -> str:
        """The engine and its weights, and which film it is drawn over if it is one."""
        loop = film_loop_beside(rig_path)
        shows = f"over the film {hashlib.sha256(loop.read_bytes()).hexdigest()}" if loop else "in poses"
        return f"musetalk, {shows}, {self._fingerprint}"

    def on(self, rig_path: Path) -> WornMouth:
        """Put it on a face; the first time its poses, or its film, are prepared. Raises RigUnreadable, FaceNotFollowed, OSError.

        The last one put on stays on: a table of films for a thousand names is of one face.
        """
        name = f"{self.name_on(rig_path)}, {rig_path}"
        if self._last is None or self._last[0] != name:
            loop = film_loop_beside(rig_path)
            self._last = (name, self._on_film(loop) if loop else self._on_rig(rig_path))
        return self._last[1]

    def _on_rig(self, rig_path: Path) -> NeuralMouthOnFace:
        prepared = prepare_poses(rig_path, self._networks, self._shelf, fingerprint=self._fingerprint, device=self._device)
        return NeuralMouthOnFace(rig_path, prepared, self._networks, self._head)

    def _on_film(self, loop: Path) -> NeuralMouthOnFilm:
        prepared = prepare_loop(loop, self._networks, self._shelf, fingerprint=self._fingerprint, device=self._device)
        folder, pictures = loop_folder(loop, self._shelf, self._fingerprint), loop_face(loop).pictures
        is_there = self._shelf.fetch(folder / MATTES)
        mattes = mattes_of(pictures, folder)
        if not is_there:
            self._shelf.share(folder)
        return NeuralMouthOnFilm(persons_of(pictures, mattes, folder), prepared, self._networks, self._head)


class NeuralMouthOnFace:
    """A WornMouth: one face's prepared poses, and the networks."""

    def __init__(self, rig_path: Path, prepared: PreparedAvatar, networks: HeadNetworks, head: TalkingHeadNetwork) -> None:
        self._prepared, self._networks, self._head = prepared, networks, head
        self._turns = head_turns(load_rig(rig_path))
        side = prepared.frames.mask.shape[0]
        upright = self._turns.matrices(POSES)
        self._from_crop = [np.linalg.inv(turn) @ crop_matrix(box, side, POSE_PX) for turn, box in zip(upright, prepared.boxes, strict=True)]

    def over(self, take: TakeAtRest) -> Iterator[Bytes]:
        """The take's pictures, which have the wall already, with the networks' mouth; those without sound as they are."""
        heard = hear(take.samples, SAMPLE_RATE_HZ, self._networks)
        shares, poses, turned = shares_of(heard.is_silent), nearest_poses(take.rows), self._turns.matrices(take.rows)
        with closing(drawn(self._head, self._prepared, heard.sound, shares, poses)) as patches:
            for picture, share, pose, turn in zip(take.pictures(), shares, poses, turned, strict=True):
                if share < SEEN_MIN:
                    yield picture.copy()
                    continue
                mask = np.rint(self._prepared.frames.mask * share).astype(np.uint8)
                yield carry(picture, next(patches), mask, turn @ self._from_crop[pose])


class NeuralMouthOnFilm:
    """A WornMouth: the loop of one filmed face, each picture's person apart from the wall ([frames, side, side, 4]), and the networks.

    A film shows how its person moves, so a take's own poses, moods and gestures are not seen.
    """

    def __init__(self, persons: Bytes, prepared: PreparedAvatar, networks: HeadNetworks, head: TalkingHeadNetwork) -> None:
        self._persons, self._prepared, self._networks, self._head = persons, prepared, networks, head

    def over(self, take: TakeAtRest) -> Iterator[Bytes]:
        """The person as filmed before the wall, with the networks' mouth while there is sound. Which way they go first is the sound's."""
        heard = hear(take.samples, SAMPLE_RATE_HZ, self._networks)
        shares = shares_of(heard.is_silent)
        places = walk(len(take.rows), len(self._persons), is_down_first=bool(zlib.crc32(take.samples.tobytes()) % 2))
        with closing(drawn(self._head, self._prepared, heard.sound, shares, places)) as patches:
            for share, place in zip(shares, places, strict=True):
                person = self._persons[place]
                if share >= SEEN_MIN:
                    mask = np.rint(self._prepared.frames.mask * share).astype(np.uint8)
                    mouthed = paste(np.ascontiguousarray(person[..., :3]), next(patches), self._prepared.boxes[place], mask)
                    person = np.dstack([mouthed, person[..., 3]])
                yield before_wall(person, take.behind)


def mouth_from(weights: Path, shelf: Shelf) -> NeuralMouth:
    """Load the published networks of a folder where they run best here, warmed up. Raises StageRefusal."""
    networks, device = read_networks(weights), device_here()
    networks = replace(networks, listener=networks.listener.to(device))
    head = TalkingHead(networks, device=device)
    head.warm_up()
    return NeuralMouth(networks, head, shelf, fingerprint=fingerprint_of(weights), device=device)
