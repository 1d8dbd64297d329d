"""The mind's own sentences, in each language it speaks. Whatever is not in frames.json is the shop's own words, quoted."""

import json
from functools import lru_cache
from importlib import resources

from app.conversations.thoughts import Citation, Said

LANGUAGES = ("en", "zh", "ja", "fr")


def say(key: str, language: str, *, citations: tuple[Citation, ...] = (), **values: object) -> Said:
    """Fill one frame; a language we do not speak becomes English. Raises KeyError for an unknown frame or a missing value."""
    return Said(phrase(key, language, **values), citations)


def phrase(key: str, language: str, **values: object) -> str:
    """The words of one frame."""
    frame = _frames()[key]
    return frame.get(language, frame["en"]).format(**values)


@lru_cache(maxsize=1)
def _frames() -> dict[str, dict[str, str]]:
    text = resources.files(__package__).joinpath("frames.json").read_text(encoding="utf-8")
    frames: dict[str, dict[str, str]] = json.loads(text)
    return frames
