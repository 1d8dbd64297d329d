"""Sign-up and reset links: single use, short-lived, and nothing about who exists can be learnt from them."""

from datetime import timedelta
from zoneinfo import ZoneInfoNotFoundError

import pytest
from fakes.people_of_shop import PASSWORD, open_empty_shop, signed_in

from tenants.database import Database
from tenants.errors import EmailAlreadyKnown, EmailUnreadable, LinkNotValid, MemberUnknown, PasswordTooWeak, ShopNameMissing, SignInRefused
from tenants.identifiers import new_id
from tenants.passwords import PASSWORD_LENGTH_MAX, judge_password
from tenants.reset_password import (
    ask_for_reset,
    change_password,
    confirm_password,
    email_of_reset,
    end_sessions_everywhere,
    reset_password,
)
from tenants.sessions import end_session, sessions_of, shops_of_person
from tenants.sign_in import session_of, sign_in
from tenants.sign_up import AskedShop, Owner, ask_for_shop, open_another_shop, open_shop, read_sign_up, sign_up_of
from tenants.tenant import tenant_view

EMAIL, NEW_PASSWORD = "owner@kestrel.example", "violet lantern under bridges"
ASKED = AskedShop("new@wren.example", "Wren Teas", "Asia/Shanghai")
OWNER = Owner("Wen Wren", NEW_PASSWORD, "Test")


@pytest.fixture
def shop(database, tenant_id, now):
    open_empty_shop(database, tenant_id, now=now, email=EMAIL)
    return tenant_id


def test_a_shop_opens_behind_its_link_once(database: Database, now):
    token = ask_for_shop(database, ASKED, now)
    assert sign_up_of(database, token, now) == ASKED
    person = session_of(database, open_shop(database, token, OWNER, now).token, now)
    assert (person.display_name, person.role) == ("Wen Wren", "owner")
    with database.tenant_session(person.tenant_id) as session:
        shop = tenant_view(session)
    assert (shop.name, shop.time_zone, shop.is_demo) == ("Wren Teas", "Asia/Shanghai", False)
    with pytest.raises(LinkNotValid):
        open_shop(database, token, OWNER, now)


def test_a_sign_up_link_lasts_a_day_and_a_weak_password_does_not_use_it_up(database, now):
    token = ask_for_shop(database, ASKED, now)
    with pytest.raises(PasswordTooWeak):
        open_shop(database, token, Owner("Wen", "new@wren.example", ""), now)
    assert sign_up_of(database, token, now + timedelta(hours=23)) == ASKED
    for at in (now + timedelta(hours=24), now + timedelta(days=9)):
        with pytest.raises(LinkNotValid):
            sign_up_of(database, token, at)
    with pytest.raises(LinkNotValid):
        sign_up_of(database, "guessed", now)


def test_two_links_for_one_address_open_one_shop(database, now):
    first, second = ask_for_shop(database, ASKED, now), ask_for_shop(database, ASKED, now)
    open_shop(database, first, OWNER, now)
    with pytest.raises(EmailAlreadyKnown):
        open_shop(database, second, OWNER, now)
    assert ask_for_shop(database, ASKED, now) is None


def test_what_was_typed_is_read_or_refused():
    assert read_sign_up(" New@Wren.Example ", " Wren   Teas ", "UTC") == AskedShop("new@wren.example", "Wren Teas", "UTC")
    with pytest.raises(EmailUnreadable):
        read_sign_up("wren", "Wren", "UTC")
    for name in ("", "  ", "x" * 121, "We\x00ird"):
        with pytest.raises(ShopNameMissing):
            read_sign_up(EMAIL, name, "UTC")
    with pytest.raises(ZoneInfoNotFoundError):
        read_sign_up(EMAIL, "Wren", "../etc/passwd")


def test_a_member_opens_a_second_shop(database, shop, now):
    person, later = signed_in(database, EMAIL, now), now + timedelta(days=1)
    open_another_shop(database, person_id=person.person_id, display_name="Olive", shop_name="Two", time_zone="UTC", now=later)
    assert [one.name for one in shops_of_person(database, person.person_id)] == ["Kestrel", "Two"]


def test_a_reset_link_sets_the_password_once_and_ends_every_session(database, shop, now):
    second = open_another_shop(
        database,
        person_id=signed_in(database, EMAIL, now).person_id,
        display_name="O",
        shop_name="Two",
        time_zone="UTC",
        now=now + timedelta(seconds=1),
    )
    open_sessions = [sign_in(database, EMAIL, PASSWORD, now).token for _ in range(2)]
    token = ask_for_reset(database, EMAIL, now)
    assert email_of_reset(database, token, now) == EMAIL
    with pytest.raises(PasswordTooWeak):
        reset_password(database, token, "password1234", now)
    reset_password(database, token, NEW_PASSWORD, now)
    assert [session_of(database, one, now) for one in open_sessions] == [None, None]
    assert sign_in(database, EMAIL, NEW_PASSWORD, now)
    with pytest.raises(SignInRefused):
        sign_in(database, EMAIL, PASSWORD, now)
    with pytest.raises(LinkNotValid):
        reset_password(database, token, "another fine password of words", now)
    assert second != shop


def test_a_reset_link_lasts_an_hour_a_newer_one_ends_it_and_strangers_get_none(database, shop, now):
    old = ask_for_reset(database, EMAIL, now)
    with pytest.raises(LinkNotValid):
        email_of_reset(database, old, now + timedelta(hours=1))
    newer = ask_for_reset(database, EMAIL, now)
    with pytest.raises(LinkNotValid):
        reset_password(database, old, NEW_PASSWORD, now)
    assert email_of_reset(database, newer, now) == EMAIL
    assert ask_for_reset(database, "nobody@kestrel.example", now) is None


def test_changing_ones_password_needs_the_present_one(database, shop, now):
    person = signed_in(database, EMAIL, now)
    with database.tenant_session(shop) as session:
        with pytest.raises(SignInRefused):
            change_password(session, by=person, present="wrong", wanted=NEW_PASSWORD, now=now)
        with pytest.raises(PasswordTooWeak):
            change_password(session, by=person, present=PASSWORD, wanted="olive owner!", now=now)
        change_password(session, by=person, present=PASSWORD, wanted=NEW_PASSWORD, now=now)
        confirm_password(session, by=person, password=NEW_PASSWORD)
    assert signed_out(database, PASSWORD, now)


def signed_out(database, password, now):
    try:
        sign_in(database, EMAIL, password, now)
    except SignInRefused:
        return True
    return False


def test_sessions_are_listed_and_end_one_by_one_or_all(database, shop, now):
    tokens = [sign_in(database, EMAIL, PASSWORD, now + timedelta(minutes=n), device=f"Device {n}").token for n in range(3)]
    person = session_of(database, tokens[0], now)
    with database.tenant_session(shop) as session:
        found = sessions_of(session, person.person_id, now=now)
        assert [one.device for one in found] == ["Device 2", "Device 1", "Device 0"]
        end_session(session, by=person, sign_in_id=found[0].sign_in_id, now=now)
        with pytest.raises(MemberUnknown):
            end_session(session, by=person, sign_in_id=new_id(now), now=now)
    assert [session_of(database, token, now) is None for token in tokens] == [False, False, True]
    ended = end_sessions_everywhere(database, person.person_id, action="member.signed_out_everywhere", now=now, except_id=person.sign_in_id)
    assert ended == 1
    assert [session_of(database, token, now) is None for token in tokens] == [False, True, True]


@pytest.mark.parametrize(
    "password",
    ["short", "password1234", "qwertyuiop12", "kestrelcoffee", "Kestrel Coffee", "a" * 16, "x" * (PASSWORD_LENGTH_MAX + 1)],
)
def test_guessable_passwords_are_refused(password):
    with pytest.raises(PasswordTooWeak):
        judge_password(password, ("olive@kestrel.example", "Kestrel Coffee"))


@pytest.mark.parametrize("password", [PASSWORD, NEW_PASSWORD, "f7Kq-02xLmPz!", "一二三四春天的花园里有猫", NEW_PASSWORD * 5])
def test_good_passwords_are_taken_however_they_look(password):
    judge_password(password, ("olive@kestrel.example", "Kestrel Coffee"))
