"""Every kind of system a shop may connect, in the order the page offers them."""

from collections.abc import Mapping
from typing import Final

from billing.connectors.connector import Connector
from billing.connectors.generic import FILES, GENERIC
from billing.connectors.shopify import SHOPIFY
from billing.connectors.square import SQUARE
from billing.connectors.stripe_events import STRIPE
from billing.connectors.woocommerce import WOOCOMMERCE

CONNECTORS: Final[Mapping[str, Connector]] = {one.kind: one for one in (SHOPIFY, WOOCOMMERCE, STRIPE, SQUARE, GENERIC, FILES)}


def connector_of(kind: str) -> Connector:
    """The connector of a stored connection; its kind was checked when it was made."""
    return CONNECTORS[kind]
