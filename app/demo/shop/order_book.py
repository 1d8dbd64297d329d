"""What the shop knows right now: orders and deliveries, rebuilt from the journal at opening time and kept in step with it after."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from app.demo.shop.journal import Attempt, Delivery, Entry, Journal
from app.demo.shop.order import Order


@dataclass
class DeliveryRecord:
    """A delivery with every try so far."""

    delivery: Delivery
    attempts: list[Attempt] = field(default_factory=list)
    due_at: datetime | None = None
    """When to knock (again); None when it is finished."""

    @property
    def state(self) -> str:
        """`waiting`, `delivered` or `given up`, for the page."""
        if self.due_at is not None:
            return "waiting"
        return "delivered" if any(attempt.is_delivered for attempt in self.attempts) else "given up"


class OrderBook:
    """Orders by number and deliveries by id. Every change is on disk before it is visible."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._lock = threading.RLock()
        self._orders: dict[str, Order] = {}
        self._deliveries: dict[str, DeliveryRecord] = {}
        for entry in journal.read():
            self._remember(entry)

    @property
    def lock(self) -> threading.RLock:
        """Hold it across looking at an order and writing its next state."""
        return self._lock

    def order(self, number: str) -> Order | None:
        """One order, or None."""
        return self._orders.get(number)

    def orders(self) -> Sequence[Order]:
        """All orders, the newest first."""
        with self._lock:
            return sorted(self._orders.values(), key=lambda order: order.created_at, reverse=True)

    def delivery(self, delivery_id: str) -> DeliveryRecord | None:
        """One delivery, or None."""
        return self._deliveries.get(delivery_id)

    def deliveries(self) -> Sequence[DeliveryRecord]:
        """All deliveries, the newest first."""
        with self._lock:
            return sorted(self._deliveries.values(), key=lambda record: record.delivery.created_at, reverse=True)

    def due(self, now: datetime) -> Sequence[DeliveryRecord]:
        """What should be sent now, the longest waiting first."""
        with self._lock:
            waiting = [record for record in self._deliveries.values() if record.due_at is not None and record.due_at <= now]
            return sorted(waiting, key=lambda record: (record.due_at or now, record.delivery.created_at))

    def next_due_at(self) -> datetime | None:
        """When the next delivery is due; None when nothing waits."""
        with self._lock:
            return min((record.due_at for record in self._deliveries.values() if record.due_at is not None), default=None)

    def write(self, order: Order, *deliveries: Delivery) -> None:
        """Keep an order's new state together with the news that must go out about it."""
        self._keep(Entry(order=order, deliveries=deliveries))

    def note_attempt(self, attempt: Attempt) -> None:
        """Keep one try of a delivery."""
        self._keep(Entry(attempt=attempt))

    def _keep(self, entry: Entry) -> None:
        with self._lock:
            self._journal.append(entry)
            self._remember(entry)

    def _remember(self, entry: Entry) -> None:
        if entry.order is not None:
            self._orders[entry.order.number] = entry.order
        for delivery in entry.deliveries:
            self._deliveries[delivery.delivery_id] = DeliveryRecord(delivery, due_at=delivery.created_at)
        if entry.attempt is not None:
            record = self._deliveries[entry.attempt.delivery_id]
            record.attempts.append(entry.attempt)
            record.due_at = entry.attempt.next_at
