"""Payslips from open to closed: totals, who is paid, files one can recount, a year's salary, and lines a page at a time."""

import json
import re
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from fakes.dashboard_person import Hands, sign_in
from fakes.shop_history import Shop, open_shop

from app.dashboard import routes_payslips
from app.dashboard.payslip_view import joined, sheet_of
from app.flows import VERBS
from app.wiring import House
from billing.close_period import close_due
from billing.read_payslip import KindSum, Payslip, PayslipLine, PayslipPage
from billing.read_statement import StatementView, statements_of
from billing.revenue_share.periods import Period
from billing.seal_ledger import head_from, verify_chain
from tenants.identifiers import to_public
from tenants.outbox import deliver_due

AUGUST = datetime(2026, 8, 3, 15, tzinfo=UTC)
LINE = PayslipLine(
    transaction_id=UUID(int=1), points_to=None, kind="sale", why="", order_id=UUID(int=9), order_ref="K-1", occurred_at=AUGUST,
    effective_at=AUGUST, recorded_at=AUGUST, currency="USD", order_total_minor=0, base_minor=0, share_ppm=0, amount_minor=10,
    stage="pending", reason="", touch_id=None, conversation_id=None, coupon_id=None, link_id=None, contract_version_id=UUID(int=2),
    event_id=None,
)  # fmt: skip


def slip_of(*lines: PayslipLine) -> Payslip:
    period = Period("2026-08", datetime(2026, 8, 1, tzinfo=UTC), datetime(2026, 9, 1, tzinfo=UTC))
    return Payslip(UUID(int=3), period, "UTC", (), lines)


def words(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)).replace("\xa0", " ")


@pytest.fixture
def old_shop(house: House, tenant_id: UUID) -> Shop:
    """A shop of August with a sale of 30.00 of which 10.00 went back, and one of 12.60 by coupon; August and September are closed."""
    shop = open_shop(house.database, tenant_id, now=AUGUST, email="robin@kestrel.example")
    talk = shop.talk("Are you open on Sunday?", ["On Sundays we roast."], now=AUGUST + timedelta(days=2), cited=0)
    shop.sell("K-1", "30.00", now=AUGUST + timedelta(days=2, minutes=9), talk=talk)
    shop.refund("r-1", "K-1", "10.00", now=AUGUST + timedelta(days=4))
    coupon = shop.talk("Any discount?", ["10 % off."], now=AUGUST + timedelta(days=9), coupon=True)
    shop.sell("K-2", "12.60", now=AUGUST + timedelta(days=9, minutes=3), talk=coupon)
    closed_at = datetime(2026, 11, 10, 8, tzinfo=UTC)
    assert close_due(house.database, clock=lambda: closed_at) == 2
    deliver_due(house.database, VERBS, clock=lambda: closed_at)
    return shop


@pytest.fixture
async def owner(visitor: httpx.AsyncClient, old_shop: Shop) -> httpx.AsyncClient:
    assert (await sign_in(visitor, old_shop.email)).status_code == 303
    return visitor


def recount(program: Path, export: Path, root: str) -> subprocess.CompletedProcess[str]:
    """Run the downloaded program over the downloaded file, as a merchant would."""
    return subprocess.run([sys.executable, str(program), str(export), root], capture_output=True, check=False, text=True)


def august(shop: Shop) -> StatementView:
    with shop.database.tenant_session(shop.tenant_id) as session:
        return statements_of(session, employee_id=shop.employee_id)[-1]


async def test_a_closed_payslip_says_who_is_paid_and_carries_its_root(owner: httpx.AsyncClient, old_shop: Shop) -> None:
    page = (await owner.get(f"/dashboard/payslips/{to_public('emp', old_shop.employee_id)}?month=2026-08")).text
    said = words(page)
    assert "To be paid $3.26 Brought forward $0.00 Earned $3.26" in said
    assert "Tillhand Platform · own statement" in said
    assert "Closed Nothing on it changes any more" in said
    assert f'data-root="{august(old_shop).root}"' in page
    assert "Shares of sales 2 lines $4.26 Taken back by refunds 1 line −$1.00 Balance in USD $3.26" in said
    assert said.count("Invoiced") == 3


async def test_the_root_goes_out_by_letter_at_the_close(owner: httpx.AsyncClient, old_shop: Shop) -> None:
    letters = words((await owner.get("/mail")).text)
    assert "Amara&#39;s payslip of 2026-08 at Kestrel Coffee &amp; Snacks is closed" in letters
    assert august(old_shop).root in letters
    seals = re.findall(r"\b[1-9][0-9]*:[0-9a-f]{64}\b", letters)
    with old_shop.database.tenant_session(old_shop.tenant_id) as session:
        assert verify_chain(session, known=head_from(seals[0])).is_intact
        assert verify_chain(session).unsealed == 0  # the seal in the letter covers the month
    page = (await owner.get(f"/dashboard/payslips/{to_public('emp', old_shop.employee_id)}?month=2026-08")).text
    assert f"data-seal>{seals[0]}<" in page


async def test_the_files_can_be_recounted_without_us(owner: httpx.AsyncClient, old_shop: Shop, tmp_path: Path) -> None:
    statement = august(old_shop)
    base = f"/dashboard/statements/{to_public('stm', statement.statement_id)}"
    program, export = tmp_path / "recount.py", tmp_path / "statement.jsonl"
    program.write_bytes((await owner.get("/dashboard/statements/recount.py")).content)
    answer = await owner.get(f"{base}/file.jsonl")
    assert "attachment" in answer.headers["content-disposition"]
    export.write_bytes(answer.content)
    root = (await owner.get(f"{base}/root.txt")).text.strip()
    assert root == statement.root
    assert recount(program, export, root).returncode == 0
    export.write_bytes(answer.content.replace(b'"amount_minor":300', b'"amount_minor":301', 1))
    refused = recount(program, export, root)
    assert refused.returncode != 0
    assert "line 1" in (refused.stdout + refused.stderr).lower()
    table, document = await owner.get(f"{base}/file.csv"), await owner.get(f"{base}/file.pdf?payee=platform")
    assert len(table.text.splitlines()) > 3
    assert document.content.startswith(b"%PDF")
    assert (await owner.get(f"{base}/file.pdf?payee=nobody")).status_code == 404
    assert (await owner.get(f"{base}/file.exe")).status_code == 422


async def test_a_line_leads_to_its_proof_and_its_delivery(owner: httpx.AsyncClient, old_shop: Shop) -> None:
    statement = august(old_shop)
    path = f"/dashboard/statements/{to_public('stm', statement.statement_id)}/lines"
    page = (await owner.get(f"{path}/1")).text
    assert statement.root in page
    assert (
        json.loads(words(re.search(r'<pre class="command command-wrap">(.*?)</pre>', page, re.DOTALL)[1]).replace("&#34;", '"'))["number"]
        == 1
    )
    assert "/dashboard/deliveries/evt_" in page
    assert (await owner.get(f"{path}/999")).status_code == 404


async def test_nobody_else_gets_the_files(owner: httpx.AsyncClient, old_shop: Shop, neighbour: Shop) -> None:
    path = f"/dashboard/statements/{to_public('stm', august(old_shop).statement_id)}/file.csv"
    await sign_in(owner, neighbour.email)
    assert (await owner.get(path)).status_code == 404
    owner.cookies.clear()
    assert (await owner.get(path)).status_code == 303


async def test_a_years_salary_is_drawn_with_its_table(owner: httpx.AsyncClient, old_shop: Shop) -> None:
    page = (await owner.get(f"/dashboard/salary/{to_public('emp', old_shop.employee_id)}")).text
    said = words(page)
    assert "Twelve months $3.26" in said
    assert page.count('class="month-bar month-closed') == 4  # two months, drawn wide and narrow
    assert "A year at this pace $0.00" in said  # September and October brought nothing; August was not a whole month
    assert "2026-08 part of a month Closed" in said
    cards = words((await owner.get("/dashboard/payslips")).text)
    assert "2026-10 Soft" in cards
    assert cards.count("Twelve months $3.26") == 2  # the team's, who is one, and the employee's own


def test_what_several_payees_share_is_one_line() -> None:
    [line] = joined([LINE, replace(LINE, amount_minor=2)])
    assert line.amount_minor == 12
    assert len(joined([LINE, replace(LINE, currency="EUR")])) == 2


def test_a_page_is_arranged_and_its_sums_are_of_the_whole_month() -> None:
    month = replace(LINE, transaction_id=UUID(int=7), kind="tier", order_id=None, amount_minor=-4)
    kinds = (KindSum("tier", "USD", -4, 1, 0, 0), KindSum("sale", "USD", 1010, 101, 1010, 0))
    read = PayslipPage(slip_of(month, LINE), 2, 2, 101, kinds, frozenset(), frozenset())
    sheet = sheet_of(read)
    assert (sheet.lines, sheet.line_count, sheet.page_count, sheet.month_lines) == ((LINE,), 101, 2, (month,))
    assert [(part.kind, part.amount_minor, part.count) for part in sheet.parts] == [("sale", 1010, 101), ("tier", -4, 1)]
    assert sheet.sales_minor == {"USD": 1010}


async def test_lines_come_a_page_at_a_time(owner: httpx.AsyncClient, old_shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes_payslips, "LINES_PER_PAGE", 1)
    address = f"/dashboard/payslips/{to_public('emp', old_shop.employee_id)}?month=2026-08"
    pages = [(await owner.get(f"{address}&page={number}")).text for number in (1, 2, 3)]
    assert [page.count('data-kind="sale"') for page in pages] == [1, 0, 1]
    assert all("Shares of sales 2 lines $4.26" in words(page) for page in pages)
    assert "The sale it takes back" in words(pages[1])
    assert "/dashboard/orders/ord_" in re.search(r'<a href="([^"]+)">The sale it takes back', pages[1])[1]
    assert ("Last lines" in pages[0], "First lines" in pages[0], "First lines" in pages[2]) == (True, False, True)


async def test_a_dispute_is_seen_on_the_payslip(owner: httpx.AsyncClient, old_shop: Shop, hands: Hands) -> None:
    shop, now = old_shop, hands.now
    talk = shop.talk("Are you open on Sunday?", ["No."], now=now - timedelta(hours=2), cited=0)
    shop.sell("K-3", "50.00", now=now - timedelta(hours=1), talk=talk)
    slip = f"/dashboard/payslips/{to_public('emp', shop.employee_id)}"
    form = re.search(r'href="(/dashboard/disputes/new[^"]+)"', (await owner.get(slip)).text)[1].replace("&amp;", "&")
    token = re.search(r'name="csrf_token" value="([^"]+)"', (await owner.get(form)).text)[1]
    refused = await owner.post(form, data={"csrf_token": token, "reason": "It was ours.", "amount": "5.01"})
    assert refused.status_code == 422
    assert "at most what the line earned" in refused.text
    unclear = await owner.post(form, data={"csrf_token": token, "reason": "It was ours.", "amount": "2.000"})
    assert unclear.status_code == 422
    assert "“2.000” may mean 2000 or a little more than 2." in unclear.text
    assert 'value="2.000"' in unclear.text
    assert ">It was ours.</textarea>" in unclear.text
    opened = await owner.post(form, data={"csrf_token": token, "reason": "It was ours.", "amount": "2,00"})
    assert opened.status_code == 303
    said = words((await owner.get(opened.headers["location"])).text)
    assert "Held now $2.00" in said
    assert "Opened by Robin Vale" in said
    assert "$2.00 moved to an account of its own" in said
    again = await owner.post(form, data={"csrf_token": token, "reason": "Twice."})
    assert again.status_code == 422
    assert "a line can be disputed once" in again.text
    again = await owner.post(form, data={"csrf_token": token, "reason": "It was ours.", "amount": "2.00"})
    assert again.headers["location"] == opened.headers["location"]
    page = words((await owner.get(slip)).text)
    assert "Held in disputes $2.00" in page
    assert "In dispute, $2.00 held" in page
    assert "13 days left" in words((await owner.get("/dashboard/disputes")).text) or "14 days left" in words(
        (await owner.get("/dashboard/disputes")).text
    )
