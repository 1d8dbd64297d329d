"""What the mind may ask, as the operator sees it: every shared model with its price and licence, and how many tiny ones each shop has."""

from argparse import Namespace
from collections.abc import Iterator
from datetime import datetime

from app.conversations.registered_models import ANY, ModelEntry, shared_models
from app.conversations.reviewed import reviewed_answers
from tenants.database import Database
from tenants.every_shop import every_shop
from tenants.identifiers import to_public

HEADINGS = ("MODEL", "LEVEL", "TASK", "LANGUAGES", "SIZE", "A CALL COSTS", "A CALL TAKES", "RIGHT", "LICENCE")


def list_models(database: Database, _parsed: Namespace, _now: datetime) -> int:
    """Print the register. Figures are those of models.csv, as they were measured; a dash is what nobody measured."""
    rows = [HEADINGS, *(_told(one) for one in shared_models())]
    widths = [max(len(row[place]) for row in rows) for place in range(len(HEADINGS))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    for line in _tiny_ones(database):
        print(line)
    return 0


def _told(one: ModelEntry) -> tuple[str, ...]:
    languages = "all" if one.languages == ANY else one.languages.replace("|", ", ")
    right = "-" if one.accuracy_ppm is None else f"{one.accuracy_ppm / 10_000:.0f} %"
    size = f"{one.size_bytes / 1_000_000:.1f} MB" if one.size_bytes else "-"
    cost = f"{one.cost_micro / 1_000_000:.6f}" if one.cost_micro else "nothing"
    return one.name, one.level, one.task, languages, size, cost, f"{one.latency_us / 1000:.2f} ms", right, one.licence


def _tiny_ones(database: Database) -> Iterator[str]:
    for shop in every_shop(database):
        with database.tenant_session(shop.tenant_id) as session:
            count = sum(one.is_taught for one in reviewed_answers(session))
        if count:
            yield f"{to_public('shp', shop.tenant_id)}  {shop.name}: {count} of its own, one for each reviewed answer"
