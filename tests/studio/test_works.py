"""Films as works: entered before they are made, found by the mark by anybody, changed by nobody else."""

from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError, NoResultFound

from app.studio import works as works_module
from app.studio.works import WorkTitleUnusable, begin_work, finish_work, known_film, works
from tenants.errors import EmployeeNotAtWork
from tenants.hire_employee import Applicant, add_applicant
from tenants.identifiers import new_id
from tenants.tenant import open_tenant

AMARA = Applicant("Amara", "Presenter", "amara", "heart", "Hello!", "Shows coffee.")


@pytest.fixture
def amara(database, tenant_id, now):
    with database.tenant_session(tenant_id) as session:
        open_tenant(session, name="Kestrel Coffee", time_zone="UTC", allowed_origins=(), now=now)
        return add_applicant(session, AMARA, now=now).employee_id


def begun(database, tenant_id, employee_id, now, title="Spring  film"):
    with database.tenant_session(tenant_id) as session:
        return begin_work(session, employee_id=employee_id, title=title, now=now)


def test_a_film_is_found_by_its_mark(database, tenant_id, amara, now):
    one, other = (begun(database, tenant_id, amara, now + timedelta(seconds=n)) for n in range(2))
    assert one.mark_id != other.mark_id
    assert 0 <= one.mark_id < 1 << 48
    found = known_film(database, one.film)
    assert found is not None
    assert (found.shop, found.employee, found.title, found.begun_at) == ("Kestrel Coffee", "Amara", "Spring film", now)
    assert known_film(database, "film-000000000000") is None
    assert known_film(database, "film-\x00") is None


def test_a_finished_film_keeps_its_fingerprint(database, tenant_id, amara, now):
    work = begun(database, tenant_id, amara, now)
    with database.tenant_session(tenant_id) as session:
        finish_work(session, work_id=work.work_id, duration_s=3.04, sha256=b"\1" * 32, now=now + timedelta(minutes=1))
        assert [(one.work_id, one.finished_at) for one in works(session)] == [(work.work_id, now + timedelta(minutes=1))]


def test_no_other_shop_sees_or_ends_it(database, tenant_id, amara, now):
    work, stranger = begun(database, tenant_id, amara, now), new_id(now)
    with database.tenant_session(stranger) as session:
        open_tenant(session, name="Harbour Books", time_zone="UTC", allowed_origins=(), now=now)
        assert works(session) == []
        with pytest.raises(NoResultFound):
            finish_work(session, work_id=work.work_id, duration_s=1, sha256=b"", now=now)
        with pytest.raises(EmployeeNotAtWork):
            begin_work(session, employee_id=amara, title="Not hers", now=now)


@pytest.mark.parametrize("title", ["", "  ", "x" * 201, "a\x07b"])
def test_a_title_says_something(database, tenant_id, amara, now, title):
    with pytest.raises(WorkTitleUnusable, match="200"):
        begun(database, tenant_id, amara, now, title)


def test_two_films_never_share_a_mark(database, tenant_id, amara, now, monkeypatch):
    drawn = iter([7, 7, 8])
    monkeypatch.setattr(works_module, "draw_film_id", lambda: next(drawn))
    assert [begun(database, tenant_id, amara, now).mark_id for _ in range(2)] == [7, 8], "a number that is taken is drawn again"
    monkeypatch.setattr(works_module, "draw_film_id", lambda: 7)
    with pytest.raises(IntegrityError):
        begun(database, tenant_id, amara, now)
