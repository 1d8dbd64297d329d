"""A shop that owes: closed statements written as rows, its worker, and the make-believe Stripe it is billed through."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import stripe
from fakes.stripe_fake import KEY, StripeFake
from shopkeeper import Shopkeeper
from sqlalchemy import select

from billing.collect_fee import collect_due
from billing.draw_bill import draw_bill
from billing.payments.accounts import held_account
from billing.payments.gateway import Gateway, Party
from billing.payments.manual import Manual
from billing.payments.stripe_gateway import StripeGateway
from billing.payments.tables import Bill, BillStep
from billing.read_bills import BillExplained, explain_bill
from billing.statements.tables import Statement, StatementPayee
from tenants.identifiers import new_id
from tenants.sign_in import add_member
from tenants.tables import Employee, OutboxEvent, Tenant

SELLER = Party("Tillhand Ltd", "1 Till Street\nDublin", "IE", "IE1234567FA", "bills@tillhand.example", "IBAN IE29 AIBK 9311 5212 3456 78")
SUMS = {"share": 12_845, "reserve": -845, "close": -12_000}


class Killed(BaseException):
    """The process dies here; nothing of ours may catch it."""


class KillingClient(stripe.RequestsClient):
    """Stripe's own way to the network, which dies before or after one call."""

    def __init__(self, at: int = -1, *, after: bool = False) -> None:
        super().__init__(timeout=5)
        self.at, self.after, self.count = at, after, 0

    def request(self, *args, **kwargs):
        number, self.count = self.count, self.count + 1
        if number == self.at and not self.after:
            raise Killed
        answer = super().request(*args, **kwargs)
        if number == self.at:
            raise Killed
        return answer


def gateway_to(fake: StripeFake, http: stripe.HTTPClient | None = None) -> StripeGateway:
    return StripeGateway(KEY, SELLER, 14, "https://app.tillhand.example", address=fake.url, http=http)


@dataclass
class Payer(Shopkeeper):
    """A shop with an owner, an employee and statements."""

    gateway: Gateway = field(default_factory=lambda: Manual(SELLER, 14))
    is_demo: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        self._count = 0
        with self.session() as session:
            zone = "Europe/Berlin"
            session.add(Tenant(tenant_id=self.tenant_id, name="Kestrel", time_zone=zone, created_at=self.now, is_demo=self.is_demo))
            session.flush()
            session.add(
                Employee(
                    tenant_id=self.tenant_id, employee_id=self.employee_id, name="Amara", job_title="Barista", face_id="amara",
                    voice_id="heart", greeting="Hello", brief="", widget_key=f"pk_{self.tenant_id.hex}", created_at=self.now,
                )
            )  # fmt: skip
            email = f"ada@{self.tenant_id.hex[-20:]}.example"
            add_member(session, email=email, password="correct horse battery", display_name="Ada", role="owner", now=self.now)

    def statement(
        self, payable: int = 12_000, *, sums: Mapping[str, int] | None = None, carried: int = 0, brought: int = 0,
        payees: Mapping[str, int] | None = None, currency: str = "EUR",
    ) -> UUID:  # fmt: skip
        """A closed month as rows; months follow each other."""
        self._count += 1
        start = self.now - timedelta(days=62) + timedelta(days=self._count)
        statement_id = new_id(self.now)
        with self.session() as session:
            session.add(
                Statement(
                    tenant_id=self.tenant_id, statement_id=statement_id, employee_id=self.employee_id, number=self._count,
                    period_start=start, period_end=start + timedelta(days=1), period_name=f"2026-{self._count:02d}", time_zone="UTC",
                    currency=currency, line_count=2, root="ab" * 32, footer={"sums": dict(SUMS if sums is None else sums)},
                    earned_minor=payable, payable_minor=payable, carried_minor=carried, closed_at=self.now,
                )
            )  # fmt: skip
            session.flush()
            for payee, minor in (payees or {"platform": payable}).items():
                role = "platform" if payee == "platform" else "likeness_owner"
                own = brought if payee == "platform" else 0
                session.add(
                    StatementPayee(
                        tenant_id=self.tenant_id, statement_id=statement_id, payee=payee, name=payee.title(), role=role,
                        brought_forward_minor=own, earned_minor=minor, reserved_minor=0, released_minor=0, payable_minor=minor,
                        carried_minor=carried if payee == "platform" else 0, reserve_due_at=self.now,
                    )
                )  # fmt: skip
        return statement_id

    def draw(self, statement_id: UUID | None = None) -> UUID:
        """A statement's bill, not yet made at the gateway."""
        wanted = statement_id or self.statement()
        with self.session() as session:
            draw_bill(session, statement_id=wanted, now=self.now)
        return wanted

    def collect(self, gateway: Gateway | None = None) -> int:
        """One turn of the worker."""
        used = gateway or self.gateway
        return collect_due(self.database, {False: used, True: Manual(SELLER, 14)}, clock=self.clock)

    def collect_until_done(self, gateway: Gateway | None = None) -> None:
        """Turns of the worker until nothing waits, with time passing in between."""
        for _ in range(12):
            self.collect(gateway)
            if all(self.row(one).next_try_at is None and self.row(one).state != "drawn" for one in self.bills()):
                return
            self.now += timedelta(minutes=61)
        raise AssertionError(f"bills are left: {[(self.row(one).state, self.row(one).last_error) for one in self.bills()]}")

    def bills(self) -> list[UUID]:
        with self.session() as session:
            return list(session.scalars(select(Bill.statement_id).order_by(Bill.number)))

    def forget_customer(self) -> None:
        """As if this shop had never been billed."""
        with self.session() as session:
            held_account(session).customer_ref = None

    def row(self, statement_id: UUID) -> Bill:
        with self.session() as session:
            return session.get_one(Bill, (self.tenant_id, statement_id))

    def steps(self, statement_id: UUID) -> list[BillStep]:
        with self.session() as session:
            return list(session.scalars(select(BillStep).filter_by(statement_id=statement_id).order_by(BillStep.position)))

    def explain(self, statement_id: UUID) -> BillExplained:
        with self.session() as session:
            return explain_bill(session, statement_id=statement_id, now=self.now)

    def announced(self, name: str) -> list[dict]:
        with self.session() as session:
            return [row.payload for row in session.scalars(select(OutboxEvent).filter_by(name=name))]

    def states(self) -> list[str]:
        with self.session() as session:
            return list(session.scalars(select(Bill.state).order_by(Bill.number)))


def at(now: datetime) -> int:
    """A moment in Stripe's seconds."""
    return int(now.timestamp())
