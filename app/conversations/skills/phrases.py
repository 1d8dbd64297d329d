"""What people say to a shop assistant besides asking about the shop, in four languages: a list of patterns per intent, in phrases.json."""

import json
import re
from functools import lru_cache
from importlib import resources
from typing import Final

_FILLERS: Final = re.compile(
    r"\b(?:there|again|all|you|so|very|much|for|the|your|help|everyone|to|and|well|today|then|that|is|it|a|lot|please|oh|um|ah|my|friend"
    r"|really|just|that's|s'il|vous|plaît|madame|monsieur|tout|le|monde|pour|votre|aide|miss|sir|dear|now|i'm|im|me)\b"
    r"|[啊呀吧呢了的哦您]|[ねよ]|です|ございます|[\W_]",
    re.IGNORECASE,
)


def has(intent: str, text: str) -> bool:
    """Say whether a text shows an intent anywhere; raises KeyError for an intent phrases.json does not name."""
    return bool(_patterns()[intent].search(text))


def without(text: str, *intents: str) -> str:
    """The text with these intents' words taken out."""
    for intent in intents:
        text = _patterns()[intent].sub(" ", text)
    return text


def is_only(text: str, *intents: str) -> bool:
    """Say whether a text holds these intents and nothing else worth answering: "hi there, thank you!" but not "hi, is it vegan?"."""
    return any(has(intent, text) for intent in intents) and not _FILLERS.sub("", without(text, *intents))


@lru_cache(maxsize=1)
def _patterns() -> dict[str, re.Pattern[str]]:
    listed = json.loads(resources.files(__package__).joinpath("phrases.json").read_text(encoding="utf-8"))
    return {intent: re.compile("|".join(patterns), re.IGNORECASE) for intent, patterns in listed.items()}
