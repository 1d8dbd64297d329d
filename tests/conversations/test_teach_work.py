"""Reading in the background on a real database: a worker that dies, two at once, a document called back, two teachers of one employee."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

import pytest
from fakes.word_embedder import embed_words
from sqlalchemy import select

from app.conversations.claim import UPLOADS
from app.conversations.errors import DocumentNotReadable, UploadsTooMany, UploadUnknown
from app.conversations.golden import add_golden_question, missing_facts
from app.conversations.golden_read import last_done
from app.conversations.golden_run import ask_for_examination, examine_waiting
from app.conversations.knowledge.tables import Upload, UploadBody
from app.conversations.language_models.embeddings import Vectors
from app.conversations.mind import knowledge_version
from app.conversations.teach_change import bring_back_document, remove_document
from app.conversations.teach_read import documents, versions
from app.conversations.teach_upload import WAITING_MAX, UploadView, dismiss_upload, hand_in, uploads
from app.conversations.teach_work import GAVE_UP, read_waiting
from app.conversations.thoughts import Powers
from tenants.database import Database
from tenants.work_line import SILENT_SECONDS, TRIES_MAX

NO_POWERS = Powers(tuple, lambda _offer, _turn: None, lambda _turn, _text: None)
Hand = Callable[..., UUID]


class WorkerKilled(BaseException):
    """What stops a process in the middle of its work."""


def dying(_texts: Sequence[str], _role: Literal["query", "passage"]) -> Vectors:
    raise WorkerKilled


@pytest.fixture
def hand(database: Database, tenant_id: UUID, employee_id: UUID, now: datetime) -> Hand:
    def give(name: str, text: str, *, at: datetime = now) -> UUID:
        with database.tenant_session(tenant_id) as session:
            return hand_in(session, employee_id=employee_id, name=name, media_type="", body=text.encode(), sent_by="per_robin", now=at)

    return give


@pytest.fixture
def on_its_way(database: Database, tenant_id: UUID, employee_id: UUID, now: datetime) -> Callable[[], list[UploadView]]:
    def look() -> list[UploadView]:
        with database.tenant_session(tenant_id) as session:
            return uploads(session, employee_id=employee_id, now=now)

    return look


def names_of(database: Database, tenant_id: UUID, employee_id: UUID) -> list[tuple[str, int]]:
    with database.tenant_session(tenant_id) as session:
        return [(one.name, one.version) for one in documents(session, employee_id=employee_id)]


def test_a_worker_that_dies_loses_a_try_and_nothing_else(
    database: Database, tenant_id: UUID, employee_id: UUID, hand: Hand, on_its_way: Callable[[], list[UploadView]], now: datetime
) -> None:
    hand("rules.md", "# Returns\n\nWithin 30 days.")
    with pytest.raises(WorkerKilled):
        read_waiting(database, dying, clock=lambda: now)
    assert [one.state for one in on_its_way()] == ["learning"]
    assert read_waiting(database, embed_words, clock=lambda: now + timedelta(seconds=SILENT_SECONDS - 1)) == 0
    assert read_waiting(database, embed_words, clock=lambda: now + timedelta(seconds=SILENT_SECONDS + 1)) == 1
    assert names_of(database, tenant_id, employee_id) == [("rules.md", 1)]
    with database.tenant_session(tenant_id) as session:
        assert session.scalars(select(UploadBody)).all() == []


def test_a_document_that_kills_its_workers_is_given_up_with_a_sentence(
    database: Database, hand: Hand, on_its_way: Callable[[], list[UploadView]], now: datetime
) -> None:
    hand("deadly.md", "# Returns\n\nWithin 30 days.")
    at = now
    for _ in range(TRIES_MAX):
        with pytest.raises(WorkerKilled):
            read_waiting(database, dying, clock=lambda: at)  # noqa: B023 - called within the turn
        at += timedelta(seconds=SILENT_SECONDS + 1)
    assert read_waiting(database, dying, clock=lambda: at) == 1
    assert [(one.state, one.problem) for one in on_its_way()] == [("refused", GAVE_UP)]
    assert read_waiting(database, dying, clock=lambda: at) == 0


def test_a_worker_that_was_only_slow_does_not_teach_twice(
    database: Database, tenant_id: UUID, employee_id: UUID, hand: Hand, now: datetime
) -> None:
    hand("rules.md", "# Returns\n\nWithin 30 days.")
    later = now + timedelta(seconds=SILENT_SECONDS + 1)

    def slow(texts: Sequence[str], role: Literal["query", "passage"]) -> Vectors:
        assert read_waiting(database, embed_words, clock=lambda: later) == 1  # another worker takes it over meanwhile
        return embed_words(texts, role)

    assert read_waiting(database, slow, clock=lambda: now) == 1
    assert names_of(database, tenant_id, employee_id) == [("rules.md", 1)]


def test_two_workers_never_take_the_same_document(database: Database, hand: Hand, now: datetime) -> None:
    given = {hand(f"{number}.md", f"Rule {number}.") for number in range(8)}
    with ThreadPoolExecutor(8) as pool:
        claimed = [one for one in pool.map(lambda _: UPLOADS.claim(database, now), range(12)) if one]
    assert sorted(one.key for one in claimed) == sorted(given)


def test_the_queue_is_bounded_and_what_waits_can_be_called_back(
    database: Database, tenant_id: UUID, hand: Hand, on_its_way: Callable[[], list[UploadView]], now: datetime
) -> None:
    first, *_ = (hand(f"{number}.md", f"Rule {number}.") for number in range(WAITING_MAX))
    with pytest.raises(UploadsTooMany, match="20 documents are waiting"):
        hand("more.md", "One more.")
    with pytest.raises(DocumentNotReadable):
        hand("photo.png", "not text")
    with database.tenant_session(tenant_id) as session:
        assert dismiss_upload(session, upload_id=first).name == "0.md"
    hand("more.md", "One more.")
    assert len(on_its_way()) == WAITING_MAX
    with database.tenant_session(tenant_id) as session, pytest.raises(UploadUnknown):
        dismiss_upload(session, upload_id=first)


def test_remove_and_bring_back_change_what_she_knows_and_no_version_is_lost(
    database: Database, tenant_id: UUID, employee_id: UUID, hand: Hand, now: datetime
) -> None:
    for text in ("Park behind the shop.", "There is no parking."):
        hand("parking.md", text)
        read_waiting(database, embed_words, clock=lambda: now)
    with database.tenant_session(tenant_id) as session:
        new, old = versions(session, employee_id=employee_id, name="parking.md")
        both = knowledge_version(session, employee_id=employee_id)
        remove_document(session, document_id=new.document_id, now=now)
        assert documents(session, employee_id=employee_id) == []
        bring_back_document(session, document_id=new.document_id, now=now)
        assert knowledge_version(session, employee_id=employee_id) == both
        bring_back_document(session, document_id=old.document_id, now=now)
        assert [one.version for one in documents(session, employee_id=employee_id)] == [1]
        assert [one.version for one in versions(session, employee_id=employee_id, name="parking.md")] == [2, 1]


def test_two_teachers_bring_back_at_once_and_one_version_is_taught(
    database: Database, tenant_id: UUID, employee_id: UUID, hand: Hand, now: datetime
) -> None:
    for number in range(4):
        hand("rules.md", f"Rule {number}.")
        read_waiting(database, embed_words, clock=lambda: now)
    with database.tenant_session(tenant_id) as session:
        ids = [one.document_id for one in versions(session, employee_id=employee_id, name="rules.md")]

    def back(document_id: UUID) -> None:
        with database.tenant_session(tenant_id) as session:
            bring_back_document(session, document_id=document_id, now=now)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(back, ids * 3))
    assert len(names_of(database, tenant_id, employee_id)) == 1


def test_an_examination_whose_worker_dies_is_held_again(
    database: Database, tenant_id: UUID, employee_id: UUID, hand: Hand, now: datetime
) -> None:
    hand("rules.md", "# Returns\n\nUnopened bags may come back within 30 days.")
    read_waiting(database, embed_words, clock=lambda: now)
    with database.tenant_session(tenant_id) as session:
        add_golden_question(
            session, employee_id=employee_id, question="May unopened bags come back within 30 days?",
            facts=["30 days"], added_by="per_robin", now=now,
        )  # fmt: skip
        first = ask_for_examination(session, employee_id=employee_id, asked_by="worker", now=now)
        assert ask_for_examination(session, employee_id=employee_id, asked_by="worker", now=now) == first
    with pytest.raises(WorkerKilled):
        examine_waiting(database, dying, lambda _tenant, _employee: NO_POWERS, clock=lambda: now)
    later = now + timedelta(seconds=SILENT_SECONDS + 1)
    assert examine_waiting(database, embed_words, lambda _tenant, _employee: NO_POWERS, clock=lambda: later) == 1
    with database.tenant_session(tenant_id) as session:
        done = last_done(session, employee_id=employee_id)
    assert done is not None
    assert (done.run_id, done.passed_count, done.question_count) == (first, 1, 1)


def test_an_upload_belongs_to_its_shop(database: Database, hand: Hand, tenant_id: UUID) -> None:
    hand("rules.md", "Rule one.")
    with database.operator_session() as session:
        assert [one.tenant_id for one in session.scalars(select(Upload))] == [tenant_id]


@pytest.mark.parametrize(
    ("facts", "answer", "missing"),
    [
        (["30 days"], "Within 30 days.", ()),
        (["3 days"], "Within 13 days.", ("3 days",)),
        (["$4.20"], "A latte costs $4.20 small.", ()),
        (["4.2"], "It costs $4.20.", ("4.2",)),
        (["thirty days | a month"], "You have A  Month’s time: a month.", ()),
        (["三十天"], "可在三十天内退货。", ()),
        (["can't"], "You can’t.", ()),
        (["one", "two"], "Only ONE.", ("two",)),
    ],
)
def test_what_an_answer_holds(facts: list[str], answer: str, missing: tuple[str, ...]) -> None:
    assert missing_facts(facts, answer) == missing
