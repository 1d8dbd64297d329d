"""Names that are no plain words: 5G is "five G", Henry VIII "Henry the eighth", 40 King St. a street, #ShopSmall "hashtag shop small"."""

from __future__ import annotations

import re
from typing import Final

from avatar_pipeline.text.number_words import cardinal, number, ordinal
from avatar_pipeline.text.rule import Rule, rule

_ROMAN: Final = {"I": 1, "V": 5, "X": 10}
_NUMERAL: Final = r"X{0,3}(?:IX|IV|V?I{0,3})(?<=[IVX])"
_RULERS: Final = (
    r"Alexander|Benedict|Carlos|Catherine|Charles|Christian|Edward|Elizabeth|Felipe|Ferdinand|Francis|Frederick|George|Gustav|Henry|"
    r"James|John|Leo|Leopold|Louis|Ludwig|Mary|Mehmed|Napoleon|Nicholas|Otto|Paul|Peter|Philip|Pius|Ramesses|Richard|Wilhelm|William"
)
_COUNTED: Final = r"Act|Appendix|Article|Book|Chapter|Class|Episode|Grade|Level|Mark|Mk|Part|Phase|Section|Stage|Type|Vol\.|Volume|War"
_WORDS_IN_ONE: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")


def _roman(numeral: str) -> int:
    values = [_ROMAN[sign] for sign in numeral]
    return sum(-value if value < following else value for value, following in zip(values, [*values[1:], 0], strict=True))


def _say_tag(match: re.Match[str]) -> str:
    return "hashtag " + " ".join(cardinal(int(word)) if word.isdigit() else word for word in _WORDS_IN_ONE.findall(match[1]))


RULES: Final[tuple[Rule, ...]] = (
    rule("generation", r"(?<![\w.,/$€£])(?:\d{1,2}G|\d{1,3}[Kk])(?!\w)", lambda match: f"{number(match[0][:-1])} {match[0][-1].upper()}."),
    rule("ruler", rf"\b({_RULERS})\s({_NUMERAL})\b(?<!\sI)(?!['’])", lambda match: f"{match[1]} the {ordinal(_roman(match[2]))}"),
    rule("counted in Roman", rf"\b({_COUNTED})\s({_NUMERAL})\b(?!['’])", lambda match: f"{match[1]} {cardinal(_roman(match[2]))}"),
    rule("model in Roman", r"(?<=[a-z\d]\s)(II|III|IV|VI{1,3}|IX|XI{1,3})(?![\w'’])", lambda match: cardinal(_roman(match[1]))),
    rule("street", r"(?<=[A-Za-z]\s)St\b\.(?!\s[A-Z])", lambda _: "Street"),
    rule(
        "street of a house",
        r"(?<!\w)(\d{1,4}\s(?:[A-Z][a-z]+\s){1,2})St\b\.?",
        lambda match: f"{number(match[1].split()[0])} {' '.join(match[1].split()[1:])} Street",
    ),
    rule("version", r"\bv(\d+)\.(\d+)(?![\w.]*\d)", lambda match: f"version {number(match[1])} point {number(match[2])}"),
    rule("musical name", r"\b([A-G])#(?!\w)", lambda match: f"{match[1]} sharp"),
    rule("hashtag", r"(?<!\S)#([A-Za-z]\w*)", _say_tag),
)
