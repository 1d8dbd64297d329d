"""Have a short greeting film made for somebody a shopper names: "can you make a little birthday video for Anna?".

Nothing but what the shop wrote and the checked name is said in it: the skill chooses among the shop's own greetings, asks for the name,
asks whether it is right, and orders. The name is held to the rules for one on a card, and asked for by a sentence that says what for.
"""

from app.conversations.skills.ask import Ask, Reply
from app.conversations.skills.card import name_in_wish, name_told, occasion_in
from app.conversations.skills.frames import listed, phrase, say, yes_or_no
from app.conversations.skills.phrases import has
from app.conversations.thoughts import FILM_ASKS_STEP, FILM_STEP, Filmed, FilmRefusal, FilmWish, PastTurn, PersonalFilm

ANY_OCCASION = "any"
"""A greeting that fits whatever it is wished for."""


def make_film(ask: Ask) -> Reply | None:
    """Order a film, or ask for whom it is and whether the name is right; None when nobody speaks of one or the shop has none made."""
    if not ask.powers.film_occasions:
        return None
    wish = _wish_before(ask)
    if wish:
        return _answered(ask, wish)
    if not has("film", ask.text):
        return None
    occasion = _greeting_for(ask, ask.text)
    if not occasion:
        known = _list_of(ask)
        return Reply(FILM_STEP, 1.0, "the shop has no greeting for that", (say("film_other", ask.language, occasions=known),))
    name = name_in_wish(ask.text)
    return _confirm(ask, name) if name else Reply(FILM_ASKS_STEP, 1.0, "asks for whom the film is", (say("film_ask", ask.language),))


def _wish_before(ask: Ask) -> str:
    """The message that wished for a film, while its name is asked for or to be confirmed; else empty."""
    if not ask.history or FILM_ASKS_STEP not in ask.history[-1].steps:
        return ""
    wishes = (turn.question for turn in reversed(ask.history) if has("film", turn.question))
    return next(wishes, "")


def _answered(ask: Ask, wish: str) -> Reply | None:
    """Hear the answer: the name's confirmation, another name, or no film; what is none of these is left to the other skills."""
    name, said = _name_confirmed(ask.history[-1]), ask.text
    if name and has("more", said):
        return _ordered(ask, FilmWish(_greeting_for(ask, wish), name))
    if has("film_dropped", said) or (not name and has("no", said)):
        return Reply(FILM_STEP, 1.0, "the visitor wants no film after all", (say("film_dropped", ask.language),))
    if has("no", said):
        return Reply(FILM_ASKS_STEP, 1.0, "the name was wrong", (say("film_ask", ask.language),))
    other = name_told(said)
    return _confirm(ask, other) if other else None


def _confirm(ask: Ask, name: str) -> Reply:
    asked = say("film_confirm", ask.language, name=name), yes_or_no(ask.language)
    return Reply(FILM_ASKS_STEP, 1.0, "asks whether the name is right", asked)


def _name_confirmed(last: PastTurn) -> str:
    """The name that the last answer repeated, taken from what the shopper wrote: they may answer before it was heard. Else empty."""
    if has("film", last.question):
        return name_in_wish(last.question)
    return "" if has("no", last.question) else name_told(last.question)


def _ordered(ask: Ask, wish: FilmWish) -> Reply:
    headline = phrase(f"card_{_worded(wish.occasion)}_for", ask.language, name=wish.name)
    outcome = ask.powers.order_film(wish, headline, ask.turn_id)
    if isinstance(outcome, FilmRefusal):
        return Reply(FILM_STEP, 1.0, f"no film: {outcome.value}", (say(f"film_{outcome.value}", ask.language),))
    ordered = say("film_ordered", ask.language, name=wish.name), Filmed(PersonalFilm(headline))
    return Reply(FILM_STEP, 1.0, "the visitor wanted a film for somebody", ordered)


def _greeting_for(ask: Ask, wish: str) -> str:
    """The occasion whose greeting serves this wish, one that fits any else; empty where the shop has none that does."""
    wanted = occasion_in(wish)
    had = ask.powers.film_occasions
    if wanted in had:
        return wanted
    return ANY_OCCASION if ANY_OCCASION in had else "" if wanted or len(had) > 1 else had[0]


def _list_of(ask: Ask) -> str:
    return listed([phrase(f"film_for_{one}", ask.language) for one in ask.powers.film_occasions], ask.language)


def _worded(occasion: str) -> str:
    return "plain" if occasion == ANY_OCCASION else occasion
