"""The form over an offer: what stands in its fields, and the terms that come back from them, each fault beside its field.

People write 8.5 for a percentage, 12.00 for an amount and a day from the calendar; nothing passes through a float, and a day is a day of
the shop's zone, the last one included.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from app.dashboard.amount_fields import amount_in
from app.dashboard.language import _, said
from app.dashboard.terms_form import amount_of, percent_of, ppm_of
from billing.errors import AmountUnreadable, ContractTermsRefused, CurrencyUnknown, OfferRefused
from billing.offers import OfferTerms
from billing.read_makers import MakerView
from billing.read_offers import OfferSummary

CURRENCY_LENGTH: Final = 3
DAYS_AHEAD: Final = 90
FIELD_OF: Final = {
    "percent_ppm": "percent", "amount_minor": "amount", "item_name": "item", "minimum_minor": "minimum", "floor_minor": "floor",
    "discount_minor_max": "at_most", "budget_minor": "budget", "product_words": "products", "coupon_valid_days": "valid_days",
    "starts_at": "starts", "ends_at": "ends", "draws_codes": "codes",
}  # fmt: skip
"""Which field a term that the counting house refuses was written in; others have the same name."""


class FieldRefused(Exception):
    """What was typed in one field cannot be read; `field` is its name in the form."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


@dataclass(frozen=True)
class Shown:
    """Where days are days, the offer the form was opened on (None for a new one), and the connections by key where codes may be made."""

    zone: ZoneInfo
    offer: OfferSummary | None = None
    places: Mapping[str, UUID] = field(default_factory=dict)


def new_fields(currency: str, today: date) -> dict[str, str]:
    """What stands in the form of a new offer."""
    return {
        "kind": "percent", "percent": "10", "currency": currency, "coupons_max": "500", "per_visitor_max": "1", "valid_days": "14",
        "starts": today.isoformat(), "ends": (today + timedelta(days=DAYS_AHEAD)).isoformat(), "codes": "minted", "codes_low": "20",
        "codes_ready": "20",
    }  # fmt: skip


def fields_of(offer: OfferSummary, zone: ZoneInfo, maker: MakerView | None = None) -> dict[str, str]:
    """What stands in the form of an offer that is changed; a box that is not ticked has no field."""
    currency = offer.currency
    kind = "percent" if offer.percent_ppm is not None else "amount" if offer.item_name is None else "item"
    amount = amount_of(offer.amount_minor, currency)
    fields = {
        "name": offer.name, "kind": kind, "percent": percent_of(offer.percent_ppm), "amount": amount if kind == "amount" else "",
        "item": offer.item_name or "", "item_price": amount if kind == "item" else "", "currency": currency,
        "minimum": amount_of(offer.minimum_minor or None, currency), "floor": amount_of(offer.floor_minor, currency),
        "at_most": amount_of(offer.discount_minor_max, currency), "budget": amount_of(offer.budget_minor, currency),
        "products": "\n".join(offer.product_words), "coupons_max": str(offer.coupons_max), "per_visitor_max": str(offer.per_visitor_max),
        "valid_days": str(offer.coupon_valid_days), "starts": _day(offer.starts_at, zone).isoformat(),
        "ends": _last_day(offer.ends_at, zone).isoformat(), "codes": "imported" if offer.draws_codes else "minted",
        "codes_low": str(offer.codes_low),
    }  # fmt: skip
    made = {"codes": "made", "made_in": maker.public_key, "codes_ready": str(maker.ready_count)} if maker else {}
    return fields | made | ({"only_products": "on"} if offer.is_for_products else {})


def terms_from(form: Mapping[str, str], shown: Shown) -> OfferTerms:
    """The offer that the form asks for; raises FieldRefused for the first field that cannot be read."""
    kind, currency = form.get("kind", ""), form.get("currency", "").strip().upper()
    if len(currency) != CURRENCY_LENGTH:
        raise FieldRefused("currency", _("Write the currency as three letters, such as USD."))
    price = {"amount": "amount", "item": "item_price"}.get(kind)
    is_drawn, is_made = form.get("codes") == "imported", form.get("codes") == "made"
    return OfferTerms(
        name=form.get("name", ""), currency=currency, coupons_max=_whole(form, "coupons_max"),
        starts_at=_start(form, shown), ends_at=_end(form, shown), percent_ppm=_percent(form) if kind == "percent" else None,
        amount_minor=_required_amount(form, price, currency) if price else None,
        minimum_minor=_amount(form, "minimum", currency) or 0,
        product_words=tuple(word.strip() for word in re.split(r"[\n,]", form.get("products", "")) if word.strip()),
        per_visitor_max=_whole(form, "per_visitor_max"), coupon_valid_days=_whole(form, "valid_days"),
        item_name=form.get("item", "") if kind == "item" else None,
        discount_minor_max=_amount(form, "at_most", currency) if kind == "percent" else None,
        floor_minor=_amount(form, "floor", currency), is_for_products="only_products" in form,
        budget_minor=_amount(form, "budget", currency), draws_codes=is_drawn or is_made,
        codes_low=_whole(form, "codes_low") if is_drawn else 0, made_in=_place(form, shown) if is_made else None,
        codes_ready=_whole(form, "codes_ready") if is_made else 0,
    )  # fmt: skip


def fault_of(error: FieldRefused | OfferRefused | CurrencyUnknown) -> dict[str, str]:
    """The field a fault belongs to and its sentence; the field "" where it belongs to none alone."""
    if isinstance(error, FieldRefused):
        return {error.field: said(error)}
    if isinstance(error, CurrencyUnknown):
        return {"currency": said(error)}
    return {FIELD_OF.get(error.about, error.about): said(error)}


def _place(form: Mapping[str, str], shown: Shown) -> UUID:
    place = shown.places.get(form.get("made_in", ""))
    if place is None:
        raise FieldRefused("made_in", _("Choose the connection in whose system the codes are made."))
    return place


def _percent(form: Mapping[str, str]) -> int:
    try:
        ppm = ppm_of(form, "percent")
    except ContractTermsRefused as error:
        raise FieldRefused("percent", said(error)) from error
    if ppm is None:
        raise FieldRefused("percent", _("Write a percentage such as 10 or 7.5."))
    return ppm


def _amount(form: Mapping[str, str], name: str, currency: str) -> int | None:
    try:
        return amount_in(form, name, currency)
    except AmountUnreadable as error:
        raise FieldRefused(name, said(error)) from error


def _required_amount(form: Mapping[str, str], name: str, currency: str) -> int:
    amount_minor = _amount(form, name, currency)
    if amount_minor is None:
        raise FieldRefused(name, _("Write an amount such as 5.00."))
    return amount_minor


def _whole(form: Mapping[str, str], name: str) -> int:
    text = form.get(name, "").strip()
    if not re.fullmatch(r"[0-9]{1,9}", text, re.ASCII):
        raise FieldRefused(name, _("%(typed)s is not a whole number.", typed=repr(text[:30])) if text else _("Write a whole number."))
    return int(text)


def _start(form: Mapping[str, str], shown: Shown) -> datetime:
    """Midnight of the first day; the very moment it had where the day was not changed."""
    day = _written_day(form, "starts")
    if shown.offer is not None and day == _day(shown.offer.starts_at, shown.zone):
        return shown.offer.starts_at
    return datetime.combine(day, time(), shown.zone)


def _end(form: Mapping[str, str], shown: Shown) -> datetime:
    """Midnight after the last day; the very moment it had where the day was not changed."""
    day = _written_day(form, "ends")
    if shown.offer is not None and day == _last_day(shown.offer.ends_at, shown.zone):
        return shown.offer.ends_at
    return datetime.combine(day + timedelta(days=1), time(), shown.zone)


def _written_day(form: Mapping[str, str], name: str) -> date:
    text = form.get(name, "").strip()
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise FieldRefused(name, _("Write a day as year, month and day, such as 2026-12-24.")) from None
    if not 2000 <= day.year <= 2100:  # a year mistyped by one digit
        raise FieldRefused(name, _("The year %(year)s is surely a slip.", year=day.year))
    return day


def _day(at: datetime, zone: ZoneInfo) -> date:
    return at.astimezone(zone).date()


def _last_day(ends_at: datetime, zone: ZoneInfo) -> date:
    return (ends_at - timedelta(microseconds=1)).astimezone(zone).date()
