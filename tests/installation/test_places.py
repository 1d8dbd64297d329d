"""Where she may appear and where she was seen: patterns, what they let in, and how sightings are kept."""

from contextlib import suppress
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.installation import sightings as room
from app.installation.domains import DOMAINS_MAX, allow_domain, is_allowed, pattern_of
from app.installation.errors import DomainInvalid, DomainsTooMany
from app.installation.sightings import EXACT_SECONDS, REFUSED_MAX, forget_refused, note_sighting, sightings
from tenants.database import Database
from tenants.hire_employee import Applicant, add_applicant
from tenants.tenant import open_tenant

LABEL = st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=1, max_size=8)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Shop.Example", "https://shop.example"), (" https://shop.example/ ", "https://shop.example"), ("https://shop.example/beans?x=1", "https://shop.example"),
        ("https://*.Shop.example", "https://*.shop.example"), ("localhost:3000", "http://localhost:3000"), ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("https://shop.example:8443", "https://shop.example:8443"), ("https://my-shop.myshopify.com", "https://my-shop.myshopify.com"),
    ],
)  # fmt: skip
def test_what_people_type_becomes_an_origin(typed: str, kept: str):
    assert pattern_of(typed) == kept


@given(LABEL, LABEL)
def test_a_pattern_lets_in_its_subdomains_and_nothing_that_looks_like_them(inner: str, name: str):
    pattern = (f"https://*.{name}.example",)
    assert is_allowed(f"https://{inner}.{name}.example", pattern)
    assert is_allowed(f"https://a.{inner}.{name}.example", pattern)
    for stranger in (f"https://{name}.example", f"http://{inner}.{name}.example", f"https://{inner}.{name}.example.evil.test"):
        assert not is_allowed(stranger, pattern)
    assert not is_allowed(f"https://{inner}.{name}.example:8443", pattern)
    assert not is_allowed(f"https://.{name}.example", pattern)
    assert not is_allowed(f"https://{inner}-{name}.example", pattern)
    assert not is_allowed(None, pattern)


@given(st.text(max_size=40))
def test_any_text_is_a_place_or_refused_in_a_sentence(typed: str):
    with suppress(DomainInvalid):
        kept = pattern_of(typed)
        assert kept.startswith(("https://", "http://"))
        assert pattern_of(kept) == kept


@pytest.fixture
def employee_id(database: Database, tenant_id: UUID, now: datetime) -> UUID:
    with database.tenant_session(tenant_id) as session:
        open_tenant(session, name="Kestrel", time_zone="UTC", allowed_origins=(), now=now)
        who = Applicant(name="Amara", job_title="Shop seller", face_id="amara", voice_id="lessac", greeting="Hello", brief="")
        return add_applicant(session, who, now=now).employee_id


def test_the_list_of_places_has_an_end(database: Database, tenant_id: UUID, now: datetime, employee_id: UUID):
    with database.tenant_session(tenant_id) as session:
        for number in range(DOMAINS_MAX):
            allow_domain(session, f"shop{number}.example", actor="operator", now=now)
        assert allow_domain(session, "shop7.example", actor="operator", now=now) == "https://shop7.example"
        with pytest.raises(DomainsTooMany):
            allow_domain(session, "one-more.example", actor="operator", now=now)


def test_a_busy_page_is_written_once_in_a_while(database: Database, tenant_id: UUID, now: datetime, employee_id: UUID):
    place = {"origin": "https://shop.example", "employee_id": employee_id}
    moments = [now, now + timedelta(seconds=EXACT_SECONDS - 1), now + timedelta(seconds=EXACT_SECONDS + 1)]
    seen = []
    for moment in moments:
        with database.tenant_session(tenant_id) as session:
            note_sighting(session, **place, is_allowed=True, now=moment)
        with database.tenant_session(tenant_id) as session:
            seen.append(sightings(session)[0].last_seen_at)
    assert seen == [now, now, moments[2]]
    with database.tenant_session(tenant_id) as session:
        note_sighting(session, **place, is_allowed=False, now=moments[2])
        assert not sightings(session)[0].is_allowed


def test_strangers_cannot_fill_the_list(database: Database, tenant_id: UUID, now: datetime, employee_id: UUID):
    with database.tenant_session(tenant_id) as session:
        for number in range(REFUSED_MAX + 5):
            note_sighting(session, origin=f"https://copy{number}.example", employee_id=employee_id, is_allowed=False, now=now)
        note_sighting(session, origin="https://" + "a" * room.ORIGIN_LENGTH_MAX, employee_id=employee_id, is_allowed=True, now=now)
        note_sighting(session, origin="https://shop.example", employee_id=employee_id, is_allowed=True, now=now)
        assert len(sightings(session)) == REFUSED_MAX + 1
        forget_refused(session)
        assert [one.origin for one in sightings(session)] == ["https://shop.example"]
