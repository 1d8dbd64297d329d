"""Face, voice and name are reserved within a market: two shops' employees are never confusable unless both accept."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenants.errors import EmployeeNameUnusable, LikenessRequestUnknown, LikenessTaken
from tenants.hire_employee import Applicant, add_applicant
from tenants.identifiers import new_id
from tenants.reservation import (
    WORLD,
    Likeness,
    answer_likeness_request,
    ask_for_likeness,
    check_name,
    held_elsewhere,
    likeness_requests,
    name_skeleton,
    release_likeness,
    reserve_likeness,
)
from tenants.retire_employee import retire_employee
from tenants.tenant import open_tenant

AMARA = Likeness("amara", "heart", "Amara", "GB")


@pytest.fixture
def shops(database, now):
    """Two shops and an employee of each, one of them with a name of her own."""
    made = []
    for name in ("Kestrel", "Harbour"):
        tenant_id = new_id(now)
        with database.tenant_session(tenant_id) as session:
            open_tenant(session, name=name, time_zone="Europe/London", allowed_origins=(), now=now)
            employee = add_applicant(session, Applicant("Amara", "Seller", "amara", "heart", "Hello.", ""), now=now)
        made.append((tenant_id, employee.employee_id))
    return made


def reserve(database, shop, likeness, now, until=None):
    tenant_id, employee_id = shop
    with database.tenant_session(tenant_id) as session:
        reserve_likeness(session, employee_id=employee_id, likeness=likeness, now=now, until=until)


@pytest.mark.parametrize("name", ["Amára", "AMARA", "A mara", "Amarra", "Аmаrа", "Am-ara"])
def test_what_an_ear_or_a_glance_would_miss_is_the_same_name(database, shops, now, name):
    reserve(database, shops[0], AMARA, now)
    with pytest.raises(LikenessTaken, match="Amara with this face and voice since November 2026") as refused:
        reserve(database, shops[1], replace(AMARA, name=name), now)
    assert "Kestrel" not in str(refused.value)


@pytest.mark.parametrize("other", [{"face_id": "mei"}, {"voice_id": "other"}, {"name": "Amira"}, {"market": "DE"}])
def test_another_face_voice_name_or_market_is_free(database, shops, now, other):
    reserve(database, shops[0], AMARA, now)
    reserve(database, shops[1], replace(AMARA, **other), now)


def test_the_world_meets_every_market_and_a_pace_is_no_other_voice(database, shops, now):
    reserve(database, shops[0], replace(AMARA, voice_id="heart@90"), now)
    with pytest.raises(LikenessTaken):
        reserve(database, shops[1], replace(AMARA, market=WORLD), now)


def test_one_shop_may_keep_and_change_its_own(database, shops, now):
    reserve(database, shops[0], AMARA, now)
    reserve(database, shops[0], AMARA, now + timedelta(days=1))
    reserve(database, shops[0], replace(AMARA, name="Ada"), now + timedelta(days=2))
    reserve(database, shops[1], AMARA, now + timedelta(days=2))


def test_a_draft_holds_for_its_days_and_a_dismissal_frees(database, shops, now):
    reserve(database, shops[0], AMARA, now, until=now + timedelta(days=7))
    with pytest.raises(LikenessTaken):
        reserve(database, shops[1], AMARA, now + timedelta(days=6))
    reserve(database, shops[1], AMARA, now + timedelta(days=8))
    with database.tenant_session(shops[1][0]) as session:
        retire_employee(session, employee_id=shops[1][1], now=now + timedelta(days=9))
    reserve(database, shops[0], AMARA, now + timedelta(days=9))
    with database.tenant_session(shops[0][0]) as session:
        release_likeness(session, employee_id=shops[0][1], now=now + timedelta(days=10))
    reserve(database, shops[1], AMARA, now + timedelta(days=10))


def test_both_may_accept_and_then_both_may_work(database, shops, now):
    reserve(database, shops[0], AMARA, now)
    with database.tenant_session(shops[1][0]) as session:
        assert [(one.name, one.answer) for one in held_elsewhere(session, AMARA, now=now)] == [("Amara", "")]
        assert ask_for_likeness(session, AMARA, now=now) == 1
        assert ask_for_likeness(session, AMARA, now=now) == 0
        assert likeness_requests(session) == []
    with pytest.raises(LikenessTaken):
        reserve(database, shops[1], AMARA, now)
    with database.tenant_session(shops[0][0]) as session:
        [asked] = likeness_requests(session)
        assert (asked.employee_id, asked.is_accepted) == (shops[0][1], None)
        answer_likeness_request(session, request_id=asked.request_id, accepted=True, now=now)
        with pytest.raises(LikenessRequestUnknown):
            answer_likeness_request(session, request_id=asked.request_id, accepted=False, now=now)
    reserve(database, shops[1], AMARA, now)
    reserve(database, shops[0], AMARA, now)  # the acceptance holds for the side that gave it too


def test_a_no_stays_a_no_and_only_the_asked_may_answer(database, shops, now):
    reserve(database, shops[0], AMARA, now)
    with database.tenant_session(shops[1][0]) as session:
        ask_for_likeness(session, AMARA, now=now)
    with database.tenant_session(shops[0][0]) as session:
        [asked] = likeness_requests(session)
    with database.tenant_session(shops[1][0]) as session, pytest.raises(LikenessRequestUnknown):
        answer_likeness_request(session, request_id=asked.request_id, accepted=True, now=now)
    with database.tenant_session(shops[0][0]) as session:
        answer_likeness_request(session, request_id=asked.request_id, accepted=False, now=now)
    with database.tenant_session(shops[1][0]) as session:
        assert ask_for_likeness(session, AMARA, now=now) == 0
        assert held_elsewhere(session, AMARA, now=now)[0].answer == "declined"
    with pytest.raises(LikenessTaken):
        reserve(database, shops[1], AMARA, now)


def test_of_two_shops_at_the_same_moment_one_is_refused(database, shops, now):
    def attempt(shop):
        try:
            reserve(database, shop, AMARA, now)
        except LikenessTaken:
            return "refused"
        return "held"

    for round_number in range(5):
        likeness_now = now + timedelta(days=round_number)
        with ThreadPoolExecutor(2) as pool:
            assert sorted(pool.map(attempt, shops)) == ["held", "refused"]
        for tenant_id, employee_id in shops:
            with database.tenant_session(tenant_id) as session:
                release_likeness(session, employee_id=employee_id, now=likeness_now)


@pytest.mark.parametrize("name", ["", "  ", "A" * 41, "R2", "<b>", "Ida\x00", "-", "a@b"])
def test_what_is_no_name_is_refused(name):
    with pytest.raises(EmployeeNameUnusable):
        check_name(name)


def test_names_of_any_writing_are_kept():
    names = ("Anna Maria", "美玲", "O'Hara", "Zoë", "आशा")
    assert tuple(check_name(f" {name.replace(' ', '  ')} ") for name in names) == names


@given(st.text(alphabet=st.characters(categories=["L"]), min_size=1, max_size=12))
def test_a_skeleton_is_stable_and_never_empty_for_letters(name):
    skeleton = name_skeleton(name)
    assert skeleton
    assert name_skeleton(f" {name}-") == skeleton
    assert name_skeleton(skeleton) == skeleton
