"""The story's players must be able to fail: silence is not a voice, an error page is not a receipt, a broken stream is not an answer."""

import io
import math
import struct
import wave

import httpx
import pytest

from app.demo.players.event_stream import Heard
from app.demo.players.failure import StoryFailed, expect_status
from app.demo.players.page_reading import fields_of, read_page
from app.demo.players.sound_check import check_sound


def _wav(samples: list[int], *, rate_hz: int = 24_000) -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(struct.pack(f"<{len(samples)}h", *samples))
    return buffer.getvalue()


TONE = [int(9_000 * math.sin(place / 9)) for place in range(24_000)]


def test_a_tone_is_heard() -> None:
    sound = check_sound(_wav(TONE), sample_count=24_000, sentence="A tone.")
    assert sound.seconds == 1.0
    assert 6_000 < sound.loudness < 6_700


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (_wav([0] * 24_000), "silent"),
        (_wav(TONE[:100]), "24000 samples"),
        (_wav(TONE, rate_hz=16_000), "24 kHz"),
        (b"RIFF", "not a WAV"),
        (b"", "not a WAV"),
    ],
)
def test_what_nobody_can_hear_fails_the_story(body: bytes, reason: str) -> None:
    with pytest.raises(StoryFailed, match=reason):
        check_sound(body, sample_count=24_000, sentence="A sound.")


def test_a_form_is_read_with_its_hidden_fields() -> None:
    page = read_page('<p>one<br>two<form action="/a"><input type="hidden" name="csrf" value="x&amp;y"><input name="email"></form>')
    [form] = page.find_all("form", action="/a")
    assert fields_of(form) == {"csrf": "x&y", "email": ""}


def test_rows_are_found_by_their_data_and_unclosed_tags_do_no_harm() -> None:
    page = read_page('<table><tr data-order-ref="K1" data-amount-minor="5"><td><b>x</td></tr><tr data-order-ref="K2"></tr></table>')
    assert [row.attributes["data-amount-minor"] for row in page.find_all("tr", data_order_ref="K1")] == ["5"]
    assert len(page.with_attribute("data-order-ref")) == 2


def test_a_wrong_status_tells_the_sentence_and_the_answer() -> None:
    answer = httpx.Response(500, text="boom", request=httpx.Request("GET", "http://shop.test/"))
    with pytest.raises(StoryFailed, match=r"(?s)The page should open.*500 boom"):
        expect_status(answer, 200, "The page should open")


def test_an_event_knows_its_kind() -> None:
    assert Heard(1, {"type": "sentence"}, 0.0).kind == "sentence"
