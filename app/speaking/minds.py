"""Minds that are awake: each employee's knowledge is loaded once and again when something new was taught."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from app.conversations.embeddings import Embedder
from app.conversations.mind import Mind, knowledge_version, load_mind
from app.conversations.read import history
from app.conversations.thoughts import PastTurn
from tenants.database import Database
from tenants.employee import EmployeeView, employee_at_work

MINDS_AWAKE_MAX: Final = 64
"""Minds kept in memory per process; the one not asked for longest is put to sleep."""


@dataclass(frozen=True)
class Attention:
    """What a turn starts from: who she is, what she knows, and what was said before."""

    employee: EmployeeView
    mind: Mind
    history: tuple[PastTurn, ...]


class Minds:
    """The minds of a process. Blocking; call it from a thread."""

    def __init__(self, database: Database, embed: Embedder, clock: Callable[[], datetime]) -> None:
        self._database, self._embed, self._clock = database, embed, clock
        self._awake: OrderedDict[tuple[object, ...], Mind] = OrderedDict()
        self._lock = Lock()

    def attend(self, tenant_id: UUID, employee_id: UUID, conversation_id: UUID | None = None, turn_id: UUID | None = None) -> Attention:
        """Read who answers, with what knowledge and history; raises EmployeeNotAtWork."""
        with self._database.tenant_session(tenant_id) as session:
            employee = employee_at_work(session, employee_id, self._clock())
            past = () if conversation_id is None else history(session, conversation_id=conversation_id, before_turn=turn_id)
            return Attention(employee, self._mind(session, tenant_id, employee), past)

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
