"""The mind's own sentences, in each language it speaks. Whatever is not in frames.json is the shop's own words, quoted."""

import json
from collections.abc import Sequence
from functools import lru_cache
from importlib import resources

from app.conversations.thoughts import Citation, RepliesFit, Said

LANGUAGES = ("en", "zh", "ja", "fr")


def say(key: str, language: str, *, citations: tuple[Citation, ...] = (), **values: object) -> Said:
    """Fill one frame, with a capital first; a language we do not speak becomes English. KeyError: unknown frame or missing value."""
    text = phrase(key, language, **values)
    return Said(f"{text[0].upper()}{text[1:]}" if text.startswith("the ") else text, citations)


def phrase(key: str, language: str, **values: object) -> str:
    """The words of one frame."""
    frame = _frames()[key]
    return frame.get(language, frame["en"]).format(**values)


def replies(language: str, *keys: str) -> RepliesFit:
    """Replies to press, by the names of their frames."""
    return RepliesFit(tuple(phrase(key, language) for key in keys))


def yes_or_no(language: str) -> RepliesFit:
    """The two replies to a question that is asked plainly; each is one the mind hears as such."""
    return replies(language, "reply_yes", "reply_no")


def listed(parts: Sequence[str], language: str) -> str:
    """Join parts as speech does: "a, b and c"."""
    joined = phrase("comma", language).join(parts[:-1])
    return f"{joined}{phrase('and', language)}{parts[-1]}" if joined else parts[-1]


@lru_cache(maxsize=1)
def _frames() -> dict[str, dict[str, str]]:
    text = resources.files(__package__).joinpath("frames.json").read_text(encoding="utf-8")
    frames: dict[str, dict[str, str]] = json.loads(text)
    return frames
