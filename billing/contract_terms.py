"""What an employee is paid: a document that is readable prose and data at once, and never changes once signed.

The same terms always give the same canonical JSON and so the same sha256, which both sides keep.
"""

import hashlib
import json
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from billing.currencies import exponent_of
from billing.errors import ContractTermsRefused
from billing.money import PARTS_PER_MILLION

WINDOW_DAYS_DEFAULT = {"coupon": 30, "link": 30, "conversation": 7}
TERMS_FORMAT = "tillhand-terms/1"


class BaseRules(BaseModel):
    """What of an order's money counts. Test orders never do."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    exclude_tax: bool = True
    exclude_shipping: bool = True
    exclude_tips: bool = True
    exclude_gift_cards: bool = True
    exclude_staff_orders: bool = True


class Guards(BaseModel):
    """Which coupons on an order are not believed."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    exclude_coupon_after_cart: bool = False
    # Off: without a shopper's consent a visitor id lives as long as one page, so an honest buyer often pays under another one.
    exclude_coupon_of_another_visitor: bool = False


class ContractTerms(BaseModel):
    """The terms of one contract version. `share_ppm` is parts per million: 80_000 is 8 %."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    currency: str
    share_ppm: int = Field(ge=0, le=PARTS_PER_MILLION)
    attribution_model: str = "coupon_first"
    window_days: dict[str, int] = Field(default_factory=lambda: dict(WINDOW_DAYS_DEFAULT))
    return_window_days: int = Field(default=30, ge=0, le=365)
    period_time_zone: str = "UTC"
    base: BaseRules = BaseRules()
    guards: Guards = Guards()
    holdout_ppm: int = Field(default=0, ge=0, le=PARTS_PER_MILLION)

    @field_validator("currency")
    @classmethod
    def _known_currency(cls, value: str) -> str:
        exponent_of(value)
        return value

    @field_validator("period_time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ContractTermsRefused(f"{value[:60]!r} is not a time zone such as Europe/Vienna.") from None
        return value

    @field_validator("window_days")
    @classmethod
    def _sane_windows(cls, value: dict[str, int]) -> dict[str, int]:
        if not all(0 < days <= 365 for days in value.values()):
            raise ContractTermsRefused("A window lasts from 1 to 365 days.")
        return value


def read_terms(document: dict[str, Any]) -> ContractTerms:
    """Rebuild terms from their stored JSON; raises ContractTermsRefused when a field is wrong."""
    if document.get("format", TERMS_FORMAT) != TERMS_FORMAT:
        raise ContractTermsRefused(f"Terms of the format {document['format']!r} are not known here.")
    try:
        return ContractTerms.model_validate({name: value for name, value in document.items() if name != "format"})
    except ValidationError as error:
        raise ContractTermsRefused(str(error)) from error


def document_of(terms: ContractTerms) -> dict[str, Any]:
    """The terms as plain data, with the name of their format."""
    return {"format": TERMS_FORMAT, **terms.model_dump(mode="json")}


def canonical_json(document: Any) -> bytes:
    """One spelling for one meaning: sorted keys, no spaces, UTF-8."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def sha256_of(document: Any) -> str:
    """Hex sha256 of a document's canonical JSON."""
    return hashlib.sha256(canonical_json(document)).hexdigest()


def percent_text(share_ppm: int) -> str:
    """Write 82_500 parts per million as "8.25 %"."""
    whole, rest = divmod(share_ppm, 10_000)
    return f"{whole}{('.' + str(rest).rjust(4, '0').rstrip('0')) if rest else ''} %"


def describe(terms: ContractTerms) -> str:
    """The terms as plain English, made from the data alone, so that prose and data cannot disagree."""
    names = (("exclude_tax", "tax"), ("exclude_shipping", "shipping"), ("exclude_tips", "tips"), ("exclude_gift_cards", "gift card sales"),
             ("exclude_staff_orders", "staff orders"))  # fmt: skip
    left_out = ["test orders", *(word for field, word in names if getattr(terms.base, field))]
    windows = ", ".join(f"{days} days after a {kind}" for kind, days in sorted(terms.window_days.items()))
    sentences = [
        f"The employee earns {percent_text(terms.share_ppm)} of the worth of every order it brought, in {terms.currency}.",
        f"An order's worth leaves out {', '.join(left_out)}.",
        "An order was brought by the coupon on it; without one, by the tracked link; without either, by the last touch.",
        f"A touch counts for {windows}.",
        f"A share is pending for {terms.return_window_days} days after the order; a refund takes its part back to the last cent.",
        f"Periods are calendar months in {terms.period_time_zone}.",
    ]
    if terms.guards.exclude_coupon_after_cart:
        sentences.append("A coupon handed out after the cart was begun does not count.")
    if terms.guards.exclude_coupon_of_another_visitor:
        sentences.append("A coupon used by someone it was not given to does not count.")
    if terms.holdout_ppm:
        sentences.append(
            f"{percent_text(terms.holdout_ppm)} of visitors, chosen by a hash, do not meet the employee, to measure its effect."
        )
    return " ".join(sentences)
