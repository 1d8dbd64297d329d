"""The owner in a real browser: signing in to the dashboard as a person does, and a page that has done so."""

from collections.abc import Iterator
from contextlib import contextmanager

from fakes.shop_history import PASSWORD
from playwright.sync_api import Browser, Page

EMAIL = "robin@kestrel.example"


def sign_in(page: Page, address: str = "", *, email: str = EMAIL, password: str = PASSWORD) -> None:
    """Open the door of the dashboard at `address` (or at the page's own base) and go in; in any language, with a script or without."""
    page.goto(f"{address}/dashboard/sign-in")
    show_papers(page, email=email, password=password)
    page.wait_for_selector(".sidebar")


def show_papers(page: Page, *, email: str = EMAIL, password: str = PASSWORD) -> None:
    """Fill in the form of the door that stands open, and send it; where it leads is for the caller to see."""
    page.fill("#email", email)
    page.fill("#password", password)
    page.press("#password", "Enter")


@contextmanager
def signed_in(chromium: Browser, address: str) -> Iterator[Page]:
    """Robin's page, 1440 by 900, on the dashboard that is served at `address`."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, base_url=address)
    page = context.new_page()
    sign_in(page)
    yield page
    context.close()
