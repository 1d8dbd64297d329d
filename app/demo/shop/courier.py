"""Carries deliveries to Tillhand: signs each try afresh, waits longer after each failure, and never forgets one until it was taken.

The delivery's id and bytes stay the same for ever, so a repeated knock can only ever count once. Success is any 2xx; 410 means "stop".
"""

import logging
import random
import threading
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import httpx

from app.demo.shop.arrangement import ShopArrangement
from app.demo.shop.coupon_desk import CouponDesk
from app.demo.shop.journal import Attempt, Delivery, Kind
from app.demo.shop.order_book import DeliveryRecord, OrderBook
from app.demo.shop.webhook_signing import signed_headers

log = logging.getLogger(__name__)

WAITS_SECONDS = (1, 2, 5, 15, 60, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000)
"""Pauses after the 1st, 2nd ... failed try; about two and a half days in all, then the delivery is given up and shown."""
FINAL_STATUSES: Mapping[Kind, frozenset[int]] = {
    "webhook": frozenset({410}),
    "redeem": frozenset({404, 409, 410, 422}),
    "release": frozenset({404, 409, 410, 422}),
}
"""Answers that knocking again cannot change."""
JITTER_PPM = 200_000
TIMEOUT_SECONDS = 15.0
ANSWER_LENGTH_MAX = 500
IDLE_SECONDS = 30.0


class Courier:
    """One thread that sends what is due. `wake` is called whenever there may be something new."""

    def __init__(self, arrangement: ShopArrangement, book: OrderBook, client: httpx.Client, clock: Callable[[], datetime]) -> None:
        self._arrangement, self._book, self._client, self._clock = arrangement, book, client, clock
        self._desk = CouponDesk(client, api_url=arrangement.api_url, api_key=arrangement.api_key)
        self._woken, self._stopping = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to carry, with whatever an earlier run left waiting."""
        self._thread = threading.Thread(target=self._run, name="courier", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Finish the delivery in hand and rest."""
        self._stopping.set()
        self._woken.set()
        if self._thread is not None:
            self._thread.join(timeout=TIMEOUT_SECONDS + 1)

    def wake(self) -> None:
        """There may be something to carry."""
        self._woken.set()

    def deliver_due(self) -> int:
        """Try everything that is due now, once each; returns how many were tried."""
        due = self._book.due(self._clock())
        for record in due:
            if self._stopping.is_set():
                break
            self.deliver(record)
        return len(due)

    def deliver(self, record: DeliveryRecord) -> Attempt:
        """Try one delivery now, whether due or not, and note the answer."""
        delivery, started = record.delivery, self._clock()
        status, answer, retry_after_s = self._post(delivery, started)
        is_delivered = status is not None and 200 <= status < 300
        is_final = is_delivered or status in FINAL_STATUSES[delivery.kind]
        attempt = Attempt(
            delivery_id=delivery.delivery_id,
            attempted_at=started,
            status=status,
            answer=answer[:ANSWER_LENGTH_MAX],
            answered_at=self._clock(),
            is_delivered=is_delivered,
            next_at=None if is_final else self._next_at(record, retry_after_s),
        )
        self._book.note_attempt(attempt)
        return attempt

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._woken.clear()
            self.deliver_due()
            self._woken.wait(timeout=self._pause_seconds())

    def _pause_seconds(self) -> float:
        next_at = self._book.next_due_at()
        if next_at is None:
            return IDLE_SECONDS
        return min(IDLE_SECONDS, max(0.0, (next_at - self._clock()).total_seconds()))

    def _post(self, delivery: Delivery, now: datetime) -> tuple[int | None, str, int]:
        body = delivery.body.encode()
        headers = {"content-type": "application/json", **self._credentials(delivery, body, now)}
        try:
            response = self._client.post(
                self._address(delivery), content=body, headers=headers, timeout=TIMEOUT_SECONDS, follow_redirects=False
            )
        except httpx.HTTPError as problem:
            log.warning("a delivery was not answered", extra={"delivery": delivery.delivery_id, "error_class": type(problem).__name__})
            return None, f"No answer: {type(problem).__name__}.", 0
        wait = response.headers.get("retry-after", "")
        return response.status_code, response.text, int(wait) if wait.isdecimal() else 0

    def _address(self, delivery: Delivery) -> str:
        if delivery.kind == "webhook":
            return f"{self._arrangement.api_url}/api/v1/hooks/{self._arrangement.connection_key}"
        return self._desk.address(delivery.kind)

    def _credentials(self, delivery: Delivery, body: bytes, now: datetime) -> dict[str, str]:
        if delivery.kind != "webhook":
            return self._desk.headers()
        return signed_headers(
            secret=self._arrangement.webhook_secret, delivery_id=delivery.delivery_id, timestamp_s=int(now.timestamp()), body=body
        )

    def _next_at(self, record: DeliveryRecord, retry_after_s: int) -> datetime | None:
        failures = sum(not attempt.is_delivered for attempt in record.attempts)
        if failures >= len(WAITS_SECONDS):
            return None
        jitter = 1 + random.randrange(JITTER_PPM) / 1_000_000  # noqa: S311 -- spreads retries, guards nothing
        return self._clock() + timedelta(seconds=max(retry_after_s, WAITS_SECONDS[failures] * jitter))
