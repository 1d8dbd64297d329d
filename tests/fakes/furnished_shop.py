"""The demo shop with its three months behind it, and one of everything else a page can show: an applicant, a draft, a mailed link."""

from base64 import b32decode
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import av
import numpy as np
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from fakes.film_things import make_for_many
from fakes.learned_things import learn_everything
from fakes.made_faces import lay_made_face
from fakes.people_of_shop import HOUSE_KEY
from fakes.shop_history import fixed_vectors
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.conversations.golden import add_golden_question
from app.conversations.golden_run import ask_for_examination, examine_waiting
from app.conversations.own_skills import add_skill, ready_skills, written
from app.conversations.reviewed import propose
from app.conversations.tables import Turn
from app.conversations.teach_upload import hand_in
from app.costs.note_cost import Spent, note_cost
from app.demo.account import DemoAccount
from app.demo.seed import open_demo_account
from app.flows import VERBS
from app.outgoing.endpoints import TOPICS, add_endpoint
from app.outgoing.telling import tell_test
from app.speaking.rehearsal import rehearsal_powers
from app.studio.films import Draft, add_comment, create_film
from app.studio.publish_film import approve_film, publish_film
from app.studio.release_gate import Inspected, keep_inspection
from app.studio.renders import ask_render, media_path
from app.studio.tables import FilmRender
from app.worker.capabilities import Capabilities, queues_of
from app.worker.heartbeat import Heartbeat
from avatar_pipeline.inspect_film import Check, Matter, Outcome
from billing.connections import ConnectionAccess, create_connection
from billing.contract_terms import ContractTerms, Probation
from billing.draw_bill import draw_bill
from billing.import_orders import upload_file
from billing.read_statement import statements_of
from billing.sign_contract import sign_contract
from tenants.api_keys import issue_api_key
from tenants.close_demo_shop import close_demo_shop
from tenants.database import Database, tenant_of
from tenants.hire_employee import Applicant, add_applicant
from tenants.identifiers import new_id
from tenants.invite_member import invite_member
from tenants.members import members
from tenants.outbox import deliver_due
from tenants.reset_password import ask_for_reset
from tenants.second_factor import enrol_authenticator, offer_authenticator, offered_authenticator
from tenants.sign_in import SignedIn, add_member, session_of, sign_in
from tenants.sign_up import ask_for_shop, read_sign_up
from tenants.tenant import open_tenant

FILE = b"order,date,total,currency\nT-1,2026-11-20,12.60,USD\nT-2,2026-11-21,abc,USD\n"
TERMS = ContractTerms(currency="USD", share_ppm=80_000, period_time_zone="UTC", probation=Probation(days=30, share_ppm=50_000))
BEGINNER = Applicant("Tomas", "Support", "tomas", "heart", "Hello.", "Helps with parcels and returns.")
CAUTIOUS_EMAIL = "petra@kestrel.example"
CHECKS = (
    Check(Matter.SYNC, Outcome.PASSED, {"late_ms": 4.0, "agreement": 0.7, "shut": 9.0, "asked": 9.0}),
    Check(Matter.SILENCE, Outcome.PASSED, {"percent": 0.6}),
    Check(Matter.WORDS, Outcome.PASSED, {"sentences": 2.0, "wrong": 0.0}, "aligner"),
    Check(Matter.LOUDNESS, Outcome.PASSED, {"lufs": -20.1, "peak_db": -3.4}),
    Check(Matter.LABEL, Outcome.PASSED, {"strength": 24.0}),
    Check(Matter.ORIGINALITY, Outcome.PASSED, {"nearest": "amara", "alike": 0.98}),
    Check(Matter.PRICES, Outcome.NOT_JUDGED, {"named": 1.0}, "no_list"),
    Check(Matter.LIKENESS, Outcome.PASSED),
)
APPLICANT = Applicant("Ingrid", "Concierge", "ingrid", "heart@90", "Good day.", "Greets guests and finds them a table.")


@dataclass(frozen=True)
class Furnished:
    """The shop, who owns it, and the links that were mailed: to open a shop, to choose a new password, to join."""

    database: Database
    account: DemoAccount
    applicant_id: UUID
    beginner_id: UUID
    tokens: dict[str, str]

    @property
    def tenant_id(self) -> UUID:
        return UUID(self.account.tenant_id)


def furnish(database: Database, folder: Path, now: datetime, *, shop_origin: str = "http://127.0.0.2:1") -> Furnished:
    """Open the shop, live its past, and put one of everything in it."""
    account = open_demo_account(database, embed=fixed_vectors, clock=lambda: now, kept_in=folder / "account.json", shop_origin=shop_origin)
    tenant_id, employee_id = UUID(account.tenant_id), UUID(account.employee_id)
    owner = signed_in_as(database, account, now)
    with database.tenant_session(tenant_id) as session:
        applicant, beginner = (add_applicant(session, one, now=now) for one in (APPLICANT, BEGINNER))
        sign_contract(session, employee_id=beginner.employee_id, terms=TERMS, accepted_by="Olive Kestrel", now=now)
        _teach(session, employee_id, str(owner.person_id), now)
        learn_everything(session, employee_id, account.owner_password, now)
        _bring_file(session, now)
        draw_bill(session, statement_id=statements_of(session, employee_id=employee_id)[0].statement_id, now=now)
        _tell_a_program(session, str(owner.person_id), now)
        publish_a_film(session, employee_id, now, data_folder=folder)
        make_for_many(session, employee_id, now)
        lay_made_face(session, folder, now)
        _let_in_somebody_cautious(session, account.owner_password, now)
        issue_api_key(session, name="Till at the counter", now=now)
        spent = Spent(gpu_ms=5_400_000, cpu_ms=91_000, characters=48_210, tokens=12_400)
        note_cost(session, kind="turn", cause_id=new_id(now), employee_id=employee_id, spent=spent, now=now)
        invited = invite_member(session, by=owner, email="sam@kestrel.example", role="staff", now=now)
    deliver_due(database, VERBS, clock=lambda: now)
    while examine_waiting(database, fixed_vectors, rehearsal_powers(database, lambda: now), clock=lambda: now):
        pass
    card = Capabilities("NVIDIA H200", 143_771, ("musetalk",), 131_072)
    Heartbeat(database, lambda: now, queues_of(card), card, stage_address="http://10.0.0.7:8800").beat()
    asked = read_sign_up("wen@wren.example", "Wren Teas", "Europe/Vienna")
    tokens = {
        "open-shop": ask_for_shop(database, asked, now) or "", "reset": ask_for_reset(database, account.owner_email, now) or "",
        "invitation": invited.token, "demo-shop": _removed_demo(database, now),
    }  # fmt: skip
    return Furnished(database, account, applicant.employee_id, beginner.employee_id, tokens)


def _removed_demo(database: Database, now: datetime) -> str:
    """Another demo shop that its owner has removed; the token brings it back."""
    tenant_id, email, password = new_id(now), "gone@kestrel.example", "seven quiet copper kettles"
    with database.tenant_session(tenant_id) as session:
        open_tenant(session, name="Gone", time_zone="UTC", allowed_origins=(), now=now, is_demo=True)
        add_member(session, email=email, password=password, display_name="Gus Gone", role="owner", now=now)
    by = session_of(database, sign_in(database, email, password, now, device="Test").token, now)
    assert by is not None
    with database.tenant_session(tenant_id) as session:
        closed = close_demo_shop(session, by=by, now=now)
    assert closed is not None
    return closed.token


def signed_in_as(database: Database, account: DemoAccount, now: datetime) -> SignedIn:
    found = session_of(database, sign_in(database, account.owner_email, account.owner_password, now, device="Test").token, now)
    assert found is not None
    return found


def _teach(session: Session, employee_id: UUID, by: str, now: datetime) -> None:
    """Golden questions, a document that cannot be read, a skill of the shop's own, and a better answer waiting for a second look."""
    for question, facts in (("When do you open?", ("7:00",)), ("Do you deliver to the moon?", ()), ("Who painted the bird?", ("Ada",))):
        add_golden_question(session, employee_id=employee_id, question=question, facts=facts, added_by=by, now=now)
    ask_for_examination(session, employee_id=employee_id, asked_by=by, now=now)
    hand_in(session, employee_id=employee_id, name="menu.pdf", media_type="application/pdf", body=b"%PDF-1.7", sent_by=by, now=now)
    tracking = written("http://127.0.0.1:9/orders", ready_skills()["order_status"], embed=fixed_vectors, is_loopback_allowed=True)
    add_skill(session, tracking, employee_id=employee_id, by=by, now=now)
    turn = session.scalars(select(Turn).order_by(Turn.turn_id.desc())).first()
    person = members(session)[0].person_id
    assert turn is not None
    propose(session, turn_id=turn.turn_id, person_id=person, question="Do you post to Canada?", text="Yes, for 9 dollars.", now=now)


def _bring_file(session: Session, now: datetime) -> None:
    files = create_connection(session, name="Market stall", channel="market", is_order_book=True, now=now, access=ConnectionAccess("csv"))
    upload_file(session, connection_id=files.connection_id, file_name="november.csv", content=FILE, now=now)


def publish_a_film(session: Session, employee_id: UUID, now: datetime, *, data_folder: Path | None = None) -> UUID:
    """A film that was made, approved and published, with a comment. Its files, a second of grey and no caption, lie in `data_folder`."""
    script = {"format": "tillhand-script/1", "shape": "16:9", "captions": True, "scenes": [{"text": "Hello. It is ready."}]}
    film_id = create_film(session, Draft("Welcome to Kestrel", employee_id, script), by="worker", now=now)
    render_id = ask_render(session, film_id=film_id, kind="full", by="worker", now=now)
    row = session.get_one(FilmRender, (tenant_of(session), render_id))
    row.state, row.progress_percent, row.takes_made, row.duration_ms, row.finished_at = "done", 100, 2, 5000, now
    if data_folder:
        lay_grey_film(media_path(data_folder, tenant_of(session), row))
    add_comment(session, film_id=film_id, body="Lovely.", by="worker", now=now)
    keep_inspection(session, Inspected(film_id, render_id, 1, CHECKS), now=now)
    approve_film(session, film_id=film_id, by="worker", now=now)
    publish_film(session, film_id=film_id, by="worker", now=now)
    return film_id


def lay_grey_film(path: Path) -> None:
    """A film that a player can show, with an empty list of captions beside it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w", format="mp4") as container:
        stream: Any = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 36, "yuv420p"
        for _ in range(25):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.full((36, 64, 3), 128, np.uint8), format="bgr24")))
        container.mux(stream.encode(None))
    path.with_suffix(".vtt").write_text("WEBVTT\n", encoding="utf-8")


def _tell_a_program(session: Session, by: str, now: datetime) -> None:
    """A program of the shop's own that is told of everything, and a first message waiting for it."""
    address = "http://127.0.0.1:9/told"
    endpoint_id, _ = add_endpoint(session, url=address, topics=list(TOPICS), now=now, by=by, is_loopback_allowed=True)
    tell_test(session, endpoint_id=endpoint_id, now=now)


def _let_in_somebody_cautious(session: Session, password: str, now: datetime) -> None:
    """A colleague with the owner's password and an authenticator."""
    person_id = add_member(session, email=CAUTIOUS_EMAIL, password=password, display_name="Petra Quill", role="finance", now=now)
    offer_authenticator(session, person_id, house_key=HOUSE_KEY)
    offered = offered_authenticator(session, person_id, account=CAUTIOUS_EMAIL, house_key=HOUSE_KEY)
    assert offered is not None
    secret = b32decode(offered.secret_text + "=" * (-len(offered.secret_text) % 8))
    code = TOTP(secret, 6, SHA1(), 30).generate(int(now.timestamp())).decode()  # noqa: S303
    enrol_authenticator(session, person_id, code, house_key=HOUSE_KEY, now=now)
