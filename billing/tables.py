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
from billing.inbox.tables import InboundEvent, MerchantConnection, RawErasure, RawKey
from billing.ledger.tables import LedgerTransaction, PeriodClosed, Posting
from billing.orders.tables import OrderReport, OrderRevision, OrderSnapshot, RefundFact, ShopOrder
from billing.revenue_share.tables import ContractEffect, ContractVersion, EarningEvent, Outage, PeriodTotal
from billing.statements.tables import Statement, StatementPayee, StatementSegment

__all__ = [
    "BalanceSnapshot", "ChainSegment", "LedgerSeal",
    "AttributionCredit", "AttributionRun", "ContractEffect", "ContractVersion", "ConversationFlag", "Coupon", "EarningEvent",
    "HoldoutAssignment", "InboundEvent", "InsiderRow", "LedgerTransaction", "MerchantConnection", "Offer", "OrderReport", "OrderRevision",
    "OrderSnapshot", "Outage", "PeriodClosed", "PeriodTotal", "Posting", "RawErasure", "RawKey", "RefundFact", "ShopOrder", "Statement",
    "StatementPayee", "StatementSegment", "TouchRow", "TrackedLink",
]  # fmt: skip
