"""A shop with one order that earned, its owner who disputes the line, and an operator who decides."""

from shopkeeper import Shopkeeper, order_message
from sqlalchemy import select

from billing.decide_dispute import decide_dispute
from billing.ledger.accounts import DISPUTE_RELIEF, SHARE_EXPENSE, disputed_of, earned_by
from billing.ledger.tables import LedgerTransaction
from billing.open_dispute import open_dispute
from billing.read_disputes import dispute
from tenants.tables import Tenant

LINE_MINOR = 240
"""8 % of 30.00."""


class Parties(Shopkeeper):
    """A shop with one order of 30.00 that earned 2.40, its owner Ada and an operator."""

    def __post_init__(self) -> None:
        super().__post_init__()
        with self.session() as session:
            session.add(Tenant(tenant_id=self.tenant_id, name="Shop", time_zone="Europe/Berlin", created_at=self.now))
        self.touch()
        self.tell(order_message(attribution={"visitor": str(self.visitor_id)}))
        with self.session() as session:
            (row,) = session.execute(select(LedgerTransaction.order_id, LedgerTransaction.contract_version_id)).all()
        self.line = (row.order_id, row.contract_version_id)

    def open(self, **how):
        order_id, version = self.line
        about = {"order_id": order_id, "contract_version_id": version, "reason": "She only told the hours.", "opened_by": "ada"}
        with self.session() as session:
            return open_dispute(session, **about | {"now": self.now} | how)

    def decide(self, dispute_id, outcome, **how):
        about = {"why": "We listened to the conversation.", "decided_by": "operator", "now": self.now}
        with self.session() as session:
            decide_dispute(session, dispute_id=dispute_id, outcome=outcome, **about | how)

    def view(self, dispute_id):
        with self.session() as session:
            return dispute(session, dispute_id=dispute_id)

    def accounts(self):
        """Balances by the last words of their accounts, in euros' cents."""
        short = {earned_by(self.employee_id): "earned", disputed_of(self.employee_id): "disputed"}
        named = {DISPUTE_RELIEF: "relief", SHARE_EXPENSE: "share"} | short
        return {named.get(account, account): minor for (account, _), minor in self.balances().items()}
