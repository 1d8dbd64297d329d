"""What can go wrong in the counting house, each as a sentence; app/api/errors.py gives each class its HTTP status."""


class BillingError(Exception):
    """The root of this room's errors: expected refusals that say what to do, never a crash."""


class CurrencyUnknown(BillingError):
    """A code that ISO 4217 does not know, or that no shop can take."""


class CurrenciesDiffer(BillingError):
    """Two amounts in different currencies met where one was meant."""


class AmountUnreadable(BillingError):
    """An amount that is not a plain decimal with the digits its currency allows, or is absurdly large."""


class DeliveryRefused(BillingError):
    """A delivery that was not accepted at the door. Nothing was stored."""


class ConnectionUnknown(DeliveryRefused):
    """The address names no connection of ours."""


class SignatureInvalid(DeliveryRefused):
    """The delivery was not signed with this connection's secret, or its headers could not be read."""


class TimestampOutsideTolerance(DeliveryRefused):
    """The delivery was signed too long ago, or in the future: the sender's clock or a replay."""


class BodyTooLarge(DeliveryRefused):
    """The body is larger than a delivery may be."""


class DeliveryContentChanged(DeliveryRefused):
    """The same delivery id came again with other bytes."""


class ConnectionNameMissing(BillingError):
    """A connection needs a name and a channel."""


class OrderBookTaken(BillingError):
    """This sales channel already has its order book."""


class PayloadRefused(BillingError):
    """The body is kept, but it cannot be read as an order or a refund; it is set aside with this reason."""


class OrderDoesNotAddUp(PayloadRefused):
    """The order's total is not the sum of its parts, as after a mistake of a factor of a hundred."""


class ContractTermsRefused(BillingError):
    """The terms contradict themselves or fall outside what a contract may say."""


class ContractStartsInThePast(BillingError):
    """A new version may not reach back over days another version already governs."""


class ContractsOverlap(BillingError):
    """Another version already governs the days after this start."""


class TermsShownDiffer(ContractTermsRefused):
    """The terms that were shown are not the terms that were to be signed."""


class OfferRefused(BillingError):
    """An offer that contradicts itself, or a change of it that may not be. `about` names the term concerned, "" where it is none alone."""

    def __init__(self, sentence: str, about: str = "") -> None:
        super().__init__(sentence)
        self.about = about


class OfferUnknown(BillingError):
    """There is no such offer."""


class OfferChanged(OfferRefused):
    """Somebody else changed the offer while this change was written."""


class CodesRefused(BillingError):
    """A list of codes that was not imported; nothing of it was."""


class CouponRefused(BillingError):
    """The employee may not hand out this coupon now."""


class OfferNotActive(CouponRefused):
    """The offer has not begun, has ended, or belongs to another employee."""


class BudgetSpent(CouponRefused):
    """Every coupon of this offer has been handed out, or the money it may give away is promised."""


class PoolEmpty(BudgetSpent):
    """Every code that was imported for this offer has been handed out."""


class CouponNotAccepted(BillingError):
    """The till may not take this code."""


class CouponUnknown(CouponNotAccepted):
    """No coupon has this code."""


class CouponExpired(CouponNotAccepted):
    """The coupon's last day has passed."""


class CouponAlreadyRedeemed(CouponNotAccepted):
    """The coupon has been used for another order."""


class CouponReservedElsewhere(CouponNotAccepted):
    """Another checkout holds this coupon at the moment."""


class CartBelowMinimum(CouponNotAccepted):
    """The cart is worth less than the offer asks for."""


class CartCurrencyDiffers(CouponNotAccepted):
    """The cart is in another currency than the offer."""


class CartLinesMissing(CouponNotAccepted):
    """The coupon is good for certain products, and the till did not say what is in the cart."""


class CartLacksProduct(CouponNotAccepted):
    """The coupon is good for products that are not in the cart."""


class LinkUnknown(BillingError):
    """There is no such tracked link."""


class LinkTargetRefused(BillingError):
    """A tracked link may only lead to a web address."""


class OrderUnknown(BillingError):
    """There is no such order."""


class PostingRefused(BillingError):
    """The ledger's writer was asked for something that is not a movement of money."""


class DeliveryUnknown(BillingError):
    """There is no such delivery."""


class RatesRefused(BillingError):
    """A table of exchange rates that was not imported; nothing of it was."""


class RatesUnreadable(RatesRefused):
    """A row that is not a day, two currencies, a plain decimal rate and a source."""


class RatesOutOfSequence(RatesRefused):
    """Days are imported in ascending sequence: an earlier day would change amounts that were converted already."""


class RateAlreadyPublished(RatesRefused):
    """A published rate never changes, and this day has another one."""


class RateSeriesDiffers(RatesRefused):
    """All rates stand against one base currency, and each currency keeps its source."""


class RateImplausible(RatesRefused):
    """The rate jumps so far from the day before that a slipped decimal point is likelier; it needs a second look."""


class DisputeRefused(BillingError):
    """This line cannot be disputed so, or the dispute cannot be decided so."""


class LineDisputedAlready(DisputeRefused):
    """A line can be disputed once; it was, for another reason or another amount."""


class GrantExceedsHold(DisputeRefused):
    """No more can go back to the shop than is held for the dispute."""


class DisputeUnknown(BillingError):
    """There is no such dispute."""


class ExperimentRefused(BillingError):
    """No shop or experiment can have these figures."""


class InsiderMarkRefused(BillingError):
    """A buyer was to be marked as one of the house, without saying who the buyer is or in which way."""


class ChainHeadUnreadable(BillingError):
    """A seal of the book, kept in a letter, was copied so that it cannot be one."""


class ConversationFlagRefused(BillingError):
    """A conversation was to be flagged, without a known flag or without a reason."""


class StatementUnknown(BillingError):
    """There is no such statement."""


class StatementLineUnknown(StatementUnknown):
    """The statement has no such line."""


class PeriodNotDue(BillingError):
    """This month may not be closed yet, or an earlier one must be closed first."""


class EarningEventRefused(BillingError):
    """A lead, a booking or a work's income that cannot be right."""


class EarningEventChanged(EarningEventRefused):
    """The same event was told before of another day, employee, work or currency."""


class OutageRefused(BillingError):
    """An outage that cannot be right."""


class ContractUnknown(BillingError):
    """The employee has no contract in force."""


class WhatIfRefused(BillingError):
    """A trial of terms that could not be compared with what was paid."""


class ContractEndRefused(BillingError):
    """A contract cannot end on that day."""


class ConnectionSecretRefused(BillingError):
    """The secret to sign with comes from the merchant's system and is missing or cannot be one."""


class ConnectionAddressRefused(BillingError):
    """The shop's address is missing or cannot be one."""


class ConnectionKindUnknown(BillingError):
    """There is no such kind of system to connect."""


class ImportRefused(BillingError):
    """A file of orders that cannot be read as a table, or an import that was done already."""


class ReplayRefused(BillingError):
    """A delivery that cannot be read again: its bytes were erased, or it is still waiting for its first reading."""


class FetchFailed(BillingError):
    """The merchant's system did not give what was asked of it; it is asked again later."""


class SlowDownAsked(FetchFailed):
    """The merchant's system asks for fewer requests; `wait_seconds` is how long it wants us to be quiet."""

    def __init__(self, wait_seconds: int) -> None:
        super().__init__("The other system asks us to slow down; it is asked again a little later.")
        self.wait_seconds = wait_seconds


class CodeTaken(FetchFailed):
    """A code that was to be made in the merchant's system stands there already, and is not ours."""


class RedemptionsRefused(BillingError):
    """A file of redemptions that cannot be read as a table, or whose columns were not chosen."""
