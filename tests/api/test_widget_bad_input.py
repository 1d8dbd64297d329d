"""Whatever is thrown at the widget's edge, the answer is a problem document that says what to do, never a 500."""

from uuid import uuid4

import httpx
import pytest
from fakes.open_shop import open_talk

from app.api.widget_limits import CALLS_PER_CONVERSATION

TURN = "trn_" + "0" * 26
VISITOR = str(uuid4())


@pytest.fixture
def talk(shop, panel):
    return open_talk(shop, panel)


def refused(answer: httpx.Response, status: int) -> str:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    assert problem["title"]
    assert problem["detail"]
    return problem["detail"]


def key() -> dict[str, str]:
    return {"Idempotency-Key": str(uuid4()), "Content-Type": "application/json"}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"\xff\xfe\x00", 400),
        (b"[" * 20_000, 400),
        (b"[]", 422),
        (b"null", 422),
        (b"{}", 422),
        (b'{"text": ""}', 422),
        (b'{"text": "   "}', 422),
        (b'{"text": 7}', 422),
        (b'{"text": "a\\u0000b"}', 422),
        (b'{"text": "\\ud800"}', 400),
        (b'{"text": "' + b"a" * 2001 + b'"}', 422),
        (b'{"text": "' + b"a" * 5_000_000 + b'"}', 413),
    ],
)
def test_a_bad_message_is_refused(talk, body, status):
    refused(talk.client.post(f"{talk.path}/messages", content=body, headers=talk.headers | key()), status)


def test_a_body_without_length_stops_at_the_limit(talk):
    pieces = (b'{"text": "' if number == 0 else b"a" * 4096 for number in range(1000))
    refused(talk.client.post(f"{talk.path}/messages", content=pieces, headers=talk.headers | key()), 413)


def test_the_wrong_kind_of_body_is_refused(talk):
    headers = talk.headers | key() | {"Content-Type": "text/plain"}
    assert "application/json" in refused(talk.client.post(f"{talk.path}/messages", content=b'{"text": "hi"}', headers=headers), 415)


@pytest.mark.parametrize("given", ["", "not-a-uuid", "1" * 500])
def test_a_message_needs_its_key(talk, given):
    refused(talk.client.post(f"{talk.path}/messages", json={"text": "hi"}, headers=talk.headers | {"Idempotency-Key": given}), 400)


@pytest.mark.parametrize(
    "token", ["", "Bearer", "Bearer x", "Basic abc", "Bearer " + "A" * 5000, "Bearer ä", "Bearer ====", "Bearer " + "A" * 150]
)
def test_a_wrong_token_is_refused(talk, token):
    for path in ("messages", "interrupt", "notes", "offers/X/shown", "offers/X/claimed"):
        headers = key() | {"Authorization": token.encode("latin-1")}
        refused(talk.client.post(f"{talk.path}/{path}", json={}, headers=headers), 401)
    refused(talk.client.get(f"{talk.path}/events", headers={"Authorization": token.encode("latin-1")}), 401)


def test_a_token_opens_one_conversation(shop, panel, talk):
    other = open_talk(shop, panel)
    refused(panel.get(f"{other.path}/events", headers=talk.headers), 403)
    unknown = talk.path.rpartition("/")[0] + "/cnv_" + "0" * 26
    refused(panel.get(f"{unknown}/events", headers=talk.headers), 403)
    refused(panel.get(talk.path.rpartition("/")[0] + "/nonsense/events", headers=talk.headers), 404)
    elsewhere = talk.path.replace(shop.key, "wk_another")
    refused(panel.get(f"{elsewhere}/events", headers=talk.headers), 401)


@pytest.mark.parametrize(("given", "status"), [("x", 400), ("-1", 400), ("1.5", 400), ("9" * 400, 400), ("999999", 400), ("²", 400)])
def test_a_wrong_event_number_is_refused(talk, given, status):
    refused(talk.client.get(f"{talk.path}/events", headers=talk.headers | {"Last-Event-ID": given.encode()}), status)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"turn": TURN, "heard_sentence": -1, "heard_ms": 0}, 422),
        ({"turn": TURN, "heard_sentence": 10**30, "heard_ms": 0}, 422),
        ({"turn": "nonsense", "heard_sentence": 0, "heard_ms": 0}, 404),
        ({"turn": TURN, "heard_sentence": 0, "heard_ms": 0}, 404),
        ({"turn": "trn_\0", "heard_sentence": 0, "heard_ms": 0}, 422),
    ],
)
def test_a_wrong_interruption_is_refused(talk, body, status):
    refused(talk.client.post(f"{talk.path}/interrupt", json=body, headers=talk.headers), status)


def test_a_note_belongs_to_a_turn_of_the_conversation(shop, panel, talk):
    refused(panel.post(f"{talk.path}/notes", json={"turn": TURN, "text": "hi"}, headers=talk.headers | key()), 404)
    other = open_talk(shop, panel)
    turn = other.ask("Do you have wifi?")
    refused(panel.post(f"{talk.path}/notes", json={"turn": turn, "text": "hi"}, headers=talk.headers | key()), 404)


@pytest.mark.parametrize(
    "body", [{}, {"visitor": "me"}, {"visitor": VISITOR, "page_url": "a\0"}, {"visitor": VISITOR, "page_url": "a" * 3000}]
)
def test_a_wrong_opening_is_refused(shop, panel, body):
    refused(panel.post(f"/w/{shop.key}/conversations", json=body), 422)


def test_a_foreign_page_may_not_talk(shop, talk):
    foreign = {"Origin": "https://elsewhere.example"}
    refused(talk.client.post(f"/w/{shop.key}/conversations", json={"visitor": str(uuid4())}, headers=foreign), 403)
    refused(talk.client.post(f"{talk.path}/messages", json={"text": "hi"}, headers=talk.headers | key() | foreign), 403)


@pytest.mark.parametrize("path", ["boot?visitor=6f0f7e4e-3a55-4a40-9a3c-0d4f6f3e0b11", "frame"])
@pytest.mark.parametrize("widget_key", ["wk_unknown", "%00", "a" * 500, "%ED%A0%80"])
def test_an_unknown_widget_key_is_refused(shop, path, widget_key):
    refused(httpx.get(f"{shop.url}/w/{widget_key}/{path}"), 404)


@pytest.mark.parametrize(
    "path",
    [
        "static/panel.html", "static/../../settings.py", "static/%2e%2e/%2e%2e/settings.py", "static/%00.js",
        "static/MESSAGES.md", "static/",
        "audio/x.wav", "audio/" + "0" * 64 + ".wav", "audio/%00.wav", "audio/..%2f..%2fsecret_key.wav",
        "faces/nobody/poster.webp", "faces/..%2f/chat.rig", "faces/%00/idle.json",
    ],
)  # fmt: skip
def test_only_what_is_there_is_served(shop, path):
    refused(httpx.get(f"{shop.url}/w/{path}"), 404)


def test_the_files_a_panel_needs_are_served(shop):
    for path, kind in (
        ("loader.js", "text/javascript"), ("static/panel.css", "text/css"), ("static/texts/en.json", "application/json"),
        ("faces/amara/poster.webp", "image/webp"), ("faces/amara/chat.rig", "application/zip"),
        ("faces/amara/idle.json", "application/json"),
    ):  # fmt: skip
        answer = httpx.get(f"{shop.url}/w/{path}")
        assert answer.status_code == 200, path
        assert answer.headers["content-type"].partition(";")[0] == kind
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_flood_is_slowed_down(talk):
    calls = (talk.interrupt(TURN, 0, 0) for _ in range(4 * CALLS_PER_CONVERSATION.burst))
    answer = next(answer for answer in calls if answer.status_code != 404)
    refused(answer, 429)
    assert int(answer.headers["retry-after"]) >= 1
