"""The catalogue is whole and true to its source; contracts read in Chinese keep every number; the switch is kept; letters follow it."""

import re
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import httpx
import pytest
from babel.messages.pofile import read_po
from fakes.dashboard_person import field, link_in_mail, sign_in
from fakes.shop_history import PASSWORD, Shop
from starlette.requests import Request

from app.commands.messages import renew, text_of
from app.dashboard import pages
from app.dashboard.catalogue import PLACEHOLDER, entries
from app.dashboard.extraction import template
from app.dashboard.language import N_, P_, _, accepted_language, language_of, said, speaking
from app.dashboard.letters import compose
from app.wiring import House
from billing.contract_terms import (
    MODEL_SENTENCES,
    BaseRules,
    ContractTerms,
    Guards,
    Lift,
    Payee,
    Probation,
    ProductRule,
    Repeat,
    Tiers,
    TierStep,
    changes_between,
    explain_terms,
)
from tenants.members import members

ADVICE = "run `python -m app messages`, translate what it lists in app/dashboard/locale/zh/LC_MESSAGES/dashboard.po"
SIGN = re.compile(r"%%|%(?!\()")
TAG_OR_ADDRESS = re.compile(r"</?\w+>|https?://[\w./*-]*\w")
TEMPLATES = Path(pages.__file__).parent / "templates"
NUMBER = re.compile(r"\d[\d.,]*\d|\d")


def ids_of(message) -> tuple[str, ...]:
    return (message.id,) if isinstance(message.id, str) else tuple(message.id)


def strings_of(message) -> tuple[str, ...]:
    return (message.string,) if isinstance(message.string, str) else tuple(message.string)


@pytest.fixture(scope="module")
def source():
    return template()


def test_every_sentence_has_its_translation(source) -> None:
    kept = entries("zh")
    lacking = []
    for message in source:
        known = kept.get(ids_of(message)[0]) if message.id else None
        if message.id and (known is None or not all(strings_of(known))):
            lacking.append(f"{message.locations[0][0]}: {ids_of(message)[0]}")
    assert len(source) >= 2_000
    assert not lacking, f"{len(lacking)} sentences are not in the catalogue; {ADVICE}:\n" + "\n".join(lacking[:40])


def test_nothing_in_the_catalogue_is_guessed_or_left_over(source) -> None:
    kept = entries("zh")
    assert [message.id for message in kept if message.fuzzy and message.id] == []
    left_over = [ids_of(message)[0] for message in kept if message.id and source.get(ids_of(message)[0]) is None]
    assert not left_over, f"these sentences stand nowhere any more; {ADVICE}: {left_over[:10]}"


def test_bringing_the_catalogue_up_to_date_changes_nothing_twice(source) -> None:
    once = text_of(renew(entries("zh"), source))
    assert text_of(renew(read_po(BytesIO(once), locale="zh"), source)) == once


def test_translations_carry_the_values_of_their_source() -> None:
    for message in entries("zh"):
        wanted = {found.group(0) for found in PLACEHOLDER.finditer(ids_of(message)[-1])}
        for text in strings_of(message):
            assert {found.group(0) for found in PLACEHOLDER.finditer(text)} == wanted, message.id
            assert sorted(SIGN.findall(text)) == sorted(SIGN.findall(ids_of(message)[-1])), f"a percent sign is read as a value: {text}"
            assert set(TAG_OR_ADDRESS.findall(ids_of(message)[-1])) == set(TAG_OR_ADDRESS.findall(text))


def test_chinese_sentences_are_set_as_chinese() -> None:
    """A sentence ends with the full-width sign of its source's, and no half-width comma stands between Han."""
    signs = {".": "。", "?": "？", ":": "："}
    for message in entries("zh"):
        for text in strings_of(message) if message.id else ():
            assert not re.search(r"[\u4e00-\u9fff][,;:?!](?=[\u4e00-\u9fff])", text), text
            end = signs.get(ids_of(message)[0][-1:], "")
            if end and re.search(r"[\u4e00-\u9fff]$", text.rstrip("。？：")) and len(text) > 8:
                assert text.endswith(("。", "？", "：", "！", "）", "……")), text


def test_what_is_counted_stands_first() -> None:
    """A plural follows the first value of its sentence, which must be the number and not the number's text."""
    plural = re.compile(r"{%-?\s*trans\s+((?:(?!%}).)*)%}(?:(?!endtrans).)*{%-?\s*pluralize\s*-?%}", re.DOTALL)
    sentences = [(page.name, found) for page in TEMPLATES.glob("*.html") for found in plural.findall(page.read_text("utf-8"))]
    found = [(page, values.split("=")[0].strip()) for page, values in sentences]
    assert len(found) > 80
    assert {(page, name) for page, name in found if name != "count"} == set()


def terms(**changed) -> ContractTerms:
    return ContractTerms(**{"currency": "USD", "share_ppm": 100_000, "period_time_zone": "America/New_York", **changed})


STEPS = (TierStep(from_minor=1000_00, share_ppm=120_000), TierStep(from_minor=5000_00, share_ppm=150_000))
TWO = (
    Payee(key="platform", name="Tillhand", role="platform", part_ppm=700_000),
    Payee(key="ana", name="Ana", role="likeness_owner", part_ppm=300_000),
)
RULES = (
    ProductRule(products=("Tea",), counts=False),
    ProductRule(products=("Cup",), categories=("China",), share_ppm=50_000),
)
CONTRACTS = (
    terms(),
    terms(probation=Probation(days=30, share_ppm=50_000), repeat=Repeat(days=90, share_ppm=20_000)),
    terms(royalty_share_ppm=30_000, royalty_income_ppm=200_000, bonuses={"lead": 500, "booking": 1000}),
    terms(tiers=Tiers(kind="marginal", steps=STEPS), cap_minor=500_00),
    terms(tiers=Tiers(kind="volume", steps=STEPS), minimum_minor=100_00),
    terms(payees=TWO, reserve_ppm=100_000, reserve_days=60),
    terms(lift=Lift(share_ppm=200_000, basis="lower", confidence_ppm=950_000), holdout_ppm=100_000),
    terms(base=BaseRules(product_rules=RULES)),
    terms(guards=Guards(exclude_coupon_after_cart=True, exclude_coupon_of_another_visitor=True, exclude_stacked_codes=True)),
    *(terms(attribution_model=model) for model in MODEL_SENTENCES),
)


@pytest.mark.parametrize("contract", CONTRACTS)
def test_a_contract_read_in_chinese_says_every_number_and_no_english(contract: ContractTerms) -> None:
    spoken = [text for clause in explain_terms(contract) for text in (clause.title, clause.text, clause.example) if text]
    spoken += changes_between(CONTRACTS[0], contract)
    with speaking("zh"):
        for text in spoken:
            read = said(text)
            assert sorted(NUMBER.findall(read)) == sorted(NUMBER.findall(text)), (text, read)
            assert not re.search(r"[A-Za-z]{2,} [a-z]{2,} [a-z]{2,}", read), (text, read)


def test_a_sentence_with_values_is_found_by_its_shape() -> None:
    with speaking("zh"):
        assert said("Kim holds this conversation; two people cannot write at once. Nothing was changed.").startswith("Kim 正在处理")
        assert said("The offer Spring has ended.") == "优惠“Spring”已结束。"
        assert said("Nobody in the catalogue has ever said this.") == "Nobody in the catalogue has ever said this."
        assert said("") == _("") == ""
    assert said("The offer Spring has ended.") == "The offer Spring has ended."


def test_marks_say_at_once_or_later() -> None:
    later = N_("Home")
    assert (_(later), P_("%(count)s order", "%(count)s orders", 1), P_("%(count)s order", "%(count)s orders", 2)) == (
        "Home",
        "1 order",
        "2 orders",
    )
    with speaking("zh"):
        assert (_(later), P_("%(count)s order", "%(count)s orders", 2)) == ("首页", "2 笔订单")
    with speaking("nobody's"):
        assert _(later) == "Home"


@pytest.mark.parametrize(
    ("header", "spoken"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"), ("en-GB,en;q=0.9,zh;q=0.8", "en"), ("fr, zh-TW;q=0.9, en;q=0.5", "zh"), ("fr,de", "en"),
        ("en;q=0,zh;q=0.1", "zh"), ("*", "en"), ("", "en"), ("zh;q=high", "en"), ("x" * 10_000, "en"),
    ],
)  # fmt: skip
def test_the_browsers_wish_is_read_by_weight(header: str, spoken: str) -> None:
    assert accepted_language(header) == spoken


def test_the_readers_own_choice_comes_first() -> None:
    asked = [(b"accept-language", b"zh"), (b"cookie", b"tillhand_language=en")]
    assert language_of(Request({"type": "http", "headers": asked})) == "en"
    assert language_of(Request({"type": "http", "headers": [(b"cookie", b"tillhand_language=xx"), asked[0]]})) == "zh"


async def test_the_doors_speak_the_browsers_language_and_the_switch_changes_it(visitor: httpx.AsyncClient) -> None:
    door = await visitor.get("/dashboard/sign-in", headers={"Accept-Language": "zh-CN,zh;q=0.9"})
    assert '<html lang="zh-CN">' in door.text
    assert "邮箱地址" in door.text
    answer = await visitor.post(
        "/dashboard/language", data={"language": "zh"}, headers={"Referer": "http://127.0.0.1:8700/dashboard/sign-in?x=1"}
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/dashboard/sign-in?x=1")
    assert "登录" in (await visitor.get("/dashboard/sign-in")).text
    elsewhere = await visitor.post("/dashboard/language", data={"language": "en", "next_path": "https://evil.example/"})
    assert elsewhere.headers["location"] == "/dashboard"
    assert '<html lang="en">' in (await visitor.get("/dashboard/sign-in")).text
    assert "set-cookie" not in (await visitor.post("/dashboard/language", data={"language": "xx"})).headers


async def test_a_members_choice_is_kept_with_the_membership(member: httpx.AsyncClient, house: House, shop: Shop) -> None:
    await member.post("/dashboard/language", data={"language": "zh"})
    with house.database.tenant_session(shop.tenant_id) as session:
        assert [one.language for one in members(session)] == ["zh"]
    member.cookies.delete("tillhand_language")  # another browser
    page = (await member.get("/dashboard/members")).text
    assert '<html lang="zh-CN">' in page
    assert "店主" in page
    refused = await member.post("/dashboard/members/invite", data={"csrf_token": field(page, "csrf_token"), "email": "no", "role": "staff"})
    assert "请写 name@shop.example 这样的地址。" in refused.text
    assert '<input type="hidden" name="next_path" value="/dashboard">' in refused.text  # a form's answer has no address to come back to


async def test_problems_and_refusals_are_in_the_readers_language(member: httpx.AsyncClient) -> None:
    member.cookies.set("tillhand_language", "zh")
    lost = await member.get("/dashboard/no-such-place")
    assert (lost.status_code, "找不到页面" in lost.text, "回到首页" in lost.text) == (404, True, True)
    stale = await member.post("/dashboard/members/invite", data={"csrf_token": "x", "email": "a@b.example", "role": "staff"})
    assert (stale.status_code, "表单已过期" in stale.text) == (403, True)


async def test_letters_are_written_in_their_readers_language(visitor: httpx.AsyncClient, house: House) -> None:
    letter = compose("reset_password", "a@b.example", reads="zh", link="https://x.example/", hours=1)
    assert (letter.subject, "1 小时内有效" in letter.body) == ("设置新的 Tillhand 密码", True)
    visitor.cookies.set("tillhand_language", "zh")
    form = (await visitor.get("/dashboard/sign-up")).text
    asked = {"csrf_token": field(form, "csrf_token"), "email": "lin@tea.example", "shop_name": "Lin Tea", "time_zone": "Asia/Shanghai"}
    assert (await visitor.post("/dashboard/sign-up", data=asked)).status_code == 200
    assert "在 Tillhand 上开设 Lin Tea" in (await visitor.get("/mail")).text
    visitor.cookies.delete("tillhand_language")
    door = await link_in_mail(visitor, "lin@tea.example")
    visitor.cookies.set("tillhand_language", "zh")
    shown = (await visitor.get(door)).text
    opened = await visitor.post(door, data={"csrf_token": field(shown, "csrf_token"), "display_name": "Lin", "password": PASSWORD})
    assert opened.status_code == 303, opened.text
    visitor.cookies.delete("tillhand_language")
    assert (await sign_in(visitor, "lin@tea.example")).status_code == 303
    assert '<html lang="zh-CN">' in (await visitor.get("/dashboard")).text


async def test_dates_and_money_are_written_as_the_language_does(member: httpx.AsyncClient, shop: Shop, now) -> None:
    talk = shop.talk("Any discount?", ["Yes."], now=now - timedelta(days=1), coupon=True)
    shop.sell("K-1", "12.60", now=now, talk=talk)
    member.cookies.set("tillhand_language", "zh")
    home = (await member.get("/dashboard")).text
    assert re.search(r"\d{4}年\d{1,2}月，按 America/New_York 时区计日。", home)
    assert "US$12.60" in home
    assert 'value="1260"' in home
