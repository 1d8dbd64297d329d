"""Which language a shopper writes: the script decides, then the small words. Four languages are spoken; others are answered in English."""

import re

from app.conversations.knowledge.words import words

_KANA = re.compile(r"[\u3040-\u30ff]")
_HAN = re.compile(r"[\u3400-\u9fff]")
_FRENCH_TEXT = (
    "le la les un une des du et est sont vous je avez pouvez quel quelle quels quelles combien où puis-je avec sans pour "
    "bonjour merci salut est-ce que j'ai c'est qu'est-ce quoi au aux nous votre vos mon ma mes ce cette oui non bonsoir"
)
_ENGLISH_TEXT = "the is are do does you i have can what how much when where a an my your of in on for with to and it hello hi thanks yes"
_FRENCH, _ENGLISH = frozenset(_FRENCH_TEXT.split()), frozenset(_ENGLISH_TEXT.split())


def language_of(text: str, otherwise: str = "en") -> str:
    """Return en, zh, ja or fr; `otherwise` decides for a text that shows nothing ("OK", "123")."""
    if _KANA.search(text):
        return "ja"
    if _HAN.search(text):
        return "ja" if otherwise == "ja" else "zh"
    spoken = words(text)
    french, english = sum(word in _FRENCH for word in spoken), sum(word in _ENGLISH for word in spoken)
    if french > english:
        return "fr"
    return "en" if english else otherwise
