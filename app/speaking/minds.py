"""Minds that are awake: each employee's knowledge is loaded once and again when something new was taught."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from threading import Lock
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from app.conversations.beside import NOTHING_BESIDE, Beside, Job, beside_of
from app.conversations.embeddings import Embedder
from app.conversations.mind import Mind, knowledge_version, load_mind
from app.conversations.page_seen import seen_in
from app.conversations.read import history
from app.conversations.thoughts import NOTHING_SEEN, PageSeen, PastTurn
from app.installation.happenings import latest_context
from app.installation.identity import remembered_as
from app.speaking.pronunciations import own_sayings
from avatar_pipeline.voice import OwnSaying
from billing.offers import active_offers
from tenants.database import Database
from tenants.employee import EmployeeView, employee_at_work, employee_view
from tenants.employment import away_today

MINDS_AWAKE_MAX: Final = 64
"""Minds kept in memory per process; the one not asked for longest is put to sleep."""


@dataclass(frozen=True)
class Attention:
    """What a turn starts from: who they are, what they know, what was said before, the last day off while nobody steps in, the page,
    and how the shop's names are said."""

    employee: EmployeeView
    mind: Mind
    history: tuple[PastTurn, ...]
    away_until: date | None = None
    page: PageSeen = NOTHING_SEEN
    beside: Beside = NOTHING_BESIDE
    own_sayings: tuple[OwnSaying, ...] = ()


class Minds:
    """The minds of a process. Blocking; call it from a thread."""

    def __init__(self, database: Database, embed: Embedder, clock: Callable[[], datetime]) -> None:
        self._database, self._embed, self._clock = database, embed, clock
        self._awake: OrderedDict[tuple[object, ...], Mind] = OrderedDict()
        self._lock = Lock()

    def attend(
        self, tenant_id: UUID, employee_id: UUID, conversation_id: UUID | None = None, turn_id: UUID | None = None, *,
        is_interview: bool = False, visitor_id: UUID | None = None,
    ) -> Attention:  # fmt: skip
        """Read who answers, with what knowledge and history; raises EmployeeNotAtWork, except for an interview, which comes before work."""
        with self._database.tenant_session(tenant_id) as session:
            now = self._clock()
            employee = employee_view(session, employee_id) if is_interview else employee_at_work(session, employee_id, now)
            away = None if is_interview else away_today(session, employee_id, now)
            past = () if conversation_id is None else history(session, conversation_id=conversation_id, before_turn=turn_id)
            page = NOTHING_SEEN if conversation_id is None else seen_in(latest_context(session, conversation_id))
            visitor = None if is_interview or visitor_id is None else remembered_as(session, visitor_id)
            beside = beside_of(session, employee_id=employee_id, visitor_id=visitor, now=now)
            sayings = own_sayings(session)
            mind = self._mind(session, tenant_id, employee)
            if is_interview and not mind.index.passages:
                beside = replace(beside, job=_job_of(session, employee, now))
        mind.index.warm()  # no transaction waits for a model
        return Attention(employee, mind, past, away, page, beside, sayings)

    def _mind(self, session: Session, tenant_id: UUID, employee: EmployeeView) -> Mind:
        version = knowledge_version(session, employee_id=employee.employee_id)
        key = (tenant_id, employee.employee_id, version, employee.name, employee.greeting)
        with self._lock:
            if key in self._awake:
                self._awake.move_to_end(key)
                return self._awake[key]
        mind = load_mind(session, employee_id=employee.employee_id, embed=self._embed)
        with self._lock:
            self._awake[key] = mind
            while len(self._awake) > MINDS_AWAKE_MAX:
                self._awake.popitem(last=False)
        return mind


def _job_of(session: Session, employee: EmployeeView, now: datetime) -> Job:
    """What an applicant knows before the first lesson."""
    offers = active_offers(session, employee.employee_id, now) if employee.can("coupons") else []
    return Job(employee.brief, tuple(one.name for one in offers))
