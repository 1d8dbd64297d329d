"""The whole of one contract version: every clause, and what must hold between them."""

from collections.abc import Callable
from typing import Annotated, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, field_validator, model_validator

from billing.attribution.model_names import MODEL_SENTENCES
from billing.currencies import exponent_of
from billing.errors import ContractTermsRefused
from billing.money import AMOUNT_MINOR_MAX, PARTS_PER_MILLION
from billing.terms.clauses import (
    PAYEES_MAX,
    PLATFORM_ALONE,
    AmountMinor,
    BaseRules,
    ClauseData,
    Guards,
    Lift,
    Ownership,
    Payee,
    Probation,
    Repeat,
    SharePpm,
    Tiers,
)

WINDOW_DAYS_DEFAULT: Final = {"coupon": 30, "link": 30, "conversation": 7}
WINDOW_KINDS: Final = ("coupon", "link", "conversation", "view")
BONUS_KINDS: Final = ("lead", "booking")


class ContractTerms(ClauseData):
    """The terms of one contract version. `share_ppm` is parts per million: 80_000 is 8 %."""

    currency: str
    share_ppm: SharePpm
    attribution_model: str = "coupon_first"
    half_life_days: Annotated[int, Field(ge=1, le=365)] = 7
    window_days: dict[str, int] = Field(default_factory=lambda: dict(WINDOW_DAYS_DEFAULT))
    return_window_days: Annotated[int, Field(ge=0, le=365)] = 30
    soft_days: Annotated[int, Field(ge=0, le=60)] = 5
    period_time_zone: str = "UTC"
    base: BaseRules = BaseRules()
    guards: Guards = Guards()
    tiers: Tiers | None = None
    cap_minor: AmountMinor | None = None
    minimum_minor: AmountMinor | None = None
    bonuses: dict[str, int] = Field(default_factory=dict)
    royalty_share_ppm: SharePpm | None = None
    royalty_income_ppm: SharePpm | None = None
    repeat: Repeat | None = None
    reserve_ppm: SharePpm = 0
    reserve_days: Annotated[int, Field(ge=1, le=730)] = 90
    probation: Probation | None = None
    payees: Annotated[tuple[Payee, ...], Field(min_length=1, max_length=PAYEES_MAX)] = PLATFORM_ALONE
    ownership: Ownership = Ownership()
    dispute_days: Annotated[int, Field(ge=1, le=365)] = 14
    holdout_ppm: SharePpm = 0
    lift: Lift | None = None

    @property
    def has_period_lines(self) -> bool:
        """Whether a period's own lines follow every order at once (tiers, cap), not only at its close."""
        return self.tiers is not None or self.cap_minor is not None

    @field_validator("currency")
    @classmethod
    def _known_currency(cls, value: str) -> str:
        exponent_of(value)
        return value

    @field_validator("attribution_model")
    @classmethod
    def _known_model(cls, value: str) -> str:
        if value not in MODEL_SENTENCES:
            raise ContractTermsRefused(f"The attribution model {value[:60]!r} is not known; choose {', '.join(MODEL_SENTENCES)}.")
        return value

    @field_validator("period_time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ContractTermsRefused(f"{value[:60]!r} is not a time zone such as Europe/Vienna.") from None
        return value

    @field_validator("window_days")
    @classmethod
    def _sane_windows(cls, value: dict[str, int]) -> dict[str, int]:
        if not all(0 < days <= 365 for days in value.values()):
            raise ContractTermsRefused("A window lasts from 1 to 365 days.")
        unknown = next((kind for kind in value if kind not in WINDOW_KINDS), None)
        if unknown is not None:
            raise ContractTermsRefused(f"{unknown[:40]!r} is not a kind of touch; a window is for {', '.join(WINDOW_KINDS)}.")
        return value

    @field_validator("bonuses")
    @classmethod
    def _known_bonuses(cls, value: dict[str, int]) -> dict[str, int]:
        unknown = next((kind for kind in value if kind not in BONUS_KINDS), None)
        if unknown is not None:
            raise ContractTermsRefused(f"{unknown[:40]!r} is not a bonus; a bonus is for a {' or a '.join(BONUS_KINDS)}.")
        if not all(0 < amount <= AMOUNT_MINOR_MAX for amount in value.values()):
            raise ContractTermsRefused("A bonus is an amount above zero and below what any order is worth.")
        return value

    @model_validator(mode="after")
    def _clauses_agree(self) -> "ContractTerms":
        for contradicts, sentence in CONTRADICTIONS:
            if contradicts(self):
                raise ContractTermsRefused(sentence)
        return self


def _falls_with_turnover(terms: ContractTerms) -> bool:
    if terms.tiers is None or terms.tiers.kind == "marginal":
        return False
    rates = [terms.share_ppm, *(step.share_ppm for step in terms.tiers.steps)]
    return rates != sorted(rates)


def _has_other_rates(terms: ContractTerms) -> bool:
    by_product = any(rule.share_ppm is not None for rule in terms.base.product_rules)
    clauses = (terms.tiers, terms.royalty_share_ppm, terms.repeat, terms.probation)
    return by_product or any(clause is not None for clause in clauses)


CONTRADICTIONS: Final[tuple[tuple[Callable[[ContractTerms], bool], str], ...]] = (
    (lambda terms: sum(payee.part_ppm for payee in terms.payees) != PARTS_PER_MILLION, "The payees' parts add up to exactly 100 %."),
    (lambda terms: len({payee.key for payee in terms.payees}) < len(terms.payees), "Every payee has a key of its own."),
    (_falls_with_turnover, "Volume tiers never fall: a sale more must not lower what the whole month earns."),
    (
        lambda terms: terms.cap_minor is not None and terms.minimum_minor is not None and terms.minimum_minor > terms.cap_minor,
        "The guaranteed minimum is not above the cap.",
    ),
    (lambda terms: terms.lift is not None and terms.holdout_ppm == 0, "A contract that pays on lift needs visitors to compare with."),
    (
        lambda terms: terms.lift is not None and _has_other_rates(terms),
        "A contract that pays on lift has no rates by product, work, tier, repeat purchase or probation.",
    ),
)
"""What must not hold of any contract, with the sentence that says so."""
