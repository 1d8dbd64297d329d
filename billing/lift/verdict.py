"""What a contract that pays on lift owes for a month: a share of what the employee is shown to have added, never of noise twice.

The evidence is cumulative: all visitors first asked for under this contract version, up to the month's end. What the contract owes in
all is its share of the total added (the point estimate, or the lower end of the always-valid interval), and never falls below what it
was at an earlier month's end: a high-water mark, as funds use it. A month's line is the rise of the mark. So nothing is paid twice for
one gain, and a bad month must be made good before more is paid. On the lower end, with the contract's confidence, all lines together
never pass the share of the most that was truly added by any month's end.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import accumulate
from typing import Any

from billing.contract_terms import percent_text
from billing.lift.decimals import in_fixed_precision, shown, whole
from billing.lift.sequence import BUYERS_MIN, TIGHTEST_AT_VISITORS, ArmSums, Cohort, Effect, compare
from billing.money import PARTS_PER_MILLION, Money
from billing.terms.clauses import Lift


@dataclass(frozen=True, slots=True)
class LiftVerdict:
    """What the month's line comes to (0 or more), whether the evidence can tell, the sentence for the payslip and what it rests on."""

    amount_minor: int
    is_told: bool
    sentence: str
    working: dict[str, Any]


def lift_amount(cohorts: Sequence[Cohort], lift: Lift, currency: str) -> LiftVerdict:
    """The line of the last of these months (at least one; in sequence from the version's first). Pure, in fixed decimal precision."""
    so_far = list(accumulate(cohorts, lambda earlier, month: month.joined_to(earlier)))
    before_minor, mark_minor = [0, *accumulate((_owed(month, lift) for month in so_far), max)][-2:]
    last = so_far[-1]
    effect = compare(last.treated, last.holdout, lift.confidence_ppm)
    amount_minor = mark_minor - before_minor
    told = evidence_sentence(last.treated, last.holdout, lift.confidence_ppm, currency)
    sentence = f"{told} {_payment_sentence(lift, Money(amount_minor, currency))}"
    working = {
        "basis": lift.basis, "share_ppm": lift.share_ppm, "confidence_ppm": lift.confidence_ppm,
        "tightest_at_visitors": TIGHTEST_AT_VISITORS, "buyers_min": BUYERS_MIN, "cohorts": [_document(month) for month in cohorts],
        "effect_per_visitor": _effect_document(effect), "mark_before_minor": before_minor, "mark_minor": mark_minor,
    }  # fmt: skip
    return LiftVerdict(amount_minor, effect is not None and effect.is_told, sentence, working)


@in_fixed_precision
def _owed(month: Cohort, lift: Lift) -> int:
    """The contract's share of everything added so far, by its basis; 0 while nothing can be told."""
    effect = compare(month.treated, month.holdout, lift.confidence_ppm)
    if effect is None or effect.low is None:
        return 0
    per_visitor = effect.low if lift.basis == "lower" else effect.estimate
    return max(0, whole(per_visitor * month.treated.visitors * lift.share_ppm / PARTS_PER_MILLION))


def evidence_sentence(treated: ArmSums, holdout: ArmSums, confidence_ppm: int, currency: str) -> str:
    """What the comparison says, in plain words, and whether it can tell at all."""
    effect = compare(treated, holdout, confidence_ppm)
    if effect is None:
        return "Nothing can be told: no visitors yet, or none held out, have their time to buy behind them."
    who = f"{treated.visitors} visitors who met the employee and {holdout.visitors} who did not"
    if effect.low is None or effect.high is None:
        return f"It is too early to tell: {who} have been compared, and in one of the two groups fewer than {BUYERS_MIN} bought."
    each, low, high = (Money(whole(value), currency) for value in (effect.estimate, effect.low, effect.high))
    said = f"Comparing {who}, meeting the employee added {each} a visitor; with {percent_text(confidence_ppm)} confidence the truth"
    said += f" lies between {low} and {high}, however often one looks."
    return said if effect.is_told else f"{said} That holds zero: whether the employee adds anything cannot be told yet."


def _payment_sentence(lift: Lift, amount: Money) -> str:
    owed = "the lower end" if lift.basis == "lower" else "the estimate"
    share = percent_text(lift.share_ppm)
    return f"The contract pays {share} of {owed}, over all visitors, as far as it passes what earlier months paid: {amount}."


def _document(month: Cohort) -> dict[str, Any]:
    """Squares pass what a JSON number keeps exactly, so they are text."""
    arms = {"treated": month.treated, "holdout": month.holdout}
    return {"period_start": month.period_start.isoformat()} | {
        name: [arm.visitors, arm.buyers, arm.total_minor, str(arm.squares)] for name, arm in arms.items()
    }


def _effect_document(effect: Effect | None) -> dict[str, str | None] | None:
    def text(value: Decimal | None) -> str | None:
        return None if value is None else shown(value)

    return None if effect is None else {"estimate": text(effect.estimate), "low": text(effect.low), "high": text(effect.high)}
