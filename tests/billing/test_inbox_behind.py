"""Rounds over every shop wait while the inbox is behind, and go on once it is not."""

from billing.handle_inbox import is_inbox_behind
from tenants.database import Database


def test_an_empty_inbox_is_not_behind(database: Database) -> None:
    assert not is_inbox_behind(database)
