"""Codes in WooCommerce: coupons of its REST API (wc/v3) with one use. The key must be allowed to write.

WooCommerce keeps codes in small letters and compares them so. An amount is in the shop's own currency, whichever that is.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import httpx

from billing.connectors.code_wanted import CodeMaker, CodeWanted, percent_text
from billing.connectors.pulling import Account, basic_access, woocommerce_origin
from billing.connectors.saying import Said, Say, json_call, text_at
from billing.errors import CodeTaken, FetchFailed
from billing.money import format_amount
from tenants.calls_outside import Call

TAKEN: Final = "woocommerce_rest_coupon_code_already_exists"
GONE: Final = "woocommerce_rest_shop_coupon_invalid_id"


def _check(say: Say, account: Account, wanted: CodeWanted) -> None:
    if wanted.percent_ppm is not None and not wanted.minimum_minor:
        return  # a percentage of any cart is the same in every currency
    said = say(Call("GET", _url(account, "data/currencies/current"), _headers(account)))
    own = text_at(said.document, "code")
    if own != wanted.currency:
        raise FetchFailed(f"The offer is in {wanted.currency}, and the WooCommerce shop sells in {own or 'an unknown currency'}.")


def _make(say: Say, account: Account, wanted: CodeWanted) -> str:
    said = say(json_call("POST", _url(account, "coupons"), _headers(account), _coupon(wanted)))
    found = text_at(said.document, "id")
    if said.is_done() and found:
        return found
    if text_at(said.document, "code") == TAKEN:
        known = _find(say, account, wanted)
        if known is None:
            raise CodeTaken(f"The code {wanted.code} stands in WooCommerce already.")
        return known
    raise _refused(said)


def _find(say: Say, account: Account, wanted: CodeWanted) -> str | None:
    said = say(Call("GET", f"{_url(account, 'coupons')}?{httpx.QueryParams({'code': wanted.code.lower()})}", _headers(account)))
    is_ours = text_at(said.document, 0, "description") == wanted.mark
    return text_at(said.document, 0, "id") if is_ours else None


def _end(say: Say, account: Account, external_id: str, now: datetime) -> None:
    """A coupon ends by its last moment, and stays in the shop's list. One that somebody deleted is void too."""
    said = say(json_call("PUT", _url(account, f"coupons/{external_id}"), _headers(account), {"date_expires_gmt": _moment(now)}))
    if not said.is_done() and text_at(said.document, "code") != GONE:
        raise _refused(said)


def _coupon(wanted: CodeWanted) -> dict[str, Any]:
    is_share = wanted.percent_ppm is not None
    amount = percent_text(wanted.percent_ppm or 0) if is_share else format_amount(wanted.amount_minor or 0, wanted.currency)
    coupon = {
        "code": wanted.code, "description": wanted.mark, "discount_type": "percent" if is_share else "fixed_cart", "amount": amount,
        "usage_limit": 1, "date_expires_gmt": _moment(wanted.ends_at),
    }  # fmt: skip
    return coupon | ({"minimum_amount": format_amount(wanted.minimum_minor, wanted.currency)} if wanted.minimum_minor else {})


def _refused(said: Said) -> FetchFailed:
    return FetchFailed(f"WooCommerce refused the coupon: {text_at(said.document, 'message')[:200] or said.status}")


def _url(account: Account, path: str) -> str:
    return f"{woocommerce_origin(account)}/wp-json/wc/v3/{path}"


def _headers(account: Account) -> Mapping[str, str]:
    key, _, secret = account.token.partition(":")
    return {"Authorization": basic_access(key, secret)}


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


WOOCOMMERCE_CODES: Final = CodeMaker(_check, _make, _find, _end)
