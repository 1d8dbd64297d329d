"""A summary names the shop's own headings once, keeps what is still open, and forgets what was answered later."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

from app.conversations.read import ConversationLine, PassageView, Transcript, TurnView
from app.conversations.summary import summary_of
from app.conversations.thoughts import Citation, OfferedCoupon, Routed, Said

NOW = datetime(2026, 11, 20, tzinfo=UTC)
PARKING = PassageView(uuid4(), "rules.md", 1, "Rules > Parking", ("Cars park free.",), True)
LINE = ConversationLine(uuid4(), uuid4(), uuid4(), "", "en", NOW, NOW, 0, "", True)


def turn(question, step, *, cites=(), coupons=()):
    said = tuple(Said("x", (Citation(one.passage_id, one.document_name, ""),)) for one in cites)
    route = (Routed(step, 1, "", 1),)
    return TurnView(uuid4(), 0, question, NOW, NOW, None, said, coupons, route, 0, None)


def summed(*turns):
    return summary_of(replace(Transcript(LINE, ()), turns=turns), {PARKING.passage_id: PARKING})


def test_a_subject_is_named_once_and_what_is_open_is_kept_in_the_shoppers_words():
    found = summed(
        turn("where do I park", "rule", cites=[PARKING]),
        turn("Do you ship to Japan?", "unknown"),
        turn("is parking free", "rule", cites=[PARKING]),
    )
    assert found.subjects == ("Parking",)
    assert found.left_open == ("Do you ship to Japan?",)
    assert found.turn_count == 3


def test_what_was_answered_later_is_not_open():
    found = summed(turn("Is it free?", "unknown"), turn("is it free?", "rule", cites=[PARKING]))
    assert found.left_open == ()


def test_codes_are_told_and_only_the_last_open_questions():
    coupon = OfferedCoupon("KC-1", "10 %", "", NOW)
    found = summed(*(turn(f"question {number}", "unknown", coupons=(coupon,)) for number in range(5)))
    assert found.coupon_codes == ("KC-1",)
    assert found.left_open == ("question 2", "question 3", "question 4")
