"""Worked examples of the clauses about orders: what one is worth, who is credited for it, and what earns nothing, in money.

They are reckoned from the terms alone; the tests put the same orders and touches through the functions that pay and compare the figures.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from billing.attribution import weights
from billing.money import share_of, split
from billing.terms.clauses import ProductRule
from billing.terms.sentences import example_minor, money, quoted
from billing.terms.terms import ContractTerms

GOODS, GIFT_CARD, TAX, SHIPPING, TIP = 100, 20, 10, 8, 2
"""The order of the example, in whole units of the contract's currency."""
PATH: Final = (("conversation", 3), ("coupon", 2), ("link", 1))
"""The touches of the example, oldest first: kind, and days before the order. Each is another employee's."""
_HOURS_A_DAY: Final = 24
_WEIGH: Final[Mapping[str, Callable[[Sequence[tuple[str, int]], ContractTerms], list[int]]]] = {
    "coupon_first": lambda path, _: weights.coupon_first_weights([kind for kind, _days in path]),
    "link_first": lambda path, _: weights.link_first_weights([kind for kind, _days in path]),
    "last": lambda path, _: weights.last_weights(len(path)),
    "first": lambda path, _: weights.first_weights(len(path)),
    "linear": lambda path, _: weights.linear_weights(len(path)),
    "position": lambda path, _: weights.position_weights(len(path)),
    "time_decay_step": lambda path, _: weights.decay_step_weights(len(path)),
    "time_decay_half_life": lambda path, terms: weights.decay_half_life_weights(
        [days * _HOURS_A_DAY for _kind, days in path], terms.half_life_days * _HOURS_A_DAY
    ),
    "set_shapley": lambda path, _: weights.shapley_weights(range(len(path))),
}


def worth_minor(terms: ContractTerms) -> int:
    """What counts of the example's order, in minor units."""
    rules = terms.base
    counted = (
        GOODS, 0 if rules.exclude_gift_cards else GIFT_CARD, 0 if rules.exclude_tax else TAX,
        0 if rules.exclude_shipping else SHIPPING, 0 if rules.exclude_tips else TIP,
    )  # fmt: skip
    return example_minor(terms.currency, sum(counted))


def worth_example(terms: ContractTerms) -> str:
    """One order with something of everything, and what of it counts."""
    paid, goods, card, tax, shipping, tip = (
        money(example_minor(terms.currency, units), terms.currency)
        for units in (GOODS + GIFT_CARD + TAX + SHIPPING + TIP, GOODS, GIFT_CARD, TAX, SHIPPING, TIP)
    )
    counts = money(worth_minor(terms), terms.currency)
    return (
        f"A buyer pays {paid}: {goods} for goods, {card} for a gift card, {tax} of tax, {shipping} of shipping and a tip of {tip}. "
        f"The order is worth {counts}."
    )


def credits_minor(terms: ContractTerms) -> tuple[int, ...]:
    """What of an order worth 100.00 each touch of the example's path is credited with, in minor units; 0 outside its window."""
    counted = [(kind, days) for kind, days in PATH if terms.window_days.get(kind, 0) >= days]
    if not counted:
        return (0,) * len(PATH)
    parts = weights.ppm_of(_WEIGH[terms.attribution_model](counted, terms), range(len(counted)))
    divided = split(example_minor(terms.currency), dict(zip([kind for kind, _ in counted], parts, strict=True)))
    return tuple(divided.get(kind, 0) for kind, _ in PATH)


def credits_example(terms: ContractTerms) -> str:
    """Three employees met one buyer; who is credited with what."""
    first, second, third = (money(minor, terms.currency) for minor in credits_minor(terms))
    sale = money(example_minor(terms.currency), terms.currency)
    return (
        f"One employee talked with the buyer of an order worth {sale} 3 days before it, the coupon on it was handed out by a second one "
        f"2 days before, and the link of a third one was followed 1 day before: credited are {first} to the first, {second} to the "
        f"second and {third} to the third."
    )


def disbelieved_example(terms: ContractTerms) -> str | None:
    """A sale that earns nothing, by the first guard that is on; None where none is, or where single orders pay nothing anyway."""
    sale, nothing = money(example_minor(terms.currency), terms.currency), money(0, terms.currency)
    sentences = {
        "exclude_insiders": f"Somebody who works for the shop buys for {sale}: that earns {nothing}.",
        "exclude_bot_conversations": f"A sale of {sale} follows a conversation that a machine held: that earns {nothing}.",
        "exclude_coupon_after_cart": f"A coupon handed out after the cart was begun is used on a sale of {sale}: it earns {nothing}.",
        "exclude_coupon_of_another_visitor": f"A coupon that somebody else was given is used on a sale of {sale}: it earns {nothing}.",
        "exclude_stacked_codes": f"Two coupons are used on a sale of {sale}: they earn {nothing}.",
    }
    is_silent = terms.lift is not None
    return None if is_silent else next((sentence for field, sentence in sentences.items() if getattr(terms.guards, field)), None)


def product_example(terms: ContractTerms) -> str | None:
    """A sale of a product that a rule names, one with a rate of its own if there is one; None where single orders pay nothing."""
    named = [(name, rule) for rule in terms.base.product_rules for name in (*rule.products, *rule.categories) if _holds(terms, name, rule)]
    if terms.lift is not None or not named:
        return None
    name, rule = next((one for one in named if one[1].share_ppm is not None), named[0])
    rate = rule.share_ppm if rule.share_ppm is not None else terms.share_ppm if rule.counts else 0
    sale = example_minor(terms.currency)
    earned = money(share_of(sale, rate), terms.currency)
    whose = "its own rate" if rule.share_ppm is not None else "the contract's own rate" if rule.counts else "that rule"
    return f"A sale of {quoted(name)} for {money(sale, terms.currency)} earns {earned} by {whose}."


def _holds(terms: ContractTerms, name: str, rule: ProductRule) -> bool:
    """Whether a line of this name falls under this rule and under none before it."""
    return terms.base.rule_for(*((name, ()) if name in rule.products else (None, (name,)))) is rule
