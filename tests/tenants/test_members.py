"""Members: joining by invitation, changing roles, leaving; the shop always keeps an owner and nobody gives more than they hold."""

import threading
from datetime import timedelta

import pytest
from fakes.people_of_shop import PASSWORD, join, open_empty_shop, signed_in

from tenants.accept_invitation import Answer, accept_invitation, invitation_of
from tenants.audit import AuditFilter, audit_entries
from tenants.errors import (
    EmailUnreadable,
    InvitationsTooMany,
    LastOwnerMustStay,
    LinkNotValid,
    MemberAlreadyThere,
    MemberUnknown,
    PasswordTooWeak,
    RoleNotYours,
    SignInRefused,
)
from tenants.identifiers import new_id
from tenants.invite_member import OPEN_INVITATIONS_MAX, invite_member, open_invitations, resend_invitation, revoke_invitation
from tenants.members import change_role, leave_shop, members, remove_member
from tenants.roles_of_members import ROLES_OF_MEMBERS, Permission, may, may_give, roles_with
from tenants.sessions import shops_of_person, switch_shop
from tenants.sign_in import session_of, sign_in

OWNER_EMAIL, NEW_EMAIL = "owner@kestrel.example", "sam@kestrel.example"
ANSWER = Answer("Sam Seller", "violet lantern under bridges", "Test")


@pytest.fixture
def shop(database, tenant_id, now):
    open_empty_shop(database, tenant_id, now=now, email=OWNER_EMAIL)
    return tenant_id


@pytest.fixture
def owner(database, shop, now):
    return signed_in(database, OWNER_EMAIL, now)


def invite(database, owner, now, email=NEW_EMAIL, role="staff"):
    with database.tenant_session(owner.tenant_id) as session:
        return invite_member(session, by=owner, email=email, role=role, now=now)


def names(database, shop):
    with database.tenant_session(shop) as session:
        return {member.display_name: member.role for member in members(session)}


def test_an_invited_person_joins_in_the_given_role(database, owner, now):
    invited = invite(database, owner, now, email="  Sam@Kestrel.example ")
    opened = invitation_of(database, invited.token, now)
    assert (opened.email, opened.role, opened.shop_name, opened.inviter_name, opened.is_known) == (
        NEW_EMAIL, "staff", "Kestrel", "Olive Owner", False,
    )  # fmt: skip
    accepted = accept_invitation(database, invited.token, ANSWER, now)
    person = session_of(database, accepted.token, now)
    assert person is not None
    assert (person.display_name, person.role) == ("Sam Seller", "staff")
    assert sign_in(database, NEW_EMAIL, ANSWER.password, now)
    with pytest.raises(LinkNotValid):
        accept_invitation(database, invited.token, ANSWER, now)


def test_a_weak_password_leaves_the_invitation_open(database, owner, now):
    invited = invite(database, owner, now)
    with pytest.raises(PasswordTooWeak):
        accept_invitation(database, invited.token, Answer("Sam", "sam@kestrel.example", ""), now)
    assert invitation_of(database, invited.token, now).is_known is False


def test_an_invitation_ends_by_time_by_withdrawal_and_by_a_newer_one(database, owner, now):
    late = invite(database, owner, now)
    with pytest.raises(LinkNotValid):
        invitation_of(database, late.token, now + timedelta(days=7))
    with database.tenant_session(owner.tenant_id) as session:
        assert open_invitations(session, now=now + timedelta(days=8))[0].is_expired
        again = resend_invitation(session, by=owner, invitation_id=late.invitation_id, now=now + timedelta(days=8))
    with pytest.raises(LinkNotValid):
        invitation_of(database, late.token, now + timedelta(days=8))
    assert invitation_of(database, again.token, now + timedelta(days=9)).email == NEW_EMAIL
    replaced = invite(database, owner, now, role="finance")
    with pytest.raises(LinkNotValid):
        invitation_of(database, again.token, now)
    with database.tenant_session(owner.tenant_id) as session:
        revoke_invitation(session, by=owner, invitation_id=replaced.invitation_id, now=now)
        assert open_invitations(session, now=now) == []
        with pytest.raises(MemberUnknown):
            revoke_invitation(session, by=owner, invitation_id=replaced.invitation_id, now=now)
    with pytest.raises(LinkNotValid):
        invitation_of(database, replaced.token, now)


def test_no_invitation_for_members_nonsense_or_beyond_the_limit(database, owner, now):
    with pytest.raises(MemberAlreadyThere):
        invite(database, owner, now, email=OWNER_EMAIL)
    for text in ("", "sam", "a@b", "a b@c.example", "x@y.example\nBcc: all@z.example", f"{'x' * 250}@y.example"):
        with pytest.raises(EmailUnreadable):
            invite(database, owner, now, email=text)
    for number in range(OPEN_INVITATIONS_MAX):
        invite(database, owner, now, email=f"person{number}@kestrel.example")
    with pytest.raises(InvitationsTooMany):
        invite(database, owner, now)


def test_a_known_person_joins_a_second_shop_with_the_password_they_have(database, owner, now):
    other = new_id(now)
    open_empty_shop(database, other, now=now, email="kim@harbour.example", name="Harbour Books")
    invited = invite(database, owner, now, email="kim@harbour.example", role="finance")
    assert invitation_of(database, invited.token, now).is_known
    with pytest.raises(SignInRefused):
        accept_invitation(database, invited.token, Answer("Kim", "not the password", ""), now)
    accept_invitation(database, invited.token, Answer("Kim", PASSWORD, ""), now + timedelta(hours=1))
    kim = signed_in(database, "kim@harbour.example", now)
    assert kim.tenant_id == other
    assert [(shop.name, shop.role) for shop in shops_of_person(database, kim.person_id)] == [
        ("Harbour Books", "owner"),
        ("Kestrel", "finance"),
    ]
    token = sign_in(database, "kim@harbour.example", PASSWORD, now).token
    there = switch_shop(database, by=session_of(database, token, now), token=token, tenant_id=owner.tenant_id, now=now)
    assert session_of(database, token, now) is None
    assert session_of(database, there.token, now).role == "finance"
    with pytest.raises(MemberUnknown):
        switch_shop(database, by=owner, token="unused", tenant_id=other, now=now)


def test_a_changed_role_ends_the_members_sessions(database, owner, now):
    person_id = join(database, owner.tenant_id, now=now, email=NEW_EMAIL, role="staff")
    token = sign_in(database, NEW_EMAIL, PASSWORD, now).token
    with database.tenant_session(owner.tenant_id) as session:
        change_role(session, by=owner, person_id=person_id, role="finance", now=now)
    assert session_of(database, token, now) is None
    assert signed_in(database, NEW_EMAIL, now).role == "finance"


def test_a_removed_member_is_out_at_once_and_may_come_back(database, owner, now):
    person_id = join(database, owner.tenant_id, now=now, email=NEW_EMAIL, role="manager")
    token = sign_in(database, NEW_EMAIL, PASSWORD, now).token
    with database.tenant_session(owner.tenant_id) as session:
        remove_member(session, by=owner, person_id=person_id, now=now)
        with pytest.raises(MemberUnknown):
            remove_member(session, by=owner, person_id=person_id, now=now)
    assert session_of(database, token, now) is None
    with pytest.raises(SignInRefused, match="no shop"):
        sign_in(database, NEW_EMAIL, PASSWORD, now)
    later = now + timedelta(days=1)
    accept_invitation(database, invite(database, owner, later).token, Answer("Sam again", PASSWORD, ""), later)
    assert names(database, owner.tenant_id) == {"Olive Owner": "owner", "Sam again": "staff"}
    assert signed_in(database, NEW_EMAIL, later).role == "staff"


def test_the_last_owner_stays(database, owner, now):
    with database.tenant_session(owner.tenant_id) as session:
        for change in (
            lambda: leave_shop(session, by=owner, now=now),
            lambda: remove_member(session, by=owner, person_id=owner.person_id, now=now),
            lambda: change_role(session, by=owner, person_id=owner.person_id, role="manager", now=now),
        ):
            with pytest.raises(LastOwnerMustStay):
                change()
    join(database, owner.tenant_id, now=now, email=NEW_EMAIL, role="owner")
    with database.tenant_session(owner.tenant_id) as session:
        leave_shop(session, by=owner, now=now)
    assert names(database, owner.tenant_id) == {"Owner": "owner"}


def test_two_owners_who_remove_each_other_at_once_leave_one(database, owner, now):
    join(database, owner.tenant_id, now=now, email=NEW_EMAIL, role="owner")
    other, start, refused = signed_in(database, NEW_EMAIL, now), threading.Barrier(2), []

    def remove(by, person_id):
        start.wait()
        try:
            with database.tenant_session(by.tenant_id) as session:
                remove_member(session, by=by, person_id=person_id, now=now)
        except (LastOwnerMustStay, MemberUnknown) as error:
            refused.append(type(error))

    pairs = ((owner, other.person_id), (other, owner.person_id))
    threads = [threading.Thread(target=remove, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert refused == [LastOwnerMustStay]
    assert list(names(database, owner.tenant_id).values()) == ["owner"]


def test_nobody_gives_or_takes_more_than_they_hold(database, owner, now):
    join(database, owner.tenant_id, now=now, email=NEW_EMAIL, role="manager")
    manager = signed_in(database, NEW_EMAIL, now)
    with database.tenant_session(owner.tenant_id) as session:
        for change in (
            lambda: invite_member(session, by=manager, email="x@kestrel.example", role="owner", now=now),
            lambda: invite_member(session, by=manager, email="x@kestrel.example", role="finance", now=now),
            lambda: remove_member(session, by=manager, person_id=owner.person_id, now=now),
            lambda: change_role(session, by=manager, person_id=manager.person_id, role="owner", now=now),
        ):
            with pytest.raises(RoleNotYours):
                change()
        invite_member(session, by=manager, email="x@kestrel.example", role="staff", now=now)


def test_the_table_of_roles_is_what_the_prose_says():
    assert ROLES_OF_MEMBERS["owner"] == set(Permission)
    assert not any(may(role, permission) for role in ("", "admin") for permission in Permission)
    assert not may("staff", Permission.SEE_EARNINGS)
    assert not may("finance", Permission.READ_CONVERSATIONS)
    changing = set(Permission) - {p for p in Permission if p.name.startswith(("SEE_", "READ_"))}
    assert not any(may("read_only", permission) for permission in changing)
    assert roles_with(Permission.SIGN_CONTRACTS) == ["owner"]
    assert [role for role in ROLES_OF_MEMBERS if may_give("manager", role)] == ["manager", "staff", "read_only"]
    assert [role for role in ROLES_OF_MEMBERS if may_give("staff", role)] == []
    assert not may_give("owner", "admin")


def test_every_change_is_written_down_by_whom(database, owner, now):
    invited = invite(database, owner, now)
    accept_invitation(database, invited.token, ANSWER, now)
    with database.tenant_session(owner.tenant_id) as session:
        person_id = next(member.person_id for member in members(session) if member.email == NEW_EMAIL)
        change_role(session, by=owner, person_id=person_id, role="manager", now=now)
        remove_member(session, by=owner, person_id=person_id, now=now)
    with database.tenant_session(owner.tenant_id) as session:
        entries = audit_entries(session, AuditFilter(), limit=10)
    assert {entry.action for entry in entries} == {"member.invited", "member.joined", "member.role_changed", "member.removed"}
    assert NEW_EMAIL not in repr(entries)
