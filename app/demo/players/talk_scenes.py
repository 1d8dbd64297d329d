"""The talking scenes: hello, a price with the passage it rests on, a question nobody could answer, a coupon for the asking."""

import re
from collections.abc import Sequence

from app.demo.players.buyer import Shelf
from app.demo.players.diary import Diary
from app.demo.players.failure import expect
from app.demo.players.shopper import Answer, Shopper

WARM_UP = "Where can I find you?"
UNANSWERABLE = "Who won the chess world championship in 1985?"
WANTS_DISCOUNT = "Do you have a discount for me?"
PRICED = "flat white"
ALSO_PRICED: Sequence[str] = ("cappuccino", "banana bread", "masala chai", "cheese toastie")
RULES: Sequence[str] = ("May I bring my dog?", "When do you open on Sunday?")
NOT_KNOWING = re.compile(r"(do not|don't|cannot|can't) (know|find|answer|say)|not sure", re.IGNORECASE)


def hear_hello(diary: Diary, shopper: Shopper) -> None:
    """They greet by themselves and say that they are an AI."""
    greeting = shopper.hear_greeting()
    expect(re.search(r"\bAI\b", greeting.text) is not None, "The greeting should say that they are an AI.", greeting.text)
    diary.note("They greet", f"“{greeting.text}”")
    diary.note_answer(WARM_UP, shopper.ask(WARM_UP), is_measured=False)


def ask_prices(diary: Diary, shopper: Shopper, shelf: Shelf) -> None:
    """They name the shelf's prices and show the line of the price list that they read."""
    for product in (PRICED, *ALSO_PRICED):
        question = f"How much is a {product}?"
        answer = shopper.ask(question)
        diary.note_answer(question, answer)
        prices = shelf.prices_of(product)
        expect(bool(prices), f"The shop should sell a {product}.", sorted(shelf.prices))
        expect(any(price in answer.text for price in prices), f"They should name a price of {product}: {prices}.", answer)
        expect(any(product in quote.casefold() for quote in answer.quotes), "They should show the passage they relied on.", answer)


def ask_rules(diary: Diary, shopper: Shopper) -> None:
    """They answer from the house rules, and show the line."""
    for question in RULES:
        answer = shopper.ask(question)
        diary.note_answer(question, answer)
        expect(bool(answer.quotes), "They should show the house rule they relied on.", answer)


def ask_what_nobody_knows(diary: Diary, shopper: Shopper) -> None:
    """They say that they do not know, quote nothing and offer to pass the question on."""
    answer = shopper.ask(UNANSWERABLE)
    diary.note_answer(UNANSWERABLE, answer)
    expect(not answer.quotes, "They should quote nothing for a question the shop's papers do not answer.", answer)
    expect(NOT_KNOWING.search(answer.text) is not None or answer.wants_message, "They should say that they do not know.", answer)


def ask_for_discount(diary: Diary, shopper: Shopper) -> tuple[str, Answer]:
    """They hand over a coupon; the shopper copies its code."""
    answer = shopper.ask(WANTS_DISCOUNT)
    diary.note_answer(WANTS_DISCOUNT, answer)
    expect(answer.offer is not None and bool(answer.offer.get("code")), "They should hand over a coupon.", answer)
    code = str((answer.offer or {})["code"])
    shopper.claim(code)
    diary.note("They hand over a coupon", f"{code}: {(answer.offer or {}).get('terms', '')}")
    return code, answer
