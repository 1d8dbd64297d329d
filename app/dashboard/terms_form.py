"""The form over a contract's terms: what stands in its fields, and the terms that come back from them.

People write 8.5 for a percentage and 120.00 for an amount; nothing passes through a float on its way to parts per million or minor units.
What the form does not show (currency, time zone, product rules) stays as it is signed.
"""

import re
from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any, Final

from app.dashboard.amount_fields import amount_in
from app.dashboard.language import _, said
from billing.contract_terms import BONUS_KINDS, WINDOW_KINDS, ContractTerms, Payee, TierStep, document_of, read_terms
from billing.errors import AmountUnreadable, ContractTermsRefused
from billing.money import format_amount

TIER_ROWS: Final = 5
PAYEE_ROWS: Final = 4
PPM_OF_PERCENT: Final = 10_000
BASE_RULES: Final = ("exclude_tax", "exclude_shipping", "exclude_tips", "exclude_gift_cards", "exclude_staff_orders")
GUARDS: Final = (
    "exclude_coupon_after_cart",
    "exclude_coupon_of_another_visitor",
    "exclude_stacked_codes",
    "exclude_insiders",
    "exclude_bot_conversations",
)
OWNED: Final = ("works", "transcripts", "taste")
DAYS: Final = ("half_life_days", "return_window_days", "soft_days", "reserve_days", "dispute_days")
OPTIONAL_RATES: Final = ("royalty_share_ppm", "royalty_income_ppm")


def fields_of(terms: ContractTerms) -> dict[str, str]:
    """What stands in the form for these terms; a box that is not ticked has no field."""
    fields = {"share": percent_of(terms.share_ppm), "model": terms.attribution_model, "reserve": percent_of(terms.reserve_ppm)}
    fields |= {name: str(getattr(terms, name)) for name in DAYS}
    fields |= {f"window_{kind}": str(terms.window_days.get(kind, "")) for kind in WINDOW_KINDS}
    fields |= {name: amount_of(getattr(terms, name), terms.currency) for name in ("cap_minor", "minimum_minor")}
    fields |= {name: percent_of(getattr(terms, name)) for name in OPTIONAL_RATES}
    fields |= {f"bonus_{kind}": amount_of(terms.bonuses.get(kind), terms.currency) for kind in BONUS_KINDS}
    fields["holdout"] = percent_of(terms.holdout_ppm)
    fields |= _timed("repeat", terms.repeat) | _timed("probation", terms.probation)
    fields |= {
        "lift_share": percent_of(terms.lift.share_ppm if terms.lift else None),
        "lift_basis": terms.lift.basis if terms.lift else "lower",
    }
    fields |= _tier_fields(terms) | _payee_fields(terms.payees)
    fields |= {name: "on" for name in BASE_RULES if getattr(terms.base, name)}
    fields |= {name: "on" for name in GUARDS if getattr(terms.guards, name)}
    return fields | {f"own_{name}": getattr(terms.ownership, name) for name in OWNED}


def terms_from(form: Mapping[str, str], current: ContractTerms, keys_used: Collection[str] = ()) -> ContractTerms:
    """The terms that the form asks for; raises ContractTermsRefused with a sentence for the first field that does not fit.

    `keys_used` are the keys of payees of earlier versions: a new payee never gets one, for it names accounts in the book.
    """
    document: dict[str, Any] = document_of(current)
    document |= {
        "share_ppm": _required_ppm(form, "share"),
        "attribution_model": form.get("model", ""),
        "reserve_ppm": _required_ppm(form, "reserve"),
    }
    document |= {name: _whole(form, name) for name in DAYS}
    windows = {kind: _whole(form, f"window_{kind}") for kind in WINDOW_KINDS if form.get(f"window_{kind}", "").strip()}
    document["window_days"] = windows
    document |= {name: _amount(form, name, current.currency) for name in ("cap_minor", "minimum_minor")}
    document |= {name: ppm_of(form, name) for name in OPTIONAL_RATES}
    bonuses = {kind: _amount(form, f"bonus_{kind}", current.currency) for kind in BONUS_KINDS}
    document["bonuses"] = {kind: minor for kind, minor in bonuses.items() if minor is not None}
    document["holdout_ppm"] = _required_ppm(form, "holdout")
    document |= {name: _timed_from(form, name) for name in ("repeat", "probation")}
    document["lift"] = _lift_from(form, current)
    document["tiers"] = _tiers_from(form, current.currency)
    document["payees"] = _payees_from(form, current.payees, keys_used)
    document["base"] |= {name: name in form for name in BASE_RULES}
    document["guards"] |= {name: name in form for name in GUARDS}
    document["ownership"] = {name: form.get(f"own_{name}", "") for name in OWNED}
    return read_terms(document)


def percent_of(ppm: int | None) -> str:
    """Parts per million as a person writes percent: 82_500 -> "8.25"; nothing for None."""
    return "" if ppm is None else f"{Decimal(ppm) / PPM_OF_PERCENT:f}"


def amount_of(minor: int | None, currency: str) -> str:
    """An amount as a person writes it; nothing for None."""
    return "" if minor is None else format_amount(minor, currency)


def ppm_of(form: Mapping[str, str], name: str) -> int | None:
    """A percentage as parts per million; None when the field is empty."""
    text = form.get(name, "").strip().removesuffix("%").strip().replace(",", ".")
    if not text:
        return None
    ppm = Decimal(text) * PPM_OF_PERCENT if re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,10})?", text, re.ASCII) else Decimal("0.5")
    if ppm != ppm.to_integral_value():
        raise ContractTermsRefused(
            _("%(field)s: %(typed)s is not a percentage such as 8 or 8.25.", field=_words(name), typed=repr(text[:30]))
        )
    return int(ppm)


def _required_ppm(form: Mapping[str, str], name: str) -> int:
    """A rate that must be said: an empty field is a slip of the hand, and never the same as 0."""
    ppm = ppm_of(form, name)
    if ppm is None:
        raise ContractTermsRefused(_("%(field)s: write a percentage such as 8 or 8.25; 0 where nothing is meant.", field=_words(name)))
    return ppm


def _whole(form: Mapping[str, str], name: str) -> int:
    text = form.get(name, "").strip()
    if not re.fullmatch(r"[0-9]{1,6}", text, re.ASCII):
        raise ContractTermsRefused(_("%(field)s: %(typed)s is not a whole number.", field=_words(name), typed=repr(text[:30])))
    return int(text)


def _amount(form: Mapping[str, str], name: str, currency: str) -> int | None:
    try:
        return amount_in(form, name, currency)
    except AmountUnreadable as error:
        raise ContractTermsRefused(_("%(field)s: %(why)s", field=_words(name), why=said(error))) from error


def _required_amount(form: Mapping[str, str], name: str, currency: str) -> int:
    amount_minor = _amount(form, name, currency)
    if amount_minor is None:
        raise ContractTermsRefused(_("%(field)s: write an amount such as 500.00, or leave its rate empty too.", field=_words(name)))
    return amount_minor


def _timed(name: str, clause: Any) -> dict[str, str]:
    return {f"{name}_days": str(clause.days), f"{name}_share": percent_of(clause.share_ppm)} if clause else {}


def _timed_from(form: Mapping[str, str], name: str) -> dict[str, int] | None:
    if not _is_said(form, f"{name}_days", f"{name}_share"):
        return None
    return {"days": _whole(form, f"{name}_days"), "share_ppm": _required_ppm(form, f"{name}_share")}


def _is_said(form: Mapping[str, str], *names: str) -> bool:
    """Whether any of these fields is filled; then all of them must be, so that no half of a clause is dropped in silence."""
    return any(form.get(name, "").strip() for name in names)


def _lift_from(form: Mapping[str, str], current: ContractTerms) -> dict[str, Any] | None:
    share_ppm = ppm_of(form, "lift_share")
    if share_ppm is None:
        return None
    kept: dict[str, int] = {"confidence_ppm": current.lift.confidence_ppm} if current.lift else {}
    return {"share_ppm": share_ppm, "basis": form.get("lift_basis", ""), **kept}


def _tier_fields(terms: ContractTerms) -> dict[str, str]:
    steps: tuple[TierStep, ...] = terms.tiers.steps if terms.tiers else ()
    fields: dict[str, str] = {"tier_kind": terms.tiers.kind if terms.tiers else "marginal"}
    for row, step in enumerate(steps):
        fields |= {f"tier_from_{row}": amount_of(step.from_minor, terms.currency), f"tier_share_{row}": percent_of(step.share_ppm)}
    return fields


def _tiers_from(form: Mapping[str, str], currency: str) -> dict[str, Any] | None:
    steps = [
        {"from_minor": _required_amount(form, f"tier_from_{row}", currency), "share_ppm": _required_ppm(form, f"tier_share_{row}")}
        for row in range(TIER_ROWS)
        if _is_said(form, f"tier_from_{row}", f"tier_share_{row}")
    ]
    return {"kind": form.get("tier_kind", ""), "steps": steps} if steps else None


def _payee_fields(payees: tuple[Payee, ...]) -> dict[str, str]:
    fields: dict[str, str] = {}
    for row, payee in enumerate(payees):
        fields |= {f"payee_name_{row}": payee.name, f"payee_role_{row}": payee.role, f"payee_part_{row}": percent_of(payee.part_ppm)}
    return fields


def _payees_from(form: Mapping[str, str], current: tuple[Payee, ...], keys_used: Collection[str]) -> list[dict[str, Any]]:
    """A payee keeps the key that names their accounts only under the same name and role; anybody else gets a key never used."""
    kept: dict[tuple[str, str], str] = {(payee.name, payee.role): payee.key for payee in current}
    taken = {payee.key for payee in current} | set(keys_used)
    found = []
    for row in range(max(PAYEE_ROWS, len(current))):
        if not _is_said(form, f"payee_name_{row}", f"payee_part_{row}"):
            continue
        name, role = form.get(f"payee_name_{row}", "").strip(), form.get(f"payee_role_{row}", "")
        if not name:
            raise ContractTermsRefused(_("%(field)s: a part needs the name of who is paid.", field=_words(f"payee_name_{row}")))
        key = kept.pop((name, role), None) or _new_key(name, taken)
        found.append({"key": key, "name": name, "role": role, "part_ppm": _required_ppm(form, f"payee_part_{row}")})
    return found


def _new_key(name: str, taken: set[str]) -> str:
    made = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:30]
    key = made if re.match(r"[a-z]", made) else f"payee_{made}".rstrip("_")
    while key in taken:
        key += "_x"
    taken.add(key)
    return key


def _words(name: str) -> str:
    return re.sub(r" (minor|ppm)$", "", name.replace("_", " ")).capitalize()
