"""Codes that the till took and no order shows, and a channel that stops reporting, on a real book."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from shopkeeper import Shopkeeper, order_message
from sqlalchemy import insert

from billing.coupons.tables import Coupon
from billing.detect_unreported import ChannelAlert, unreported
from billing.lift.coupon_days import counted_coupons, marks_by_code, stories, with_single_ones
from billing.redeem_coupon import redeem_coupon, release_coupon, reserve_coupon
from tenants.database import Database
from tenants.identifiers import new_id

UTC_ZONE = ZoneInfo("UTC")


@pytest.fixture
def shop(database: Database, now: datetime) -> Shopkeeper:
    return Shopkeeper(database, now)


def alerts(shop: Shopkeeper) -> tuple[ChannelAlert, ...]:
    with shop.session() as session:
        return unreported(session, now=shop.now)


def use_up(shop: Shopkeeper, code: str, order_ref: str) -> None:
    with shop.session() as session:
        redeem_coupon(session, code=code, order_ref=order_ref, cart_total_minor=3000, currency="EUR", now=shop.now)


def test_a_code_used_up_and_never_reported_is_shown_with_its_evidence(shop: Shopkeeper) -> None:
    offer_id, start = shop.offer(), shop.now
    first, second = (shop.coupon(offer_id, visitor_id=new_id(shop.now)) for _ in range(2))
    use_up(shop, first.code, "R-1")
    shop.now += timedelta(days=3) - timedelta(seconds=1)
    assert alerts(shop) == ()
    shop.now += timedelta(seconds=1)
    (alert,) = alerts(shop)
    assert (alert.kind, alert.channel, alert.since) == ("code_unreported", None, start.date())
    assert alert.sentence == f"The code {first.code} was used up at the till more than 3 days ago, and no reported order carries it, " + (
        f"the first on {start.date().isoformat()}."
    )
    (code,) = alert.codes
    assert (code.coupon_id, code.code, code.order_ref, code.taken_at, code.discount_minor, code.order_id) == (
        first.coupon_id, first.code, "R-1", start, 300, None,
    )  # fmt: skip
    assert alert.key == f"code_unreported/till/{start.date().isoformat()}"
    use_up(shop, second.code, "R-2")
    shop.now += timedelta(days=3)
    assert "2 codes of ours were" in alerts(shop)[0].sentence
    for name, coupon in (("1001", first), ("1002", second)):
        shop.tell(order_message(name, codes=[coupon.code.lower().replace("-", "")]))
    assert alerts(shop) == (), "the alert ends when the orders arrive"


@pytest.mark.parametrize("changed", [{}, {"number": "R-1"}])
def test_an_order_that_came_without_its_code_is_named(shop: Shopkeeper, changed: dict[str, str]) -> None:
    coupon = shop.coupon(shop.offer())
    use_up(shop, coupon.code, "R-1")
    shop.tell(order_message("1001" if changed else "R-1", **changed))
    shop.now += timedelta(days=4)
    (alert,) = alerts(shop)
    assert (alert.kind, alert.channel) == ("code_left_off", "online")
    assert "used up for orders that online reported without the code" in alert.sentence
    assert alert.codes[0].order_id
    assert "`codes`" in alert.what_to_do


def test_a_code_that_is_held_or_let_go_proves_nothing(shop: Shopkeeper) -> None:
    offer_id = shop.offer()
    held, freed = (shop.coupon(offer_id, visitor_id=new_id(shop.now)) for _ in range(2))
    with shop.session() as session:
        for coupon in (held, freed):
            reserve_coupon(session, code=coupon.code, order_ref="R-1", cart_total_minor=3000, currency="EUR", now=shop.now)
        release_coupon(session, code=freed.code, order_ref="R-1", now=shop.now)
    shop.now += timedelta(days=10)
    assert alerts(shop) == ()


def test_a_held_code_that_an_order_spells_otherwise_counts_as_reported(shop: Shopkeeper) -> None:
    coupon, day = shop.coupon(shop.offer()), shop.now.date()
    with shop.session() as session:
        reserve_coupon(session, code=coupon.code, order_ref="R-1", cart_total_minor=3000, currency="EUR", now=shop.now)
    shop.tell(order_message("1001", codes=[coupon.code.lower().replace("-", "")]))
    shop.now += timedelta(days=4)
    with shop.session() as session:
        counts = counted_coupons(session, UTC_ZONE, now=shop.now)
        assert (counts.singled_out, counts.held[day]) == ({coupon.coupon_id}, 0)
        told, marks = stories(session, counts.singled_out), marks_by_code(session, now=shop.now, coupon_ids=counts.singled_out)
    counts = with_single_ones(counts, told, marks, UTC_ZONE)
    assert (counts.held[day], counts.held_seen[day], counts.seen["online"][day]) == (1, 1, 1)


@dataclass(frozen=True)
class Town:
    """A shop that showed coupons for months; each day two of ten stand on orders."""

    shop: Shopkeeper
    offer_id: UUID

    def live(self, days: int, *, shown: int = 10, reported: int = 2, held: int = 0, held_reported: int = 0) -> None:
        """So many days: coupons are shown (some are held by checkouts), and the channel reports its orders."""
        coupons: list[dict[str, object]] = []
        for _ in range(days):
            at = self.shop.now
            today = [self._row(at, is_held=number < held) for number in range(shown)]
            coupons += today
            for coupon in [*today[:held_reported], *today[held : held + reported]]:
                code = coupon["code"]
                self.shop.post(order_message(f"o-{code}", codes=[code], at=(at + timedelta(hours=1)).isoformat()))
            self.shop.now += timedelta(days=1)
        with self.shop.session() as session:
            session.execute(insert(Coupon), coupons)
        self.shop.work()

    def _row(self, at: datetime, *, is_held: bool) -> dict[str, object]:
        number = new_id(at)
        return {
            "tenant_id": self.shop.tenant_id, "coupon_id": number, "offer_id": self.offer_id, "employee_id": self.shop.employee_id,
            "code": f"T{number.hex[-12:].upper()}", "touch_id": number, "issued_at": at, "expires_at": at + timedelta(days=14),
            "reserved_for": "R" if is_held else None, "reserved_until": at + timedelta(minutes=30) if is_held else None,
        }  # fmt: skip


@pytest.fixture
def town(shop: Shopkeeper) -> Town:
    return Town(shop, shop.offer())


def test_a_channel_that_falls_silent_is_named_with_its_days(town: Town) -> None:
    town.live(64)
    assert alerts(town.shop) == ()
    since = town.shop.now.date()
    town.live(16, reported=0)
    (alert,) = alerts(town.shop)
    assert (alert.kind, alert.channel, alert.since, alert.seen) == ("channel_silent", "online", since, 0)
    assert (alert.days[0].shown, alert.days[0].usual, len(alert.days)) == (10, 2, 10)
    assert alert.usual is not None
    assert round(alert.usual) == 20
    assert alert.chance
    assert f"Since {since.isoformat()} online has reported 0 of the coupons shown" in alert.sentence
    assert f"its last order of any kind came on {since.isoformat()}" in alert.sentence
    assert "By chance alone so little comes about once in" in alert.sentence


def test_a_channel_that_reports_less_is_told_apart_from_a_silent_one(town: Town) -> None:
    town.live(60, shown=12, reported=5)
    town.live(25, shown=12, reported=1)
    (alert,) = alerts(town.shop)
    assert (alert.kind, alert.channel) == ("channel_short", "online")
    assert alert.seen
    assert alert.seen < alert.usual / 3  # type: ignore[operator]


def test_checkouts_that_hold_codes_and_report_nothing_are_noticed(town: Town) -> None:
    town.live(60, shown=5, held=3, held_reported=2, reported=1)
    town.live(16, shown=5, held=3, held_reported=0, reported=2)
    (alert,) = alerts(town.shop)
    assert (alert.kind, alert.channel, alert.seen) == ("held_short", None, 0)
    assert "checkouts held" in alert.sentence
    assert alert.key.startswith("held_short/till/")


def test_another_shops_codes_are_nobodys_business(shop: Shopkeeper, database: Database, now: datetime) -> None:
    neighbour = Shopkeeper(database, now)
    use_up(neighbour, neighbour.coupon(neighbour.offer()).code, "R-1")
    shop.now = neighbour.now = now + timedelta(days=5)
    assert alerts(shop) == ()
    assert len(alerts(neighbour)) == 1
