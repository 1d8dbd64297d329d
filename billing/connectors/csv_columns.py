"""Which column of a file says what: guessed from its name in a few languages, and corrected by a person."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

_WORDS: Final[Mapping[str, str]] = {
    "order": "order|order id|order number|receipt|receipt number|transaction id|bon|belegnummer|bestellnummer|commande|pedido"
    "|订单号|订单编号|小票号",
    "date": "date|day|created at|paid at|time|timestamp|datetime|order date|datum|tag|zeitpunkt|fecha|日期|时间|下单时间",
    "amount": "amount|total|gross|line total|gross sales|price|betrag|brutto|summe|montant|importe|金额|总额",
    "tax": "tax|vat|total tax|mwst|ust|steuer|tva|iva|税额",
    "product": "product|item|sku|article|artikel|produit|producto|商品|货号",
    "quantity": "quantity|qty|count|menge|anzahl|quantite|cantidad|数量",
    "code": "code|coupon|coupon code|voucher|discount code|promo code|gutschein|gutscheincode|优惠券|优惠码",
    "currency": "currency|waehrung|währung|devise|moneda|币种",
    "payment": "payment|payment id|payment reference|zahlung|支付号",
    "customer": "customer|customer id|kunde|kundennummer|client|cliente|会员号",
}
NAMES_OF_FIELDS: Final = {field: tuple(words.split("|")) for field, words in _WORDS.items()}
NEEDED: Final = ("order", "date", "amount")
DAY_FORMATS: Final = ("iso", "day_first", "month_first")
_NOT_A_WORD: Final = re.compile(r"[\s_\-./:()#]+")


@dataclass(frozen=True, slots=True)
class Columns:
    """The column's name for each field that has one, and how the file writes what a column does not say."""

    of_field: Mapping[str, str]
    currency: str = ""
    day_format: str = "iso"
    decimal_mark: str = "."
    time_zone: str = "UTC"


def guess_columns(names: tuple[str, ...]) -> dict[str, str]:
    """The likeliest column for each field, each column at most once."""
    plain = {name: _NOT_A_WORD.sub(" ", name).strip().lower() for name in names}
    found: dict[str, str] = {}
    for field, known in NAMES_OF_FIELDS.items():
        for word in known:
            name = next((name for name in names if plain[name] == word and name not in found.values()), None)
            if name is not None:
                found[field] = name
                break
    return found
