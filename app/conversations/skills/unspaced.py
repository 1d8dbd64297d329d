"""Find products by names that are written without spaces: Chinese and Japanese, where no blank shows which letters are the name.

The lexicon knows that 晨间红茶 is a tea; it does not know that 茶杯 is none, nor that 乌龙茶 is another tea than those on the list. The
letters tell: a name said whole is meant, a part of a name means whatever is called so, and anything else is no name of this list.
"""

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

from app.conversations.knowledge.shelf import Match, Shelf, ShelfItem
from app.conversations.skills.phrases import has, without

_LETTERS: Final = re.compile(r"[0-9a-z\u3040-\u30ff\u3400-\u9fff々]+")
_UNSPACED: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff々]")
_SIZE: Final = re.compile(r"[\s,，(（\[【·/-]*(?:\d[\d.,]*[^\d]*|[大中小]杯?)[)）\]】]?$")
_ASKING: Final = re.compile(
    r"\d+(?:元|块)?(?:以下|以内|左右)|(?:不超过|低于|少于)\d+(?:元|块)?|[一二两三四五六七八九十\d]+[盒包袋杯罐瓶个份条件斤](?!装)"
    r"|请问|你们?这里|你们|您们?这里|您们|这里|店里|还有没有|有没有|还有|想要|我想|想买|我要|我买|购买|买|卖|推荐|哪一?[个款种]|哪些|什么|一下"
    r"|最?便宜|更?贵|介绍|(?:ありま|あり|売って|ござい)(?:す|ますか?)|ください|下さい|おすすめ|いくら|どちら|どれ|ですか|です|ますか"
)
_PARTICLES: Final = re.compile(r"[你您们有吗呢嘛吧啊呀的了那是么都还也要我和跟与或比个卖元块克がはをのもとや何か？?]")
_SOLID: Final = re.compile(r"[\u30a0-\u30ff\u3400-\u9fff々]")
_EMPTY: Final = re.compile(r"[你们有吗呢的了是么都还也要我请问能可以请在]")
PART_LETTERS_MIN: Final = 2
"""A single letter, such as 茶, stands in too many names: it means those that end with it, else what it means is left to the lexicon."""


def is_unspaced(text: str) -> bool:
    """Say whether a text is written without spaces between its words, wholly or in part."""
    return bool(_UNSPACED.search(text))


def names_something(text: str) -> bool:
    """Say whether a Chinese or Japanese question has a thing of its own that the lexicon does not know: 有桑拿吗, サウナはありますか."""
    rest = without(text, "price", "stock", "allergens", "purchase", "diet")
    return len(_EMPTY.sub("", "".join(_SOLID.findall(rest)))) > 1


def matches_by_letters(text: str, shelf: Shelf) -> list[Match] | None:
    """The products whose names the letters of a question say, best first; None when letters cannot tell, and the lexicon must.

    An empty list means: something was named, and nothing on the list is called so.
    """
    own = [item for item in shelf.items if is_unspaced(item.fact.name)]
    if not own or not is_unspaced(text):
        return None
    said, rest = _letters(text), _named_in(text)
    whole = _said_whole(said, own)
    if whole:
        left = rest
        for name in sorted({name for name, _ in whole}, key=len, reverse=True):
            left = left.replace(_bare(name), "")
        is_about_it = not left or any(has(intent, text) for intent in ("price", "stock", "allergens", "purchase"))
        return [_match(item, 1.0) for _, item in whole] if is_about_it else []
    if not rest:
        return None
    called_so = [item for item in own if rest in _called(item)]
    found = [item for item in called_so if _called(item).endswith(rest)]
    if len(rest) < PART_LETTERS_MIN:
        return [_match(item, len(rest) / len(_called(item))) for item in found] or None
    found = found or called_so or [item for item in own if rest in _bare(_letters(item.fact.category))]
    return [_match(item, min(1.0, len(rest) / len(_called(item)))) for item in found]


def says_a_name(text: str, shelf: Shelf) -> bool:
    """Say whether the whole name of something on the list stands in a question, so that it is not about what was spoken of before."""
    own = [item for item in shelf.items if is_unspaced(item.fact.name)]
    return bool(own) and is_unspaced(text) and bool(_said_whole(_letters(text), own))


def _said_whole(said: str, items: Sequence[ShelfItem]) -> list[tuple[str, ShelfItem]]:
    """Products whose whole name stands in the question; one with its size over one without, and no name that is a part of a longer one."""
    found: list[tuple[str, ShelfItem]] = []
    for item in items:
        full, base = _letters(item.fact.name), _letters(_base(item.fact.name))
        name = next((one for one in (full, base) if len(one) >= PART_LETTERS_MIN and one in said), "")
        if name:
            found.append((name, item))
    names = {name for name, _ in found}
    outer = {name for name in names if not any(name != other and name in other for other in names) or _stands_alone(name, names, said)}
    return [(name, item) for name, item in found if name in outer]


def _stands_alone(name: str, names: set[str], said: str) -> bool:
    for other in sorted(names, key=len, reverse=True):
        if name != other and name in other:
            said = said.replace(other, " ")
    return name in said


def _named_in(text: str) -> str:
    """The letters of a question that are left for a name when what asks is taken away."""
    return _bare(_letters(_ASKING.sub(" ", without(text, "price", "stock", "allergens", "purchase", "diet", "greeting", "thanks"))))


def _base(name: str) -> str:
    return _SIZE.sub("", name) or name


def _letters(text: str) -> str:
    return "".join(_LETTERS.findall(unicodedata.normalize("NFKC", text).casefold()))


def _bare(letters: str) -> str:
    """Letters without particles and digits, so that names and questions are held against each other alike."""
    return re.sub(r"[0-9]", "", _PARTICLES.sub("", letters))


def _called(item: ShelfItem) -> str:
    return _bare(_letters(_base(item.fact.name))) or _letters(item.fact.name)


def _match(item: ShelfItem, named: float) -> Match:
    return Match(item, named, explained=1.0, kind=1, has_every_concept=True)
