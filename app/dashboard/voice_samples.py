"""The voices one can hire, each at three paces, and a sample of each as a sound file, made once and kept."""

import io
import wave
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from app.casting.own_faces import AnyFace
from app.wiring import House
from avatar_pipeline.speak import speak
from avatar_pipeline.voice import VOICES, Voice

PACES: Final = (("", "its own pace"), ("@90", "unhurried"), ("@110", "brisk"))
SAMPLE_TEXTS: Final = {
    "en": "Hello. I would work in your shop, and I am an AI. Ask me what we have, what it costs, and what fits you best.",
    "zh": "你好，我想来您的小店工作。我是人工智能。您可以问我店里有什么、多少钱、哪一款最适合您。",
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
    """The voice in words; its id when it is not (any more) among the choices."""
    choice = _at_every_pace().get(voice_id)
    return choice.words if choice else voice_id


def voice_sample(house: House, voice_id: str) -> Path | None:
    """The sample of a voice as a WAV file; None when there is no such voice. Blocks for a second the first time."""
    if voice_id not in _at_every_pace():
        return None
    path = house.media_folder / "samples" / f"{voice_id.replace('@', '-')}.wav"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".part")
        unfinished.write_bytes(_spoken(house, voice_id))
        unfinished.replace(path)
    return path


def _spoken(house: House, voice_id: str) -> bytes:
    voice = house.voice(voice_id)
    sentences = list(speak(SAMPLE_TEXTS[voice.language], voice, seed=SAMPLE_SEED))
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(sentences[0].sample_rate_hz)
        file.writeframes(np.concatenate([one.samples for one in sentences]).astype("<i2").tobytes())
    return buffer.getvalue()
