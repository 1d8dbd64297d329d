"""The engine "musetalk": a film or a face of ours becomes an avatar whose mouth is drawn by the talking head networks.

Preparing happens once for each avatar and gives the same bytes each time: the face is followed through the pictures, its crops and
their latents are kept in a folder piece by piece, and a preparation that was interrupted goes on where it stopped. Speaking then needs
the sound alone: which windows the networks hear, and which pictures are silent and need no network at all.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from avatar_pipeline.casting.find_face import FaceFinder
from avatar_pipeline.engines.face_crop import cut, follow, mask_of
from avatar_pipeline.networks.face_codec import encode
from avatar_pipeline.networks.head_networks import HeadNetworks
from avatar_pipeline.networks.protocol import AvatarFrames
from avatar_pipeline.networks.sound_windows import SAMPLE_RATE_HZ, listen, windows

Bytes = NDArray[np.uint8]
Pictures = Callable[[], Iterator[Bytes]]
FRAMES_PER_SECOND: Final = 25
FORMAT: Final = "tillhand-neural-avatar/1"
PIECE_FRAMES: Final = 16
PLACES: Final = "places.npz"
QUIET_SHARE: Final = 0.05  # of the speaking level (26 dB under it): below this a picture's sound is a pause
HEARD_BEFORE, HEARD_AFTER = 2, 2  # pictures whose windows reach a sound
_FILTER_REACH: Final = 24


@dataclass(frozen=True, eq=False)
class PreparedAvatar:
    """An avatar ready to be kept by a network, and where each crop lies in its picture: int32 [frames, 4] (x1, y1, x2, y2)."""

    frames: AvatarFrames
    boxes: NDArray[np.int32]

    @property
    def unmixed(self) -> AvatarFrames:
        """The same with a mask that lets all through: for films, which mix at the picture's own size."""
        return replace(self.frames, mask=np.full_like(self.frames.mask, 255))

    @property
    def first(self) -> PreparedAvatar:
        """Its first frame alone, as copies: what the others took is given back with them."""
        frames = AvatarFrames(self.frames.latents[:1].copy(), self.frames.crops[:1].copy(), self.frames.mask)
        return PreparedAvatar(frames, self.boxes[:1].copy())


@dataclass(frozen=True, eq=False)
class HeardSpeech:
    """What the networks hear of a stretch of speech, a row a picture: windows float32 [n, 50, 384], and which are silent, bool [n]."""

    sound: NDArray[np.float32]
    is_silent: NDArray[np.bool_]


def prepare(
    pictures: Pictures,
    networks: HeadNetworks,
    folder: Path,
    *,
    device: str = "cpu",
    progress: Callable[[float], None] | None = None,
    is_film: bool = True,
) -> PreparedAvatar:
    """Make an avatar of BGR pictures of one size, or read it from `folder`, which belongs to these pictures and networks alone.

    `pictures` is called for each pass and must give the same ones; where they are no film, each picture's crop is its own.
    Raises FaceNotFollowed, and WeightsMissing for the landmarks.
    """
    folder.mkdir(parents=True, exist_ok=True)
    boxes, outline = _followed(pictures, folder, is_film=is_film)
    pieces, total = [], len(boxes)
    codec, coming = None, pictures()
    for start in range(0, total, PIECE_FRAMES):
        taken = list(islice(coming, PIECE_FRAMES))
        path = folder / _piece(start // PIECE_FRAMES)
        if not path.is_file():
            codec = codec or _Encoder(networks, device)
            crops = np.stack([cut(picture, box, networks.shape.side) for picture, box in zip(taken, boxes[start:], strict=False)])
            _write(path, crops=crops, latents=codec.latents(crops))
        pieces.append(np.load(path))
        if progress:
            progress(min(1.0, (start + PIECE_FRAMES) / total))
    latents, crops = (np.concatenate([piece[name] for piece in pieces]) for name in ("latents", "crops"))
    return PreparedAvatar(AvatarFrames(latents, crops, mask_of(outline, networks.shape.side)), boxes)


def piece_names(frames: int) -> tuple[str, ...]:
    """The files of a whole preparation of so many frames."""
    return PLACES, *(_piece(number) for number in range(-(-frames // PIECE_FRAMES)))


def _piece(number: int) -> str:
    return f"piece-{number:05}.npz"


def folder_for(root: Path, *made_of: bytes) -> Path:
    """Where the preparation of something lies: a name that depends on every byte it is made of."""
    digest = hashlib.sha256(FORMAT.encode())
    for part in made_of:
        digest.update(hashlib.sha256(part).digest())
    return root / digest.hexdigest()[:32]


def hear(samples: NDArray[np.int16], sample_rate_hz: int, networks: HeadNetworks) -> HeardSpeech:
    """Listen to a stretch of speech: one row for each of its pictures at 25 a second, the last one begun included."""
    frames = -(-len(samples) * FRAMES_PER_SECOND // sample_rate_hz)
    heard = listen(networks.listener, to_16_khz(samples, sample_rate_hz))
    return HeardSpeech(windows(heard, frames), silent_pictures(samples, sample_rate_hz, frames))


def silent_pictures(samples: NDArray[np.int16], sample_rate_hz: int, frames: int) -> NDArray[np.bool_]:
    """Pictures from whose window no speech is heard, bool [frames]."""
    step = sample_rate_hz // FRAMES_PER_SECOND
    padded = np.zeros(frames * step, np.float32)
    padded[: min(len(samples), len(padded))] = samples[: len(padded)]
    level = np.sqrt((padded.reshape(frames, step) ** 2).mean(axis=1))
    speaks = level > max(8.0, QUIET_SHARE * float(np.percentile(level, 90))) if frames else np.zeros(0, np.bool_)
    reach = np.pad(speaks, (HEARD_BEFORE, HEARD_AFTER))
    heard = np.any([reach[shift : shift + frames] for shift in range(HEARD_BEFORE + HEARD_AFTER + 1)], axis=0)
    return np.asarray(~heard, np.bool_)


def to_16_khz(samples: NDArray[np.int16], sample_rate_hz: int) -> NDArray[np.float32]:
    """Samples at 24 or 16 kHz as float32 -1..1 at 16 kHz: twice as many, a low pass below 8 kHz, every third."""
    mono = np.asarray(samples.astype(np.float32) / np.float32(32768), np.float32)
    if sample_rate_hz == SAMPLE_RATE_HZ:
        return mono
    if sample_rate_hz * 2 != SAMPLE_RATE_HZ * 3:
        raise ValueError(f"Sound is heard at 16 or 24 kHz, not {sample_rate_hz} Hz.")
    twice = np.zeros(2 * len(mono), np.float32)
    twice[::2] = mono
    reach = np.arange(-_FILTER_REACH, _FILTER_REACH + 1)
    filter_ = np.sinc(reach / 3) / 3 * np.blackman(len(reach)) * 2
    return np.asarray(np.convolve(twice, filter_.astype(np.float32), "same")[::3], np.float32) if len(mono) else mono


class _Encoder:
    """The autoencoder where it runs, and what a crop becomes there."""

    def __init__(self, networks: HeadNetworks, device: str) -> None:
        import copy

        self._codec = copy.deepcopy(networks.codec).to(device)
        self._device, self._side = device, networks.shape.side

    def latents(self, crops: Bytes) -> NDArray[np.float32]:
        """RGB crops [n, side, side, 3] as the lip network takes them: [n, 8, side/8, side/8], the face with its lower half hidden first."""
        import torch

        faces = torch.from_numpy(crops).permute(0, 3, 1, 2).float() / 255
        hidden = faces.clone()
        hidden[:, :, self._side // 2 :] = 0
        with torch.inference_mode():
            both = [encode(self._codec, (part * 2 - 1).to(self._device)).float().cpu() for part in (hidden, faces)]
        return np.asarray(torch.cat(both, dim=1).numpy(), np.float32)


def _followed(pictures: Pictures, folder: Path, *, is_film: bool) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    path = folder / PLACES
    if not path.is_file():
        boxes, outline = follow(pictures(), FaceFinder(), is_film=is_film)
        _write(path, boxes=boxes, outline=outline)
        (folder / "about.json").write_text(json.dumps({"format": FORMAT, "frames": len(boxes)}), encoding="utf-8")
    kept = np.load(path)
    return kept["boxes"], kept["outline"]


def _write(path: Path, **arrays: NDArray[Any]) -> None:
    """Write under a name of one's own first: what is cut off leaves no half file, and two processes may prepare one face at once."""
    coming = path.with_name(f".{path.stem}-{secrets.token_hex(4)}.npz")
    np.savez(coming, **arrays)  # type: ignore[arg-type]
    coming.replace(path)
