"""Listens to a conversation's events as the panel does, in a thread of its own, and notes when each one arrived."""

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx

from app.demo.players.failure import fail

STREAM_SILENCE_SECONDS = 60.0


@dataclass(frozen=True)
class Heard:
    """One event. `heard_at_s` is on the monotonic clock."""

    number: int
    message: dict[str, Any]
    heard_at_s: float

    @property
    def kind(self) -> str:
        """The message's type."""
        return str(self.message.get("type"))


class EventStream:
    """All events of one conversation so far. Use as a context manager."""

    def __init__(self, url: str, headers: dict[str, str]) -> None:
        self._url, self._headers = url, {**headers, "accept": "text/event-stream"}
        self._client = httpx.Client(timeout=httpx.Timeout(10, read=STREAM_SILENCE_SECONDS))
        self._heard: list[Heard] = []
        self._news = threading.Condition()
        self._trouble: str | None = None
        self._is_closing = False
        self._thread = threading.Thread(target=self._listen, name="event stream", daemon=True)

    def __enter__(self) -> "EventStream":
        """Begin to listen."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Hang up."""
        self._is_closing = True
        self._client.close()

    def wait_for(self, is_wanted: Callable[[Heard], bool], *, seconds: float, sentence: str) -> Heard:
        """The first event that is wanted, whether it came already or comes in time; raises StoryFailed with the sentence."""
        deadline = time.monotonic() + seconds
        with self._news:
            while True:
                for heard in self._heard:
                    if is_wanted(heard):
                        return heard
                if self._trouble or not self._news.wait(timeout=max(0.0, deadline - time.monotonic())):
                    fail(sentence, self._trouble or [heard.message.get("type") for heard in self._heard])

    def of_turn(self, turn: str) -> list[Heard]:
        """Every event of one turn so far."""
        with self._news:
            return [heard for heard in self._heard if heard.message.get("turn") == turn]

    def _listen(self) -> None:
        try:
            with self._client.stream("GET", self._url, headers=self._headers) as answer:
                if answer.status_code != 200:
                    self._give_up(f"{answer.status_code} {answer.read().decode(errors='replace')}")
                    return
                self._read(answer)
        except (httpx.HTTPError, RuntimeError, ValueError) as problem:
            if not self._is_closing:
                self._give_up(f"The stream broke: {problem!r}")

    def _read(self, answer: httpx.Response) -> None:
        number = 0
        for line in answer.iter_lines():
            name, _, value = line.partition(":")
            if name == "id":
                number = int(value)
            elif name == "data":
                with self._news:
                    self._heard.append(Heard(number, json.loads(value), time.monotonic()))
                    self._news.notify_all()

    def _give_up(self, trouble: str) -> None:
        with self._news:
            self._trouble = trouble
            self._news.notify_all()
