"""The recogniser beside a consent: it hears the one-time words in a recording, says so, and never decides."""

import re
from dataclasses import replace
from datetime import timedelta
from html import unescape
from pathlib import Path

import av
import httpx
import numpy as np
import pytest
from fakes.casting_hands import CASTING, bring, face_of, rows, words
from fakes.dashboard_person import Hands, field, send
from fakes.portraits import photograph
from fakes.shop_history import Shop

from app.dashboard.consent_hearing import words_heard
from app.studio import likeness
from app.studio.likeness_states import has_words
from app.wiring import House
from avatar_pipeline.listen import can_listen, new_listener
from avatar_pipeline.speak import speak
from avatar_pipeline.voice import Voice

UNTIL = timedelta(days=90)
WORDS = "silver summer sunset temple"


def film_saying(text: str, path: Path) -> bytes:
    """A film without much to see in which a voice of the house says something."""
    spoken = list(speak(text, Voice("heart"), seed=5))
    rate, sound = spoken[0].sample_rate_hz, np.concatenate([one.samples for one in spoken]).astype("<i2")
    with av.open(str(path), "w", format="mp4") as film:
        track = film.add_stream("aac", rate=rate)
        frame = av.AudioFrame.from_ndarray(sound[None], format="s16", layout="mono")
        frame.sample_rate = rate
        for packet in (*track.encode(frame), *track.encode(None)):
            film.mux(packet)
    return path.read_bytes()


@pytest.mark.skipif(not can_listen(), reason="listening is not installed")
async def test_the_words_are_heard_shown_and_left_to_a_person(
    member: httpx.AsyncClient, shop: Shop, house: House, hands: Hands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    monkeypatch.setitem(vars(house), "listener", lambda language, hint: new_listener(language=language, hint=hint))
    monkeypatch.setattr(likeness, "draw_words", lambda _language: WORDS)  # three draws in twelve are misheard
    until = (hands.now + UNTIL).date().isoformat()
    person = {"material": "photograph", "person": "Eileen Collins", "chat": "on", "until": until}
    page = f"{CASTING}/{face_of(await bring(member, photograph(), **person))}"
    for said, verdict in (("Good morning, and welcome to the shop.", "no"), ("", "yes")):
        shown = (await member.get(page)).text
        sentence, token = unescape(re.search(r"<blockquote[^>]*>([^<]+)<", shown)[1]), field(shown, "csrf_token")  # type: ignore[index]
        recording = {"recording": ("me.mp4", film_saying(said or sentence, tmp_path / "me.mp4"))}
        await member.post(f"{page}/consent/recording", data={"csrf_token": token}, files=recording)
        shown = (await member.get(page)).text
        assert (re.findall(r'data-words-heard="(\w+)"', shown), rows(shop)[0].state) == ([verdict], "awaiting_consent"), words(shown)
        if verdict == "no":
            await send(member, page, f"{page}/consent/words")
    heard = unescape(re.search(r'<textarea id="heard"[^>]*>([^<]+)<', shown)[1])  # type: ignore[index]
    assert "welcome" not in heard
    answer = await send(member, page, f"{page}/consent/check", heard=sentence, same_face="on")
    assert answer.headers["location"] == f"{page}?done=active"


def test_without_a_recogniser_or_a_sound_nothing_is_claimed(house: House, tmp_path: Path) -> None:
    (tmp_path / "me.mp4").write_bytes(b"\0\0\0\x18ftyp" + b"film" * 100)

    def unused(_language: str, _hint: str) -> None:
        pytest.fail("there is nothing to hear")

    for ears in (None, unused):
        with (tmp_path / "me.mp4").open("rb") as recording:
            assert words_heard(replace(house, listener=ears), recording, "en", "") == ""


def test_the_words_must_stand_together_in_their_order() -> None:
    for heard, verdict in (("My words are Amber, river, olive, temple.", True), ("river amber olive temple", False), ("", False)):
        assert has_words(heard, "amber river olive temple") is verdict
