"""A voice out of a folder instead of the house's own: a model of Coqui's library, or the copied voice of somebody who agreed.

A folder of voices holds one folder for each: `config.json` and `model.pth` of a VITS model; or those of XTTS with `vocab.json`, and beside
them `sample.wav` (or .flac, .ogg, .mp3) with its speaker's agreement, `sample.consent.json`. An employee's row names one as `own:NAME`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Final

from avatar_pipeline.engines.consented_sample import read_consented_sample
from avatar_pipeline.engines.speech import SpeechEngine
from avatar_pipeline.errors import VoiceUnknown, WeightsDamaged
from avatar_pipeline.neural_device import AUTO, device_for
from avatar_pipeline.voice import SPEED_MAX, SPEED_MIN, Voice

PREFIX: Final = "own:"
SAMPLE_KINDS: Final = (".wav", ".flac", ".ogg", ".mp3")
NEEDED: Final = ("config.json", "model.pth")


@dataclass(frozen=True)
class ModelVoice(Voice):
    """A Voice whose `name` is `own:` and its folder's name in `weights_folder`. It speaks English.

    `device` is where it speaks: "auto", "cpu", "cuda" or "cuda:1".
    Raises VoiceUnknown for a folder that holds no voice of that name, ValueError for a speed outside SPEED_MIN..SPEED_MAX.
    """

    device: str = AUTO

    def __post_init__(self) -> None:
        """Refuse a voice nobody can load where it is written down."""
        if not self.name.startswith(PREFIX) or not self.is_ready():
            there = ", ".join(own_voices(self.weights_folder)) or "none"
            raise VoiceUnknown(f"No voice of the folder is called {self.name.removeprefix(PREFIX)!r}. There are: {there}.")
        if not SPEED_MIN <= self.speed <= SPEED_MAX:
            raise ValueError(f"A voice speaks at {SPEED_MIN} to {SPEED_MAX} times its own pace, not {self.speed}.")

    def require_agreement(self, today: date) -> None:
        """Refuse to copy a voice whose speaker has not agreed by `today`. Raises ConsentMissing."""
        assert self.weights_folder is not None  # noqa: S101 - made sure of when it was written down
        folder = self.weights_folder / self.name.removeprefix(PREFIX)
        if (folder / "vocab.json").is_file():  # only XTTS has one, and only XTTS copies
            read_consented_sample(_sample_of(folder), today)

    def load(self) -> SpeechEngine:
        """Give the loaded engine, once per process and folder. Raises NeuralPartsMissing, WeightsDamaged, ConsentMissing, DeviceNotHere."""
        assert self.weights_folder is not None  # noqa: S101 - made sure of when it was written down
        return _engine(self.weights_folder / self.name.removeprefix(PREFIX), self.device)

    @property
    def language(self) -> str:
        """English: the house's dictionary reads for it."""
        return "en"

    @property
    def own_pace(self) -> float:
        """It keeps the pace it was taught."""
        return 1.0

    def is_ready(self) -> bool:
        """Say whether its files are there."""
        return self.name.removeprefix(PREFIX) in own_voices(self.weights_folder)

    def for_language(self, language: str) -> Voice:
        """Another language is spoken by the house's own voice for it, where that is installed."""
        other = Voice("heart", self.speed, self.threads, own_sayings=self.own_sayings).for_language(language)
        return self if other.name == "heart" else other


def own_voices(folder: Path | None) -> tuple[str, ...]:
    """The names of the voices in a folder, in order; none without a folder."""
    if folder is None or not folder.is_dir():
        return ()
    return tuple(sorted(one.name for one in folder.iterdir() if all((one / name).is_file() for name in NEEDED)))


@cache
def _engine(folder: Path, wanted: str) -> SpeechEngine:
    from avatar_pipeline.engines.coqui import CoquiVits, CoquiXtts

    try:
        kind = json.loads((folder / "config.json").read_text(encoding="utf-8")).get("model", "")
    except (OSError, ValueError, AttributeError) as error:
        raise WeightsDamaged(f"{folder.name} has no config.json that can be read: {error}.") from error
    device = device_for(wanted, folder)
    if kind != "xtts":
        return CoquiVits(folder, device)
    return CoquiXtts(folder, read_consented_sample(_sample_of(folder)), device=device)


def _sample_of(folder: Path) -> Path:
    samples = [folder / f"sample{kind}" for kind in SAMPLE_KINDS]
    return next((one for one in samples if one.is_file()), samples[0])
