"""The bookkeeper: signs in to the dashboard as a person does, opens the payslip and follows its links."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx

from app.demo.players.failure import expect, expect_status, fail
from app.demo.players.page_reading import Element, fields_of, read_page

PAYSLIP_SECONDS_MAX = 30.0
LOOK_SECONDS = 0.02


@dataclass(frozen=True)
class PayslipRow:
    """One line of the payslip page."""

    order_number: str
    kind: str
    amount_minor: int
    conversation_path: str | None


@dataclass(frozen=True)
class Seen:
    """Rows of one order, and when the page that showed them was here."""

    rows: tuple[PayslipRow, ...]
    seen_at: datetime

    @property
    def sum_minor(self) -> int:
        """What the order has brought them, all lines together."""
        return sum(row.amount_minor for row in self.rows)


class Bookkeeper:
    """One signed-in browser on the dashboard. Close it after use."""

    def __init__(self, public_url: str) -> None:
        self._browser = httpx.Client(base_url=public_url, timeout=20, follow_redirects=True)
        self._payslip_path = ""

    def __enter__(self) -> "Bookkeeper":
        """Open the browser."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self._browser.close()

    def sign_in(self, email: str, password: str) -> None:
        """Find the form, fill it in with the secret it holds, and land on the dashboard. A form without its secret is refused."""
        closed = self._browser.get("/dashboard/payslips")
        expect("sign-in" in str(closed.url), "Nobody should read payslips before signing in.", closed.url)
        form = _sign_in_form(closed)
        without_secret = {**fields_of(form), "csrf_token": "", "email": email, "password": password}
        refused = self._browser.post(form.attributes["action"], data=without_secret)
        expect(refused.status_code in {400, 403, 422}, "A form without its secret should be refused.", refused.status_code)
        form = _sign_in_form(self._browser.get("/dashboard/sign-in"))
        landed = self._browser.post(form.attributes["action"], data={**fields_of(form), "email": email, "password": password})
        expect(landed.status_code == 200 and "sign-in" not in str(landed.url), "The owner should be let in.", landed.url)

    def open_payslip(self) -> None:
        """Follow the link from the list of payslips to the one employee's."""
        page = expect_status(self._browser.get("/dashboard/payslips"), 200, "The payslips should be listed")
        links = {link.attributes.get("href", "") for link in read_page(page.text).find_all("a")}
        slips = [link for link in links if link.startswith("/dashboard/payslips/")]
        expect(len(slips) == 1, "There should be one payslip to open.", sorted(links))
        self._payslip_path = slips[0]

    def wait_for(self, number: str, is_wanted: Callable[[Seen], bool], sentence: str) -> Seen:
        """Look at the payslip again and again until the order's lines are as wanted."""
        deadline = time.monotonic() + PAYSLIP_SECONDS_MAX
        while True:
            seen = self.look(number)
            if is_wanted(seen):
                return seen
            if time.monotonic() > deadline:
                fail(sentence, f"{number} has the lines {seen.rows}")
            time.sleep(LOOK_SECONDS)

    def look(self, number: str) -> Seen:
        """The order's lines on the payslip now."""
        page = expect_status(self._browser.get(self._payslip_path), 200, "The payslip should open")
        seen_at = datetime.now(UTC)
        rows = (_row(row) for row in read_page(page.text).find_all("tr", data_order_ref=number))
        return Seen(tuple(rows), seen_at)

    def read_conversation(self, row: PayslipRow) -> str:
        """Click the line's conversation; returns the page."""
        expect(row.conversation_path is not None, "The payslip's line should link to its conversation.", row)
        answer = self._browser.get(row.conversation_path or "")
        return expect_status(answer, 200, "The conversation behind the line should open").text


def _sign_in_form(page: httpx.Response) -> Element:
    forms = [form for form in read_page(page.text).find_all("form") if form.find_all("input", type="password")]
    expect(len(forms) == 1, "The sign-in page should hold one form.", page)
    return forms[0]


def _row(row: Element) -> PayslipRow:
    links = (link.attributes.get("href", "") for link in row.find_all("a"))
    conversation = next((link for link in links if link.startswith("/dashboard/conversations/")), None)
    said = row.attributes
    return PayslipRow(said["data-order-ref"], said["data-kind"], int(said["data-amount-minor"]), conversation)
