"""What the verifier says when something is wrong: always a sentence with the line and the file, never a traceback."""

import ast
import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from closed_months import ClosedMonths, busy_months, sealed

from billing import recount as recount_file
from billing.recount import Contract, DoesNotAddUp, recount
from tenants.database import Database

Documents = list[dict[str, Any]]


@pytest.fixture(scope="module")
def months(database_for_run: Database) -> ClosedMonths:
    """Written once, by a shop of its own, up to the month in which reserves flow back: the tests below only read it."""
    months = busy_months(database_for_run, datetime(2026, 11, 20, 9, 30, tzinfo=UTC))
    months.close_at(2027, 4, 10)
    return months


def refused(path: object, root: str, earlier: tuple[object, ...] = ()) -> tuple[int | None, str, str]:
    """(line, sentence, file) of the refusal."""
    with pytest.raises(DoesNotAddUp) as wrong:
        recount(str(path), root, [str(one) for one in earlier])
    return wrong.value.args


def forged(months: ClosedMonths, folder: Path, name: str, forge: Callable[[Documents], object]) -> tuple[Path, str]:
    """A month's export forged with care: every hash and the root written anew."""
    documents = months.lines(name)
    forge(documents)
    raw, root = sealed(documents)
    path = folder / "forged.jsonl"
    path.write_bytes(b"".join(raw))
    return path, root


def terms_rewritten(documents: Documents) -> None:
    """A word where the share should be, with the terms' own hash written anew."""
    contract = documents[0]["contracts"][0]
    contract["terms"]["payees"] = "nobody"
    text = json.dumps(contract["terms"], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    contract["terms_sha256"] = hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize("forge", [
    lambda documents: documents[0].pop("contracts"), lambda documents: documents[0].update(reserve_contract=9),
    lambda documents: documents[0].update(reserve_contract=-1), lambda documents: documents[0]["period"].update(start="garbage"),
    lambda documents: documents[0].update(previous="x"), lambda documents: documents[0].update(contracts=7),
    lambda documents: documents[0].update(outages=[["x"]]), terms_rewritten, lambda documents: documents[0].pop("kind"),
    lambda documents: documents[0]["period"].update(end=documents[0]["period"]["start"]),
])  # fmt: skip
def test_a_header_that_cannot_be_read_is_named_whatever_the_root(months: ClosedMonths, tmp_path: Path, forge: Any) -> None:
    path, root = forged(months, tmp_path, "2026-11", forge)
    assert refused(path, root)[0] == 0
    assert refused(path, months.statement("2026-11").root)[0] in (0, None)


@pytest.mark.parametrize("forge", [
    lambda footer: footer.pop("payees"), lambda footer: footer.update(payees=[1]), lambda footer: footer.pop("sums"),
    lambda footer: footer["payees"].update(owner=None),
])  # fmt: skip
def test_a_footer_that_cannot_be_read_is_named(months: ClosedMonths, tmp_path: Path, forge: Any) -> None:
    path, root = forged(months, tmp_path, "2026-11", lambda documents: forge(documents[-1]))
    assert refused(path, root)[0] == len(months.lines("2026-11")) - 1


@pytest.mark.parametrize("field", [
    {"contract": -1}, {"contract": 10**9}, {"payees": 3}, {"follows": {"line": 10**9}}, {"follows": {"line": "x"}}, {"follows": "x"},
    {"kind": "gift"}, {"working": None}, {"payees": {"platform": 173, "owner": 30, "stranger": 0}},
])  # fmt: skip
def test_a_movement_that_cannot_be_read_is_named(months: ClosedMonths, tmp_path: Path, field: dict[str, Any]) -> None:
    path, root = forged(months, tmp_path, "2026-11", lambda documents: documents[1].update(field))
    assert refused(path, root)[0] == 1


def test_a_closing_line_whose_payees_are_not_its_amount_is_named(months: ClosedMonths, tmp_path: Path) -> None:
    number = len(months.lines("2026-11")) - 2
    path, root = forged(months, tmp_path, "2026-11", lambda documents: documents[-2].update(amount_minor=1))
    assert refused(path, root)[0] == number
    path, root = forged(months, tmp_path, "2026-11", lambda documents: documents[-2].update(payees=None))
    assert refused(path, root)[0] == number


def test_a_root_may_be_pasted_in_capitals_or_with_spaces(months: ClosedMonths, tmp_path: Path) -> None:
    path, root = months.file(tmp_path, "2026-11")
    assert recount(path, f" {root[:32].upper()} {root[32:]}\n") == recount(path, root)
    for typed in ("", root[1:], "g" + root[1:]):
        number, sentence, file = refused(path, typed)
        assert (number, file) == (None, path)
        assert "64 digits" in sentence


def test_another_root_blames_the_file_as_a_whole(months: ClosedMonths, tmp_path: Path) -> None:
    path, _ = months.file(tmp_path, "2026-11")
    number, sentence, file = refused(path, "0" * 64)
    assert (number, file) == (None, path)
    assert sentence.startswith("the file as a whole is not the one the root stands for")


def test_an_earlier_file_in_the_wrong_place_is_named_itself(months: ClosedMonths, tmp_path: Path) -> None:
    files = [months.file(tmp_path, one.period_name) for one in months.statements()]
    path, root = files[2]
    assert refused(path, root, (files[0][0], files[1][0]))[::2] == (None, files[0][0])
    number, sentence, file = refused(*files[0], (files[1][0],))
    assert (number, file) == (None, files[1][0])
    assert "no statement stands before" in sentence


@pytest.mark.parametrize("is_earlier", [False, True])
def test_a_file_that_is_not_there_is_said_in_a_sentence(months: ClosedMonths, tmp_path: Path, is_earlier: bool) -> None:
    path, root = months.file(tmp_path, "2026-11")
    missing = str(tmp_path / "missing.jsonl")
    told = [path, root, missing] if is_earlier else [missing, root]
    done = subprocess.run([sys.executable, recount_file.__file__, *told], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, f"{missing} does not add up: it cannot be read (No such file or directory).\n")


def test_one_line_continues_and_two_lines_continue(months: ClosedMonths, tmp_path: Path) -> None:
    said = [recount(*months.file(tmp_path, one.period_name)) for one in months.statements()]
    assert not [one for one in said if " 1 lines" in one]
    assert [one for one in said if "continue" in one]


def test_a_reserve_that_flows_back_is_compared_with_the_statement_that_kept_it(months: ClosedMonths, tmp_path: Path) -> None:
    """The forger gives the owner's cent to the platform, in line, close and footer alike: only the earlier statement can tell."""

    def shift(documents: Documents) -> None:
        release = next(line for line in documents if line["kind"] == "reserve_release")
        for line, sign in ((release, 1), (documents[-2], -1)):
            line["payees"] = {key: minor + sign * (1 if key == "platform" else -1) for key, minor in line["payees"].items()}
        for payee, by in (("platform", 1), ("owner", -1)):
            documents[-1]["payees"][payee]["released_minor"] += by
            documents[-1]["payees"][payee]["payable_minor"] += by

    names = [one.period_name for one in months.statements()]
    releasing = next(name for name in names if any(line["kind"] == "reserve_release" for line in months.lines(name)))
    before = tuple(months.file(tmp_path, name)[0] for name in names[: names.index(releasing)][::-1])
    assert "add up" in recount(*months.file(tmp_path, releasing), before)
    path, root = forged(months, tmp_path, releasing, shift)
    assert "add up" in recount(str(path), root)
    number, sentence, _ = refused(path, root, before)
    assert months.lines(releasing)[number or 0]["kind"] == "reserve_release"
    assert "flows back" in sentence
    assert "twice" in refused(*forged(months, tmp_path, releasing, twice))[1]


def twice(documents: Documents) -> None:
    """The first reserve that flows back does so once more, and every number after it moves on."""
    place = next(number for number, line in enumerate(documents) if line["kind"] == "reserve_release")
    documents.insert(place, documents[place])
    documents[:] = [line | {"number": number} for number, line in enumerate(documents)]
    minor = documents[place]["amount_minor"]
    documents[-1]["line_count"] += 1
    documents[-1]["sums"]["reserve_release"] += minor
    documents[-1]["sums"]["close"] -= minor
    documents[-1]["payable_minor"] += minor
    documents[-2]["amount_minor"] -= minor
    for payee, part in documents[place]["payees"].items():
        documents[-2]["payees"][payee] -= part
        documents[-1]["payees"][payee]["released_minor"] += part
        documents[-1]["payees"][payee]["payable_minor"] += part


DISPUTE = {
    "net_minor": 240, "disputed_minor": 100, "is_decided": False, "granted_minor": None, "hold_minor": 100, "relief_minor": 0,
    "hold_before_minor": 0, "relief_before_minor": 0, "before_minor": 0,
}  # fmt: skip
TERMS = {"share_ppm": 80_000, "base": {}}


@pytest.mark.parametrize(("changed", "target_minor"), [
    ({}, -100), ({"net_minor": 60, "hold_minor": 60}, -60), ({"net_minor": -5, "hold_minor": 0}, 0),
    ({"disputed_minor": None, "hold_minor": 240}, -240),
    ({"is_decided": True, "granted_minor": 7, "hold_minor": 0, "relief_minor": 7}, -7),
    ({"is_decided": True, "hold_minor": 0, "relief_minor": 100}, -100),
    ({"is_decided": True, "granted_minor": 0, "hold_minor": 0, "hold_before_minor": 100, "before_minor": -100}, 0),
])  # fmt: skip
def test_a_dispute_is_redone_from_what_stands_in_its_working(changed: dict[str, Any], target_minor: int) -> None:
    assert Contract({"terms": TERMS}).period_line(DISPUTE | changed, "dispute", 1) == target_minor


@pytest.mark.parametrize("changed", [
    {"hold_minor": 101}, {"net_minor": 99}, {"disputed_minor": 90}, {"is_decided": True}, {"relief_minor": 1}, {"hold_before_minor": 1},
    {"relief_before_minor": -1},
])  # fmt: skip
def test_a_dispute_that_does_not_keep_to_its_rule_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(DoesNotAddUp):
        Contract({"terms": TERMS}).period_line(DISPUTE | changed, "dispute", 1)


def other_terms(documents: Documents) -> None:
    """Another currency in the terms, and everywhere else, but for the lines."""
    documents[0]["currency"] = "USD"
    contract = documents[0]["contracts"][0]
    contract["terms"]["currency"] = "USD"
    text = json.dumps(contract["terms"], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    contract["terms_sha256"] = hashlib.sha256(text.encode()).hexdigest()


def of_kind(documents: Documents, kind: str) -> dict[str, Any]:
    return next(one for one in documents if one["kind"] == kind)


@pytest.mark.parametrize(("kind", "forge"), [
    ("header", lambda documents: documents[0].update(currency="USD")),
    ("share", lambda documents: of_kind(documents, "share").update(currency="USD")),
    ("share", other_terms),
    ("share", lambda documents: of_kind(documents, "share")["credits"][0].update(weight_ppm=400_000)),
    ("share", lambda documents: of_kind(documents, "share").pop("credits")),
    ("share", lambda documents: of_kind(documents, "share")["credits"].append({"weight_ppm": 600_000})),
    ("tier", lambda documents: of_kind(documents, "tier").update(currency="USD")),
    ("tier", lambda documents: of_kind(documents, "tier")["working"].update(share_ppm=90_000)),
    ("tier", lambda documents: of_kind(documents, "tier")["working"].update(tiers="volume")),
    ("tier", lambda documents: of_kind(documents, "tier")["working"].update(governed_seconds=2_591_999)),
    ("tier", lambda documents: of_kind(documents, "tier")["working"].update(governed_seconds=2_592_001)),
    ("tier", lambda documents: of_kind(documents, "tier")["working"].update(month_seconds=2_592_001)),
    ("reserve", lambda documents: of_kind(documents, "reserve").update(currency="USD")),
    ("reserve", lambda documents: of_kind(documents, "reserve").update(reserve_ppm=99_999)),
    ("reserve", lambda documents: of_kind(documents, "reserve").update(due="2027-02-11")),
    ("close", lambda documents: of_kind(documents, "close").update(currency="USD")),
    ("footer", lambda documents: documents[-1].update(currency="USD")),
])  # fmt: skip
def test_a_word_that_belongs_to_the_contract_cannot_be_forged(months: ClosedMonths, tmp_path: Path, kind: str, forge: Any) -> None:
    path, root = forged(months, tmp_path, "2026-11", forge)
    number = of_kind(months.lines("2026-11"), kind)["number"]
    assert refused(path, root)[0] == number


def test_an_older_python_is_told_which_one_is_needed(tmp_path: Path) -> None:
    """It reads the whole file before it runs the first line of it, and must come as far as the sentence."""
    ast.parse(Path(recount_file.__file__).read_text(encoding="utf-8"), feature_version=(3, 7))
    old = "import runpy, sys; sys.version_info = (3, 9, 18); runpy.run_path(sys.argv[1], run_name='__main__')"
    done = subprocess.run([sys.executable, "-c", old, recount_file.__file__], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "recount.py needs Python 3.10 or later; this is Python 3.9.\n")


def test_moments_are_read_as_python_3_10_can(monkeypatch: pytest.MonkeyPatch) -> None:
    class Strict(datetime):
        @classmethod
        def fromisoformat(cls, text: str, /) -> "Strict":
            assert "Z" not in text
            return super().fromisoformat(text)

    monkeypatch.setattr(recount_file, "datetime", Strict)
    assert recount_file.second("1970-01-02T00:00:00.000000Z") == recount_file.second("1970-01-02T01:00:00+01:00") == 86_400


@pytest.mark.skipif(shutil.which("python3.10") is None, reason="needs a Python 3.10 on the path")
def test_the_oldest_python_recounts_a_month(months: ClosedMonths, tmp_path: Path) -> None:
    told = [str(shutil.which("python3.10")), "-I", recount_file.__file__, *months.file(tmp_path, "2026-11")]
    done = subprocess.run(told, capture_output=True, text=True, check=False)
    assert "add up" in done.stdout or "not installed" in done.stderr or "command not found" in done.stderr, done.stderr


def test_a_line_is_named_with_its_row_in_the_file() -> None:
    assert str(DoesNotAddUp(0, "no.", "a.jsonl")) == "Line 0 (row 1) of a.jsonl does not add up: no."
    assert str(DoesNotAddUp(None, "no.", "a.jsonl")) == "a.jsonl does not add up: no."
