"""What the mind may know of the page a shopper has open: the product on it, and the cart, as the shop's page told them.

Any script of the page, and a shopper with the browser's tools, can write here. So it is data: plain, bounded, without orders to the
employee, and used only to look up what the shop itself taught.
"""

from typing import Any, Final

from app.conversations.guardrails.instructions import is_instruction
from app.conversations.guardrails.plain_text import clean
from app.conversations.knowledge.prices import PriceUnreadable, currency_in, read_price
from app.conversations.thoughts import PageSeen

NAME_LENGTH_MAX: Final = 200
CART_MAX: Final = 20
CURRENCY_LENGTH: Final = 3


def seen_in(facts: dict[str, Any]) -> PageSeen:
    """The facts `product`, `cart` (names), `cart_total` and `currency` of a context; what cannot be read is as if it had not been told."""
    cart, currency = facts.get("cart"), clean(str(facts.get("currency", ""))).upper()[:CURRENCY_LENGTH]
    listed = cart if isinstance(cart, list) else [cart]
    names = tuple(name for one in listed[:CART_MAX] if (name := _name(one)))
    return PageSeen(_name(facts.get("product")), names, _minor(facts.get("cart_total"), currency), currency)


def _name(told: object) -> str:
    name = clean(told)[:NAME_LENGTH_MAX] if isinstance(told, str) else ""
    return "" if is_instruction(name) else name


def _minor(told: object, currency: str) -> int | None:
    """An amount as a page writes it (42.5, "42.50") in minor units; None when it is no amount of a currency we know."""
    if isinstance(told, bool) or not isinstance(told, int | float | str) or currency_in(currency) is None:
        return None
    try:
        return read_price(str(told), currency)[0]
    except PriceUnreadable:
        return None
