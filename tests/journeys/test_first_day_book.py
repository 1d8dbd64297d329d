"""A book written on the first working day goes on in the counting house: same amounts, and refunds still come out at nothing."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from alembic import command
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from billing.neutral_order import NeutralLine, NeutralOrder, NeutralRefund, order_document, order_sha256
from billing.read_balances import trial_balance
from billing.read_payslip import payslip
from billing.record_order import OrderSource
from billing.record_refund import record_refund
from billing.seal_ledger import seal_ledger, verify_chain
from migrations import history
from tenants.database import Database, connect
from tenants.local_postgres import LocalPostgres
from tenants.roles import ADMIN_ROLE, APP, INTAKE, OPERATOR, OWNER, prepare_database

SHOP, IDA, CONTRACT, VERSION, BOOK, ORDER, TOUCH = (UUID(int=number) for number in range(1, 8))
TERMS = {
    "format": "tillhand-terms/1", "currency": "EUR", "share_ppm": 80_000, "attribution_model": "coupon_first",
    "window_days": {"coupon": 30, "link": 30, "conversation": 7}, "return_window_days": 30, "period_time_zone": "Europe/Vienna",
}  # fmt: skip


@pytest.fixture
def old_book(postgres: LocalPostgres, now: datetime) -> Iterator[tuple[Database, NeutralOrder]]:
    """A database at revision 0001 with one sale of 30.00 that was refunded by 10.00, brought up to date."""
    name = "first_day"
    prepare_database(postgres.url(ADMIN_ROLE, "postgres"), database=name, passwords=postgres.passwords())
    owner_url = postgres.url(OWNER, name)
    command.upgrade(history._config(owner_url), "0001")
    at = now - timedelta(hours=3)
    order = NeutralOrder("A1", "A1", "paid", at, at, "EUR", (NeutralLine("1", "beans", 1, 3000, 0, False),), 0, 0, 0, 3000)
    engine = create_engine(postgres.url(ADMIN_ROLE, name), poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text("SET session_replication_role = replica"))
        for table, rows in _rows(order, at).items():
            for row in rows:
                names, values = ", ".join(row), ", ".join(f":{column}" for column in row)
                connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({values})"), row)
    history.upgrade(owner_url)
    urls = {role: postgres.url(role, name) for role in (APP, INTAKE, OPERATOR)}
    database = connect(app_url=urls[APP], intake_url=urls[INTAKE], operator_url=urls[OPERATOR])
    yield database, order
    database.dispose()
    with create_engine(postgres.url(ADMIN_ROLE, "postgres"), isolation_level="AUTOCOMMIT", poolclass=NullPool).connect() as connection:
        connection.execute(text(f"DROP DATABASE {name}"))


def _rows(order: NeutralOrder, at: datetime) -> dict[str, list[dict[str, Any]]]:
    tenant = {"tenant_id": SHOP}
    return {
        "merchant_connection": [{
            **tenant, "connection_id": BOOK, "public_key": "con_x", "name": "Shop", "channel": "online", "is_order_book": True,
            "secret": "whsec_x", "created_at": at,
        }],
        "contract_version": [{
            **tenant, "contract_version_id": VERSION, "contract_id": CONTRACT, "number": 1, "employee_id": IDA, "terms": json.dumps(TERMS),
            "terms_sha256": "0" * 64, "accepted_by": "Ada", "accepted_at": at,
        }],
        "contract_effect": [{**tenant, "contract_version_id": VERSION, "contract_id": CONTRACT, "effective": "[2026-01-01,)"}],
        "shop_order": [{
            **tenant, "order_id": ORDER, "connection_id": BOOK, "channel": "online", "external_id": "A1", "revision": 2, "number": "A1",
            "occurred_at": at, "currency": "EUR", "captured_minor": 3000, "recorded_at": at,
        }],
        "order_snapshot": [{
            **tenant, "order_id": ORDER, "source_updated_at": at, "neutral_sha256": order_sha256(order),
            "neutral": json.dumps(order_document(order)), "recorded_at": at,
        }],
        "refund_fact": [{
            **tenant, "refund_id": UUID(int=50), "connection_id": BOOK, "channel": "online", "kind": "refund", "external_refund_id": "R1",
            "external_order_id": "A1", "occurred_at": at, "source_updated_at": at, "currency": "EUR", "amount_minor": 1000,
            "neutral": json.dumps({
                "external_id": "R1", "kind": "refund", "external_order_id": "A1", "payment_reference": None, "lines": [], "is_void": False,
                "occurred_at": at.isoformat(), "source_updated_at": at.isoformat(), "currency": "EUR", "amount_minor": 1000,
            }), "neutral_sha256": "1" * 64, "recorded_at": at,
        }],
        **_decisions(tenant, at),
    }  # fmt: skip


def _decisions(tenant: dict[str, Any], at: datetime) -> dict[str, list[dict[str, Any]]]:
    """The order's two revisions, and what each moved."""
    base = (("3000", 3000, 240), ("2000", 2000, 160))
    account = f"employee.{IDA}.earned"
    moved = (("shop.share_expense", account, 240), (account, "shop.share_expense", 80))
    both = [{**tenant, "order_id": ORDER, "revision": number} for number in (1, 2)]
    transactions = [UUID(int=100 + number) for number in (1, 2)]
    return {
        "order_revision": [{**one, "cause": "order", "facts": json.dumps({"facts": {"b": 1}}), "facts_sha256": "2" * 64, "recorded_at": at}
                           for one in both],
        "attribution_run": [{
            **one, "model": "coupon_first", "rule_version": "attribution/1", "reason": "", "excluded": "{}", "base_minor": minor,
            "base_exact": exact, "decided_at": at,
        } for one, (exact, minor, _) in zip(both, base, strict=True)],
        "attribution_credit": [{
            **one, "number": 1, "employee_id": IDA, "contract_version_id": VERSION, "weight_ppm": 1_000_000, "share_ppm": 80_000,
            "target_minor": target, "reason": "", "touch_id": TOUCH,
        } for one, (_, _, target) in zip(both, base, strict=True)],
        "ledger_transaction": [{
            **one, "transaction_id": transaction_id, "contract_version_id": VERSION, "cause": "order", "why": "Told.", "occurred_at": at,
            "effective_at": at, "recorded_at": at,
        } for one, transaction_id in zip(both, transactions, strict=True)],
        "posting": [{
            **tenant, "transaction_id": transaction_id, "number": 1, "source": source, "destination": destination, "amount_minor": minor,
            "currency": "EUR", "order_id": ORDER, "contract_version_id": VERSION, "employee_id": IDA,
        } for transaction_id, (source, destination, minor) in zip(transactions, moved, strict=True)],
    }  # fmt: skip


def test_the_old_book_reads_and_goes_on(old_book: tuple[Database, NeutralOrder], now: datetime) -> None:
    database, order = old_book
    with database.tenant_session(SHOP) as session:
        slip = payslip(session, employee_id=IDA, period_start=None, now=now)
        assert [line.amount_minor for line in slip.lines] == [240, -80]
        assert slip.totals[0].balance_minor == 160
        seal_ledger(session, now=now)
        assert verify_chain(session).is_intact
        working = session.execute(text("SELECT working FROM ledger_transaction ORDER BY revision")).scalars().all()
    assert [(one["before_minor"], one["target_minor"], one["turnover_minor"]) for one in working] == [(0, 240, 3000), (240, 160, 2000)]
    rest = NeutralRefund("R2", "refund", "A1", None, order.occurred_at, now, "EUR", 2000)
    with database.tenant_session(SHOP) as session:
        record_refund(session, rest, source=OrderSource(BOOK, "online", True), now=now)
    with database.tenant_session(SHOP) as session:
        assert payslip(session, employee_id=IDA, period_start=None, now=now).totals[0].balance_minor == 0
        assert not any(one.minor for one in trial_balance(session).accounts)
