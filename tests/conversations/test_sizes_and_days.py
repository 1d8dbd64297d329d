"""A thing in several sizes is answered in one sentence, and a question about a day with that day's sentence."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from app.conversations.knowledge.variants import called, variant_of
from app.conversations.knowledge.weekdays import days_asked, days_in
from app.conversations.mind import think
from app.conversations.thoughts import Said

FRIDAY = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
SATURDAY_IN_TOKYO = datetime(2026, 11, 20, 20, 0, tzinfo=UTC)


def test_every_size_is_priced_in_one_sentence_and_each_row_is_cited(talk):
    said = [thought for thought in talk.ask("How much is a flat white?") if isinstance(thought, Said)]
    assert [each.text for each in said] == ["A flat white costs $4.20 small and $4.90 large."]
    assert len(said[0].citations) == 2
    assert talk.words("and the large one?").startswith("The large Flat White costs $4.90.")


def test_a_family_is_not_mixed_with_its_cousins(talk):
    assert talk.words("how much is a latte") == "A latte costs $4.30 small and $5.10 large."
    assert talk.words("how much is the oat latte") == "Oat Latte costs $5.20."


def test_measures_are_said_as_measures(talk_with):
    talk = talk_with({"p.csv": b"name,price,currency\nHouse beans 250 g,11.50,USD\nHouse beans 1 kg,40,USD\nTea,3,USD\n"})
    assert talk.words("how much are house beans?") == "House beans costs $11.50 for 250 g and $40.00 for 1 kg."


def test_is_it_vegan_speaks_of_the_thing_spoken_of(talk):
    talk.ask("how much is the latte, small?")
    answer = talk.words("is it vegan?")
    assert "the small Latte contains milk" in answer
    assert "Oat Latte" not in answer


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("When do you open on Sunday?", "On Sunday we open at 9:00 and close at 16:00."),
        ("are you open on Saturday evening", "On Saturday we open at 8:00 and close at 18:00."),
        ("what time do you close on Tuesday", "From Monday to Friday we open at 7:00 and close at 19:00."),
        ("What are your hours on Sundays?", "On Sunday we open at 9:00 and close at 16:00."),
    ],
)
def test_a_day_gets_its_own_sentence_and_no_other(talk, question, answer):
    said = [thought for thought in talk.ask(question) if isinstance(thought, Said)]
    assert [each.text for each in said] == [answer]
    assert said[0].citations[0].quote == answer


def test_hours_without_a_day_are_all_hours(talk):
    answer = talk.words("when are you open?")
    assert all(day in answer for day in ("Monday to Friday", "Saturday", "Sunday"))


@pytest.mark.parametrize(("time_zone", "day"), [("America/New_York", "From Monday to Friday"), ("Asia/Tokyo", "On Saturday")])
def test_today_is_the_shops_day(kestrel, house, time_zone, day):
    mind, moment = replace(kestrel, time_zone=time_zone), SATURDAY_IN_TOKYO
    thoughts = think(mind, "what time do you close today", history=(), powers=house.powers(moment), turn_id=uuid4(), now=moment)
    said = [thought.text for thought in thoughts if isinstance(thought, Said)]
    assert len(said) == 1
    assert said[0].startswith(day)


def test_days_are_read_from_spans_and_in_four_languages():
    assert days_in("We are open Tuesday to Saturday") == {1, 2, 3, 4, 5}
    assert days_in("Friday-Monday") == {4, 5, 6, 0}
    assert days_in("closed on Sunday and Monday") == {6, 0}
    assert days_in("every day") == set(range(7))
    assert days_in("星期天开门吗") == days_in("日曜は営業していますか") == days_in("êtes-vous ouvert le dimanche ?") == {6}
    assert days_in("do you sell sun hats") == frozenset()
    assert days_asked("are you open tomorrow", FRIDAY) >= {5}


def test_a_size_is_told_from_a_name():
    assert variant_of("Cappuccino") is None
    assert called("Flat White, large", "en") == "the large Flat White"
    assert called("Flat White, large", "fr") == "Flat White, large"
    assert called("House beans 250 g", "en") == "House beans 250 g"


def test_a_list_is_one_sentence_and_says_what_is_sold_out(talk):
    answer = talk.words("what cookies do you have?")
    assert "Chocolate Chip Cookie" in answer
    assert "Oat and Raisin Cookie is sold out" in answer
    assert talk.words("do you have croissants?") == "We have Butter Croissant for $3.20 and Almond Croissant for $3.90."
