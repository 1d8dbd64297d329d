"""The catalogue: every entry's files are there, load, and show an adult with a licence."""

import pytest
from PIL import Image

from avatar_pipeline.catalogue import CatalogueFace, face, faces
from avatar_pipeline.face import load_rig
from avatar_pipeline.rig.errors import FaceUnknown

POSTER_BYTES_MAX = 15_000


@pytest.mark.parametrize("entry", faces(), ids=lambda entry: entry.face_id)
def test_an_entry_is_complete(entry: CatalogueFace) -> None:
    chat, film = load_rig(entry.rig_path), load_rig(entry.film_rig_path)
    assert (chat.face_id, chat.name) == (film.face_id, film.name) == (entry.face_id, entry.display_name)
    assert film.size_px > chat.size_px
    assert entry.age_years >= 21
    assert entry.licence == "Apache-2.0"
    with Image.open(entry.poster_path) as poster:
        assert poster.format == "WEBP"
        assert poster.width == poster.height >= 320
    assert entry.poster_path.stat().st_size <= POSTER_BYTES_MAX


def test_faces_are_found_by_id_and_strangers_refused() -> None:
    assert face("amara") in faces()
    with pytest.raises(FaceUnknown, match="amara"):
        face("nobody")
