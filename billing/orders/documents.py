"""The document of everything one decision was made from. The same document means the same money; its hash names it.

Contracts stand in it by version and hash: their terms are signed, never change, and are kept once.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from pydantic import TypeAdapter

from billing.attribution.evidence import CouponSeen, Evidence, OrderMarks, Touch, Won
from billing.exchange.rates import Rate, RateWanted
from billing.neutral_order import order_document, refund_document
from billing.orders.facts import OrderFacts
from billing.revenue_share.versions import Contracts

_MARKS: Final = TypeAdapter(OrderMarks)
_TOUCHES: Final = TypeAdapter(tuple[Touch, ...])
_COUPONS: Final = TypeAdapter(tuple[CouponSeen, ...])
_WON: Final = TypeAdapter(Won | None)


def document_of(
    facts: OrderFacts, evidence: Evidence, rates: Mapping[RateWanted, Rate], contracts: Contracts, neutral: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Facts, evidence and the exchange rates that were used, as plain JSON data in one spelling.

    `neutral` is the order's own document, where the caller has made it already.
    """
    return {
        "facts": _facts(facts, neutral or order_document(facts.order)), "evidence": _evidence(evidence, contracts),
        "rates": _rates(rates.items()),
    }  # fmt: skip


def _facts(facts: OrderFacts, neutral: dict[str, Any]) -> dict[str, Any]:
    lowered = {} if facts.captured_minor_max is None else {"captured_minor_max": facts.captured_minor_max}
    return lowered | {
        "order": neutral,
        "refunds": sorted(map(refund_document, facts.refunds), key=lambda refund: (refund["kind"], refund["external_id"])),
        "ignored_refunds": sorted(facts.ignored_refunds),
        "counted_elsewhere": str(facts.counted_elsewhere) if facts.counted_elsewhere else None,
    }


def _evidence(evidence: Evidence, contracts: Contracts) -> dict[str, Any]:
    return {
        "marks": _MARKS.dump_python(evidence.marks, mode="json"),
        "touches": _TOUCHES.dump_python(evidence.touches, mode="json"),
        "coupons": _COUPONS.dump_python(evidence.coupons, mode="json") if evidence.coupons else [],
        "contracts": [
            {
                "contract_version_id": str(one.contract_version_id),
                "terms_sha256": contracts.by_id[one.contract_version_id].terms_sha256,
            }
            for one in evidence.contracts
        ],
        "bot_conversations": sorted(map(str, evidence.bot_conversations)),
        "won": _WON.dump_python(evidence.won, mode="json") if evidence.won else None,
    }


def _rates(rates: Iterable[tuple[RateWanted, Rate]]) -> list[dict[str, Any]]:
    return [
        {
            "asked": wanted.day.isoformat(), "from": rate.base, "to": rate.quote, "day": rate.day.isoformat(), "rate_e9": rate.rate_e9,
            "source": rate.source,
        }
        for wanted, rate in sorted(rates, key=lambda item: (item[0].day, item[0].base, item[0].quote))
    ]  # fmt: skip
