"""Puts into the demo shop what a real one has by its third month: golden questions, first words, and a film with its preview in line.

Everything goes through the verbs of the dashboard's own buttons, says that it is of the demo shop, and goes with it when it is removed.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from app.conversations.golden import add_golden_question
from app.conversations.golden_run import ask_for_examination
from app.conversations.speak_first import OpeningRules, add_opening, set_rules
from app.demo.account import DemoAccount
from app.studio.films import Draft, create_film, films
from app.studio.renders import ask_render
from tenants.audit import person_actor
from tenants.database import Database
from tenants.members import members

GOLDEN: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    ("When do you open on Saturday?", ("8:00",)),
    ("Can I return a bag of beans?", ("14 days",)),
    ("What does posting cost?", ("4 dollars",)),
    ("How much is a small flat white?", ("4.20",)),
    ("Do you have almond milk?", ("no almond milk",)),
    ("Do you have a discount for me?", ("10 %",)),
    ("Who won the world cup in 1990?", ()),
)
"""A question and the facts of a right answer, as the house rules, the price list and the offer say them; none: they must not know it."""
FIRST_WORDS: Final = (("Looking for beans that suit your machine?", ""), ("Shall I check whether your parcel leaves today?", "/cart"))
FILM: Final[Mapping[str, Any]] = {
    "format": "tillhand-script/1", "shape": "16:9", "captions": True,
    "scenes": [
        {"text": "Hello, I am Amara, the digital employee of Kestrel Coffee. This is a demo, and so is the shop."},
        {"text": "We open at seven on weekdays. Come for a flat white, and bring your own cup: that takes thirty cents off."},
    ],
}  # fmt: skip
TITLE: Final = "Demo: good morning from Kestrel"


def furnish_demo(database: Database, account: DemoAccount, now: datetime) -> None:
    """Furnish the shop once; one that has films already is left as it is."""
    employee_id = UUID(account.employee_id)
    with database.tenant_session(UUID(account.tenant_id)) as session:
        if films(session):
            return
        owner = person_actor(members(session)[0].person_id)
        _ask_golden(session, employee_id, owner, now)
        _speak_first(session, employee_id, owner, now)
        film_id = create_film(session, Draft(TITLE, employee_id, FILM), by=owner, now=now)
        ask_render(session, film_id=film_id, kind="preview", by=owner, now=now)


def _ask_golden(session: Session, employee_id: UUID, by: str, now: datetime) -> None:
    for question, facts in GOLDEN:
        add_golden_question(session, employee_id=employee_id, question=question, facts=facts, added_by=by, now=now)
    ask_for_examination(session, employee_id=employee_id, asked_by=by, now=now)


def _speak_first(session: Session, employee_id: UUID, by: str, now: datetime) -> None:
    """Words to try, switched off: the demo's visitors are greeted as ever until somebody switches them on."""
    set_rules(session, OpeningRules(is_on=False), employee_id=employee_id, by=by, now=now)
    for text, page_words in FIRST_WORDS:
        add_opening(session, employee_id=employee_id, text=text, page_words=page_words, by=by, now=now)
