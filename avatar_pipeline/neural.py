"""Neural faces: the front door to the talking head for everybody outside this room.

A face (of the catalogue, cast from a photo, or filmed) is prepared once; then its speech is drawn by the networks, live through
avatar_pipeline.stage, or here as a finished film. Nothing in this file loads torch before it is used.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avatar_pipeline.engines.face_crop import FaceNotFollowed, paste
from avatar_pipeline.engines.face_film import frame_of_loop
from avatar_pipeline.engines.face_poses import POSES, POSES_PRINT
from avatar_pipeline.engines.musetalk import (
    FRAMES_PER_SECOND,
    HeardSpeech,
    Pictures,
    PreparedAvatar,
    folder_for,
    hear,
    piece_names,
    prepare,
)  # fmt: skip
from avatar_pipeline.errors import WeightsMissing
from avatar_pipeline.face import FaceRenderer, load_rig
from avatar_pipeline.film import Film, FilmImpossible
from avatar_pipeline.networks.checkpoint import fingerprint_of, read_networks
from avatar_pipeline.networks.head_networks import HeadNetworks, random_networks
from avatar_pipeline.networks.protocol import Batch, Pending, TalkingHeadNetwork
from avatar_pipeline.networks.published_weights import HEAD_WEIGHTS, PublishedFile, fetch, from_hub
from avatar_pipeline.networks.shape import PUBLISHED, SMALL, HeadShape
from avatar_pipeline.networks.talking_head import Quality, TalkingHead, device_here
from avatar_pipeline.speak import idle, speak
from avatar_pipeline.stages.film_file import FilmFile
from avatar_pipeline.stages.label import Label
from avatar_pipeline.trust.papers import FilmPapers
from avatar_pipeline.voice import Voice

__all__ = [
    "HEAD_WEIGHTS", "POSE_PX", "PUBLISHED", "SEEN_MIN", "SMALL", "FaceNotFollowed", "HeadNetworks", "HeadShape", "HeardSpeech",
    "NeuralCast", "NeuralFace", "PreparedAvatar", "PublishedFile", "Quality", "Shelf", "TalkingHead", "device_here", "drawn", "fetch",
    "fingerprint_of", "from_hub", "hear", "make_neural_film", "posed_face", "prepare_face", "prepare_poses",
    "random_networks", "read_networks", "refusal_without_weights", "rig_face", "shares_of",
]  # fmt: skip
SAMPLE_RATE_HZ: Final = 24_000
LEAD_IN_S, LEAD_OUT_S = 0.4, 0.8
POSE_PX: Final = 512
"""How large a face's poses are drawn to be prepared: its crop is then about as large as what the networks take."""
SEEN_MIN: Final = 0.1  # below this share a drawn mouth is not worth drawing


@dataclass(frozen=True, eq=False)
class NeuralFace:
    """What an avatar is made of: its pictures (BGR, square, the same each time they are asked for), their side, what identifies them.

    They are played in a loop; `there_and_back`, where it is given, plays them forwards and backwards, each prepared once.
    """

    pictures: Pictures
    size_px: int
    made_of: bytes
    there_and_back: Pictures | None = None

    @property
    def loop(self) -> Pictures:
        """The pictures as they are played, over and over."""
        return self.there_and_back or self.pictures

    def frames_shown(self, count: int, frames: int) -> NDArray[np.int64]:
        """Which of its prepared `frames` each of the first `count` pictures shows, int64 [count]."""
        shown = [frame_of_loop(index, frames) if self.there_and_back else index % frames for index in range(count)]
        return np.array(shown, np.int64)


def rig_face(rig_path: Path, size_px: int = 512, seed: int = 1) -> NeuralFace:
    """A face of ours, or one cast from a photo, as it listens: the processor's renderer plays its idle loop under the neural mouth.

    Raises RigUnreadable.
    """
    rig, score = load_rig(rig_path), idle(seed)

    def pictures() -> Iterator[NDArray[np.uint8]]:
        renderer = FaceRenderer(rig, size_px)
        for number in range(int(score.duration_s * FRAMES_PER_SECOND)):
            yield renderer.render(score.at(number / FRAMES_PER_SECOND)).copy()

    about = f"{size_px} {seed}".encode() + hashlib.sha256(score.values.tobytes()).digest()
    return NeuralFace(pictures, size_px, rig_path.read_bytes() + about)


def prepare_face(
    face: NeuralFace,
    networks: HeadNetworks,
    kept_in: Path,
    *,
    fingerprint: str,
    device: str = "cpu",
    progress: Callable[[float], None] | None = None,
) -> PreparedAvatar:
    """Prepare a face, or read what was prepared before. `fingerprint` names the weights; `kept_in` holds all preparations."""
    return prepare(face.pictures, networks, folder_for(kept_in, face.made_of, fingerprint.encode()), device=device, progress=progress)


@dataclass(frozen=True)
class Shelf:
    """Where preparations of rigs are kept: `folder_of` a rig, so that they go when the face goes.

    `fetch` has a file of the shelf on this machine if another one made it; `share` lets the others have a folder.
    """

    folder_of: Callable[[Path], Path]
    fetch: Callable[[Path], bool] = Path.is_file
    share: Callable[[Path], None] = lambda _: None


def posed_face(rig_path: Path, size_px: int = POSE_PX) -> NeuralFace:
    """A face of ours in each of its poses, the first upright and at rest. Raises RigUnreadable."""
    rig = load_rig(rig_path)

    def pictures() -> Iterator[NDArray[np.uint8]]:
        renderer = FaceRenderer(rig, size_px)
        for row in POSES:
            yield renderer.render(row).copy()

    return NeuralFace(pictures, size_px, rig_path.read_bytes() + f"poses {size_px}".encode() + POSES_PRINT)


def prepare_poses(rig_path: Path, networks: HeadNetworks, shelf: Shelf, *, fingerprint: str, device: str = "cpu") -> PreparedAvatar:
    """A face's poses, prepared once for all films and talks on all machines. Raises RigUnreadable, FaceNotFollowed."""
    face = posed_face(rig_path)
    folder = folder_for(shelf.folder_of(rig_path), face.made_of, fingerprint.encode())
    is_there = [shelf.fetch(folder / name) for name in piece_names(len(POSES))]
    prepared = prepare(face.pictures, networks, folder, device=device, is_film=False)
    if not all(is_there):
        shelf.share(folder)
    return prepared


@dataclass(frozen=True, eq=False)
class NeuralCast:
    """Who plays: the face, its preparation, and the networks, loaded and warmed up by the caller."""

    face: NeuralFace
    prepared: PreparedAvatar
    networks: HeadNetworks
    head: TalkingHeadNetwork


def make_neural_film(
    text: str, *, voice: Voice, cast: NeuralCast, out_path: Path, seed: int = 1, papers: FilmPapers | None = None, label: bool = True
) -> Film:
    """Speak a text with a neural mouth and write the film (MP4, 25 a second, marked as made by AI, the picture as large as the face's).

    Pictures without sound never reach the network. Raises FilmImpossible for a text with nothing to say, and what `speak` raises.
    """
    papers = papers or FilmPapers()
    said = [sentence.samples for sentence in speak(text, voice, seed=seed)]
    if not said:
        raise FilmImpossible("The text holds nothing that can be said aloud. Write at least one word.")
    quiet = [np.zeros(round(seconds * SAMPLE_RATE_HZ), np.int16) for seconds in (LEAD_IN_S, LEAD_OUT_S)]
    samples = np.concatenate([quiet[0], *said, quiet[1]])
    samples = np.pad(samples, (0, -len(samples) % (SAMPLE_RATE_HZ // FRAMES_PER_SECOND)))
    heard = hear(samples, SAMPLE_RATE_HZ, cast.networks)
    mark = Label(cast.face.size_px) if label else None
    with FilmFile(out_path, cast.face.size_px, FRAMES_PER_SECOND, SAMPLE_RATE_HZ, papers) as file:
        file.add_sound(samples)
        for number, picture in enumerate(neural_pictures(cast, heard)):
            if mark:
                mark.draw(picture, number / FRAMES_PER_SECOND)
            file.add_picture(picture)
    frames = len(heard.is_silent)
    return Film(out_path, frames / FRAMES_PER_SECOND, frames, cast.face.size_px, papers.film_id)


def neural_pictures(cast: NeuralCast, heard: HeardSpeech) -> Iterator[NDArray[np.uint8]]:
    """The whole pictures (BGR) of a stretch of speech; silent ones as the face was prepared, the mouth coming and going over five."""
    shares = shares_of(heard.is_silent)
    loop = cast.face.frames_shown(len(shares), cast.prepared.frames.frames)
    with closing(drawn(cast.head, cast.prepared, heard.sound, shares, loop)) as patches:
        for index, picture in enumerate(_looped(cast.face.loop, len(shares))):
            if shares[index] < SEEN_MIN:
                yield picture.copy()
                continue
            mask = np.rint(cast.prepared.frames.mask * shares[index]).astype(np.uint8)
            yield paste(picture, next(patches), cast.prepared.boxes[loop[index]], mask)


def shares_of(is_silent: NDArray[np.bool_]) -> NDArray[np.float32]:
    """How much of the drawn mouth each picture shows, float32 [n]: it comes and goes over five pictures."""
    speaks = np.pad(~is_silent, 2, mode="edge").astype(np.float32)
    return np.asarray(np.convolve(speaks, np.full(5, 0.2), "valid"), np.float32)


def drawn(
    head: TalkingHeadNetwork, prepared: PreparedAvatar, sound: NDArray[np.float32], shares: NDArray[np.float32], frames: NDArray[np.int64]
) -> Generator[NDArray[np.uint8], None, None]:
    """The drawn lower halves of all pictures of which something shows, each in its frame of the preparation.

    In batches, one under way while the last is being read. The network keeps the frames as long as this is read.
    """
    avatar, rows = head.keep(prepared.unmixed), np.flatnonzero(shares >= SEEN_MIN)
    under_way: deque[Pending] = deque()
    try:
        for start in range(0, len(rows), 8):
            chosen = rows[start : start + 8]
            under_way.append(head.submit(Batch(np.full(len(chosen), avatar, np.int64), frames[chosen], sound[chosen])))
            if len(under_way) > 1:
                yield from under_way.popleft().take()
        while under_way:
            yield from under_way.popleft().take()
    finally:
        while under_way:  # whoever stopped in the middle leaves nothing under way that reads what is dropped now
            under_way.popleft().take()
        head.drop(avatar)


def _looped(pictures: Pictures, count: int) -> Iterator[NDArray[np.uint8]]:
    given = 0
    while given < count:
        for picture in pictures():
            yield picture
            given += 1
            if given == count:
                return


def refusal_without_weights(folder: Path | None) -> WeightsMissing | None:
    """Why neural quality cannot be chosen with this folder of weights, or None: quick, by names and sizes only."""
    if folder is None:
        return WeightsMissing("No folder of weights is named. `python -m app weights list` tells which are needed.")
    missing = [file.path for file in HEAD_WEIGHTS if not file.is_optional and not (folder / file.path).is_file()]
    return WeightsMissing(f"The weights folder lacks {', '.join(missing)}. `python -m app weights fetch` brings them.") if missing else None
