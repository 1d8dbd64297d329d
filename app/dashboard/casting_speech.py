"""What a new face says in its preview: one short passage for each voice, made once and kept, with its sound and its motion."""

import base64
import json
from pathlib import Path
from typing import Any, Final

import numpy as np

from app.api.widget_press import Pressed, pressed
from app.wiring import House
from avatar_pipeline.speak import idle, speak, wav_of

TEXTS: Final = {
    "en": "Hello, how lovely to meet you! I move my lips, my eyes, my brows. Please watch my mouth when I say: maple, figs, and blueberry.",
    "zh": "您好，很高兴见到您！请看我的嘴唇、眼睛和眉毛。我会说：苹果、葡萄和八宝粥。",
}
SEED: Final = 11
VERSION: Final = 1


def speech_path(house: House, voice_name: str) -> Path:
    """The preview's passage in a voice as a JSON file. Blocks for a second the first time."""
    path = house.media_folder / "samples" / f"preview-{VERSION}-{voice_name}.json"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".part")
        unfinished.write_text(json.dumps(_spoken(house, voice_name)))
        unfinished.replace(path)
    return path


def player_file() -> Pressed:
    """The widget's player, as shoppers' browsers load it."""
    file = pressed("player/engine.js")
    assert file is not None  # noqa: S101 - a file of this package
    return file


def player_url() -> str:
    """The player's address under the dashboard's own name, which changes when the player does."""
    return f"/dashboard/casting/player/{player_file().fingerprint}/engine.js"


def _spoken(house: House, voice_name: str) -> dict[str, Any]:
    voice = house.voice(voice_name)
    text, sentences = TEXTS[voice.language], list(speak(TEXTS[voice.language], voice, seed=SEED))
    starts = np.cumsum([0, *(len(one.samples) / one.sample_rate_hz for one in sentences)])
    said = [{"start_s": float(start), "score": one.score.to_json()} for start, one in zip(starts, sentences, strict=False)]
    return {"text": text, "sentences": said, "idle": idle(SEED).to_json(), "wav": base64.b64encode(wav_of(sentences)).decode()}
