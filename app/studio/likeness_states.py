"""The life of a consent: requested, recorded, checked, active, revoked. What may follow what, what is read aloud, what counts as read.

The person reads a sentence that holds four words drawn for this one recording and good for half an hour, so that no older recording
and no cut one can stand for it.
"""

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Final
from unicodedata import normalize
from zoneinfo import ZoneInfo

from app.studio.consent_words import LANGUAGES

WORDS_MINUTES: Final = 30
WORDS_DRAWN: Final = 4
LIFE_DAYS_MAX: Final = 730
"""Nobody consents for longer than two years at once."""
HEARD_SHARE_MIN: Final = 0.8
"""So much of the sentence must be heard; recognition mishears a word or two, and a name."""
USES: Final = ("face", "voice")
CHANNELS: Final = ("films", "chat")
_WORD: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W\u3040-\u30ff\u3400-\u9fff]+")
"""A word; in writing without spaces, a character."""


class ConsentState(StrEnum):
    """Where a consent stands."""

    REQUESTED = "requested"
    RECORDED = "recorded"
    CHECKED = "checked"
    ACTIVE = "active"
    REVOKED = "revoked"


FOLLOWS: Final[Mapping[ConsentState, frozenset[ConsentState]]] = {
    ConsentState.REQUESTED: frozenset({ConsentState.REQUESTED, ConsentState.RECORDED, ConsentState.REVOKED}),
    ConsentState.RECORDED: frozenset({ConsentState.REQUESTED, ConsentState.RECORDED, ConsentState.CHECKED, ConsentState.REVOKED}),
    ConsentState.CHECKED: frozenset({ConsentState.ACTIVE, ConsentState.REVOKED}),
    ConsentState.ACTIVE: frozenset({ConsentState.REVOKED}),
    ConsentState.REVOKED: frozenset(),
}
"""What may come after each state. A recording whose words were written down wrongly stays one, and new words lead back to a request;
nothing leaves revoked."""


@dataclass(frozen=True)
class Scope:
    """What a consent allows: uses of USES, channels of CHANNELS, territories (ISO 3166 codes, or "world"), until when."""

    uses: tuple[str, ...]
    channels: tuple[str, ...]
    territories: tuple[str, ...]
    expires_at: datetime

    def last_day(self, time_zone: str) -> date:
        """The last day on which it allows anything there: a scope that ends at midnight ends with the day before."""
        return (self.expires_at - timedelta(microseconds=1)).astimezone(ZoneInfo(time_zone)).date()


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


def draw_words(language: str) -> str:
    """Four words for one recording, all different, in a language of LANGUAGES."""
    return " ".join(secrets.SystemRandom().sample(LANGUAGES[language].words.split(), WORDS_DRAWN))


def sentence_to_read(person_name: str, shop_name: str, scope: Scope, words: str, language: str, *, time_zone: str) -> str:
    """What the person reads aloud, in a language of LANGUAGES; `time_zone` is the shop's, for the last day is said."""
    uses, channels = [one for one in USES if one in scope.uses], [one for one in CHANNELS if one in scope.channels]
    until = scope.last_day(time_zone)
    return LANGUAGES[language].say(person_name, shop_name, uses=uses, channels=channels, until=until, words=words)


def problems_of(findings: Findings, sentence: str, words: str, uses: Sequence[str]) -> list[str]:
    """Why a recording proves nothing, each in a sentence; none when it proves the consent."""
    said, wanted = _plain(findings.heard), _plain(sentence)
    found = []
    if not has_words(findings.heard, words):
        found.append("The four words were not heard, or not in their order.")
    if SequenceMatcher(None, wanted, said, autojunk=False).ratio() < HEARD_SHARE_MIN:
        found.append("What was read is not the sentence that was shown.")
    if "face" in uses and not findings.is_same_face:
        found.append("The face in the recording is not the face of the pictures.")
    if "voice" in uses and not findings.is_same_voice:
        found.append("The voice in the recording is not the voice of the samples.")
    return found


def has_words(heard: str, words: str) -> bool:
    """Whether the one-time words stand together and in their order in what was heard."""
    return _stand_together(_plain(words), _plain(heard))


def _plain(text: str) -> list[str]:
    return _WORD.findall(normalize("NFKC", text).casefold())


def _stand_together(words: list[str], said: list[str]) -> bool:
    return any(said[start : start + len(words)] == words for start in range(len(said) - len(words) + 1))
