"""Hiring by clicking only, in real Chromium: a job, a face, a voice, a name, a talk with her, the contract, the signature, her file."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes.open_shop import OpenShop, open_shop
from playwright.sync_api import Browser

from app.flows import VERBS
from app.wiring import system_clock
from avatar_pipeline.voice import Voice
from tenants.database import Database
from tenants.employee import employee_at_work, employees
from tenants.outbox import deliver_due

pytestmark = pytest.mark.browser
WIDTHS = ((768, "dark"), (360, "light"))


def silent_voice(voice_id: str) -> Voice:
    """A voice whose weights are nowhere: the words come without sound."""
    return Voice(voice_id.partition("@")[0], weights_folder=Path("/nowhere"))


@pytest.fixture
def shop(database: Database, tmp_path: Path) -> Iterator[OpenShop]:
    """A shop with one employee; its voices are silent, which is quicker and changes no page."""
    with open_shop(database, tmp_path, voice=silent_voice) as opened:
        yield opened


def test_somebody_is_hired_by_clicking_only(chromium: Browser, shop: OpenShop) -> None:
    complaints: list[str] = []
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{shop.house.settings.public_url}/dashboard/team")
    page.get_by_label("E-mail address").fill(shop.account.owner_email)
    page.get_by_label("Password").fill(shop.account.owner_password)
    page.get_by_role("button", name="Sign in").click()

    page.get_by_role("link", name="Hire somebody").click()
    page.get_by_role("link", name="Concierge", exact=True).click()
    page.get_by_role("radio", name="Ingrid").check()
    page.get_by_role("radio", name="unhurried").check()
    page.get_by_role("button", name="Invite her to an interview").click()
    page.get_by_role("heading", name="Interview with Ingrid").wait_for()

    panel = page.frame_locator("iframe[data-interview]")
    panel.get_by_text("I am Ingrid, an AI employee here").first.wait_for()
    page.get_by_role("button", name="Ask").first.click()
    panel.get_by_text("When are you open on Saturday?").first.wait_for()
    panel.get_by_text("I do not know that one").first.wait_for()  # she was taught nothing yet, and says so
    page.get_by_role("link", name="Read the contract").click()

    page.get_by_label("Share of every order she brings").fill("6.5")
    page.get_by_role("button", name="Read the whole contract").click()
    page.get_by_text("The employee earns 6.5 % of the worth of every order it brought").wait_for()
    page.get_by_role("button", name="Accept as Olive Kestrel").click()
    page.get_by_text("Signed. She is at work from the first day of the contract.").wait_for()
    page.get_by_text("On probation until").first.wait_for()
    deliver_due(shop.house.database, VERBS, clock=system_clock)
    with shop.house.database.tenant_session(shop.tenant_id) as session:
        ingrid = next(one for one in employees(session) if one.name == "Ingrid")
        assert employee_at_work(session, ingrid.employee_id, system_clock()).voice_id == "heart@90"

    for path in ("/dashboard/hire", "/dashboard/hire/support", page.url.removeprefix(shop.house.settings.public_url)):
        for width, scheme in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            page.goto(f"{shop.house.settings.public_url}{path}")
            assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth + 1"), (path, width)
            page.wait_for_function("[...document.images].filter((one) => one.loading !== 'lazy').every((one) => one.naturalWidth > 0)")
    context.close()
    assert complaints == []
