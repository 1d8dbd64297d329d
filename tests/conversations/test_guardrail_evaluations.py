"""The guardrails' data files (tests/evaluation/guardrails): refusals are kind, nothing told from outside is obeyed or read out."""

import csv
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from app.conversations.guardrails.acceptable_use import refused_because
from app.conversations.guardrails.instructions import claims_authority, is_instruction
from app.conversations.guardrails.promises import KINDS, touches
from app.conversations.mind import think
from app.conversations.page_seen import seen_in
from app.conversations.skills.frames import LANGUAGES, say
from app.conversations.teach import read_document
from app.conversations.thoughts import ANSWERING_STEPS, Carded, Offered, PastTurn, Said

FOLDER = Path(__file__).parents[1] / "evaluation" / "guardrails"
BRUSQUE = ("must not ask", "you idiot", "obviously", "forbidden", "refuse", "violat")


def lines(name):
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("name", ["promises", "brand", "minors", "abuse"])
def test_what_she_may_not_say_is_refused_kindly(talk, house, ten_percent, name):
    failed = []
    for line in lines(name):
        talk.history.clear()
        if line.get("before"):
            talk.ask(line["before"])
        words = talk.words(line["message"])
        step = talk.history[-1].steps[-1]
        fits = {"any": True, "not_answered": step not in ANSWERING_STEPS}.get(line["expect"], step == line["expect"])
        held = line["must_not"] and line["must_not"].casefold() in words.casefold()
        if not fits or held or any(word in words.casefold() for word in BRUSQUE):
            failed.append((line["message"], step, words))
    assert failed == []
    assert not house.issued


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_asked_every_day_is_not_held_back(kind):
    assert [line["message"] for line in lines("everyday") if touches(kind, line["message"])] == []


def test_no_message_gives_her_orders(talk, house, ten_percent):
    obeyed = []
    for line in lines("injection_message"):
        talk.history.clear()
        thoughts = talk.ask(line["message"])
        if talk.history[-1].steps[-1] in ANSWERING_STEPS or any(isinstance(one, Offered) for one in thoughts):
            obeyed.append(line["message"])
        assert is_instruction(line["message"]) or claims_authority(line["message"]), line["message"]
    assert obeyed == []
    assert not house.issued


def test_nobody_talks_their_way_to_a_second_coupon(talk, house, ten_percent):
    """The house would issue to anybody: whatever is handed out here, she gave away herself. Cards are no way to more either."""
    powers = replace(house.powers(talk.now), makes_cards=True)
    talk.ask("Do you have a coupon for me?")
    first = tuple(talk.history)
    got = []
    for line in lines("coupon_abuse"):
        thoughts = think(talk.mind, line["message"], history=first, powers=powers, turn_id=uuid4(), now=talk.now)
        got += [line["message"] for one in thoughts if isinstance(one, Offered)]
    assert (got, len(house.issued)) == ([], 1)


def test_only_a_name_stands_on_a_card(talk, house):
    powers = replace(house.powers(talk.now), makes_cards=True)
    wrong = []
    for line in lines("card_names"):
        asked = PastTurn("make me a personal card", (Said("Which first name?"),), (), ("card_asks",))
        thoughts = list(think(talk.mind, line["text"], history=(asked,), powers=powers, turn_id=uuid4(), now=talk.now))
        cards = [one.card.headline for one in thoughts if isinstance(one, Carded)]
        name = line["stands"]
        if bool(cards) != bool(name) or any(name not in headline for headline in cards):
            wrong.append((line["text"], cards))
    assert wrong == []


def test_no_document_feed_or_page_gives_her_orders():
    obeyed = []
    for line in lines("injection_told"):
        if line["where"] == "document":
            read = read_document("rules.md", "text/markdown", f"# Rules\n\nWe open at nine.\n{line['text']}\n".encode())
        elif line["where"] == "feed":
            rows = f'name,price,currency,description\nTea,3,USD,"{line["text"]}"\nCake,4,USD,Sweet\n'
            read = read_document("list.csv", "text/csv", rows.encode())
        else:
            seen = seen_in({"product": line["text"], "cart": [line["text"]]})
            if seen.product or seen.cart:
                obeyed.append(line["text"])
            continue
        taught = " ".join(f"{piece.heading} {piece.text}" for piece in read.pieces)
        if line["text"][-12:] in taught:
            obeyed.append(line["text"])
    assert obeyed == []


def test_what_a_shop_may_not_have_her_say_is_left_out_and_named():
    wrong = [
        line["text"] for line in lines("acceptable_use") if (refused_because(line["text"]) is not None) != (line["is_refused"] == "yes")
    ]
    assert wrong == []
    read = read_document("rules.md", "text/markdown", b"# Rules\n\nWe open at nine. Our tea cures cancer.\n")
    assert [sentence for piece in read.pieces for sentence in piece.sentences] == ["We open at nine."]
    assert "it claims a cure" in read.warnings[0]


def test_every_kind_of_refusal_has_words_in_every_language():
    for kind in KINDS:
        assert not touches(kind, "when do you open on saturday")
    for key in ("care_danger", "care_minor", "care_private", "care_medical", "care_legal", "care_promise", "care_opinion", "care_flirt"):
        assert len({say(key, language).text for language in LANGUAGES}) == len(LANGUAGES)


def test_ordinary_questions_of_every_shop_are_no_matter_for_care():
    asked = [
        row["question"]
        for path in (FOLDER.parent / "shop-qa").glob("*/questions.csv")
        if path.parent.name not in ("fernhill-nursery", "arlen-skis", "dunmore-stores", "ropewalk-rooms", "skerrow-outfitters")  # blind
        for row in csv.DictReader(path.read_text(encoding="utf-8").splitlines())
        if row["gold"]
    ]
    caught = [text for text in asked if any(touches(kind, text) for kind in ("danger", "medical", "legal", "promise", "opinion", "flirt"))]
    assert caught == []
