"""Grades of a conversation: what was answered, whether an order came of it, and whether it hung in the balance before."""

import pytest

from app.conversations.thoughts import Routed
from app.conversations.worth import Exchange, Worth, grade, turns_per_session


def talk(*turns):
    return [Exchange(question, (Routed(step, 1_000_000, "", 10),), cost) for question, step, cost in turns]


@pytest.mark.parametrize(
    ("turns", "has_order", "expected"),
    [
        ([], False, "small_talk"),
        ([("hello", "courtesy", 0)], False, "small_talk"),
        ([("hello", "courtesy", 0)], True, "assisted_sale"),
        ([("do you ship abroad", "unknown", 0)], False, "small_talk"),
        ([("how much is the tote", "product", 0)], False, "advice"),
        ([("how much is the tote", "product", 0)], True, "assisted_sale"),
        ([("how much is it", "product", 0), ("that is too expensive", "coupon", 0)], True, "saved_sale"),
        ([("that is too expensive", "coupon", 0)], False, "advice"),
        ([("my mug arrived broken", "complaint", 0), ("can I return it", "rule", 0)], True, "saved_sale"),
        ([("do you ship abroad", "unknown", 0), ("how much is the tote", "product", 0)], True, "saved_sale"),
        ([("how much is the tote", "product", 0), ("do you ship abroad", "unknown", 0)], True, "assisted_sale"),
        ([("you idiot", "abuse", 0), ("can I return it", "rule", 0)], True, "saved_sale"),
    ],
)
def test_the_grade_follows_from_what_happened(turns, has_order, expected):
    assert grade(talk(*turns), has_order=has_order).grade == expected


def test_cost_and_answers_are_summed():
    assert grade(talk(("a", "rule", 30), ("b", "unknown", 12)), has_order=False) == Worth("advice", 2, 1, 42)


def test_turns_per_session_leaves_out_silent_visits():
    assert turns_per_session([Worth("advice", 3, 1, 0), Worth("small_talk", 0, 0, 0), Worth("advice", 2, 1, 0)]) == 2.5
    assert turns_per_session([]) is None
