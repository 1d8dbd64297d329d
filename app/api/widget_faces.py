"""Whose face the widget may show: one of the catalogue, or a shop's own as long as whoever it shows consents to chat."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.api.errors import ApiProblem
from app.casting.own_faces import AnyFace, any_face, shop_of_face
from app.studio.likeness import must_be_allowed
from app.wiring import House, media_store
from avatar_pipeline.catalogue import face
from avatar_pipeline.errors import StageRefusal


async def served_face(house: House, face_id: str) -> AnyFace:
    """The face, its files at hand. Raises ApiProblem 404 for a face that is not there or may not be shown."""
    try:
        return face(face_id)
    except StageRefusal:
        shop = await house.run_call(shop_of_face, house.database, face_id)
    if shop is None:
        raise ApiProblem(404, "Not found", "There is no such face.")
    try:
        own = await house.run(shop, _shown, face_id, house)
    except StageRefusal as refusal:
        raise ApiProblem(404, "Not found", "There is no such face.") from refusal
    store = media_store(house.settings)
    if not all([await house.run_call(store.at_hand, path) for path in (own.rig_path, own.poster_path)]):
        raise ApiProblem(404, "Not found", "There is no such face.")
    return own


def _shown(session: Session, face_id: str, house: House) -> AnyFace:
    now: datetime = house.clock()
    must_be_allowed(session, face_id=face_id, channel="chat", now=now)
    return any_face(session, face_id, house.settings.data_folder)
