"""What any polite assistant says before and after business: greeting, thanks, honesty about being an AI, calm when scolded."""

from app.conversations.guardrails.instructions import claims_authority, is_instruction
from app.conversations.guardrails.personal_data import holds_card_number
from app.conversations.skills.ask import Ask, Reply
from app.conversations.skills.frames import phrase, say
from app.conversations.skills.phrases import has, is_only
from app.conversations.thoughts import MessageWanted

_ORDER = ("help", "how_are_you", "thanks", "bye", "greeting", "acknowledge")


def protect(ask: Ask) -> Reply | None:
    """Stop what must not go further: card numbers, orders to the employee, claimed ranks. They change nothing and are not argued with."""
    if holds_card_number(ask.text):
        return Reply("personal_data", 1.0, "the message held a card number", (say("card_number", ask.language),))
    if is_instruction(ask.text):
        return Reply("injection", 1.0, "the message gives orders to the employee", (say("declined", ask.language),))
    if claims_authority(ask.text):
        return Reply("injection", 0.9, "a rank was claimed, which a chat cannot prove", (say("declined", ask.language),))
    return None


def be_honest(ask: Ask) -> Reply | None:
    """Say that it is an AI whenever asked."""
    if not has("is_ai", ask.text):
        return None
    return Reply("disclosure", 1.0, "asked whether it is an AI", (say("is_ai", ask.language), say("is_ai_human", ask.language)))


def be_polite(ask: Ask) -> Reply | None:
    """Answer courtesies that hold no question, and take a plain "no, thank you" to whatever was offered."""
    if has("no", ask.text):
        return Reply("courtesy", 1.0, "nothing is wanted", (say("message_declined", ask.language),))
    for kind in ("about_her", "compliment"):
        if has(kind, ask.text):
            return Reply("courtesy", 1.0, f"small talk: {kind}", (say(kind, ask.language), say("greet_ask", ask.language)))
    if not is_only(ask.text, *_ORDER):
        return None
    if has("thanks", ask.text) and has("bye", ask.text):
        return Reply("courtesy", 1.0, "only courtesy: thanks and bye", (say("thanks", ask.language), say("bye", ask.language)))
    intent = next(intent for intent in _ORDER if has(intent, ask.text))
    said = [say("greet", ask.language, name=ask.employee_name)] if intent == "greeting" else [say(intent, ask.language)]
    if intent in ("greeting", "how_are_you"):
        said.append(say("greet_ask", ask.language))
    return Reply("courtesy", 1.0, f"only courtesy: {intent}", tuple(said))


def keep_to_the_shop(ask: Ask) -> Reply | None:
    """Decline what no shop assistant is asked for: the weather, poems, sums."""
    if not has("off_topic", ask.text):
        return None
    return Reply("off_topic", 0.9, "not about the shop", (say("declined", ask.language),))


def stay_calm(ask: Ask) -> Reply | None:
    """Meet abuse without abuse, a complaint with an apology and the way to a person, and sadness kindly. Nothing is conceded by it."""
    if has("abuse", ask.text):
        return Reply("abuse", 0.9, "abusive words", (say("abuse", ask.language),))
    if has("complaint", ask.text):
        wanted = MessageWanted(phrase("message_prompt", ask.language))
        return Reply("complaint", 0.9, "something went wrong for the shopper", (say("complaint", ask.language), wanted))
    if has("sad", ask.text):
        return Reply("courtesy", 0.9, "the shopper is sad", (say("sad", ask.language),))
    return None
