"""Closed months for tests: a busy shop's statements, written by the real close, and their exports as files."""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from shopkeeper import Shopkeeper, order_message, refund_message

from billing.close_period import close_period, next_due
from billing.contract_terms import ContractTerms, Payee, Tiers, TierStep
from billing.export_statement import export_statement
from billing.read_statement import StatementView, statements_of
from billing.recount import HEAD, MIDDLE, tree
from tenants.database import Database

TWO_PAYEES = (
    Payee(key="platform", name="Tillhand", role="platform", part_ppm=850_000),
    Payee(key="owner", name="Amara", role="likeness_owner", part_ppm=150_000),
)
BUSY_TERMS = ContractTerms(
    currency="EUR", share_ppm=80_000, reserve_ppm=100_000, reserve_days=30, minimum_minor=2_000, cap_minor=9_000,
    tiers=Tiers(kind="marginal", steps=(TierStep(from_minor=5_000, share_ppm=100_000), TierStep(from_minor=9_000, share_ppm=125_000))),
    payees=TWO_PAYEES,
)  # fmt: skip


@dataclass
class ClosedMonths:
    """A shop whose months up to the clock are closed."""

    shop: Shopkeeper

    def sell(self, order_id: str, total: str, *, at: datetime | None = None, **changed: Any) -> None:
        """An order of the employee's visitor at a moment (or now), told at once."""
        moment = at or self.shop.now
        self.shop.touch(at=moment - timedelta(hours=1))
        stamp = moment.isoformat().replace("+00:00", "Z")
        self.shop.tell(order_message(order_id, total=total, at=stamp, attribution={"visitor": str(self.shop.visitor_id)}, **changed))

    def sell_together(self, totals: dict[str, str]) -> None:
        """Orders by id with their totals, all of the employee's visitor and of now, told as one set."""
        self.shop.touch(at=self.shop.now - timedelta(hours=1))
        stamp = self.shop.now.isoformat().replace("+00:00", "Z")
        for order_id, total in totals.items():
            self.shop.post(order_message(order_id, total=total, at=stamp, attribution={"visitor": str(self.shop.visitor_id)}))
        assert self.shop.work() == len(totals)

    def refund(self, refund_id: str, amount: str, order_id: str) -> None:
        """A refund that happens and is told now."""
        self.shop.tell(refund_message(refund_id, amount, order_id=order_id, at=self.shop.now.isoformat().replace("+00:00", "Z")))

    def close_at(self, year: int, month: int, day: int) -> int:
        """Set the clock and close whatever is due; return how many months that were."""
        self.shop.now = datetime(year, month, day, 12, tzinfo=UTC)
        return sum(1 for _ in iter(self.close_next, False))

    def close_next(self) -> bool:
        """Close the month that is due next; False when there is none."""
        with self.shop.session() as session:
            due = next_due(session, employee_id=self.shop.employee_id, now=self.shop.now)
            if due is None:
                return False
            return close_period(session, employee_id=self.shop.employee_id, period_start=due.start, now=self.shop.now).is_new

    def statements(self) -> list[StatementView]:
        """The employee's statements, the first one first."""
        with self.shop.session() as session:
            return statements_of(session, employee_id=self.shop.employee_id)[::-1]

    def statement(self, period_name: str) -> StatementView:
        """The statement of one month."""
        return next(one for one in self.statements() if one.period_name == period_name)

    def export(self, statement: StatementView, kind: Any = "jsonl", payee: str | None = None) -> bytes:
        """A statement's file."""
        with self.shop.session() as session:
            return b"".join(export_statement(session, statement_id=statement.statement_id, kind=kind, payee=payee).content)

    def lines(self, period_name: str) -> list[dict[str, Any]]:
        """A month's lines as documents, with header and footer."""
        return [json.loads(raw)["line"] for raw in self.export(self.statement(period_name)).splitlines()]

    def amounts(self, period_name: str) -> list[tuple[str, int]]:
        """(kind, minor units) of a month's lines."""
        return [(line["kind"], line["amount_minor"]) for line in self.lines(period_name)[1:-1]]

    def file(self, folder: Path, period_name: str) -> tuple[str, str]:
        """A month's export written to a file: its path, and its root."""
        statement, path = self.statement(period_name), folder / f"{period_name}.jsonl"
        path.write_bytes(self.export(statement))
        return str(path), statement.root


def months_of(database: Database, now: datetime, terms: ContractTerms) -> ClosedMonths:
    """A fresh shop under these terms."""
    return ClosedMonths(Shopkeeper(database, now, terms))


def busy_months(database: Database, now: datetime) -> ClosedMonths:
    """Sales with tiers and a cap, refunds in the month and after its close, a reserve, two payees; closed up to January 2027."""
    months = months_of(database, now, BUSY_TERMS)
    for number in range(7):
        months.sell(f"o{number}", f"{11 + number * 7}.37")
    months.refund("r1", "10.00", "o6")
    months.refund("r2", "12.37", "o6")
    months.close_at(2027, 1, 10)
    months.refund("r3", "39.37", "o4")
    months.sell("o9", "5.01")
    months.close_at(2027, 3, 10)
    return months


def exported(text: str) -> tuple[bytes, bytes]:
    """The line of an export that holds a text, and its leaf."""
    leaf = hashlib.sha256(b"\0" + text.encode()).digest()
    return HEAD + leaf.hex().encode() + MIDDLE + text.encode() + b"}\n", leaf


def sealed(documents: list[dict[str, Any]]) -> tuple[list[bytes], str]:
    """Whoever forges with care writes every hash anew: the envelopes, and the root that results."""
    raw, leaves = [], []
    for document in documents:
        body = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
        leaves.append(hashlib.sha256(b"\0" + body).digest())
        raw.append(b'{"leaf":"' + leaves[-1].hex().encode() + b'","line":' + body + b"}\n")
    return raw, tree(leaves).hex()
