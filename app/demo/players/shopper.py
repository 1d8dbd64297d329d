"""The shopper: opens the shop's page, lets the widget in, talks with the employee and listens to the sound, all as a browser would."""

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import httpx

from app.demo.players.event_stream import EventStream, Heard
from app.demo.players.failure import expect, expect_status
from app.demo.players.page_reading import read_page
from app.demo.players.sound_check import check_sound

ANSWER_SECONDS_MAX = 30.0


@dataclass(frozen=True)
class Answer:
    """One turn of theirs: what they said, what they relied on, what else happened, and how soon the first sound was here."""

    turn: str
    text: str
    quotes: tuple[str, ...]
    offer: dict[str, Any] | None
    wants_message: bool
    first_audio_ms: float | None
    """From posting the message to the first byte of the first sentence's sound; None without sound."""
    was_spoken_before: bool
    """Whether that sound lay ready from an earlier time, so that the measurement says nothing about making it."""


class Shopper:
    """One visitor with an open conversation; made by `walk_in`."""

    def __init__(self, client: httpx.Client, visitor: str, base: str, opened: dict[str, Any], stream: EventStream) -> None:
        self.visitor = visitor
        self.conversation = str(opened["conversation"])
        self._client, self._base, self._stream = client, base, stream

    def hear_greeting(self) -> Answer:
        """Wait for the end of the greeting, which comes without being asked for."""
        end = self._stream.wait_for(lambda heard: heard.kind == "turn:end", seconds=ANSWER_SECONDS_MAX, sentence="They should greet.")
        return self._answer(str(end.message["turn"]), asked_at_s=None, asked_at_unix_s=0)

    def ask(self, question: str) -> Answer:
        """Ask, and listen until they have finished."""
        asked_at_s, asked_at_unix_s = time.monotonic(), int(time.time())
        posted = self._client.post(
            f"{self._base}/conversations/{self.conversation}/messages",
            json={"text": question},
            headers={"idempotency-key": str(uuid.uuid4())},
        )
        turn = str(expect_status(posted, 202, f"The question “{question}” should be taken").json()["turn"])
        return self._answer(turn, asked_at_s=asked_at_s, asked_at_unix_s=asked_at_unix_s)

    def claim(self, code: str) -> None:
        """Press "copy" on a coupon."""
        answer = self._client.post(f"{self._base}/conversations/{self.conversation}/offers/{code}/claimed")
        expect_status(answer, 204, "Copying the coupon should be noted")

    def _answer(self, turn: str, *, asked_at_s: float | None, asked_at_unix_s: int) -> Answer:
        def is_first_sound(heard: Heard) -> bool:
            return heard.message.get("turn") == turn and heard.kind in {"sentence", "turn:end"}

        first = self._stream.wait_for(is_first_sound, seconds=ANSWER_SECONDS_MAX, sentence="They should answer aloud.")
        first_audio_ms, was_spoken_before = None, False
        if first.kind == "sentence" and first.message.get("audio_url"):
            first_byte_at_s, was_spoken_before = self._listen(first.message, asked_at_unix_s)
            first_audio_ms = None if asked_at_s is None else (first_byte_at_s - asked_at_s) * 1000
        self._stream.wait_for(
            lambda heard: heard.message.get("turn") == turn and heard.kind == "turn:end",
            seconds=ANSWER_SECONDS_MAX,
            sentence="Their answer should end.",
        )
        return self._gather(turn, first_audio_ms, was_spoken_before)

    def _gather(self, turn: str, first_audio_ms: float | None, was_spoken_before: bool) -> Answer:
        messages = [heard.message for heard in self._stream.of_turn(turn)]
        problems = [message for message in messages if message.get("type") == "error"]
        expect(not problems, "Their answer should not break.", problems)
        sentences = [message for message in messages if message.get("type") == "sentence"]
        expect(bool(sentences), "They should say at least one sentence.", messages)
        for sentence in sentences:
            expect(bool(sentence.get("audio_url")), "Every sentence should have its sound.", sentence)
        return Answer(
            turn=turn,
            text=" ".join(str(sentence["text"]) for sentence in sentences),
            quotes=tuple(str(one["quote"]) for sentence in sentences for one in sentence.get("citations", ())),
            offer=next((message for message in messages if message.get("type") == "offer"), None),
            wants_message=any(message.get("type") == "message:wanted" for message in messages),
            first_audio_ms=first_audio_ms,
            was_spoken_before=was_spoken_before,
        )

    def _listen(self, sentence: dict[str, Any], asked_at_unix_s: int) -> tuple[float, bool]:
        with self._client.stream("GET", str(sentence["audio_url"])) as answer:
            pieces = answer.iter_raw()
            body = next(pieces, b"")
            first_byte_at_s = time.monotonic()
            body += b"".join(pieces)
        expect(answer.status_code == 200, "The sound should be there.", f"{answer.status_code} for {sentence['audio_url']}")
        check_sound(body, sample_count=int(sentence["sample_count"]), sentence=f"The sound of “{sentence['text']}” should be heard.")
        made_at = answer.headers.get("last-modified")
        return first_byte_at_s, made_at is not None and parsedate_to_datetime(made_at).timestamp() < asked_at_unix_s


@contextmanager
def walk_in(shop_url: str, widget_url: str, widget_key: str) -> Iterator[Shopper]:
    """Open the shop's page, let its widget ask who works there, open the panel and begin a conversation."""
    visitor = str(uuid.uuid4())
    with httpx.Client(timeout=20) as browser:
        _check_page(expect_status(browser.get(shop_url), 200, "The shop's page should open"), widget_url, widget_key)
        _check_boot(browser, f"{widget_url}/w/{widget_key}/boot", visitor, shop_url)
    base = f"/w/{widget_key}"
    with httpx.Client(base_url=widget_url, timeout=20, headers={"origin": widget_url}) as panel:
        expect_status(panel.get(f"{base}/frame"), 200, "The panel should open")
        opened = panel.post(f"{base}/conversations", json={"visitor": visitor, "page_url": shop_url, "language": "en"})
        told = expect_status(opened, 201, "A conversation should open").json()
        panel.headers["authorization"] = f"Bearer {told['token']}"
        with EventStream(f"{widget_url}{urlsplit(told['events_url']).path}", dict(panel.headers)) as stream:
            yield Shopper(panel, visitor, base, told, stream)


def _check_page(page: httpx.Response, widget_url: str, widget_key: str) -> None:
    scripts = read_page(page.text).find_all("script", src=f"{widget_url}/w/loader.js", data_key=widget_key)
    expect(len(scripts) == 1, "The shop's page should hold the widget's snippet once.", page)
    policy = page.headers.get("content-security-policy", "")
    expect(policy.count(widget_url) == 4, "The page's policy should open exactly four lines to the widget.", policy)


def _check_boot(browser: httpx.Client, url: str, visitor: str, shop_url: str) -> None:
    foreign = browser.get(url, params={"visitor": visitor}, headers={"origin": "http://foreign.example"})
    expect_status(foreign, 403, "A foreign page should be refused")
    boot = browser.get(url, params={"visitor": visitor}, headers={"origin": shop_url})
    told = expect_status(boot, 200, "The widget should boot on the shop's page").json()
    expect(
        boot.headers.get("access-control-allow-origin") == shop_url, "The shop's page should be allowed to read the answer.", boot.headers
    )
    expect(told.get("arm") == "treated", "The visitor should be shown the employee.", told)
    expect("AI" in str(told.get("notice")), "The notice should say that they are an AI.", told)
