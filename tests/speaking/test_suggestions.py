"""First questions are offered in the shopper's language, or left to the widget's own."""

from types import SimpleNamespace
from typing import Any, cast

from app.speaking.suggestions import first_questions


def _passage(heading: str, text: str, product: object = None) -> SimpleNamespace:
    return SimpleNamespace(heading=heading, text=f"{heading}. {text}", product=product)


def test_topics_are_offered_in_the_language_they_are_written_in():
    papers = [
        _passage("House rules > Opening hours", "On Monday we open at 7:00 and you can stay until 19:00."),
        _passage("Price list > Flat White", "The flat white is $4.20.", product=object()),
        _passage("Maison > Livraison", "Nous livrons les grains par la poste pour 4 euros, et vous pouvez les retirer au comptoir."),
        _passage("店规 > 退货", "未拆封的商品可以在14天内退货。"),
    ]
    mind: Any = cast(Any, SimpleNamespace(index=SimpleNamespace(passages=papers)))
    assert first_questions(mind, "en") == ["Opening hours"]
    assert first_questions(mind, "fr") == ["Livraison"]
    assert first_questions(mind, "zh") == ["退货"]
    assert first_questions(mind, "ja") == []
