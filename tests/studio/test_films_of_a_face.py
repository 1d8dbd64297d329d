"""Which films show a face: what was made with another one, before somebody wore it, is not among them."""

from app.studio.films import Draft, create_film
from app.studio.likeness import affected_films
from app.studio.renders import ask_render
from app.studio.tables import FilmRender
from app.studio.wear_face import wear_face
from tenants.hire_employee import Applicant, add_applicant
from tenants.tenant import open_tenant

SCRIPT = {"format": "tillhand-script/1", "shape": "1:1", "scenes": [{"text": "Hello."}]}


def test_films_made_before_somebody_wore_the_face_do_not_show_it(database, tenant_id, now):
    by = "per_olive"

    def made(session, film_id):
        session.get_one(FilmRender, (tenant_id, ask_render(session, film_id=film_id, kind="preview", by=by, now=now))).state = "done"

    with database.tenant_session(tenant_id) as session:
        open_tenant(session, name="Kestrel Coffee", time_zone="UTC", allowed_origins=(), now=now)
        amara = add_applicant(session, Applicant("Amara", "Presenter", "amara", "heart", "Hello!", "Shows coffee."), now=now).employee_id
        films = [create_film(session, Draft(title, amara, SCRIPT), by=by, now=now) for title in ("before", "again", "draft")]
        for film_id in films[:2]:
            made(session, film_id)
        assert wear_face(session, employee_id=amara, face_id="tomas", market="FR", by=by, now=now)
        made(session, films[1])
        listed = {face: {one.title for one in affected_films(session, face)} for face in ("amara", "tomas")}
    assert listed == {"amara": {"before", "again"}, "tomas": {"again", "draft"}}
