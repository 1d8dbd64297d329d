"""What the recogniser writes down of what our own voices say: each sentence once, and nothing that was not said."""

import pytest
from fakes.fake_microphone import at_speech_rate, said

from avatar_pipeline.engines.whisper import load_whisper
from avatar_pipeline.listen import can_listen
from avatar_pipeline.voice import Voice

pytestmark = pytest.mark.skipif(not can_listen(), reason="needs make setup-listening")


@pytest.mark.parametrize("voice", ["jade", "pine"])
def test_a_chinese_sentence_is_written_down_once(voice: str) -> None:
    """Looking at five seconds only, the model wrote this one twice in every voice."""
    if not Voice(voice).is_ready():
        pytest.skip("needs make setup-voices")
    heard = load_whisper().recognise(at_speech_rate(said("停车场在大楼的后面。", voice)), "zh").text
    assert 7 <= len(heard) <= 12, heard


def test_an_english_question_is_written_down() -> None:
    heard = load_whisper().recognise(at_speech_rate(said("When do you open on Sunday?")), "en")
    assert heard.is_speech
    assert heard.text.lower().strip("?. ") == "when do you open on sunday"
