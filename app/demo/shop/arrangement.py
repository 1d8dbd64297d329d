"""Everything the shop must be told before it opens. Nothing here is read from the environment; whoever starts the shop passes it in."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class ShopArrangement:
    """What a merchant copies from Tillhand's dashboard (addresses and keys), and where the shop's own files lie."""

    shop_url: str
    """Where shoppers reach the shop, e.g. http://127.0.0.2:8701 (no slash at the end)."""
    api_url: str
    """Tillhand's merchant API: webhooks go to {api_url}/api/v1/hooks/..., coupons to {api_url}/api/v1/coupons/..."""
    api_key: str
    """The secret key (sk_...) that the till shows when it asks about coupons."""
    connection_key: str
    """The public name (con_...) of this shop's connection; it is part of the webhook's address."""
    webhook_secret: str
    """The connection's secret (whsec_...), with which deliveries are signed."""
    widget_url: str
    """The one foreign origin whose script, pictures and frame the shop's pages allow."""
    widget_key: str
    """Which employee stands in this shop (wk_...)."""
    price_list: Path
    """The CSV price list that both the shelves and the employee are taught from."""
    journal: Path
    """The file that remembers orders and unsent deliveries across restarts."""
