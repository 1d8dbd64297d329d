"""Every snippet of the guide that says `run` is run as it stands on its page, with only the reader's own values put in."""

import json
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from fakes.dashboard_server import dashboard_server
from fakes.shop_history import Shop, Talk, open_shop

from app.conversations.call_own_skill import CallOutcome, SkillCall, call_own_skill
from app.conversations.own_skills import ready_skills
from app.dashboard.widget_api import widget_api
from app.guide.shelf import pages
from app.installation.identity import customer_of_visitor, identify_visitor, make_secret
from app.outgoing.signing import new_secret, signed_headers
from billing import recount
from billing.close_period import close_due
from billing.customer_hash import customer_hash
from billing.export_statement import export_statement
from billing.handle_inbox import handle_inbox
from billing.read_orders import latest_orders
from billing.read_statement import statements_of
from tenants.api_keys import SCOPES, issue_api_key
from tenants.database import Database
from tenants.identifiers import new_id

RUNNABLE = {
    one.options["run"]: one
    for page in pages("en").values()
    for one in page.snippets
    if one.options.get("run") not in (None, "html", "js", "widget")
}
HANDS = {
    "first-order", "shell-order", "node-order", "till", "twice", "lists", "token", "node-token", "recount", "verify", "node-verify",
    "skill",
}  # fmt: skip
"""The runnable snippets that a test below runs, by name."""
ESBUILD = Path(__file__).parents[2] / "node_modules/.bin/esbuild"


@dataclass
class Town:
    """A shop behind a real web process on a loopback port, open for eighty days, with one month closed."""

    shop: Shop
    address: str
    key: str
    folder: Path

    def text(self, name: str, **more: str) -> str:
        """A snippet with this shop's values in the places where a reader puts theirs."""
        text = RUNNABLE[name].text
        values = {
            "https://app.example/api/v1/hooks/con_...": f"{self.address}/api/v1/hooks/{self.shop.connection.public_key}",
            "https://app.example": self.address,
            "whsec_...": self.shop.connection.secret,
            "sk_...": self.key,
        } | more
        for place, value in values.items():
            text = text.replace(place, value)
        return text

    def run(self, command: list[str], text: str, *, name: str = "snippet") -> str:
        """Run a text with a program; give what it printed."""
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        done = subprocess.run([*command, str(path)], capture_output=True, text=True, timeout=30, check=False, cwd=self.folder)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def coupon(self) -> Talk:
        """A talk in which she hands out a coupon, just now."""
        return self.shop.talk("Do you have a discount for me?", ["Here is one."], now=datetime.now(UTC) - timedelta(minutes=2), coupon=True)


@pytest.fixture(scope="module")
def town(database_for_run: Database, empty_tables: Callable[[], None], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    empty_tables()
    folder, now = tmp_path_factory.mktemp("town"), datetime.now(UTC)
    opened = now - timedelta(days=80)
    shop = open_shop(database_for_run, new_id(opened), now=opened, email="robin@kestrel.example")
    talk = shop.talk("Any discount?", ["Here is one."], now=opened + timedelta(hours=1), coupon=True)
    shop.sell("K-1", "20.00", now=opened + timedelta(hours=2), talk=talk)
    with database_for_run.tenant_session(shop.tenant_id) as session:
        key = issue_api_key(session, name="till", now=opened, scopes=SCOPES)
    with dashboard_server(database_for_run, folder, lambda: datetime.now(UTC)) as address:
        yield Town(shop, address, key, folder)


def orders_of(town: Town) -> dict[str, int]:
    """Every order's reference and what was earned on it, in minor units."""
    handle_inbox(town.shop.database, clock=lambda: datetime.now(UTC))
    with town.shop.database.tenant_session(town.shop.tenant_id) as session:
        return {one.order_ref: one.earned_minor for one in latest_orders(session, limit=50)}


def test_the_first_order_earns_the_first_cents(town: Town):
    talk = town.coupon()
    assert talk.coupon is not None
    said = town.run([sys.executable], town.text("first-order", **{"K7QZM-4HXPA": talk.coupon.code}))
    assert said.startswith("202 ")
    assert json.loads(said[4:])["event"].startswith("evt_")
    assert orders_of(town)["1001"] == 200, "ten percent of 20.00, for the coupon is hers"


@pytest.mark.parametrize(("name", "program", "order"), [("shell-order", "bash", "1002"), ("node-order", "node", "1003")])
def test_an_order_is_told_by_a_shell_and_by_node(town: Town, name, program, order):
    said = town.run([program], town.text(name), name="order.mjs" if program == "node" else "order.sh")
    assert '"event"' in said
    assert orders_of(town)[order] == 0


def test_the_till_asks_reserves_and_redeems(town: Town):
    talk = town.coupon()
    assert talk.coupon is not None
    said = town.run(["bash"], town.text("till", **{"K7QZM-4HXPA": talk.coupon.code}))
    answers = [json.loads(line) for line in said.splitlines()]
    assert answers == [{"code": talk.coupon.code, "discount_minor": 200, "currency": "USD"}] * 3
    shown = next(one.text for one in pages("en")["offers"].snippets if one.language == "json")
    assert json.loads(shown).keys() == answers[0].keys()
    assert json.loads(shown)["discount_minor"] == 200


def test_a_repetition_gets_the_first_answer(town: Town):
    talk = town.coupon()
    assert talk.coupon is not None
    said = town.run(["bash"], town.text("twice", **{"K7QZM-4HXPA": talk.coupon.code})).lower()
    assert said.count("discount_minor") == 2
    assert said.count("idempotency-replayed: true") == 1
    assert said.count('ratelimit-policy: "default";q=600;w=60') == 2


def test_lists_are_read_to_their_end(town: Town):
    for number in range(3):
        town.shop.sell(f"L-{number}", "5.00", now=datetime.now(UTC) - timedelta(minutes=3))
    said = town.run([sys.executable], town.text("lists").replace("limit=100", "limit=2"))
    assert {"K-1 200 USD", "L-0 0 USD", "L-1 0 USD", "L-2 0 USD"} <= set(said.splitlines())


def test_the_switch_of_languages_is_the_dashboards_own(town: Town):
    with httpx.Client(base_url=town.address) as reader:
        page = reader.get("/guide/en/hire").text
        assert 'action="/dashboard/language"' in page
        switched = reader.post("/dashboard/language", data={"language": "zh", "next_path": "/guide/zh/hire"})
        assert (switched.status_code, switched.headers["location"]) == (303, "/guide/zh/hire")
        assert reader.get("/guide/teach").headers["location"] == "/guide/zh/teach"
        assert 'lang="zh-CN"' in reader.get("/dashboard/sign-in").text


@pytest.mark.parametrize("name", ["token", "node-token"])
def test_a_token_made_on_the_shops_server_is_believed(town: Town, name):
    key, visitor = b"k" * 32, new_id(datetime.now(UTC))
    with town.shop.database.tenant_session(town.shop.tenant_id) as session:
        secret = make_secret(session, house_key=key, actor="test", now=datetime.now(UTC))
    text = town.text(name, **{"vis_...": secret})
    if name == "token":
        token = town.run([sys.executable], text + '\nprint(tillhand_token("customer-7"))\n')
    else:
        token = town.run(["node"], text + '\nconsole.log(tillhandToken("customer-7"));\n', name="token.mjs")
    with town.shop.database.tenant_session(town.shop.tenant_id) as session:
        identify_visitor(session, visitor_id=visitor, token=token.strip(), house_key=key, now=datetime.now(UTC))
        assert customer_of_visitor(session, visitor) == customer_hash(town.shop.tenant_id, "customer-7")


@pytest.mark.parametrize("name", ["verify", "node-verify"])
def test_a_message_of_ours_is_known_by_its_signature_and_another_is_not(town: Town, name):
    secret, other, body = new_secret(), new_secret(), '{"type": "credit.posted", "data": {"why": "5 € off"}}'.encode()
    now = int(datetime.now(UTC).timestamp())
    cases = [
        (signed_headers("msg_1", now, body, [secret]), True),
        (signed_headers("msg_1", now, body, [other, secret]), True),
        (signed_headers("msg_1", now, body, [other]), False),
        (signed_headers("msg_1", now, body + b" ", [secret]), False),
        (signed_headers("msg_1", now - 600, body, [secret]), False),
    ]
    text, told = town.text(name, **{"whsec_...": secret}), json.dumps([headers for headers, _ in cases])
    if name == "verify":
        said = town.run([sys.executable], f"{text}\nimport json\nfor one in json.loads({told!r}): print(is_from_tillhand(one, {body!r}))\n")
    else:
        made = f"Buffer.from({json.dumps(body.decode())})"
        said = town.run(["node"], f"{text}\nfor (const one of {told}) console.log(isFromTillhand(one, {made}));\n", name="verify.mjs")
    assert [line.lower() == "true" for line in said.splitlines()] == [is_ours for _, is_ours in cases]


def test_the_system_of_a_skill_answers_what_we_ask_and_nobody_else(tmp_path: Path):
    secret, described = new_secret(), ready_skills()["order_status"]
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    place = tmp_path / "skill.py"
    place.write_text(RUNNABLE["skill"].text.replace("whsec_...", secret).replace("8080", str(port)), encoding="utf-8")
    program = subprocess.Popen([sys.executable, str(place)], stderr=subprocess.DEVNULL)
    try:
        _wait_until_open(port, program)

        def ask(signed_with: str, **values: str) -> CallOutcome:
            url = f"http://127.0.0.1:{port}/"
            call = SkillCall(UUID(int=1), described.name, url, signed_with, True, described.slots, described.sentences)
            return call_own_skill(call, values, turn_id=UUID(int=2), is_trial=False, now=datetime.now(UTC))

        known = ask(secret, order_number="KC-1042", email="ada@example.com")
        shown = next(one.text for one in pages("en")["skills"].snippets if one.language == "json")
        assert json.loads(known.sent)["data"] | {"skill": "skl_..."} == json.loads(shown)["data"]
        assert json.loads(known.sent).keys() == json.loads(shown).keys()
        assert known.fields == {"status": "on its way", "arrives_on": "2026-11-24"}
        assert ask(secret, order_number="KC-1042", email="eve@example.com").fields == {}
        assert ask(new_secret(), order_number="KC-1042", email="ada@example.com").status == 401
    finally:
        program.terminate()
        program.wait(10)


def _wait_until_open(port: int, program: subprocess.Popen[bytes]) -> None:
    while program.poll() is None:
        with closing(socket.socket()) as caller:
            if caller.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise AssertionError("The program of the page ended by itself.")


def test_a_closed_month_is_recounted_as_the_page_says(town: Town):
    close_due(town.shop.database, clock=lambda: datetime.now(UTC))
    with town.shop.database.tenant_session(town.shop.tenant_id) as session:
        statement = statements_of(session, employee_id=town.shop.employee_id)[0]
        export = b"".join(export_statement(session, statement_id=statement.statement_id, kind="jsonl").content)
    (town.folder / "statement.jsonl").write_bytes(export)
    (town.folder / "recount.py").write_bytes(Path(recount.__file__).read_bytes())
    command = RUNNABLE["recount"].text.replace("python3", sys.executable).replace("89ddb009eb8d...", statement.root)
    said = town.run(["bash"], command)
    shown = next(one.text for one in pages("en")["payslips"].snippets if one.text.startswith("All "))
    as_pattern = "[0-9a-f]{64}".join(re.sub(r"\d+", r"\\d+", part) for part in re.split(r"\b[0-9a-f]{64}\b", shown.strip()))
    assert re.fullmatch(as_pattern, said.strip())
    (town.folder / "statement.jsonl").write_bytes(export.replace(b"2000", b"3000", 1))
    with pytest.raises(AssertionError):
        town.run(["bash"], command)


def test_the_examples_of_the_javascript_api_are_those_that_the_browser_runs():
    examples = [one.example for one in widget_api().commands]  # tests/browser/test_widget_api.py runs each
    for language in ("en", "zh"):
        assert [one.text.rstrip("\n") for one in pages(language)["javascript"].snippets] == examples


def test_other_javascript_and_html_is_well_formed():
    found = [one for page in pages("en").values() for one in page.snippets if one.options.get("run") == "js"]
    scripts = [
        text
        for page in pages("en").values()
        for one in page.snippets
        if one.options.get("run") == "html"
        for text in re.findall(r"<script[^>]*>(.+?)</script>", one.text, re.DOTALL)
    ]
    assert len(found) >= 2
    assert len(scripts) >= 3
    whole = "\n".join(f"{{ {text} }}" for text in [one.text for one in found] + scripts)
    done = subprocess.run([str(ESBUILD), "--loader=js"], input=whole, capture_output=True, text=True, check=False, timeout=20)
    assert done.returncode == 0, done.stderr


def test_every_runnable_snippet_has_a_test():
    assert set(RUNNABLE) == HANDS
    marked = [one for page in pages("en").values() for one in page.snippets]
    forgotten = [one.text[:60] for one in marked if one.language in ("sh", "python", "js") and "run" not in one.options]
    assert [text for text in forgotten if not text.startswith("python3 recount.py statement-2026-09.jsonl ROOT")] == []
