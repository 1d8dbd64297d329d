"""How the mouth looks for each speech sound: targets, how strongly a sound insists on its shape, and which sounds seal the lips.

The numbers come from a prototype measured against forced alignment and lip tracking: vowels open the jaw 0.06 to 0.40
(0.6 looks like shouting), rounded sounds (u, w, o) insist most, h and schwa give way to their neighbours. A funnel parts
the lips too, so rounded sounds get little of it and less jaw: with more, "sh" stood wider open than "ah" (found by `make bench-face`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from avatar_pipeline.engines.speech import SILENCE

SHAPES: Final = ("jaw", "funnel", "pucker", "stretch", "smile", "upper", "lower", "roll_lower", "roll_upper", "press", "tongue")


@dataclass(frozen=True)
class Viseme:
    """One mouth shape. `shape` follows SHAPES; `dominance` is how much it insists; `seal` 1 shuts the lips whatever the jaw does."""

    shape: tuple[float, ...]
    dominance: float
    seal: float = 0.0


def _viseme(dominance: float, seal: float = 0.0, **parts: float) -> Viseme:
    return Viseme(tuple(parts.get(name, 0.0) for name in SHAPES), dominance, seal)


_BY_SOUNDS: Final[dict[str, Viseme]] = {
    # vowels, open to close
    "ɑaɒ": _viseme(1.2, jaw=0.40, lower=0.10),
    "æ": _viseme(1.1, jaw=0.36, stretch=0.20, upper=0.10, lower=0.20),
    "I": _viseme(1.2, jaw=0.36, stretch=0.10, lower=0.10),
    "W": _viseme(1.1, jaw=0.31, funnel=0.12, pucker=0.25),
    "ɔ": _viseme(1.0, jaw=0.22, funnel=0.20, pucker=0.22),
    "ɛe": _viseme(1.0, jaw=0.28, stretch=0.20, lower=0.15),
    "ʌɐ": _viseme(0.9, jaw=0.26),
    "ɤ": _viseme(0.9, jaw=0.20, stretch=0.15),
    "Yœø": _viseme(1.0, jaw=0.20, funnel=0.20, pucker=0.25),
    "A": _viseme(1.0, jaw=0.19, stretch=0.30, upper=0.10, lower=0.15),
    "OQo": _viseme(1.2, jaw=0.155, funnel=0.09, pucker=0.75),
    "ɜɚ": _viseme(0.9, jaw=0.15, funnel=0.08, pucker=0.18),
    "ɪᵻɨɯ": _viseme(0.9, jaw=0.11, stretch=0.25, upper=0.05, lower=0.10),
    "əᵊ": _viseme(0.5, jaw=0.10),
    "ʊ": _viseme(1.1, jaw=0.04, funnel=0.08, pucker=0.65),
    "iy": _viseme(1.2, jaw=0.06, stretch=0.40, smile=0.20, upper=0.08, lower=0.14),
    "u": _viseme(1.5, jaw=0.01, funnel=0.10, pucker=1.00),
    # lips shut, lip on teeth
    "pb": _viseme(2.5, seal=1.0, jaw=0.04, press=0.35, roll_lower=0.15, roll_upper=0.10),
    "ɸβ": _viseme(1.6, seal=0.4, jaw=0.05, funnel=0.08, pucker=0.35),  # lips close together, air between them
    "m": _viseme(2.5, seal=1.0, jaw=0.04, press=0.25, roll_lower=0.10),
    "fv": _viseme(2.0, seal=0.35, jaw=0.09, roll_lower=0.60, upper=0.36),
    # tongue and teeth
    "θð": _viseme(1.0, jaw=0.12, tongue=0.30, lower=0.20),
    "td": _viseme(0.8, jaw=0.09, lower=0.12, upper=0.05),
    "nTɾɲɳɽ": _viseme(0.6, jaw=0.10, lower=0.10),
    "lʎ": _viseme(0.7, jaw=0.14, lower=0.15, tongue=0.10),
    "szʦʣ": _viseme(1.1, jaw=0.05, stretch=0.30, upper=0.06, lower=0.22),
    "ʃʒʧʤɕʨʥʂʐꭧ": _viseme(1.2, jaw=0.05, funnel=0.12, pucker=0.35, lower=0.10),
    "ɹrɻ": _viseme(0.9, jaw=0.08, funnel=0.06, pucker=0.35),
    "wɥ": _viseme(1.6, jaw=0.02, funnel=0.10, pucker=1.00),
    "j": _viseme(0.7, jaw=0.10, stretch=0.30, smile=0.10),
    "kɡŋcɟxqɰɴçɣχʁʝ": _viseme(0.4, jaw=0.13),
    "hɦʔ": _viseme(0.2, jaw=0.15),
    SILENCE: _viseme(1.6),
}
VISEMES: Final[dict[str, Viseme]] = {sound: viseme for sounds, viseme in _BY_SOUNDS.items() for sound in sounds}
OTHER: Final = _viseme(0.3, jaw=0.10)  # a sound no table knows: the mouth moves a little and insists on nothing
VOWELS: Final = frozenset("ɑaɒæIWɔɛeʌɐYœøAOQoɜɚɪᵻɨɯɤəᵊʊiyu")
