"""The offline verifier: it agrees with every statement we close, and names the line that anyone has changed."""

import hashlib
import json
import random
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from closed_months import ClosedMonths, busy_months, sealed

from billing import recount as recount_file
from billing.recount import DoesNotAddUp, recount
from tenants.database import Database


class Book:
    """One export as lines of bytes, to be forged."""

    def __init__(self, content: bytes, root: str, path: Path) -> None:
        self.raw, self.root, self.path = content.splitlines(keepends=True), root, path

    def verdict(self, raw: list[bytes], root: str | None = None) -> tuple[int | None, str] | None:
        """What the verifier says: None when all is well, else (line, sentence)."""
        self.path.write_bytes(b"".join(raw))
        try:
            recount(str(self.path), root or self.root)
        except DoesNotAddUp as wrong:
            return wrong.args[0], wrong.args[1]
        return None

    def documents(self) -> list[dict[str, Any]]:
        return [json.loads(raw)["line"] for raw in self.raw]


@pytest.fixture(scope="module")
def months(database_for_run: Database) -> ClosedMonths:
    """Written once, by a shop of its own: the tests below only read it."""
    return busy_months(database_for_run, datetime(2026, 11, 20, 9, 30, tzinfo=UTC))


@pytest.fixture
def book(months: ClosedMonths, tmp_path: Path) -> Book:
    statement = months.statement("2026-11")
    return Book(months.export(statement), statement.root, tmp_path / "book.jsonl")


def test_every_closed_month_adds_up_with_and_without_the_months_before(months: ClosedMonths, tmp_path: Path) -> None:
    files = [months.file(tmp_path, statement.period_name) for statement in months.statements()]
    assert len(files) == 5
    for place, (path, root) in enumerate(files):
        assert "add up" in recount(path, root)
        said = recount(path, root, [earlier for earlier, _ in files[:place][::-1]])
        assert "not given" not in said


def test_it_runs_alone_as_one_file_with_the_standard_library(months: ClosedMonths, tmp_path: Path) -> None:
    path, root = months.file(tmp_path, "2026-11")
    (tmp_path / "alone").mkdir()
    alone = tmp_path / "alone" / "recount.py"
    alone.write_bytes(Path(recount_file.__file__).read_bytes())

    def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run([sys.executable, "-I", "-S", str(alone), *arguments], capture_output=True, text=True, check=False)

    well, wrong, unused = run(path, root), run(path, "0" * 64), run(path)
    assert (well.returncode, "add up" in well.stdout) == (0, True)
    assert (wrong.returncode, "does not add up" in wrong.stderr) == (1, True)
    assert "Usage" in unused.stderr
    here = [subprocess.run([sys.executable, recount_file.__file__, *told], check=False).returncode for told in ([path], [path, "0" * 64])]
    assert here == [1, 1]


@pytest.mark.parametrize("body", [b"[1,2", b'{"number":1,"text":"\xff"}', b'{"amount":1}', b'{"number":1.0}'])
def test_bytes_that_hash_right_and_read_wrong_are_named(book: Book, body: bytes) -> None:
    leaf = hashlib.sha256(b"\0" + body).hexdigest().encode()
    forged = [book.raw[0], b'{"leaf":"' + leaf + b'","line":' + body + b"}\n", *book.raw[2:]]
    verdict = book.verdict(forged)
    assert verdict is not None
    assert verdict[0] == 1


def test_a_line_without_its_working_is_found_although_every_hash_was_written_anew(book: Book) -> None:
    documents = book.documents()
    del documents[1]["working"]["target_minor"]
    raw, root = sealed(documents)
    assert book.verdict(raw, root) == (1, "it lacks a figure, or one is of the wrong kind.")


def test_one_byte_of_any_line_changed_names_that_line(book: Book) -> None:
    rng = random.Random(20261120)
    for number, raw in enumerate(book.raw):
        for position in [*range(12), *(rng.randrange(len(raw)) for _ in range(60)), len(raw) - 2, len(raw) - 1]:
            verdict = book.verdict([*book.raw[:number], with_byte(raw, position, rng), *book.raw[number + 1 :]])
            assert verdict is not None, (number, position)
            assert verdict[0] == number, (number, position, verdict)


def with_byte(raw: bytes, position: int, rng: random.Random) -> bytes:
    """The bytes with one of them changed."""
    other = bytes([rng.choice([byte for byte in b'0a}"\n\xff' if byte != raw[position]])])
    return raw[:position] + other + raw[position + 1 :]


def test_one_byte_of_any_field_changed_with_its_own_hash_is_refused_by_its_line_or_by_the_whole(book: Book) -> None:
    """The root refuses whatever counting cannot see; what cannot be read or added up names its own line, or one that depends on it."""
    rng = random.Random(20261121)
    for number, raw in enumerate(book.raw):
        body = raw[recount_file.BODY : -2]
        for position in sorted(rng.sample(range(len(body)), 60)):
            forged = with_byte(body, position, rng)
            leaf = hashlib.sha256(b"\0" + forged).hexdigest().encode()
            line = b'{"leaf":"' + leaf + b'","line":' + forged + b"}\n"
            said = book.verdict([*book.raw[:number], line, *book.raw[number + 1 :]])
            assert said is not None, (number, position)
            assert said[0] == number or (said[0] is None and "as a whole" in said[1]) or number == 0, (number, position, said)


def fields(document: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every leaf of a document, by its path."""
    if isinstance(document, dict | list):
        for key, value in document.items() if isinstance(document, dict) else enumerate(document):
            yield from fields(value, (*path, key))
    else:
        yield path


def changed(document: Any, path: tuple[Any, ...]) -> Any:
    """The document with one leaf changed to another value of its kind."""
    copy = json.loads(json.dumps(document))
    inner = copy
    for key in path[:-1]:
        inner = inner[key]
    value = inner[path[-1]]
    inner[path[-1]] = (not value) if isinstance(value, bool) else value + 1 if isinstance(value, int) else f"{value or ''}1"
    return copy


def test_any_field_changed_with_its_own_hash_fails_at_least_at_the_root(book: Book) -> None:
    documents = book.documents()
    for number, document in enumerate(documents):
        for path in fields(document):
            raw, _ = sealed([*documents[:number], changed(document, path), *documents[number + 1 :]])
            assert book.verdict(raw) is not None, (number, path)


FIGURES = ("amount_minor", "payees", "parts", "target_minor", "before_minor", "bands", "cap_minor", "earned_minor", "minimum_minor")


def test_a_figure_changed_with_every_hash_and_the_root_is_found_by_counting(book: Book) -> None:
    """Even whoever could forge the delivered root cannot make a line's figures say something else."""
    documents = book.documents()
    for number, document in enumerate(documents[1:-1], start=1):
        for path in fields(document):
            if set(FIGURES) & set(path):
                raw, root = sealed([*documents[:number], changed(document, path), *documents[number + 1 :]])
                assert book.verdict(raw, root) is not None, (number, path)


@pytest.mark.parametrize("forge", [
    lambda raw: raw[:3] + raw[4:], lambda raw: [*raw[:3], raw[2], *raw[3:]], lambda raw: [*raw[:3], raw[4], raw[3], *raw[5:]],
    lambda raw: raw[:-1], lambda raw: raw[1:], lambda _: [], lambda raw: [*raw, raw[-1]], lambda raw: [raw[0], raw[-1]],
])  # fmt: skip
def test_a_line_removed_added_or_moved_is_found(book: Book, forge: Any) -> None:
    assert book.verdict(forge(book.raw)) is not None


def renumbered(documents: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [document | {"number": number} for number, document in enumerate(documents)]


def test_an_order_paid_twice_is_found_although_every_hash_was_written_anew(book: Book) -> None:
    documents = book.documents()
    raw, root = sealed(renumbered([*documents[:2], documents[1], *documents[2:]]))
    verdict = book.verdict(raw, root)
    assert verdict is not None
    assert "begins an order" in verdict[1]


def test_a_refund_left_out_is_found_although_every_hash_was_written_anew(book: Book) -> None:
    documents = book.documents()
    refund = next(number for number, document in enumerate(documents) if "follows" in document and document["kind"] == "share")
    raw, root = sealed(renumbered([*documents[:refund], *documents[refund + 1 :]]))
    assert book.verdict(raw, root) is not None


def test_it_answers_the_first_wrong_line_of_several(book: Book) -> None:
    raw = [line.replace(b'"amount_minor":', b'"amount_minor":9', 1) if number in (4, 9) else line for number, line in enumerate(book.raw)]
    verdict = book.verdict(raw)
    assert verdict is not None
    assert verdict[0] == 4


def test_many_blocks_are_checked_side_by_side_with_the_same_answer(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recount_file, "BLOCK_LINES", 4)
    assert book.verdict(book.raw) is None
    raw = [line.replace(b'"amount_minor":', b'"amount_minor":9', 1) if number == 9 else line for number, line in enumerate(book.raw)]
    assert (book.verdict(raw) or (0, ""))[0] == 9


def test_an_earlier_statement_must_be_the_one_before(months: ClosedMonths, tmp_path: Path) -> None:
    (first, first_root), (second, second_root) = (months.file(tmp_path, name) for name in ("2026-09", "2026-10"))
    with pytest.raises(DoesNotAddUp):
        recount(first, first_root, [second])
    with pytest.raises(DoesNotAddUp):
        recount(second, second_root, [second])
