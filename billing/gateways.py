"""The ways of being paid that may be chosen from: by hand, or through Stripe."""

from billing.payments.gateway import Gateway
from billing.payments.gateway import Party as Seller
from billing.payments.manual import Manual

__all__ = ["Gateway", "Manual", "Seller", "stripe_gateway"]


def stripe_gateway(key: str, seller: Seller, *, due_days: int, public_url: str) -> Gateway:
    """Stripe under one key. Its library takes half a second to load, so it is loaded only where a key is set."""
    from billing.payments.stripe_gateway import StripeGateway

    return StripeGateway(key, seller, due_days, public_url)
