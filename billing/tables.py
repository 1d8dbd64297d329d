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
from billing.connectors.tables import ConnectionToken, FetchWish, OrderImport, RefusedDelivery
from billing.coupons.tables import Coupon, MadeCode, Offer, OfferMaker, OfferPurse, OfferVersion, PoolCode
from billing.disputes.tables import Dispute, DisputeDecision
from billing.exchange.tables import FxRate, RateWait
from billing.inbox.tables import InboundEvent, InboxSet, MerchantConnection, RawErasure, RawKey
from billing.ledger.tables import LedgerTransaction, PeriodClosed, Posting
from billing.orders.tables import OrderCode, OrderReport, OrderRevision, OrderSnapshot, RefundFact, ShopOrder
from billing.payments.tables import (
    Bill,
    BillAccount,
    BillCredit,
    BillLine,
    BillNote,
    BillStep,
    GatewayOrphan,
    PayeePayout,
    PaymentEvent,
    SpendingAlert,
)
from billing.revenue_share.tables import ContractEffect, ContractProposal, ContractVersion, EarningEvent, Outage, PeriodTotal
from billing.statements.tables import KeptMovement, KeptUntil, Statement, StatementPayee, StatementSegment

__all__ = [
    "AttributionCredit", "AttributionRun", "BalanceSnapshot", "Bill", "BillAccount", "BillCredit", "BillLine", "BillNote", "BillStep",
    "ChainSegment", "ConnectionToken", "ContractEffect", "ContractProposal", "ContractVersion", "ConversationFlag", "Coupon", "Dispute",
    "DisputeDecision", "EarningEvent", "FetchWish", "FxRate", "GatewayOrphan", "HoldoutAssignment", "InboundEvent", "InboxSet",
    "InsiderRow", "KeptMovement", "KeptUntil",
    "LedgerSeal", "LedgerTransaction", "MadeCode", "MerchantConnection", "Offer", "OfferMaker", "OfferPurse", "OfferVersion", "OrderCode",
    "OrderImport", "OrderReport", "OrderRevision", "OrderSnapshot", "Outage", "PayeePayout", "PaymentEvent", "PeriodClosed",
    "PeriodTotal", "PoolCode", "Posting", "RateWait", "RawErasure", "RawKey", "RefundFact", "RefusedDelivery", "ShopOrder",
    "SpendingAlert", "Statement", "StatementPayee", "StatementSegment", "TouchRow", "TrackedLink",
]  # fmt: skip
