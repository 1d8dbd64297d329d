"""The stream under stress: lines that drop anywhere, shoppers who cut in, processes that die, and readers who steal the line."""

import random
import threading
from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest
from fakes.open_shop import OpenShop, Talk, open_shop, open_talk, read_events, remembering_embedder
from sqlalchemy import delete, update

from app.api import widget_stream
from app.conversations.read import conversation
from app.speaking.stream import events_of_turn
from app.speaking.tables import TalkEvent, TalkStream
from app.speaking.turns import ask
from avatar_pipeline.errors import WeightsMissing
from avatar_pipeline.voice import Voice
from tenants.identifiers import from_public

QUESTION = "What do you have without nuts?"


def dropped_at_random(talk: Talk, chance: random.Random, turn: str) -> Iterator[tuple[int, dict]]:
    """Follow the stream as a panel on a bad line does: it drops after a few bytes, and is resumed after the last whole event."""
    last = 0
    while True:
        headers = talk.headers | ({"Last-Event-ID": str(last)} if last else {})
        with talk.client.stream("GET", f"{talk.path}/events", headers=headers) as answer:
            for number, event in read_events(some_lines(answer, chance.randrange(1, 60_000))):
                last = number
                yield number, event
                if (event["type"], event.get("turn")) == ("turn:end", turn):
                    return


def some_lines(answer: httpx.Response, bytes_left: int) -> Iterator[str]:
    """Whole lines of the first `bytes_left` bytes; the rest never arrives."""
    rest = b""
    for piece in answer.iter_raw():
        rest += piece[:bytes_left]
        bytes_left -= len(piece)
        *lines, rest = rest.split(b"\n")
        yield from (line.decode() for line in lines)
        if bytes_left <= 0:
            return


@pytest.mark.parametrize("seed", range(3))
def test_a_line_dropped_anywhere_loses_and_doubles_nothing(shop, panel, seed):
    talk = open_talk(shop, panel)
    turn = talk.ask(QUESTION)
    received = list(dropped_at_random(talk, random.Random(seed), turn))
    numbers = [number for number, _ in received]
    assert numbers == sorted(set(numbers))
    assert received == talk.until("turn:end", turn)


def test_the_next_question_cuts_in(shop, panel):
    talk = open_talk(shop, panel)
    first = talk.ask(QUESTION)
    second = talk.ask("When do you open on Sunday?")
    events = [event for _, event in talk.until("turn:end", second)]
    for old in {event["turn"] for event in events} - {second}:
        kinds = [event["type"] for event in events if event["turn"] == old]
        assert kinds[0] == "turn:start"
        assert kinds[-1] == "turn:end"
        assert kinds.count("turn:end") == 1
    starts = [event["turn"] for event in events if event["type"] == "turn:start"]
    ends = [event["turn"] for event in events if event["type"] == "turn:end"]
    assert starts == ends  # one turn at a time, in order
    assert starts[-2:] == [first, second]


def test_nothing_follows_an_interrupted_turn(shop, panel):
    talk = open_talk(shop, panel)
    talk.until("turn:end")
    turn = talk.ask(QUESTION)
    assert talk.interrupt(turn, 0, 0).status_code == 204
    assert talk.interrupt(turn, 0, 0).status_code == 204
    following = talk.ask("When do you open on Sunday?")
    events = [event for _, event in talk.until("turn:end", following)]
    kinds = [event["type"] for event in events if event["turn"] == turn]
    assert kinds[-1] == "turn:end"
    assert kinds.count("turn:end") == 1
    assert said_of(shop, talk)[0] == ()


def test_a_transcript_keeps_only_what_was_heard(shop, panel):
    """She had sent the whole answer; the shopper stopped her early in the second sentence."""
    talk = open_talk(shop, panel)
    turn = talk.ask(QUESTION)
    sentences = [event for _, event in talk.until("turn:end", turn) if event["type"] == "sentence" and event["turn"] == turn]
    whole = said_of(shop, talk)[0]
    assert len(whole) > 1
    first_said = [one["n"] for one in sentences if whole[0].text.endswith(one["text"])]
    talk.interrupt(turn, first_said[0] + 1, 100)
    assert said_of(shop, talk)[0] == whole[:1]
    talk.interrupt(turn, first_said[0] + 1, 60_000)
    assert said_of(shop, talk)[0] == whole[:1]  # what was once not heard is not heard


def test_the_newest_reader_has_the_line(shop, panel):
    talk = open_talk(shop, panel)
    talk.until("turn:end")
    old_heard, is_following = [], threading.Event()

    def follow() -> None:
        with httpx.Client(base_url=shop.url) as client:
            for event in Talk(client, talk.path, talk.token, {}).events():
                old_heard.append(event)
                is_following.set()

    old = threading.Thread(target=follow)
    old.start()
    assert is_following.wait(10)
    turn = talk.ask("Do you have wifi?")
    talk.until("turn:end", turn)
    old.join(10)
    assert not old.is_alive()
    assert old_heard[-1] == (0, {"type": "stream:replaced"})


def test_an_answer_whose_process_died_is_given_by_the_next(shop, panel):
    """The question was committed, and then the web process was killed before it said a word."""
    talk = open_talk(shop, panel)
    talk.until("turn:end")
    conversation_id = from_public("cnv", talk.opened["conversation"])
    long_ago = shop.house.clock() - timedelta(minutes=1)
    with shop.house.database.tenant_session(shop.tenant_id) as session:
        _, errand = ask(session, conversation_id=conversation_id, message_key="k", text="When do you open on Sunday?", now=long_ago)
    assert errand is not None
    events = [event for _, event in talk.until("turn:end") if event["type"] != "turn:end"]
    assert events  # the greeting is still there
    answered = talk.until("turn:end", answered_turn(talk, "When do you open on Sunday?"))
    assert any("9" in event.get("text", "") for _, event in answered)
    assert len(said_of(shop, talk)) == 1


def test_an_answer_cut_by_a_crash_goes_on_where_it_stopped(shop, panel):
    talk = open_talk(shop, panel)
    turn = talk.ask(QUESTION)
    whole = [event for _, event in talk.until("turn:end", turn) if event["turn"] == turn]
    rewind(shop, talk, turn, sentences_kept=2)
    resumed = [event for _, event in talk.until("turn:end", turn) if event["turn"] == turn]
    assert resumed == whole


def rewind(shop: OpenShop, talk: Talk, turn: str, *, sentences_kept: int) -> None:
    """Put the line back to the moment after some sentences, as if the process had been killed there."""
    conversation_id, turn_id = from_public("cnv", talk.opened["conversation"]), from_public("trn", turn)
    with shop.house.database.tenant_session(shop.tenant_id) as session:
        sentences = [one for one in events_of_turn(session, conversation_id=conversation_id, turn_id=turn_id) if one.kind == "sentence"]
        floor = sentences[sentences_kept - 1].sequence
        session.execute(delete(TalkEvent).where(TalkEvent.conversation_id == conversation_id, TalkEvent.sequence > floor))
        place = update(TalkStream).where(TalkStream.conversation_id == conversation_id)
        session.execute(place.values(last_sequence=floor, active_turn_id=turn_id, lease_until=None))


def answered_turn(talk: Talk, question: str) -> str:
    return next(event["turn"] for _, event in talk.events() if event.get("question") == question)


def said_of(shop: OpenShop, talk: Talk) -> list[tuple]:
    with shop.house.database.tenant_session(shop.tenant_id) as session:
        return [turn.said for turn in conversation(session, from_public("cnv", talk.opened["conversation"])).turns]


class VoiceWithoutWeights(Voice):
    """A voice whose weights were never installed."""

    def load(self):
        raise WeightsMissing("The weights of this voice are not installed.")


def test_a_voice_that_fails_leaves_the_words(database_for_run, tmp_path):
    with open_shop(database_for_run, tmp_path, voice=VoiceWithoutWeights) as shop, httpx.Client(base_url=shop.url, timeout=20) as client:
        events = [event for _, event in open_talk(shop, client).until("turn:end")]
    sentences = [event for event in events if event["type"] == "sentence"]
    assert "AI" in " ".join(one["text"] for one in sentences)
    assert all(one["audio_url"] is None and one["score"] is None for one in sentences)


def absent_minded(texts, role):
    """An embedder that learns well and fails at every question."""
    if role == "query":
        raise RuntimeError("the model has gone away")
    return remembering_embedder(texts, role)


def test_a_mind_that_fails_says_so_and_ends_its_turn(database_for_run, tmp_path):
    with open_shop(database_for_run, tmp_path, embed=absent_minded) as shop, httpx.Client(base_url=shop.url, timeout=20) as client:
        talk = open_talk(shop, client)
        turn = talk.ask("Do you have wifi?")
        events = [event for _, event in talk.until("turn:end", turn) if event["turn"] == turn]
        assert [event["type"] for event in events] == ["turn:start", "error", "turn:end"]
        assert "gone away" not in str(events)


def test_a_quiet_line_shows_that_it_lives(shop, panel, monkeypatch):
    monkeypatch.setattr(widget_stream, "PING_SECONDS", 0.2)
    talk = open_talk(shop, panel)
    last = talk.until("turn:end")[-1][0]
    with panel.stream("GET", f"{talk.path}/events", headers=talk.headers | {"Last-Event-ID": str(last)}) as answer:
        lines = [line for line, _ in zip((line for line in answer.iter_lines() if line), range(3), strict=False)]
    assert lines == [": ping"] * 3
