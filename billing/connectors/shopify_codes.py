"""Codes in Shopify: each a discount of its own with one use (Admin GraphQL, discountCodeBasicCreate; the access needs write_discounts).

Shopify counts requests by what they cost and says "Throttled" inside an answer of 200. A code made by a call whose answer was lost is
found again by the code itself; the discount's title says that it is ours.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from billing.connectors.code_wanted import CodeMaker, CodeWanted, share_text
from billing.connectors.pulling import SHOPIFY_VERSION, Account, shopify_origin
from billing.connectors.saying import WAIT_SECONDS, Say, json_call, text_at
from billing.errors import CodeTaken, FetchFailed, SlowDownAsked
from billing.money import format_amount

THROTTLED: Final = "THROTTLED"
_CREATE: Final = """mutation ($discount: DiscountCodeBasicInput!) { discountCodeBasicCreate(basicCodeDiscount: $discount) {
  codeDiscountNode { id } userErrors { code message } } }"""
_CREATE_SHARE: Final = """mutation ($title: String!, $code: String!, $startsAt: DateTime!, $endsAt: DateTime!,
  $minimum: DiscountMinimumRequirementInput) { discountCodeBasicCreate(basicCodeDiscount: { title: $title, code: $code,
  startsAt: $startsAt, endsAt: $endsAt, usageLimit: 1, context: { all: ALL }, minimumRequirement: $minimum,
  customerGets: { value: { percentage: %s }, items: { all: true } } }) { codeDiscountNode { id } userErrors { code message } } }"""
"""The percentage stands in the text: a variable would be a JSON number, and ours never pass through a float."""
_FIND: Final = """query ($code: String!) { codeDiscountNodeByCode(code: $code) {
  id codeDiscount { ... on DiscountCodeBasic { title } } } }"""
_END: Final = "mutation ($id: ID!) { discountCodeDeactivate(id: $id) { codeDiscountNode { id } userErrors { code message } } }"
_CURRENCY: Final = "query { shop { currencyCode } }"


def _check(say: Say, account: Account, wanted: CodeWanted) -> None:
    if wanted.percent_ppm is not None and not wanted.minimum_minor:
        return  # a percentage of any cart is the same in every currency
    own = text_at(_ask(say, account, _CURRENCY, {}), "shop", "currencyCode")
    if own != wanted.currency:
        raise FetchFailed(f"The offer is in {wanted.currency}, and the Shopify shop keeps its prices in {own or 'an unknown currency'}.")


def _make(say: Say, account: Account, wanted: CodeWanted) -> str:
    document, variables = _discount(wanted)
    done = _ask(say, account, document, variables).get("discountCodeBasicCreate")
    found = text_at(done, "codeDiscountNode", "id")
    if found:
        return found
    code, why = text_at(done, "userErrors", 0, "code"), text_at(done, "userErrors", 0, "message")
    if code == "TAKEN":
        known = _find(say, account, wanted)
        if known is None:
            raise CodeTaken(f"The code {wanted.code} stands in Shopify already.")
        return known
    raise FetchFailed(f"Shopify did not make the code: {why[:200] or 'it gave no reason'}")


def _find(say: Say, account: Account, wanted: CodeWanted) -> str | None:
    node = _ask(say, account, _FIND, {"code": wanted.code}).get("codeDiscountNodeByCode")
    is_ours = text_at(node, "codeDiscount", "title") == _title(wanted)
    return text_at(node, "id") if is_ours else None


def _end(say: Say, account: Account, external_id: str, now: datetime) -> None:
    """`now` is not told: Shopify ends it at its own moment. A discount that somebody deleted is void too."""
    del now
    done = _ask(say, account, _END, {"id": external_id}).get("discountCodeDeactivate")
    code, why = text_at(done, "userErrors", 0, "code"), text_at(done, "userErrors", 0, "message")
    if why and code != "INVALID" and "not exist" not in why:
        raise FetchFailed(f"Shopify did not end the code: {why[:200]}")


def _discount(wanted: CodeWanted) -> tuple[str, dict[str, Any]]:
    """The document and its variables."""
    minimum = {"subtotal": {"greaterThanOrEqualToSubtotal": format_amount(wanted.minimum_minor, wanted.currency)}}
    fields: dict[str, Any] = {
        "title": _title(wanted), "code": wanted.code, "startsAt": _moment(wanted.starts_at), "endsAt": _moment(wanted.ends_at),
    }  # fmt: skip
    if wanted.percent_ppm is not None:
        return _CREATE_SHARE % share_text(wanted.percent_ppm), fields | {"minimum": minimum if wanted.minimum_minor else None}
    amount = {"amount": format_amount(wanted.amount_minor or 0, wanted.currency), "appliesOnEachItem": False}
    gets = {"value": {"discountAmount": amount}, "items": {"all": True}}
    fields |= {"usageLimit": 1, "context": {"all": "ALL"}, "customerGets": gets}
    return _CREATE, {"discount": fields | ({"minimumRequirement": minimum} if wanted.minimum_minor else {})}


def _ask(say: Say, account: Account, document: str, variables: Mapping[str, Any]) -> dict[str, Any]:
    """The `data` of an answer."""
    url = f"{shopify_origin(account)}/admin/api/{SHOPIFY_VERSION}/graphql.json"
    headers = {"X-Shopify-Access-Token": account.token}
    said = say(json_call("POST", url, headers, {"query": document, "variables": dict(variables)}))
    if text_at(said.document, "errors", 0, "extensions", "code") == THROTTLED:
        raise SlowDownAsked(WAIT_SECONDS)
    why = text_at(said.document, "errors", 0, "message") or text_at(said.document, "errors")
    data = said.document.get("data") if isinstance(said.document, dict) else None
    if why or not isinstance(data, dict):
        raise FetchFailed(f"Shopify refused the request: {why[:200] or said.status}")
    return data


def _title(wanted: CodeWanted) -> str:
    return f"{wanted.title} · {wanted.mark}"


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")


SHOPIFY_CODES: Final = CodeMaker(_check, _make, _find, _end)
