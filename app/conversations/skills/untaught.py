"""At an interview before the first lesson: say kindly that nothing is known yet, tell what the job and the offers say, and lead to Teach.

Shoppers never hear it: to them an employee without knowledge says "I do not know" and takes a message, as for any question.
"""

from typing import Final

from app.conversations.skills.ask import Ask, Reply
from app.conversations.skills.frames import listed, say
from app.conversations.skills.phrases import has
from app.conversations.thoughts import Said

STEP: Final = "untaught"
"""The step of an answer by somebody who was taught nothing yet."""
BRIEF_SAID_MAX: Final = 240
"""So many characters of a brief are read out; the rest stands in the file."""


def tell_of_job(ask: Ask) -> Reply | None:
    """What somebody can say who knows the job and nothing else: once the brief, then only that lessons are missing."""
    job = ask.beside.job
    if job is None or ask.index.passages:
        return None
    told: list[Said] = []
    if has("coupon", ask.text):
        told += [say("untaught_offers", ask.language, offers=listed(job.offers, ask.language))] if job.offers else []
        told += [] if job.offers else [say("untaught_no_offers", ask.language)]
    else:
        told.append(say("untaught", ask.language))
        if job.brief and not any(STEP in turn.steps and not has("coupon", turn.question) for turn in ask.history):
            told.append(say("untaught_brief", ask.language, brief=_opening(job.brief)))
    told.append(say("untaught_teach", ask.language))
    return Reply(STEP, 1.0, "an interview before the first lesson", tuple(told))


def _opening(brief: str) -> str:
    """As many whole sentences of a brief as are read out; at least the first, cut where it never ends."""
    text = " ".join(brief.split())
    if len(text) <= BRIEF_SAID_MAX:
        return text
    cut = text[:BRIEF_SAID_MAX]
    end = max(cut.rfind(sign) for sign in (". ", "! ", "? ", "。", "！", "？"))
    return cut[: end + 1] if end > 0 else f"{cut.rpartition(' ')[0] or cut}…"
