"""Ask the shop's own system: one signed POST to an address that was looked up and is public, with little patience and a small answer.

The same turn of the same skill has the same message id, so a system that keeps ids counts a repeated question once. No transaction is
open while it is asked. What comes back is data: a JSON object whose fields fill the shop's own sentences, and nothing else of it is said.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import NAMESPACE_URL, UUID, uuid5

from app.conversations.skills.own.describe import Slot
from app.conversations.skills.own.telling import tell
from app.outgoing.signing import signed_headers
from tenants.calls_outside import Call, call_outside
from tenants.errors import AddressRefused, NoAnswer
from tenants.identifiers import to_public

PATIENCE_SECONDS: Final = 5
ANSWER_BYTES_MAX: Final = 16 * 1024
SHOWN_LENGTH_MAX: Final = 2000
NOT_FOUND: Final = frozenset({204, 404})


@dataclass(frozen=True)
class SkillCall:
    """Everything one call needs, read from the database before it."""

    skill_id: UUID
    name: str
    url: str
    secret: str
    is_loopback: bool
    slots: tuple[Slot, ...]
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class CallOutcome:
    """What came of a call: the answer's fields, empty where nothing was found, None where it failed, and then why."""

    fields: Mapping[str, Any] | None
    why: str
    status: int | None
    sent: str
    answer: str

    def said(self, call: SkillCall, values: Mapping[str, str], language: str) -> tuple[str, ...]:
        """What they would say of it."""
        return tell(call.sentences, values, self.fields or {}, language)


def call_own_skill(call: SkillCall, values: Mapping[str, str], *, turn_id: UUID, is_trial: bool, now: datetime) -> CallOutcome:
    """Make the call. Never raises for anything the other system does."""
    told = {
        "type": "skill.tried" if is_trial else "skill.called", "timestamp": now.isoformat().replace("+00:00", "Z"),
        "data": {"skill": to_public("skl", call.skill_id), "name": call.name, "values": _typed(call.slots, values)},
    }  # fmt: skip
    body = json.dumps(told, ensure_ascii=False).encode()
    message_id = to_public("msg", uuid5(NAMESPACE_URL, f"{call.skill_id}:{turn_id}"))
    headers = {"content-type": "application/json", "accept": "application/json", "user-agent": "Tillhand-Skills/1"}
    headers |= signed_headers(message_id, int(now.timestamp()), body, [call.secret])
    sent = body.decode()
    try:
        answered = call_outside(
            Call("POST", call.url, headers, body), body_bytes_max=ANSWER_BYTES_MAX, seconds_max=PATIENCE_SECONDS,
            is_loopback_allowed=call.is_loopback,
        )  # fmt: skip
    except (AddressRefused, NoAnswer) as error:
        return CallOutcome(None, str(error), None, sent, "")
    fields, why = _read(answered.status, answered.body)
    return CallOutcome(fields, why, answered.status, sent, answered.body.decode(errors="replace")[:SHOWN_LENGTH_MAX])


def _read(status: int, body: bytes) -> tuple[Mapping[str, Any] | None, str]:
    if status in NOT_FOUND:
        return {}, ""
    if status != 200:
        return None, f"It answered {status}. Answer 200 with a JSON object, or 404 when there is nothing to tell."
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):
        return None, "Its answer is not JSON."
    return (fields, "") if isinstance(fields, dict) else (None, "Its answer is JSON, but not an object with fields.")


def _typed(slots: tuple[Slot, ...], values: Mapping[str, str]) -> dict[str, str | int | float]:
    return {slot.key: _number(values[slot.key]) if slot.kind == "number" else values[slot.key] for slot in slots if slot.key in values}


def _number(text: str) -> int | float | str:
    try:
        return float(text) if "." in text else int(text)
    except ValueError:
        return text
