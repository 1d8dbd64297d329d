"""Names of products with a size at their end ("Flat White, small", "Arabica beans 250 g"): the thing and its size, told apart."""

import re
from dataclasses import dataclass
from typing import Final

_SIZE: Final = (
    r"(?:extra )?(?:small|medium|large|regular|tall|short|single|double|triple|mini|half|whole|petit(?:e)?|moyen(?:ne)?|grand(?:e)?)"
    r"|小杯|中杯|大杯|小|中|大|x{0,3}[sml]|\d+(?:[.,]\d+)? ?(?:g|kg|ml|cl|l|oz|cm|inch|pieces?|pcs)"
)
_NAME: Final = re.compile(rf"^(?P<base>.+?)\s*[,(\s–-]\s*(?P<size>{_SIZE})\)?$", re.IGNORECASE)
_ADJECTIVE: Final = re.compile(r"(?:extra )?(?:small|medium|large|regular|tall|short|single|double|triple|mini)", re.IGNORECASE)


@dataclass(frozen=True)
class Variant:
    """One row of a family: the name they share, and the size that tells it from the others."""

    base: str
    size: str

    @property
    def is_measured(self) -> bool:
        """Say whether the size is a measure ("250 g") and not a word ("large")."""
        return self.size[0].isdigit()


def variant_of(name: str) -> Variant | None:
    """Divide "Flat White, small" into its family's name and its size; None for a name without a size at its end."""
    found = _NAME.match(name.strip())
    return Variant(found["base"].strip(" ,(-–"), found["size"].strip()) if found else None


def called(name: str, language: str) -> str:
    """What a person would call it: "the large Flat White" for "Flat White, large" in English; else the name as the list has it."""
    variant = variant_of(name)
    if language != "en" or variant is None or not _ADJECTIVE.fullmatch(variant.size):
        return name
    return f"the {variant.size.lower()} {variant.base}"
