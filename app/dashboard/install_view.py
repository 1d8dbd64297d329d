"""What a shop copies to have an employee on its pages: snippets, the lines of a strict policy, and where they were seen."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from app.installation.domains import is_allowed
from app.installation.sightings import Sighting
from tenants.employee import EmployeeView

PLATFORMS: Final = {"html": "Plain HTML", "shopify": "Shopify", "woocommerce": "WooCommerce", "tag-manager": "Tag manager"}
STYLES: Final = {"usual": "Usual", "no-inline": "Without inline script", "nonce": "With a nonce"}
LIVE_SECONDS: Final = 60
"""A place seen within so many seconds is called live."""
STUB: Final = "window.Tillhand = window.Tillhand || function () { (Tillhand.q = Tillhand.q || []).push(arguments); };"
LIQUID_COMMENT: Final = "{% comment %} Tillhand: an employee for this shop {% endcomment %}\n"

SHOPIFY_CART: Final = """<script>
  function tillhandToCart() {
    const { visitor, click, coupon, work } = Tillhand.attribution();
    const attributes = { _tillhand_visitor: visitor, _tillhand_click: click, _tillhand_coupon: coupon, _tillhand_work: work };
    fetch("/cart/update.js", {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ attributes }),
    });
  }
  Tillhand("on", "ready", tillhandToCart);
  Tillhand("on", "offer:shown", tillhandToCart);
</script>"""
"""Carries what was done into the cart, and so into the order Shopify reports. A leading underscore hides an attribute from the buyer."""


@dataclass(frozen=True)
class Place:
    """A place the shop allowed, and when the employee was last asked for there (None: never)."""

    pattern: str
    last_seen_at: datetime | None
    seen_as: str
    is_live: bool


def tag_of(widget_url: str, key: str, options: Mapping[str, str], *, nonce: bool = False) -> str:
    """The script tag itself; options become data-attributes, in the order given."""
    attributes = "".join(f' data-{name}="{value}"' for name, value in options.items() if value)
    mark = ' nonce="YOUR-NONCE"' if nonce else ""
    return f'<script async{mark} src="{widget_url}/w/loader.js" data-key="{key}"{attributes}></script>'


def snippet_of(platform: str, style: str, *, widget_url: str, key: str, options: Mapping[str, str]) -> str:
    """The text to paste. A tag manager takes attributes off script tags, so there a script makes the tag."""
    if platform == "tag-manager":
        facts = "".join(f'  tag.dataset.{name} = "{value}";\n' for name, value in {"key": key, **options}.items() if value)
        return (
            f'<script>\n(function () {{\n  {STUB}\n  var tag = document.createElement("script");\n  tag.async = true;\n'
            f'  tag.src = "{widget_url}/w/loader.js";\n{facts}  document.head.appendChild(tag);\n}})();\n</script>'
        )
    tag = tag_of(widget_url, key, options, nonce=style == "nonce")
    stub = f"<script{' nonce=' + chr(34) + 'YOUR-NONCE' + chr(34) if style == 'nonce' else ''}>{STUB}</script>\n"
    if platform == "woocommerce":
        return f"add_action( 'wp_footer', function () {{ ?>\n{'' if style == 'no-inline' else stub}{tag}\n<?php }} );"
    comment = LIQUID_COMMENT if platform == "shopify" else ""
    return comment + ("" if style == "no-inline" else stub) + tag


def policy_lines(widget_url: str) -> str:
    """What a page with a Content-Security-Policy must allow: one origin, four times."""
    return "\n".join(f"{directive} {widget_url};" for directive in ("script-src", "connect-src", "img-src", "frame-src"))


def places_of(patterns: Iterable[str], seen: Iterable[Sighting], employee_id: UUID, now: datetime) -> list[Place]:
    """Each allowed place with the last time a page of it asked for this employee."""
    mine = [one for one in seen if one.employee_id == employee_id and one.is_allowed]
    return [_place(pattern, [one for one in mine if is_allowed(one.origin, (pattern,))], now) for pattern in patterns]


def refused_places(seen: Iterable[Sighting], employee: EmployeeView, patterns: tuple[str, ...]) -> list[Sighting]:
    """Places that asked for this employee and are still not allowed, the latest first."""
    return [one for one in seen if one.employee_id == employee.employee_id and not one.is_allowed and not is_allowed(one.origin, patterns)]


def _place(pattern: str, seen: list[Sighting], now: datetime) -> Place:
    latest = max(seen, key=lambda one: one.last_seen_at, default=None)
    if latest is None:
        return Place(pattern, None, "", is_live=False)
    is_live = (now - latest.last_seen_at).total_seconds() <= LIVE_SECONDS
    return Place(pattern, latest.last_seen_at, latest.origin.partition("://")[2], is_live)
