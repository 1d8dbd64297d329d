"""Which language a shopper writes: the script decides, then the small words. Four languages are spoken; others are answered in English."""

import re

from app.conversations.knowledge.words import words

_KANA = re.compile(r"[\u3040-\u30ff]")
_HAN = re.compile(r"[\u3400-\u9fff]")
_FRENCH_TEXT = (
    "le la les un une des du et est sont vous je avez pouvez quel quelle quels quelles combien où puis-je avec sans pour "
    "bonjour merci salut est-ce que j'ai c'est qu'est-ce quoi au aux nous votre vos mon ma mes ce cette oui non bonsoir "
    "comment quand qui que dans chez pas peut y en on il elle elles ils faut jusqu'à être avoir sa son ses leur leurs suis êtes si sur "
    "pourquoi rien quelque quelqu'un svp tu deux trois jours jour ai sommes livrez acceptez vendez ouvrez fermez servez"
)
_ENGLISH_TEXT = "the is are do does you i have can what how much when where a an my your of in on for with to and it hello hi thanks yes"
_FRENCH_FORMS = re.compile(
    r"\b(?:l|d|j|qu|c|n|m|t)['’](?=\w{2})|\w-(?:t-)?(?:vous|ils?|elles?|je|nous)\b|(?:peut|doit|t)-on\b"
    r"|\b(?!(?:caf|ros|pât|fianc|souffl|saut|touch|r[ée]sum|entr|pur)é|cr[èe]me|décor|naïve|à la\b)\w*[éèêàçùœ]\w*",
    re.IGNORECASE,
)
"""What only French writes: a small word tied to the next ("l'étiquette"), a verb to its subject ("peut-on"), and letters of its own."""
_FRENCH, _ENGLISH = frozenset(_FRENCH_TEXT.split()), frozenset(_ENGLISH_TEXT.split())


def language_of(text: str, otherwise: str = "en") -> str:
    """Return en, zh, ja or fr; `otherwise` decides for a text that shows nothing ("OK", "123")."""
    if _KANA.search(text):
        return "ja"
    if _HAN.search(text):
        return "ja" if otherwise == "ja" else "zh"
    spoken = words(text)
    french = sum(word in _FRENCH for word in spoken) + len(_FRENCH_FORMS.findall(text))
    english = sum(word in _ENGLISH for word in spoken)
    if french > english:
        return "fr"
    return "en" if english else otherwise
