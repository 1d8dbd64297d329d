"""The sealed book: nothing is lost or sealed twice, and whatever is changed afterwards is named."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta

import pytest
from bookkeeper import earn, movement
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from billing.chain.leaves import NOTHING_BEFORE
from billing.chain.segments import TRANSACTIONS_PER_SEGMENT
from billing.errors import ChainHeadUnreadable
from billing.ledger.writer import post
from billing.seal_ledger import KnownHead, chain_head, head_from, head_text, seal_ledger, verify_chain
from tenants.identifiers import new_id
from tenants.roles import OWNER


class Book:
    """One tenant's book, and a vandal who is the owner of its tables and switches their guards off."""

    def __init__(self, database, owner_url, now):
        self.database, self.now, self.tenant_id = database, now, new_id(now)
        self._owner = create_engine(owner_url, poolclass=NullPool)

    @contextmanager
    def session(self):
        with self.database.tenant_session(self.tenant_id) as session:
            yield session

    def earn(self, *numbers):
        with self.session() as session:
            return earn(session, numbers, now=self.now)

    def seal(self):
        with self.session() as session:
            return seal_ledger(session, now=self.now)

    def verdict(self, known=None):
        with self.session() as session:
            return verify_chain(session, known=known)

    def head(self):
        with self.session() as session:
            return chain_head(session)

    def vandalise(self, table, statement, **values):
        with self._owner.begin() as connection:
            guards = [f"{table} DISABLE TRIGGER refuse_change", f"{table} NO FORCE ROW LEVEL SECURITY"]
            repairs = [f"{table} ENABLE TRIGGER refuse_change", f"{table} FORCE ROW LEVEL SECURITY"]
            for change in guards:
                connection.execute(text(f"ALTER TABLE {change}"))
            changed = connection.execute(text(statement), {"tenant": self.tenant_id, **values}).rowcount
            for change in repairs:
                connection.execute(text(f"ALTER TABLE {change}"))
        assert changed > 0


@pytest.fixture
def book(database, database_urls, now):
    return Book(database, database_urls[OWNER], now)


def test_an_empty_book_is_sound(book):
    assert book.seal() == 0
    verdict = book.verdict()
    assert (verdict.is_intact, verdict.segments, verdict.transactions, verdict.unsealed) == (True, 0, 0, 0)
    assert verdict.head == KnownHead(0, NOTHING_BEFORE)


def test_sealing_is_idempotent_and_segments_hold_on_to_each_other(book):
    book.earn(*range(TRANSACTIONS_PER_SEGMENT + 1))
    assert book.verdict().unsealed == TRANSACTIONS_PER_SEGMENT + 1
    assert [book.seal(), book.seal()] == [TRANSACTIONS_PER_SEGMENT + 1, 0]
    first = book.head()
    book.earn(5000)
    book.now += timedelta(hours=1)
    assert book.seal() == 1
    verdict = book.verdict(known=first)
    assert (verdict.is_intact, verdict.segments, verdict.transactions, verdict.unsealed) == (True, 3, TRANSACTIONS_PER_SEGMENT + 2, 0)
    assert first.segment == 2
    assert verdict.head.segment == 3
    assert verdict.sentence == f"All {TRANSACTIONS_PER_SEGMENT + 2} sealed transactions are as they were sealed."


def test_a_head_is_read_back_from_a_letter_however_it_was_typed(book):
    assert head_text(book.head()) == ""
    book.earn(1)
    book.seal()
    word = head_text(book.head())
    assert head_from(f" {word[:20].upper()}\n  {word[20:]}\t") == book.head()
    assert book.verdict(known=head_from(word)).is_intact
    assert not book.verdict(known=head_from(word[:2] + "0" * 64)).is_intact


@pytest.mark.parametrize("word", ["", "1", "0:" + "0" * 64, "1:" + "0" * 63, "1:" + "g" * 64, "١:" + "0" * 64])
def test_a_word_that_is_no_head_is_refused(word):
    with pytest.raises(ChainHeadUnreadable, match="64 hexadecimal digits"):
        head_from(word)


def test_a_transaction_without_postings_is_sealed_too(book):
    with book.session() as session:
        post(session, [movement(1, (), book.now)], now=book.now)
    assert book.seal() == 1
    assert book.verdict().is_intact


def test_one_that_commits_late_is_not_lost(book):
    """It was recorded before the others and became visible after they were sealed."""
    with book.session() as slow:
        earn(slow, [1], now=book.now - timedelta(days=1))
        slow.flush()
        book.earn(2)
        assert book.seal() == 1
    assert book.verdict().unsealed == 1
    assert book.seal() == 1
    assert (book.verdict().is_intact, book.verdict().segments) == (True, 2)


def test_many_sealers_at_once_seal_everything_once(book):
    book.earn(*range(300))
    start = threading.Barrier(4)

    def seal(_):
        start.wait()
        return book.seal()

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(seal, range(4))) == [0, 0, 0, 300]
    assert book.verdict().is_intact


def test_each_tenant_has_a_chain_of_its_own(book, database, database_urls, now):
    other = Book(database, database_urls[OWNER], now + timedelta(milliseconds=5))
    book.earn(1)
    other.earn(1, 2)
    assert (book.seal(), other.seal()) == (1, 2)
    assert book.head().hash != other.head().hash


CHANGES = {
    "posting": [
        "amount_minor = amount_minor + 1", "currency = 'USD'", "source = 'fx_clearing'", "destination = 'fx_clearing'", "payee = 'agency'",
        "employee_id = gen_random_uuid()", "contract_version_id = gen_random_uuid()", "number = 2",
        "order_id = gen_random_uuid()",
    ],
    "ledger_transaction": [
        "why = 'Because.'", "cause = 'else'", "cause_id = gen_random_uuid()", "kind = 'share'",
        "effective_at = effective_at + interval '1 microsecond'",
        "occurred_at = occurred_at - interval '1 day'", "recorded_at = recorded_at + interval '1 second'",
        "period_start = period_start + interval '1 month'", "points_to = gen_random_uuid()", "employee_id = gen_random_uuid()",
        "contract_version_id = gen_random_uuid()", "order_id = gen_random_uuid(), revision = 1",
        """working = jsonb_set(working, '{parts,0,2}', '80001')""", """working = working || '{"more": null}'""",
    ],
}  # fmt: skip


@pytest.mark.parametrize(("table", "change"), [(table, change) for table, changes in CHANGES.items() for change in changes])
def test_any_column_that_changes_names_its_transaction(book, table, change):
    ids = book.earn(1, 2, 3)
    book.seal()
    book.vandalise(table, f"UPDATE {table} SET {change} WHERE tenant_id = :tenant AND transaction_id = :id", id=ids[1])
    verdict = book.verdict()
    assert (verdict.is_intact, verdict.segment, verdict.transaction_id) == (False, 1, ids[1])
    assert "says something else than when it was sealed" in verdict.sentence


def test_a_transaction_that_is_taken_away_is_named(book):
    ids = book.earn(1, 2)
    book.seal()
    book.vandalise("posting", "DELETE FROM posting WHERE tenant_id = :tenant AND transaction_id = :id", id=ids[0])
    assert book.verdict().transaction_id == ids[0]
    book.vandalise("ledger_transaction", "DELETE FROM ledger_transaction WHERE tenant_id = :tenant AND transaction_id = :id", id=ids[0])
    verdict = book.verdict()
    assert verdict.transaction_id == ids[0]
    assert verdict.sentence.endswith("is gone.")


def test_a_posting_that_is_slipped_in_is_named(book):
    ids = book.earn(1, 2)
    book.seal()
    book.vandalise(
        "posting",
        "INSERT INTO posting SELECT tenant_id, transaction_id, 2, destination, source, 1, currency, order_id, contract_version_id, "
        "employee_id, payee FROM posting WHERE tenant_id = :tenant AND transaction_id = :id",
        id=ids[1],
    )
    assert book.verdict().transaction_id == ids[1]


@pytest.mark.parametrize(
    ("table", "statement", "says"),
    [
        ("ledger_seal", "DELETE FROM ledger_seal WHERE tenant_id = :tenant AND position = 1", "Segment 1 has 2 of its 3 transactions."),
        (
            "ledger_seal",
            "UPDATE ledger_seal SET leaf = sha256(leaf) WHERE tenant_id = :tenant AND position = 0",
            "something else than when",
        ),
        ("chain_segment", "UPDATE chain_segment SET count = 4 WHERE tenant_id = :tenant", "something else than its hash stands for"),
        ("chain_segment", "UPDATE chain_segment SET hash = sha256(hash) WHERE tenant_id = :tenant", "something else than its hash"),
        ("chain_segment", "UPDATE chain_segment SET root = sha256(root) WHERE tenant_id = :tenant", "something else than its hash"),
        (
            "chain_segment",
            "UPDATE chain_segment SET previous_hash = root WHERE tenant_id = :tenant",
            "does not hold on to the segment before",
        ),
    ],
)
def test_a_seal_that_changes_names_its_segment(book, table, statement, says):
    book.earn(1, 2, 3)
    book.seal()
    book.vandalise(table, statement)
    verdict = book.verdict()
    assert (verdict.is_intact, verdict.segment, verdict.segments) == (False, 1, 0)
    assert says in verdict.sentence


def test_leaves_that_were_swapped_do_not_lead_to_the_root(book):
    """Both transactions are as they were sealed, and only their places were exchanged."""
    book.earn(1, 2, 3)
    book.seal()
    with book._owner.begin() as connection:
        connection.execute(text("ALTER TABLE ledger_seal DROP CONSTRAINT uq_ledger_seal_tenant_id_segment_position"))
    try:
        book.vandalise("ledger_seal", "UPDATE ledger_seal SET position = 1 - position WHERE tenant_id = :tenant AND position < 2")
    finally:
        with book._owner.begin() as connection:
            added = "ADD CONSTRAINT uq_ledger_seal_tenant_id_segment_position UNIQUE (tenant_id, segment, position)"
            connection.execute(text(f"ALTER TABLE ledger_seal {added}"))
    verdict = book.verdict()
    assert verdict.sentence == "The transactions of segment 1 do not lead to its root."


def test_a_segment_that_is_cut_out_is_named(book):
    for number in range(3):
        book.earn(number)
        book.seal()
    known = book.head()
    book.vandalise("ledger_seal", "DELETE FROM ledger_seal WHERE tenant_id = :tenant AND segment > 1")
    book.vandalise("chain_segment", "DELETE FROM chain_segment WHERE tenant_id = :tenant AND number = 2")
    assert book.verdict().sentence == "Segment 2 is gone."
    book.vandalise("chain_segment", "DELETE FROM chain_segment WHERE tenant_id = :tenant AND number = 3")
    assert book.verdict().is_intact  # a chain that is cut short vouches for itself
    verdict = book.verdict(known=known)
    assert verdict.sentence == "Segment 2 is gone: the chain once reached segment 3."
    assert verdict.unsealed == 2


def test_a_chain_that_is_written_anew_is_betrayed_by_a_head_kept_elsewhere(book):
    ids = book.earn(1, 2)
    book.seal()
    known = book.head()
    book.vandalise("ledger_seal", "DELETE FROM ledger_seal WHERE tenant_id = :tenant")
    book.vandalise("chain_segment", "DELETE FROM chain_segment WHERE tenant_id = :tenant")
    book.vandalise("posting", "UPDATE posting SET amount_minor = 9 WHERE tenant_id = :tenant AND transaction_id = :id", id=ids[0])
    assert book.seal() == 2
    assert book.verdict().is_intact
    verdict = book.verdict(known=known)
    assert verdict.sentence == "Segment 1 is not the one that was known: the chain was written anew."
