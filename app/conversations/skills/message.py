"""When the mind cannot help, a person can: say so plainly, ask for a message, and take it in the next turn."""

import re
from typing import Final

from app.conversations.guardrails.personal_data import contact_in
from app.conversations.knowledge.language import language_of
from app.conversations.knowledge.words import CONCEPT_MARK, terms
from app.conversations.skills.ask import Ask, Reply
from app.conversations.skills.frames import phrase, say
from app.conversations.skills.phrases import has
from app.conversations.skills.rules import answers
from app.conversations.thoughts import WANTS_PERSON_STEP, MessageWanted, Thought

ORDER_STEP: Final = "order_unseen"
"""An order was asked after that only people of the shop can look up; that is no answer yet."""
_ORDER: Final = CONCEPT_MARK + "order"
_ORDER_NUMBER: Final = re.compile(r"(?:[a-z]{1,4}[-# ]?)?\d{4,}", re.IGNORECASE)


def take_message(ask: Ask) -> Reply | None:
    """Take the message asked for in the last turn: it holds a contact, or is the shopper's consent ("yes") to pass the question on."""
    if not (ask.history and ask.history[-1].message_wanted):
        return None
    if has("no", ask.text):
        return Reply("message", 1.0, "the shopper leaves no message", (say("message_declined", ask.language),))
    contact = contact_in(ask.text)
    is_number = ORDER_STEP in ask.history[-1].steps and bool(_ORDER_NUMBER.search(ask.text))
    if not contact and not is_number and not has("more", ask.text):
        return None  # a new question: answer that instead
    question = ask.history[-1].question
    ask.powers.leave_message(ask.turn_id, f"{ask.text}\n(Asked before: {question})")
    said: list[Thought] = [say("message_taken", ask.language)]
    if not contact:
        said += [say("message_no_contact", ask.language), MessageWanted(phrase("human_prompt", ask.language))]
    return Reply("message", 1.0, "a message for the staff", tuple(said))


def look_up_order(ask: Ask) -> Reply | None:
    """Somebody asks after an order of their own, and no system of the shop was there to say: take its number for those who can look."""
    if not has("own_order", ask.text):
        return None
    best = next(iter(ask.candidates), None)
    is_home = best is not None and ask.language == language_of(" ".join(best.passage.sentences))
    if best is not None and is_home and answers(ask, best) and _ORDER in terms(best.passage.text):
        return None  # the shop's papers say what to do about an order
    said = say("order_unseen", ask.language), MessageWanted(phrase("order_prompt", ask.language))
    return Reply(ORDER_STEP, 1.0, "asks after an order, and nothing here can look it up", said)


def fetch_human(ask: Ask) -> Reply | None:
    """A shopper who wants a person gets one: here, when somebody of the shop is at the desk; else by message, and is told so."""
    if not has("human", ask.text):
        return None
    if contact_in(ask.text):
        ask.powers.leave_message(ask.turn_id, ask.text)
        return Reply("message", 1.0, "a message for the staff", (say("message_taken", ask.language),))
    if ask.powers.person_is_there():
        why = "a person is wanted, and somebody is at the desk"
        return Reply(WANTS_PERSON_STEP, 1.0, why, (say("human_comes", ask.language), say("human_wait", ask.language)))
    prompt = phrase("human_prompt", ask.language)
    why = "a person is wanted, and nobody is at the desk"
    return Reply(WANTS_PERSON_STEP, 1.0, why, (say("human_away", ask.language), say("human", ask.language), MessageWanted(prompt)))


def recall_person(ask: Ask) -> Reply | None:
    """Say again what a person of the shop last wrote here, word for word and under their name."""
    last = next((turn for turn in reversed(ask.history) if turn.by_person), None)
    if last is None or not has("person_said", ask.text):
        return None
    text = " ".join(said.text for said in last.said)
    again = say("person_said", ask.language, name=last.by_person, text=text)
    return Reply("recall", 1.0, f"{last.by_person} wrote it in this conversation", (again,))


def admit(ask: Ask) -> Reply:
    """The last rung: nothing is sure enough, so the mind says that it does not know."""
    best = ask.candidates[0].confidence if ask.candidates else 0.0
    prompt = phrase("message_prompt", ask.language)
    why = f"the best passage is only {best:.2f} sure"
    return Reply("unknown", 1.0 - best, why, (say("unknown", ask.language), MessageWanted(prompt)))
