"""A render's files brought to this machine when somebody wants to see them; a film from before there were posters gets its own then."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from avatar_pipeline.shoot import PictureUnreadable, write_poster

POSTER: Final = "jpg"


def bring_media(path: Path, kind: str, at_hand: Callable[[Path], bool]) -> None:
    """Have the file of that kind that belongs to the film at `path` in this machine's folder, if there is one anywhere."""
    if at_hand(path.with_suffix(f".{kind}")) or kind != POSTER or not at_hand(path):
        return
    with suppress(PictureUnreadable, OSError):  # a player without a poster is a player all the same
        write_poster(path)
