"""Reads the address of a merchant's shop as people paste it, so that a slip is told on the form and not by a fetch that fails at night."""

import re
from typing import Final
from urllib.parse import urlsplit

from billing.errors import ConnectionAddressRefused

KINDS_WITH_ADDRESS: Final = ("shopify", "woocommerce")
_SHOPIFY_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,62}", re.ASCII)
_SHOPIFY_ADMIN: Final = "admin.shopify.com"
_HOST: Final = re.compile(r"(?=.{1,253}\Z)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]", re.ASCII)


def read_shop_address(kind: str, given: str, *, is_needed: bool) -> str:
    """The address as it is asked at: a Shopify shop's host, `https://` and what follows for WooCommerce; empty for other kinds.

    Raises ConnectionAddressRefused for what cannot be one, and for none where it `is_needed`. Nothing is contacted.
    """
    if kind not in KINDS_WITH_ADDRESS:
        return ""
    text = given.strip()
    if not text and not is_needed:
        return ""
    return _of_shopify(text.lower()) if kind == "shopify" else _of_woocommerce(text)


def _of_shopify(text: str) -> str:
    """`shop`, `shop.myshopify.com`, an address below that, or that of the shop's admin."""
    host, _, path = text.removeprefix("https://").removeprefix("http://").partition("/")
    if host == _SHOPIFY_ADMIN and path.startswith("store/"):
        host = path.split("/")[1]
    name = host.removesuffix(".myshopify.com")
    if not _SHOPIFY_NAME.fullmatch(name):
        raise ConnectionAddressRefused("Give the shop's own address at Shopify, such as your-shop.myshopify.com.")
    return f"{name}.myshopify.com"


def _of_woocommerce(text: str) -> str:
    """A shop over HTTPS, also one in a folder; what WordPress's own pages add is left out."""
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
        is_plain = parts.port in (None, 443) and not (parts.username or parts.password)
        host = (parts.hostname or "").encode("idna").decode("ascii")
    except ValueError:  # a port that is none, brackets left open, a name that cannot be one
        is_plain, host, parts = False, "", urlsplit("")
    folder = re.split(r"/wp-(?:admin|json|login)", parts.path)[0].rstrip("/")
    if parts.scheme != "https" or not is_plain or not _HOST.fullmatch(host) or not re.fullmatch(r"[\w./~-]*", folder, re.ASCII):
        raise ConnectionAddressRefused("Give the shop's address with https, such as https://your-shop.example.")
    return f"https://{host}{folder}"
