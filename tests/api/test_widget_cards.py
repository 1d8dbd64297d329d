"""A personal card over HTTP: the shopper's wish, the event, the picture, and who may see it."""

import io
import json

import numpy as np
import zxingcpp
from fakes.open_shop import open_talk
from PIL import Image

from app.conversations.read import conversation
from tenants.employee import Manner, change_manner, employee_view
from tenants.identifiers import from_public


def made(talk, text):
    turn = talk.ask(text)
    return turn, [event for _, event in talk.until("turn:end", turn) if event["turn"] == turn]


def test_a_card_with_a_name_and_a_coupon_is_drawn_for_its_own_talk_only(shop, panel):
    talk, stranger = open_talk(shop, panel), open_talk(shop, panel)
    talk.until("turn:end")
    turn, events = made(talk, "Please make me a birthday card for Mei")
    told = next(event for event in events if event["type"] == "card")
    assert told["headline"] == "Happy birthday, Mei!"
    assert [event["code"] for event in events if event["type"] == "offer"] == [told["coupon"]["code"]]
    place = f"{talk.path}/cards/{turn}"
    answer = panel.get(place, headers=talk.headers)
    assert answer.status_code == 200
    assert (answer.headers["content-type"], answer.headers["cache-control"]) == ("image/png", "no-store")
    picture = Image.open(io.BytesIO(answer.content))
    assert [one.text for one in zxingcpp.read_barcodes(np.asarray(picture.convert("L")))] == [told["coupon"]["code"]]
    assert json.loads(picture.text["AIGC"])["ProduceID"] == turn
    assert panel.get(place).status_code == 401
    assert panel.get(place, headers=stranger.headers).status_code == 403
    assert panel.get(f"{stranger.path}/cards/{turn}", headers=stranger.headers).status_code == 404
    assert panel.get(f"{talk.path}/cards/trn_nothing", headers=talk.headers).status_code == 404


def test_the_record_says_that_a_card_was_made(shop, panel):
    talk = open_talk(shop, panel, language="zh")
    talk.until("turn:end")
    made(talk, "给小美做一张卡片")
    with shop.house.database.tenant_session(shop.tenant_id) as session:
        (turn,) = conversation(session, from_public("cnv", talk.opened["conversation"])).turns
    assert "送给小美" in turn.said[0].text
    assert turn.route[0].step == "card"


def test_a_shop_that_wants_no_cards_has_none(shop, panel):
    with shop.house.database.tenant_session(shop.tenant_id) as session:
        employee = employee_view(session, from_public("emp", talk_employee(shop, panel)))
        manner = Manner(employee.job_title, employee.greeting, employee.brief, ("answer", "coupons", "messages"))
        change_manner(session, employee.employee_id, manner)
    try:
        talk = open_talk(shop, panel)
        talk.until("turn:end")
        _, events = made(talk, "Please make me a card for Mei")
        assert all(event["type"] != "card" for event in events)
    finally:
        with shop.house.database.tenant_session(shop.tenant_id) as session:
            every = Manner(employee.job_title, employee.greeting, employee.brief, ("answer", "coupons", "cards", "messages"))
            change_manner(session, employee.employee_id, every)


def talk_employee(shop, panel) -> str:
    return open_talk(shop, panel).opened["employee"]["id"]
