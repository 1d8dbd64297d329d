"""The round of costs: once a day whoever is drawn by a graphics card and loses money is drawn by the browser again, where wanted."""

from app.costs.lower_quality import lower_losing
from app.dashboard.letters import compose
from app.settings import Settings
from app.wiring import prices
from app.worker.rounds import Round

DAY_SECONDS = 24 * 3600


def cost_rounds(settings: Settings) -> tuple[Round, ...]:
    """The rule as a round; without the setting there is none."""
    if not settings.lowers_losing_quality:
        return ()
    of = prices(settings)
    return (Round("tillhand.lower_losing", DAY_SECONDS, lambda database, clock: lower_losing(database, clock, of, compose)),)
