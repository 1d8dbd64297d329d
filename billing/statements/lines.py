"""The lines of a statement as JSON text: what the merchant keeps is byte for byte what was hashed.

A statement is a header (line 0), a line for every movement, lines for what was brought forward, kept back and released, a line that
pays, and a footer with the sums. All amounts are whole minor units of the statement's one currency. Nothing in a line is personal:
evidence is named by ids and hashes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import msgspec

from billing.statements.carry import PayeeBalance
from billing.statements.gather import EntryRow

STATEMENT_FORMAT: Final = "tillhand-statement/1"
_ENCODER: Final = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a line stands: in this statement, or, when `statement_id` is set, in an earlier one."""

    number: int
    statement_id: str | None = None
    period: str | None = None


def line_text(document: Mapping[str, Any]) -> bytes:
    """A line as the bytes that are hashed: no line break inside, UTF-8."""
    return _ENCODER.encode(document)


class EntryLine(NamedTuple):
    """One movement as it is sealed, and what is added up of it."""

    kind: str
    amount_minor: int
    payees: dict[str, int]
    effective_at: str
    text: bytes


def entry_line(row: EntryRow, *, number: int, contract: int, currency: str, period: str, follows: Place | None) -> EntryLine:
    """One movement. `contract` is the place of its version in the header's list; fields that say nothing are left out.

    Its own fields are written here; `credits` and `working` follow as the text they came as, for there may be a million lines.
    """
    payees = row.payees()
    amount = sum(payees.values())
    line: dict[str, Any] = {
        "number": number, "kind": row.kind, "cause": row.cause, "why": row.why, "transaction": row.transaction_id, "contract": contract,
        "period": period, "occurred_at": row.occurred_at or row.effective_at, "effective_at": row.effective_at, "amount_minor": amount,
        "currency": currency, "payees": payees,
    }  # fmt: skip
    if row.order_id is not None:
        line |= {"order_id": row.order_id, "order": row.order_ref}
    if row.raw_sha256 is not None:
        line["raw_sha256"] = row.raw_sha256
    if row.reason is not None:
        line["reason"] = row.reason
    if follows is not None:
        line["follows"] = place_document(follows)
    credited = f',"credits":{row.credits}' if row.credits is not None else ""
    text = _ENCODER.encode(line)[:-1] + f'{credited},"working":{row.working}}}'.encode()
    return EntryLine(row.kind, amount, payees, row.effective_at, text)


def place_document(place: Place) -> dict[str, Any]:
    """A place as a line names it."""
    if place.statement_id is None:
        return {"line": place.number}
    return {"line": place.number, "statement": place.statement_id, "period": place.period}


def closing_line(*, number: int, kind: str, why: str, currency: str, payees: Mapping[str, int], **more: Any) -> dict[str, Any]:
    """A line that closing itself writes: brought_forward, reserve_release, reserve or close."""
    kept = {payee: minor for payee, minor in payees.items() if minor}
    return {"number": number, "kind": kind, "why": why, "currency": currency, "amount_minor": sum(kept.values()), "payees": kept} | more


def footer_line(*, number: int, currency: str, sums: Mapping[str, int], balances: Sequence[PayeeBalance]) -> dict[str, Any]:
    """The last line: how many lines stand before it, the sum of each kind, and each payee's balance."""
    return {
        "number": number, "kind": "footer", "line_count": number - 1, "currency": currency, "sums": dict(sums),
        "payees": {one.payee: one.document() for one in balances},
        "earned_minor": sum(one.earned_minor for one in balances), "payable_minor": sum(one.payable_minor for one in balances),
        "carried_minor": sum(one.carried_minor for one in balances),
    }  # fmt: skip
