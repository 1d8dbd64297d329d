"""A shop's own skill in conversation: its slots are asked for one at a time, then the shop's system is called and its answer said.

Nothing is stored between turns. The turns that asked are read again in order, so a conversation that another process takes up goes on
where it stood, and a skill the shop changed meanwhile is simply let go.
"""

from dataclasses import dataclass, field
from typing import Final

from app.conversations.knowledge.language import language_of
from app.conversations.skills.ask import Ask, Reply
from app.conversations.skills.frames import listed, phrase, say
from app.conversations.skills.own.describe import OwnSkill, Slot
from app.conversations.skills.own.matching import skill_called
from app.conversations.skills.own.slots import value_in
from app.conversations.skills.own.telling import tell
from app.conversations.skills.phrases import has
from app.conversations.thoughts import SKILL_ASKS_STEP, SKILL_STEP, MessageWanted, Said

MISSES_MAX: Final = 2
"""So often an answer may not fit; then they offer to take a message."""
_QUESTION_MARKS: Final = ("?", "？")
SURE: Final = 0.9


@dataclass
class _Progress:
    """How far the asking has come: values by key, and how often the last question got no fitting answer."""

    skill: OwnSkill
    values: dict[str, str] = field(default_factory=dict)
    misses: int = 0

    @property
    def name(self) -> str:
        """What the shop calls the skill."""
        return self.skill.description.name

    @property
    def wanted(self) -> Slot | None:
        """What is to be asked next."""
        return next((slot for slot in self.skill.description.slots if slot.key not in self.values), None)

    def hear(self, ask: Ask, text: str, *, is_first: bool) -> bool:
        """Take what a message holds; whether it answered what was asked."""
        asked = None if is_first else self.wanted
        for slot in self.skill.description.slots:
            value = None if slot.key in self.values else value_in(slot, text, ask.now, is_asked=slot is asked)
            if value is not None:
                self.values[slot.key] = value
        was_answered = is_first or asked is None or asked.key in self.values
        self.misses = 0 if was_answered else self.misses + 1
        return was_answered


def use_own_skill(ask: Ask) -> Reply | None:
    """Go on asking, call the shop's system, or leave the question to the other skills."""
    if not ask.beside.skills:
        return None
    going_on = _going_on(ask)
    if going_on is None:
        return _begin(ask)
    if has("no", ask.text):
        return Reply("courtesy", 1.0, "the shopper wants to know it no longer", (say("skill_stopped", ask.language),))
    return _go_on(ask, going_on)


def _go_on(ask: Ask, going_on: _Progress) -> Reply | None:
    is_question = ask.text.rstrip().endswith(_QUESTION_MARKS)
    wanted = going_on.wanted
    if is_question and wanted is not None and wanted.kind == "text":
        return _begin(ask)  # words that ask are no answer
    if going_on.hear(ask, ask.text, is_first=False):
        return _next(ask, going_on)
    if is_question:
        return _begin(ask)
    if going_on.misses >= MISSES_MAX:
        said = say("skill_gave_up", ask.language), MessageWanted(phrase("message_prompt", ask.language))
        return Reply("unknown", 1.0, f'the skill "{going_on.name}" was not told what it needs', said)
    return _asking(ask, going_on, is_again=True)


def _begin(ask: Ask) -> Reply | None:
    skill = skill_called(ask.beside.skills, ask.spelled, ask.embed, ask.now) if ask.text else None
    if skill is None:
        return None
    progress = _Progress(skill)
    progress.hear(ask, ask.text, is_first=True)
    return _next(ask, progress)


def _going_on(ask: Ask) -> _Progress | None:
    """The asking the last turns were about, told again from its first question."""
    questions: list[str] = []
    for turn in reversed(ask.history):
        if SKILL_ASKS_STEP not in turn.steps:
            break
        questions.append(turn.question)
    progress: _Progress | None = None
    for text in reversed(questions):
        if progress is None or not progress.hear(ask, text, is_first=False):
            begun = skill_called(ask.beside.skills, text, ask.embed, ask.now)
            if begun is not None and (progress is None or text.rstrip().endswith(_QUESTION_MARKS)):
                progress = _Progress(begun)
                progress.hear(ask, text, is_first=True)
    return progress if progress is not None and progress.wanted is not None else None


def _next(ask: Ask, progress: _Progress) -> Reply:
    return _call(ask, progress) if progress.wanted is None else _asking(ask, progress, is_again=False)


def _asking(ask: Ask, progress: _Progress, *, is_again: bool) -> Reply:
    slot = progress.wanted
    assert slot is not None  # noqa: S101 - asked only while something is wanted
    choices = listed(slot.choices, ask.language) if slot.choices else ""
    hint = (say(f"skill_again_{slot.kind}", ask.language, choices=choices),) if is_again else ()
    own = slot.ask if slot.ask and (language_of(slot.ask, ask.language) == ask.language or slot.kind == "text") else ""
    question = Said(own) if own else say(f"skill_ask_{slot.kind}", ask.language, choices=choices)
    return Reply(SKILL_ASKS_STEP, SURE, f'the skill "{progress.name}" needs to know more', (*hint, question))


def _call(ask: Ask, progress: _Progress) -> Reply:
    description = progress.skill.description
    told = ask.powers.call_skill(progress.skill.skill_id, ask.turn_id, progress.values)
    if told is None:
        said = say("skill_failed", ask.language), MessageWanted(phrase("message_prompt", ask.language))
        return Reply("unknown", 1.0, f"the skill “{progress.name}” got no answer from the shop's system", said)
    sentences = tell(description.sentences, progress.values, told, ask.language)
    if not sentences:
        nothing = Said(description.nothing) if description.nothing else say("skill_nothing", ask.language)
        return Reply(SKILL_STEP, SURE, f'the skill "{progress.name}" found nothing', (nothing,))
    return Reply(SKILL_STEP, 1.0, f"the skill “{progress.name}” was answered by the shop's system", tuple(Said(one) for one in sentences))
