"""The voices one can hire, each at three paces, and a sample of each as a sound file, made once and kept."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.casting.own_faces import AnyFace
from app.dashboard.language import N_, _
from app.wiring import House
from avatar_pipeline.errors import StageRefusal
from avatar_pipeline.speak import speak, wav_of
from avatar_pipeline.voice import VOICES, Voice

OWN_PREFIX: Final = "own:"
"""Before the name of a voice out of the operator's folder of models."""
PACES: Final = (("", N_("its own pace")), ("@90", N_("unhurried")), ("@110", N_("brisk")))
SAMPLE_TEXTS: Final = {
    "en": "Hello. I would work in your shop, and I am an AI. Ask me what we have, what it costs, and what fits you best.",
    "zh": "您好，我想来您的小店工作。我是人工智能。您可以问我店里有什么、多少钱、哪一款最适合您。",
}
SAMPLE_SEED: Final = 7


@dataclass(frozen=True)
class VoiceChoice:
    """One voice at one pace; `voice_id` is what an employee's row keeps."""

    voice_id: str
    words: str


def voice_choices() -> tuple[VoiceChoice, ...]:
    """Every voice that is installed, at its own pace."""
    return tuple(VoiceChoice(name, f"{name.title()}: {kind.portrait}") for name, kind in VOICES.items() if Voice(name).is_ready())


def voice_of_form(voice: str, pace: str, face: AnyFace) -> str | None:
    """The voice a form chooses: without a choice the one that fits the face. None when there is no such voice or pace."""
    voice_id = f"{voice or face.voice_name}{pace}"
    return voice_id if voice_id in _at_every_pace() else None


def _at_every_pace() -> dict[str, VoiceChoice]:
    return {
        f"{one.voice_id}{mark}": VoiceChoice(f"{one.voice_id}{mark}", f"{one.words}, {pace}" if mark else one.words)
        for one in voice_choices() for mark, pace in PACES
    }  # fmt: skip


def voice_words(voice_id: str) -> str:
    """The voice in words: one out of the folder of models by the name people gave it; its id when nobody here knows it (any more)."""
    choice = _at_every_pace().get(voice_id)
    if choice is None and voice_id.startswith(OWN_PREFIX):
        name, _at, percent = voice_id.removeprefix(OWN_PREFIX).partition("@")
        shown = " ".join(part.capitalize() for part in re.split(r"[\s_-]+", name) if part)
        pace = dict(PACES).get(f"@{percent}", "") if percent else ""
        return (
            _("%(name)s: a voice of the shop's own, %(pace)s", name=shown, pace=_(pace))
            if pace
            else _("%(name)s: a voice of the shop's own", name=shown)
        )
    return choice.words if choice else voice_id


def voice_sample(house: House, voice_id: str) -> Path | None:
    """The sample of a voice as a WAV file; None when there is no such voice. Blocks for a second the first time."""
    if not _is_here(house, voice_id):
        return None
    path = house.media_folder / "samples" / f"{voice_id.replace('@', '-')}.wav"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".part")
        unfinished.write_bytes(_spoken(house, voice_id))
        unfinished.replace(path)
    return path


def _is_here(house: House, voice_id: str) -> bool:
    """Whether it is one to hire, or lies in the folder of models: a name out of an address leads to no file before that is known."""
    if not voice_id.startswith(OWN_PREFIX):
        return voice_id in _at_every_pace()
    try:
        house.voice(voice_id)
    except (StageRefusal, ValueError):
        return False
    return True


def _spoken(house: House, voice_id: str) -> bytes:
    voice = house.voice(voice_id)
    return wav_of(list(speak(SAMPLE_TEXTS[voice.language], voice, seed=SAMPLE_SEED)))
