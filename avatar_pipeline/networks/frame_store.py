"""The avatars' prepared frames, resident where the network runs, so that a batch moves three numbers a row instead of a picture.

One block of memory holds the frames of all avatars; an avatar owns the places in it that its frames were put into and gives them back,
wiped, when it is dropped. The block never moves, because recorded batches (CUDA graphs) remember addresses.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from avatar_pipeline.errors import AvatarDoesNotFit
from avatar_pipeline.networks.lip_network import CHANNELS_IN
from avatar_pipeline.networks.protocol import AvatarFrames, PatchPlace
from avatar_pipeline.networks.shape import HeadShape

AVATARS_MAX: Final = 512


class FrameStore:
    """Frames of up to AVATARS_MAX avatars, `frames_max` in all. Place 0 is nobody's: the filling of a batch reads it."""

    def __init__(self, shape: HeadShape, place: PatchPlace, frames_max: int, latent: Any) -> None:
        """Take the memory at once. `latent` is a tensor whose device and precision the latents get."""
        import torch

        side, device = shape.latent_side, latent.device
        self.shape, self.place = shape, place
        self.latents = torch.zeros((frames_max + 1, CHANNELS_IN, side, side), dtype=latent.dtype, device=device)
        self.crops = torch.zeros((frames_max + 1, place.height, place.side, 3), dtype=torch.uint8, device=device)
        self.masks = torch.zeros((AVATARS_MAX + 1, place.height, place.side), dtype=torch.uint8, device=device)
        self._free = list(range(frames_max, 0, -1))
        self._free_masks = list(range(AVATARS_MAX, 0, -1))
        self._owned: dict[int, tuple[NDArray[np.int64], int]] = {}
        self._given = 0

    @property
    def bytes_per_frame(self) -> int:
        """What one frame takes."""
        return int(self.latents[0].nbytes + self.crops[0].nbytes)

    @property
    def frames_free(self) -> int:
        """How many more frames fit."""
        return len(self._free)

    def keep(self, avatar: AvatarFrames) -> int:
        """Copy an avatar's frames in and give it a number. Raises AvatarDoesNotFit, ValueError for frames of another size."""
        self._require_size(avatar)
        if avatar.frames > len(self._free) or not self._free_masks:
            raise AvatarDoesNotFit(f"This network has room for {len(self._free)} more frames; the avatar has {avatar.frames}.")
        places = np.array([self._free.pop() for _ in range(avatar.frames)], np.int64)
        mask, rows = self._free_masks.pop(), slice(self.place.top, self.place.top + self.place.height)
        self._write(self.latents, places, avatar.latents)
        self._write(self.crops, places, avatar.crops[:, rows])
        self._write(self.masks, np.array([mask]), avatar.mask[None, rows])
        self._given += 1
        self._owned[self._given] = places, mask
        return self._given

    def drop(self, avatar: int) -> None:
        """Wipe an avatar's frames and give their places back. KeyError for a number that is not kept."""
        places, mask = self._owned.pop(avatar)
        for block, rows in ((self.latents, places), (self.crops, places), (self.masks, np.array([mask]))):
            block.index_fill_(0, self._index(rows), 0)
        self._free += [int(place) for place in places[::-1]]
        self._free_masks.append(mask)

    def find(self, avatars: NDArray[np.int64], frames: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The places of frames and of masks for each row. KeyError for an avatar that is not kept, IndexError for a frame beyond it."""
        owned = [self._owned[int(avatar)] for avatar in avatars]
        wrong = [int(frame) for frame, (places, _) in zip(frames, owned, strict=True) if not 0 <= frame < len(places)]
        if wrong:
            raise IndexError(f"An avatar has no frame {wrong[0]}.")
        found = [places[frame] for frame, (places, _) in zip(frames, owned, strict=True)]
        return np.array(found, np.int64), np.array([mask for _, mask in owned], np.int64)

    def _write(self, block: Any, places: NDArray[np.int64], rows: NDArray[Any]) -> None:
        import torch

        block.index_copy_(0, self._index(places), torch.from_numpy(np.ascontiguousarray(rows)).to(block.device, block.dtype))

    def _index(self, places: NDArray[np.int64]) -> Any:
        import torch

        return torch.from_numpy(places).to(self.latents.device)

    def _require_size(self, avatar: AvatarFrames) -> None:
        side = self.shape.latent_side
        wanted = ((avatar.frames, CHANNELS_IN, side, side), (avatar.frames, self.shape.side, self.shape.side, 3), (self.shape.side,) * 2)
        found = (avatar.latents.shape, avatar.crops.shape, avatar.mask.shape)
        if found != wanted or not avatar.frames:
            raise ValueError(f"An avatar's latents, crops and mask are {wanted}; these are {found}.")
