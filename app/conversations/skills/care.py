"""Kind refusals: danger first, minors next, and at the end what only a doctor, a lawyer or the shop's people may say."""

from typing import Final

from app.conversations.guardrails.promises import touches
from app.conversations.skills.ask import Ask, Reply
from app.conversations.skills.frames import phrase, say
from app.conversations.thoughts import MessageWanted

_WITHHELD: Final = ("medical", "legal", "promise")
"""What is refused although the shop's papers may speak of the subject; the rest is refused only when nothing of the shop answers."""


def look_after(ask: Ask) -> Reply | None:
    """Before anything else: somebody in danger is sent to help, and a child is sold nothing for adults and asked for nothing private."""
    if touches("danger", ask.text):
        return Reply("care", 1.0, "the message speaks of danger", (say("care_danger", ask.language),))
    if not (touches("minor", ask.text) or any(touches("minor", turn.question) for turn in ask.history if not turn.by_person)):
        return None
    if touches("for_adults", ask.text):
        return Reply("care", 1.0, "a minor asks for what only adults may buy", (say("care_minor", ask.language),))
    if touches("private_of_minor", ask.text):
        return Reply("care", 1.0, "a minor tells private things", (say("care_private", ask.language),))
    return None


def keep_to_her_place(ask: Ask) -> Reply | None:
    """Health, law and promises: said kindly, with the way to whoever may answer. Nothing of the shop is quoted as if it were advice."""
    kind = next((kind for kind in _WITHHELD if touches(kind, ask.text)), None)
    if kind is None:
        return None
    wanted = MessageWanted(phrase("message_prompt", ask.language))
    return Reply("care", 1.0, f"asked for what may not be said: {kind}", (say(f"care_{kind}", ask.language), wanted))


def keep_out_of_it(ask: Ask) -> Reply | None:
    """Politics, other shops and advances: declined without a lesson."""
    kind = next((kind for kind in ("opinion", "flirt") if touches(kind, ask.text)), None)
    return Reply("care", 0.9, f"not a matter for this talk: {kind}", (say(f"care_{kind}", ask.language),)) if kind else None
