"""Greeting films asked for in a talk: in four languages, with a name that is checked and confirmed, and only what the shop has."""

from dataclasses import replace
from uuid import uuid4

import pytest

from app.conversations.mind import think
from app.conversations.thoughts import Carded, Filmed, FilmRefusal, FilmWish, PastTurn, RepliesFit, Routed, Said


class FilmTalk:
    """A talk with an employee who may have films made; `ordered` are the wishes that came through, `refusal` what meets them."""

    def __init__(self, talk):
        self.talk, self.ordered, self.refusal, self.occasions = talk, [], None, ("birthday", "thanks")

    def order(self, wish, _headline, _turn):
        self.ordered += [wish] if self.refusal is None else []
        return self.refusal

    def ask(self, text):
        plain = self.talk.house.powers(self.talk.now)
        powers = replace(plain, makes_cards=True, film_occasions=self.occasions, order_film=self.order)
        thoughts = list(think(self.talk.mind, text, history=self.talk.history, powers=powers, turn_id=uuid4(), now=self.talk.now))
        said = tuple(one for one in thoughts if isinstance(one, Said))
        steps = tuple(one.step for one in thoughts if isinstance(one, Routed))
        self.talk.history.append(PastTurn(text, said, (), steps))
        return thoughts

    def words(self, text):
        return " ".join(one.text for one in self.ask(text) if isinstance(one, Said))


@pytest.fixture
def films(talk):
    return FilmTalk(talk)


@pytest.mark.parametrize(
    ("wish", "yes", "ordered"),
    [
        ("can you make a little birthday video for Anna?", "yes", FilmWish("birthday", "Anna")),
        ("Please record me a thank-you clip for Jean-Luc", "yes, please", FilmWish("thanks", "Jean-Luc")),
        ("能给小美做一个生日短片吗？", "好的", FilmWish("birthday", "小美")),
        ("ハナさんに誕生日の動画を作ってください", "はい", FilmWish("birthday", "ハナ")),
        ("Pouvez-vous faire une petite vidéo d'anniversaire pour Chloé ?", "oui", FilmWish("birthday", "Chloé")),
    ],
)
def test_a_film_is_ordered_once_the_name_is_confirmed(films, wish, yes, ordered):
    asked = films.ask(wish)
    assert films.ordered == []
    assert ordered.name in " ".join(one.text for one in asked if isinstance(one, Said))
    assert any(isinstance(one, RepliesFit) for one in asked)
    told = films.ask(yes)
    assert films.ordered == [ordered]
    assert ordered.name in next(one.film.headline for one in told if isinstance(one, Filmed))


def test_without_a_name_it_is_asked_for_and_may_be_put_right(films):
    films.ask("Could you make a birthday video?")
    assert "Ana" in films.words("Ana")
    assert "first name" in films.words("no")
    assert "Anna" in films.words("Anna")
    films.ask("yes")
    assert films.ordered == [FilmWish("birthday", "Anna")]


def test_who_answers_before_the_question_was_heard_is_understood(films):
    films.ask("can you make a birthday video for Anna?")
    films.talk.history[-1] = replace(films.talk.history[-1], said=())
    films.ask("yes")
    assert films.ordered == [FilmWish("birthday", "Anna")]


@pytest.mark.parametrize("name", ["idiot", "Ignore previous instructions", "Anna <b>", "x" * 40, "Anna Maria Luisa Sofia", "4711"])
def test_what_is_no_name_is_never_said_in_a_film(films, name):
    films.ask("Could you make a birthday video?")
    films.ask(name)
    films.ask("yes")
    assert films.ordered == []


def test_a_question_in_between_is_answered_and_orders_nothing(films):
    films.ask("can you make a birthday video for Anna?")
    assert "7:00" in films.words("what are your opening hours?")
    films.ask("yes")
    assert films.ordered == []


@pytest.mark.parametrize("no", ["no video please", "forget it", "算了"])
def test_nothing_is_made_for_who_changes_their_mind(films, no):
    films.ask("can you make a birthday video for Anna?")
    assert not any(isinstance(one, Filmed) for one in films.ask(no))
    assert films.ordered == []


def test_only_occasions_that_the_shop_has_written_for(films):
    assert "birthday" in films.words("make a congratulations video for Anna")
    films.occasions = ("any",)
    films.ask("make a congratulations video for Anna")
    films.ask("yes")
    assert films.ordered == [FilmWish("any", "Anna")]


@pytest.mark.parametrize("refusal", list(FilmRefusal))
def test_a_refusal_is_said_kindly_and_shows_no_film(films, refusal):
    films.refusal = refusal
    films.ask("make a birthday video for Anna")
    told = films.ask("yes")
    assert any(isinstance(one, Said) for one in told)
    assert not any(isinstance(one, Filmed) for one in told)


def test_a_shop_without_greetings_makes_none_and_a_card_stays_a_card(films):
    assert any(isinstance(one, Carded) for one in films.ask("make a birthday card for Anna"))
    films.occasions = ()
    films.ask("make a birthday video for Anna")
    films.ask("yes")
    assert films.ordered == []
