"""What a contract's prose says, its worked examples, what it refuses, and what contracts of the first format mean."""

from typing import Any

import pytest
from pydantic import ValidationError

from billing.contract_terms import (
    BaseRules,
    ContractTerms,
    Lift,
    Payee,
    Probation,
    ProductRule,
    Repeat,
    Tiers,
    TierStep,
    changes_between,
    describe,
    explain_terms,
    read_terms,
)
from billing.errors import ContractTermsRefused


def plain(**clauses: Any) -> ContractTerms:
    return ContractTerms(currency="EUR", share_ppm=80_000, **clauses)


def example(terms: ContractTerms, title: str) -> str | None:
    return next(clause.example for clause in explain_terms(terms) if clause.title == title)


def test_examples_are_what_the_contract_pays() -> None:
    steps = (TierStep(from_minor=1_000_000, share_ppm=100_000),)
    terms = plain(tiers=Tiers(kind="marginal", steps=steps), cap_minor=200_000, minimum_minor=10_000, reserve_ppm=100_000)
    assert example(terms, "Share") == "A sale of 100.00 EUR earns 8.00 EUR."
    assert example(terms, "Tiers") == (
        "Of the month's sales of 15000.00 EUR, 5000.00 EUR earn 10 %: 100.00 EUR more than at 8 %. The month earns 1300.00 EUR."
    )
    assert example(terms, "Cap") == ("The month earned 2500.01 EUR; what passes the cap of 2000.00 EUR, 500.01 EUR, stays with the shop.")
    assert example(terms, "Guaranteed minimum") == (
        "The month earned 50.00 EUR; 50.00 EUR fill it up to the guaranteed minimum of 100.00 EUR. "
        "Were 10.00 EUR given back in a dispute, it would pay 90.00 EUR."
    )
    assert "taken after the minimum and not filled up again" in describe(terms)
    assert example(terms, "Reserve") == "Of 100.00 EUR due, 10.00 EUR are kept back."
    assert example(terms, "Returns") == "When a quarter of a sale of 100.00 EUR is refunded, 6.00 EUR stay."
    assert example(ContractTerms(currency="JPY", share_ppm=82_500), "Share") == "A sale of 100 JPY earns 8 JPY."
    lifted = plain(lift=Lift(share_ppm=200_000, basis="lower"), holdout_ppm=100_000)
    assert example(lifted, "Share of what was added") == "When the measure says 1000.00 EUR, the month pays 200.00 EUR."


def test_product_rules_are_told_in_their_sequence() -> None:
    rules = (ProductRule(products=("Gift box",), counts=False), ProductRule(products=("Kettle",), categories=("tea",), share_ppm=30_000))
    text = describe(plain(base=BaseRules(product_rules=rules)))
    assert '(1) Products "Gift box" do not count. (2) Products "Kettle" and categories "tea" earn 3 %' in text
    base = BaseRules(product_rules=(*rules, ProductRule(categories=("cups",))))
    assert [base.rule_for(*line) for line in (("Gift box", ("tea",)), ("x", ("y", "tea")), (None, ("cups",)), ("x", ()))] == [
        *base.product_rules, None,
    ]  # fmt: skip


def test_a_change_of_contract_is_told_clause_by_clause() -> None:
    old = plain(probation=Probation(days=30, share_ppm=50_000))
    new = ContractTerms(currency="EUR", share_ppm=90_000, repeat=Repeat(days=90, share_ppm=20_000))
    share, repeat, returns, probation = (*changes_between(old, new), "")[:4]
    assert share.startswith("Share. Until now: The employee earns 8 % of the worth")
    assert "From now on: The employee earns 9 %" in share
    assert repeat.startswith("Repeat purchases. When a customer")
    assert returns == "Probation. No longer: Orders of the contract's first 30 days earn 5 % instead."
    assert probation == ""
    assert changes_between(old, old) == ()


STEP = {"from_minor": 100, "share_ppm": 50_000}
PAYEE = {"key": "platform", "name": "T", "role": "platform", "part_ppm": 500_000}


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"tiers": {"kind": "marginal", "steps": [STEP, STEP]}}, "begins at a higher turnover"),
        ({"tiers": {"kind": "volume", "steps": [STEP]}}, "Volume tiers never fall"),
        ({"tiers": {"kind": "marginal", "steps": []}}, "tiers.steps: .* at least 1"),
        ({"cap_minor": 100, "minimum_minor": 101}, "minimum is not above the cap"),
        ({"cap_minor": 0}, "cap_minor: .* greater than 0"),
        ({"payees": [PAYEE]}, "add up to exactly 100 %"),
        ({"payees": [PAYEE, PAYEE]}, "a key of its own"),
        ({"payees": [PAYEE | {"key": "a.b"}]}, "payees.0.key"),
        ({"lift": {"share_ppm": 1, "basis": "point"}}, "needs visitors to compare"),
        ({"lift": {"share_ppm": 1, "basis": "point"}, "holdout_ppm": 1, "repeat": {"days": 1, "share_ppm": 1}}, "no rates by product"),
        ({"bonuses": {"smile": 1}}, "is not a bonus"),
        ({"bonuses": {"lead": 0}}, "above zero"),
        ({"bonuses": {"lead": 10**16}}, "above zero and below"),
        ({"window_days": {"dream": 1}}, "is not a kind of touch"),
        ({"attribution_model": "dice"}, "is not known"),
        ({"base": {"product_rules": [{}]}}, "at least one product"),
        ({"base": {"product_rules": [{"products": [" "]}]}}, "no name is empty"),
        ({"base": {"product_rules": [{"products": ["a", "a"]}]}}, "once"),
        ({"base": {"product_rules": [{"products": ["a"], "counts": False, "share_ppm": 1}]}}, "have no rate"),
        ({"share_ppm": 0.08}, "share_ppm: "),
        ({"share_ppm": 1_000_001}, "^Share: write a percentage from 0 to 100.$"),
        ({"repeat": {"days": 1, "share_ppm": -1}}, "^Repeat share: write a percentage from 0 to 100.$"),
        ({"colour": "red"}, "colour: "),
        ({"guards": {"exclude_insiders": 1}}, "guards.exclude_insiders"),
    ],
)
def test_a_contradiction_is_refused_with_a_sentence(wrong: dict[str, Any], says: str) -> None:
    with pytest.raises(ContractTermsRefused, match=says):
        read_terms({"format": "tillhand-terms/2", "currency": "EUR", "share_ppm": 80_000} | wrong)


def test_terms_never_change_once_made() -> None:
    with pytest.raises(ValidationError):
        plain().share_ppm = 1  # type: ignore[misc]
    assert plain().payees == (Payee(key="platform", name="Tillhand", role="platform", part_ppm=1_000_000),)


def test_contracts_of_the_first_format_mean_what_they_meant() -> None:
    first = {"format": "tillhand-terms/1", "currency": "EUR", "share_ppm": 80_000, "guards": {"exclude_coupon_after_cart": True}}
    terms = read_terms(first)
    assert (terms.guards.exclude_coupon_after_cart, terms.guards.exclude_insiders, terms.guards.exclude_bot_conversations) == (
        True, False, False,
    )  # fmt: skip
    assert read_terms(first | {"format": "tillhand-terms/2"}).guards.exclude_insiders
    assert read_terms({"format": "tillhand-terms/1", "currency": "EUR", "share_ppm": 1}).guards.exclude_insiders is False
