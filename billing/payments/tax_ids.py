"""Whether a tax number can be one: its length, letters and check digits by the rules of its country (python-stdnum).

A country whose rules we do not know takes any short number. That a number exists only its register knows; we do not ask it.
"""

import re
from typing import Final

from stdnum import get_cc_module
from stdnum.eu import vat as eu_vat
from stdnum.exceptions import ValidationError

from billing.payment_errors import BillDetailsRefused

_LOOSE: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z ./-]{2,29}", re.ASCII)
_COUNTRY: Final = re.compile(r"[A-Z]{2}", re.ASCII)


def check_tax_id(tax_id: str, country: str) -> str:
    """The number in its usual compact form; "" stays "". Raises BillDetailsRefused, naming the country whose rules it breaks."""
    typed = tax_id.strip()
    if not typed:
        return ""
    if not _COUNTRY.fullmatch(country):
        raise BillDetailsRefused("Choose the country first: every country has its own tax numbers.", "country")
    rules = get_cc_module(country.lower(), "vat")
    if rules is None:
        if not _LOOSE.fullmatch(typed):
            raise BillDetailsRefused("A tax number has 3 to 30 letters and digits.", "tax_id")
        return typed
    try:
        compact: str = rules.validate(typed)
        return eu_vat.validate(_with_country(compact, country)) if country.lower() in eu_vat.MEMBER_STATES else compact
    except ValidationError:
        raise BillDetailsRefused(f"This cannot be a tax number of {country}: check its length, and every digit.", "tax_id") from None


def _with_country(compact: str, country: str) -> str:
    """In the European Union a number is written with its country before it; Greece is EL there."""
    prefix = "EL" if country == "GR" else country
    return compact if compact.startswith(prefix) else prefix + compact
