"""What the guide states as fact is what the code does: figures, names, limits, and the snippets that the dashboard gives too."""

import json
import re
from pathlib import Path

import pytest
from fastapi.routing import APIRoute
from selectolax.lexbor import LexborHTMLParser

from app.api import reading
from app.api.errors import STATUS_OF, problem, status_of
from app.api.public_route import VERSION_HEADER, VERSIONS
from app.api.rate_limits import RateLimit
from app.api.reading_items import CreditItem
from app.conversations import call_own_skill, own_site, own_skills, speak_first
from app.conversations.openings.bandit import FLOOR_PPM
from app.conversations.presence import ABSENT_MINUTES
from app.conversations.remember import DAYS_KEPT_MAX, DAYS_REFUSAL_STANDS
from app.conversations.skills.own import describe
from app.conversations.teach_upload import BYTES_MAX
from app.dashboard.guess_limit import FAILURES_MAX
from app.dashboard.hiring import DRAFT_DAYS, RETURN_WINDOW_DAYS_MAX, standing_offer
from app.dashboard.install_view import policy_lines, snippet_of
from app.dashboard.routes_connections import GRACE_HOURS
from app.guide.markdown import Snippet
from app.guide.shelf import pages
from app.installation.domains import DOMAINS_MAX
from app.outgoing.endpoints import TOPICS
from app.outgoing.schedule import STANDARD_WEBHOOKS
from app.outgoing.sending import MESSAGES_KEPT_MAX
from billing import errors as billing
from billing import redeem_coupon
from billing.contract_terms import WINDOW_DAYS_DEFAULT, ContractTerms, percent_text
from billing.visitor_worth import WINDOW
from tenants.api_keys import SCOPES
from tenants.jobs import jobs
from tenants.reset_password import RESET_HOURS
from tenants.sign_up import SIGN_UP_HOURS

LANGUAGES = ("en", "zh")


def snippets(name: str, language: str = "en") -> list[Snippet]:
    return list(pages(language)[name].snippets)


def rows(language: str, name: str, table: int) -> list[list[str]]:
    found = LexborHTMLParser(pages(language)[name].html).css("table")[table]
    return [[cell.text(strip=True) for cell in row.css("td")] for row in found.css("tbody tr")]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_jobs_pay_and_may_do_what_the_table_says(language):
    told = rows(language, "hire", 0)
    assert len(told) == len(jobs())
    for job, (_, pay, coupons) in zip(jobs(), told, strict=True):
        terms = standing_offer(job, currency="EUR", time_zone="Europe/Vienna")
        shares = [
            terms.share_ppm,
            terms.probation and terms.probation.share_ppm,
            terms.royalty_share_ppm,
            terms.repeat and terms.repeat.share_ppm,
        ]
        assert re.findall(r"\d+ %", pay) == [percent_text(share) for share in shares if share], job.title
        assert (coupons in ("yes", "可以")) == ("coupons" in job.skills)
    if language == "en":
        assert [title for title, _, _ in told] == [job.title for job in jobs()]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_code_is_refused_with_the_status_and_name_in_the_table(language):
    told = {name: int(status) for status, name, _ in rows(language, "offers", 2)}
    refusals = {one.__name__: status_of(one("x")) for one in billing.CouponNotAccepted.__subclasses__()}
    assert told == refusals


@pytest.mark.parametrize("language", LANGUAGES)
def test_scopes_versions_and_rates_of_the_api(language):
    lists = {path.removeprefix("GET ") for path, _, _ in rows(language, "api", 2)}
    assert lists == {route.path for route in reading.router.routes if isinstance(route, APIRoute)}
    text = pages(language)["api"].source
    assert [scope for scope, _ in rows(language, "api", 0)] == list(SCOPES)
    assert f"{VERSION_HEADER}: {VERSIONS[-1]}" in text
    assert str(RateLimit().quota) in text
    assert f'"default";q={RateLimit().quota};w={RateLimit().window_seconds}' in text


def test_an_error_looks_as_it_is_shown():
    shown = next(one.text for one in snippets("api") if one.language == "json")
    detail = "The code has been used; a refund of the order does not give it back."
    made = problem(STATUS_OF[billing.CouponAlreadyRedeemed], "Coupon already redeemed", detail, code="CouponAlreadyRedeemed")
    assert json.loads(shown) == json.loads(bytes(made.body))
    assert f'"{detail}"' in Path(redeem_coupon.__file__).read_text(encoding="utf-8")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("name", "figures"),
    [
        ("hire", [DRAFT_DAYS, RETURN_WINDOW_DAYS_MAX]),
        ("teach", [BYTES_MAX // 10**6]),
        ("install", [DOMAINS_MAX]),
        ("connect", [hours for hours in GRACE_HOURS if hours]),
        ("conversations", [ABSENT_MINUTES]),
        ("troubleshooting", [FAILURES_MAX]),
        ("payslips", [ContractTerms(currency="EUR", share_ppm=1).dispute_days, ContractTerms(currency="EUR", share_ppm=1).soft_days]),
    ],
)
def test_figures_are_those_of_the_code(language, name, figures):
    words = {"en": {5: "five", 7: "seven", 8: "eight"}, "zh": {5: "五", 7: "七", 8: "八"}}[language]
    text = pages(language)[name].source
    for figure in figures:
        assert re.search(rf"(?<!\d){figure}(?!\d)", text) or words.get(figure, "-") in text, figure


def test_links_in_letters_last_as_long_as_the_guide_says():
    assert (SIGN_UP_HOURS, RESET_HOURS) == (24, 1), "quick-start says a day, troubleshooting says an hour"


@pytest.mark.parametrize("language", LANGUAGES)
def test_webhooks_tell_what_can_be_chosen_and_are_repeated_as_written(language):
    assert [topic for topic, _, _ in rows(language, "webhooks", 0)] == [*TOPICS, "endpoint.test"]
    text = pages(language)["webhooks"].source
    told = [
        int(hours) for hours in re.findall(r"\d+", {"en": r"2 h, 5 h, 10 h, 14 h, 20 h and 24 h", "zh": "2、5、10、14、20、24"}[language])
    ]
    assert {"en": "2 h, 5 h, 10 h, 14 h, 20 h and 24 h", "zh": "2、5、10、14、20、24 小时"}[language] in text
    assert told == [wait.total_seconds() / 3600 for wait in STANDARD_WEBHOOKS[3:]]
    assert f"{MESSAGES_KEPT_MAX:,}" in text
    shown = json.loads(next(one.text for one in snippets("webhooks", language) if one.language == "json"))
    assert shown["data"].keys() == CreditItem.model_fields.keys()
    CreditItem.model_validate(shown["data"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_drawn_windows_are_those_of_a_usual_contract(language):
    drawn = next(one.text for one in snippets("concepts", language) if "coupon_days" in one.text)
    days = [int(found) for found in re.findall(r"_days = (\d+)", drawn)]
    assert days == [WINDOW_DAYS_DEFAULT[kind] for kind in ("coupon", "link", "conversation")]


def test_the_snippets_are_those_of_the_install_page():
    given = [one.text.strip() for one in snippets("install") if one.options.get("run") == "html"]
    made = [
        snippet_of(platform, style, widget_url="https://widget.example", key="YOUR_KEY", options={})
        for platform, style in (("html", "usual"), ("html", "no-inline"), ("html", "nonce"), ("tag-manager", "usual"))
    ]
    assert given == made
    policy = next(one.text.strip() for one in snippets("install") if one.options.get("title") == "Content-Security-Policy")
    assert policy == policy_lines("https://widget.example")


@pytest.mark.parametrize("language", LANGUAGES)
def test_limits_of_what_is_learned_are_those_of_the_code(language):
    """Skills, first words, the own site and memory: figures as they stand on their pages, in words where a language writes words."""
    words = {
        "en": {12: "Twelve", 20: "twenty", 4: "four", 8: "eight", 5: "five seconds"},
        "zh": {12: "十二", 20: "二十", 4: "四", 8: "八", 5: "五秒"},
    }
    said = {name: pages(language)[name].html for name in ("skills", "first-words", "teach", "privacy")}
    for limit in (
        own_skills.SKILLS_MAX,
        describe.EXAMPLES_MAX,
        describe.SLOTS_MAX,
        describe.SENTENCES_MAX,
        call_own_skill.PATIENCE_SECONDS,
    ):
        assert words[language][limit] in said["skills"], limit
    assert f"{call_own_skill.ANSWER_BYTES_MAX // 1024} kB" in said["skills"]
    assert words[language][speak_first.OPENINGS_MAX].lower() in said["first-words"]
    assert FLOOR_PPM == 200_000, "a fifth, as the page says"
    assert re.search(r"seven days|七天", said["first-words"])
    assert WINDOW.days == 7
    assert str(own_site.PAGES_MAX) in said["teach"]
    assert {str(DAYS_KEPT_MAX), str(DAYS_REFUSAL_STANDS)} <= set(re.findall(r"\d+", said["privacy"]))
    assert len(own_skills.ready_skills()) == 3
