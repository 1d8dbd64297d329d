"""A voice to speak with: which engine, which weights, how fast. Small and frozen, so it can sit in a contract or a test.

Loading happens on the first use or by `Voice.load()`, once per process and set of weights; copies of a Voice share it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from avatar_pipeline.engines.speech import SpeechEngine
from avatar_pipeline.errors import VoiceUnknown

VOICES: Final[dict[str, str]] = {"heart": "voice-en-heart"}  # voice name -> its weights in weights.MANIFEST
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

        return load_hibari(VOICES[self.name], self.weights_folder, self.threads)
