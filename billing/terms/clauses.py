"""The clauses a contract is made of, each a small frozen document; what contradicts itself is refused with a sentence.

Rates are whole parts per million (80_000 is 8 %), amounts whole minor units of the contract's currency, lengths whole days.
"""

from itertools import pairwise
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from billing.errors import ContractTermsRefused
from billing.money import AMOUNT_MINOR_MAX, PARTS_PER_MILLION

SharePpm = Annotated[int, Field(ge=0, le=PARTS_PER_MILLION)]
AmountMinor = Annotated[int, Field(gt=0, le=AMOUNT_MINOR_MAX)]
TermDays = Annotated[int, Field(ge=1, le=3650)]
Owner = Literal["shop", "platform"]
PAYEES_MAX: Final = 20
RULES_MAX: Final = 200


class ClauseData(BaseModel):
    """What every clause shares: it never changes, knows no unknown fields, and takes 8 for 8 only, never "8" or 8.0."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class ProductRule(ClauseData):
    """What holds for some products or categories: whether they count, and at which rate (None is the contract's own)."""

    products: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    counts: bool = True
    share_ppm: SharePpm | None = None

    @model_validator(mode="after")
    def _says_something(self) -> "ProductRule":
        names = self.products + self.categories
        if not names or not all(name.strip() for name in names):
            raise ContractTermsRefused("A product rule names at least one product or category, and no name is empty.")
        if len(set(self.products)) < len(self.products) or len(set(self.categories)) < len(self.categories):
            raise ContractTermsRefused("A product rule names each product and each category once.")
        if not self.counts and self.share_ppm is not None:
            raise ContractTermsRefused("Products that are left out have no rate.")
        return self

    def holds_for(self, product: str | None, categories: tuple[str, ...]) -> bool:
        """Whether the rule names this product, or one of its categories."""
        return product in self.products or any(category in self.categories for category in categories)


class BaseRules(ClauseData):
    """What of an order's money counts. Test orders never do. Of several product rules that hold for a line the first one wins."""

    exclude_tax: bool = True
    exclude_shipping: bool = True
    exclude_tips: bool = True
    exclude_gift_cards: bool = True
    exclude_staff_orders: bool = True
    product_rules: Annotated[tuple[ProductRule, ...], Field(max_length=RULES_MAX)] = ()

    def rule_for(self, product: str | None, categories: tuple[str, ...]) -> ProductRule | None:
        """The first product rule that names the line's product or one of its categories."""
        for rule in self.product_rules:
            if rule.holds_for(product, categories):
                return rule
        return None


class Guards(ClauseData):
    """What is not believed: coupons on an order, buyers, conversations."""

    exclude_coupon_after_cart: bool = False
    # Off: without a shopper's consent a visitor id lives as long as one page, so an honest buyer often pays under another one.
    exclude_coupon_of_another_visitor: bool = False
    exclude_stacked_codes: bool = False
    exclude_insiders: bool = True
    exclude_bot_conversations: bool = True


class TierStep(ClauseData):
    """From this turnover of one period on, this rate."""

    from_minor: AmountMinor
    share_ppm: SharePpm


class Tiers(ClauseData):
    """Rates that change with a period's turnover: for the part above each step (marginal), or for all of it (volume)."""

    kind: Literal["marginal", "volume"]
    steps: Annotated[tuple[TierStep, ...], Field(min_length=1, max_length=20)]

    @field_validator("steps")
    @classmethod
    def _rising(cls, steps: tuple[TierStep, ...]) -> tuple[TierStep, ...]:
        if any(later.from_minor <= earlier.from_minor for earlier, later in pairwise(steps)):
            raise ContractTermsRefused("Every step of the tiers begins at a higher turnover than the one before.")
        return steps


class Repeat(ClauseData):
    """Later orders of a customer the employee won earn this rate for so many days after the first one."""

    days: TermDays
    share_ppm: SharePpm


class Probation(ClauseData):
    """Orders of the contract's first days earn this rate instead."""

    days: TermDays
    share_ppm: SharePpm


class Payee(ClauseData):
    """Someone who receives a part of what the employee earns. The key names its accounts in the book."""

    key: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
    name: Annotated[str, Field(min_length=1, max_length=120)]
    role: Literal["platform", "likeness_owner", "agency"]
    part_ppm: Annotated[int, Field(gt=0, le=PARTS_PER_MILLION)]


class Ownership(ClauseData):
    """Who keeps the works (films), the transcripts, and the taste the employee learned, when the contract has ended."""

    works: Owner = "shop"
    transcripts: Owner = "shop"
    taste: Owner = "platform"


class Lift(ClauseData):
    """Pay for what the holdout shows was added: the point estimate, or the lower bound at this confidence."""

    share_ppm: SharePpm
    basis: Literal["point", "lower"]
    confidence_ppm: Annotated[int, Field(ge=500_000, le=999_999)] = 950_000


PLATFORM_ALONE: Final = (Payee(key="platform", name="Tillhand", role="platform", part_ppm=PARTS_PER_MILLION),)
