"""The operator's actions on a real database: what they print, what they change, what they refuse."""

import argparse
from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fakes.shop_history import Shop, open_shop, routed

from app.commands import operator as operator_file
from app.commands.operator import ACTIONS
from app.commands.operator_actions import add_actions
from app.conversations.read import conversations
from app.settings import Settings
from billing.contract_terms import document_of, sha256_of
from billing.errors import ChainHeadUnreadable, ContractTermsRefused, DisputeRefused, RateImplausible
from billing.open_dispute import open_dispute
from billing.propose_terms import propose_terms
from billing.read_contracts import contracts_of
from billing.read_orders import earning_lines
from billing.read_rates import published_rates
from billing.seal_ledger import chain_head, head_text, seal_ledger
from tenants.identifiers import to_public


@pytest.fixture
def shop(database: Any, tenant_id: Any, now: Any) -> Shop:
    """A shop with one disputed sale of 50.00."""
    shop = open_shop(routed(database), tenant_id, now=now - timedelta(days=9), email="robin@kestrel.example")
    at = now - timedelta(days=1)
    shop.sell("K-1", "50.00", now=at + timedelta(minutes=5), talk=shop.talk("Open?", ["Yes."], now=at, cited=0))
    return shop


def dispute_it(shop: Shop, now: Any) -> str:
    with shop.database.tenant_session(shop.tenant_id) as session:
        [one] = earning_lines(session, start=now - timedelta(days=3), end=now, now=now)
        order_id = one.line.order_id or one.line.transaction_id
        version_id = one.line.contract_version_id
        opened = open_dispute(session, order_id=order_id, contract_version_id=version_id, reason="Ours.", opened_by="test", now=now)
    return to_public("dsp", opened)


def run(shop: Shop, now: Any, *words: str) -> int:
    parser = argparse.ArgumentParser()
    add_actions(parser)
    parsed = parser.parse_args(list(words))
    return ACTIONS[parsed.action](shop.database, parsed, now)


def test_a_dispute_is_listed_and_adjusted(shop: Shop, now: Any, capsys: pytest.CaptureFixture[str]) -> None:
    dispute, shop_id = dispute_it(shop, now), to_public("shp", shop.tenant_id)
    assert run(shop, now, "disputes") == 0
    listed = capsys.readouterr().out
    assert dispute in listed
    assert "14 days left, order K-1, 500 USD minor held: Ours." in listed
    assert run(shop, now, "decide", shop_id, dispute, "adjusted", "Half of it was yours.", "--granted", "2.50") == 0
    assert "250 USD minor went back" in capsys.readouterr().out
    with pytest.raises(DisputeRefused):
        run(shop, now, "decide", shop_id, dispute, "rejected", "No.")
    run(shop, now, "disputes")
    assert "0 open." in capsys.readouterr().out


def test_rates_are_imported_from_a_file(shop: Shop, now: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = tmp_path / "rates.csv"
    days = [(now - timedelta(days=back)).date() for back in (2, 1)]
    table.write_text(f"day,base,quote,rate,source\n{days[0]},EUR,USD,1.08,ecb\n{days[1]},EUR,USD,1.09,ecb\n")
    with pytest.raises(RateImplausible, match=r"1 EUR = 1\.08 USD"):
        run(shop, now, "rates", str(table))
    assert run(shop, now, "rates", str(table), "--confirm-jumps") == 0
    assert run(shop, now, "rates", str(table)) == 0
    assert "0 rates imported, 2 stood already" in capsys.readouterr().out
    [known] = published_rates(shop.database)
    assert (known.quote, known.rate_e9, known.day_count) == ("USD", 1_090_000_000, 2)


def test_what_the_operator_mistypes_is_a_sentence(
    database: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(operator_file, "ready_database", lambda _settings: nullcontext(database))
    for words, sentence in (
        (("rates", "/nonexist"), "/nonexist cannot be read: No such file or directory."),
        (("rates", "/"), "/ cannot be read: Is a directory."),
        (
            ("outage", "SHOP", "2026-11-20T09:00:00", "2026-11-20T10:00:00", "r"),
            "An outage's moments need their offset, such as 2026-11-21T10:00:00+00:00.",
        ),
    ):
        parser = argparse.ArgumentParser()
        add_actions(parser)
        assert operator_file.operator(Settings(), parser.parse_args(list(words))) == 1
        assert capsys.readouterr().out == f"{sentence}\n"


def test_an_outage_is_recorded_and_withdrawn_for_every_shop(shop: Shop, now: Any, capsys: pytest.CaptureFixture[str]) -> None:
    told = ("outage", "2026-11-19 database", "2026-11-19T10:00:00+00:00", "2026-11-19T11:00:00+00:00", "The database was moved.")
    assert run(shop, now, *told) == 0
    assert run(shop, now, *told, "--withdraw", "--shop", to_public("shp", shop.tenant_id)) == 0
    assert capsys.readouterr().out == "Recorded for 1 shops.\nWithdrawn for 1 shops.\n"


def test_the_book_is_verified_and_shops_are_listed(shop: Shop, now: Any, capsys: pytest.CaptureFixture[str]) -> None:
    with shop.database.tenant_session(shop.tenant_id) as session:
        assert seal_ledger(session, now=now) == 1
    assert run(shop, now, "verify") == 0
    assert "All 1 sealed transactions are as they were sealed. 0 wait for their seal." in capsys.readouterr().out
    own = ("verify", "--shop", to_public("shp", shop.tenant_id))
    with shop.database.tenant_session(shop.tenant_id) as session:
        seal = head_text(chain_head(session))
    assert run(shop, now, *own, "--seal", seal.upper()) == 0
    assert run(shop, now, *own, "--seal", "1:" + "0" * 64) == 1
    assert "the chain was written anew" in capsys.readouterr().out
    with pytest.raises(ChainHeadUnreadable, match="a number, a colon"):
        run(shop, now, *own, "--seal", "0:12")
    with pytest.raises(ValueError, match="Whose seal"):
        run(shop, now, "verify", "--seal", seal)
    run(shop, now, "shops")
    assert "Kestrel Coffee & Snacks" in capsys.readouterr().out
    run(shop, now, "index-codes")
    assert capsys.readouterr().out == "0 codes entered.\n"
    run(shop, now, "close")
    assert "months closed." in capsys.readouterr().out


def test_a_shops_proposal_is_listed_countersigned_or_declined(shop: Shop, now: Any, capsys: pytest.CaptureFixture[str]) -> None:
    lowered = []
    for share_ppm in (10_000, 20_000):
        with shop.database.tenant_session(shop.tenant_id) as session:
            terms = contracts_of(session, shop.employee_id)[-1].terms.model_copy(update={"share_ppm": share_ppm})
            found = propose_terms(
                session, employee_id=shop.employee_id, terms=terms, proposed_by="Robin", starts_at=now,
                shown_sha256=sha256_of(document_of(terms)), now=now,
            )  # fmt: skip
            assert found is not None
        lowered.append(to_public("prp", found))
        assert run(shop, now, "proposals") == 0
        said = capsys.readouterr().out
        assert lowered[-1] in said
        assert "1 wait." in said
        words = ("countersign", lowered[-1]) if share_ppm == 20_000 else ("decline", lowered[-1], "It is too little.")
        assert run(shop, now, *words) == 0
        with pytest.raises(ContractTermsRefused):
            run(shop, now, *words)
    with shop.database.tenant_session(shop.tenant_id) as session:
        assert [one.terms.share_ppm for one in contracts_of(session, shop.employee_id)] == [100_000, 20_000]


def test_insiders_and_machines_take_an_order_back(shop: Shop, now: Any) -> None:
    def earned() -> int:
        with shop.database.tenant_session(shop.tenant_id) as session:
            return sum(one.line.amount_minor for one in earning_lines(session, start=now - timedelta(days=3), end=now, now=now))

    with shop.database.tenant_session(shop.tenant_id) as session:
        [talk] = conversations(session, limit=5)
    shop_id, talk_id = to_public("shp", shop.tenant_id), to_public("cnv", talk.conversation_id)
    before = earned()
    assert run(shop, now, "machine", shop_id, talk_id, "It asked a hundred times a second.") == 0
    assert (before, earned()) == (500, 0)
    assert run(shop, now, "machine", shop_id, talk_id, "It was Robin.", "--person") == 0
    assert earned() == 500
    assert run(shop, now, "insider", shop_id, "staff", "--customer", "c-1") == 0
    assert run(shop, now, "insider", shop_id, "staff", "--visitor", str(talk.visitor_id)) == 0
    assert earned() == 0
