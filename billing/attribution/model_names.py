"""The attribution models a contract may name, each in one sentence that stands in the contract itself.

Names and sentences only, so that the contract's prose can use them without reaching for the arithmetic in models.py.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

MODEL_SENTENCES: Final[Mapping[str, str]] = MappingProxyType({
    "coupon_first": "An order was brought by the coupon on it; without one, by the tracked link; without either, by the last touch.",
    "link_first": "An order was brought by the last tracked link its buyer followed; without one, by the last touch of any other kind.",
    "last": "An order was brought by the last touch before it, whatever its kind.",
    "first": "An order was brought by the first touch in the window, whatever its kind.",
    "linear": "An order is shared equally by every touch in the window.",
    "position": "The first and the last touch bring 40 % of an order each and those between share the other 20 %; two share it equally.",
    "time_decay_step": "An order is shared by every touch in the window, each touch weighing half as much as the one after it.",
    "time_decay_half_life": "An order is shared by every touch in the window, each weighing half as much for every half-life that passed "
    "between it and the order.",
    "set_shapley": "An order is shared equally by the employees who met its buyer, however often each did; each one's part goes to "
    "the last of its touches.",
})  # fmt: skip


def name_of(model: str) -> str:
    """A model's name in words, as pages call it: "Coupon first"."""
    return "Shapley among employees" if model == "set_shapley" else model.replace("_", " ").capitalize()
