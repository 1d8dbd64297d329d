"""Recounts a statement without Tillhand: python recount.py EXPORT.jsonl ROOT [EARLIER.jsonl ...]

ROOT is the one the statement was delivered with; a root inside the export would prove nothing. Copy this one file anywhere: it needs
Python 3.10 or later and nothing else, and shares no line with the program that wrote the statement. It hashes every line and the tree
over them (RFC 6962), works out every order's share, its split among payees, what each change adds to the line before it, the month's
tiers, cap and minimum, disputes, what is brought forward, kept back and paid, and the sums. It names the first line that does not add
up, and its row as an editor counts (line 0, the header, is row 1), and ends with 1. When all is well it tells the sha256 of each contract's
terms and the days they hold: compare both with what you signed, for all else is counted from them. No file can know whether your shop
made a sale once or twice: sales of one day with one number under two order ids are told, not refused. Earlier statements, the newest
first, are optional: lines that continue a line of theirs, orders that stand in them already, reserves of theirs that flow back, and
months of theirs that late lines are about are then checked with them; without them it says what it could not compare.
"""

import sys

if sys.version_info < (3, 10):  # noqa: UP036 # pragma: no cover - before anything that an older one cannot run
    sys.exit("recount.py needs Python 3.10 or later; this is Python {}.{}.".format(*sys.version_info[:2]))

import gc
import itertools
import json
import multiprocessing
import re
from array import array
from calendar import timegm
from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from fractions import Fraction
from hashlib import sha256
from typing import Any

MILLION, TRILLION, BUFFER_BYTES = 10**6, 10**12, 1 << 20
BLOCK_LINES = 8_192  # a block is a whole branch of the tree, because its length is a power of two
HEAD, MIDDLE = b'{"leaf":"', b'","line":'
BODY = len(HEAD) + 64 + len(MIDDLE)
DIGITS = {0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF", 3: "BHD IQD JOD KWD LYD OMR TND", 4: "CLF UYW"}
EARNS, CLOSES = ("share", "royalty_income", "bonus"), ("brought_forward", "reserve_release", "reserve", "close")
KINDS = (*EARNS, "turnover", "tier", "lift", "cap", "minimum", "dispute")
COUNT, MINOR, TEXT, ANY = "(0|[1-9][0-9]{0,17})", "(-?(?:0|[1-9][0-9]{0,17}))", '"([^"]*)"', '"[^"]*"'
MONTH = "[0-9]{4}-[0-9]{2}"
FIGURE = re.compile(r"-?(?:0|[1-9][0-9]*)(?:/[1-9][0-9]*)?").fullmatch  # the worth of an order, whole or as a fraction, in plain digits
MARK = re.compile(rf".+ [0-9]+ {MONTH}").fullmatch  # an order, the place of its contract, a month: no two of them are spelled alike
SHARE = re.compile(  # after its number, the usual line: one order's share of one sum for one meeting, spelled as statements spell it
    rf'"kind":"share","cause":{ANY},"why":{ANY},"transaction":{ANY},"contract":{COUNT},"period":"({MONTH})",'
    rf'"occurred_at":"([^"]{{27}})","effective_at":{ANY},"amount_minor":{MINOR},"currency":{TEXT},"payees":(\{{[^{{}}]*}}),"order_id":{TEXT},'
    rf'"order":{TEXT}(?:,"raw_sha256":{ANY}|)(?:,"follows":{{"line":{COUNT}}}|),"credits":\[{{"weight_ppm":{COUNT},"reason":{ANY}'
    rf'(?:,"touch":{ANY}|)(?:,"conversation":{ANY}|)(?:,"coupon":{ANY}|)(?:,"link":{ANY}|)(?:,"work":{ANY}|)}}\],'
    rf'"working":{{"fx": null, "parts": \[\["{COUNT}", \10, {COUNT}\]\], "payees": (\[\[[^{{}}\]]*\](?:, \[[^{{}}\]]*\])*\]), '
    rf'"before_minor": {MINOR}, "facts_sha256": {ANY}, "target_minor": {MINOR}, '
    rf'"turnover_minor": {MINOR}, "turnover_before_minor": {MINOR}}}}}}}\n'
).fullmatch
UNREADABLE = (LookupError, TypeError, ValueError, ArithmeticError, AttributeError, RecursionError, StopIteration)
LACKS = "it lacks a figure, or one is of the wrong kind."
Line = dict[str, Any]
Days = dict[str, tuple[str, str]]  # a month, and between which moments it lies
Block = tuple[str, int, int, list[Line], Days]  # its file, where its first line begins, that line's number, the contracts, its own month


class DoesNotAddUp(Exception):
    """The number of a line (0 is the header, None the file as a whole), a sentence that says what is wrong, and which file it is."""

    def __str__(self) -> str:
        number, sentence, path = (*self.args, "the file")[:3]
        return f"{path if number is None else f'Line {number} (row {number + 1}) of {path}'} does not add up: {sentence}"


def demand(holds: object, number: int | None, sentence: str, *about: object) -> None:
    """Raise DoesNotAddUp unless it holds; `about` is written into the sentence only then, for this is asked millions of times."""
    if not holds:
        raise DoesNotAddUp(number, sentence.format(*about))


@contextmanager
def reading(number: int) -> Iterator[None]:
    """Whatever cannot be read inside is this line's fault."""
    try:
        yield
    except UNREADABLE:
        raise DoesNotAddUp(number, LACKS) from None


def fields(pairs: list[tuple[str, Any]]) -> Line:
    """A JSON object of which no field is told twice: readers differ in which of the two they believe."""
    found = dict(pairs)
    if len(found) != len(pairs):
        told = [name for name, _ in pairs]
        raise DoesNotAddUp(None, f'it tells "{next(name for name in told if told.count(name) > 1)}" twice.')
    return found


DECODER: Any = json.JSONDecoder(object_pairs_hook=fields, parse_float=int, parse_constant=int, strict=False)  # no amount is rounded
SCAN = DECODER.scan_once  # without the search for white space around a line


def half_even(over: int, under: int) -> int:
    """A fraction as a whole number, half to even."""
    whole, rest = divmod(over, under)
    return whole + (2 * rest > under or (2 * rest == under and whole % 2 == 1))


def split(amount: int, parts: Sequence[Sequence[Any]]) -> dict[str, int]:
    """An amount among [key, parts per million]: whole units down, the rest to the largest remainders, ties by key."""
    if amount < 0:
        return {key: -minor for key, minor in split(-amount, parts).items()}
    shares = {key: amount * ppm // MILLION for key, ppm in parts}
    by_remainder = sorted(parts, key=lambda part: (-(amount * part[1] % MILLION), part[0]))
    for key, _ in by_remainder[: amount - sum(shares.values())]:
        shares[key] += 1
    return shares


def tree(hashes: list[bytes]) -> bytes:
    """The root over leaves or over whole blocks: neighbours are paired, a last odd one moves up."""
    while len(hashes) > 1:
        each = iter(hashes)
        paired = [sha256(b"\1" + left + right).digest() for left, right in zip(each, each)]  # noqa: B905 - the odd one is not paired
        hashes = paired + hashes[len(hashes) - len(hashes) % 2 :]
    return hashes[0]


def moment_of(told: str) -> datetime:
    """A moment; Python 3.10 reads no Z."""
    return datetime.fromisoformat(told.replace("Z", "+00:00"))


def second(told: str) -> int:
    """A moment as whole seconds."""
    return timegm(moment_of(told).utctimetuple())


def spelled(moment: datetime) -> str:
    """A moment as the lines spell theirs, all of one length, so that the earlier of two is the smaller text."""
    return f"{moment.astimezone(timezone.utc):%Y-%m-%dT%H:%M:%S.%f}Z"  # noqa: UP017 - Python 3.10 has no datetime.UTC


def days_of(month: str) -> tuple[str, str]:
    """Between which moments a month lies wherever the shop is: half a day of doubt at both ends. A month that is none has no days."""
    year, number = int(month[:4]), int(month[5:])
    if not (1 <= number <= 12 and 1 < year < 9_999):
        return "", ""
    begins, ends = datetime(year, number, 1), datetime(year + number // 12, number % 12 + 1, 1)  # noqa: DTZ001 - spelled as they are
    return f"{begins - timedelta(hours=14):%Y-%m-%dT%H:%M:%S.%f}Z", f"{ends + timedelta(hours=12):%Y-%m-%dT%H:%M:%S.%f}Z"


def unwrapped(raw: bytes, number: int) -> str:
    """An exported line's text: the hash beside it must be that of its bytes."""
    leaf = leaf_of(raw)
    if raw[:BODY] != HEAD + leaf.hex().encode() + MIDDLE or raw[-2:] != b"}\n":
        shape = raw[: len(HEAD)] == HEAD and raw[BODY - len(MIDDLE) : BODY] == MIDDLE and raw[-2:] == b"}\n"
        demand(shape, number, "it is not a line of an export.")
        raise DoesNotAddUp(number, "its bytes do not have the hash written beside them.")
    try:
        return raw[BODY:-2].decode()
    except ValueError:
        raise DoesNotAddUp(number, "it cannot be read.") from None


def leaf_of(raw: bytes) -> bytes:
    """The hash of an exported line's bytes."""
    return sha256(b"\0" + raw[BODY:-2]).digest()


def read(text: str, number: int) -> Line:
    """A line as a document; its number must be its place."""
    try:
        line, end = SCAN(text, 0)
        found = line["number"]
    except DoesNotAddUp as twice:
        raise DoesNotAddUp(number, twice.args[1]) from None
    except UNREADABLE:
        raise DoesNotAddUp(number, "it cannot be read.") from None
    demand(end == len(text), number, "it cannot be read.")
    demand(type(found) is int and found == number, number, "line {} stands in its place.", found)
    return line  # type: ignore[no-any-return]


class Contract:
    """One contract version, and what a line under it must keep to."""

    def __init__(self, entry: Line, months: "Days | None" = None) -> None:
        self.entry, self.terms, self.months = entry, entry["terms"], dict(months or {})
        self.since, self.until = entry.get("starts_at", ""), entry.get("ends_at") or "~"
        terms: Line = {"payees": [{"key": "platform", "part_ppm": MILLION}], "tiers": None, "cap_minor": None} | self.terms
        self.currency, self.payees = terms.get("currency"), [[one["key"], one["part_ppm"]] for one in terms["payees"]]
        self.keys = {key for key, _ in self.payees}
        self.own = {terms["share_ppm"], (terms.get("probation") or terms)["share_ppm"]}
        others = {rule["share_ppm"] for rule in terms["base"].get("product_rules", ())} | {terms.get("royalty_share_ppm")}
        others = (others | {(terms.get("repeat") or {}).get("share_ppm")}) - {None}
        self.is_sure = not self.own & others  # equal rates leave open which part counts for tiers
        self.rates = {"share": self.own | others, "royalty_income": {terms.get("royalty_income_ppm")}}
        self.rates_told = {str(rate): (rate, rate in self.own) for rate in self.rates["share"]}
        self.parts_told = json.dumps(self.payees, ensure_ascii=False)
        self.sole = json.dumps({self.payees[0][0]: 0}, ensure_ascii=False, separators=(",", ":"))[:-2] if len(self.payees) == 1 else ""
        self.steps = [(step["from_minor"], step["share_ppm"]) for step in (terms["tiers"] or {"steps": ()})["steps"]]

    def check(self, line: Line, number: int) -> None:
        """The working gives the target; target minus what stood before is the amount, together and for each payee."""
        working, payees, kind = line["working"], line["payees"], line["kind"]
        target, before = working["target_minor"], working["before_minor"]
        due = self.share(working, number, kind) if kind in EARNS[:2] else self.period_line(working, kind, number)
        demand(line["currency"] == self.currency, number, "its contract is in {}.", self.currency)
        if kind == "share" and working["parts"]:
            credited, told = line["credits"], working["parts"]
            if len(told) > 1 or len(credited) > 1 or credited[0]["weight_ppm"] != told[0][1]:
                weights, told = [one["weight_ppm"] for one in credited], [part[1] for part in told]
                each = [weight for weight in weights for _ in range(len(told) // len(weights))]  # a part for every rate of the order
                demand(each == told and sum(weights) <= MILLION, number, "its credits weigh {}, its working's parts {}.", weights, told)
        demand(due == target, number, "its working comes to {}, not {}.", due, target)
        demand(line["amount_minor"] == target - before, number, "{} minus {} is not {}.", target, before, line["amount_minor"])
        demand(working["payees"] == self.payees, number, "it is split among other payees than the contract's.")
        demand(payees.keys() <= self.keys, number, "it pays someone who is no payee of the contract.")
        if len(self.payees) > 1:
            was, parts = split(before, self.payees), split(target, self.payees)
            wrong = [key for key in parts if payees.get(key, 0) != parts[key] - was[key]]
            demand(not wrong, number, "{} should receive {}.", wrong, [parts[key] - was[key] for key in wrong])
        demand(sum(payees.values()) == line["amount_minor"], number, "its payees' amounts are not its amount.")

    def days(self, month: str) -> tuple[str, str]:
        """[from, until) which an order of that month has its day under this contract."""
        since, until = self.months.get(month) or self.months.setdefault(month, days_of(month))
        return max(since, self.since), min(until, self.until)

    def share(self, working: Line, number: int, kind: str) -> int:
        """parts * weights * rates, exchanged and rounded once; the parts at the contract's own rate are its turnover."""
        share: Any = 0
        turnover: Any = 0
        rates, own = self.rates[kind], self.own if kind == "share" else set()
        for base, weight, rate in working["parts"]:
            demand(FIGURE(base), number, "{} is no figure in plain digits.", base)
            worth = Fraction(base) if "/" in base else int(base)
            demand(rate in rates and 0 <= weight <= MILLION, number, "the contract has no part of {} at a rate of {}.", weight, rate)
            share += worth * weight * rate
            turnover += worth * weight if rate in own else 0
        if working["fx"] is not None:
            demand(working["fx"]["to"] == self.currency, number, "its contract is in {}.", self.currency)
            come, go = (next((n for n, codes in DIGITS.items() if working["fx"][end] in codes), 2) for end in ("to", "from"))
            factor = Fraction(working["fx"]["rate_e9"], 10**9) * Fraction(10) ** (come - go)
            share, turnover = share * factor, turnover * factor
        sold = half_even(turnover, MILLION) if type(turnover) is int else round(turnover / MILLION)
        demand(sold == working["turnover_minor"] or not self.is_sure, number, "its sales come to {}.", sold)
        return half_even(share, TRILLION) if type(share) is int else round(share / TRILLION)

    def period_line(self, working: Line, kind: str, number: int) -> int:
        """A tier, cap, minimum or bonus follows from its own working; what was measured (lift) does not stand in the statement."""
        if kind == "bonus":
            return 0 if working["is_void"] else int(self.terms["bonuses"].get(working["event"], 0))
        if kind == "dispute":
            return self.dispute(working, number)
        demand(kind in ("tier", "cap", "minimum", "lift"), number, "{} is no kind of line.", kind)
        if kind == "lift":
            demand(self.terms.get("lift"), number, "its contract has no measured lift.")
            return int(working["target_minor"])
        time = working["governed_seconds"], working["month_seconds"]
        if kind == "tier":
            told = working["share_ppm"], working["tiers"], working["bands"]
            own = self.terms["share_ppm"], self.terms["tiers"]["kind"], self.bands(working["turnover_minor"], *time)
            demand(told == own, number, "its rate, its kind of tiers or its bands are not those of the contract.")
            return self.tier(working["turnover_minor"], *time)
        limit = self.part(f"{kind}_minor", time[0] - working.get("outage_seconds", 0), time[1])
        demand(limit == working[f"{kind}_minor"], number, "the {} for these days is {}.", kind, limit)
        earned: int = working["earned_minor"]
        if kind == "cap":
            return -max(0, earned - limit)
        return max(0, limit - earned) if working["is_final"] else 0

    def dispute(self, working: Line, number: int) -> int:
        """All that is disputed, at most what the order earned, is held; once decided, what was granted of it is given back instead."""
        earned, asked, granted = max(0, working["net_minor"]), working["disputed_minor"], working["granted_minor"]
        is_told = (asked is None or asked >= 0) and (granted is None or granted >= 0)
        demand(is_told, number, "{} are disputed and {} granted: less than nothing.", asked, granted)
        held: int = earned if asked is None else min(asked, earned)
        given: int = held if granted is None else min(granted, held)
        due = [0, given] if working["is_decided"] else [held, 0]
        demand(due == [working["hold_minor"], working["relief_minor"]], number, "its dispute holds {} and gives {} back.", *due)
        before = -working["hold_before_minor"] - working["relief_before_minor"]
        demand(before == working["before_minor"], number, "its dispute had taken {} before.", -before)
        return -sum(due)

    def part(self, name: str, seconds: int, of_seconds: int) -> int:
        """A month's amount in proportion to the seconds governed."""
        return half_even((self.terms.get(name) or 0) * seconds, of_seconds)

    def bands(self, sold: int, seconds: int, of_seconds: int) -> list[list[int]]:
        """[from, rate, turnover in it] of each band: divided among them, or (volume) all of it in the highest band reached."""
        steps = [(0, self.terms["share_ppm"]), *((half_even(since * seconds, of_seconds), rate) for since, rate in self.steps)]
        if self.steps and self.terms["tiers"]["kind"] == "volume":
            reached = max(place for place, (since, _) in enumerate(steps) if since <= max(0, sold))
            return [[since, rate, sold * (place == reached)] for place, (since, rate) in enumerate(steps)]
        ends = [*(since for since, _ in steps[1:]), max(sold, steps[-1][0])]
        return [[since, rate, max(0, min(sold, end) - since)] for (since, rate), end in zip(steps, ends, strict=True)]

    def tier(self, sold: int, seconds: int, of_seconds: int) -> int:
        """What the bands add to a month at the contract's own rate."""
        bands = self.bands(sold, seconds, of_seconds)
        return half_even(sum(within * (rate - self.terms["share_ppm"]) for _, rate, within in bands), MILLION)


@dataclass
class Tally:
    """What usual shares of one contract, month and rate come to, for its payee if it has just one, and the last of them."""

    contract: Contract
    place: tuple[int, str]
    named: str
    rate: int
    is_own: bool
    days: tuple[str, str]
    amount: int = 0
    turnover: int = 0
    last: int = 0


@dataclass
class Found:
    """What a run of lines comes to. `sums` has minor units by payee and by (contract, month, kind or "turnover").

    `sales` names each order that begins, by its number and day; `outside` the shares whose day is not one of their month and contract.
    """

    sums: Counter[Any] = field(default_factory=Counter)
    last: dict[Any, int] = field(default_factory=dict)
    follows: list[tuple[int, str, int, str, Line, list[int]]] = field(default_factory=list)
    disputes: list[tuple[str, int, str, list[int], list[int], int]] = field(default_factory=list)
    steps: list[tuple[Any, int, int, int]] = field(default_factory=list)
    closing: list[Line] = field(default_factory=list)
    shares: dict[tuple[str, ...], Tally] = field(default_factory=dict)
    outside: list[tuple[int, str, str]] = field(default_factory=list)
    sales: list[str] = field(default_factory=list)
    root: bytes = b""
    marks: str = ""
    ends: list[int] = field(default_factory=list)
    ended: "array[int]" = field(default_factory=lambda: array("q"))

    def note_share(self, raw: bytes, leaf: bytes, number: int, contracts: dict[int, Contract]) -> str | None:
        """`unwrapped`, `check` and `note` in one for the usual share that is right, a million times; None where those must look."""
        text, head = raw.decode(errors="replace"), f'{{"leaf":"{leaf.hex()}","line":{{"number":{number},'
        is_plain = text.startswith(head) and "\\" not in text and "\ufffd" not in text  # behind a backslash a quote may end nothing
        told = SHARE(text, len(head)) if is_plain else None
        if told is None:
            return None
        at, period, day, paid_minor, currency, paid, order, name, follows, weighs, worth, rate, parts, *figures = told.groups()
        key = at, period, rate, currency, parts
        tally = self.shares.get(key) or self.tally_of(key, contracts)
        was_text, target_text, turnover_text, turnover_was = figures
        weight, target, turnover, before, turnover_before = int(weighs), int(target_text), int(turnover_text), 0, 0
        if tally is None or weight > MILLION:
            return None
        if follows:
            before, turnover_before = int(was_text), int(turnover_was)
            is_amount = int(paid_minor) == target - before
        else:
            is_amount = was_text == turnover_was == "0" and paid_minor == target_text
        contract, weighed, amount = tally.contract, int(worth) * weight, target - before
        sold, due = weighed if tally.is_own else 0, weighed * tally.rate
        is_sold = turnover * MILLION == sold or turnover == half_even(sold, MILLION) or not contract.is_sure
        is_near = -TRILLION < 2 * (due - target * TRILLION) < TRILLION  # nearer than half a unit: no other whole number is
        is_due = is_near or half_even(due, TRILLION) == target
        payees: dict[str, int] = {}
        if contract.sole:
            is_split = paid == f"{contract.sole}{paid_minor}}}"
        else:
            was, parted = split(before, contract.payees), split(target, contract.payees)
            payees = {key: minor - was[key] for key, minor in parted.items() if minor != was[key]}
            each = paid[1:-1].split(",")
            is_split = len(each) == len(payees) and {*each} == {f'"{key}":{minor}' for key, minor in payees.items()}
            is_split = is_split and sum(payees.values()) == amount
        if not (is_amount and is_sold and is_due and is_split):
            return None
        tally.amount += amount
        tally.turnover += turnover - turnover_before
        tally.last = number
        for payee, minor in payees.items():
            self.sums[payee] += minor
        if follows:
            self.follows.append((number, order, int(at), period, {"line": int(follows)}, [before, turnover_before]))
        if not tally.days[0] <= day < tally.days[1] and (target or turnover):
            self.outside.append((number, period, day))
        self.sales.append("" if follows else name + day[:10])
        self.ends += target, turnover, weight
        return order + tally.named

    def tally_of(self, key: tuple[str, ...], contracts: dict[int, Contract]) -> Tally | None:
        """What shares with these texts in common belong to; None where no contract has such a rate, such payees or that currency."""
        at, period, rate_text, currency, parts = key
        contract = contracts.get(int(at))
        rate, own = contract.rates_told.get(rate_text, (None, False)) if contract else (None, False)
        if contract is None or rate is None or (currency, parts) != (contract.currency, contract.parts_told):
            return None
        self.shares[key] = Tally(contract, (int(at), period), f" {at} {period}", rate, own, contract.days(period))
        return self.shares[key]

    def add_shares(self) -> None:
        """Add what `note_share` put aside to the sums."""
        for tally in self.shares.values():
            share = *tally.place, "share"
            self.sums.update({share: tally.amount, (*tally.place, "turnover"): tally.turnover})
            if tally.contract.sole:
                self.sums[tally.contract.payees[0][0]] += tally.amount
            self.last[share] = max(tally.last, self.last.get(share, 0))
        self.shares = {}

    def note(self, line: Line, number: int, contract: Contract) -> str:
        """Add a movement up; return the mark of a share: its order, the place of its contract, and its month."""
        sums, kind, index, period = self.sums, line["kind"], line["contract"], line["period"]
        place = index, period, kind
        sums[place] += line["amount_minor"]
        self.last[place] = number
        for payee, minor in line["payees"].items():
            sums[payee] += minor
        working, follows = line["working"], line.get("follows")
        if kind in ("tier", "cap", "minimum"):
            self.last[index, period, "governed", working["governed_seconds"], working["month_seconds"]] = number
        if kind == "dispute":
            begins, ends = ([working[f"{name}{end}_minor"] for name in ("hold", "relief")] for end in ("_before", ""))
            self.disputes.append((working["dispute"], working["number"], period, begins, ends, number))
        if kind != "share":
            if kind != "dispute":
                about = *place, str(working.get("source")), str(working.get("external_id"))
                self.steps.append((about, working["before_minor"], working["target_minor"], number))
            self.ends.extend((0, 0, 0))
            self.sales.append("")
            return ""
        order, begins = line["order_id"], [working["before_minor"], working["turnover_before_minor"]]
        sums[index, period, "turnover"] += working["turnover_minor"] - begins[1]
        demand(follows or begins == [0, 0], number, "it continues a line but does not say which.")
        if follows:
            self.follows.append((number, order, index, period, follows, begins))
        since, until = contract.days(period)
        day, told = line["occurred_at"], (working["target_minor"], working["turnover_minor"])
        if not (since <= day < until and len(day) == len(since)) and any(told):
            self.outside.append((number, period, day))
        self.sales.append("" if follows else str(line["order"]) + day[:10])
        weight = sum(one["weight_ppm"] for one in line["credits"]) if working["parts"] else 0
        self.ends.extend(array("q", (*told, weight)))
        mark = f"{order} {index} {period}"
        demand(MARK(mark), number, "its order or its month has no name.")
        return mark


def blocks_of(path: str, entries: list[Line], days: Days) -> Iterator[Block]:
    """Where each block of a file begins, found while the ones before it are checked already."""
    offset = first = 0
    with open(path, "rb", BUFFER_BYTES) as file:  # noqa: PTH123 - as few imports as can be
        for lengths in iter(lambda: [*map(len, itertools.islice(file, BLOCK_LINES))], []):
            yield path, offset, first, entries, days
            offset, first = offset + sum(lengths), first + len(lengths)


def check_block(task: Block) -> Found | tuple[int, str]:
    """Check the lines of one block, each on its own: what they come to, or the first that is wrong."""
    path, offset, first, entries, days = task
    found, leaves, marks, number = Found(), [], [], first
    gc.disable()  # lines hold no cycles, and there are thousands of them at a time
    try:
        contracts = {place: Contract(entry, days) for place, entry in enumerate(entries)}  # no list, which would have a contract -1
        with open(path, "rb", BUFFER_BYTES) as file:  # noqa: PTH123
            file.seek(offset)
            lines = [*itertools.islice(file, BLOCK_LINES)]
        for number, raw in enumerate(lines, first):
            leaf = leaf_of(raw)
            mark = found.note_share(raw, leaf, number, contracts)
            if mark is None:
                line, mark = read(unwrapped(raw, number), number), ""
                if line["kind"] in CLOSES or line["kind"] in ("header", "footer"):
                    found.closing.append(line)
                    found.ends.extend((0, 0, 0))
                    found.sales.append("")
                else:
                    contracts[line["contract"]].check(line, number)
                    mark = found.note(line, number, contracts[line["contract"]])
            leaves.append(leaf)
            marks.append(mark)
    except DoesNotAddUp as wrong:
        return wrong.args[0], wrong.args[1]
    except UNREADABLE:
        return number, LACKS
    finally:
        gc.enable()
    found.root, found.marks = tree(leaves), "\n".join(marks)
    found.ended, found.ends = array("q", found.ends), []
    found.add_shares()
    return found


def checked(tasks: Iterator[Block]) -> Generator[Found | tuple[int, str], None, None]:
    """What each block comes to, in their sequence; several are checked side by side where the machine can."""
    pool, begun = None, [*itertools.islice(tasks, 2)]
    tasks = itertools.chain(begun, tasks)
    if len(begun) > 1:
        try:
            pool = multiprocessing.Pool(multiprocessing.cpu_count())
        except (ImportError, OSError):  # some machines lend no second process, or nothing to talk with it through
            pool = None
    with pool or nullcontext():
        yield from pool.imap(check_block, tasks) if pool else map(check_block, tasks)


class Export:
    """A statement's file, the place of each line in it, and what all of them come to."""

    def __init__(self, path: str, root: str) -> None:
        """Check every line on its own, that no order begins twice, and that all of them hash to the root."""
        self.path = path
        with open(path, "rb") as file:  # noqa: PTH123
            raw = file.readline()
        demand(raw, None, "it has no header and footer.")
        self.header = read(unwrapped(raw, 0), 0)
        with reading(0):
            self.read_header()
        self.found, roots = Found(), list[bytes]()
        self.begun = seen = set[str]()
        self.marks, self.ended, self.sales = list[str](), array("q"), array("q")
        with closing(checked(blocks_of(path, self.entries, {self.month: (spelled(self.first), spelled(self.until))}))) as blocks:
            for block in blocks:
                if isinstance(block, tuple):
                    raise DoesNotAddUp(*block)
                first, begun = len(self.marks), block.marks.split("\n")
                self.marks += begun
                self.ended += block.ended
                self.sales.extend(map(hash, block.sales))  # the hash of "" is 0
                for one in block.follows:
                    if "statement" not in one[4]:
                        begun[one[0] - first] = ""
                starts = [*filter(None, begun)]
                wanted = len(seen) + len(starts)
                seen.update(starts)
                demand(len(seen) == wanted, first, "it, or one of the block after it, begins an order that began before.")
                roots.append(block.root)
                self.found.sums.update(block.sums)
                self.found.last |= block.last
                for name in ("follows", "closing", "disputes", "steps", "outside"):
                    getattr(self.found, name).extend(getattr(block, name))
        self.count, self.footer, self.root = len(self.marks), self.found.closing[-1], tree(roots).hex()
        is_last = self.footer["kind"] == "footer" and self.footer["number"] == self.count - 1
        demand(is_last, self.count - 1, "it is no footer: the file ends too early.")
        whole = "the file as a whole is not the one the root stands for: all its lines hash to {}, not to {}."
        demand(self.root == root, None, whole, self.root, root)

    def read_header(self) -> None:
        """The statement it says it is, its contracts, and the one before it."""
        header, self.entries = self.header, self.header["contracts"]
        kinds = header["kind"], header["format"]
        demand(kinds == ("header", "tillhand-statement/1"), 0, "it is no statement of the format tillhand-statement/1.")
        for entry in self.entries:
            text = json.dumps(entry["terms"], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
            demand(sha256(text.encode()).hexdigest() == entry["terms_sha256"], 0, "a contract's terms do not have their sha256.")
            named = [one["contract_version_id"] for one in self.entries].count(entry["contract_version_id"])
            demand(named == 1, 0, "it names the contract {} twice.", entry["contract_version_id"])
            demand(entry["terms"]["currency"] == header["currency"], 0, "a contract is in {}.", entry["terms"]["currency"])
        self.contracts = dict(enumerate(map(Contract, self.entries)))
        self.reserve = self.contracts[header["reserve_contract"]].terms
        self.payees, previous = [one["payee"] for one in header["payees"]], header["previous"]
        demand(len({*self.payees}) == len(self.payees), 0, "it names a payee twice.")
        self.previous = previous and (str(previous["statement"]), str(previous["root"]))
        self.month: str = header["period"]["name"]
        self.first, self.until = (moment_of(header["period"][end]) for end in ("start", "end"))
        self.begins, self.ends = (second(header["period"][end]) for end in ("start", "end"))
        demand(re.fullmatch(MONTH, self.month), 0, "its month has no name.")
        demand(self.begins < self.ends, 0, "its period ends before it begins.")
        place, begun = header["statement_number"], min(second(entry["starts_at"]) for entry in self.entries)
        demand(type(place) is int and (place > 1 if self.previous else place == 1), 0, "its number among the statements is {}.", place)
        is_so = self.previous or begun >= self.begins
        demand(is_so, 0, "it says that no statement stands before it, but a contract began before its month.")

    def check_follows(self, earlier: "dict[str, Export]") -> int:
        """Each line that continues another begins with what that ended with; return how many continue a statement not given."""
        claimed, elsewhere = set[tuple[str, int]](), 0
        for one in self.found.follows:
            number, place = one[0], one[4]
            with reading(number):
                source = earlier.get(place["statement"]) if "statement" in place else self
                demand(source or not self.is_whole(earlier), number, "it continues a statement that there never was.")
                elsewhere += source is None
                if source is not None:
                    at = (source.root, place["line"])
                    demand(at not in claimed, number, "line {} was continued already.", at[1])
                    claimed.add(at)
                    source.check_continued(one, self.entries[one[2]])
        return elsewhere

    def check_continued(self, one: tuple[int, str, int, str, Line, list[int]], entry: Line) -> None:
        """The line of this statement that a line of contract `entry` continues is about the same, and ended as that begins."""
        number, order, _, month, place, begins = one
        at = place["line"]
        mark = self.marks[at] if 0 < at < self.count - 1 else ""
        named = self.entries[int(mark.split(" ")[-2])]["contract_version_id"] if mark else None
        is_same = named == entry["contract_version_id"] and (mark.rsplit(" ", 2)[0], mark.rsplit(" ", 1)[1]) == (str(order), month)
        demand(is_same, number, "it continues line {}, which is about something else.", at)
        ended = [*self.ended[3 * at : 3 * at + 2]]
        demand(ended == begins, number, "it begins with {}, but line {} ended with {}.", begins, at, ended)

    def check_days(self) -> None:
        """Every share that stands has its day in its month and under its contract; another must have been taken back by a later line."""
        continued = {one[4]["line"] for one in self.found.follows if "statement" not in one[4]}
        for number, month, day in self.found.outside:
            demand(number in continued, number, "its order is of {}, which is not in {} or not under its contract.", day, month)

    def twins(self, earlier: "dict[str, Export]") -> str:
        """Sales with one number and one day under two order ids: whether the shop made them once or twice, no file can know."""
        exports = [self, *earlier.values()]
        found = array("q", (one for export in exports for one in export.sales if one))
        if len({*found}) == len(found):
            return ""
        often = {one for one, count in Counter(found).items() if count > 1}
        orders, lines = dict[int, set[str]](), dict[int, int]()
        for export in exports:
            for number, one in enumerate(export.sales):
                if one in often:
                    orders.setdefault(one, set()).add(export.marks[number].rsplit(" ", 2)[0])
                    if export is self:
                        lines[one] = number
        twice = sorted(number for one, number in lines.items() if len(orders[one]) > 1)
        if not twice:
            return ""
        which = f"line {twice[0]}" if len(twice) == 1 else f"line {twice[0]} and {len(twice) - 1} more"
        return f" Look at {which}: another order has the same number and the same day. If your shop sold that once, dispute one of them."

    def is_whole(self, earlier: "dict[str, Export]") -> bool:
        """Whether the statements given reach back to the first of all, so that none stands before them."""
        return not [self, *earlier.values()][-1].previous

    def check_orders(self, earlier: "dict[str, Export]") -> None:
        """Of no order stands more than the whole, under whichever contracts and months; no line begins anew what stands since earlier."""
        exports = [self, *earlier.values()][::-1]  # the first one first
        if len(exports) == 1 and len([key for key in self.found.last if key[2] == "share"]) < 2:
            return  # each order begins once, and all are of one contract and month
        begun = Counter(mark.rsplit(" ", 2)[0] for export in exports for mark in export.begun)
        orders = {order for order, count in begun.items() if count > 1}
        continuing = {one[0] for one in self.found.follows}
        stands, last = dict[str, dict[tuple[str, str], int]](), dict[str, int]()
        for export in exports if orders else ():
            names = [entry["contract_version_id"] for entry in export.entries]
            for number, mark in enumerate(export.marks):
                order, index, month = mark.rsplit(" ", 2) if mark else ("", "", "")
                if order in orders:
                    target, turnover, weight = export.ended[3 * number : 3 * number + 3]
                    stood, about = stands.setdefault(order, {}), (names[int(index)], month)
                    if export is self:
                        last[order] = number
                        is_new = number in continuing or not stood.get(about)
                        demand(is_new, number, "it begins an order that stands since an earlier statement.")
                    stood[about] = weight if target or turnover else 0
        for order, number in last.items():
            stand = sum(stands[order].values())
            demand(stand <= MILLION, number, "of its order {} parts per million stand, more than all of it.", stand)

    def since(self, month: str, earlier: "dict[str, Export]") -> "list[Export]":
        """The statements in which lines about a month may stand, from its own to this one; none when some were not given."""
        found = [self]
        for one in earlier.values():  # the newest first
            if found[-1].month == month:
                break
            found.append(one)
        return found[::-1] if found[-1].month == month else []

    def check_months(self, earlier: "dict[str, Export]") -> list[str]:
        """Every month that lines are about, this one and earlier ones, is what all their lines together make it.

        Return the earlier months that only statements which were not given could tell.
        """
        unseen, first = list[str](), [self, *earlier.values()][-1]
        for key, number in self.found.last.items():
            is_month = key[1] <= self.month and (key[1] >= first.month or not self.is_whole(earlier))
            demand(is_month and re.fullmatch(MONTH, key[1]), number, "{} is no month that this statement may be about.", key[1])
        for month in sorted({self.month} | {key[1] for key in self.found.last}):
            chain = self.since(month, earlier)
            self.check_disputes(month, chain)
            self.check_steps(month, chain)
            touched = {key[0] for key in self.found.last if key[1] == month}
            for index in self.contracts if month == self.month else sorted(touched):
                if chain:
                    self.check_month(month, index, chain)
                elif any(self.contracts[index].terms.get(name) for name in ("tiers", "cap_minor", "minimum_minor")):
                    unseen.append(month)
        return sorted(set(unseen))

    def check_disputes(self, month: str, chain: "list[Export]") -> None:
        """Each movement of a dispute begins, in its month, with what the one before ended with; the first of all with nothing."""
        stood: dict[str, list[int]] = {}
        for export in chain or [self]:
            with reading(export.count - 1):
                for dispute, place, about, begins, ends, number in sorted(export.found.disputes, key=lambda one: one[:2]):
                    if about == month:
                        wanted = stood.get(dispute, [0, 0] if chain or place == 1 else begins)
                        demand(begins == wanted, number, "its dispute begins with {}, but stood at {}.", begins, wanted)
                        stood[dispute] = ends

    def check_steps(self, month: str, chain: "list[Export]") -> None:
        """A bonus, a work's income and a month's line move step by step, from nothing in their own month: no step is told twice."""
        left, last = dict[Any, Counter[int]](), dict[Any, int]()
        for export in chain or [self]:
            for (index, about, *what), begins, ends, number in export.found.steps:
                if about == month:
                    key = export.entries[index]["contract_version_id"], *what
                    steps = left.setdefault(key, Counter())
                    steps.subtract([begins])
                    steps.update([ends])
                    if export is self:
                        last[key] = number
        for key, number in last.items():
            begun = [*(-left[key]).elements()]  # all that ends where another begins falls away
            is_one = begun in ([], [0]) or (not chain and len(begun) < 2)
            demand(is_one, number, "its steps, and those of the lines before it that are about the same, begin with {}.", begun)

    def check_month(self, month: str, index: int, chain: "list[Export]") -> None:
        """A month's tiers, cap and minimum under a contract follow from its lines in all these statements, its days and the terms."""
        own, contract, last = chain[0], self.contracts[index], self.found.last
        begins, ends, until = own.begins, own.ends, contract.entry["ends_at"]
        end = max(begins, min(ends, second(until) if until else ends))
        counted = start = max(begins, second(contract.entry["starts_at"]))
        served = end - start
        for key, number in last.items():  # a contract's end may have been set, or moved forward, after a line was written
            if key[:3] == (index, month, "governed"):
                is_so = end - start <= key[3] <= ends - start and key[4] == ends - begins
                demand(is_so, number, "the contract governs {} of the month's {} seconds.", end - start, ends - begins)
        outages = own.header["outages"] if own is self else self.header.get("late_outages", {}).get(month, own.header["outages"])
        for gone, back in sorted((second(gone), second(back)) for gone, back in outages):
            served -= max(0, min(back, end) - max(gone, counted))
            counted = max(counted, min(back, end))
        came = Counter[str]()
        for export in chain:
            for place, entry in enumerate(export.entries):
                if entry["contract_version_id"] == contract.entry["contract_version_id"]:
                    came.update({kind: export.found.sums[place, month, kind] for kind in KINDS})
        tier = contract.tier(came["turnover"], end - start, ends - begins) if start < end else 0
        earned = sum(came[kind] for kind in (*EARNS, "lift")) + tier
        cap, least = contract.part("cap_minor", end - start, ends - begins), contract.part("minimum_minor", served, ends - begins)
        left = earned + came["dispute"]  # the cap looks at what disputes leave
        over = 0 if contract.terms.get("cap_minor") is None else max(0, left - cap)
        fill = 0 if contract.terms.get("minimum_minor") is None else max(0, least - earned + over)
        latest = self.count - 1 if own is self else max(number for key, number in last.items() if key[:2] == (index, month))
        for kind, target in (("tier", tier), ("cap", -over), ("minimum", fill)):
            number = last.get((index, month, kind), latest)
            demand(start >= end or came[kind] == target, number, "the {} of {} comes to {}, not {}.", kind, month, target, came[kind])

    def check_closing(self, earlier: "dict[str, Export]") -> None:
        """What is brought forward, flows back, is kept back and paid follows for every payee; the footer repeats it all."""
        lines, sums, footer = self.found.closing[1:-1], self.found.sums, self.footer
        reserve_ppm, currency = self.reserve.get("reserve_ppm", 0), self.header["currency"]
        due_at = datetime.fromisoformat(self.header["closed_at"]) + timedelta(self.reserve.get("reserve_days", 0))
        days = [str((due_at + timedelta(hours=offset)).date()) for offset in (-12, 0, 14)]  # wherever the shop is
        for number, line in enumerate(lines, start=self.count - 1 - len(lines)):
            with reading(line["number"]):
                demand(line["number"] == number and line["kind"] in CLOSES, line["number"], "it stands among the movements.")
                demand(sum(line["payees"].values()) == line["amount_minor"], number, "its payees' amounts are not its amount.")
                demand(line["currency"] == currency, number, "the statement is in {}.", currency)
                if line["kind"] == "reserve":
                    told = line["reserve_ppm"] == reserve_ppm and line["due"] in days
                    demand(told, number, "the contract keeps back {} parts per million until about {}.", reserve_ppm, days[1])
                sums[None, None, line["kind"]] += line["amount_minor"]
        paid_to = {payee for payee in sums if isinstance(payee, str)}.union(*(line["payees"] for line in lines))
        strangers = paid_to - {*self.payees} or {*self.payees} ^ {*footer["payees"]}
        demand(not strangers, self.count - 1, "header, lines and footer are not about the same payees: {}.", sorted(strangers))
        before = earlier.get(self.previous[0]) if self.previous else None
        for payee in self.payees:
            brought, freed, kept, paid = (sum(one["payees"].get(payee, 0) for one in lines if one["kind"] == kind) for kind in CLOSES)
            carried = before.footer["payees"].get(payee, {"carried_minor": 0})["carried_minor"] if before else brought * bool(self.previous)
            demand(brought == carried <= 0 <= freed, self.count - 1, "{} does not bring forward what was carried.", payee)
            own, total = brought + sums[payee], max(brought + sums[payee] + freed, 0)
            reserve = min(total, half_even(max(own, 0) * reserve_ppm, MILLION))
            due = {
                "brought_forward_minor": brought, "earned_minor": sums[payee], "released_minor": freed,
                "reserved_minor": reserve, "payable_minor": total - reserve, "carried_minor": min(own + freed, 0),
            }  # fmt: skip
            demand((kept, paid) == (-reserve, reserve - total), self.count - 2, "{} is due {}.", payee, due)
            demand(footer["payees"].get(payee) == due, self.count - 1, "{} is due {}.", payee, due)
        wanted = {name: sum(one[name] for one in footer["payees"].values()) for name in ("earned_minor", "payable_minor", "carried_minor")}
        by_kind = Counter[str]()
        for key, minor in sums.items():
            by_kind.update({key[2]: minor} if isinstance(key, tuple) and key[2] != "turnover" else {})
        wanted |= {"line_count": self.count - 2, "sums": dict(by_kind), "currency": currency}
        demand({name: footer[name] for name in wanted} == wanted, self.count - 1, "the sums are {}.", wanted)

    def check_releases(self, earlier: "dict[str, Export]") -> int:
        """A reserve flows back once, whole, and in the month of its day; return how many are of a statement not given."""
        found: dict[str, Line] = {}
        for line in self.found.closing:
            if line["kind"] == "reserve_release":
                with reading(line["number"]):
                    demand(line["follows"]["statement"] not in found, line["number"], "that reserve flows back twice.")
                    found[line["follows"]["statement"]] = line
        month, month_before = self.month, (self.header["previous"] or {}).get("period", "")
        for name, one in earlier.items():
            kept = {payee: due["reserved_minor"] for payee, due in one.footer["payees"].items() if due["reserved_minor"]}
            due = next((line["due"] for line in one.found.closing if line["kind"] == "reserve"), "")
            is_open = due.endswith("-01")  # a first day may be the last moment of the month before
            line = found.get(name, {"number": self.count - 2, "payees": {}})
            freed = {payee: minor for payee, minor in line["payees"].items() if minor}
            is_due = month_before < due[:7] <= month and not is_open
            is_right = freed == kept and (is_due or is_open) if freed else not (kept and is_due)
            told = one.month, due, kept
            demand(is_right, line["number"], "{} flows back; what {} keeps until {} is {}.", freed, *told)
        unknown = [line["number"] for name, line in found.items() if name not in earlier]
        demand(not unknown or not self.is_whole(earlier), min(unknown, default=0), "it is of a statement that there never was.")
        return len(unknown)

    def told(self) -> str:
        """What counting cannot show: lift that was measured elsewhere, and whether the terms are those that were signed."""
        lift = sum(minor for key, minor in self.found.sums.items() if isinstance(key, tuple) and key[2] == "lift")
        is_measured = any(key[2] == "lift" for key in self.found.last)
        said = f" Lift lines, {lift} minor units in all, were not recounted: what was measured stands in no statement." * is_measured
        first = " It says that it is the employee's first statement." * (not self.previous)
        compare = "Compare the terms, and the days they hold, with what was signed:"
        return "\n".join([said + first, compare, *map(signed, self.entries)])


def signed(entry: Line) -> str:
    """A contract version as it can be compared with the paper: the hash of its terms, and from when until when it holds."""
    since, until = (f"{moment[:16].replace('T', ' ')} UTC" if moment else "" for moment in (entry["starts_at"], entry["ends_at"]))
    return f"contract {entry['version']} {entry['terms_sha256']} from {since}" + f" until {until}" * bool(until)


def opened(path: str, root: str) -> Export:
    """An export that hashes to its root; DoesNotAddUp names the file."""
    digits = "".join(root.split()).lower()
    try:
        demand(len(digits) == 64 and set(digits) <= set("0123456789abcdef"), None, "the root is not one: it has 64 digits from 0 to f.")
        return Export(path, digits)
    except DoesNotAddUp as wrong:
        raise DoesNotAddUp(*wrong.args[:2], path) from None
    except OSError as problem:
        raise DoesNotAddUp(None, f"it cannot be read ({problem.strerror}).", path) from None


def recount(path: str, root: str, earlier_paths: Sequence[str] = ()) -> str:
    """Recount an export against the root it was delivered with; return a sentence, or raise DoesNotAddUp."""
    export, earlier = opened(path, root), dict[str, Export]()
    before = export
    for one in earlier_paths:
        if not before.previous:
            raise DoesNotAddUp(None, f"no statement stands before that of {before.month}; it is not needed.", one)
        statement, root = before.previous
        later, before = before, opened(one, root)
        earlier[statement] = before
        is_next = later.header["statement_number"] == before.header["statement_number"] + 1
        if not is_next:
            raise DoesNotAddUp(0, "the statement after it does not have the number after its own.", one)
    try:
        elsewhere = export.check_follows(earlier)
        export.check_orders(earlier)
        with reading(0):
            unseen = export.check_months(earlier)
        export.check_days()
        with reading(export.count - 1):
            export.check_closing(earlier)
            elsewhere += export.check_releases(earlier)
    except DoesNotAddUp as wrong:
        raise DoesNotAddUp(*wrong.args[:2], path) from None
    lines = "1 line continues" if elsewhere == 1 else f"{elsewhere} lines continue"
    more = f" {lines} earlier statements that were not given." if elsewhere else ""
    if unseen:
        more += f" Not compared, because not all statements since then were given: tiers, cap and minimum of {', '.join(unseen)}."
    sums = f"to the root, and to {export.footer['payable_minor']} minor units payable"
    return f"All {export.count - 2} lines add up: {sums}.{more}{export.twins(earlier)}{export.told()}"


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit("Usage: python recount.py EXPORT.jsonl ROOT [EARLIER.jsonl ...]")
    try:
        sys.stdout.write(recount(sys.argv[1], sys.argv[2], sys.argv[3:]) + "\n")
    except DoesNotAddUp as problem:
        sys.exit(str(problem))
