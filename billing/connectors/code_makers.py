"""Which systems can be told to make codes, and what each cannot promise by itself.

Square is not among them: its catalogue knows discounts, and no code a buyer could type. A shop on Square makes a price rule there, or
lets its till ask our API. An own system and a till's files make their codes themselves, or ask our API.
"""

from collections.abc import Mapping
from typing import Final

from billing.connectors.code_wanted import CodeMaker
from billing.connectors.shopify_codes import SHOPIFY_CODES
from billing.connectors.stripe_codes import STRIPE_CODES
from billing.connectors.woocommerce_codes import WOOCOMMERCE_CODES
from billing.coupons.clauses import OfferTerms

CODE_MAKERS: Final[Mapping[str, CodeMaker]] = {"shopify": SHOPIFY_CODES, "woocommerce": WOOCOMMERCE_CODES, "stripe": STRIPE_CODES}
NAMES: Final[Mapping[str, str]] = {"shopify": "Shopify", "woocommerce": "WooCommerce", "stripe": "Stripe"}


def cannot_promise(kind: str, offer: OfferTerms) -> tuple[str, str] | None:
    """The first term that a code made in such a system would not keep, and a sentence about it; None when it keeps them all."""
    name = NAMES.get(kind, "")
    faults = (
        ("made_in", not name, "Codes cannot be made in this system: only Shopify, WooCommerce and Stripe have codes that we can make."),
        ("item_name", offer.item_name is not None, f"{name} cannot give one item for free by a code. Make it an amount."),
        ("product_words", offer.is_for_products, f"{name} would take the code for any product: words are not its product lists."),
        ("discount_minor_max", offer.discount_minor_max is not None, f"{name} knows no most that a percentage takes off."),
        ("floor_minor", offer.floor_minor is not None, f"{name} knows no sum that must remain to pay. Set a smallest cart instead."),
    )  # fmt: skip
    return next(((about, sentence) for about, is_wrong, sentence in faults if is_wrong), None)
