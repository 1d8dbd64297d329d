"""Where the preparations of faces for a graphics card are kept: a shop's own beside its rig, so that they go with the face.

The folder is the media store's, so what one machine prepared, for a film or for a talk, another one reads.
"""

from pathlib import Path

from app.settings import Settings
from app.storage.media_store import MediaStore
from avatar_pipeline.neural import Shelf

PREPARED = "prepared"


def shelf_of(settings: Settings, store: MediaStore) -> Shelf:
    """The shelf of this machine's data folder."""
    data_folder = settings.data_folder.resolve()

    def folder_of(rig: Path) -> Path:
        is_own = rig.resolve().is_relative_to(data_folder / "faces")
        return (rig.parent if is_own else data_folder) / PREPARED

    return Shelf(folder_of, store.at_hand, store.keep)
