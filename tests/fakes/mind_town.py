"""One shop for the journeys of the mind: the real web process with the real mind, a clock that a journey may move, and its people."""

import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
from fakes.open_shop import SHOP_ORIGIN, OpenShop, Talk, open_shop, open_talk, remembering_embedder

from app.conversations.golden_run import REST_SECONDS, examine_waiting
from app.conversations.read import conversation
from app.conversations.teach_work import read_waiting
from app.demo.seed import open_demo_account
from app.flows import VERBS
from app.speaking.rehearsal import rehearsal_powers
from app.wiring import system_clock
from avatar_pipeline.voice import Voice
from tenants.database import Database
from tenants.identifiers import from_public, to_public
from tenants.outbox import deliver_due
from tenants.sign_in import add_member

COLLEAGUE, PASSWORD = "jo@kestrel.example", "correct horse battery"


@dataclass
class Clock:
    """The system's clock, as far ahead as a journey has moved it: nobody sleeps for the ninety seconds in which no colleague comes."""

    ahead: timedelta = timedelta()

    def __call__(self) -> datetime:
        return system_clock() + self.ahead


@dataclass(frozen=True)
class Member:
    """A person of the shop before the dashboard: opens a page and sends its forms."""

    client: httpx.Client

    def page(self, path: str) -> str:
        answer = self.client.get(path)
        assert answer.status_code == 200, answer.text
        return re.sub(r"\s+", " ", unescape(answer.text).replace("\xa0", " "))

    def send(self, path: str, action: str = "", **fields: Any) -> httpx.Response:
        found = re.search(r'name="csrf_token" value="([^"]*)"', self.client.get(path).text)
        assert found, path
        files = {"file": ("", b"")} if fields.pop("as_file_form", False) else None
        return self.client.post(action or path, data={"csrf_token": found.group(1), **fields}, files=files)


@dataclass
class Shopper:
    """Somebody in the widget; `visitor` is their browser's name."""

    talk: Talk
    visitor: str
    last: int = 0
    heard: list[dict[str, Any]] = field(default_factory=list)

    def ask(self, text: str) -> str:
        """Ask, wait for the whole answer, and return its words."""
        turn = self.talk.ask(text)
        self.heard = [event for self.last, event in self.talk.until("turn:end", turn, self.last)]
        return " ".join(event["text"] for event in self.heard if event["type"] == "sentence")

    def of_kind(self, kind: str) -> list[dict[str, Any]]:
        """The events of the last answer of one kind."""
        return [event for event in self.heard if event["type"] == kind]

    @property
    def documents(self) -> set[str]:
        """The papers that the last answer cites."""
        return {cited["document"] for event in self.of_kind("sentence") for cited in event["citations"]}

    @property
    def conversation(self) -> str:
        return str(self.talk.opened["conversation"])


@dataclass
class Town:
    """The shop, its people, its worker, and whoever walks in."""

    shop: OpenShop
    clock: Clock
    owner: Member
    colleague: Member
    panel: httpx.Client

    @property
    def teach(self) -> str:
        return f"/dashboard/teach/{to_public('emp', UUID(self.shop.account.employee_id))}"

    @property
    def desk(self) -> str:
        return "/dashboard/conversations"

    def walk_in(self, visitor: str = "", **opened: Any) -> Shopper:
        """A shopper opens the widget and hears the greeting."""
        visitor = visitor or str(uuid4())
        shopper = Shopper(open_talk(self.shop, self.panel, visitor=visitor, **opened), visitor)
        events = shopper.talk.until("turn:end")
        shopper.last, shopper.heard = events[-1][0], [event for _, event in events]
        return shopper

    def route_of(self, shopper: Shopper) -> Any:
        """The way the shopper's last question took, as it is kept."""
        with self.shop.house.database.tenant_session(self.shop.tenant_id) as session:
            return conversation(session, from_public("cnv", shopper.conversation)).turns[-1].route

    def work(self) -> None:
        """The worker reads, examines and delivers until nothing is due."""
        house = self.shop.house
        powers = rehearsal_powers(house.database, house.clock)
        while True:
            done = read_waiting(house.database, house.embed, clock=house.clock)
            done += deliver_due(house.database, VERBS, clock=house.clock)
            done += examine_waiting(house.database, house.embed, powers, clock=house.clock)
            if not done:
                return

    def rest(self) -> None:
        """The hand that changes things comes to rest, and the golden questions are asked."""
        self.work()
        self.clock.ahead += timedelta(seconds=REST_SECONDS + 1)
        self.work()

    def hand_in(self, name: str, text: str) -> None:
        """The owner teaches a text; the worker reads it."""
        answer = self.owner.send(self.teach, f"{self.teach}/documents", name=name, text=text, as_file_form=True)
        assert answer.status_code == 303, answer.text
        self.work()


@contextmanager
def open_town(database: Database, folder: Path) -> Iterator[Town]:
    """The demo shop's account, a colleague of the owner, and no voice, so that answers are read and come at once."""
    clock = Clock()
    voiceless = {"voice": lambda _voice: Voice("heart", weights_folder=folder), "embed": remembering_embedder}
    with open_shop(database, folder, clock=clock, **voiceless) as shop:
        with shop.house.database.tenant_session(shop.tenant_id) as session:
            add_member(session, email=COLLEAGUE, password=PASSWORD, display_name="Jo Park", role="manager", now=clock())
        account = shop.account
        with (
            closing(signed_in(shop, account.owner_email, account.owner_password)) as owner,
            closing(signed_in(shop, COLLEAGUE, PASSWORD)) as colleague,
            httpx.Client(base_url=shop.url, headers={"Origin": shop.url}, timeout=30) as panel,
        ):
            yield Town(shop, clock, Member(owner), Member(colleague), panel)


def signed_in(shop: OpenShop, email: str, password: str) -> httpx.Client:
    """A browser of somebody who has signed in."""
    client = httpx.Client(base_url=shop.house.settings.public_url, timeout=30)
    answer = Member(client).send("/dashboard/sign-in", email=email, password=password, next_path="/dashboard")
    assert answer.status_code == 303, answer.text
    return client


def second_employer(shop: OpenShop, folder: Path) -> OpenShop:
    """Another employer in the same house, whose employee read the same papers."""
    account = open_demo_account(
        shop.house.database, embed=shop.house.embed, clock=shop.house.clock, kept_in=folder / "second.json", shop_origin=SHOP_ORIGIN,
        has_past=False,
    )  # fmt: skip
    return replace(shop, account=account)
