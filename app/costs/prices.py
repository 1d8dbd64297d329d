"""What a unit costs us, and what work therefore cost: whole millionths of the currency, so that nothing is rounded on the way."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final

from app.costs.note_cost import Spent
from billing.currencies import exponent_of
from billing.money import Money

MILLION: Final = 1_000_000
HOUR_MS: Final = 3_600_000


@dataclass(frozen=True)
class Prices:
    """Decimal amounts of one currency: for an hour of a graphics card or a processor, for a million characters or tokens."""

    currency: str
    gpu_hour: Decimal
    cpu_hour: Decimal
    million_characters: Decimal
    million_tokens: Decimal

    def cost(self, spent: Spent) -> Fraction:
        """What it cost, exactly, in the currency's whole units."""
        of_machines = Fraction(self.gpu_hour) * spent.gpu_ms / HOUR_MS + Fraction(self.cpu_hour) * spent.cpu_ms / HOUR_MS
        of_services = Fraction(self.million_characters) * spent.characters + Fraction(self.million_tokens) * spent.tokens
        return of_machines + of_services / MILLION

    def cost_money(self, spent: Spent) -> Money:
        """The same for people, in the currency's smallest unit, rounded half to even once."""
        return Money(round(self.cost(spent) * 10 ** exponent_of(self.currency)), self.currency)
