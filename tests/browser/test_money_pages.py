"""The pages about money in real Chromium: every width, both schemes, nothing refused by the policy; and reading without a script."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from fakes.dashboard_browser import sign_in
from fakes.dashboard_server import dashboard_server
from fakes.shop_history import Shop, open_shop, routed
from playwright.sync_api import Browser

from app.wiring import system_clock
from billing.close_period import close_due
from billing.read_statement import statements_of
from tenants.database import Database
from tenants.identifiers import to_public

pytestmark = pytest.mark.browser
WIDTHS = (1440, 768, 360)


@pytest.fixture
def shop(database: Database, tenant_id: UUID) -> Shop:
    """A shop with a closed month, and a long order number."""
    now = datetime.now(UTC)
    begun = now - timedelta(days=80)
    shop = open_shop(routed(database), tenant_id, now=begun, email="robin@kestrel.example")
    for days, number in ((2, "K-" + "8" * 30), (70, "K-2")):
        at = begun + timedelta(days=days)
        talk = shop.talk("Open on Sunday?", ["On Sundays we roast."], now=at, cited=0)
        shop.sell(number, "120.00", now=at + timedelta(minutes=5), talk=talk)
    assert close_due(shop.database, clock=lambda: now) >= 1
    return shop


@pytest.fixture
def address(shop: Shop, tmp_path: Path) -> Iterator[str]:
    with dashboard_server(shop.database, tmp_path, system_clock) as served:
        yield served


def paths(shop: Shop) -> list[str]:
    employee = to_public("emp", shop.employee_id)
    with shop.database.tenant_session(shop.tenant_id) as session:
        first = statements_of(session, employee_id=shop.employee_id)[-1]
    return [
        "payslips", f"payslips/{employee}", f"payslips/{employee}?month={first.period_name}", f"salary/{employee}", "contracts",
        f"statements/{to_public('stm', first.statement_id)}/lines/1", f"contracts/{employee}", f"contracts/{employee}/change",
        f"contracts/{employee}/end", "disputes", "what-if?price=0.99&share=12", "effect", f"effect/{employee}", "models", "alerts", "rates",
    ]  # fmt: skip


@pytest.mark.long
def test_every_page_fits_every_width(chromium: Browser, address: str, shop: Shop) -> None:
    complaints: list[str] = []
    context = chromium.new_context()
    page = context.new_page()
    sign_in(page, address)
    page.add_init_script(
        "document.addEventListener('securitypolicyviolation', e => console.error('CSP ' + e.violatedDirective + ' ' + e.blockedURI))"
    )
    page.on("console", lambda message: complaints.append(message.text) if message.type in {"error", "warning"} else None)
    for path in paths(shop):
        answer = page.goto(f"{address}/dashboard/{path}")
        assert answer is not None
        assert answer.status == 200, path
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth + 1"), f"{path} at {width}"
    context.close()
    assert complaints == []


def test_a_contract_is_changed_and_a_line_disputed_without_javascript(chromium: Browser, address: str, shop: Shop) -> None:
    context = chromium.new_context(java_script_enabled=False, accept_downloads=True)
    page = context.new_page()
    sign_in(page, address)
    employee = to_public("emp", shop.employee_id)
    page.goto(f"{address}/dashboard/contracts/{employee}")
    page.get_by_role("link", name="Propose a change").click()
    page.get_by_label("Share of every order").fill("12.5")
    page.get_by_role("button", name="See what it would mean").click()
    page.get_by_text("From now on: The employee earns 12.5 %").wait_for()
    page.get_by_role("button", name="Accept as Robin Vale").click()
    page.get_by_text("The new terms are signed").wait_for()
    page.goto(f"{address}/dashboard/payslips/{employee}?month={first_month(shop)}")
    with page.expect_download() as waiting:
        page.get_by_role("link", name="CSV").click()
    assert waiting.value.suggested_filename.startswith("statement-")
    page.get_by_role("link", name="Dispute it").first.click()
    page.get_by_label("Why it is not right").fill("It was our own order.")
    page.get_by_role("button", name="Dispute it").click()
    page.get_by_text("Opened by Robin Vale").wait_for()
    context.close()


def first_month(shop: Shop) -> str:
    with shop.database.tenant_session(shop.tenant_id) as session:
        return statements_of(session, employee_id=shop.employee_id)[-1].period_name
