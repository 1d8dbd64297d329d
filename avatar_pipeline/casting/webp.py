"""Pictures as WebP: what pages show, posters, and what films are made with."""

import cv2

from avatar_pipeline.casting.errors import PictureUnusable
from avatar_pipeline.rig.rig import Bytes


def webp_of(picture: Bytes, quality: int) -> bytes:
    """A BGR picture as a WebP file, quality 1..100. Raises PictureUnusable for sides WebP cannot hold (16,383 pixels)."""
    done, body = cv2.imencode(".webp", picture, [cv2.IMWRITE_WEBP_QUALITY, quality])
    if not done:
        raise PictureUnusable("The picture cannot be saved. Save it again as JPEG or PNG.")
    return body.tobytes()
