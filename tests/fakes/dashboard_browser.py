"""The owner in a real browser: a page of Chromium that has signed in to the dashboard."""

from collections.abc import Iterator
from contextlib import contextmanager

from fakes.shop_history import PASSWORD
from playwright.sync_api import Browser, Page


@contextmanager
def signed_in(chromium: Browser, address: str) -> Iterator[Page]:
    """Robin's page, 1440 by 900, on the dashboard that is served at `address`."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, base_url=address)
    page = context.new_page()
    page.goto("/dashboard/sign-in")
    page.get_by_label("E-mail").fill("robin@kestrel.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/dashboard")
    yield page
    context.close()
