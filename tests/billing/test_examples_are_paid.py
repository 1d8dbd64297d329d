"""The contract's worked examples, put through the functions that judge and pay: each figure in a sentence is the figure of the engine."""

import re
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from billing.attribution.evidence import Candidate, ContractInForce, Touch
from billing.attribution.model_names import MODEL_SENTENCES
from billing.attribution.models import MODELS
from billing.contract_terms import BaseRules, ContractTerms, Guards, Lift, Payee, ProductRule, explain_terms
from billing.money import Money, share_of, split
from billing.neutral_order import NeutralLine, NeutralOrder
from billing.orders.worth import worth_of
from billing.revenue_share.periods import period_of

SOLD_AT = datetime(2026, 1, 31, 12, tzinfo=UTC)
FIELDS = ("exclude_tax", "exclude_shipping", "exclude_tips", "exclude_gift_cards")


def example(terms: ContractTerms, title: str) -> str | None:
    return next(clause.example for clause in explain_terms(terms) if clause.title == title)


def amounts(sentence: str | None) -> list[str]:
    return re.findall(r"[0-9.]+ [A-Z]{3}", sentence or "")


def an_order(*lines: NeutralLine, shipping: int = 0, tip: int = 0) -> NeutralOrder:
    captured = sum(line.net_minor + line.tax_minor for line in lines) + shipping + tip
    return NeutralOrder("1", None, "paid", SOLD_AT, SOLD_AT, "EUR", lines, shipping, 0, tip, captured)


@pytest.mark.parametrize("excluded", range(16))
def test_what_an_order_is_worth(excluded: int) -> None:
    rules = BaseRules(**{field: bool(excluded >> place & 1) for place, field in enumerate(FIELDS)})
    terms = ContractTerms(currency="EUR", share_ppm=80_000, base=rules)
    goods, card = NeutralLine("1", "beans", 1, 10_000, 1_000, False), NeutralLine("2", "card", 1, 2_000, 0, True)
    order = an_order(goods, card, shipping=800, tip=200)
    told = amounts(example(terms, "What an order is worth"))
    assert told[0] == str(Money(order.captured_minor, "EUR"))
    assert told[-1] == str(Money(int(worth_of(order, (), rules).base), "EUR"))


@given(
    st.sampled_from(sorted(MODEL_SENTENCES)), st.integers(1, 30),
    st.dictionaries(st.sampled_from(["coupon", "link", "conversation"]), st.integers(1, 5)),
)  # fmt: skip
@settings(max_examples=200, deadline=None)
def test_who_is_credited(model: str, half_life: int, windows: dict[str, int]) -> None:
    terms = ContractTerms(currency="EUR", share_ppm=80_000, attribution_model=model, half_life_days=half_life, window_days=windows)
    path = [
        Candidate(
            Touch(UUID(int=number), SOLD_AT - timedelta(days=days), kind, UUID(int=number)), kind,
            ContractInForce(UUID(int=number), UUID(int=number), terms),
        )
        for number, (kind, days) in enumerate((("conversation", 3), ("coupon", 2), ("link", 1)), start=1)
        if windows.get(kind, 0) >= days
    ]  # fmt: skip
    credited = MODELS[model].divide(path, terms)[0] if path else ()
    parts = {one.candidate.touch.touch_id.int: one.weight_ppm for one in credited}
    paid = split(10_000, parts) if parts else {}
    assert amounts(example(terms, "Who brought an order"))[1:] == [str(Money(paid.get(number, 0), "EUR")) for number in (1, 2, 3)]


def test_a_product_earns_by_the_rule_that_holds_for_it() -> None:
    rules = (
        ProductRule(products=("Kettle",), counts=False), ProductRule(products=("Kettle", "Mug"), share_ppm=30_000),
        ProductRule(categories=("cups",)),
    )  # fmt: skip
    terms = ContractTerms(currency="EUR", share_ppm=80_000, base=BaseRules(product_rules=rules))
    ((rate, base),) = worth_of(an_order(NeutralLine("1", "Mug", 1, 10_000, 0, False)), (), terms.base).by_rate
    earned = Money(share_of(base, rate or 0), "EUR")
    assert example(terms, "Products with rules of their own") == f'A sale of "Mug" for 100.00 EUR earns {earned} by its own rate.'
    left_out = terms.model_copy(update={"base": BaseRules(product_rules=rules[:1])})
    assert worth_of(an_order(NeutralLine("1", "Kettle", 1, 10_000, 0, False)), (), left_out.base).base == 0
    assert example(left_out, "Products with rules of their own") == 'A sale of "Kettle" for 100.00 EUR earns 0.00 EUR by that rule.'
    own = terms.model_copy(update={"base": BaseRules(product_rules=rules[2:])})
    assert example(own, "Products with rules of their own") == 'A sale of "cups" for 100.00 EUR earns 8.00 EUR by the contract\'s own rate.'


@pytest.mark.parametrize(("soft", "window"), [(5, 30), (45, 14), (0, 0)])
def test_a_month_closes_when_the_clause_says(soft: int, window: int) -> None:
    terms = ContractTerms(currency="EUR", share_ppm=80_000, soft_days=soft, return_window_days=window)
    days = int(re.findall(r"closes (\d+) day", example(terms, "Months") or "")[0])
    month = period_of(SOLD_AT, "UTC")
    assert month.end + timedelta(days=days) == max(month.end + timedelta(days=soft), month.end + timedelta(days=window))


def test_every_clause_that_reckons_has_an_example() -> None:
    """What is left has nothing to reckon: no reserve is kept, and who keeps the films is no amount."""
    plain = ContractTerms(currency="EUR", share_ppm=80_000, holdout_ppm=100_000, bonuses={"lead": 250})
    without = [clause.title for clause in explain_terms(plain) if clause.example is None]
    assert without == ["Reserve", "After the contract"]
    assert example(plain, "Bonuses") == "3 reports of a lead earn 7.50 EUR."
    assert example(plain, "Comparison") == "Of 1000 visitors about 100 do not meet the employee."
    assert example(plain, "What is not believed") == "Somebody who works for the shop buys for 100.00 EUR: that earns 0.00 EUR."
    nobody = Guards(**dict.fromkeys(Guards.model_fields, False))
    assert example(plain.model_copy(update={"guards": nobody}), "What is not believed") is None
    lifted = ContractTerms(currency="EUR", share_ppm=80_000, holdout_ppm=100_000, lift=Lift(share_ppm=200_000, basis="lower"))
    assert example(lifted, "What is not believed") is None, "single orders pay nothing there"


def test_who_is_paid_reads_like_a_sentence() -> None:
    plain = ContractTerms(currency="EUR", share_ppm=80_000)
    (payees,) = (clause for clause in explain_terms(plain) if clause.title == "Payees")
    assert payees.text == 'All that is earned goes to "Tillhand", who provides the employee.'
    shared = (
        Payee(key="platform", name="Tillhand", role="platform", part_ppm=700_000),
        Payee(key="ada", name="Ada Vale", role="likeness_owner", part_ppm=300_000),
    )
    (payees,) = (clause for clause in explain_terms(plain.model_copy(update={"payees": shared})) if clause.title == "Payees")
    assert payees.text == (
        'All that is earned is divided: 70 % goes to "Tillhand" (the platform) and 30 % goes to "Ada Vale" '
        "(the owner of the likeness; account ada)."
    )
    assert payees.example == '100.00 EUR that were earned are divided: "Tillhand" receives 70.00 EUR and "Ada Vale" receives 30.00 EUR.'
