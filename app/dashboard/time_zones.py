"""A first guess at a shop's time zone, for browsers that run no script: the country behind the languages the browser asks for.

A country with several zones is guessed only where CLDR names one of them primary; otherwise UTC stands, and the owner chooses.
"""

import re
from collections.abc import Mapping
from functools import cache
from typing import Final

from babel.core import get_global

from tenants.tenant import available_time_zones

UNKNOWN: Final = "UTC"
PRIMARY: Final[Mapping[str, str]] = {
    "CL": "America/Santiago", "CN": "Asia/Shanghai", "DE": "Europe/Berlin", "EC": "America/Guayaquil", "ES": "Europe/Madrid",
    "MY": "Asia/Kuala_Lumpur", "NZ": "Pacific/Auckland", "PT": "Europe/Lisbon", "UA": "Europe/Kyiv", "UZ": "Asia/Tashkent",
}  # fmt: skip
"""CLDR's primary zones (metaZones.xml, primaryZones), by the country's two letters."""
REGION: Final = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z]{4})?-([A-Za-z]{2})(?![A-Za-z0-9])")
HEADER_LENGTH_MAX: Final = 500


def zone_of_header(accepted: str) -> str:
    """The zone of the first country in an Accept-Language header ("de-AT,de;q=0.9" -> "Europe/Vienna"); "UTC" where none is sure."""
    found = REGION.search(accepted[:HEADER_LENGTH_MAX])
    return _zone_of(found[1].upper()) if found else UNKNOWN


@cache
def _zone_of(country: str) -> str:
    if country in PRIMARY:
        return PRIMARY[country]
    territories, aliases = get_global("zone_territories"), get_global("zone_aliases")
    there = [zone for zone in available_time_zones() if territories.get(zone) == country and zone not in aliases]
    return there[0] if len(there) == 1 else UNKNOWN
