"""Every table of the counting house, gathered here; each small room beside this file describes its own."""

from billing.attribution.tables import (
    AttributionCredit,
    AttributionRun,
    ConversationFlag,
    HoldoutAssignment,
    InsiderRow,
    TouchRow,
    TrackedLink,
)
from billing.chain.tables import BalanceSnapshot, ChainSegment, LedgerSeal
from billing.coupons.tables import Coupon, Offer
from billing.disputes.tables import Dispute, DisputeDecision
from billing.exchange.tables import FxRate, RateWait
from billing.inbox.tables import InboundEvent, MerchantConnection, RawErasure, RawKey
from billing.ledger.tables import LedgerTransaction, PeriodClosed, Posting
from billing.orders.tables import OrderReport, OrderRevision, OrderSnapshot, RefundFact, ShopOrder
from billing.revenue_share.tables import ContractEffect, ContractProposal, ContractVersion, EarningEvent, Outage, PeriodTotal
from billing.statements.tables import Statement, StatementPayee, StatementSegment

__all__ = [
    "AttributionCredit", "AttributionRun", "BalanceSnapshot", "ChainSegment", "ContractEffect", "ContractProposal", "ContractVersion",
    "ConversationFlag", "Coupon", "Dispute", "DisputeDecision", "EarningEvent", "FxRate", "HoldoutAssignment", "InboundEvent", "InsiderRow",
    "LedgerSeal", "LedgerTransaction", "MerchantConnection", "Offer", "OrderReport",
    "OrderRevision", "OrderSnapshot", "Outage", "PeriodClosed",
    "PeriodTotal", "Posting", "RateWait", "RawErasure", "RawKey", "RefundFact", "ShopOrder", "Statement", "StatementPayee",
    "StatementSegment", "TouchRow", "TrackedLink",
]  # fmt: skip
