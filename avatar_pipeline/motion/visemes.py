"""How the mouth looks for each speech sound: targets, how strongly a sound insists on its shape, and which sounds seal the lips.

The numbers come from a prototype measured against forced alignment and lip tracking: vowels open the jaw 0.08 to 0.38
(0.6 looks like shouting), rounded sounds (u, w, o) insist most, h and schwa give way to their neighbours.
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
    "ɑaɒ": _viseme(1.0, jaw=0.38, lower=0.10),
    "æ": _viseme(1.0, jaw=0.34, stretch=0.20, upper=0.10, lower=0.20),
    "I": _viseme(1.0, jaw=0.34, stretch=0.10, lower=0.10),
    "W": _viseme(1.0, jaw=0.32, funnel=0.20, pucker=0.20),
    "ɔ": _viseme(1.0, jaw=0.30, funnel=0.40, pucker=0.15),
    "ɛe": _viseme(1.0, jaw=0.26, stretch=0.20, lower=0.15),
    "ʌɐ": _viseme(0.9, jaw=0.26),
    "Yœ": _viseme(1.0, jaw=0.25, funnel=0.40, pucker=0.20),
    "A": _viseme(1.0, jaw=0.22, stretch=0.30, upper=0.10, lower=0.20),
    "OQo": _viseme(1.2, jaw=0.20, funnel=0.45, pucker=0.65),
    "ɜɚ": _viseme(0.9, jaw=0.18, funnel=0.25, pucker=0.15),
    "ɪᵻɨ": _viseme(0.8, jaw=0.15, stretch=0.25, upper=0.10, lower=0.15),
    "əᵊ": _viseme(0.5, jaw=0.14),
    "ʊ": _viseme(1.1, jaw=0.12, funnel=0.30, pucker=0.60),
    "iy": _viseme(1.0, jaw=0.10, stretch=0.40, smile=0.20, upper=0.15, lower=0.25),
    "u": _viseme(1.4, jaw=0.08, funnel=0.30, pucker=1.00),
    # lips shut, lip on teeth
    "pb": _viseme(2.5, seal=1.0, jaw=0.04, press=0.35, roll_lower=0.15, roll_upper=0.10),
    "m": _viseme(2.5, seal=1.0, jaw=0.04, press=0.25, roll_lower=0.10),
    "fv": _viseme(2.0, seal=0.55, jaw=0.07, roll_lower=0.55, upper=0.30),
    # tongue and teeth
    "θð": _viseme(1.0, jaw=0.12, tongue=0.30, lower=0.20),
    "td": _viseme(0.8, jaw=0.09, lower=0.20, upper=0.05),
    "nTɾ": _viseme(0.6, jaw=0.10, lower=0.15),
    "l": _viseme(0.7, jaw=0.14, lower=0.15, tongue=0.10),
    "szʦʣ": _viseme(1.1, jaw=0.05, stretch=0.30, upper=0.12, lower=0.35),
    "ʃʒʧʤɕʨʥʂ": _viseme(1.2, jaw=0.08, funnel=0.55, pucker=0.25, lower=0.10),
    "ɹrɻ": _viseme(0.9, jaw=0.10, funnel=0.35, pucker=0.30),
    "wɥ": _viseme(1.6, jaw=0.05, funnel=0.15, pucker=1.00),
    "j": _viseme(0.7, jaw=0.10, stretch=0.30, smile=0.10),
    "kɡŋcɟxq": _viseme(0.4, jaw=0.13),
    "hʔ": _viseme(0.2, jaw=0.15),
    SILENCE: _viseme(1.6),
}
VISEMES: Final[dict[str, Viseme]] = {sound: viseme for sounds, viseme in _BY_SOUNDS.items() for sound in sounds}
OTHER: Final = _viseme(0.3, jaw=0.10)  # a sound no table knows: the mouth moves a little and insists on nothing
VOWELS: Final = frozenset("ɑaɒæIWɔɛeʌɐYœAOQoɜɚɪᵻɨəᵊʊiyu")
