"""Plays one working day over HTTP, without a browser: hello, questions, a coupon, three sales, payslips, refunds. Every step is checked.

The last four lines printed are its figures, one `name value unit` each. Times are the worst seen, not the best.
"""

import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from typing import TextIO

from app.demo.players.bookkeeper import Bookkeeper
from app.demo.players.buyer import Bought, Buyer
from app.demo.players.diary import Diary
from app.demo.players.failure import StoryFailed
from app.demo.players.money_scenes import (
    check_discount,
    read_evidence,
    repeat_delivery,
    see_payslip,
    take_back_at_once,
    take_back_in_parts,
)
from app.demo.players.shopper import Shopper, walk_in
from app.demo.players.talk_scenes import (
    PRICED,
    WANTS_DISCOUNT,
    ask_for_discount,
    ask_prices,
    ask_rules,
    ask_what_nobody_knows,
    hear_hello,
)

__all__ = ["StoryFailed", "StoryFigures", "play_story"]

COUPON_CART: Mapping[str, int] = {"flat-white-large": 3, "lantern-beans-250": 2}
TALK_CART: Mapping[str, int] = {"butter-croissant": 2, "cold-brew": 1}
SECOND_COUPON_CART: Mapping[str, int] = {"keep-cup": 1, "oat-latte": 2}
Entrance = Callable[[], AbstractContextManager[Shopper]]


@dataclass(frozen=True)
class StoryFigures:
    """What the story measured. Milliseconds are the worst of several; the residue is what refunds left of their share, which must be 0."""

    story_seconds: float
    chat_first_audio_ms: float
    webhook_to_payslip_ms: float
    refund_residue_minor: int

    def lines(self) -> tuple[str, ...]:
        """One line `name value unit` per figure."""
        return (
            f"story_seconds {self.story_seconds:.1f} s",
            f"chat_first_audio_ms {self.chat_first_audio_ms:.0f} ms",
            f"webhook_to_payslip_ms {self.webhook_to_payslip_ms:.0f} ms",
            f"refund_residue_minor {self.refund_residue_minor} minor",
        )


def play_story(
    *, public_url: str, widget_url: str, shop_url: str, widget_key: str, email: str, password: str, out: TextIO | None = None
) -> StoryFigures:
    """Play the whole day against running servers; raises StoryFailed with a sentence and the offending answer.

    `out` receives the table and the four figures; standard output without it.
    """
    diary = Diary(out or sys.stdout)
    enter = partial(walk_in, shop_url, widget_url, widget_key)
    with Bookkeeper(public_url) as bookkeeper:
        bookkeeper.sign_in(email, password)
        bookkeeper.open_payslip()
        diary.note("The owner signs in and opens the payslip")
        with Buyer(shop_url) as buyer:
            first = _first_shopper(diary, enter, buyer, bookkeeper)
            second = _sale_after_a_talk(diary, enter, buyer, bookkeeper)
            _sale_with_coupon(diary, enter, buyer, bookkeeper)
            repeat_delivery(diary, buyer, bookkeeper, first)
            take_back_in_parts(diary, buyer, bookkeeper, first)
            take_back_at_once(diary, buyer, bookkeeper, second)
    return _sum_up(diary)


def _first_shopper(diary: Diary, enter: Entrance, buyer: Buyer, bookkeeper: Bookkeeper) -> Bought:
    with enter() as shopper:
        hear_hello(diary, shopper)
        ask_prices(diary, shopper, buyer.look_at_shelf())
        ask_rules(diary, shopper)
        ask_what_nobody_knows(diary, shopper)
        code, answer = ask_for_discount(diary, shopper)
        bought = buyer.buy(COUPON_CART, visitor=shopper.visitor, coupon=code)
        check_discount(bought, answer)
        row = see_payslip(diary, buyer, bookkeeper, bought)
        read_evidence(diary, bookkeeper, row, WANTS_DISCOUNT)
    return bought


def _sale_after_a_talk(diary: Diary, enter: Entrance, buyer: Buyer, bookkeeper: Bookkeeper) -> Bought:
    question = f"What does a {PRICED} cost?"
    with enter() as shopper:
        shopper.hear_greeting()
        diary.note_answer(question, shopper.ask(question))
        bought = buyer.buy(TALK_CART, visitor=shopper.visitor, coupon=None)
        row = see_payslip(diary, buyer, bookkeeper, bought)
        read_evidence(diary, bookkeeper, row, question)
    return bought


def _sale_with_coupon(diary: Diary, enter: Entrance, buyer: Buyer, bookkeeper: Bookkeeper) -> None:
    with enter() as shopper:
        shopper.hear_greeting()
        code, answer = ask_for_discount(diary, shopper)
        bought = buyer.buy(SECOND_COUPON_CART, visitor=shopper.visitor, coupon=code)
        check_discount(bought, answer)
        see_payslip(diary, buyer, bookkeeper, bought)


def _sum_up(diary: Diary) -> StoryFigures:
    sounds = diary.first_audio_ms or diary.ready_audio_ms
    whence = "" if diary.first_audio_ms else ", all of them lay ready from an earlier story: use a fresh data folder to measure their voice"
    figures = StoryFigures(diary.elapsed_s, max(sounds), max(diary.payslip_ms), max(diary.residues_minor))
    diary.note(f"First sound, {len(sounds)} answers{whence}", _in_ms(sounds))
    diary.note(f"Webhook to payslip, {len(diary.payslip_ms)} sales", _in_ms(diary.payslip_ms))
    print("", *figures.lines(), sep="\n", file=diary.out, flush=True)
    return figures


def _in_ms(values: Iterable[float]) -> str:
    return " ".join(f"{value:.0f}" for value in sorted(values)) + " ms"
