"""What hiring decides without a database: in which market, under which standing offer, from which moment, and what a shop may sign alone.

The sample terms of a job are Tillhand's standing offer: a shop signs them as they are, or pays more. Anything else both sides agree on
after the hire, as a change of the contract.
"""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from babel import Locale
from babel.core import get_global

from app.dashboard.formatting import rate_text
from app.dashboard.language import _, locale_name
from app.dashboard.terms_form import fields_of, terms_from
from billing.contract_terms import ContractTerms, document_of, read_terms
from billing.currencies import EXPONENTS
from billing.errors import ContractTermsRefused
from tenants.jobs import Job
from tenants.reservation import WORLD

CURRENCIES_FIRST: Final = ("USD", "EUR", "GBP", "JPY", "CNY", "AUD", "CAD", "CHF", "INR", "SGD")
CHOSEN: Final = ("share", "minimum_minor", "return_window_days")
"""The fields of the terms' form a shop fills in when it hires; the others stand in the standing offer."""
FREE: Final = ("share_ppm", "minimum_minor", "return_window_days")
RETURN_WINDOW_DAYS_MAX: Final = 60
DRAFT_DAYS: Final = 7
"""So long a face, a voice and a name are held for an applicant whose contract is not signed."""


def market_of(time_zone: str) -> str:
    """The market a shop sells in: the country its time zone lies in; the whole world for UTC."""
    territories, aliases = get_global("zone_territories"), get_global("zone_aliases")
    found: str | None = territories.get(time_zone) or territories.get(aliases.get(time_zone, ""))
    return WORLD if found in {None, "ZZ"} else str(found)


def market_name(market: str) -> str:
    """The market in words: "the United Kingdom", or "every market"."""
    return _("every market") if market == WORLD else Locale.parse(locale_name()).territories.get(market, market)


def currency_choices() -> tuple[str, ...]:
    """Every currency a contract may count in, the most frequent first."""
    return (*CURRENCIES_FIRST, *(code for code in sorted(EXPONENTS) if code not in CURRENCIES_FIRST))


def currency_of_market(market: str) -> str:
    """The currency people pay in there, where it is one of the frequent ones; else USD."""
    current = get_global("territory_currencies").get(market, [])
    codes = [entry[0] for entry in current if entry[2] is None and entry[3]]
    return next((code for code in codes if code in EXPONENTS), "USD")


def standing_offer(job: Job, *, currency: str, time_zone: str) -> ContractTerms:
    """The job's sample terms in a currency and with months of a zone; raises ContractTermsRefused."""
    return read_terms({**job.terms, "currency": currency, "period_time_zone": time_zone})


def fields_for(base: ContractTerms) -> dict[str, str]:
    """What stands in the short form of hiring for these terms."""
    return {name: value for name, value in fields_of(base).items() if name in CHOSEN}


def terms_chosen(form: Mapping[str, str], base: ContractTerms) -> ContractTerms:
    """The terms the short form asks for, on top of `base`; raises ContractTermsRefused for a field that does not fit or pays less."""
    wanted = terms_from(fields_of(base) | {name: form.get(name, "") for name in CHOSEN}, base)
    check_offer(wanted, base)
    return wanted


def check_offer(wanted: ContractTerms, base: ContractTerms) -> None:
    """Refuse what a shop may not sign alone at a hire: raises ContractTermsRefused with a sentence."""
    if wanted.share_ppm < base.share_ppm:
        sentence = _(
            "Share: the standing offer for this job is %(share)s; you may pay more. Less needs Tillhand's agreement: "
            "hire first, then propose the change on the contract's page.",
            share=rate_text(base.share_ppm),
        )
        raise ContractTermsRefused(sentence)
    if (wanted.minimum_minor or 0) < (base.minimum_minor or 0):
        raise ContractTermsRefused(_("Minimum: it may be more than in the contract before, not less."))
    if wanted.return_window_days > RETURN_WINDOW_DAYS_MAX:
        sentence = _("Return window: at most %(days)s days; for longer, propose a change after the hire.", days=RETURN_WINDOW_DAYS_MAX)
        raise ContractTermsRefused(sentence)
    free = {name: getattr(base, name) for name in FREE}
    if document_of(wanted) | free != document_of(base) | free:
        raise ContractTermsRefused(_("These terms are not the standing offer of this job; open the form again."))


def first_moment(text: str, zone: str, now: datetime) -> datetime:
    """The start of the chosen day in the contract's zone; this moment for today, or when no day is chosen. Raises ContractTermsRefused."""
    try:
        day = date.fromisoformat(text.strip()) if text.strip() else None
    except ValueError:
        raise ContractTermsRefused(_("First day: “%(typed)s” is not a date.", typed=text[:30])) from None
    today = now.astimezone(ZoneInfo(zone)).date()
    if day is None or day == today:
        return now
    if day < today:
        raise ContractTermsRefused(_("First day: it lies in the past. Nobody is hired for days already gone."))
    if day > today + timedelta(days=366):
        raise ContractTermsRefused(_("First day: at most a year ahead."))
    return datetime.combine(day, time(), ZoneInfo(zone))
