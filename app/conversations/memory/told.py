"""What a visitor says of themselves, in four languages: a name, a size, something they prefer; and what they say about being remembered."""

import re
from dataclasses import dataclass
from typing import Final

from app.conversations.guardrails.instructions import is_instruction

VALUE_LENGTH_MAX: Final = 60
_NAME: Final = r"(?P<{0}>[^\W\d_][\w'’ .-]{{0,38}}?)"
_SIZE: Final = r"(?P<{0}>\d{{1,3}}(?:[.,]5)?(?:\s?(?:eu|us|uk|cm))?|x{{0,4}}[sml]|xl|small|medium|large)"
_SPOKEN: Final = {
    "name": (
        r"\bmy name is " + _NAME,
        r"\b(?:please )?call me (?!back\b|later|to(?:day|morrow|night)|an? |when|if|on |at |in |asap|now|please)" + _NAME,
        r"\bje m'appelle " + _NAME, r"(?:我叫|我的名字(?:是|叫))" + _NAME,
        r"私の名前は" + _NAME + r"(?:です|と申します|といいます)",
        r"(?:わたしは|私は|^)" + _NAME + r"(?:と申します|といいます)",
    ),
    "size": (
        r"\bi (?:wear|take)(?: an?)?(?: size)? " + _SIZE + r"\b",
        r"\b(?:i'm|i am) an? size " + _SIZE + r"\b",
        r"\bmy (?:\w+ )?size is(?: an?)? " + _SIZE + r"\b",
        r"\bje (?:fais|porte) du " + _SIZE + r"\b",
        r"\bma taille est (?:le )?" + _SIZE + r"\b",
        r"(?:我穿|我的(?:尺码|码数|鞋码)是)" + _SIZE + r"(?:码|号)?",
        r"(?:私の)?サイズは" + _SIZE + r"(?:です)?",
    ),
    "preference": (
        r"\bi (?:always |usually )?prefer (?P<{0}>[^?!.]{{2,60}})",
        r"\bje préfère (?P<{0}>[^?!.]{{2,60}})",
        r"我(?:更喜欢|偏好|一般喜欢)(?P<{0}>[^？！。?!.]{{1,40}})",
        r"(?P<{0}>[^？！。?!.、]{{1,40}})の?(?:方|ほう)が好きです",
    ),
}  # fmt: skip
_END: Final = r"(?=\s*(?:[.,;!。，！、]|$|\band\b|\bet\b))"


def _whole(kind: str, pattern: str) -> str:
    """A name ends where the sentence or its part does; Japanese says so itself."""
    return pattern.format("value") + (_END if kind == "name" and "です" not in pattern else "")


_FACTS: Final = {
    kind: tuple(
        re.compile(one.format("value") + (_END if kind == "name" and "(?:です" not in one else ""), re.IGNORECASE) for one in patterns
    )
    for kind, patterns in _SPOKEN.items()
}
_ASKED: Final = re.compile(
    r"\bwhat (?:do|did) you (?:know|remember|have stored|keep) (?:about|of) me\b"
    r"|\bwhat have you (?:kept|stored|remembered) (?:about|of) me\b"
    r"|\bque (?:savez|sais)-(?:vous|tu) (?:de|sur) moi\b|\bqu'est-ce que vous savez (?:de|sur) moi\b"
    r"|[你您](?:知道|记得|记住了?)我(?:的)?(?:什么|哪些)"
    r"|私(?:のこと|について)?(?:を|の何を|何を)?(?:何を)?(?:覚えて|知って)い?ますか",
    re.IGNORECASE,
)
_OWN_NAME: Final = re.compile(
    r"\b(?:what(?:'s| is) my name|do you (?:know|remember) my name|who am i)\b|我叫什么|我的名字是什么|我是谁"
    r"|私の名前(?:は(?:何|なん)|を(?:覚えて|知って))|\b(?:comment je m'appelle|quel est mon (?:pré)?nom|qui suis-je)\b",
    re.IGNORECASE,
)
_COURTESIES: Final = re.compile(
    r"\b(?:hi|hello|hey|by the way|and|please|nice to meet you|bonjour|salut|enchantée?)\b"
    r"|你好|您好|こんにちは|はじめまして|よろしく(?:お願いします)?|[\W_]",
    re.IGNORECASE,
)
_PLAIN_NAME: Final = re.compile(r"[^\W\d_]+(?:[ '’-][^\W\d_]+){0,2}")
_FORGET: Final = re.compile(
    r"\bforget (?:me\b|everything (?:about|of) me|what you (?:know|remember) (?:about|of) me)"
    r"|\b(?:delete|erase) (?:my data|everything about me)\b"
    r"|\boublie[zr]?[- ]moi\b|\beffacez (?:mes données|tout)"
    r"|忘(?:了|掉)我|(?:删除|清除)(?:我的|关于我的)(?:数据|信息|记录)"
    r"|私のことを?忘れて|(?:私の)?(?:データ|情報)を(?:消|削除)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Fact:
    """One thing said: its kind (name, size, preference), its value, and the sentence it was said in."""

    name: str
    value: str
    sentence: str


def facts_in(text: str) -> tuple[Fact, ...]:
    """What a message tells of the visitor, one of each kind at most. A message that asks, or gives orders, tells nothing."""
    if text.rstrip().endswith(("?", "？")) or is_instruction(text):
        return ()
    found = []
    for kind, patterns in _FACTS.items():
        match = next((match for pattern in patterns if (match := pattern.search(text))), None)
        value = match["value"].strip(" .,'’")[:VALUE_LENGTH_MAX] if match else ""
        if value:
            found.append(Fact(kind, value, text[:300]))
    return tuple(found)


def name_told_alone(text: str) -> str:
    """The name of somebody who says their name and nothing that wants an answer; empty when they say more, or no plain name."""
    if text.rstrip().endswith(("?", "？")) or is_instruction(text):
        return ""
    match = next((match for pattern in _FACTS["name"] if (match := pattern.search(text))), None)
    name = match["value"].strip(" .,'’") if match else ""
    rest = _COURTESIES.sub("", text[: match.start()] + " " + text[match.end() :]) if match else "?"
    return name if not rest and _PLAIN_NAME.fullmatch(name) else ""


def asks_own_name(text: str) -> bool:
    """Whether the visitor asks what they are called."""
    return bool(_OWN_NAME.search(text))


def asks_what_is_known(text: str) -> bool:
    """Whether the visitor wants to see what is remembered."""
    return bool(_ASKED.search(text))


def asks_to_be_forgotten(text: str) -> bool:
    """Whether the visitor wants it erased."""
    return bool(_FORGET.search(text))
