"""The microphone's line: who may open it, what ends it, and that an installation without the packages says so."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
from fakes.open_shop import OpenShop, open_shop, open_talk

from app.api import widget_limits, widget_microphone
from avatar_pipeline.listen import Heard, Listener
from tenants.database import Database

websockets_exceptions = pytest.importorskip("websockets.exceptions", reason="needs the packages of `make setup-listening`")
websockets = pytest.importorskip("websockets.sync.client", reason="needs the packages of `make setup-listening`")
LOUD, QUIET = (np.full(512, level, "<i2").tobytes() for level in (32_767, 0))


class Deaf:
    """Understands the same whatever is said."""

    def recognise(self, _samples: object, _language: str, _hint: str) -> Heard:
        return Heard("When do you open on Sunday?", 0.9, is_speech=True)


@pytest.fixture(scope="module")
def shop(database_for_run: Database, empty_tables: Callable[[], None], tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenShop]:
    empty_tables()

    def listener(language: str, hint: str) -> Listener:
        assert "Amara" in hint
        return Listener(Deaf(), lambda chunk: float(chunk.max()), language=language, hint=hint)

    with open_shop(database_for_run, tmp_path_factory.mktemp("shop"), listener=listener) as opened:
        yield opened


@contextmanager
def line(shop: OpenShop, talk: Any, *, origin: str | None = None, **hello: Any) -> Iterator[Any]:
    with websockets.connect(shop.url.replace("http", "ws") + talk.path + "/microphone", origin=origin or shop.url) as opened:
        opened.send(json.dumps({"token": talk.token, "language": "en", "consent": True, **hello}))
        yield opened


def told(opened: Any, kind: str) -> dict[str, Any]:
    while True:
        message = json.loads(opened.recv(timeout=60))
        if message["type"] == kind:
            return message


def test_what_is_said_becomes_a_question_in_the_same_stream(shop, panel):
    talk = open_talk(shop, panel)
    talk.until("turn:end")
    with line(shop, talk) as opened:
        told(opened, "ready")
        for piece in [LOUD] * 20 + [QUIET] * 40:
            opened.send(piece)
        told(opened, "speech:began")
        heard = told(opened, "heard")
    assert heard["text"] == "When do you open on Sunday?"
    events = [event for _, event in talk.until("turn:end", heard["turn"]) if event["turn"] == heard["turn"]]
    assert events[0]["question"] == "When do you open on Sunday?"
    assert "9" in " ".join(event["text"] for event in events if event["type"] == "sentence")


def test_a_held_button_is_heard_until_it_is_let_go(shop, panel):
    talk = open_talk(shop, panel)
    with line(shop, talk) as opened:
        told(opened, "ready")
        opened.send('{"type":"press"}')
        for _ in range(20):
            opened.send(LOUD)
        opened.send('{"type":"release"}')
        assert told(opened, "heard")["text"]


@pytest.mark.parametrize(("hello", "status"), [({"token": "forged"}, 401), ({"consent": False}, 403)])
def test_strangers_and_the_unasked_are_refused(shop, panel, hello, status):
    talk = open_talk(shop, panel)
    with line(shop, talk, **hello) as opened:
        assert told(opened, "refused")["status"] == status


def test_a_foreign_page_opens_nothing(shop, panel):
    talk = open_talk(shop, panel)
    with pytest.raises(Exception, match="403"), line(shop, talk, origin="https://stranger.example"):
        pass


def test_more_sound_than_time_is_no_microphone(shop, panel):
    talk = open_talk(shop, panel)
    with line(shop, talk) as opened:
        told(opened, "ready")
        for _ in range(widget_microphone.AHEAD_SECONDS_MAX * 3):
            opened.send(QUIET * 15)
        assert told(opened, "ended")["code"] == "too_fast"


def test_the_newest_microphone_of_a_conversation_wins(shop, panel):
    talk = open_talk(shop, panel)
    with line(shop, talk) as old:
        told(old, "ready")
        with line(shop, talk) as new:
            told(new, "ready")
            assert told(old, "ended")["code"] == "replaced"
            old.send(QUIET)
            with pytest.raises(websockets_exceptions.ConnectionClosedOK):
                old.recv(timeout=60)


def test_a_visitor_opens_only_so_many(shop, panel):
    talk = open_talk(shop, panel)
    kinds = []
    for _ in range(widget_limits.MICROPHONES_PER_VISITOR.burst + 1):
        with line(shop, talk) as opened:
            kinds.append(json.loads(opened.recv(timeout=60)))
    assert {one["type"] for one in kinds[:-1]} == {"ready"}
    assert kinds[-1]["status"] == 429


def test_nothing_of_the_sound_is_kept(shop, panel):
    before = {path for path in shop.house.media_folder.rglob("*") if path.is_file()}
    talk = open_talk(shop, panel)
    talk.until("turn:end")
    with line(shop, talk) as opened:
        told(opened, "ready")
        for piece in [LOUD] * 20 + [QUIET] * 40:
            opened.send(piece)
        talk.until("turn:end", told(opened, "heard")["turn"])
    fresh = [path for path in shop.house.media_folder.rglob("*") if path.is_file() and path not in before]
    assert LOUD not in b"".join(path.read_bytes() for path in fresh)
