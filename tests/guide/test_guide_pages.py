"""The guide as a book: both languages whole, every link leading somewhere, found by its search, safe to show."""

import re
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import httpx
import pytest
from fastapi.routing import APIRoute
from selectolax.lexbor import LexborHTMLParser

from app.api import health
from app.dashboard import routes as dashboard
from app.dashboard.language import LANGUAGES
from app.dashboard.routes_connections import KINDS
from app.dashboard.widget_api import widget_api
from app.guide.document import FOLDER, HOUSE
from app.guide.shelf import NAMES, pages, search
from app.guide.widget_entries import fingerprints, sentences
from app.guide.words import WORDS

TEMPLATES = Path(__file__).parents[2] / "app/dashboard/templates"
ALL = [(language, name) for language in LANGUAGES for name in NAMES]
OUTSIDE = {"https://www.standardwebhooks.com"}


def routes_of(router: object) -> Iterator[APIRoute]:
    for route in getattr(router, "routes", []):
        if isinstance(route, APIRoute):
            yield route
        elif hasattr(route, "original_router"):
            yield from routes_of(route.original_router)


@pytest.fixture(scope="module")
def addresses() -> set[str]:
    """Every address of the public hostname that answers a GET and needs no id of anything."""
    routes = [route for router in (dashboard.router, health.router) for route in routes_of(router)]
    kinds = {f"/dashboard/connections/new/{kind}" for kind in KINDS}
    return {route.path for route in routes if "GET" in route.methods and "{" not in route.path} | kinds


@pytest.mark.parametrize("name", NAMES)
def test_both_languages_say_the_same_in_the_same_places(name):
    english, chinese = pages("en")[name], pages("zh")[name]
    assert [(one.level, one.anchor) for one in english.headings] == [(one.level, one.anchor) for one in chinese.headings]
    assert [(one.language, one.text, one.options.get("run")) for one in english.snippets if one.language != "diagram"] == [
        (one.language, one.text, one.options.get("run")) for one in chinese.snippets if one.language != "diagram"
    ]
    drawn = [
        [line.partition(" = ")[0] for one in page.snippets if one.language == "diagram" for line in one.text.splitlines()]
        for page in (english, chinese)
    ]
    assert drawn[0] == drawn[1]
    assert english.updated == chinese.updated
    for page in (english, chinese):
        assert len({one.anchor for one in page.headings}) == len(page.headings), "two headings share an anchor"
    shapes = [[len(LexborHTMLParser(page.html).css(tag)) for tag in ("li", "tr", "th", ".note", "img", "a")] for page in (english, chinese)]
    assert shapes[0] == shapes[1]


def test_a_chinese_page_is_chinese():
    for page in pages("zh").values():
        for section in page.sections:
            prose = re.sub(r"[^\u3400-\u9fff]", "", section.heading + section.text)
            assert len(prose) >= 8 or not section.text.strip(), f"{page.name}#{section.anchor} has hardly a Chinese word"


@pytest.mark.parametrize(("language", "name"), ALL)
def test_every_link_leads_somewhere(language, name, addresses):
    page = pages(language)[name]
    links = [node.attributes.get("href") or "" for node in LexborHTMLParser(page.html).css("a")]
    broken = [link for link in links if not _resolves(link, page, addresses)]
    assert broken == []


def _resolves(link, page, addresses):
    path, _, anchor = link.partition("#")
    if not path:
        return anchor in {one.anchor for one in page.headings}
    if path.startswith("/guide/"):
        _, _, language, name = path.split("/")
        target = pages(language).get(name)
        return target is not None and (not anchor or anchor in {one.anchor for one in target.headings})
    return path in OUTSIDE or path in addresses


@pytest.mark.parametrize(
    "link",
    [
        "/dashboard/nowhere",
        "/dashboard/conversations/nowhere",
        "/guide/en/nowhere",
        "/guide/en/hire#nowhere",
        "https://elsewhere.example",
        "#nowhere",
    ],
)
def test_a_broken_link_would_be_seen(link, addresses):
    assert not _resolves(link, pages("en")["hire"], addresses)


def test_the_dashboards_links_into_the_guide_lead_somewhere():
    links = {link for path in TEMPLATES.rglob("*.html") for link in re.findall(r'"(/guide[^"{]*)"', path.read_text(encoding="utf-8"))}
    learn = {name for path in TEMPLATES.rglob("*.html") for name in re.findall(r'learn\("([^"]+)"', path.read_text(encoding="utf-8"))}
    for address in links | {f"/guide/{one}" for one in learn}:
        path, _, anchor = address.removeprefix("/guide").removeprefix("/").partition("#")
        assert not path or path in NAMES, address
        assert not anchor or anchor in {one.anchor for one in pages("en")[path].headings}, address


@pytest.mark.parametrize(("language", "name"), [*ALL, ("en", ""), ("zh", ""), ("en", "search?q=coupon"), ("zh", "search?q=优惠码")])
async def test_a_page_needs_nobody_signed_in_and_no_script(reader: httpx.AsyncClient, language, name):
    answer = await reader.get(f"/guide/{language}/{name}".rstrip("/"))
    assert answer.status_code == 200
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    tree = LexborHTMLParser(answer.text)
    assert not tree.css("[style], style, [onclick]")
    assert all((node.attributes.get("src") or "").startswith("/") for node in tree.css("script"))
    assert len(tree.css("h1")) == 1
    assert tree.css_first("html").attributes["lang"] == {"en": "en", "zh": "zh-CN"}[language]
    for node in tree.css("link[rel=stylesheet][href^='/guide'], script[src^='/guide'], img[src^='/guide']"):
        file = await reader.get(node.attributes.get("href") or node.attributes["src"])
        assert file.status_code == 200


async def test_the_short_address_leads_to_the_readers_language(reader: httpx.AsyncClient):
    for headers, language in ({}, "en"), ({"accept-language": "zh-CN,en;q=0.5"}, "zh"), ({"cookie": "tillhand_language=zh"}, "zh"):
        for short in ("", "/hire", "/search?q=a%20b"):
            answer = await reader.get(f"/guide{short}", headers=headers)
            assert answer.status_code == 302
            assert answer.headers["location"].replace(f"/{language}", "", 1) == f"/guide{short}"
            assert "Cookie" in answer.headers["vary"]


@pytest.mark.parametrize(
    "address",
    ["/guide/nowhere", "/guide/en/nowhere", "/guide/fr/hire", "/guide/en/a/b", "/guide/static/x/pages.py", "/guide/pictures/..%2fwords.py"],
)
async def test_an_address_that_is_none_says_so_and_helps_on(reader: httpx.AsyncClient, address):
    answer = await reader.get(address)
    assert answer.status_code == 404
    assert "quick-start" in answer.text


@pytest.mark.parametrize(
    ("language", "query", "first"),
    [
        ("en", "CouponExpired", "/guide/en/offers#refused"),
        ("en", "recount", "/guide/en/payslips#recount"),
        ("en", "handover", "/guide/en/conversations"),
        ("en", "nonce", "/guide/en/install#nonce"),
        ("zh", "知识缺口", "/guide/zh/teach#gaps"),
        ("zh", "重新核算", "/guide/zh/payslips#recount"),
        ("zh", "怎样重新核算工资单", "/guide/zh/payslips#recount"),
        ("zh", "频率限制", "/guide/zh/api#rate"),
    ],
)
def test_the_search_finds_the_place_first(language, query, first):
    assert search(language, query)[0].address == first


def test_a_search_for_nothing_or_nonsense_finds_nothing():
    assert search("en", "") == search("en", "  ?! ") == search("en", "xyzzy plugh") == []


async def test_what_was_searched_for_is_shown_as_text(reader: httpx.AsyncClient):
    text = (await reader.get("/guide/en/search", params={"q": "<script>alert(1)</script>"})).text
    assert "<script>alert" not in text
    text = (await reader.get("/guide/en/search", params={"q": "script"})).text
    assert "&lt;<mark>script</mark>" in text


def test_every_name_of_the_widgets_api_is_told_in_both_languages():
    api = widget_api()
    for language in LANGUAGES:
        told = sentences(language)
        for kind, entries in (("commands", api.commands), ("events", api.events), ("options", api.options)):
            assert list(told[kind]) == [one.name for one in entries], f"app/guide/{language}/javascript.toml, [{kind}]"


def test_no_translation_of_the_widgets_api_lags_behind():
    changed = {name: now for name, now in fingerprints().items() if sentences("zh")["translated_from"].get(name) != now}
    assert changed == {}, (
        "tillhand.d.ts says these otherwise now: put app/guide/zh/javascript.toml right, and note the new fingerprint there"
    )


def test_the_translated_page_of_orders_does_not_lag_behind():
    now = sha256((HOUSE / "app/api/ORDERS.md").read_bytes()).hexdigest()[:8]
    head = (FOLDER / "zh/orders.md").read_text(encoding="utf-8").split("---\n")[1]
    assert f"translated_from: {now}\n" in head, "ORDERS.md says something else now: put app/guide/zh/orders.md right, and note this there"


def test_the_guides_own_words_are_the_same_in_both_languages():
    assert WORDS["en"].keys() == WORDS["zh"].keys()
    assert all(word for words in WORDS.values() for word in words.values())
