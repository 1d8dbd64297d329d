"""Outgoing webhooks: what happens is told once, signed, repeated until it is taken, and never inside our own network."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from fakes.shop_history import Shop, open_shop, routed
from fakes.webhook_receiver import Receiver, webhook_receiver

from app.flows import VERBS
from app.outgoing.endpoints import (
    ENDPOINTS_MAX,
    TOPICS,
    add_endpoint,
    change_topics,
    endpoint_view,
    endpoints,
    remove_endpoint,
    rotate_endpoint_secret,
    switch_on,
)
from app.outgoing.errors import EndpointRefused, EndpointUnknown
from app.outgoing.read import message_view, messages_of, send_again, waiting_counts
from app.outgoing.schedule import DISABLED_AFTER, STANDARD_WEBHOOKS, wait_after
from app.outgoing.sending import HEAD_BYTES, MESSAGES_KEPT_MAX, send_due
from app.outgoing.tables import OutgoingEndpoint
from app.outgoing.telling import tell_of_credits, tell_test
from billing.close_period import close_due
from billing.redeem_coupon import redeem_coupon
from billing.seal_ledger import seal_ledger
from tenants.calls_outside import is_public
from tenants.database import Database
from tenants.identifiers import new_id, to_public
from tenants.mail import kept_letters
from tenants.outbox import deliver_due

BY = "operator"


class Street:
    """A shop, its receiver and the clock."""

    def __init__(self, shop: Shop, receiver: Receiver, now: Any) -> None:
        self.shop, self.receiver, self.now = shop, receiver, now

    def verb(self, verb: Any, **arguments: Any) -> Any:
        with self.shop.database.tenant_session(self.shop.tenant_id) as session:
            return verb(session, **arguments)

    def add(self, *topics: str, url: str = "") -> tuple[UUID, str]:
        topics = topics or tuple(TOPICS)
        how = {"topics": topics, "now": self.now, "by": BY, "is_loopback_allowed": True}
        return self.verb(add_endpoint, url=url or self.receiver.url, **how)

    def sell(self, number: int) -> None:
        at = self.now - timedelta(hours=2)
        talk = self.shop.talk("Any?", ["Yes."], now=at, coupon=True)
        till = {"code": talk.coupon.code, "order_ref": f"K-{number}", "cart_total_minor": 2000, "currency": talk.coupon.currency}
        self.verb(redeem_coupon, **till, now=at)
        self.shop.sell(f"K-{number}", "20.00", now=at + timedelta(hours=1), talk=talk)

    def hear(self) -> None:
        """Everything up to the messages that wait: the outbox, the seal, the book."""
        while deliver_due(self.shop.database, VERBS, clock=lambda: self.now):
            pass
        self.verb(seal_ledger, now=self.now)
        tell_of_credits(self.shop.database, now=self.now)

    def send(self) -> int:
        return send_due(self.shop.database, clock=lambda: self.now)

    def drain(self) -> None:
        while self.send():
            pass


@pytest.fixture(scope="module")
def program() -> Iterator[Receiver]:
    with webhook_receiver() as running:
        yield running


@pytest.fixture
def street(database: Database, tenant_id: UUID, now: Any, program: Receiver) -> Street:
    program.got.clear()
    program.raw.clear()
    program.answers.clear()
    return Street(open_shop(routed(database), tenant_id, now=now - timedelta(days=19), email="robin@kestrel.example"), program, now)


def test_what_happens_is_told_once_and_signed(street: Street) -> None:
    _, secret = street.add()
    street.add("statement.closed")
    street.sell(1)
    for _ in range(2):
        street.hear()
    street.drain()
    got = street.receiver
    assert sorted(set(got.types())) == ["coupon.redeemed", "credit.posted", "touch.recorded"]
    assert len({headers["webhook-id"] for headers, _ in got.got}) == len(got.got)
    assert all(got.signers(number, secret) == [secret] for number in range(len(got.got)))
    earned = sum(body["data"]["amount_minor"] for _, body in got.got if body["type"] == "credit.posted")
    assert earned > 0
    for _, body in got.got:
        assert set(body) == {"type", "timestamp", "data"}
        assert body["data"]["id"]
    street.now += timedelta(days=60)
    close_due(street.shop.database, clock=lambda: street.now)
    street.hear()
    street.drain()
    told = [body for _, body in got.got if body["type"] == "statement.closed"]
    assert len(told) >= 2, "each address that wants it"
    assert (len(told[0]["data"]["root"]), len(told) % 2) == (64, 0)


def test_an_address_hears_only_what_comes_after_it(street: Street) -> None:
    street.sell(1)
    street.hear()
    endpoint_id, _ = street.add("touch.recorded")
    street.verb(change_topics, endpoint_id=endpoint_id, topics=["credit.posted"], now=street.now, by=BY)
    street.hear()
    assert street.send() == 0
    street.sell(2)
    street.hear()
    street.drain()
    assert set(street.receiver.types()) == {"credit.posted"}


def test_two_secrets_sign_while_one_is_changed(street: Street) -> None:
    endpoint_id, old = street.add()
    fresh = street.verb(rotate_endpoint_secret, endpoint_id=endpoint_id, now=street.now, by=BY)
    for _ in range(2):
        street.verb(tell_test, endpoint_id=endpoint_id, now=street.now)
        street.drain()
        street.now += timedelta(days=1)
    assert [street.receiver.signers(number, old, fresh) for number in range(2)] == [[old, fresh], [fresh]]


def test_what_is_not_taken_comes_again_ever_later(street: Street) -> None:
    endpoint_id, _ = street.add()
    message_id = street.verb(tell_test, endpoint_id=endpoint_id, now=street.now)
    street.receiver.answers = [(500, {}, b"x" * 9000)] + [(503, {}, b"busy")] * 20
    waits = []
    for _ in range(len(STANDARD_WEBHOOKS) + 1):
        assert street.send() == 1
        (line,) = street.verb(messages_of, endpoint_id=endpoint_id)
        waits.append(line.next_try_at - street.now)
        street.now = max(street.now, line.next_try_at - timedelta(seconds=1))
        assert street.send() == 0
        street.now += timedelta(seconds=1)
    assert (line.state, line.attempts) == ("given_up", len(STANDARD_WEBHOOKS) + 1)
    assert all(plain <= wait <= plain * 1.2 for plain, wait in zip(STANDARD_WEBHOOKS, waits, strict=False))
    view, tries, body = street.verb(message_view, message_id=message_id)
    assert (view.last_why, len(tries), '"hello"' in body) == ("It answered 503.", len(STANDARD_WEBHOOKS) + 1, True)
    assert (len(tries[-1].answer_head), "webhook-signature" in tries[-1].request_head) == (HEAD_BYTES, True)
    street.receiver.answers = []
    street.verb(send_again, message_id=message_id, now=street.now, by=BY)
    with pytest.raises(EndpointRefused):
        street.verb(send_again, message_id=message_id, now=street.now, by=BY)
    street.drain()
    assert street.verb(messages_of, endpoint_id=endpoint_id)[0].state == "delivered"
    assert len({headers["webhook-id"] for headers, _ in street.receiver.got}) == 1, "a receiver knows a repetition by its id"


@pytest.mark.parametrize(("status", "headers", "why"), [
    (302, {"Location": "http://127.0.0.1:1/"}, "redirect"), (429, {"Retry-After": "7200"}, "It answered 429."),
    (400, {"Retry-After": "soon"}, "It answered 400."),
])  # fmt: skip
def test_other_answers(street: Street, status: int, headers: dict[str, str], why: str) -> None:
    endpoint_id, _ = street.add()
    street.verb(tell_test, endpoint_id=endpoint_id, now=street.now)
    street.receiver.answers = [(status, headers, b"")]
    street.send()
    (line,) = street.verb(messages_of, endpoint_id=endpoint_id)
    assert why in (line.last_why or "")
    assert (line.next_try_at - street.now >= timedelta(hours=2)) is (status == 429)
    assert len(street.receiver.got) == 1


def letters(street: Street) -> list[str]:
    deliver_due(street.shop.database, VERBS, clock=lambda: street.now)
    return [one.body for one in kept_letters(street.shop.database, limit=50) if "no longer sent" in one.subject]


def test_who_is_gone_is_told_nothing_until_switched_on(street: Street) -> None:
    endpoint_id, _ = street.add()
    for _ in range(2):
        street.verb(tell_test, endpoint_id=endpoint_id, now=street.now)
    street.receiver.answers = [(410, {}, b"")]
    assert (street.send(), street.send()) == (1, 0)
    assert "410 Gone" in letters(street)[0]
    assert street.verb(waiting_counts) == {endpoint_id: 2}
    street.sell(1)
    street.hear()
    assert street.send() == 0, "what happens meanwhile is held"
    street.verb(tell_test, endpoint_id=endpoint_id, now=street.now)
    assert street.send() == 1, "a test event goes out all the same"
    street.verb(switch_on, endpoint_id=endpoint_id, now=street.now, by=BY)
    street.drain()
    assert set(street.receiver.types()) == {"endpoint.test", "touch.recorded", "credit.posted", "coupon.redeemed"}
    assert street.verb(waiting_counts) == {}


def test_an_address_that_takes_nothing_for_days_is_switched_off(street: Street) -> None:
    endpoint_id, _ = street.add(url="http://127.0.0.1:1/nobody")
    street.verb(tell_test, endpoint_id=endpoint_id, now=street.now)
    street.send()
    assert street.verb(endpoint_view, endpoint_id=endpoint_id).failing_since == street.now
    street.now += DISABLED_AFTER
    street.send()
    view = street.verb(endpoint_view, endpoint_id=endpoint_id)
    assert ("5 days" in view.disabled_why, "No answer came from there" in view.disabled_why) == (True, True)
    assert len(letters(street)) == 1


def test_one_slow_address_does_not_keep_others_waiting(street: Street) -> None:
    street.add("touch.recorded", url="http://127.0.0.1:1/nobody")
    street.add("touch.recorded")
    street.sell(1)
    street.hear()
    assert street.send() == 2, "the oldest of each address"
    assert street.receiver.types() == ["touch.recorded"]


def test_what_was_taken_away_gets_nothing(street: Street) -> None:
    endpoint_id, _ = street.add()
    street.verb(tell_test, endpoint_id=endpoint_id, now=street.now)
    street.verb(remove_endpoint, endpoint_id=endpoint_id, now=street.now, by=BY)
    street.sell(1)
    street.hear()
    assert (street.send(), street.verb(endpoints)) == (0, [])
    for verb, arguments in ((switch_on, {"by": BY}), (tell_test, {})):
        with pytest.raises(EndpointUnknown):
            street.verb(verb, endpoint_id=endpoint_id, now=street.now, **arguments)
    with pytest.raises(EndpointUnknown):
        street.verb(message_view, message_id=new_id(street.now))
    with pytest.raises(EndpointUnknown):
        street.verb(send_again, message_id=new_id(street.now), now=street.now, by=BY)


@pytest.mark.parametrize("url", [
    "http://shop.example/", "https://127.0.0.1/", "https://localhost/", "https://10.0.0.8/", "https://169.254.169.254/latest", "https://[::1]/",
    "https://[fd00::1]/", "https://[64:ff9b::a00:1]/", "https://[::ffff:10.0.0.1]/", "https://0.0.0.0/", "https://224.0.0.1/", "ftp://x/",
    "https://user@1.1.1.1/", "https://no-such-host.invalid/", "https://[", "https://1.1.1.1:99999/", "https://exämple.com/", "", "https:///x",
    "https://1.1.1.1/" + "x" * 500,
])  # fmt: skip
def test_no_address_leads_into_our_own_network(street: Street, url: str) -> None:
    with pytest.raises(EndpointRefused):
        street.verb(add_endpoint, url=url, topics=list(TOPICS), now=street.now, by=BY)


def test_loopback_needs_the_setting_also_when_it_is_sent(street: Street) -> None:
    with pytest.raises(EndpointRefused):
        street.verb(add_endpoint, url=street.receiver.url, topics=list(TOPICS), now=street.now, by=BY)
    endpoint_id, _ = street.add()
    with street.shop.database.tenant_session(street.shop.tenant_id) as session:
        session.get_one(OutgoingEndpoint, (street.shop.tenant_id, endpoint_id)).is_loopback = False
    street.verb(tell_test, endpoint_id=endpoint_id, now=street.now)
    street.send()
    assert (street.receiver.got, street.verb(messages_of, endpoint_id=endpoint_id)[0].last_status) == ([], None)
    assert is_public("1.1.1.1")
    assert not is_public("fe80::1%eth0")


def test_choices_that_cannot_be(street: Street) -> None:
    for topics in ([], ["order.everything"]):
        with pytest.raises(EndpointRefused):
            street.add(*topics or ("nothing",))
    for _ in range(ENDPOINTS_MAX):
        street.add()
    with pytest.raises(EndpointRefused):
        street.add()


def test_only_so_many_messages_are_kept(street: Street) -> None:
    from app.outgoing.tables import OutgoingMessage

    endpoint_id, _ = street.add()
    with street.shop.database.tenant_session(street.shop.tenant_id) as session:
        for number in range(MESSAGES_KEPT_MAX + 5):
            at = street.now - timedelta(days=1, seconds=number)
            session.add(OutgoingMessage(
                tenant_id=street.shop.tenant_id, message_id=new_id(at), endpoint_id=endpoint_id, topic="x", body=b"{}", written_at=at,
                state="delivered", attempts=1, next_try_at=at,
            ))  # fmt: skip
    street.verb(tell_test, endpoint_id=endpoint_id, now=street.now)
    street.drain()
    assert len(street.verb(messages_of, endpoint_id=endpoint_id, limit=5000)) == MESSAGES_KEPT_MAX


def test_waits_are_bounded() -> None:
    assert wait_after(1, chance_percent=0) == STANDARD_WEBHOOKS[0]
    assert wait_after(1, chance_percent=0, asked_seconds=10**9) == timedelta(days=1)
    assert wait_after(len(STANDARD_WEBHOOKS) + 1, chance_percent=0) is None
    assert to_public("msg", UUID(int=1)).startswith("msg_")
