"""The clauses about money: rates, tiers, cap, minimum, bonuses, royalties, payees, and when it is paid.

Every example is computed by the functions that pay, so that it cannot promise anything else.
"""

from collections.abc import Iterator
from typing import Final

from billing.money import PARTS_PER_MILLION, share_of, split
from billing.revenue_share.governed import GovernedTime
from billing.revenue_share.period_lines import PeriodFacts, period_lines, total_minor
from billing.terms.clauses import Payee
from billing.terms.percent import percent_text
from billing.terms.sentences import Clause, days_text, example_minor, listed, money, quoted
from billing.terms.terms import ContractTerms

BONUSES_SHOWN: Final = 3
_WHOLE_MONTH: Final = GovernedTime(30 * 86_400, 30 * 86_400)
_ROLES: Final = {"platform": "the platform", "likeness_owner": "the owner of the likeness", "agency": "an agency"}
_WHO: Final = {"platform": "who provides the employee", "likeness_owner": "who owns the likeness", "agency": "an agency"}


def rate_clauses(terms: ContractTerms) -> Iterator[Clause]:
    """What a sale earns."""
    yield _lift(terms) if terms.lift is not None else _share(terms)
    if terms.probation is not None:
        text = f"Orders of the contract's first {days_text(terms.probation.days)} earn {percent_text(terms.probation.share_ppm)} instead."
        yield Clause("Probation", text, _sale(terms, terms.probation.share_ppm, "during probation"))
    if terms.repeat is not None:
        text = (
            f"When a customer the employee won comes back by itself within {days_text(terms.repeat.days)}, "
            f"the order earns {percent_text(terms.repeat.share_ppm)}."
        )
        yield Clause("Repeat purchases", text, _sale(terms, terms.repeat.share_ppm, "of such a customer"))
    if terms.royalty_share_ppm is not None:
        text = f"Orders brought by a work (a film) earn {percent_text(terms.royalty_share_ppm)}, as that work's royalty."
        yield Clause("Royalty on orders", text, _sale(terms, terms.royalty_share_ppm, "brought by a film"))


def month_clauses(terms: ContractTerms) -> Iterator[Clause]:
    """What changes with a whole month, and what else earns."""
    if terms.tiers is not None:
        yield _tiers(terms)
    if terms.cap_minor is not None:
        yield _cap(terms, terms.cap_minor)
    if terms.minimum_minor is not None:
        yield _minimum(terms, terms.minimum_minor)
    if terms.bonuses:
        bonuses = listed(f"{money(terms.bonuses[kind], terms.currency)} for every {kind}" for kind in sorted(terms.bonuses))
        kind, each = min(terms.bonuses.items())
        earned = money(BONUSES_SHOWN * each, terms.currency)
        example = f"{BONUSES_SHOWN} reports of a {kind} earn {earned}."
        yield Clause("Bonuses", f"The employee earns {bonuses} it brought, with evidence.", example)
    if terms.royalty_income_ppm is not None:
        income = example_minor(terms.currency)
        royalty = money(share_of(income, terms.royalty_income_ppm), terms.currency)
        text = f"What a work earns by licence or on a platform, with evidence, pays a royalty of {percent_text(terms.royalty_income_ppm)}."
        yield Clause("Royalty on income", text, f"Income of {money(income, terms.currency)} pays {royalty}.")


def payment_clauses(terms: ContractTerms) -> Iterator[Clause]:
    """To whom and when it is paid."""
    yield _payees(terms)
    sale = example_minor(terms.currency)
    kept = money(share_of(sale * 3 // 4, terms.share_ppm), terms.currency)
    yield Clause(
        "Returns",
        f"A share is pending for {days_text(terms.return_window_days)} after the order; a refund takes its part back to the last cent.",
        None if terms.lift else f"When a quarter of a sale of {money(sale, terms.currency)} is refunded, {kept} stay.",
    )
    yield Clause(
        "Months",
        f"Periods are calendar months in {terms.period_time_zone}. A month closes {days_text(terms.soft_days)} after its end, and not "
        "before the last order's return window is over; what becomes known later is settled in the running month.",
        f"A sale of {money(sale, terms.currency)} on a month's last day belongs to that month, which closes "
        f"{days_text(max(terms.soft_days, terms.return_window_days))} after its end.",
    )
    yield _reserve(terms)
    share = money(share_of(sale, terms.share_ppm), terms.currency)
    yield Clause(
        "Disputes", f"The shop may dispute a line; what is not decided within {days_text(terms.dispute_days)} is settled in its favour.",
        None if terms.lift else f"Nobody answers for {days_text(terms.dispute_days)}: a disputed line of {share} then pays "
        f"{money(0, terms.currency)}.",
    )  # fmt: skip


def _share(terms: ContractTerms) -> Clause:
    text = f"The employee earns {percent_text(terms.share_ppm)} of the worth of every order it brought, in {terms.currency}."
    return Clause("Share", text, _sale(terms, terms.share_ppm))


def _lift(terms: ContractTerms) -> Clause:
    assert terms.lift is not None  # noqa: S101 - rate_clauses asked first
    basis = {"point": "the best estimate", "lower": "the lower bound"}[terms.lift.basis]
    added = example_minor(terms.currency, 1_000)
    paid = money(share_of(added, terms.lift.share_ppm), terms.currency)
    return Clause(
        "Share of what was added",
        f"The employee earns {percent_text(terms.lift.share_ppm)} of what it is measured to have added, in {terms.currency}: {basis}, at "
        f"a confidence of {percent_text(terms.lift.confidence_ppm)}, of its visitors' orders over those of visitors who did not meet it. "
        f"When the measurement cannot tell, the lower bound pays nothing. Single orders are shown, at {percent_text(terms.share_ppm)} for "
        "comparison only, and pay nothing themselves.",
        f"When the measure says {money(added, terms.currency)}, the month pays {paid}.",
    )


def _sale(terms: ContractTerms, share_ppm: int, which: str = "") -> str:
    sale = example_minor(terms.currency)
    earned = money(share_of(sale, share_ppm), terms.currency)
    return f"A sale of {money(sale, terms.currency)}{' ' + which if which else ''} earns {earned}."


def _tiers(terms: ContractTerms) -> Clause:
    assert terms.tiers is not None  # noqa: S101 - month_clauses asked first
    which = {"marginal": "the sales above each step earn its rate", "volume": "all sales of the month earn the rate of the step they reach"}
    steps = listed(f"{percent_text(step.share_ppm)} from {money(step.from_minor, terms.currency)} on" for step in terms.tiers.steps)
    sold = terms.tiers.steps[-1].from_minor * 3 // 2
    alone = terms.model_copy(update={"cap_minor": None, "minimum_minor": None})
    facts = PeriodFacts(sold, share_of(sold, terms.share_ppm), _WHOLE_MONTH)
    lines = period_lines(alone, facts)
    return Clause(
        "Tiers",
        f"In one month {which[terms.tiers.kind]}: {steps}. Only sales at the contract's own rate count towards the steps, and a month the "
        "contract governs in part has steps in proportion.",
        f"{lines[0].why} The month earns {money(total_minor(facts, lines), terms.currency)}.",
    )


def _cap(terms: ContractTerms, cap_minor: int) -> Clause:
    alone = terms.model_copy(update={"tiers": None, "minimum_minor": None})
    facts = PeriodFacts(0, cap_minor * 5 // 4 + 1, _WHOLE_MONTH)
    (line,) = period_lines(alone, facts)
    text = f"A month pays at most {money(cap_minor, terms.currency)}; a month the contract governs in part, that part of it."
    return Clause("Cap", text, line.why)


def _minimum(terms: ContractTerms, minimum_minor: int) -> Clause:
    alone = terms.model_copy(update={"tiers": None, "cap_minor": None})
    (line,) = period_lines(alone, PeriodFacts(0, minimum_minor // 2, _WHOLE_MONTH, is_final=True))
    text = (
        f"A month pays at least {money(minimum_minor, terms.currency)}; a month the contract governs in part, that part of it. "
        "Time in which the service did not run is not counted. What is given back in a dispute is taken after the minimum and not filled "
        "up again, so that a month may then pay less."
    )
    given = share_of(minimum_minor, PARTS_PER_MILLION // 10)
    left = money(minimum_minor - given, terms.currency)
    return Clause(
        "Guaranteed minimum", text, f"{line.why} Were {money(given, terms.currency)} given back in a dispute, it would pay {left}."
    )


def _payees(terms: ContractTerms) -> Clause:
    whole = example_minor(terms.currency)
    if len(terms.payees) == 1:
        (payee,) = terms.payees
        text = f"All that is earned goes to {quoted(payee.name)}, {_WHO[payee.role]}."
        booked = "" if payee.key == payee.role else f" Its account in the book is {payee.key}."
        return Clause("Payees", text + booked, f"Of {money(whole, terms.currency)} earned, {money(whole, terms.currency)} go there.")
    who = listed(_part_text(payee) for payee in terms.payees)
    parts = split(whole, {payee.key: payee.part_ppm for payee in terms.payees})
    shares = listed(f"{quoted(payee.name)} receives {money(parts[payee.key], terms.currency)}" for payee in terms.payees)
    return Clause(
        "Payees", f"All that is earned is divided: {who}.", f"{money(whole, terms.currency)} that were earned are divided: {shares}."
    )


def _part_text(payee: Payee) -> str:
    """One payee's part; the account is named where it is called otherwise than the role, so that no two contracts read the same."""
    if payee.key == payee.role:
        return f"{percent_text(payee.part_ppm)} goes to {quoted(payee.name)} ({_ROLES[payee.role]})"
    return f"{percent_text(payee.part_ppm)} goes to {quoted(payee.name)} ({_ROLES[payee.role]}; account {payee.key})"


def _reserve(terms: ContractTerms) -> Clause:
    if not terms.reserve_ppm:
        return Clause("Reserve", "Nothing is kept in reserve.")
    paid = example_minor(terms.currency)
    kept = money(share_of(paid, terms.reserve_ppm), terms.currency)
    return Clause(
        "Reserve",
        f"{percent_text(terms.reserve_ppm)} of every payment are kept back for late refunds and released {days_text(terms.reserve_days)} "
        "after the month was closed, with the statement of the month that day lies in.",
        f"Of {money(paid, terms.currency)} due, {kept} are kept back.",
    )
