"""The places a shop's employee may appear on, and whether a page's origin is one of them. One pattern covers a shop's subdomains:
`https://*.shop.example` is blog.shop.example and a.b.shop.example, and not shop.example itself, as browsers read it (frame-ancestors).
"""

import ipaddress
from collections.abc import Iterable
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

from sqlalchemy.orm import Session

from app.installation.errors import DomainInvalid, DomainsTooMany
from tenants.audit import note
from tenants.errors import OriginInvalid
from tenants.identifiers import to_public
from tenants.tenant import allow_origins, normal_origin, tenant_view

DOMAINS_MAX: Final = 50
LENGTH_MAX: Final = 200
# fmt: off
SHARED_HOSTS: Final = frozenset((
    "myshopify.com", "github.io", "gitlab.io", "vercel.app", "netlify.app", "pages.dev", "workers.dev", "web.app",
    "firebaseapp.com", "herokuapp.com", "wixsite.com", "blogspot.com", "wordpress.com", "webflow.io", "squarespace.com",
    "onrender.com", "fly.dev", "ngrok.io", "ngrok-free.app", "azurewebsites.net", "cloudfront.net", "amazonaws.com", "co.uk",
    "com.au", "co.nz", "co.jp", "com.cn", "com.br", "co.in", "co.za", "com.mx", "com.tr", "com.hk", "com.sg",
))
"""Hosts under which everybody may have a name: a pattern over one of them would let strangers in."""
# fmt: on


def pattern_of(text: str) -> str:
    """Bring what a person typed to a pattern; raises DomainInvalid with what to type instead."""
    typed = text.strip().lower()
    if not typed or len(typed) > LENGTH_MAX:
        raise DomainInvalid("Type the address your shop's pages start with, for example https://shop.example.")
    typed = typed if "://" in typed else f"{'http' if _is_this_machine(typed) else 'https'}://{typed}"
    try:
        pattern = normal_origin("{0.scheme}://{0.netloc}".format(urlsplit(typed)))
        host = urlsplit(pattern).hostname or ""
        _check_host(host)
    except (OriginInvalid, ValueError):
        raise DomainInvalid(f"“{text.strip()[:80]}” is not a web address. Type it like https://shop.example.") from None
    if pattern.startswith("http://") and not _is_this_machine(host):
        raise DomainInvalid(
            "Shoppers' pages must come by https. Plain http is only for a computer you are testing on, such as http://localhost:3000."
        )
    return pattern


def is_allowed(origin: str | None, patterns: Iterable[str]) -> bool:
    """Whether a page's origin, as the browser sent it, is one of the places."""
    return origin is not None and any(_fits(origin, pattern) for pattern in patterns)


def allow_domain(session: Session, text: str, *, actor: str, now: datetime) -> str:
    """Add a place; gives the pattern as kept. Raises DomainInvalid, DomainsTooMany. A place that is there already stays as it is."""
    shop, pattern = tenant_view(session), pattern_of(text)
    if pattern in shop.allowed_origins:
        return pattern
    if len(shop.allowed_origins) >= DOMAINS_MAX:
        raise DomainsTooMany(f"At most {DOMAINS_MAX} places can be allowed. Remove one, or use a pattern such as https://*.shop.example.")
    allow_origins(session, (*shop.allowed_origins, pattern))
    note(session, actor, "widget.place_allowed", to_public("shp", shop.tenant_id), {"place": pattern}, now=now)
    return pattern


def remove_domain(session: Session, pattern: str, *, actor: str, now: datetime) -> bool:
    """Take a place off the list; False when it was not on it."""
    shop = tenant_view(session)
    if pattern not in shop.allowed_origins:
        return False
    allow_origins(session, tuple(one for one in shop.allowed_origins if one != pattern))
    note(session, actor, "widget.place_removed", to_public("shp", shop.tenant_id), {"place": pattern}, now=now)
    return True


def _fits(origin: str, pattern: str) -> bool:
    scheme, star, rest = pattern.partition("://*.")
    if not star:
        return origin == pattern
    return origin.startswith(f"{scheme}://") and origin.endswith(f".{rest}") and len(origin) > len(f"{scheme}://.{rest}")


def _check_host(host: str) -> None:
    is_pattern, bare = host.startswith("*."), host.removeprefix("*.")
    if "*" in bare:
        raise DomainInvalid("A star stands only at the front, for all subdomains: https://*.shop.example.")
    if _is_this_machine(bare) and not is_pattern:
        return
    labels = bare.split(".")
    if len(labels) < 2 or not all(label and label.strip("-") == label and label.replace("-", "").isalnum() for label in labels):
        raise DomainInvalid(f"“{host[:80]}” is not a whole domain. Type it like shop.example.")
    if is_pattern and (bare in SHARED_HOSTS or _is_address(bare)):
        raise DomainInvalid(
            f"*.{bare} would let every shop at {bare} show your employee. Allow your own name there, such as https://your-shop.{bare}."
        )


def _is_this_machine(text: str) -> bool:
    host = text.partition("/")[0].rpartition(":")[0] or text if text.count(":") == 1 else text.partition("/")[0]
    if host == "localhost" or host.endswith(".localhost"):
        return True
    return _is_address(host) and ipaddress.ip_address(host).is_loopback


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
