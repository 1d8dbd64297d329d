"""Where a command puts what it makes: a folder that is not there is made and told of, for a mistyped name would else be found by nobody."""

from pathlib import Path

from avatar_pipeline.errors import StageRefusal


class OutUnusable(StageRefusal):
    """The folder is not there and cannot be made."""


def make_folder(folder: Path) -> None:
    """Make the folder where there is none, and say so on the terminal. Raises OutUnusable."""
    if folder.is_dir():
        return
    try:
        folder.mkdir(parents=True)
    except OSError as error:
        raise OutUnusable(f"The folder {folder} cannot be made ({error.strerror}). Name another with --out.") from None
    print(f"There was no folder {folder}; it was made.")
