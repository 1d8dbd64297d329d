"""What was prepared of a face lies beside it: found by other machines through the media store, and gone when the face is thrown away."""

from pathlib import Path
from uuid import uuid4

from app.casting.own_faces import face_folder, face_id_of, made_folder
from app.casting.prepared_faces import shelf_of
from app.casting.uploads import drop_face
from app.settings import Settings
from app.storage.media_store import MediaStore
from avatar_pipeline.catalogue import face


def test_a_shop_s_own_face_takes_its_preparation_with_it(tmp_path: Path) -> None:
    casting_id = uuid4()
    here, there = (Settings(data_folder=tmp_path / name) for name in ("here", "there"))
    stores = [MediaStore(one.data_folder, f"file://{tmp_path / 'store'}") for one in (here, there)]
    shelves = [shelf_of(one, store) for one, store in zip((here, there), stores, strict=True)]
    rigs = [made_folder(one.data_folder.resolve(), casting_id, 1) / "film.rig" for one in (here, there)]
    for rig in rigs:
        rig.parent.mkdir(parents=True)
        rig.write_bytes(b"rig")
    made, wanted = (shelf.folder_of(rig) / "of-these-weights" / "places.npz" for shelf, rig in zip(shelves, rigs, strict=True))
    assert not shelves[0].fetch(made)
    made.parent.mkdir(parents=True, exist_ok=True)
    made.write_bytes(b"where the mouth lies")
    shelves[0].share(made.parent)
    assert shelves[1].fetch(wanted)
    assert wanted.read_bytes() == b"where the mouth lies"
    folder = drop_face(here.data_folder.resolve(), casting_id)
    stores[0].drop(folder)
    assert not made.exists()
    drop_face(there.data_folder.resolve(), casting_id)
    assert not shelves[1].fetch(wanted)  # nor does the store have it any more
    assert folder == face_folder(here.data_folder.resolve(), face_id_of(casting_id))


def test_a_face_of_the_catalogue_is_prepared_in_the_data_folder_and_not_in_the_package(tmp_path: Path) -> None:
    settings = Settings(data_folder=tmp_path)
    folder = shelf_of(settings, MediaStore(tmp_path)).folder_of(face("amara").film_rig_path)
    assert folder == tmp_path.resolve() / "prepared"
