"""Finds sales that were made with the employee's coupons and never reported, and channels that fell quiet, each with its evidence.

Nothing is stored: an alert is what the facts say at this moment, so it ends by itself when the missing orders arrive.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from billing.lift.coupon_days import (
    LOOK_BACK,
    REPORTED_WITHIN,
    CouponStory,
    OrderMark,
    channel_days,
    counted_coupons,
    held_days,
    last_order_of,
    marks_by_code,
    orders_by_reference,
    stories,
    with_single_ones,
)
from billing.lift.decimals import shown
from billing.lift.quiet import JudgedDay, Quiet, quiet_since
from billing.revenue_share.versions import contracts_at

__all__ = ["AlertKind", "ChannelAlert", "CodeEvidence", "JudgedDay", "unreported"]

AlertKind = Literal["code_unreported", "code_left_off", "channel_silent", "channel_short", "held_short"]
CODES_SHOWN_MAX: Final = 500
_RAREST: Final = Decimal("0.000001")

_WHAT_TO_DO: Final[dict[AlertKind, str]] = {
    "code_unreported": "Look these orders up by the references the till named, and let the channel report them (or send them as CSV). "
    "Where a sale was undone, report its order as cancelled.",
    "code_left_off": "The order came without its code. Let the channel pass its discount codes on in `codes`, and send these orders again.",
    "channel_silent": "See whether the channel's connection still delivers: its address, its secret, the shop system's log of webhooks. "
    "If the channel was closed, nothing needs doing.",
    "channel_short": "See whether the channel still passes codes on, and reports every order: compare a day's till total with ours.",
    "held_short": "Compare a day's codes held at the till with the orders reported for it; an abandoned checkout should release its code.",
}


@dataclass(frozen=True)
class CodeEvidence:
    """A code that the till took through our API, for an order by the shop's own reference."""

    coupon_id: UUID
    employee_id: UUID
    code: str
    taken_at: datetime
    order_ref: str
    discount_minor: int | None
    order_id: UUID | None


@dataclass(frozen=True)
class ChannelAlert:
    """What is missing, since when, and the rows that show it. `channel` is None where the till's calls do not name one.

    Codes are proof; for a quiet channel `days` hold what was usual and what was seen, and `chance` how likely so little is by chance.
    """

    kind: AlertKind
    channel: str | None
    since: date
    sentence: str
    what_to_do: str
    codes: tuple[CodeEvidence, ...] = ()
    days: tuple[JudgedDay, ...] = ()
    usual: Decimal | None = None
    seen: int | None = None
    chance: Decimal | None = None

    @property
    def key(self) -> str:
        """The same alert has the same key at every look, so that nobody is told twice."""
        return f"{self.kind}/{self.channel or 'till'}/{self.since.isoformat()}"


def unreported(session: Session, *, now: datetime) -> tuple[ChannelAlert, ...]:
    """Every reason to ask the shop where a sale is: codes taken but not reported first, then channels that report less than usual.

    A channel has three days to report. Looking daily is safe: see billing/lift/quiet.py for how rare a false alarm is.
    """
    zone = ZoneInfo(next((found.terms.period_time_zone for found in contracts_at(session, now)), "UTC"))
    counts = counted_coupons(session, zone, now=now)
    told = stories(session, counts.singled_out)
    marks = marks_by_code(session, now=now, coupon_ids=counts.singled_out) if told else {}
    counts = with_single_ones(counts, told, marks, zone)
    missing = [
        story for story in told
        if story.redeemed_at is not None and now - LOOK_BACK <= story.redeemed_at <= now - REPORTED_WITHIN and story.code not in marks
    ]  # fmt: skip
    left_off = orders_by_reference(session, [story.order_ref for story in missing if story.order_ref])
    judged = {channel: quiet_since(days) for channel, days in channel_days(counts, zone, now=now).items()}
    found = [*_code_alerts(missing, left_off, zone)]
    fell_quiet = {channel: quiet for channel, quiet in judged.items() if quiet}
    last_orders = last_order_of(session) if fell_quiet else {}
    found += [_channel_alert(channel, quiet, last_orders[channel]) for channel, quiet in fell_quiet.items()]
    held = quiet_since(held_days(counts, zone, now=now))
    return (*found, *([_held_alert(held)] if held else []))


def _code_alerts(missing: Sequence[CouponStory], left_off: Mapping[str, OrderMark], zone: ZoneInfo) -> Iterator[ChannelAlert]:
    groups: dict[str | None, list[CodeEvidence]] = {}
    for story in missing:
        mark = left_off.get(story.order_ref or "")
        groups.setdefault(mark.channel if mark else None, []).append(_code_evidence(story, mark))
    for channel, codes in sorted(groups.items(), key=lambda group: group[0] or ""):
        codes.sort(key=lambda code: (code.taken_at, code.code))
        since = codes[0].taken_at.astimezone(zone).date()
        kind: AlertKind = "code_left_off" if channel else "code_unreported"
        many = f"{len(codes)} codes of ours were" if len(codes) > 1 else f"The code {codes[0].code} was"
        what = (
            f"used up for orders that {channel} reported without the code" if channel
            else f"used up at the till more than {REPORTED_WITHIN.days} days ago, and no reported order carries it"
        )  # fmt: skip
        sentence = f"{many} {what}, the first on {since.isoformat()}."
        yield ChannelAlert(kind, channel, since, sentence, _WHAT_TO_DO[kind], tuple(codes[:CODES_SHOWN_MAX]))


def _code_evidence(story: CouponStory, mark: OrderMark | None) -> CodeEvidence:
    return CodeEvidence(
        story.coupon_id, story.employee_id, story.code, story.redeemed_at or story.issued_at, story.order_ref or "", story.discount_minor,
        mark.order_id if mark else None,
    )  # fmt: skip


def _channel_alert(channel: str, quiet: Quiet, last_order_at: datetime) -> ChannelAlert:
    kind: AlertKind = "channel_short" if quiet.seen else "channel_silent"
    seen = f"Since {quiet.days[0].day.isoformat()} {channel} has reported {quiet.seen} of the coupons shown"
    last = f"its last order of any kind came on {last_order_at.date().isoformat()}"
    return _quiet_alert(kind, channel, quiet, f"{seen}, where {_usual(quiet)}; {last}. {_by_chance(quiet)}")


def _held_alert(quiet: Quiet) -> ChannelAlert:
    held = f"Since {quiet.days[0].day.isoformat()} checkouts held {sum(day.shown for day in quiet.days)} codes without letting them go"
    sentence = f"{held}; {quiet.seen} stand on reported orders, where {_usual(quiet)}. {_by_chance(quiet)}"
    return _quiet_alert("held_short", None, quiet, sentence)


def _quiet_alert(kind: AlertKind, channel: str | None, quiet: Quiet, sentence: str) -> ChannelAlert:
    what_to_do = _WHAT_TO_DO[kind]
    return ChannelAlert(kind, channel, quiet.days[0].day, sentence, what_to_do, (), quiet.days, quiet.usual, quiet.seen, quiet.chance)


def _usual(quiet: Quiet) -> str:
    return f"{shown(quiet.usual, 1)} would be usual"


def _by_chance(quiet: Quiet) -> str:
    """The probability in words that people read, never rarer than once in a million."""
    return f"By chance alone so little comes about once in {int(1 / max(quiet.chance, _RAREST))} times."
