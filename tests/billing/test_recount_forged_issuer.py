"""A dishonest issuer writes every hash and the root anew, and keeps the sums in step: the verifier must find it by what it counts."""

import hashlib
import json
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from closed_months import TWO_PAYEES, ClosedMonths, exported, months_of, sealed

from billing.contract_terms import ContractTerms, Lift, document_of
from billing.recount import BODY, Contract, DoesNotAddUp, Found, read, recount, tree
from tenants.database import Database

Documents = list[dict[str, Any]]
Forge = Callable[[Documents], object]
OWN, BEFORE = "2026-11", ("2026-10", "2026-09")
PLATFORM = [["platform", 1_000_000]]


@pytest.fixture(scope="module")
def months(database_for_run: Database) -> ClosedMonths:
    """Two orders of November and none before or after; the tests below only read them."""
    months = months_of(database_for_run, datetime(2026, 11, 20, 9, 30, tzinfo=UTC), ContractTerms(currency="EUR", share_ppm=100_000))
    months.sell("o1", "30.00")
    months.sell("o2", "30.00")
    months.close_at(2027, 3, 10)
    return months


def forged(months: ClosedMonths, folder: Path, forge: Forge, name: str = OWN) -> tuple[str, str]:
    """A month's export after the forger's hand: lines numbered, counted, hashed and sealed anew."""
    documents = months.lines(name)
    forge(documents)
    documents = [one | {"number": number} for number, one in enumerate(documents)]
    documents[-1]["line_count"] = len(documents) - 2
    raw, root = sealed(documents)
    path = folder / "forged.jsonl"
    path.write_bytes(b"".join(raw))
    return str(path), root


def refused(path: str, root: str, earlier: list[str] | None = None) -> tuple[int | None, str]:
    with pytest.raises(DoesNotAddUp) as wrong:
        recount(path, root, earlier or [])
    return wrong.value.args[0], wrong.value.args[1]


def added(documents: Documents, line: dict[str, Any], place: int = 2) -> None:
    """One more line, and its worth in close and footer: the statement's sums still agree with each other."""
    documents.insert(place, line)
    kind, minor, footer = line["kind"], line["amount_minor"], documents[-1]
    if documents[-2]["kind"] != "close":
        documents.insert(-1, {"kind": "close", "why": "", "currency": "EUR", "amount_minor": 0, "payees": {"platform": 0}})
    close, paid = documents[-2], footer["payees"]["platform"]
    earned = {"reserve_release": "released_minor"}.get(kind, "earned_minor")
    footer["sums"][kind] = footer["sums"].get(kind, 0) + minor
    footer["sums"]["close"] = footer["sums"].get("close", 0) - minor
    close["amount_minor"] -= minor
    close["payees"]["platform"] -= minor
    paid[earned] += minor
    footer["earned_minor"] = paid["earned_minor"]
    paid["payable_minor"] += minor
    footer["payable_minor"] += minor


def again(documents: Documents, **changed: Any) -> None:
    """The first order once more, under another month or contract."""
    added(documents, deepcopy(documents[1]) | changed)


def other_line(documents: Documents, kind: str, minor: int, **working: Any) -> None:
    line = {name: documents[1][name] for name in ("why", "cause", "contract", "period", "currency", "order_id", "order")}
    told = {"target_minor": minor, "before_minor": 0, "payees": PLATFORM} | working
    added(documents, line | {"kind": kind, "amount_minor": minor, "payees": {"platform": minor}, "working": told})


def another_version(documents: Documents, version_id: str | None) -> None:
    contracts = documents[0]["contracts"]
    contracts.append(deepcopy(contracts[0]) | ({"contract_version_id": version_id} if version_id else {}))
    again(documents, contract=1)


def released(documents: Documents) -> None:
    line = deepcopy(documents[-2]) | {"kind": "reserve_release", "amount_minor": 500, "payees": {"platform": 500}}
    added(documents, line | {"follows": {"statement": "deadbeef", "line": 3}}, len(documents) - 2)


def ghost(documents: Documents) -> None:
    footer = documents[-1]
    footer["payees"]["ghost"] = dict.fromkeys(footer["payees"]["platform"], 0) | {"payable_minor": 9, "earned_minor": 9}
    footer["payable_minor"] += 9
    footer["earned_minor"] += 9


def nobody(documents: Documents) -> None:
    documents[0]["payees"] = []
    documents[-1] |= {"payees": {}, "earned_minor": 0, "payable_minor": 0}


def unpaid(documents: Documents) -> None:
    """The payee is left out of header and footer alike, and of the line that pays."""
    nobody(documents)
    del documents[-2]
    del documents[-1]["sums"]["close"]


@pytest.mark.parametrize("forge", [ghost, nobody, unpaid])
def test_header_lines_and_footer_are_about_the_same_payees(months: ClosedMonths, tmp_path: Path, forge: Forge) -> None:
    assert "not about the same payees" in refused(*forged(months, tmp_path, forge))[1]


def test_a_payee_is_named_once(months: ClosedMonths, tmp_path: Path) -> None:
    verdict = refused(*forged(months, tmp_path, lambda documents: documents[0]["payees"].append(documents[0]["payees"][0])))
    assert verdict == (0, "it names a payee twice.")


def test_lift_needs_a_contract_with_lift(months: ClosedMonths, tmp_path: Path) -> None:
    verdict = refused(*forged(months, tmp_path, lambda documents: other_line(documents, "lift", 99_900)))
    assert verdict == (2, "its contract has no measured lift.")


def test_it_says_plainly_that_lift_was_not_recounted(months: ClosedMonths, tmp_path: Path) -> None:
    def measured(documents: Documents) -> None:
        contract = documents[0]["contracts"][0]
        contract["terms"] = document_of(
            ContractTerms(currency="EUR", share_ppm=100_000, lift=Lift(share_ppm=100_000, basis="point"), holdout_ppm=100_000)
        )
        text = json.dumps(contract["terms"], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        contract["terms_sha256"] = hashlib.sha256(text.encode()).hexdigest()
        other_line(documents, "lift", 700)

    said = recount(*forged(months, tmp_path, measured)).splitlines()[0]
    assert said.endswith("payable. Lift lines, 700 minor units in all, were not recounted: what was measured stands in no statement.")


@pytest.mark.parametrize(("disputed", "granted", "is_decided"), [(300, -99_900, True), (-99_900, None, False), (-99_900, 0, True)])
def test_a_dispute_can_ask_for_nothing_less_than_nothing(disputed: int, granted: int | None, is_decided: bool) -> None:
    held = min(disputed, 300)
    given = held if granted is None else min(granted, held)
    working = {
        "net_minor": 300, "disputed_minor": disputed, "granted_minor": granted, "is_decided": is_decided, "before_minor": 0,
        "hold_minor": 0 if is_decided else held, "relief_minor": given if is_decided else 0, "hold_before_minor": 0,
        "relief_before_minor": 0,
    }  # fmt: skip
    contract = Contract({"terms": document_of(ContractTerms(currency="EUR", share_ppm=100_000))})
    with pytest.raises(DoesNotAddUp, match="less than nothing"):
        contract.period_line(working, "dispute", 1)


def test_it_tells_the_terms_of_each_contract(months: ClosedMonths, tmp_path: Path) -> None:
    contract = months.lines(OWN)[0]["contracts"][0]
    said = recount(*months.file(tmp_path, OWN)).splitlines()
    days = "from 2026-09-21 09:30 UTC"
    assert said[1:] == ["Compare the terms, and the days they hold, with what was signed:", f"contract 1 {contract['terms_sha256']} {days}"]


def rewritten(months: ClosedMonths, folder: Path, number: int, old: bytes, new: bytes) -> tuple[str, str]:
    """November with some bytes of one line replaced, and sealed anew, spelled as we spell it."""
    bodies = [raw[BODY:-1] for raw in months.export(months.statement(OWN)).splitlines()]
    assert old in bodies[number]
    bodies[number] = bodies[number].replace(old, new, 1)
    leaves = [hashlib.sha256(b"\0" + body).digest() for body in bodies]
    path = folder / "rewritten.jsonl"
    path.write_bytes(
        b"".join(b'{"leaf":"%s","line":%s}\n' % (leaf.hex().encode(), body) for leaf, body in zip(leaves, bodies, strict=True))
    )
    return str(path), tree(leaves).hex()


@pytest.mark.parametrize(("number", "old", "new", "name"), [
    (0, b'"period":', b'"period":{"name":"2026-12"},"period":', "period"),
    (1, b'"amount_minor":', b'"amount_minor":99999,"amount_minor":', "amount_minor"),
    (1, b'"order":', b'"order":"other","order":', "order"),
    (1, b',"touch":', b',"touch":"other","touch":', "touch"),
    (1, b'{"platform":', b'{"platform":99999,"platform":', "platform"),
    (1, b'"before_minor": ', b'"before_minor": 7, "before_minor": ', "before_minor"),
    (4, b'"payable_minor":', b'"payable_minor":99999,"payable_minor":', "payable_minor"),
])  # fmt: skip
def test_a_field_told_twice_is_named(months: ClosedMonths, tmp_path: Path, number: int, old: bytes, new: bytes, name: str) -> None:
    assert refused(*rewritten(months, tmp_path, number, old, new)) == (number, f'it tells "{name}" twice.')


def test_a_payee_told_twice_in_a_usual_line_is_named(database_for_run: Database, now: datetime) -> None:
    months = months_of(database_for_run, now, ContractTerms(currency="EUR", share_ppm=80_000, payees=TWO_PAYEES))
    months.sell("o1", "30.00")
    months.close_at(2027, 1, 10)
    contracts = dict(enumerate(map(Contract, months.lines(OWN)[0]["contracts"])))
    text = months.export(months.statement(OWN)).splitlines()[1][BODY:-1].decode()
    twice = text.replace('"payees":{', '"payees":{"owner":36,', 1)
    assert twice != text
    assert Found().note_share(*exported(text), 1, contracts) is not None
    assert Found().note_share(*exported(twice), 1, contracts) is None
    with pytest.raises(DoesNotAddUp, match='it tells "owner" twice'):
        read(twice, 1)


@pytest.mark.parametrize("figure", ["3_000", "٣٠٠٠", " 3000", "+3000", "03000", "3000/01", "3000/0", "6_000/2", "３０００"])
def test_a_figure_has_plain_digits(months: ClosedMonths, tmp_path: Path, figure: str) -> None:
    verdict = refused(*rewritten(months, tmp_path, 1, b'"3000"', f'"{figure}"'.encode()))
    assert verdict == (1, f"{figure} is no figure in plain digits.")


@pytest.mark.parametrize(("kind", "name"), [("cap", "earned_minor"), ("minimum", "earned_minor"), ("dispute", "net_minor")])
def test_a_figure_is_no_text(kind: str, name: str) -> None:
    contract = Contract({"terms": document_of(ContractTerms(currency="EUR", share_ppm=1, cap_minor=10, minimum_minor=10))})
    working = {
        name: "1_000", f"{kind}_minor": 10, "governed_seconds": 9, "month_seconds": 9, "is_final": True, "disputed_minor": 3,
        "granted_minor": None,
    }  # fmt: skip
    with pytest.raises(TypeError):
        contract.period_line(working, kind, 1)


def test_a_contract_version_is_named_once(months: ClosedMonths, tmp_path: Path) -> None:
    number, sentence = refused(*forged(months, tmp_path, lambda documents: another_version(documents, None)))
    assert (number, "twice" in sentence) == (0, True)


@pytest.mark.parametrize("period", ["2026-12", "2031-10", "2026-1", "before"])
def test_no_line_is_about_a_month_to_come_or_none(months: ClosedMonths, tmp_path: Path, period: str) -> None:
    path, root = forged(months, tmp_path, lambda documents: other_line(documents, "bonus", 0, is_void=True))
    assert "add up" in recount(path, root)
    path, root = forged(months, tmp_path, lambda documents: documents[1].update(period=period))
    assert refused(path, root)[0] == 1


def test_no_line_is_about_a_month_before_the_first(months: ClosedMonths, tmp_path: Path) -> None:
    path, root = forged(months, tmp_path, lambda documents: documents[1].update(period="2026-08"))
    assert "which is not in 2026-08 or not under its contract" in refused(path, root)[1]
    earlier = [months.file(tmp_path, one)[0] for one in BEFORE]
    assert refused(path, root, earlier) == (1, "2026-08 is no month that this statement may be about.")


def test_a_month_has_a_name(months: ClosedMonths, tmp_path: Path) -> None:
    path, root = forged(months, tmp_path, lambda documents: documents[0]["period"].update(name="9999"))
    assert refused(path, root) == (0, "its month has no name.")


@pytest.mark.parametrize("forge", [partial(again, period="2026-10"), partial(another_version, version_id="0-1")])
def test_an_order_is_not_billed_twice_under_another_month_or_contract(months: ClosedMonths, tmp_path: Path, forge: Forge) -> None:
    verdict = refused(*forged(months, tmp_path, forge))
    assert verdict == (2, "of its order 2000000 parts per million stand, more than all of it.")


def test_an_order_is_not_billed_again_in_a_later_statement(months: ClosedMonths, tmp_path: Path) -> None:
    share, earlier = months.lines(OWN)[1], [months.file(tmp_path, one)[0] for one in (OWN, *BEFORE)]
    honest, december = months.file(tmp_path, "2026-12"), {"period": "2026-12", "occurred_at": "2026-12-20T09:30:00.000000Z"}
    assert "not given" not in recount(*honest, earlier)
    path, root = forged(months, tmp_path, lambda documents: added(documents, share | december, 1), "2026-12")
    assert "add up" in recount(path, root)  # alone it cannot know
    assert "2000000 parts per million" in refused(path, root, earlier)[1]
    path, root = forged(months, tmp_path, lambda documents: added(documents, share, 1), "2026-12")
    assert refused(path, root, earlier) == (1, "it begins an order that stands since an earlier statement.")


def test_an_order_may_stand_in_parts_under_two_months(months: ClosedMonths, tmp_path: Path) -> None:
    """Half of it under each is the whole."""

    def halves(documents: Documents) -> None:
        line = documents[1]
        minor, working = line["amount_minor"] // 2, line["working"]
        working["parts"][0][1] = line["credits"][0]["weight_ppm"] = 500_000
        working |= {"target_minor": minor, "turnover_minor": working["turnover_minor"] // 2}
        line |= {"amount_minor": minor, "payees": {"platform": minor}}
        added(documents, deepcopy(line) | {"period": "2026-10", "occurred_at": "2026-10-20T09:30:00.000000Z"})
        whole = documents[-1] | {"sums": documents[-1]["sums"] | {"share": 600, "close": -600}, "earned_minor": 600, "payable_minor": 600}
        documents[-2] |= {"amount_minor": -600, "payees": {"platform": -600}}
        documents[-1] = whole | {"payees": {"platform": whole["payees"]["platform"] | {"earned_minor": 600, "payable_minor": 600}}}

    assert "add up" in recount(*forged(months, tmp_path, halves))


def test_a_reserve_of_no_statement_does_not_flow_back(months: ClosedMonths, tmp_path: Path) -> None:
    path, root = forged(months, tmp_path, released)
    assert "1 line continues earlier statements that were not given" in recount(path, root)
    assert refused(path, root, [months.file(tmp_path, one)[0] for one in BEFORE]) == (3, "it is of a statement that there never was.")


def test_no_line_continues_a_statement_that_never_was(months: ClosedMonths, tmp_path: Path) -> None:
    path, root = forged(months, tmp_path, lambda documents: documents[1].update(follows={"statement": "deadbeef", "line": 1}))
    assert "1 line continues" in recount(path, root)
    assert refused(path, root, [months.file(tmp_path, one)[0] for one in BEFORE]) == (1, "it continues a statement that there never was.")


def test_the_first_statement_brings_nothing_forward(months: ClosedMonths, tmp_path: Path) -> None:
    def debt(documents: Documents) -> None:
        line = {"kind": "brought_forward", "why": "", "currency": "EUR", "amount_minor": -5, "payees": {"platform": -5}}
        documents.insert(1, line)
        documents[-1]["sums"]["brought_forward"] = -5
        documents[-1]["payees"]["platform"] |= {"brought_forward_minor": -5, "carried_minor": -5}
        documents[-1]["carried_minor"] = -5

    number, sentence = refused(*forged(months, tmp_path, debt, "2026-09"))
    assert (number, "bring forward" in sentence) == (2, True)
