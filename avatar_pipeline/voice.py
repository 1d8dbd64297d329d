"""A voice to speak with: which engine, which weights, how fast. Small and frozen, so it can sit in a contract or a test.

Loading happens on the first use or by `Voice.load()`, once per process and set of weights; copies of a Voice share it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from avatar_pipeline.engines.speech import SpeechEngine
from avatar_pipeline.engines.throat import Throat
from avatar_pipeline.errors import VoiceUnknown
from avatar_pipeline.text.own_sayings import OwnSaying, sayings_in
from avatar_pipeline.weights import KOKORO_NETWORK, is_ready

__all__ = ["SPEED_MAX", "SPEED_MIN", "VOICES", "OwnSaying", "Voice", "VoiceKind"]


@dataclass(frozen=True)
class VoiceKind:
    """One voice of the house: its weights in weights.MANIFEST, the body it speaks with, and a sentence for who chooses it."""

    weights: str
    throat: Throat
    portrait: str
    language: str = "en"
    beside: Mapping[str, str] = field(default_factory=dict)  # for a sentence in another language: the voice that speaks it instead
    pace: float = 1.0  # of what its weights were taught: one that hurries is slowed down


_HEART: Final = "voice-en-heart"
_STYLE: Final = "kokoro-style-"
VOICES: Final[dict[str, VoiceKind]] = {  # English is American; a name stands in employees' rows, so it is never given to another voice
    "heart": VoiceKind(_HEART, Throat(), "a woman's voice, warm and clear", beside={"zh": "jade", "ja": "plum"}),
    "robin": VoiceKind(
        _HEART, Throat(1.12, 1.055, 1.1), "a young woman's voice, bright and quick to smile", beside={"zh": "lotus", "ja": "plum"}
    ),
    "wren": VoiceKind(_HEART, Throat(1.05, 1.03, 0.9), "a woman's voice, light and exact", beside={"zh": "lotus", "ja": "plum"}),
    "willow": VoiceKind(_HEART, Throat(0.92, 0.97), "a woman's voice, poised, a little lower", beside={"zh": "jade", "ja": "plum"}),
    "sage": VoiceKind(_HEART, Throat(0.84, 0.95, 0.95), "an older woman's voice, calm and kind", beside={"zh": "jade", "ja": "plum"}),
    "cedar": VoiceKind(_HEART, Throat(0.68, 0.90, 1.1), "a young man's voice, open and lively", beside={"zh": "bamboo", "ja": "maple"}),
    "oak": VoiceKind(_HEART, Throat(0.60, 0.87), "a man's voice, steady and dry", beside={"zh": "pine", "ja": "maple"}),
    "slate": VoiceKind(_HEART, Throat(0.54, 0.85, 1.05), "an older man's voice, deep and patient", beside={"zh": "pine", "ja": "maple"}),
    # further voices, for whoever installs them: ten times the work
    "iris": VoiceKind(f"{_STYLE}af_bella", Throat(), "a woman's voice, full and close, for films", beside={"zh": "jade", "ja": "plum"}),
    "birch": VoiceKind(
        f"{_STYLE}am_michael", Throat(), "a man's voice, plain and friendly, for films", beside={"zh": "pine", "ja": "maple"}
    ),
    "jade": VoiceKind(f"{_STYLE}zf_xiaoxiao", Throat(), "a woman's voice in Chinese, warm and even", "zh", {"en": "heart", "ja": "plum"}),
    "lotus": VoiceKind(f"{_STYLE}zf_xiaoyi", Throat(), "a young woman's voice in Chinese, light", "zh", {"en": "robin", "ja": "plum"}),
    "bamboo": VoiceKind(f"{_STYLE}zm_yunxi", Throat(), "a young man's voice in Chinese, bright", "zh", {"en": "cedar", "ja": "maple"}, 0.9),
    "pine": VoiceKind(f"{_STYLE}zm_yunjian", Throat(), "a man's voice in Chinese, firm and deep", "zh", {"en": "oak", "ja": "maple"}),
    "plum": VoiceKind(f"{_STYLE}jf_alpha", Throat(), "a woman's voice in Japanese, clear and polite", "ja", {"en": "heart", "zh": "jade"}),
    "maple": VoiceKind(f"{_STYLE}jm_kumo", Throat(), "a man's voice in Japanese, calm", "ja", {"en": "oak", "zh": "pine"}),
}
SPEED_MIN, SPEED_MAX = 0.7, 1.4  # beyond these the lips cannot follow and the words run together


@dataclass(frozen=True)
class Voice:
    """How an employee sounds. `threads` are the cores one sentence may use; `weights_folder` overrides the packages; `own_sayings`
    are the shop's own names with how they are said, in every language its employees speak.

    Raises VoiceUnknown for a name that is not in VOICES, ValueError for a speed outside SPEED_MIN..SPEED_MAX.
    """

    name: str = "heart"
    speed: float = 1.0
    threads: int = 1
    weights_folder: Path | None = None
    own_sayings: tuple[OwnSaying, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a voice nobody can load where it is written down, not when a shopper is waiting."""
        if self.name not in VOICES:
            raise VoiceUnknown(f"No voice is called {self.name!r}. There are: {', '.join(sorted(VOICES))}.")
        if not SPEED_MIN <= self.speed <= SPEED_MAX:
            raise ValueError(f"A voice speaks at {SPEED_MIN} to {SPEED_MAX} times its own pace, not {self.speed}.")

    def load(self) -> SpeechEngine:
        """Give the loaded engine; the first call takes about a second, later ones nothing. Raises WeightsMissing, WeightsDamaged."""
        from avatar_pipeline.engines.hibari import load_hibari
        from avatar_pipeline.engines.kokoro import load_kokoro

        kind = VOICES[self.name]
        if kind.weights != _HEART:
            return load_kokoro(kind.weights, kind.language, self.weights_folder, self.threads, kind.pace)
        return load_hibari(kind.weights, self.weights_folder, self.threads).with_throat(kind.throat)

    @property
    def language(self) -> str:
        """The language this voice was taught: "en", "zh" or "ja"."""
        return VOICES[self.name].language

    @property
    def own_pace(self) -> float:
        """Its share of the pace its weights were taught."""
        return VOICES[self.name].pace

    def is_ready(self) -> bool:
        """Say whether its weights are here and whole."""
        needed = [VOICES[self.name].weights, *([] if VOICES[self.name].weights == _HEART else [KOKORO_NETWORK])]
        return all(is_ready(name, self.weights_folder) for name in needed)

    def sayings_in(self, text: str) -> tuple[OwnSaying, ...]:
        """The shop's own names that stand in a text, the longest first: with others the text sounds the same."""
        return sayings_in(text, self.own_sayings)

    def for_language(self, language: str) -> Voice:
        """The voice that speaks a sentence in that language: itself, or the one beside it when that is installed, at the same pace."""
        beside = VOICES[self.name].beside.get(language)
        if language == self.language or beside is None:
            return self
        other = replace(self, name=beside)
        return other if other.is_ready() else self
