"""The clauses about orders: what of one counts, who brought it, what is not believed, and the measured comparison."""

from collections.abc import Iterator

from billing.attribution.model_names import MODEL_SENTENCES
from billing.money import PARTS_PER_MILLION
from billing.terms.clauses import Ownership, ProductRule
from billing.terms.examples import credits_example, disbelieved_example, product_example, worth_example
from billing.terms.percent import percent_text
from billing.terms.sentences import Clause, days_text, listed, quoted
from billing.terms.terms import ContractTerms

VISITORS = 1_000
"""How many the example of the comparison speaks of."""
_LEFT_OUT = (
    ("exclude_tax", "tax"), ("exclude_shipping", "shipping"), ("exclude_tips", "tips"), ("exclude_gift_cards", "gift card sales"),
    ("exclude_staff_orders", "orders of the shop's own staff"),
)  # fmt: skip
_GUARDS = (
    ("exclude_coupon_after_cart", "A coupon handed out after the cart was begun does not count."),
    ("exclude_coupon_of_another_visitor", "A coupon used by someone it was not given to does not count."),
    ("exclude_stacked_codes", "Coupons of an order that carries several codes do not count."),
    ("exclude_insiders", "Orders of people who are paid under a contract of the shop, or are known to work for it, do not count."),
    ("exclude_bot_conversations", "Conversations that were held with a machine do not count."),
)
_KIND_NAMES = {"coupon": "a coupon", "link": "a followed link", "conversation": "a conversation", "view": "a viewed film"}
_OWNERS = {"shop": "the shop", "platform": "the platform"}


def rule_clauses(terms: ContractTerms) -> Iterator[Clause]:
    """What counts, in the sequence a merchant asks."""
    yield _worth(terms)
    if terms.base.product_rules:
        yield _products(terms)
    yield _brought(terms)
    guards = [sentence for field, sentence in _GUARDS if getattr(terms.guards, field)]
    yield Clause(
        "What is not believed", " ".join(guards) or "Every coupon, buyer and conversation is taken as it comes.", disbelieved_example(terms)
    )
    if terms.holdout_ppm:
        yield Clause(
            "Comparison",
            f"{percent_text(terms.holdout_ppm)} of visitors, chosen by a hash, do not meet the employee, to measure its effect.",
            f"Of {VISITORS} visitors about {VISITORS * terms.holdout_ppm // PARTS_PER_MILLION} do not meet the employee.",
        )


def ownership_text(ownership: Ownership) -> str:
    """Who keeps what when the contract has ended, one sentence each."""
    return (
        f"When the contract has ended, its works (films) belong to {_OWNERS[ownership.works]}. "
        f"Its transcripts belong to {_OWNERS[ownership.transcripts]}. "
        f"The taste it learned belongs to {_OWNERS[ownership.taste]}."
    )


def _worth(terms: ContractTerms) -> Clause:
    left_out = ["test orders", *(word for field, word in _LEFT_OUT if getattr(terms.base, field))]
    return Clause(
        "What an order is worth",
        f"An order's worth leaves out {listed(left_out)}. Whatever is refunded or charged back leaves it, to the last cent.",
        worth_example(terms),
    )


def _products(terms: ContractTerms) -> Clause:
    rules = [f"({number}) {_product_rule(rule)}" for number, rule in enumerate(terms.base.product_rules, start=1)]
    text = f"Some products have rules of their own; the first that names a line holds. {' '.join(rules)}"
    return Clause("Products with rules of their own", text, product_example(terms))


def _product_rule(rule: ProductRule) -> str:
    named = []
    if rule.products:
        named.append(f"Products {listed(map(quoted, rule.products))}")
    if rule.categories:
        named.append(f"{'categories' if named else 'Categories'} {listed(map(quoted, rule.categories))}")
    subject = listed(named)
    if not rule.counts:
        return f"{subject} do not count."
    rate = "the contract's own rate" if rule.share_ppm is None else f"{percent_text(rule.share_ppm)}, and do not count towards tiers"
    return f"{subject} earn {rate}."


def _brought(terms: ContractTerms) -> Clause:
    windows = [f"{days_text(terms.window_days[kind])} after {_KIND_NAMES[kind]}" for kind in _KIND_NAMES if kind in terms.window_days]
    silent = [_KIND_NAMES[kind] for kind in _KIND_NAMES if kind not in terms.window_days]
    sentences = [MODEL_SENTENCES[terms.attribution_model]]
    if terms.attribution_model == "time_decay_half_life":
        sentences.append(f"The half-life is {days_text(terms.half_life_days)}.")
    sentences.append(f"An order counts up to {listed(windows)}." if windows else "No touch counts.")
    if silent:
        sentences.append(f"Nothing follows from {listed(silent)}.")
    return Clause("Who brought an order", " ".join(sentences), credits_example(terms))
