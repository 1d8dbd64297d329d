"""A film's poster: the picture that stands in a player until somebody presses play, taken out of the film itself.

It is the last picture before the first word. Every take begins from rest, eyes open, and by then the first card has come in; the
label that says AI stands in it. So a film that was made without a poster can be given the same one later.
"""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any, Final

import av
from PIL import Image

from avatar_pipeline.scenes.errors import PictureUnreadable
from avatar_pipeline.scenes.plan import LEAD_IN_S

ENDING: Final = ".jpg"
QUALITY: Final = 88
_LABEL: Final = "AIGC"
_XMP: Final = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description xmlns:TC260="http://www.tc260.org.cn/ns/AIGC/1.0/" TC260:AIGC="{label}"/></rdf:RDF></x:xmpmeta>'
)
"""How GB 45438 wants a still picture to say that it was made by AI; the label is the film's own."""


def write_poster(film: Path) -> Path:
    """Write a film's poster beside it (JPEG, as large as the film) and give its path; it is there whole or not at all.

    Raises PictureUnreadable when the film cannot be read, OSError when the poster cannot be written.
    """
    poster = film.with_suffix(ENDING)
    part = poster.with_name(f".{poster.name}.{secrets.token_hex(4)}")  # two who want it at once must not write into one another's
    try:
        with av.open(str(film)) as container:
            label = container.metadata.get(_LABEL, "")
            picture = _before_the_first_word(container)
    except (av.FFmpegError, IndexError) as error:
        raise PictureUnreadable(f"The film {film.name} has no picture that could be shown before it plays.") from error
    try:
        picture.save(part, "JPEG", quality=QUALITY, optimize=True, progressive=True, xmp=_XMP.format(label=_quoted(label)).encode())
        part.replace(poster)
    finally:
        part.unlink(missing_ok=True)
    return poster


def _before_the_first_word(container: Any) -> Image.Image:
    """The picture at the end of the lead-in, or the last one of a film that is shorter. Raises IndexError when there is none."""
    seen = []
    for frame in container.decode(container.streams.video[0]):
        seen = [frame]
        if frame.time is not None and frame.time >= LEAD_IN_S - 1e-6:
            break
    picture: Image.Image = seen[0].to_image()
    return picture


def _quoted(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
