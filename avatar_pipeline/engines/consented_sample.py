"""A recording whose speaker agreed that their voice is copied. Beside `sample.wav` lies `sample.consent.json`, written when they agreed:

    {"speaker": "Maria Keller", "agreed_on": "2026-11-20", "sha256": "..."}

The fingerprint ties the agreement to this recording: another one under the same name is another voice, and nobody agreed to that.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from avatar_pipeline.errors import StageRefusal


class ConsentMissing(StageRefusal):
    """Nobody agreed that the voice of this recording is copied."""


@dataclass(frozen=True)
class ConsentedSample:
    """The recording, who speaks in it, and since when they agree."""

    path: Path
    speaker: str
    agreed_on: date


def read_consented_sample(path: Path) -> ConsentedSample:
    """The recording with its agreement. Raises ConsentMissing with what to do."""
    paper = path.with_suffix(".consent.json")
    try:
        told = json.loads(paper.read_text(encoding="utf-8"))
        sample = ConsentedSample(path, str(told["speaker"]).strip(), date.fromisoformat(told["agreed_on"]))
        is_this_one = told["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConsentMissing(f"{path.name} has no agreement of its speaker. Write {paper.name}: speaker, agreed_on, sha256.") from error
    if not sample.speaker or not is_this_one:
        raise ConsentMissing(f"{paper.name} is the agreement to another recording, or names nobody. Ask the speaker again.")
    return sample
