"""What can go wrong in getting paid, each as a sentence."""

from billing.errors import BillingError, CouponRefused


class BillUnknown(BillingError):
    """There is no such bill."""


class BillRefused(BillingError):
    """What was asked cannot be done to this bill as it stands."""


class BillDetailsRefused(BillingError):
    """Particulars for the bills, or a limit, that cannot be right. `about` names the field."""

    def __init__(self, sentence: str, about: str = "") -> None:
        super().__init__(sentence)
        self.about = about


class SpendingLimitReached(CouponRefused):
    """The shop's own limit for the month is reached, and it chose to hand out no more offers until the next one."""


class GatewayUnavailable(BillingError):
    """The gateway did not answer, or asks to wait. `has_answered`: it said itself that it broke, and would repeat that answer."""

    def __init__(self, sentence: str, *, has_answered: bool = False) -> None:
        super().__init__(sentence)
        self.has_answered = has_answered


class GatewayRefused(BillingError):
    """The gateway understood and said no; trying again changes nothing until somebody has looked."""


class PaymentEventRefused(BillingError):
    """A message that the gateway did not sign, or that cannot be read."""
