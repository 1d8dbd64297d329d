"""What a shop may not have its employee say (acceptable_use.json): that they are a person, cures, hatred, how to buy against the law.

Such a sentence is left out of what they know, and the shop is told which. The patterns look for claims and orders to lie, not for subjects:
a chemist may sell medicine, a bar may sell wine.
"""

import json
import re
from functools import lru_cache
from importlib import resources
from typing import Final

WHY: Final = {
    "person": "it claims that a person is talking",
    "cure": "it claims a cure",
    "hatred": "it turns people away for what they are",
    "unlawful": "it sells what the law forbids",
    "deceit": "it presses or deceives shoppers",
}


def refused_because(sentence: str) -> str | None:
    """Why a sentence of the shop is not taught, in words; None when it may be."""
    return next((WHY[kind] for kind, pattern in _patterns().items() if pattern.search(sentence)), None)


@lru_cache(maxsize=1)
def _patterns() -> dict[str, re.Pattern[str]]:
    listed = json.loads(resources.files(__package__).joinpath("acceptable_use.json").read_text(encoding="utf-8"))
    return {kind: re.compile("|".join(patterns), re.IGNORECASE) for kind, patterns in listed.items()}
