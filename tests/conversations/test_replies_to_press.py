"""What a shopper may press instead of typing: it comes with the question it answers, and is understood when it comes back."""

from dataclasses import replace

import pytest

from app.conversations.beside import Beside
from app.conversations.remember import Memory
from app.conversations.skills import clarify
from app.conversations.skills.frames import LANGUAGES, replies, yes_or_no
from app.conversations.skills.phrases import has
from app.conversations.thoughts import RepliesFit


def pressed(thoughts):
    return next((one.texts for one in thoughts if isinstance(one, RepliesFit)), ())


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reply_is_heard_as_what_it_says(language):
    yes, no = yes_or_no(language).texts
    assert (has("more", yes), has("no", yes)) == (True, False)
    assert (has("more", no), has("no", no)) == (False, True)
    assert has("card_without_name", replies(language, "reply_no_name").texts[0])


@pytest.mark.parametrize(("told", "language"), [("My name is Noor.", "en"), ("我叫小梅。", "zh")])
def test_the_question_of_remembering_is_answered_by_one_press(talk, told, language):
    talk.beside = replace(Beside(), memory=Memory(is_on=True, is_given=None))
    offered = pressed(talk.ask(told))
    assert offered == yes_or_no(language).texts
    assert talk.step(offered[1]) == "memory"
    assert not pressed(talk.ask("What do you know about me?")), "nothing is asked there"


def test_a_question_in_doubt_is_answered_by_one_press(talk, monkeypatch):
    monkeypatch.setattr(clarify, "CLARIFY_CONFIDENCE_MIN", 0.0)  # so that whatever is not answered is asked back
    for press, steps in ((0, {"rule", "product"}), (1, {"unknown"})):
        offered = pressed(talk.ask("Do you rent out your garden?"))
        assert (talk.history[-1].steps, offered) == (("clarify",), yes_or_no("en").texts)
        assert talk.step(offered[press]) in steps


def test_a_coupon_offers_a_card_that_may_be_declined_or_wished_for(talk, ten_percent, monkeypatch):
    plain = talk.house.powers
    monkeypatch.setattr(talk.house, "powers", lambda now: replace(plain(now), makes_cards=True))
    offered = pressed(talk.ask("Do you have a coupon for me?"))
    assert offered == yes_or_no("en").texts
    asked = pressed(talk.ask(offered[0]))
    assert asked == ("No name",)
    assert talk.step(asked[0]) == "card"
    talk.history.clear()
    declined = pressed(talk.ask("Do you have a coupon for me?"))[1]
    assert talk.step(declined) == "courtesy", "whoever wants no card is not told that nobody knows"


def test_a_long_list_is_gone_on_with_or_left_by_one_press(talk):
    for press, step in ((0, "finder"), (1, "courtesy")):
        talk.history.clear()
        offered = pressed(talk.ask("What do you have without nuts?"))
        assert (talk.history[-1].steps, offered) == (("finder",), yes_or_no("en").texts)
        assert talk.step(offered[press]) == step
