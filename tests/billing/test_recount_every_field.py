"""One byte of any field of any kind of line changed: the verifier names that line."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from uuid import UUID

from closed_months import BUSY_TERMS, ClosedMonths, months_of
from sqlalchemy import select

from billing.decide_dispute import decide_dispute
from billing.ledger.tables import LedgerTransaction
from billing.open_dispute import open_dispute
from billing.record_bonus import BonusEvent, record_bonus
from billing.record_income import WorkIncome, record_income
from billing.recount import BODY, CLOSES, KINDS, DoesNotAddUp, recount
from tenants.database import Database
from tenants.tables import Tenant

TOKEN = re.compile(rb'"[^"\\]+"|-?[0-9]+|true|false|null')
"""A field's name, its text or its figure."""

MEASURED = {"lift"}
"""Kinds that need two thousand visitors; their lines are sealed and hashed by the same two functions."""


def test_one_byte_of_any_field_of_any_kind_of_line_changed_names_that_line(database: Database, now: datetime, tmp_path: Path) -> None:
    months = months_with_every_kind(database, now)
    dice, kinds, path = Random(20261122), set[str](), tmp_path / "changed.jsonl"
    for statement in months.statements():
        content = months.export(statement)
        path.write_bytes(content)
        assert "add up" in recount(str(path), statement.root)
        lines, told = content.splitlines(keepends=True), months.lines(statement.period_name)
        for number, line in enumerate(told):
            if line["kind"] in kinds:
                continue  # each kind once
            kinds.add(line["kind"])
            for token in TOKEN.finditer(lines[number], BODY):
                forged = with_byte(lines[number], dice.randrange(token.start(), token.end()))
                path.write_bytes(b"".join([*lines[:number], forged, *lines[number + 1 :]]))
                assert named(path, statement.root) == number, (line["kind"], token.group())
    assert kinds == {"header", "footer", *KINDS, *CLOSES} - {"turnover"} - MEASURED


def named(path: Path, root: str) -> int | None:
    """The line the verifier names; -1 when it finds nothing wrong."""
    try:
        recount(str(path), root)
    except DoesNotAddUp as wrong:
        found: int | None = wrong.args[0]
        return found
    return -1


def with_byte(raw: bytes, position: int) -> bytes:
    """The bytes with one of them changed, to a digit or letter beside it."""
    return raw[:position] + bytes([raw[position] ^ 1]) + raw[position + 1 :]


def months_with_every_kind(database: Database, now: datetime) -> ClosedMonths:
    """Sales with tiers, a cap, a lead, a film's income, a dispute, a reserve that flows back, a debt that is carried, and a minimum."""
    terms = BUSY_TERMS.model_copy(update={"bonuses": {"lead": 500}, "royalty_income_ppm": 100_000, "dispute_days": 120})
    months, at = months_of(database, now, terms), now - timedelta(days=1)
    shop = months.shop
    months.sell_together({f"o{number}": f"{90 + number * 37}.37" for number in range(8)})
    with shop.session() as session:
        session.add(Tenant(tenant_id=shop.tenant_id, name="Shop", time_zone="Europe/Berlin", created_at=now))
        record_bonus(session, BonusEvent("lead", "crm", "1", shop.employee_id, at, at, {"conversation": "c1"}), now=now)
        record_income(session, WorkIncome("tube", "1", shop.employee_id, UUID(int=5), 5_000, "EUR", at, at, {"report": "r1"}), now=now)
        share = session.scalars(select(LedgerTransaction).where(LedgerTransaction.kind == "share").limit(1)).one()
        assert share.order_id is not None
        dispute_id = open_dispute(
            session, order_id=share.order_id, contract_version_id=share.contract_version_id, reason="Not hers.", opened_by="ada",
            amount_minor=300, now=now,
        )  # fmt: skip
        decide_dispute(session, dispute_id=dispute_id, outcome="accepted", why="So.", decided_by="operator", now=now)
    months.close_at(2027, 1, 10)
    for number in range(8):
        months.refund(f"r{number}", f"{90 + number * 37}.37", f"o{number}")
    shop.now = datetime(2027, 1, 12, 12, tzinfo=UTC)
    months.close_at(2027, 4, 10)
    return months
