"""What the panel is told and what she is asked while somebody speaks, with an ear that hears what the test says."""

from typing import Any

import anyio
import anyio.lowlevel
import numpy as np
import pytest

from app.speaking.microphone import Microphone
from avatar_pipeline.listen import Heard, Listener

SAMPLES = 512


class Recogniser:
    """Understands what the test says, and counts how often it was asked."""

    def __init__(self, *answers: Heard) -> None:
        self.answers, self.asked = list(answers), 0

    def recognise(self, _samples: object, _language: str, _hint: str) -> Heard:
        self.asked += 1
        return self.answers[min(self.asked, len(self.answers)) - 1]


class Room:
    """A microphone whose sound is 1 for speech and 0 for silence, and everything that came of it."""

    def __init__(self, *answers: Heard) -> None:
        self.told: list[str] = []
        self.asked: list[str] = []
        self.recogniser = Recogniser(*answers)
        listener = Listener(self.recogniser, lambda chunk: float(chunk.max()))

        async def send(message: dict[str, Any]) -> None:
            self.told.append(message["type"])

        async def ask(text: str) -> None:
            self.asked.append(text)

        self.microphone = Microphone(listener, send=send, ask=ask, at_work=anyio.CapacityLimiter(2))

    async def hears(self, *stretches: tuple[float, int]) -> None:
        for seconds, is_speech in stretches:
            for _ in range(round(seconds / 0.032)):
                await self.microphone.hear(np.full(SAMPLES, 32_767 * is_speech, "<i2").tobytes())
                await anyio.lowlevel.checkpoint()
        await self.microphone.drained()


SURE = Heard("When do you open?", 0.9, is_speech=True)


async def test_what_was_said_is_asked_once():
    room = Room(SURE)
    await room.hears((0.5, 0), (1.5, 1), (1.5, 0))
    assert room.asked == ["When do you open?"]
    assert room.told[0] == "speech:began"
    assert room.told.count("speech:ended") == 1


async def test_what_was_understood_in_the_pause_is_not_understood_again():
    room = Room(SURE)
    await room.hears((0.5, 0), (0.6, 1), (1.5, 0))
    assert room.recogniser.asked == 1
    assert room.asked == ["When do you open?"]


async def test_going_on_after_a_breath_throws_the_first_half_away():
    room = Room(Heard("When do", 0.9, is_speech=True), SURE)
    await room.hears((0.5, 0), (0.6, 1), (0.4, 0), (0.6, 1), (1.5, 0))
    assert room.asked == ["When do you open?"]


@pytest.mark.parametrize("heard", [Heard("You", 0.2, is_speech=True), Heard("You", 0.9, is_speech=False), Heard("", 0.9, is_speech=False)])
async def test_noise_is_no_question(heard: Heard):
    room = Room(heard)
    await room.hears((0.5, 0), (1.0, 1), (1.5, 0))
    assert room.asked == []
    assert room.told[-1] == "speech:dropped"


async def test_letting_go_of_the_button_asks_at_once():
    room = Room(SURE)
    await room.microphone.press()
    await room.hears((1.0, 1))
    await room.microphone.release()
    await room.microphone.drained()
    assert room.asked == ["When do you open?"]
    assert room.told == ["speech:began", *(["partial"] * room.told.count("partial")), "speech:ended"]


async def test_hanging_up_asks_nothing():
    room = Room(SURE)
    await room.hears((0.5, 0), (1.0, 1), (0.3, 0))
    await room.microphone.close()
    await anyio.sleep(0.01)
    assert room.asked == []
