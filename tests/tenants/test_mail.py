"""Letters: they leave after the commit, once; a server that fails is tried again; real SMTP over a loopback socket."""

import smtplib
import socketserver
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from itertools import pairwise

import pytest

from tenants.errors import MailNotSent
from tenants.mail import TRIES_MAX, Letter, kept_letters, send_letters, write_letter
from tenants.smtp import MailServerAddressInvalid, smtp_post_office

SENDER = "Tillhand <post@tillhand.example>"
LETTER = Letter("sam@kestrel.example", "Join\r\nBcc: all@evil.example", "Hello Sam,\n\nhttps://tillhand.example/x\n")


def write(database, now, letter=LETTER):
    with database.directory_session() as session:
        write_letter(session, letter, now=now)


def state_of(database):
    return [(letter.state, letter.body) for letter in kept_letters(database, limit=5)]


class MailServer(socketserver.BaseRequestHandler):
    """The few words of SMTP a letter needs, spoken by a real socket."""

    received: list[str]

    def handle(self) -> None:
        file = self.request.makefile("rwb")

        def say(text: str) -> None:
            file.write(f"{text}\r\n".encode())
            file.flush()

        say("220 test")
        for raw in file:
            word = raw.decode().strip().upper()
            if word == "DATA":
                say("354 go on")
                lines = []
                while (line := file.readline().decode()) != ".\r\n":
                    lines.append(line)
                self.server.received.append("".join(lines))
                say("250 taken")
            elif word == "QUIT":
                say("221 bye")
                return
            else:
                say("250 fine")


@pytest.fixture
def mail_server() -> Iterator[socketserver.ThreadingTCPServer]:
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), MailServer)
    server.daemon_threads, server.received = True, []
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


def test_a_letter_goes_through_a_real_mail_server_and_is_emptied(database, mail_server, now):
    write(database, now)
    send = smtp_post_office(
        f"smtp://127.0.0.1:{mail_server.server_address[1]}", sender="Tillhand <post@tillhand.example>", clock=lambda: now
    )
    assert send_letters(database, send, clock=lambda: now) == 1
    assert send_letters(database, send, clock=lambda: now + timedelta(hours=9)) == 0
    (letter,) = mail_server.received
    head, _, body = letter.partition("\r\n\r\n")
    assert "To: sam@kestrel.example" in head
    assert "From: Tillhand <post@tillhand.example>" in head
    assert "\r\nBcc:" not in head
    assert "https://tillhand.example/x" in body
    assert state_of(database) == [("sent", "")]


def test_a_letter_of_a_rolled_back_transaction_never_leaves(database, now):
    with suppress(ZeroDivisionError), database.directory_session() as session:
        write_letter(session, LETTER, now=now)
        1 / 0  # noqa: B018
    assert kept_letters(database, limit=5) == []


def test_a_failing_server_is_tried_again_later_and_later_and_then_given_up(database, now):
    clock, tries = [now], []

    def refuse(letter):
        tries.append(clock[0])
        raise MailNotSent("no")

    write(database, now)
    for minute in range(60 * 12):
        clock[0] = now + timedelta(minutes=minute)
        send_letters(database, refuse, clock=lambda: clock[0])
    gaps = [(later - earlier).total_seconds() for earlier, later in pairwise(tries)]
    assert len(tries) == TRIES_MAX
    assert gaps == sorted(gaps)
    assert gaps[-1] == 3600
    assert state_of(database) == [("given_up", "")]


def test_workers_at_once_send_a_letter_once(database, now):
    sent, start = [], threading.Barrier(4)
    for _ in range(8):
        write(database, now)

    def work():
        start.wait()
        send_letters(database, sent.append, clock=lambda: now)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(sent) == 8


def test_an_unreachable_server_is_an_error_with_a_name(now):
    with socketserver.TCPServer(("127.0.0.1", 0), MailServer) as closed:
        port = closed.server_address[1]
    with pytest.raises(MailNotSent):
        smtp_post_office(f"smtp://127.0.0.1:{port}", sender="a@b.example", clock=lambda: now)(LETTER)


def test_credentials_never_travel_in_the_clear(mail_server, now):
    """A server on this machine that cannot encrypt also does not know AUTH, so the library refuses before anything is sent."""
    send = smtp_post_office(f"smtp://user:secret@127.0.0.1:{mail_server.server_address[1]}", sender="a@b.example", clock=lambda: now)
    with pytest.raises(MailNotSent) as refused:
        send(LETTER)
    assert isinstance(refused.value.__cause__, smtplib.SMTPNotSupportedError)
    assert mail_server.received == []


@pytest.mark.parametrize("url", ["", "mail.example", "http://mail.example", "smtp://"])
def test_an_address_that_is_none_is_refused_at_the_start(url, now):
    with pytest.raises(MailServerAddressInvalid):
        smtp_post_office(url, sender="a@b.example", clock=lambda: now)
