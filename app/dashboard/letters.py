"""Letters in words: templates/letters/NAME.md, whose first line is the subject. Plain text, for every mail program reads it."""

from functools import cache
from typing import Any

from jinja2 import Environment

from app.dashboard.language import language, speaking
from app.dashboard.pages import environment
from app.wiring import House
from tenants.mail import Letter, write_letter


def compose(name: str, recipient: str, *, reads: str = "", **context: Any) -> Letter:
    """Render a letter in the language its recipient `reads`, by default the one being spoken."""
    with speaking(reads or language()):
        text = _plain_environment().get_template(f"letters/{name}.md").render(context)
    subject, _, body = text.partition("\n")
    return Letter(recipient, subject, body.strip() + "\n")


def address(house: House, path: str) -> str:
    """A link for a letter. It is made from the settings, never from the request, whose host anybody can write."""
    return f"{house.settings.public_url.rstrip('/')}{path}"


def post_letter(house: House, letter: Letter) -> None:
    """Write a letter that belongs to no shop's transaction."""
    with house.database.directory_session() as session:
        write_letter(session, letter, now=house.clock())


@cache
def _plain_environment() -> Environment:
    return environment().overlay(autoescape=False, trim_blocks=False, lstrip_blocks=False)  # plain text: "&" stays "&"
