"""The document of everything one decision was made from. The same document means the same money; its hash names it.

Contracts stand in it by version and hash: their terms are signed, never change, and are kept once.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Raw

from billing.attribution.evidence import Evidence
from billing.exchange.rates import Rate, RateWanted
from billing.orders.facts import OrderFacts
from billing.revenue_share.versions import Contracts
from billing.rows import json_text


def text_of_facts(
    facts: OrderFacts, evidence: Evidence, rates: Mapping[RateWanted, Rate], contracts: Contracts, order_text: str | None = None
) -> str:
    """Facts, evidence and the exchange rates that were used, as canonical JSON: one spelling, so that its hash names them.

    `order_text` is the order's own canonical JSON, where the caller has written it already.
    """
    order = facts.order if order_text is None else Raw(order_text.encode())
    return json_text({"facts": _facts(facts, order), "evidence": _evidence(evidence, contracts), "rates": _rates(rates.items())})


def _facts(facts: OrderFacts, order: Any) -> dict[str, Any]:
    lowered = {} if facts.captured_minor_max is None else {"captured_minor_max": facts.captured_minor_max}
    return lowered | {
        "order": order,
        "refunds": sorted(facts.refunds, key=lambda refund: (refund.kind, refund.external_id)),
        "ignored_refunds": sorted(facts.ignored_refunds),
        "counted_elsewhere": facts.counted_elsewhere,
    }


def _evidence(evidence: Evidence, contracts: Contracts) -> dict[str, Any]:
    return {
        "marks": evidence.marks,
        "touches": evidence.touches,
        "coupons": evidence.coupons,
        "contracts": [
            {"contract_version_id": one.contract_version_id, "terms_sha256": contracts.by_id[one.contract_version_id].terms_sha256}
            for one in evidence.contracts
        ],
        "bot_conversations": sorted(map(str, evidence.bot_conversations)),
        "won": evidence.won,
    }


def _rates(rates: Iterable[tuple[RateWanted, Rate]]) -> list[dict[str, Any]]:
    return [
        {
            "asked": wanted.day.isoformat(), "from": rate.base, "to": rate.quote, "day": rate.day.isoformat(), "rate_e9": rate.rate_e9,
            "source": rate.source,
        }
        for wanted, rate in sorted(rates, key=lambda item: (item[0].day, item[0].base, item[0].quote))
    ]  # fmt: skip
