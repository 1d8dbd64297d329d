"""Where a command puts what it makes: a folder that is not there is made and told of, for a mistyped name would else be found by nobody."""

from pathlib import Path

from avatar_pipeline.errors import StageRefusal


class OutUnusable(StageRefusal):
    """What was named as the place cannot be used: a folder that cannot be made, or a folder where a file is wanted."""


def make_folder(folder: Path) -> None:
    """Make the folder where there is none, and say so on the terminal. Raises OutUnusable."""
    if folder.is_dir():
        return
    try:
        folder.mkdir(parents=True)
    except OSError as error:
        raise OutUnusable(f"The folder {folder} cannot be made ({error.strerror}). Name another with --out.") from None
    print(f"There was no folder {folder}; it was made.")


def make_folder_of(file: Path) -> None:
    """Make the folder that a file is to lie in. Raises OutUnusable, also where the file's name is a folder's: before minutes of making."""
    if file.is_dir():
        raise OutUnusable(f"{file} is a folder. Name the file too, such as --out {file / 'film.mp4'}.")
    make_folder(file.parent)
