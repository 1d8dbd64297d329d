"""What is still to do until the first order is explained: five steps, each seen from the shop's own facts and never ticked by hand."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.conversations.inbox import talks_between
from app.conversations.teach_read import documents
from app.dashboard.month import Month
from app.installation.sightings import sightings
from billing.offers import first_offer_name
from billing.read_funnel import FunnelCounts, funnel_counts
from billing.read_orders import latest_orders
from tenants.employee import employees


@dataclass(frozen=True)
class Step:
    """One step: its key, whether it is done, and what the facts say of it (a name, a place; empty when nothing)."""

    key: str
    is_done: bool
    fact: str = ""


@dataclass(frozen=True)
class Funnel:
    """From being shown to an order, within a month: visitors shown, talks with a question, visitors given a coupon, orders traced."""

    shown: int
    talks: int
    offered: int
    orders: int

    @property
    def stages(self) -> list[tuple[str, int, int]]:
        """Each stage with its count and its share of the widest one, in whole percent, for drawing."""
        counts = (("shown", self.shown), ("talks", self.talks), ("offered", self.offered), ("orders", self.orders))
        widest = max(count for _, count in counts) or 1
        return [(name, count, max(1, round(100 * count / widest)) if count else 0) for name, count in counts]


def steps(session: Session, *, now: datetime) -> list[Step]:
    """The five steps in the order they are taken."""
    team = employees(session)
    hired = [one for one in team if one.hired_on is not None and not one.is_retired]
    seen = [one for one in sightings(session) if one.is_allowed]
    given = first_offer_name(session, now=now)
    orders = latest_orders(session, limit=1)
    taught = [one for person in team for one in documents(session, employee_id=person.employee_id)]
    return [
        Step("hire", bool(hired), hired[0].name if hired else ""),
        Step("teach", bool(taught), taught[0].name if taught else ""),
        Step("offer", given is not None, given or ""),
        Step("install", bool(seen), seen[0].origin if seen else ""),
        Step("order", bool(orders), orders[0].order_ref if orders else ""),
    ]


def funnel(session: Session, month: Month) -> Funnel:
    """Read the month's funnel but for its orders: those are the ones Home counts, so that the two figures are one."""
    counts: FunnelCounts = funnel_counts(session, start=month.start, end=month.end)
    return Funnel(counts.shown, talks_between(session, start=month.start, end=month.end), counts.offered, orders=0)
