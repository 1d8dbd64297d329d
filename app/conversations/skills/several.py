"""Read what somebody wants to have, "two flat whites and a croissant, please": each thing by itself, with how many of it are wanted.

Only the form is read here: what asks, what counts, what stands between two things. Whether a part is the name of something is for the
price list to say; that two parts are one name ("ham and pickle baguette") too.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from app.conversations.knowledge.index import KnownPassage

PARTS_MAX: Final = 6
NAME_PIECES_MAX: Final = 3

_OPENING: Final = re.compile(
    r"^\W*(?:(?:hi|hello|hey|good (?:morning|afternoon|evening|day)|ok|okay|yes|please|bonjour|bonsoir|salut)\b[\s,!.]*)*(?:"
    r"(?:can|could|may) (?:i|we) (?:please )?(?:get|have|order|buy)|how much (?:is|are|for)"
    r"|(?:i|we)(?:'d| would) (?:like|love)(?: to (?:have|get|order|buy|take))?|(?:i|we)(?:'ll| will) (?:have|take|get|buy|order)"
    r"|(?:i|we) (?:want|need)(?: to (?:have|get|order|buy))?|(?:give|get) (?:me|us)|let me (?:have|get)"
    r"|je (?:voudrais|prends|vais prendre)|j'aimerais|nous (?:voudrions|prenons)|donnez-(?:moi|nous)|(?:puis-je|je peux) avoir"
    r"|combien coûtent)\b"
    r"|^\W*(?:(?:你好|您好|请|麻烦)[，,]?)*(?:我们?(?:想要|想买|想点|要买|要|来|买|点)|给我们?来?|来|请给我们?)(?!自|说|问|回)",
    re.IGNORECASE,
)
_CLOSING: Final = re.compile(
    r"(?:[\s,，]*(?:\b(?:please|to go|to take away|s'il (?:vous|te) plaît|à emporter|thanks|thank you|merci)\b|谢谢|打包|带走)"
    r"|(?:を)?(?:ください|下さい|お願いします|いただけますか|もらえますか))+[\s.!?。！？]*$",
    re.IGNORECASE,
)
_END: Final = re.compile(r"[\s.!?。！？吧]+$")
_BETWEEN: Final = re.compile(
    r"\s*[,，、&+]\s*(?:(?:and|et|plus)\b\s*)?|\s+(?:and|et|plus|avec(?= une? ))\s+|(?:，|、)?(?:和|跟|还有|再来|加)"
    r"|(?<=[\u3040-\u9fffー])(?<!ひ)と(?=\S)",
    re.IGNORECASE,
)
_NUMBERS: Final = (
    ("a", "an", "one", "un", "une", "一", "ひと"), ("two", "a couple of", "deux", "两", "二", "ふた"), ("three", "trois", "三", "みっ"),
    ("four", "quatre", "四", "よっ"), ("five", "cinq", "五"), ("six", "六"), ("seven", "sept", "七"), ("eight", "huit", "八"),
    ("nine", "neuf", "九"), ("ten", "dix", "十"),
)  # fmt: skip
_VALUES: Final = {word: value for value, words in enumerate(_NUMBERS, start=1) for word in words}
_LATIN: Final = "|".join(sorted((word for word in _VALUES if word.isascii()), key=len, reverse=True))
_PIECES: Final = r"(?:cups?|mugs?|glass(?:es)?|slices?|pieces?|bottles?|cans?|portions?|pairs?|tasses?|verres?|parts?|bouteilles?)"
_PACKS: Final = r"(?:bags?|boxes|box|packs?|packets?|cases?|sachets?|boîtes?|paquets?|dozen)"
_COUNTED: Final = re.compile(
    rf"^(?:(?P<latin>{_LATIN}|\d{{1,2}})(?:\s*x)?\s+(?:more\s+)?(?:{_PIECES} (?:of|de)\s+|(?P<pack>{_PACKS} (?:of|de)\s+))?"
    r"|(?P<japanese>[一二三四五六七八九十]|\d{1,2})(?:つ|個|杯|本|枚|点)の|(?P<chinese>[一两二三四五六七八九十]|\d{1,2})\s*(?:[个杯份块条瓶罐只件张根片双支碗]|(?P<many>[盒包袋箱斤打]))\s*)(?=\S)",
    re.IGNORECASE,
)
_SOME: Final = re.compile(r"^(?:the|some|any|le|la|les|du|de la|des)\s+(?=\S)", re.IGNORECASE)
_COUNTED_AFTER: Final = re.compile(r"(?:を)?(?P<number>[一二三四五六七八九十]|ひと|ふた|みっ|よっ|\d{1,2})\s*(?:つ|個|杯|本|枚|点)$")


@dataclass(frozen=True)
class Part:
    """One thing of a message, as it was said. `count` is None where how many are wanted was not said, or in packs of unsaid size."""

    text: str
    count: int | None
    is_counted: bool


@dataclass(frozen=True)
class Wanted:
    """A part, and the products that it names; none when the list has nothing of that name."""

    part: Part
    named: tuple[KnownPassage, ...]


@dataclass(frozen=True)
class Order:
    """The things somebody wants to have. `is_plain` where they say so, or do nothing but count things: "two lattes, one croissant"."""

    things: tuple[Wanted, ...]
    is_plain: bool


def read_order(text: str, named_by: Callable[[str], tuple[KnownPassage, ...]]) -> Order | None:
    """Read a message as things somebody wants to have; None when it has more parts than anyone says in one breath.

    `named_by` finds what a part names. Parts without a number of their own are tried together first: they may be one name. So are those
    with one, where the list has the very name: "Batch brew, 12 oz" is no order of twelve.
    """
    rest, closings = _CLOSING.subn("", text.replace("’", "'").strip())
    rest, openings = _OPENING.subn("", _END.sub("", rest))
    pieces = list(_pieces(rest))
    if not pieces or len(pieces) > PARTS_MAX:
        return None
    things: list[Wanted] = []
    at = 0
    while at < len(pieces):
        for end in range(min(len(pieces), at + NAME_PIECES_MAX), at, -1):
            part = _part(rest[pieces[at][0] : pieces[end - 1][1]])
            named = named_by(part.text)
            is_told = named and (end <= _reach(rest, pieces, at) or _is_name_of(part.text, named))
            if is_told or end == at + 1:
                things.append(Wanted(part, named))
                at = end
                break
    is_counting = len(things) > 1 and all(one.part.is_counted for one in things)
    return Order(tuple(things), bool(closings or openings) or is_counting)


def _pieces(text: str) -> Iterator[tuple[int, int]]:
    """Where each piece between two separators begins and ends."""
    start = 0
    for found in [*_BETWEEN.finditer(text), None]:
        end = found.start() if found else len(text)
        if text[start:end].strip():
            yield start, end
        start = found.end() if found else end


def _reach(text: str, pieces: list[tuple[int, int]], first: int) -> int:
    """Up to which piece a name that begins here may go: what has a number of its own is a thing of its own."""
    end = first + 1
    while end < min(len(pieces), first + NAME_PIECES_MAX) and not _part(text[slice(*pieces[end])]).is_counted:
        end += 1
    return end


def _is_name_of(text: str, named: tuple[KnownPassage, ...]) -> bool:
    names = [one.product.name for one in named if one.product]
    return len(names) == 1 and _letters(names[0]) == _letters(text)


def _letters(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def _part(text: str) -> Part:
    text = text.strip()
    before, after = _COUNTED.match(text), _COUNTED_AFTER.search(text)
    if before:
        number, is_pack = before["latin"] or before["japanese"] or before["chinese"], bool(before["pack"] or before["many"])
        return Part(text[before.end() :], None if is_pack else _value(number), is_counted=True)
    if after and after.start():
        return Part(text[: after.start()], _value(after["number"]), is_counted=True)
    return Part(_SOME.sub("", text), None, is_counted=False)


def _value(number: str) -> int:
    return int(number) if number.isdigit() else _VALUES[number.casefold()]
