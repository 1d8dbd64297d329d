"""Remember a visitor who agrees: ask plainly, say what is kept when asked, forget at once. Nothing is kept before they have said yes."""

from app.conversations.memory.told import Fact, asks_own_name, asks_to_be_forgotten, asks_what_is_known, facts_in, name_told_alone
from app.conversations.skills.ask import Ask, Reply
from app.conversations.skills.frames import listed, phrase, say, yes_or_no
from app.conversations.skills.phrases import has
from app.conversations.thoughts import Said

ASKS_STEP, STEP = "memory_asks", "memory"


def keep_memory(ask: Ask) -> Reply | None:
    """Answer what concerns remembering, and leave everything else to the other skills."""
    memory = ask.beside.memory
    if not memory.is_on:
        if asks_to_be_forgotten(ask.text) or asks_what_is_known(ask.text):
            return Reply(STEP, 1.0, "this shop remembers nobody", (say("memory_nothing", ask.language),))
        return _called_by_name(ask)
    if asks_to_be_forgotten(ask.text):
        ask.powers.forget_visitor()
        return Reply(STEP, 1.0, "the visitor wants to be forgotten", (say("memory_forgotten", ask.language),))
    if asks_what_is_known(ask.text):
        return Reply(STEP, 1.0, "the visitor wants to see what is remembered", _shown(ask))
    return _answered(ask) or _told(ask) or _called_by_name(ask)


def _called_by_name(ask: Ask) -> Reply | None:
    """Greet by name whoever says it where nothing is kept, and say it again when asked: it stands in the conversation, and nowhere else."""
    name = name_told_alone(ask.text)
    if name and not has("abuse", name) and not asks_own_name(ask.text):
        return Reply("courtesy", 1.0, "said their name", (say("name_heard", ask.language, name=name), say("greet_ask", ask.language)))
    if not asks_own_name(ask.text):
        return None
    told = (name for turn in reversed(ask.history) if (name := name_told_alone(turn.question)))
    known = next(told, ask.beside.memory.value("name"))
    frame = say("own_name", ask.language, name=known) if known else say("own_name_unknown", ask.language)
    return Reply("courtesy", 1.0, "asked what they are called", (frame,))


def _shown(ask: Ask) -> tuple[Said, ...]:
    memory = ask.beside.memory
    if not memory.facts:
        return (say("memory_nothing", ask.language),)
    facts = tuple(
        say("memory_fact", ask.language, name=phrase(f"memory_{one.name}", ask.language), value=one.value, sentence=one.sentence)
        for one in memory.facts
    )
    return (*facts, say("memory_how_to_forget", ask.language))


def _answered(ask: Ask) -> Reply | None:
    """Take the answer to the question whether they may be remembered."""
    last = ask.history[-1] if ask.history else None
    if last is None or ASKS_STEP not in last.steps:
        return None
    if has("no", ask.text):
        ask.powers.refuse_memory(ask.text)
        return Reply(STEP, 1.0, "the visitor does not want to be remembered", (say("memory_refused", ask.language),))
    facts = facts_in(last.question)
    if not has("more", ask.text) or not facts or not ask.powers.remember(facts, ask.turn_id, ask.text):
        return None
    return Reply(STEP, 1.0, "the visitor agreed to be remembered", (say("memory_kept", ask.language, facts=_listed(ask, facts)),))


def _told(ask: Ask) -> Reply | None:
    """A message that tells something of the visitor: kept when they agreed before, else asked about, unless they refused."""
    memory, facts = ask.beside.memory, facts_in(ask.text)
    if not facts or memory.is_given is False:
        return None
    if memory.is_given:
        is_kept = ask.powers.remember(facts, ask.turn_id, None)
        return (
            Reply(STEP, 1.0, "the visitor told something to remember", (say("memory_kept", ask.language, facts=_listed(ask, facts)),))
            if is_kept
            else None
        )
    question = say("memory_ask", ask.language, facts=_listed(ask, facts), days=memory.days_kept)
    asked = question, say("memory_rights", ask.language), yes_or_no(ask.language)
    return Reply(ASKS_STEP, 1.0, "asks whether it may be remembered", asked)


def _listed(ask: Ask, facts: tuple[Fact, ...]) -> str:
    return listed(
        [phrase("memory_pair", ask.language, name=phrase(f"memory_{one.name}", ask.language), value=one.value) for one in facts],
        ask.language,
    )
