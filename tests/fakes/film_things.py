"""A film for many in a shop: its named thing with a picture, and a table of which one row is made, one waits and one was left out."""

import io
from datetime import datetime, timedelta
from uuid import UUID

from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.studio.batches import hand_in_table, start_batch
from app.studio.concepts import ConceptDraft, keep_concept
from app.studio.films import Draft, create_film
from app.studio.pictures import hand_in_picture
from app.studio.tables import Film, FilmRender
from tenants.database import tenant_of

GUESTS = b"name,town\nAda,Rome\n,Oslo\nBo,Lima\n"
SCENES = [{"text": "Good morning, {name}."}, {"text": "Taste @lantern_tea.", "product": "@lantern_tea"}]


def make_for_many(session: Session, employee_id: UUID, now: datetime) -> UUID:
    """Name a tea, write a film that calls it, and start a table; give the film's id. It is older than the shop's newest film."""
    before = now - timedelta(hours=1)
    file = io.BytesIO()
    Image.new("RGB", (640, 420), (196, 164, 110)).save(file, "PNG")
    picture_id = hand_in_picture(session, name="tin.png", content=file.getvalue(), by="worker", now=before)
    tea = ConceptDraft("lantern_tea", "product", "Lantern Tea", "our Lantern Tea", "$8.00", "Picked in spring", picture_id)
    keep_concept(session, tea, concept_id=None, by="worker", now=before)
    script = {"format": "tillhand-script/1", "shape": "1:1", "captions": True, "scenes": SCENES}
    film_id = create_film(session, Draft("Good morning", employee_id, script), by="worker", now=before)
    session.get_one(Film, (tenant_of(session), film_id)).state = "approved"
    batch_id = hand_in_table(session, film_id=film_id, file_name="guests.csv", content=GUESTS, by="worker", now=before)
    start_batch(session, batch_id=batch_id, chosen={"name": 0}, by="worker", now=before)
    made = session.scalars(select(FilmRender).where(FilmRender.batch_id == batch_id).order_by(FilmRender.render_id)).first()
    assert made is not None
    made.state, made.progress_percent, made.duration_ms, made.finished_at = "done", 100, 5000, before
    made.takes_made, made.takes_kept = 1, 1
    session.flush()
    return film_id
