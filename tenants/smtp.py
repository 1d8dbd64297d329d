"""Sending letters through a mail server that speaks SMTP: `smtps://` encrypts from the first byte, `smtp://` as soon as the server can.

Credentials are only ever sent over an encrypted connection. `smtp://` to another machine therefore must offer STARTTLS; only a server
on this very machine may go without.
"""

import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit

from tenants.errors import MailNotSent
from tenants.mail import Letter, PostOffice

TIMEOUT_SECONDS: Final = 10
LOOPBACK: Final = {"127.0.0.1", "::1", "localhost"}
PORTS: Final = {"smtp": 587, "smtps": 465}


class MailServerAddressInvalid(ValueError):
    """The address of the mail server cannot be read."""


def smtp_post_office(url: str, *, sender: str, clock: Callable[[], datetime]) -> PostOffice:
    """Make a sender for `smtp[s]://[user:password@]host[:port]`; raises MailServerAddressInvalid. Nothing is contacted yet."""
    parts = urlsplit(url)
    if parts.scheme not in PORTS or not parts.hostname:
        raise MailServerAddressInvalid("Write the mail server like smtps://user:password@mail.example:465.")

    def send(letter: Letter) -> None:
        try:
            with _connected(parts) as server:
                server.send_message(_message(letter, sender, clock()))
        except (OSError, smtplib.SMTPException) as error:
            raise MailNotSent(f"{type(error).__name__} from the mail server") from error

    return send


@contextmanager
def _connected(parts: SplitResult) -> Iterator[smtplib.SMTP]:
    """A server that is encrypted and knows who we are; the connection is closed however the block ends."""
    host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
    trust = ssl.create_default_context()
    if parts.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_SECONDS, context=trust)
    else:
        server = smtplib.SMTP(host, port, timeout=TIMEOUT_SECONDS)
    with server:
        server.ehlo()
        if parts.scheme == "smtp" and (server.has_extn("starttls") or host not in LOOPBACK):
            server.starttls(context=trust)  # raises where it is not offered
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
        yield server


def _message(letter: Letter, sender: str, now: datetime) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, letter.recipient, letter.subject
    message["Date"], message["Message-ID"] = format_datetime(now), make_msgid(domain=sender.rpartition("@")[2].rstrip(">") or None)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.body)
    return message
