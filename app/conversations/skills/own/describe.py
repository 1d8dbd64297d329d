"""What a shop writes down about one of its own skills, checked and bounded: names, slots, example sentences, and how the answer is said."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final
from uuid import UUID

from app.conversations.errors import SkillNotFit
from app.conversations.guardrails.instructions import is_instruction
from app.conversations.guardrails.plain_text import clean
from app.conversations.language_models.embeddings import Vectors

KINDS: Final = ("order_number", "email", "date", "number", "choice", "text")
"""The types of a slot: what a shopper may be asked for."""
SLOTS_MAX, EXAMPLES_MAX, SENTENCES_MAX, CHOICES_MAX = 4, 20, 8, 12
NAME_LENGTH_MAX, SENTENCE_LENGTH_MAX = 60, 240
FIELD: Final = re.compile(r"\{([A-Za-z0-9_]{1,40}(?:\.[A-Za-z0-9_]{1,40}){0,5})\}")
"""A place in a sentence for a field of the answer: `{status}`, `{stores.0.name}`."""
_KEY: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")


@dataclass(frozen=True)
class Slot:
    """One thing the shopper is asked for. `key` is its name in the call, `ask` the shop's own question (may be empty)."""

    key: str
    kind: str
    ask: str = ""
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Description:
    """A skill in the shop's words. `sentences` say the answer; one whose fields the answer lacks is left out."""

    name: str
    slots: tuple[Slot, ...]
    examples: tuple[str, ...]
    sentences: tuple[str, ...]
    nothing: str = ""


@dataclass(frozen=True, eq=False)
class OwnSkill:
    """A skill as the mind meets it; `vectors` are its examples' meanings, shape (examples, 384)."""

    skill_id: UUID
    description: Description
    vectors: Vectors


def described(given: Description) -> Description:
    """The description, plain and bounded; raises SkillNotFit with the field's name and what to write there."""
    name = clean(given.name)[:NAME_LENGTH_MAX]
    if not name:
        raise SkillNotFit("name", "Give it a name, such as Order status.")
    slots = _slots(given.slots)
    examples = _lines("examples", given.examples, EXAMPLES_MAX)
    if not examples:
        raise SkillNotFit("examples", "Write at least one sentence with which a shopper would ask for this.")
    sentences = _lines("sentences", given.sentences, SENTENCES_MAX)
    if not sentences:
        raise SkillNotFit("sentences", "Write at least one sentence that says the answer.")
    for sentence in sentences:
        if "{" in FIELD.sub("", sentence) or "}" in FIELD.sub("", sentence):
            raise SkillNotFit("sentences", "Write each field of the answer as {field} or {field.inner}, and no other curly brackets.")
    if not any(FIELD.search(sentence) for sentence in sentences):
        raise SkillNotFit("sentences", "At least one sentence must say a field of the answer, such as {status}.")
    return Description(name, slots, examples, sentences, _sentence("nothing", given.nothing))


def to_json(one: Description) -> dict[str, Any]:
    """As it stands in its row."""
    return asdict(one)


def from_json(kept: Mapping[str, Any]) -> Description:
    """Read it back."""
    slots = tuple(Slot(one["key"], one["kind"], one["ask"], tuple(one["choices"])) for one in kept["slots"])
    return Description(kept["name"], slots, tuple(kept["examples"]), tuple(kept["sentences"]), kept["nothing"])


def _slots(given: Sequence[Slot]) -> tuple[Slot, ...]:
    if len(given) > SLOTS_MAX:
        raise SkillNotFit("slots", f"At most {SLOTS_MAX} things can be asked for.")
    slots = tuple(_slot(one) for one in given)
    if len({one.key for one in slots}) < len(slots):
        raise SkillNotFit("slots", "Two of these have the same name; the call could not tell them apart.")
    return slots


def _slot(given: Slot) -> Slot:
    key, ask = given.key.strip(), _sentence("slots", given.ask)
    if not _KEY.fullmatch(key):
        raise SkillNotFit("slots", "A name in the call has small letters, digits and _ only, and begins with a letter: order_number.")
    if given.kind not in KINDS:
        raise SkillNotFit("slots", "Choose what kind of answer is expected.")
    choices = tuple(dict.fromkeys(one for choice in given.choices if (one := clean(choice)[:NAME_LENGTH_MAX])))
    if given.kind == "choice" and not 2 <= len(choices) <= CHOICES_MAX:
        raise SkillNotFit("slots", f"A choice needs 2 to {CHOICES_MAX} possibilities, divided by commas.")
    return Slot(key, given.kind, ask, choices if given.kind == "choice" else ())


def _lines(field: str, given: Sequence[str], count_max: int) -> tuple[str, ...]:
    lines = tuple(dict.fromkeys(one for line in given if (one := _sentence(field, line))))
    if len(lines) > count_max:
        raise SkillNotFit(field, f"Write at most {count_max} lines here.")
    return lines


def _sentence(field: str, given: str) -> str:
    text = clean(given)
    if len(text) > SENTENCE_LENGTH_MAX:
        raise SkillNotFit(field, f"A line has at most {SENTENCE_LENGTH_MAX} characters.")
    if "<" in text or ">" in text:
        raise SkillNotFit(field, "Write plain words without < and >: they are said aloud.")
    if is_instruction(text):
        raise SkillNotFit(field, "This reads like an order to the employee. Write what is asked or said.")
    return text
