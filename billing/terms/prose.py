"""The terms in plain English, made from the data alone, so that prose and data cannot disagree.

Different terms never read the same, and equal terms always do; the tests try it field by field.
"""

from billing.terms.pay_clauses import month_clauses, payment_clauses, rate_clauses
from billing.terms.rule_clauses import ownership_text, rule_clauses
from billing.terms.sentences import Clause
from billing.terms.terms import ContractTerms


def explain_terms(terms: ContractTerms) -> tuple[Clause, ...]:
    """Every clause of the contract in plain words, most with a worked example computed by the functions that pay."""
    return (
        *rate_clauses(terms),
        *rule_clauses(terms),
        *month_clauses(terms),
        *payment_clauses(terms),
        Clause("After the contract", ownership_text(terms.ownership)),
    )


def describe(terms: ContractTerms) -> str:
    """All clauses' sentences in one text, without examples."""
    return " ".join(clause.text for clause in explain_terms(terms))


def changes_between(old: ContractTerms, new: ContractTerms) -> tuple[str, ...]:
    """What a change of contract changes, one sentence per clause; empty when nothing does."""
    before = {clause.title: clause.text for clause in explain_terms(old)}
    after = {clause.title: clause.text for clause in explain_terms(new)}
    changed = [
        f"{title}. {text}" if title not in before else f"{title}. Until now: {before[title]} From now on: {text}"
        for title, text in after.items()
        if before.get(title) != text
    ]
    ended = [f"{title}. No longer: {text}" for title, text in before.items() if title not in after]
    return (*changed, *ended)
