"""Pictures that people hand in for walls and cards: opened with care, turned as the camera held them, shrunk to what is needed."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Final

from PIL import Image, ImageOps, UnidentifiedImageError

from avatar_pipeline.scenes.errors import PictureUnreadable

PIXELS_MAX: Final = 60_000_000
_FORMATS: Final = ("JPEG", "PNG", "WEBP")


def open_picture(path: Path) -> Image.Image:
    """The picture as RGBA, upright. Raises PictureUnreadable with a sentence a person can act on."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=_FORMATS) as opened:
                if opened.width * opened.height > PIXELS_MAX:
                    raise PictureUnreadable(
                        f"The picture {path.name} has {opened.width} x {opened.height} pixels; send one below 60 million."
                    )
                upright = ImageOps.exif_transpose(opened)
                return upright.convert("RGBA")
    except UnidentifiedImageError as error:
        raise PictureUnreadable(f"The picture {path.name} is no JPEG, PNG or WebP that can be opened.") from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PictureUnreadable(
            f"The picture {path.name} is larger than any picture needs to be; send one below 60 million pixels."
        ) from error
    except (OSError, SyntaxError, ValueError) as error:  # what the decoders raise for damaged files
        raise PictureUnreadable(f"The picture {path.name} is damaged or missing: {error}.") from error


def covering(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Enlarge or shrink so that it covers `size`, and cut what stands out, keeping the middle."""
    return ImageOps.fit(picture, size, Image.Resampling.LANCZOS, centering=(0.5, 0.45))
