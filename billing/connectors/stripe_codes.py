"""Codes in Stripe: one coupon for each version of an offer, and a promotion code with one use for each code of ours.

The coupon's id is made of the offer's, so making it twice makes it once. Stripe ends a promotion code by switching it off.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

import httpx

from billing.connectors.code_wanted import CodeMaker, CodeWanted, percent_text
from billing.connectors.pulling import Account
from billing.connectors.saying import Said, Say, form_call, text_at
from billing.connectors.stripe_orders import OWN_EXPONENTS
from billing.currencies import exponent_of
from billing.errors import CodeTaken, FetchFailed
from tenants.calls_outside import Call

VERSION: Final = "2026-10-28.endive"
NAME_LENGTH_MAX: Final = 40
KNOWN: Final = "resource_already_exists"
MISSING: Final = "resource_missing"


def _check(say: Say, account: Account, wanted: CodeWanted) -> None:
    """Nothing to ask: Stripe's coupons may be in any currency. An amount must be a whole number of Stripe's own units."""
    del say, account
    for amount_minor in (wanted.amount_minor or 0, wanted.minimum_minor):
        _units(amount_minor, wanted.currency)


def _make(say: Say, account: Account, wanted: CodeWanted) -> str:
    said = _add_code(say, account, wanted)
    if _fault(said) == MISSING:
        _add_coupon(say, account, wanted)
        said = _add_code(say, account, wanted)
    if said.is_done():
        return text_at(said.document, "id")
    known = _find(say, account, wanted)
    if known is not None:
        return known
    if "already exists" in _message(said):
        raise CodeTaken(f"The code {wanted.code} stands in Stripe already.")
    raise _refused(said)


def _find(say: Say, account: Account, wanted: CodeWanted) -> str | None:
    """The latest promotion code of that spelling, if it is ours."""
    said = say(Call("GET", f"{_url(account, 'promotion_codes')}?{httpx.QueryParams({'code': wanted.code})}", _headers(account)))
    is_ours = text_at(said.document, "data", 0, "metadata", "tillhand") == wanted.reference
    return text_at(said.document, "data", 0, "id") if is_ours else None


def _end(say: Say, account: Account, external_id: str, now: datetime) -> None:
    """`now` is not told: Stripe switches it off at once."""
    del now
    said = say(form_call(_url(account, f"promotion_codes/{external_id}"), _headers(account), {"active": "false"}))
    if not said.is_done() and _fault(said) != MISSING:
        raise _refused(said)


def _add_coupon(say: Say, account: Account, wanted: CodeWanted) -> None:
    taken = (
        {"percent_off": percent_text(wanted.percent_ppm)}
        if wanted.percent_ppm is not None
        else {"amount_off": str(_units(wanted.amount_minor or 0, wanted.currency)), "currency": wanted.currency.lower()}
    )
    fields = {"id": wanted.reference, "duration": "once", "name": wanted.title[:NAME_LENGTH_MAX], **taken}
    said = say(form_call(_url(account, "coupons"), _headers(account), fields))
    if not said.is_done() and _fault(said) != KNOWN:
        raise _refused(said)


def _add_code(say: Say, account: Account, wanted: CodeWanted) -> Said:
    fields = {
        "promotion[type]": "coupon", "promotion[coupon]": wanted.reference, "code": wanted.code, "max_redemptions": "1",
        "expires_at": str(int(wanted.ends_at.timestamp())), "metadata[tillhand]": wanted.reference,
    }  # fmt: skip
    if wanted.minimum_minor:
        fields["restrictions[minimum_amount]"] = str(_units(wanted.minimum_minor, wanted.currency))
        fields["restrictions[minimum_amount_currency]"] = wanted.currency.lower()
    return say(form_call(_url(account, "promotion_codes"), _headers(account), fields))


def _units(amount_minor: int, currency: str) -> int:
    """An amount in Stripe's own smallest units."""
    off = OWN_EXPONENTS.get(currency, exponent_of(currency)) - exponent_of(currency)
    if off >= 0:
        return amount_minor * int(10**off)
    units, rest = divmod(amount_minor, int(10**-off))
    if rest:
        raise FetchFailed(f"Stripe counts {currency} in larger units than the offer's amounts; round them.")
    return units


def _fault(said: Said) -> str:
    return text_at(said.document, "error", "code")


def _message(said: Said) -> str:
    return text_at(said.document, "error", "message")


def _refused(said: Said) -> FetchFailed:
    return FetchFailed(f"Stripe refused the code: {_message(said)[:200] or said.status}")


def _url(account: Account, path: str) -> str:
    return f"{account.origin or 'https://api.stripe.com'}/v1/{path}"


def _headers(account: Account) -> Mapping[str, str]:
    return {"Authorization": f"Bearer {account.token}", "Stripe-Version": VERSION}


STRIPE_CODES: Final = CodeMaker(_check, _make, _find, _end)
