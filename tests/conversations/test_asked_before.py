"""The first level of the ladder: a question asked before is answered from memory, and never with what has changed since."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from app.conversations.knowledge.remembered_answers import RememberedAnswers
from app.conversations.thoughts import PageSeen, Routed, Said

RULES = b"# Shop\n\n## Returns\n\nUnused goods can be returned within 30 days.\n\n## Parking\n\nYou can park behind the shop.\n"
FRIDAY, SATURDAY = "On Friday we are open from 9:00 to 20:00.", "On Saturday we are open from 10:00 to 14:00."
DAYS = f"# Shop\n\n## Opening hours\n\n{FRIDAY}\n{SATURDAY}\n".encode()
PRICES = b"name,category,price,currency,stock\nMug,Cups,9.00,GBP,3\nTeapot,Cups,30.00,GBP,0\n"

Talk = Any
"""A conversation of conftest.py, which is not imported by its name: every room has one."""
Shop = Callable[[dict[str, bytes]], Talk]


def answered(talk: Talk, text: str) -> tuple[Routed, list[Said]]:
    """Ask as a fresh visitor would."""
    thoughts = replace(talk, history=[]).ask(text)
    return next(one for one in thoughts if isinstance(one, Routed)), [one for one in thoughts if isinstance(one, Said)]


def test_the_second_time_the_same_words_and_sources_come_from_memory(talk_with: Shop) -> None:
    talk = talk_with({"rules.md": RULES})
    first, said = answered(talk, "Can I return unused goods?")
    again, said_again = answered(talk, "  can I return  unused goods")
    assert (first.step, again.step) == ("rule", "rule")
    assert not first.why.startswith("asked before")
    assert again.why == f"asked before: {first.why}"
    assert said_again == said
    assert talk.mind.index.answers.hit_rate == 0.5


def test_today_is_another_day_tomorrow(talk_with: Shop) -> None:
    talk = talk_with({"hours.md": DAYS})
    talk = replace(talk, mind=replace(talk.mind, time_zone="Europe/Berlin"))
    friday, saturday = datetime(2026, 11, 20, 9, tzinfo=UTC), datetime(2026, 11, 21, 9, tzinfo=UTC)
    assert [one.text for one in answered(replace(talk, now=friday), "when are you open today")[1]] == [FRIDAY]
    assert [one.text for one in answered(replace(talk, now=saturday), "when are you open today")[1]] == [SATURDAY]
    assert [one.text for one in answered(replace(talk, now=friday), "when are you open today")[1]] == [FRIDAY]


def test_what_leans_on_the_talk_or_the_page_is_never_kept(talk_with: Shop) -> None:
    talk = talk_with({"prices.csv": PRICES})
    assert "9.00" in talk.words("how much is the mug")
    kept = len(talk.mind.index.answers)
    assert "9.00" in talk.words("how much is it?")
    assert len(talk.mind.index.answers) == kept
    on_page = replace(talk, history=[], page=PageSeen(product="Teapot"))
    assert "30.00" in on_page.words("how much is this one?")
    assert len(talk.mind.index.answers) == kept


def test_a_new_lesson_starts_with_an_empty_memory(talk_with: Shop) -> None:
    old, new = talk_with({"prices.csv": PRICES}), talk_with({"prices.csv": PRICES.replace(b"9.00", b"8.00")})
    assert "9.00" in answered(old, "how much is the mug")[1][0].text
    assert "8.00" in answered(new, "how much is the mug")[1][0].text


def test_what_has_no_answer_is_not_kept(talk_with: Shop) -> None:
    talk = talk_with({"rules.md": RULES})
    assert answered(talk, "who won the cup in 1990")[0].step != "rule"
    assert len(talk.mind.index.answers) == 0


def test_the_least_recently_asked_makes_room() -> None:
    memory = RememberedAnswers(kept_max=2)
    for question in ("a", "b"):
        memory.keep(question, question.upper())
    assert memory.get("a") == "A"
    memory.keep("c", "C")
    assert (memory.get("a"), memory.get("b"), memory.get("c")) == ("A", None, "C")
    assert memory.hit_rate == 0.75
    assert RememberedAnswers().hit_rate == 0.0
