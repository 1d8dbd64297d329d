"""In real Chromium: a face whose person agrees no longer, another face for who wore it, and handles that are not left behind unasked."""

from datetime import timedelta
from pathlib import Path

import pytest
from axe import faults
from fakes.dashboard_browser import signed_in
from fakes.dashboard_server import dashboard_server
from fakes.made_faces import lay_made_face
from fakes.shop_history import Shop, open_shop, routed
from looking import look
from playwright.sync_api import Browser, Dialog, Page, expect

from app.casting.own_faces import face_id_of
from app.casting.tables import Casting
from app.studio.likeness import request_consent, revoke_consent
from app.studio.likeness_states import Scope
from app.wiring import system_clock
from tenants.employee import change_face, employees

pytestmark = pytest.mark.browser


@pytest.fixture
def shop(database, tenant_id) -> Shop:
    return open_shop(routed(database), tenant_id, now=system_clock() - timedelta(days=3), email="robin@kestrel.example")


@pytest.fixture
def page(chromium: Browser, database, shop: Shop, tmp_path: Path):
    with dashboard_server(database, tmp_path, system_clock) as address, signed_in(chromium, address) as opened:
        yield opened


def lay_revoked(shop: Shop, tmp_path: Path) -> str:
    """A finished face whose person agreed and took it back, worn by the shop's employee. Gives its page."""
    now = system_clock()
    with shop.database.tenant_session(shop.tenant_id) as session:
        casting_id = lay_made_face(session, tmp_path, now)
        row = session.get_one(Casting, (shop.tenant_id, casting_id))
        row.material = "photograph"
        scope = Scope(("face",), ("films", "chat"), ("world",), now + timedelta(days=90))
        asked = request_consent(session, person_name="Nadia Vale", face_id=face_id_of(casting_id), scope=scope, by="per_test", now=now)
        revoke_consent(session, consent_id=asked.consent_id, by="per_test", now=now)
        change_face(session, employees(session)[0].employee_id, face_id_of(casting_id))
    return f"/dashboard/casting/{face_id_of(casting_id)}"


def test_who_lost_a_face_is_led_to_another(page: Page, shop: Shop, tmp_path: Path) -> None:
    own = lay_revoked(shop, tmp_path)
    page.goto(own)
    expect(page.get_by_role("button", name="Let it talk")).to_have_count(0)
    page.get_by_text("Ask for a new consent").first.click()
    page.get_by_text("Bring another picture").click()
    look(page, "casting-revoked")
    assert faults(page) == []
    page.get_by_role("link", name="Choose another face for").click()
    expect(page.locator("input[name=face]:checked")).to_have_count(0)
    look(page, "employee-face")
    assert faults(page) == []
    page.locator("input[name=face][value=amara]").check()
    page.get_by_role("button", name="Wear this face").click()
    expect(page.get_by_text("Changed, from the next conversation on.")).to_be_visible()
    expect(page.locator("[data-lost-face]")).to_have_count(0)


def test_the_file_says_who_lost_a_face(page: Page, shop: Shop, tmp_path: Path) -> None:
    lay_revoked(shop, tmp_path)
    page.goto("/dashboard/team")
    page.get_by_role("link", name="Has no face in chat now").click()
    expect(page.locator("[data-lost-face]")).to_be_visible()
    look(page, "employee-lost-face")
    assert faults(page) == []


def test_dragged_handles_are_not_left_behind_unasked(page: Page, shop: Shop, tmp_path: Path) -> None:
    with shop.database.tenant_session(shop.tenant_id) as session:
        own = f"/dashboard/casting/{face_id_of(lay_made_face(session, tmp_path, system_clock()))}"
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    page.goto(f"{own}/adjust")
    page.locator(".casting-board[data-drawn]").wait_for()
    page.locator("[data-handle=chin]").focus()
    page.keyboard.press("ArrowDown")
    page.get_by_role("link", name="Leave it").click(no_wait_after=True)
    page.wait_for_timeout(300)
    assert (asked, page.url.endswith("/adjust")) == (["beforeunload"], True)
    page.get_by_role("button", name="Make the face with this").click()
    page.wait_for_url(f"**{own}")
    assert asked == ["beforeunload"]
