"""MESSAGES.md is the contract with the panel: the page and the code must say the same."""

import re
from pathlib import Path

import pytest

from app.api import widget, widget_limits, widget_stream
from app.conversations.thoughts import MessageWanted, OfferedCoupon, PersonalCard, RepliesFit, Said
from app.speaking import answer, cards, stream, wire
from app.speaking.voicing import audio_store
from tenants.identifiers import new_id

PAGE = (Path(widget.__file__).parents[1] / "widget" / "MESSAGES.md").read_text(encoding="utf-8")
ROWS = {name: set(re.findall(r"`([a-z_]+)`", fields)) for name, fields in re.findall(r"^\| `([a-z:]+)` \| ([^|]*) \|", PAGE, re.MULTILINE)}


def sent(draft: stream.Draft, now) -> dict:
    return wire.to_json(stream.StreamEvent(1, new_id(now), draft.kind, draft.payload), None)


@pytest.fixture
def messages(now):
    drafts = [
        wire.turn_started("q", "k"),
        wire.sentence(0, 0, Said("Hello."), audio_store.Piece("Hello."), "en"),
        wire.sentence(1, 0, None, audio_store.Piece("Hello."), "en"),
        wire.offer(OfferedCoupon("C", "t", "x", now), new_id(now)),
        wire.card(PersonalCard("For Mei", "Tea", "$3.00", OfferedCoupon("C", "t", "x", now))),
        wire.film("For Mei", "making", 40),
        wire.offer_redeemed("C"),
        wire.message_wanted(MessageWanted("p")),
        wire.replies(RepliesFit(("Yes", "No"))),
        wire.turn_failed("t", "d"),
        wire.agent("Robin", "Hello."),
        wire.handover("held", "Robin"),
        wire.turn_ended(1, is_interrupted=False),
    ]
    return [sent(draft, now) for draft in drafts]


def test_every_message_has_exactly_the_fields_of_the_page(messages):
    for message in messages:
        assert set(message) - {"type"} == ROWS[message["type"]], message["type"]
    assert set(ROWS) == {message["type"] for message in messages} | {"stream:replaced"}


def addresses(routes, found: set[str]) -> set[str]:
    for route in routes:
        if hasattr(route, "path"):
            found.add(re.sub(r"\{\w+(:path)?\}", "{}", route.path))
        elif hasattr(route, "original_router"):
            addresses(route.original_router.routes, found)
    return found


def test_every_address_is_on_the_page():
    written = {re.sub(r"\{\w+\}", "{}", path) for path in re.findall(r"`(?:GET|POST) (/w/[^`?]*)", PAGE)}
    assert addresses(widget.router.routes, set()) == written


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("events kept per conversation", stream.EVENTS_KEPT_MAX),
        ("said sentences per answer", answer.SENTENCES_MAX),
        ("characters per sentence", answer.SENTENCE_CHARACTERS_MAX),
        ("time to make an answer", answer.ANSWER_SECONDS_MAX),
        ("personal cards per visitor", cards.CARDS_PER_VISITOR_MAX),
        ("personal cards per shop", cards.CARDS_PER_SHOP_MAX),
        ("stored sound", audio_store.STORE_BYTES_MAX // 1024**3),
    ],
)
def test_the_limits_are_those_of_the_code(words, number):
    assert re.search(rf"\| {words} \| {number:,}\b", PAGE), (words, number)


@pytest.mark.parametrize(
    ("words", "pace"),
    [
        ("calls per conversation", widget_limits.CALLS_PER_CONVERSATION),
        ("messages per visitor", widget_limits.MESSAGES_PER_VISITOR),
        ("conversations per visitor", widget_limits.OPENINGS_PER_VISITOR),
        ("conversations per network address", widget_limits.OPENINGS_PER_ADDRESS),
        ("boots per network address", widget_limits.BOOTS_PER_ADDRESS),
    ],
)
def test_the_paces_are_those_of_the_code(words, pace):
    assert f"| {words} | {pace.burst} at once, {pace.per_minute} a minute |" in PAGE


def test_the_times_are_those_of_the_code():
    assert f"every {widget_stream.PING_SECONDS:.0f} s" in PAGE
    assert f"{widget_stream.STREAM_SECONDS_MAX / 60:.0f} minutes" in PAGE
    assert f"{widget.MESSAGE_LENGTH_MAX:,} characters" in PAGE
