"""In real Chromium: a face talks in its preview, and its handles are dragged live, by mouse and by keys, undone, redone and kept.

Nothing beyond a handle's reach may change, not by one bit; axe has nothing to say.
"""

import base64
from collections.abc import Iterator
from datetime import timedelta
from itertools import combinations
from math import dist
from pathlib import Path
from uuid import UUID

import cv2
import numpy as np
import pytest
from axe import faults
from fakes.dashboard_browser import signed_in
from fakes.dashboard_server import dashboard_server
from fakes.made_faces import lay_made_face, seen
from fakes.shop_history import Shop, open_shop, routed
from looking import look
from playwright.sync_api import Browser, Page, expect
from shopper import until

from app.casting.own_faces import face_id_of
from app.casting.tables import Casting
from app.dashboard.casting_speech import speech_path
from app.settings import Settings
from app.wiring import House, system_clock
from avatar_pipeline.adjust import Drag, adjust
from avatar_pipeline.portrait import upright
from avatar_pipeline.voice import Voice
from tenants.database import Database

pytestmark = pytest.mark.browser
CHANGED = """async () => {
  const canvas = document.querySelector('.casting-board canvas'), picture = document.querySelector('.casting-board img');
  const still = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d');
  still.drawImage(picture, 0, 0);
  const [a, b] = [still, canvas.getContext('2d')].map((one) => one.getImageData(0, 0, canvas.width, canvas.height).data);
  const { handles, limits, width } = JSON.parse(document.querySelector('[data-drag]').dataset.drag), scale = canvas.width / width;
  let near = 0, far = 0;
  for (let i = 0; i < a.length; i += 4) {
    if (a[i] === b[i] && a[i + 1] === b[i + 1] && a[i + 2] === b[i + 2]) continue;
    const x = (i / 4) % canvas.width, y = Math.floor(i / 4 / canvas.width);
    const away = Math.hypot(x - handles.chin[0] * scale, y - handles.chin[1] * scale);
    const { along, above, below, far: way } = limits.chin;
    if (away > (Math.hypot(along, Math.max(above, below)) + way) * scale + 1) far += 1; else near += 1;
  }
  return [near, far];
}"""


@pytest.fixture
def shop(database: Database, tenant_id: UUID) -> Shop:
    return open_shop(routed(database), tenant_id, now=system_clock() - timedelta(days=3), email="robin@kestrel.example")


@pytest.fixture
def address(database: Database, shop: Shop, tmp_path: Path) -> Iterator[str]:
    house = House(Settings(data_folder=tmp_path), database, system_clock, lambda _: None, Voice, tmp_path)  # type: ignore[arg-type]
    speech_path(house, "heart")
    with dashboard_server(database, tmp_path, system_clock) as served:
        yield served


@pytest.fixture
def page(chromium: Browser, address: str) -> Iterator[Page]:
    with signed_in(chromium, address) as opened:
        yield opened


def test_a_face_talks_and_its_handles_are_dragged(page: Page, shop: Shop, tmp_path: Path) -> None:
    with shop.database.tenant_session(shop.tenant_id) as session:
        casting_id = lay_made_face(session, tmp_path, system_clock())
    own = f"/dashboard/casting/{face_id_of(casting_id)}"
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.goto("/dashboard/casting")
    look(page, "casting")
    page.goto("/dashboard/casting/new")
    page.get_by_label("A real person").check()
    look(page, "casting-new")
    assert faults(page) == []
    page.goto(own)
    page.get_by_role("button", name="Let it talk").click()
    page.locator("#casting-canvas[data-talking]").wait_for(timeout=30_000)
    look(page, "casting-made")
    assert faults(page) == []

    page.get_by_role("link", name="Adjust lips, lids, jaw, hair").click()
    drag_the_chin(page)
    nudge_the_lip(page)
    page.get_by_role("button", name="Make the face with this").click()
    page.get_by_text("It is in line to be made.").wait_for()
    with shop.database.tenant_session(shop.tenant_id) as session:
        row = session.get_one(Casting, (shop.tenant_id, casting_id))
        drags = {one["handle"]: (one["right"], one["down"]) for one in row.drags}
    assert (row.state, set(drags), drags["lip_corner_left"]) == ("waiting", {"chin", "lip_corner_left"}, (10, -2))
    look(page, "casting-waiting")
    with shop.database.tenant_session(shop.tenant_id) as session:
        session.get_one(Casting, (shop.tenant_id, casting_id)).state = "running"
    expect(page.get_by_text("It is in line to be made.")).to_have_count(0, timeout=30_000)
    expect(page.get_by_text("You may leave this page meanwhile.")).to_be_visible()
    assert complaints == []


def test_the_browser_draws_what_the_server_makes(page: Page, shop: Shop, tmp_path: Path) -> None:
    """Chin, jaw and a lid at once: held against the picture the face is then cast from, where the two differ from the portrait."""
    with shop.database.tenant_session(shop.tenant_id) as session:
        casting_id = lay_made_face(session, tmp_path, system_clock())
    page.goto(f"/dashboard/casting/{face_id_of(casting_id)}/adjust")
    page.locator(".casting-board canvas").wait_for()
    drags = [Drag("chin", 0, -24), Drag("jaw_right", 18, 0), Drag("upper_lid_left", 0, -6)]
    for label, pixels in (("Chin, down", -24), ("Right side of the jaw, right", 18), ("Left upper eyelid, down", -6)):
        page.get_by_label(label).fill(str(pixels))
    until(lambda: chin_down(page) == -24)
    until(lambda: page.evaluate("JSON.parse(document.querySelector('.casting-board').dataset.drawn).upper_lid_left[1]") == -6)
    coded = page.evaluate("document.querySelector('.casting-board canvas').toDataURL()")
    drawn = cv2.imdecode(np.frombuffer(base64.b64decode(coded.partition(",")[2]), np.uint8), cv2.IMREAD_COLOR).astype(float)
    before, after = (upright(one)[0].astype(float) for one in (seen("nadia"), adjust(seen("nadia"), drags)))
    changed = np.abs(after - before).max(2) > 8
    assert changed.sum() > 3000
    assert level_of(drawn, after, changed) > 28
    assert level_of(before, after, changed) < 22


def level_of(one: np.ndarray, other: np.ndarray, where: np.ndarray) -> float:
    """How alike two pictures are there, in dB."""
    return float(10 * np.log10(255**2 / np.square(one - other)[where].mean()))


def test_on_a_small_face_the_pane_opens_on_it_and_no_handle_covers_another(page: Page, shop: Shop, tmp_path: Path) -> None:
    """Beside the same face large in its picture, which is shown whole."""
    with shop.database.tenant_session(shop.tenant_id) as session:
        casting_id = lay_made_face(session, tmp_path, system_clock())
    own = f"/dashboard/casting/{face_id_of(casting_id)}/adjust"
    page.goto(own)
    page.locator(".casting-board canvas").wait_for()
    whole, _ = handle_places(page)
    with shop.database.tenant_session(shop.tenant_id) as session:
        row = session.get_one(Casting, (shop.tenant_id, casting_id))
        small = {name: [0.7 * row.seen["width"] + x / 5, 0.6 * row.seen["height"] + y / 5] for name, (x, y) in row.seen["handles"].items()}
        row.seen = row.seen | {"handles": small}
    page.goto(own)
    page.locator(".casting-board canvas").wait_for()
    until(lambda: nearest(handle_places(page)[0]) > 0.9 * nearest(whole))  # in sight they are before the pane opens, too
    until(lambda: all_inside(*handle_places(page)))
    for width in (360, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        until(lambda: all_inside(*handle_places(page)))
    look(page, "casting-adjust-small")
    assert faults(page) == []


def handle_places(page: Page) -> tuple[list[list[float]], list[float]]:
    """The middles of the handles, and the box of the pane, in pixels of the screen."""
    return tuple(
        page.evaluate("""() => {
      const box = (one) => one.getBoundingClientRect(), pane = box(document.querySelector('.casting-window'));
      const middles = [...document.querySelectorAll('.casting-handle')].map(box).map((b) => [b.x + b.width / 2, b.y + b.height / 2]);
      return [middles, [pane.left, pane.top, pane.right, pane.bottom]];
    }""")
    )


def all_inside(places: list[list[float]], pane: list[float]) -> bool:
    """Whether every handle is in sight."""
    return all(pane[0] < x < pane[2] and pane[1] < y < pane[3] for x, y in places)


def nearest(places: list[list[float]]) -> float:
    """How near the nearest two lie."""
    return min(dist(one, other) for one, other in combinations(places, 2))


def chin_down(page: Page) -> float:
    """How far down the chin is drawn; asked from outside, for the page's own rules forbid evaluating a string."""
    return float(page.evaluate("JSON.parse(document.querySelector('.casting-board').dataset.drawn ?? '{}').chin?.[1] ?? NaN"))


def drag_the_chin(page: Page) -> None:
    """By mouse; the picture changes near the chin alone, and undoing gives back every bit."""
    chin, board = page.get_by_role("button", name="Chin", exact=True), page.locator(".casting-board")
    board.locator("canvas").wait_for()
    assert page.evaluate(CHANGED) == [0, 0]
    box = chin.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 14, box["y"] + 14)
    page.mouse.down()
    page.mouse.move(box["x"] + 20, box["y"] + 34, steps=4)
    page.mouse.up()
    expect(page.get_by_label("Chin, down")).not_to_have_value("")
    until(lambda: chin_down(page) > 5)
    near, far = page.evaluate(CHANGED)
    assert (near > 1000, far) == (True, 0)
    look(page, "casting-adjust")
    page.get_by_role("button", name="Undo").click()
    until(lambda: chin_down(page) == 0)
    assert page.evaluate(CHANGED) == [0, 0]
    page.get_by_role("button", name="Redo").click()
    for keys, is_dragged in (("Control+z", False), ("Control+Shift+z", True)):
        page.keyboard.press(keys)
        until(lambda wanted=is_dragged: (chin_down(page) > 5) == wanted)
    compare = page.get_by_role("button", name="Compare")
    compare.click()
    chin.press("ArrowDown")  # what is dragged is looked at
    expect(compare).to_have_attribute("aria-pressed", "false")


def nudge_the_lip(page: Page) -> None:
    """By keys; the numbers follow."""
    lip = page.get_by_role("button", name="Left corner of the mouth")
    lip.focus()
    for key in ("ArrowUp", "ArrowUp", "Shift+ArrowRight"):
        page.keyboard.press(key)
    expect(page.get_by_label("Left corner of the mouth, right")).to_have_value("10")
    expect(page.get_by_label("Left corner of the mouth, down")).to_have_value("-2")
    assert faults(page) == []
