"""A worker that is killed while it writes to the ledger: run with the three database URLs and the moment to call now."""

import os
import sys
from datetime import datetime

from sqlalchemy import event

from billing.handle_inbox import handle_inbox
from tenants.database import connect


def die(_connection: object, _cursor: object, text: str, *_: object) -> None:
    """End at once, with no clean-up of any kind."""
    if text.startswith("INSERT INTO posting"):
        os._exit(9)


if __name__ == "__main__":
    app_url, intake_url, operator_url, now = sys.argv[1:]
    database = connect(app_url=app_url, intake_url=intake_url, operator_url=operator_url)
    event.listen(database.app, "before_cursor_execute", die)
    handle_inbox(database, clock=lambda: datetime.fromisoformat(now))
