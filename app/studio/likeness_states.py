"""The life of a consent: requested, recorded, checked, active, revoked. What may follow what, what is read aloud, what counts as read.

The person reads a sentence that holds four words drawn for this one recording and good for half an hour, so that no older recording
and no cut one can stand for it.
"""

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Final

WORDS_MINUTES: Final = 30
WORDS_DRAWN: Final = 4
LIFE_DAYS_MAX: Final = 730
"""Nobody consents for longer than two years at once."""
HEARD_SHARE_MIN: Final = 0.8
"""So much of the sentence must be heard; recognition mishears a word or two, and a name."""
USES: Final = ("face", "voice")
CHANNELS: Final = ("films", "chat")
WORDS: Final = (
    "amber", "anchor", "apple", "autumn", "basket", "bridge", "butter", "candle", "canyon", "carbon", "castle", "cherry", "circle",
    "copper", "cotton", "desert", "dolphin", "engine", "falcon", "feather", "forest", "garden", "ginger", "guitar", "hammer",
    "harbor", "honey", "island", "jacket", "ladder", "lantern", "lemon", "magnet", "marble", "meadow", "mirror", "morning",
    "mountain", "needle", "ocean", "olive", "orange", "paper", "pepper", "pillow", "planet", "pocket", "rabbit", "ribbon", "river",
    "rocket", "saddle", "silver", "summer", "sunset", "temple", "thunder", "timber", "tunnel", "valley", "velvet", "violin", "window",
    "winter",
)  # fmt: skip
"""Two syllables, far apart in sound; four of these 64 are 16 million sentences."""


class ConsentState(StrEnum):
    """Where a consent stands."""

    REQUESTED = "requested"
    RECORDED = "recorded"
    CHECKED = "checked"
    ACTIVE = "active"
    REVOKED = "revoked"


FOLLOWS: Final[Mapping[ConsentState, frozenset[ConsentState]]] = {
    ConsentState.REQUESTED: frozenset({ConsentState.REQUESTED, ConsentState.RECORDED, ConsentState.REVOKED}),
    ConsentState.RECORDED: frozenset({ConsentState.REQUESTED, ConsentState.CHECKED, ConsentState.REVOKED}),
    ConsentState.CHECKED: frozenset({ConsentState.ACTIVE, ConsentState.REVOKED}),
    ConsentState.ACTIVE: frozenset({ConsentState.REVOKED}),
    ConsentState.REVOKED: frozenset(),
}
"""What may come after each state. A recording that proves nothing leads back to a request with new words; nothing leaves revoked."""


@dataclass(frozen=True)
class Scope:
    """What a consent allows: uses of USES, channels of CHANNELS, territories (ISO 3166 codes, or "world"), until when."""

    uses: tuple[str, ...]
    channels: tuple[str, ...]
    territories: tuple[str, ...]
    expires_at: datetime


@dataclass(frozen=True)
class Findings:
    """What a check of the recording found: the words heard, and whether the face and the voice are those of the material."""

    heard: str
    is_same_face: bool
    is_same_voice: bool


def problem_with_scope(scope: Scope, now: datetime) -> str | None:
    """Say in a sentence what is wrong with a scope; None when it can be consented to."""
    if not scope.uses or not set(scope.uses) <= set(USES):
        return "Choose the face, the voice, or both."
    if not scope.channels or not set(scope.channels) <= set(CHANNELS):
        return "Choose films, chat, or both."
    if not scope.territories or not all(re.fullmatch(r"[A-Z]{2}|world", one) for one in scope.territories):
        return "Say where it may be shown: countries by two letters, such as FR, or the world."
    if not now < scope.expires_at <= now + timedelta(days=LIFE_DAYS_MAX):
        return "A consent ends on a day of the next two years."
    return None


def draw_words() -> str:
    """Four words for one recording, all different."""
    return " ".join(secrets.SystemRandom().sample(WORDS, WORDS_DRAWN))


def sentence_to_read(person_name: str, shop_name: str, scope: Scope, words: str) -> str:
    """What the person reads aloud."""
    uses = " and ".join(f"my {use}" for use in USES if use in scope.uses)
    channels = " and ".join(channel for channel in CHANNELS if channel in scope.channels)
    return (
        f"I am {person_name}. I agree that {shop_name} shows and speaks with {uses}, made by AI, in {channels}, "
        f"until {scope.expires_at:%d %B %Y}. I can take this back at any time. My words are {words}."
    )


def problems_of(findings: Findings, sentence: str, words: str, uses: Sequence[str]) -> list[str]:
    """Why a recording proves nothing, each in a sentence; none when it proves the consent."""
    said, wanted, drawn = _plain(findings.heard), _plain(sentence), _plain(words)
    found = []
    if not _stand_together(drawn, said):
        found.append("The four words were not heard, or not in their order.")
    if SequenceMatcher(None, wanted, said, autojunk=False).ratio() < HEARD_SHARE_MIN:
        found.append("What was read is not the sentence that was shown.")
    if "face" in uses and not findings.is_same_face:
        found.append("The face in the recording is not the face of the pictures.")
    if "voice" in uses and not findings.is_same_voice:
        found.append("The voice in the recording is not the voice of the samples.")
    return found


def _plain(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def _stand_together(words: list[str], said: list[str]) -> bool:
    return any(said[start : start + len(words)] == words for start in range(len(said) - len(words) + 1))
