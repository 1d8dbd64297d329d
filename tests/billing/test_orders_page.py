"""Every example of app/api/ORDERS.md is posted through the real door, and does what the page says."""

import json
import re
from datetime import datetime
from pathlib import Path
from uuid import UUID

import pytest
from shopkeeper import Shopkeeper

from tenants.database import Database

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "app" / "api" / "ORDERS.md").read_text()
PAYLOADS = ROOT / "tests" / "payloads" / "generic"
EXAMPLES = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
VISITOR = UUID("0193484e-5a00-7000-8000-00000000a001")
EARNINGS = ("lead_created", "income_reported")
GOOD = ("order_paid", "order_updated", "chargeback")


def test_the_page_and_the_payload_files_are_the_same() -> None:
    names = ("order_paid", "order_updated", "refund_lines", "chargeback", *EARNINGS)
    files = [json.loads((PAYLOADS / f"{name}.json").read_text()) for name in names]
    assert [json.loads(example) for example in EXAMPLES] == files


@pytest.mark.parametrize("backwards", [False, True])
def test_the_page_told_in_either_direction_comes_to_the_same_money(database: Database, now: datetime, backwards: bool) -> None:
    shop = Shopkeeper(database, now.replace(hour=18))
    shop.touch(visitor_id=VISITOR, at=now.replace(hour=9))
    for name in reversed(GOOD) if backwards else GOOD:
        view = shop.tell((PAYLOADS / f"{name}.json").read_bytes())
        assert view.state == ("waiting" if backwards and name == "chargeback" else "handled"), view.reason
    # One bag of 9.00 before tax, of an order of 41.60 of which 30.80 was charged back: 8 % of 9.00 * 10.80 / 41.60.
    assert shop.earned() == round(900 * 0.08 * 1080 / 4160) == 19
    assert shop.slip().totals[0].balance_minor == 19


def test_a_message_from_the_future_is_set_aside(database: Database, now: datetime) -> None:
    shop = Shopkeeper(database, now.replace(day=18))
    view = shop.tell((PAYLOADS / "refund_lines.json").read_bytes())
    assert (view.state, view.reason) == (
        "set_aside",
        "data.created_at must be a time between the year 2000 and tomorrow; it is '2026-11-21T14:00:00Z'.",
    )
    assert shop.balances() == {}
