"""The currencies a shop may take, and how many digits each keeps after the point (ISO 4217, list one, 2026).

Metals, test codes and bond units have no minor unit and are not money a shop takes, so they are left out.
"""

from typing import Final

from billing.errors import CurrencyUnknown

_NO_DIGITS = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_TWO_DIGITS = """
AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY COP COU CRC CUP
CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD
KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR
PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU
UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG
"""
_THREE_DIGITS = "BHD IQD JOD KWD LYD OMR TND"
_FOUR_DIGITS = "CLF UYW"

EXPONENTS: Final[dict[str, int]] = {
    code: digits for digits, codes in ((0, _NO_DIGITS), (2, _TWO_DIGITS), (3, _THREE_DIGITS), (4, _FOUR_DIGITS)) for code in codes.split()
}


def exponent_of(currency: str) -> int:
    """Digits after the point for an ISO 4217 code in capitals; raises CurrencyUnknown for anything else."""
    try:
        return EXPONENTS[currency]
    except (KeyError, TypeError):
        raise CurrencyUnknown(f"{str(currency)[:20]!r} is not a currency of ISO 4217 that a shop can take.") from None
