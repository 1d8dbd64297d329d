"""What they may not decide, promise or discuss, in four languages (promises.json): health, law, prices not on the list, other shops.

The patterns are narrow on purpose. A chemist's "medicines cannot come back" is a house rule and is quoted; "can I take both together" is
a doctor's question and is not, whatever a document says about either.
"""

import json
import re
from functools import lru_cache
from importlib import resources
from typing import Final

KINDS: Final = ("danger", "minor", "for_adults", "private_of_minor", "medical", "legal", "promise", "opinion", "flirt")


def touches(kind: str, text: str) -> bool:
    """Say whether a message asks for one of these; KeyError for a kind that promises.json does not name."""
    return bool(_patterns()[kind].search(text))


@lru_cache(maxsize=1)
def _patterns() -> dict[str, re.Pattern[str]]:
    listed = json.loads(resources.files(__package__).joinpath("promises.json").read_text(encoding="utf-8"))
    return {kind: re.compile("|".join(patterns), re.IGNORECASE) for kind, patterns in listed.items()}
