"""What an employee learned beyond papers: taste, first words and what they brought, memory, the shop's own site, questions in vain."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from fakes.shop_history import fixed_vectors
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.conversations import own_site, tastes
from app.conversations.learning_tables import OpeningShown, SitePage, SiteReading
from app.conversations.record import open_conversation, record_answer, record_question
from app.conversations.remember import Fact, MemoryRules, refuse_memory, remember_facts, set_memory_rules
from app.conversations.speak_first import OpeningRules, add_opening, keep_tallies, set_rules
from app.conversations.tables import Conversation, Turn
from app.conversations.tastes import Choice, Manner
from app.conversations.teach import teach_document
from app.conversations.thoughts import Routed, Said
from app.speaking.pronunciations import keep_pronunciation
from billing.visitor_worth import visitor_worth
from tenants.audit import person_actor
from tenants.database import tenant_of
from tenants.identifiers import new_id
from tenants.members import members
from tenants.sign_in import add_member

SITE = "https://kestrel.example"
PAGES = (
    ("/", "Kestrel Coffee & Snacks", "We roast on Tuesdays and Fridays.", None),
    ("/about/how-we-roast-and-why-we-do-it-slowly-on-two-mornings-of-every-week", "How we roast", "Slowly, in small drums.", None),
    ("/gift-cards", "Gift cards", "Gift cards hold for two years.", None),
    ("/press.pdf", "", "", "It is no web page, so nothing of it is taught."),
    ("/wholesale", "", "", "It answered 500."),
)
IN_VAIN = (
    "Do you ship to Canada?", "do you ship to canada", "Can you ship to Canada", "Is there parking near the shop?",
    "Do you sell oat milk by the crate, and can a café get it delivered every Monday before seven in the morning?",
)  # fmt: skip
FIRST_WORDS = (
    ("Looking for beans that suit your machine?", ""),
    ("Shall I check whether your basket is in time for today's parcel?", "/cart"),
    ("Ask me what goes with this roast.", "/products/coffee"),
)
READINGS = (("done", 9, (5, 3, 0, 2)), ("cancelled", 5, (2, 0, 2, 0)), ("refused", 2, (0, 0, 0, 0)), ("reading", 0, (3, 1, 2, 0)))
"""State, days ago, and how many pages were read, taught, unchanged and left out."""
NAMES = (("Nguyen Roastery", "win roastery"), ("Llanfairpwllgwyngyllgogerychwyrndrobwll Blend", "the blend with the long Welsh name"))
TOLD_MAX = 120
PASSERS_BY = 36
"""So many visitors of each way of beginning bought nothing."""


def learn_everything(session: Session, employee_id: UUID, password: str, now: datetime) -> None:
    """One of everything the pages of Teach, of how names are said and of remembering can show."""
    olive = members(session)[0].person_id
    mira = add_member(session, email="mira@kestrel.example", password=password, display_name="Mira Finch", role="manager", now=now)
    _ask_in_vain(session, employee_id, now)
    _choose(session, employee_id, (olive, mira), now)
    _speak_first(session, employee_id, person_actor(olive), now)
    _remember(session, person_actor(olive), now)
    _read_site(session, employee_id, person_actor(olive), now)
    for name, said in NAMES:
        keep_pronunciation(session, written=name, said=said, by=person_actor(olive), now=now)


def _ask_in_vain(session: Session, employee_id: UUID, now: datetime) -> None:
    for number, question in enumerate(IN_VAIN):
        at = now - timedelta(days=6, hours=5 * number)
        how = {"visitor_id": new_id(at), "page_url": f"{SITE}/delivery", "language": "en", "now": at}
        opened = open_conversation(session, employee_id=employee_id, **how)  # type: ignore[arg-type]
        turn_id = record_question(session, conversation_id=opened, message_key=str(opened), text=question, now=at)
        thoughts = (Routed("unknown", 310_000, "Nothing she was taught answers it.", 9_100), Said("That I do not know."))
        record_answer(session, turn_id=turn_id, thoughts=thoughts, interrupted_after=None, now=at + timedelta(seconds=2))


def _choose(session: Session, employee_id: UUID, people: tuple[UUID, UUID], now: datetime) -> None:
    """Two colleagues like a warm beginning: one version was used, the next is used now, and a third waits for a second look."""
    olive, mira = people
    told, moment = 0, now - timedelta(days=30)
    for liked, is_used in (({"warm"}, True), ({"warm", "follow_up"}, True), ({"warm", "follow_up", "source"}, False)):
        while told < TOLD_MAX and any(not getattr(_learned(session, employee_id), trait) for trait in liked):
            moment += timedelta(hours=5)
            _tell(session, employee_id, liked, person_id=(olive, mira)[told % 2], now=moment)
            told += 1
        version_id = tastes.propose_taste(session, employee_id=employee_id, person_id=olive, now=moment)
        if is_used:
            how = {"person_id": mira, "is_approved": True, "may_look_alone": False, "now": moment + timedelta(hours=1)}
            tastes.decide_taste(session, version_id=version_id, **how)  # type: ignore[arg-type]
    tastes.tell_edit(session, ["We open at 7:00."], "Good morning! We open at 7:00.", employee_id=employee_id, person_id=mira, now=moment)


def _learned(session: Session, employee_id: UUID) -> Manner:
    return tastes.learned_taste(session, employee_id=employee_id).manner


def _tell(session: Session, employee_id: UUID, liked: set[str], *, person_id: UUID, now: datetime) -> None:
    pair: Sequence[Manner] = tastes.next_pair_of(session, employee_id=employee_id)
    better, worse = sorted(pair, key=lambda manner: -sum(trait in liked for trait in tastes.TRAITS if getattr(manner, trait)))
    tastes.tell_pair(session, Choice(better, worse), employee_id=employee_id, person_id=person_id, now=now)


def _speak_first(session: Session, employee_id: UUID, by: str, now: datetime) -> None:
    """Three ways and silence, met by those who bought in the last weeks and by many who did not."""
    begun = now - timedelta(days=60)
    set_rules(session, OpeningRules(is_on=True, per_week=3), employee_id=employee_id, by=by, now=begun)
    ways = [add_opening(session, employee_id=employee_id, text=text, page_words=place, by=by, now=begun) for text, place in FIRST_WORDS]
    wanted = select(Conversation.visitor_id, Conversation.opened_at).where(Conversation.opened_at > begun).order_by(Conversation.opened_at)
    met = [(visitor_id, opened_at - timedelta(minutes=1)) for visitor_id, opened_at in session.execute(wanted)]
    met += [(new_id(now), begun + timedelta(hours=8 * number)) for number in range(PASSERS_BY * (len(ways) + 1))]
    for number, (visitor_id, at) in enumerate(met):
        way = (*ways, None)[number % (len(ways) + 1)]
        row = OpeningShown(
            tenant_id=tenant_of(session), shown_id=new_id(at), employee_id=employee_id, opening_id=way, visitor_id=visitor_id,
            page_path="/cart", is_explored=number % 3 == 0, chosen_at=at,
        )  # fmt: skip
        session.add(row)
    session.flush()
    keep_tallies(session, employee_id=employee_id, worths=visitor_worth, now=now)


def _remember(session: Session, by: str, now: datetime) -> None:
    """Three visitors agreed, one did not want it."""
    set_memory_rules(session, MemoryRules(is_on=True, days_kept=180), by=by, now=now - timedelta(days=30))
    wanted = select(Conversation.visitor_id, Turn.turn_id).join(Turn, Turn.conversation_id == Conversation.conversation_id)
    *agreed, refused = session.execute(wanted.order_by(Turn.turn_id.desc()).limit(4)).all()
    for visitor_id, turn_id in agreed:
        facts = (Fact("name", "Noor", "My name is Noor."), Fact("preference", "oat milk", "I prefer oat milk."))
        remember_facts(session, facts, visitor_id=visitor_id, turn_id=turn_id, consent_sentence="Yes, please.", now=now)
    refuse_memory(session, visitor_id=refused[0], sentence="No, thank you.", now=now)


def _read_site(session: Session, employee_id: UUID, by: str, now: datetime) -> None:
    """A reading that ended, one that was called off, one that was refused, and one on its way; pages taught and pages left out."""
    for state, days_ago, counts in READINGS:
        at = now - timedelta(days=days_ago)
        how = {"start_url": "http://127.0.0.1:9/", "pages_max": 50, "by": by, "now": at, "is_loopback_allowed": True}
        reading_id = own_site.ask_for_reading(session, employee_id=employee_id, **how)  # type: ignore[arg-type]
        row = session.get_one(SiteReading, (tenant_of(session), reading_id))
        row.start_url = f"{SITE}/"  # nobody asks the internet for it here
        row.state, (row.read_count, row.taught_count, row.unchanged_count, row.refused_count) = state, counts
        row.finished_at = None if state == "reading" else at + timedelta(minutes=2)
        row.problem = "The answer from there took too long." if state == "refused" else None
        row.tries = 1
        session.flush()
    for path, title, words, problem in PAGES:
        body = f"<html><title>{title}</title><main><h1>{title}</h1><p>{words}</p></main></html>".encode()
        url, document_id = SITE + path, None
        if not problem:
            how = {"media_type": "text/html", "body": body, "embed": fixed_vectors, "now": now - timedelta(days=120)}
            name = f"Page {url.partition('://')[2]}"
            document_id = teach_document(session, employee_id=employee_id, name=name, **how).document_id
        digest = hashlib.sha256(body).hexdigest()
        page = SitePage(
            tenant_id=tenant_of(session), employee_id=employee_id, url=url, body_sha256=digest, etag='"k1"', last_modified="",
            links={"links": []}, document_id=document_id, byte_count=len(body), problem=problem, read_at=now,
        )  # fmt: skip
        session.add(page)
    session.flush()
