"""A shopper's whole visit over HTTP, with the real mind and the real voice."""

import html
import io
import re
import wave

import httpx
import numpy as np
from fakes.open_shop import SHOP_ORIGIN, open_talk

from app.conversations.read import conversation
from avatar_pipeline.score import MotionScore
from tenants.identifiers import from_public


def test_she_greets_by_voice_and_says_she_is_an_ai(shop, panel):
    talk = open_talk(shop, panel)
    events = talk.until("turn:end")
    numbers = [number for number, _ in events]
    assert numbers == list(range(1, len(events) + 1))
    assert events[0][1] == {"type": "turn:start", "turn": events[0][1]["turn"], "question": None, "key": None}
    sentences = [event for _, event in events if event["type"] == "sentence"]
    assert [one["n"] for one in sentences] == list(range(len(sentences)))
    assert "AI" in " ".join(one["text"] for one in sentences)
    for one in sentences:
        sound = panel.get(one["audio_url"])
        assert sound.headers["cache-control"] == "public, max-age=31536000, immutable"
        with wave.open(io.BytesIO(sound.content)) as wav:
            assert (wav.getnchannels(), wav.getsampwidth(), wav.getframerate()) == (1, 2, 24_000)
            samples = np.frombuffer(wav.readframes(wav.getnframes()), "<i2")
        assert len(samples) == one["sample_count"]
        assert np.abs(samples).max() > 3000
        score = MotionScore.from_json(one["score"])
        assert abs(score.duration_s - len(samples) / 24_000) < 0.1
        assert score.channel("jawOpen").max() > 0.05
        assert [word["text"] for word in one["words"]] == one["text"].split()


def test_a_question_is_answered_with_the_passage_and_recorded(shop, panel):
    talk = open_talk(shop, panel)
    talk.until("turn:end")
    turn = talk.ask("When do you open on Sunday?", key="6f0f7e4e-3a55-4a40-9a3c-0d4f6f3e0b11")
    events = [event for _, event in talk.until("turn:end", turn) if event["turn"] == turn]
    assert events[0] == {
        "type": "turn:start", "turn": turn, "question": "When do you open on Sunday?", "key": "6f0f7e4e-3a55-4a40-9a3c-0d4f6f3e0b11",
    }  # fmt: skip
    sentences = [event for event in events if event["type"] == "sentence"]
    assert "9" in " ".join(one["text"] for one in sentences)
    assert any(cited["document"] == "House rules" and "Sunday" in cited["quote"] for one in sentences for cited in one["citations"])
    assert events[-1] == {"type": "turn:end", "turn": turn, "sentences": len(sentences), "interrupted": False}
    with shop.house.database.tenant_session(shop.tenant_id) as session:
        turns = conversation(session, from_public("cnv", talk.opened["conversation"])).turns
    assert [one.question for one in turns] == ["When do you open on Sunday?"]
    assert turns[0].said
    assert turns[0].route
    assert turns[0].interrupted_after is None


def test_a_discount_wish_brings_a_coupon_that_can_be_claimed_once(shop, panel):
    talk = open_talk(shop, panel)
    turn = talk.ask("Do you have a discount for me?")
    offers = [event for _, event in talk.until("turn:end", turn) if event["type"] == "offer"]
    assert len(offers) == 1
    assert set(offers[0]) == {"type", "turn", "coupon", "code", "title", "terms", "expires_at", "bars", "squares"}
    assert from_public("cpn", offers[0]["coupon"])
    for _ in range(2):
        assert panel.post(f"{talk.path}/offers/{offers[0]['code']}/shown", json={}, headers=talk.headers).status_code == 204
        assert panel.post(f"{talk.path}/offers/{offers[0]['code']}/claimed", json={}, headers=talk.headers).status_code == 204
    assert panel.post(f"{talk.path}/offers/NEVER-1/claimed", json={}, headers=talk.headers).status_code == 404


def test_who_reads_chinese_is_told_the_conditions_in_chinese(shop, panel):
    talk = open_talk(shop, panel, language="zh")
    turn = talk.ask("有优惠吗？")
    events = [event for _, event in talk.until("turn:end", turn) if event["turn"] == turn]
    (terms,) = [event["terms"] for event in events if event["type"] == "offer"]
    assert "限用一次" in terms
    assert terms in " ".join(event["text"] for event in events if event["type"] == "sentence")


def test_the_same_key_is_one_turn(shop, panel):
    talk = open_talk(shop, panel)
    key = "0c1c33ff-41c8-4d8e-a6b5-6a9c8a0b7a01"
    turns = {talk.ask("Do you have wifi?", key=key) for _ in range(3)}
    assert len(turns) == 1
    turn = turns.pop()
    events = talk.until("turn:end", turn)
    assert sum(event["type"] == "turn:start" and event["turn"] == turn for _, event in events) == 1


def test_a_note_reaches_the_staff(shop, panel):
    talk = open_talk(shop, panel)
    turn = talk.ask("Can I talk to a person, please?")
    kinds = [event["type"] for _, event in talk.until("turn:end", turn)]
    assert "message:wanted" in kinds
    body = {"turn": turn, "text": "Please call me about catering.", "name": "Ines", "reply_to": "ines@example.org"}
    headers = talk.headers | {"Idempotency-Key": "3f6d2d5e-8f3c-4f0b-9e0e-0e8a2f1c7b10"}
    first = panel.post(f"{talk.path}/notes", json=body, headers=headers)
    again = panel.post(f"{talk.path}/notes", json=body, headers=headers)
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    with shop.house.database.tenant_session(shop.tenant_id) as session:
        view = conversation(session, from_public("cnv", talk.opened["conversation"])).turns[0]
    assert "catering" in view.message
    assert "ines@example.org" in view.message


def test_a_panel_takes_its_conversation_up_again(shop, panel):
    talk = open_talk(shop, panel)
    told = talk.until("turn:end")
    again = open_talk(shop, panel, resume=talk.token)
    assert again.opened["conversation"] == talk.opened["conversation"]
    assert again.opened["history_until"] == told[-1][0]
    assert again.until("turn:end") == told
    assert open_talk(shop, panel, resume=talk.token[:-4] + "AAAA").opened["conversation"] != talk.opened["conversation"]


def test_boot_introduces_her_to_the_shops_own_pages_only(shop):
    address = f"{shop.url}/w/{shop.key}/boot?visitor=6f0f7e4e-3a55-4a40-9a3c-0d4f6f3e0b11"
    answer = httpx.get(address, headers={"Origin": SHOP_ORIGIN})
    assert answer.headers["access-control-allow-origin"] == SHOP_ORIGIN
    assert answer.json()["arm"] == "treated"
    assert answer.json()["employee"]["name"] == "Amara"
    assert "AI" in answer.json()["notice"]
    for wish, notice in (("fr-CA, en;q=0.5", "Amara est une IA."), ("ja", "AmaraはAIです。"), ("sv", "Amara is an AI.")):
        assert httpx.get(address, headers={"Origin": SHOP_ORIGIN, "Accept-Language": wish}).json()["notice"] == notice
    for headers in ({"Origin": "https://elsewhere.example"}, {}):
        refused = httpx.get(address, headers=headers)
        assert refused.status_code == 403
        assert "access-control-allow-origin" not in refused.headers
    assert httpx.get(f"{shop.url}/w/{shop.key}/boot?visitor=me", headers={"Origin": SHOP_ORIGIN}).status_code == 422


def test_the_frame_is_locked_to_the_shop(shop):
    answer = httpx.get(f"{shop.url}/w/{shop.key}/frame")
    assert answer.status_code == 200
    policy = dict(part.strip().partition(" ")[::2] for part in answer.headers["content-security-policy"].split(";"))
    ours = [shop.url, shop.url.replace("localhost", "127.0.0.1")]  # the page we host for the shop, and the dashboard's playground
    assert policy["frame-ancestors"].split() == [SHOP_ORIGIN, *ours]
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self'"
    assert SHOP_ORIGIN in answer.text
    assert "<style" not in answer.text
    assert " style=" not in answer.text


def test_the_suggested_questions_are_answered(shop, panel):
    chips = re.findall(r'data-act="suggest">([^<]+)<', panel.get(f"/w/{shop.key}/frame").text)
    assert len(chips) == 3
    talk = open_talk(shop, panel)
    for chip in chips:
        turn = talk.ask(html.unescape(chip))
        events = [event for _, event in talk.until("turn:end", turn) if event["turn"] == turn]
        assert any(event.get("citations") for event in events), chip
