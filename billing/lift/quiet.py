"""Notices when a sales channel reports fewer of the employee's sales than it used to, without crying wolf. Pure.

Each day has a number of coupons shown, and how many of these stood on one of the channel's orders soon after. The usual part is learned
from earlier weeks, by weekday. Against it stands, day by day, the likelihood that the channel now reports a smaller part. The daily
ratios are multiplied up from every possible first day and summed (a Shiryaev-Roberts e-detector: Shin, Ramdas, Rinaldo, "E-detectors:
a nonparametric framework for sequential change detection", 2023), which makes looking every day safe: as long as the channel reports
at least TOLERANCE of its usual part, a false alarm comes once in ALARM_AT days on average, or more seldom.

A closed shop is no fraud, so one day's evidence is capped: it takes at least five silent days, more than a long weekend, to raise an alarm.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from billing.lift.decimals import in_fixed_precision, poisson_at_most

ALARM_AT: Final = 1000
"""Days between two false alarms of one channel, on average, at the least: not quite three years."""
TOLERANCE: Final = Decimal("0.75")
"""A channel that still reports this part of what is usual is left in peace: seasons and prices move sales that much."""
WEIGHED_DAY_MAX: Final = Decimal(5)
"""The most one day may multiply the evidence by."""
WEIGHED_MAX: Final = Decimal(1_000_000)
"""The evidence is cut here, so that a channel that reports again is soon believed again."""
PARTS_LEFT: Final = (Decimal("0.05"), Decimal("0.35"), Decimal("0.65"))
"""What may be left of the tolerated part when a channel falls silent or short; evidence is weighed for each."""
GUARD_DAYS: Final = 7
"""Days just before the judged one that teach nothing, so that a slow decline does not become usual unnoticed."""
HISTORY_DAYS: Final = 56
LEARNING_DAYS_MIN: Final = 28
"""Before four of each weekday have been seen nothing is usual."""
SEEN_MIN: Final = 30
"""Fewer reported coupons than this in the history say too little about what is usual."""
_PRIOR_SHOWN: Final = 50
"""A weekday's own part counts against the whole week's as if the week had shown it this many coupons."""


@dataclass(frozen=True, slots=True)
class ChannelDay:
    """One day: coupons shown (or codes held at the till), and how many of those the channel reported on an order."""

    day: date
    shown: int
    seen: int


@dataclass(frozen=True, slots=True)
class JudgedDay:
    """A day with what was usual for it, and the part of that below which it counts as evidence."""

    day: date
    shown: int
    seen: int
    usual: Decimal
    tolerated: Decimal


@dataclass(frozen=True, slots=True)
class Quiet:
    """A channel that fell quiet: the days since, what would be usual in them, what was seen, and how unlikely that is by chance.

    `chance` is the Poisson probability of seeing so little at the tolerated rate; `evidence` is the detector's, alarming at ALARM_AT.
    """

    days: tuple[JudgedDay, ...]
    usual: Decimal
    seen: int
    chance: Decimal
    evidence: Decimal


@dataclass(frozen=True, slots=True)
class _Run:
    """The evidence for one part left: summed over all first days, that of the likeliest first day alone, and that day's number."""

    weighed: Decimal = Decimal(0)
    likeliest: Decimal = Decimal(1)
    first: int = 0

    def after(self, number: int, day: JudgedDay, part_left: Decimal) -> "_Run":
        ratio = min(part_left**day.seen * (day.tolerated * (1 - part_left)).exp(), WEIGHED_DAY_MAX)
        likeliest, first = (self.likeliest, self.first) if self.likeliest > 1 else (Decimal(1), number)
        return _Run(min((self.weighed + 1) * ratio, WEIGHED_MAX), min(likeliest * ratio, WEIGHED_MAX), first)


def quiet_since(days: Sequence[ChannelDay]) -> Quiet | None:
    """What the days (one for each date, in sequence) say at their end; None while there is no reason to speak up."""
    *_, last = [None, *quiet_at_each(days)]
    return last


@in_fixed_precision
def quiet_at_each(days: Sequence[ChannelDay]) -> list[Quiet | None]:
    """What a look at the end of each day would have said."""
    runs = [_Run() for _ in PARTS_LEFT]
    judged: list[JudgedDay] = []
    found: list[Quiet | None] = []
    for number, day in enumerate(_judged(days)):
        judged.append(day)
        runs = [run.after(number, day, part_left) for run, part_left in zip(runs, PARTS_LEFT, strict=True)]
        evidence = sum((run.weighed for run in runs), Decimal(0)) / len(PARTS_LEFT)
        found.append(None if evidence < ALARM_AT else _quiet(judged[max(runs, key=lambda run: run.likeliest).first :], evidence))
    return found


def _quiet(since: Sequence[JudgedDay], evidence: Decimal) -> Quiet:
    seen, tolerated = sum(day.seen for day in since), sum((day.tolerated for day in since), Decimal(0))
    usual = sum((day.usual for day in since), Decimal(0))
    return Quiet(tuple(since), usual, seen, poisson_at_most(seen, tolerated), evidence)


def _judged(days: Sequence[ChannelDay]) -> Iterator[JudgedDay]:
    """Each day against the weeks before it; a day without enough of a past is not judged: nothing is usual then."""
    shown, seen = [0] * 7, [0] * 7  # by weekday, over the history of the day in hand
    for number, day in enumerate(days):
        for other, sign in ((number - GUARD_DAYS - 1, 1), (number - GUARD_DAYS - HISTORY_DAYS - 1, -1)):
            if other >= 0:
                past = days[other]
                shown[past.day.weekday()] += sign * past.shown
                seen[past.day.weekday()] += sign * past.seen
        is_learned = sum(seen) >= SEEN_MIN and number >= GUARD_DAYS + LEARNING_DAYS_MIN
        usual = _usual(day, shown, seen) if is_learned else Decimal(0)
        surely = 1 - 2 / Decimal(max(sum(seen), SEEN_MIN)).sqrt()  # two standard errors below what the past seems to say
        yield JudgedDay(day.day, day.shown, day.seen, usual, usual * surely * TOLERANCE)


def _usual(day: ChannelDay, shown: Sequence[int], seen: Sequence[int]) -> Decimal:
    """The day's coupons times the weekday's part, drawn towards the whole week's where the weekday has shown little."""
    weekday, part = day.day.weekday(), Decimal(sum(seen)) / sum(shown)
    return day.shown * (seen[weekday] + _PRIOR_SHOWN * part) / (shown[weekday] + _PRIOR_SHOWN)
