"""How large the talking head networks are. The published size, and the small ones that tests run with seeded random weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

SOUND_WIDTH: Final = 384  # whisper-tiny's width, and so that of the cross attention
LATENT_SCALE: Final = 8  # the autoencoder's three halvings


@dataclass(frozen=True)
class HeadShape:
    """Sizes of the lip network, its autoencoder and the small decoder. `side` is the face crop's, in pixels, a multiple of 64.

    The defaults are those of the published MuseTalk 1.5, sd-vae-ft-mse and TAESD.
    """

    channels: tuple[int, ...] = (320, 640, 1280, 1280)
    layers: int = 2
    heads: int = 8
    groups: int = 32
    picture_channels: tuple[int, ...] = (128, 256, 512, 512)
    picture_layers: int = 2
    turbo_channels: int = 64
    turbo_blocks: int = 3
    side: int = 256

    @property
    def latent_side(self) -> int:
        """Rows and columns of a latent picture."""
        return self.side // LATENT_SCALE


PUBLISHED: Final = HeadShape()
SMALL: Final = HeadShape((32, 32, 64, 64), 1, 8, 8, (16, 16, 32, 32), 1, 8, 1, 64)
"""Three hundredths of a per cent of the work: for tests, and where everything only has to run."""
MEDIUM: Final = HeadShape((64, 64, 128, 128), 1, 8, 16, (32, 32, 64, 64), 1, 32, 1, 64)
"""Twice as wide, for the benchmark on a processor: a layer this wide waits for arithmetic, where a narrower one waits for memory."""
