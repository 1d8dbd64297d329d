"""First words: the shop writes them and says when; one is chosen for each visitor; what they brought is tallied; the effect is compared."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.conversations.errors import EmployeeUnknown, FieldNotFit, OpeningUnknown
from app.conversations.guardrails.instructions import is_instruction
from app.conversations.guardrails.plain_text import clean
from app.conversations.learning_tables import Opening, OpeningSetting, OpeningShown
from app.conversations.openings.bandit import FLOOR_PPM, PRIOR_VISITORS, Drawn, Tally, draw
from app.conversations.openings.setting import DAYS, VISIT, Heard, OpeningRules, checked, from_json, may_speak, to_json
from tenants.audit import note
from tenants.database import tenant_of
from tenants.identifiers import new_id, to_public
from tenants.tables import Employee

__all__ = [
    "DAYS", "FLOOR_PPM", "PRIOR_VISITORS", "SILENCE", "OpeningRules", "OpeningView", "PasserBy", "Tally", "add_opening",
    "choose_first_words", "compared_tallies", "draw", "employees_with_openings", "keep_tallies", "kept_tallies", "openings_of",
    "remove_opening", "rules_of", "set_rules", "shown_since", "tallied_currency",
]  # fmt: skip
OPENINGS_MAX: Final = 12
TEXT_LENGTH_MAX: Final = 120
PAGE_WORDS_LENGTH_MAX: Final = 80
PATH_LENGTH_MAX: Final = 300
SILENCE: Final = "silence"
"""The way in which nothing is said."""
KEPT_FOR: Final = timedelta(days=90)
"""So long a choice counts; what sold in another season does not."""


@dataclass(frozen=True)
class OpeningView:
    """First words as a page shows them. `page_words` is a piece of the page's address they are for, empty for any."""

    opening_id: UUID
    text: str
    page_words: str
    made_at: datetime


@dataclass(frozen=True)
class PasserBy:
    """A visitor of a page: whom they would meet, the page's path, and whether they sent first words away before."""

    employee_id: UUID
    visitor_id: UUID
    page_path: str
    was_dismissed: bool = False


def rules_of(session: Session, *, employee_id: UUID) -> OpeningRules | None:
    """The setting, None where none was made: then they greet as the widget always does."""
    row = session.get(OpeningSetting, (tenant_of(session), employee_id))
    return from_json(row.setting) if row else None


def set_rules(session: Session, rules: OpeningRules, *, employee_id: UUID, by: str, now: datetime) -> None:
    """Keep a setting. Raises FieldNotFit, EmployeeUnknown."""
    kept = to_json(checked(rules))
    if session.get(Employee, (tenant_of(session), employee_id)) is None:
        raise EmployeeUnknown(f"No employee {employee_id} works here.")
    row = session.get(OpeningSetting, (tenant_of(session), employee_id), with_for_update=True)
    if row is None:
        row = OpeningSetting(tenant_id=tenant_of(session), employee_id=employee_id, tallies={})
        session.add(row)
    row.setting, row.changed_at = kept, now
    session.flush()
    note(session, by, "opening.rules_set", to_public("emp", employee_id), kept, now=now)


def add_opening(session: Session, *, employee_id: UUID, text: str, page_words: str, by: str, now: datetime) -> UUID:
    """Write further first words. Raises FieldNotFit, EmployeeUnknown."""
    if session.get(Employee, (tenant_of(session), employee_id), with_for_update=True) is None:
        raise EmployeeUnknown(f"No employee {employee_id} works here.")
    words, place = clean(text), clean(page_words).casefold()
    if not words or len(words) > TEXT_LENGTH_MAX:
        raise FieldNotFit("text", f"Write 1 to {TEXT_LENGTH_MAX} characters: one sentence that a passer-by can read.")
    if is_instruction(words):
        raise FieldNotFit("text", "This reads like an order to the employee. Write what is asked or said.")
    if len(place) > PAGE_WORDS_LENGTH_MAX:
        raise FieldNotFit("page_words", f"At most {PAGE_WORDS_LENGTH_MAX} characters of an address.")
    if len(openings_of(session, employee_id=employee_id)) >= OPENINGS_MAX:
        raise FieldNotFit("text", f"{OPENINGS_MAX} are tried already; take one away first.")
    opening_id = new_id(now)
    session.add(
        Opening(tenant_id=tenant_of(session), opening_id=opening_id, employee_id=employee_id, text=words, page_words=place, made_at=now)
    )
    session.flush()
    note(session, by, "opening.added", to_public("opn", opening_id), {"text": words, "page": place}, now=now)
    return opening_id


def remove_opening(session: Session, *, opening_id: UUID, by: str, now: datetime) -> UUID:
    """Say them no more; return whose they were. Raises OpeningUnknown."""
    row = session.get(Opening, (tenant_of(session), opening_id), with_for_update=True)
    if row is None or row.removed_at is not None:
        raise OpeningUnknown("There are no such first words (any more).")
    row.removed_at = now
    note(session, by, "opening.removed", to_public("opn", opening_id), {"text": row.text}, now=now)
    return row.employee_id


def openings_of(session: Session, *, employee_id: UUID) -> list[OpeningView]:
    """All that are tried, the oldest first."""
    wanted = select(Opening).where(Opening.employee_id == employee_id, Opening.removed_at.is_(None)).order_by(Opening.opening_id)
    return [OpeningView(row.opening_id, row.text, row.page_words, row.made_at) for row in session.scalars(wanted)]


def choose_first_words(session: Session, passer_by: PasserBy, *, moment: datetime, random: Random) -> str | None:
    """What to meet a visitor with: "" for nothing, None where the shop set no rules. `moment` is now on the shop's clock.

    Within one visit the words stay as they were chosen. Whoever sent words away hears none again.
    """
    employee_id = passer_by.employee_id
    rules = rules_of(session, employee_id=employee_id)
    if rules is None:
        return "" if passer_by.was_dismissed else None
    shown = _shown_to(session, passer_by)
    if passer_by.was_dismissed and shown:
        shown[-1].dismissed_at = shown[-1].dismissed_at or moment
    heard = Heard(
        tuple(one.chosen_at for one in shown if one.opening_id), passer_by.was_dismissed or any(one.dismissed_at for one in shown)
    )
    if shown and moment - shown[-1].chosen_at < VISIT:
        is_welcome = rules.is_on and not heard.was_dismissed and not rules.is_quiet(moment)
        return _again(session, shown[-1]) if is_welcome else ""
    path = clean(passer_by.page_path).casefold()[:PATH_LENGTH_MAX]
    fitting = {str(one.opening_id): one for one in openings_of(session, employee_id=employee_id) if one.page_words in path}
    if not fitting or not may_speak(rules, heard, moment=moment):
        return ""
    known = kept_tallies(session, employee_id=employee_id)
    drawn: Drawn[str] = draw({way: known.get(way, Tally()) for way in (*fitting, SILENCE)}, random)
    one = fitting.get(drawn.way)
    row = OpeningShown(
        tenant_id=tenant_of(session), shown_id=new_id(moment), employee_id=employee_id, opening_id=one.opening_id if one else None,
        visitor_id=passer_by.visitor_id, page_path=path, is_explored=drawn.is_explored, chosen_at=moment,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return one.text if one else ""


def employees_with_openings(session: Session) -> list[UUID]:
    """Employees for whom there are rules."""
    return list(session.scalars(select(OpeningSetting.employee_id).where(OpeningSetting.tenant_id == tenant_of(session))))


def shown_since(session: Session, *, employee_id: UUID, since: datetime) -> list[tuple[str, UUID, datetime, bool]]:
    """Each visitor's first choice: the way, the visitor, when, and whether it was an even draw."""
    first = (
        select(OpeningShown.opening_id, OpeningShown.visitor_id, OpeningShown.chosen_at, OpeningShown.is_explored)
        .where(OpeningShown.employee_id == employee_id, OpeningShown.chosen_at >= since)
        .order_by(OpeningShown.chosen_at, OpeningShown.shown_id)
    )
    found: dict[UUID, tuple[str, UUID, datetime, bool]] = {}
    for opening_id, visitor_id, chosen_at, is_explored in session.execute(first):
        found.setdefault(visitor_id, (str(opening_id) if opening_id else SILENCE, visitor_id, chosen_at, is_explored))
    return list(found.values())


Worths = Callable[[Session, Mapping[UUID, datetime]], tuple[Mapping[UUID, int], str]]
"""What visitors bought after a moment each, in minor units of a currency: the counting house's to say."""


def keep_tallies(session: Session, *, employee_id: UUID, worths: Worths, now: datetime) -> int:
    """Reckon what each way has brought by now, and keep it for choosing; return the number of visitors. The row is the lock."""
    row = session.get(OpeningSetting, (tenant_of(session), employee_id), with_for_update=True)
    if row is None:
        return 0
    shown = shown_since(session, employee_id=employee_id, since=now - KEPT_FOR)
    worth, currency = worths(session, {visitor_id: chosen_at for _way, visitor_id, chosen_at, _explored in shown})
    ways, compared = dict[str, Tally](), dict[str, Tally]()
    for way, visitor_id, _chosen_at, is_explored in shown:
        ways[way] = ways.get(way, Tally()).with_visitor(worth.get(visitor_id, 0))
        if is_explored:
            compared[way] = compared.get(way, Tally()).with_visitor(worth.get(visitor_id, 0))
    row.tallies = {name: {way: asdict(one) for way, one in each.items()} for name, each in (("all", ways), ("compared", compared))}
    row.tallies["currency"], row.tallied_at = currency, now
    return len(shown)


def kept_tallies(session: Session, *, employee_id: UUID) -> dict[str, Tally]:
    """What each way has brought, as last reckoned."""
    return _tallies(session, employee_id, "all")


def compared_tallies(session: Session, *, employee_id: UUID) -> dict[str, Tally]:
    """The same of visitors drawn evenly: these may be compared."""
    return _tallies(session, employee_id, "compared")


def tallied_currency(session: Session, *, employee_id: UUID) -> str:
    """The currency of what was tallied, empty while nothing was bought."""
    row = session.get(OpeningSetting, (tenant_of(session), employee_id))
    return str(row.tallies.get("currency", "")) if row else ""


def _tallies(session: Session, employee_id: UUID, which: str) -> dict[str, Tally]:
    row = session.get(OpeningSetting, (tenant_of(session), employee_id))
    kept: dict[str, dict[str, Any]] = (row.tallies if row else {}).get(which, {})
    return {way: Tally(**one) for way, one in kept.items()}


def _shown_to(session: Session, passer_by: PasserBy) -> list[OpeningShown]:
    wanted = select(OpeningShown).where(OpeningShown.employee_id == passer_by.employee_id, OpeningShown.visitor_id == passer_by.visitor_id)
    return list(session.scalars(wanted.order_by(OpeningShown.chosen_at.desc()).limit(50)))[::-1]


def _again(session: Session, row: OpeningShown) -> str:
    opening = session.get(Opening, (row.tenant_id, row.opening_id)) if row.opening_id else None
    return opening.text if opening and opening.removed_at is None else ""
