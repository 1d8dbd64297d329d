"""A voice to speak with: which engine, which weights, how fast. Small and frozen, so it can sit in a contract or a test.

Loading happens on the first use or by `Voice.load()`, once per process and set of weights; copies of a Voice share it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from avatar_pipeline.engines.speech import SpeechEngine
from avatar_pipeline.engines.throat import Throat
from avatar_pipeline.errors import VoiceUnknown


@dataclass(frozen=True)
class VoiceKind:
    """One voice of the house: its weights in weights.MANIFEST, the body it speaks with, and a sentence for who chooses it."""

    weights: str
    throat: Throat
    portrait: str


_HEART: Final = "voice-en-heart"
VOICES: Final[dict[str, VoiceKind]] = {  # all American English; a name stands in employees' rows, so it is never given to another voice
    "heart": VoiceKind(_HEART, Throat(), "a woman's voice, warm and clear"),
    "robin": VoiceKind(_HEART, Throat(1.12, 1.055, 1.1), "a young woman's voice, bright and quick to smile"),
    "wren": VoiceKind(_HEART, Throat(1.05, 1.03, 0.9), "a woman's voice, light and exact"),
    "willow": VoiceKind(_HEART, Throat(0.92, 0.97), "a woman's voice, poised, a little lower"),
    "sage": VoiceKind(_HEART, Throat(0.84, 0.95, 0.95), "an older woman's voice, calm and kind"),
    "cedar": VoiceKind(_HEART, Throat(0.68, 0.90, 1.1), "a young man's voice, open and lively"),
    "oak": VoiceKind(_HEART, Throat(0.60, 0.87), "a man's voice, steady and dry"),
    "slate": VoiceKind(_HEART, Throat(0.54, 0.85, 1.05), "an older man's voice, deep and patient"),
}
SPEED_MIN, SPEED_MAX = 0.7, 1.4  # beyond these the lips cannot follow and the words run together


@dataclass(frozen=True)
class Voice:
    """How an employee sounds. `threads` are the cores one sentence may use; `weights_folder` overrides the packages.

    Raises VoiceUnknown for a name that is not in VOICES, ValueError for a speed outside SPEED_MIN..SPEED_MAX.
    """

    name: str = "heart"
    speed: float = 1.0
    threads: int = 1
    weights_folder: Path | None = None

    def __post_init__(self) -> None:
        """Refuse a voice nobody can load where it is written down, not when a shopper is waiting."""
        if self.name not in VOICES:
            raise VoiceUnknown(f"No voice is called {self.name!r}. There are: {', '.join(sorted(VOICES))}.")
        if not SPEED_MIN <= self.speed <= SPEED_MAX:
            raise ValueError(f"A voice speaks at {SPEED_MIN} to {SPEED_MAX} times its own pace, not {self.speed}.")

    def load(self) -> SpeechEngine:
        """Give the loaded engine; the first call takes about a second, later ones nothing. Raises WeightsMissing, WeightsDamaged."""
        from avatar_pipeline.engines.hibari import load_hibari

        kind = VOICES[self.name]
        return load_hibari(kind.weights, self.weights_folder, self.threads).with_throat(kind.throat)
