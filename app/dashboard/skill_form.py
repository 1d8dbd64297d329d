"""The form that describes one of the shop's own skills: what stands in it, and what it says."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from fastapi import Request

from app.conversations.own_skills import SLOTS_MAX, Description, Slot

FIELD_LENGTH_MAX: Final = 6000
"""Longer than any field that could be kept; what is beyond is cut, and the rest is refused in words."""


@dataclass(frozen=True)
class SkillForm:
    """The words as they were typed."""

    fields: Mapping[str, str]

    def __getitem__(self, name: str) -> str:
        return self.fields.get(name, "")

    @property
    def csrf_token(self) -> str:
        """The form's secret."""
        return self["csrf_token"]

    def slots(self) -> list[dict[str, str]]:
        """The rows of things to ask for, empty ones included."""
        parts = ("key", "kind", "ask", "choices")
        return [{part: self[f"slot_{part}_{number}"] for part in parts} for number in range(SLOTS_MAX)]

    def description(self) -> Description:
        """What was typed, not yet checked. A row without name, question and choices is not there."""
        rows = [one for one in self.slots() if one["key"].strip() or one["ask"].strip() or one["choices"].strip()]
        slots = tuple(
            Slot(one["key"], one["kind"], one["ask"], tuple(one["choices"].replace("，", ",").replace("、", ",").split(",")))
            for one in rows
        )
        examples, sentences = (tuple(self[name].splitlines()) for name in ("examples", "sentences"))
        return Description(self["name"], slots, examples, sentences, self["nothing"])


async def skill_form(request: Request) -> SkillForm:
    """Read the form that was sent."""
    given = await request.form()
    return SkillForm({name: value[:FIELD_LENGTH_MAX] for name, value in given.items() if isinstance(value, str)})


def form_of(description: Description, url: str = "") -> SkillForm:
    """The form filled with a description."""
    fields: dict[str, Any] = {
        "name": description.name, "url": url, "examples": "\n".join(description.examples), "sentences": "\n".join(description.sentences),
        "nothing": description.nothing,
    }  # fmt: skip
    for number, slot in enumerate(description.slots):
        fields |= {f"slot_key_{number}": slot.key, f"slot_kind_{number}": slot.kind, f"slot_ask_{number}": slot.ask}
        fields[f"slot_choices_{number}"] = ", ".join(slot.choices)
    return SkillForm(fields)
