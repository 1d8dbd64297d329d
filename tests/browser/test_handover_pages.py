"""Two people in two real pages: a shopper in the widget and a member at the desk, from "a person, please" to handing back."""

import re
import socket
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from uuid import UUID

import pytest
import uvicorn
from fakes.dashboard_browser import sign_in
from fakes.shop_history import Shop, fixed_vectors, open_shop, routed
from playwright.sync_api import Browser, Page, expect
from shopper import Shopper
from sqlalchemy import select

from app.main import create_app
from app.settings import Settings
from app.wiring import House, system_clock
from avatar_pipeline.voice import Voice
from tenants.database import Database
from tenants.tables import Employee, Tenant

pytestmark = pytest.mark.browser
PAGE = "<!doctype html><html lang=en><title>Kestrel</title><body><h1>Beans</h1><script async src='{loader}' data-key='{key}'></script>"


@pytest.fixture
def shop(database: Database, tenant_id: UUID) -> Shop:
    return open_shop(routed(database), tenant_id, now=datetime.now(UTC) - timedelta(days=2), email="robin@kestrel.example")


@pytest.fixture
def shop_page(database: Database, shop: Shop, port: int) -> Iterator[str]:
    """A page of the shop's own, on another address, with the employee on it."""
    with database.tenant_session(shop.tenant_id) as session:
        key = session.scalars(select(Employee)).one().widget_key
    page = PAGE.format(loader=f"http://localhost:{port}/w/loader.js", key=key).encode()

    class Shelf(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(page)

        def log_message(self, *_words: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.2", 0), Shelf)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    origin = f"http://127.0.0.2:{server.server_address[1]}"
    with database.tenant_session(shop.tenant_id) as session:
        session.scalars(select(Tenant)).one().allowed_origins = {"origins": [origin]}
    yield f"{origin}/beans"
    server.shutdown()
    server.server_close()


@pytest.fixture
def port(database: Database, shop: Shop, tmp_path: Path) -> Iterator[int]:
    """The whole application on a loopback port: dashboard on 127.0.0.1, widget on localhost. Her voice is away, so she is read."""
    door = socket.socket()
    door.bind(("127.0.0.1", 0))
    number = door.getsockname()[1]
    settings = Settings(data_folder=tmp_path, public_url=f"http://127.0.0.1:{number}", widget_url=f"http://localhost:{number}")
    house = House(
        settings=settings, database=routed(database), clock=system_clock, embed=fixed_vectors,
        voice=lambda _voice: Voice("heart", weights_folder=tmp_path), media_folder=tmp_path,
    )  # fmt: skip
    server = uvicorn.Server(uvicorn.Config(create_app(house), log_level="warning", timeout_graceful_shutdown=2, lifespan="on"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [door]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield number
    server.should_exit = True
    thread.join(timeout=10)
    door.close()


@pytest.fixture
def shopper(chromium: Browser, shop_page: str) -> Iterator[Shopper]:
    context = chromium.new_context(viewport={"width": 1000, "height": 800})
    person = Shopper(context.new_page())
    person.page.on("console", lambda message: message.type == "error" and person.complaints.append(message.text))
    person.page.on("pageerror", lambda error: person.complaints.append(str(error)))
    person.page.goto(shop_page)
    yield person
    context.close()


@pytest.fixture
def staff(chromium: Browser, port: int) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 1200, "height": 900})
    page = context.new_page()
    sign_in(page, f"http://127.0.0.1:{port}")
    page.goto(f"http://127.0.0.1:{port}/dashboard/conversations")
    page.get_by_role("heading", name="Conversations").wait_for()
    yield page
    context.close()


def test_a_person_comes_writes_and_hands_back(shopper: Shopper, staff: Page) -> None:
    assert shopper.page.wait_for_selector("tillhand-widget .launcher"), shopper.complaints
    panel = shopper.open()
    log = panel.locator('[data-part="log"]')
    expect(log).to_contain_text("an AI employee")
    shopper.ask("Can I talk to a person, please?")
    expect(log).to_contain_text("I have called a colleague")
    expect(log).to_contain_text("Somebody from the shop has been called.")
    expect(staff.locator("#talks-waiting")).to_contain_text("Can I talk to a person, please?")
    expect(staff).to_have_title(re.compile(r"^\(1\) "))
    staff.get_by_role("link", name="Can I talk to a person, please?").click()
    staff.get_by_role("button", name="Take over").click()
    expect(log).to_contain_text("Robin from the shop is here now. A person answers you.")
    expect(panel.locator('[data-part="status-text"]')).to_have_text("Robin is here")
    hers = panel.locator(".bubble.hers").count()
    staff.get_by_placeholder("Write as Robin").fill("Hello, the blue bags are sold out until Friday.")
    staff.keyboard.press("Enter")
    expect(log.locator(".theirs")).to_contain_text("sold out until Friday")
    expect(log.locator(".theirs .who")).to_have_text("Robin from the shop")
    shopper.ask("Could you keep one for me?")
    staff.get_by_placeholder("Write as Robin").fill("half a sen")
    expect(staff.locator(".transcript")).to_contain_text("Could you keep one for me?")
    expect(staff.get_by_placeholder("Write as Robin")).to_have_value("half a sen")  # the page refreshed itself around it
    the_talk_stays_in_sight_on_a_phone(staff)
    staff.get_by_role("button", name="Hand back to Amara").click()
    expect(log).to_contain_text("Robin has left. Amara, the AI, answers again.")
    assert panel.locator(".bubble.hers").count() == hers  # she was silent all the while
    shopper.ask("What did Robin say?")
    expect(log).to_contain_text("Robin from the shop wrote: Hello, the blue bags are sold out until Friday.")
    assert shopper.complaints == []


def the_talk_stays_in_sight_on_a_phone(staff: Page) -> None:
    """What is told about the talk comes after it there; whoever writes sees what was last said all the same."""
    staff.set_viewport_size({"width": 360, "height": 740})
    staff.reload()
    expect(staff.locator(".turn").last).to_be_in_viewport()
    expect(staff.get_by_placeholder("Write as Robin")).to_be_in_viewport()
    staff.set_viewport_size({"width": 1200, "height": 900})
