"""The operator's actions about bills: what they list, what they mark, what they take back."""

import argparse
from typing import Any

import pytest
from fakes.billed_shop import CLOSED_AT, billed_shop
from fakes.shop_history import Shop, routed

from app.commands.operator import ACTIONS
from app.commands.operator_actions import add_actions
from billing.payments.tables import GatewayOrphan
from billing.read_bills import bills
from tenants.identifiers import to_public


@pytest.fixture
def shop(database: Any, tenant_id: Any) -> Shop:
    return billed_shop(routed(database), tenant_id)


def run(shop: Shop, *words: str) -> int:
    parser = argparse.ArgumentParser()
    add_actions(parser)
    parsed = parser.parse_args(list(words))
    return ACTIONS[parsed.action](shop.database, parsed, CLOSED_AT)


def test_bills_are_listed_marked_and_opened_again(shop: Shop, capsys):
    with shop.database.tenant_session(shop.tenant_id) as session:
        found = bills(session, now=CLOSED_AT)
        session.add(GatewayOrphan(tenant_id=shop.tenant_id, invoice_ref="in_1", why="Nobody knows it.", status="open", found_at=CLOSED_AT))
    ids = to_public("shp", shop.tenant_id), to_public("stm", found[0].statement_id)
    assert run(shop, "bills") == 0
    said = capsys.readouterr().out
    assert f"{ids[0]} {ids[1]}  {found[0].number} open, 30.00 USD" in said
    assert "in_1 (open) at the gateway since 2026-11-10: Nobody knows it." in said
    assert "3 want a look." in said
    run(shop, "bill-paid", *ids, "2026-11-10", "--reference", "TR 1")
    run(shop, "bills")
    assert "2 want a look." in capsys.readouterr().out
    run(shop, "bill-paid", *ids, "2026-11-10", "--undo")
    run(shop, "bills")
    assert "3 want a look." in capsys.readouterr().out
    assert run(shop, "payouts") == 0
    assert capsys.readouterr().out.strip("\ufeff\r\n") == "shop,bill,period,payee,name,role,currency,amount,reference"
    with pytest.raises(ValueError, match="No such part"):
        run(shop, "paid-out", ids[0], found[0].number, "owner")
