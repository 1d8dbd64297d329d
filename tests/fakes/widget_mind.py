"""A stand-in for the mind behind the widget: a few questions it knows by a word in them, and what it then says and hands over."""

from typing import Any

from billing.draw_code import bars_of, squares_of

Step = tuple[str, dict[str, Any]]

PRICE_LIST = {
    "document": "Price list",
    "quote": "Flat white, 240 ml, double ristretto: $4.20. Contains milk; oat drink on request (+$0.60).",
}
HOUSE_RULES = {
    "document": "House rules",
    "quote": "Opened bags of coffee cannot be returned. Unopened bags come back within 14 days with the receipt, for the full price.",
}
GREETING = ("Hello, I am Amara, the shop's AI assistant.", "Ask me about coffee, prices or our house rules.")


def _say(text: str, *citations: dict[str, str]) -> Step:
    return ("sentence", {"text": text, "citations": list(citations)})


COUPON: dict[str, Any] = {
    "coupon": "cpn_01jd0000000000000000000000",
    "code": "KESTREL-7F3K-29QD",
    "title": "10 % off your first bag of beans",
    "terms": "Once per person, on coffee beans from $12. Not together with other offers.",
    "expires_at": "2036-11-30T18:00:00+00:00",
    "bars": bars_of("KESTREL-7F3K-29QD"),
    "squares": list(squares_of("KESTREL-7F3K-29QD")),
}

CARD: dict[str, Any] = {
    "headline": "For Mei", "product": "Flat white", "price": "$4.20",
    "coupon": {name: COUPON[name] for name in ("code", "title", "terms", "expires_at")},
}  # fmt: skip

ANSWERS: dict[str, list[Step]] = {
    "flat white": [_say("A flat white is $4.20.", PRICE_LIST), _say("With oat drink it is sixty cents more.", PRICE_LIST)],
    "return": [
        _say("Yes, for fourteen days, as long as the bag is still closed.", HOUSE_RULES),
        _say(
            "Bring the receipt and you get the full price back, in cash or on your card, whichever you like better.",
            HOUSE_RULES,
        ),
    ],
    "remember": [_say("May I remember your name?"), ("replies", {"texts": ["Yes, please", "No, thank you"]})],
    "no, thank you": [_say("All right, I keep nothing.")],
    "card": [_say("Here is your card: “For Mei”"), ("card", CARD)],
    "discount": [_say("I have something for you."), ("offer", COUPON), _say("Show the code at the till or paste it into your cart.")],
    "person": [_say("Of course."), ("message:wanted", {"prompt": "Leave a line and somebody from the shop will answer you today."})],
    "long": [
        _say(f"This is sentence number {number} of a rather long answer that somebody may well want to stop.") for number in range(1, 9)
    ],
    "silent": [("mute", {}), _say("My voice is away just now, but you can read me.")],
    "break": [
        (
            "error",
            {"problem": {"title": "The answer could not be made.", "status": 500, "detail": "Ask again in a moment, or talk to a person."}},
        )
    ],
}
UNKNOWN = [_say("I do not know that."), ("message:wanted", {"prompt": "Shall I ask the people of the shop?"})]


def think(question: str) -> list[Step]:
    """The steps of an answer."""
    return next((steps for word, steps in ANSWERS.items() if word in question.casefold()), UNKNOWN)
