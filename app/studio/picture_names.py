"""What a picture that was handed in is called inside a script: a file's name made of its id."""

from typing import Final
from uuid import UUID

from tenants.identifiers import PublicIdUnreadable, from_public, to_public

ENDING: Final = ".webp"


def picture_file(picture_id: UUID) -> str:
    """The name under which a script asks for a picture."""
    return f"{to_public('pic', picture_id)}{ENDING}"


def picture_id_of(file_name: str) -> UUID | None:
    """The picture a script asks for; None for anything that is no picture's name."""
    try:
        return from_public("pic", file_name.removesuffix(ENDING))
    except PublicIdUnreadable:
        return None
