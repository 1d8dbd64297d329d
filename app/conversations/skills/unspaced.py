"""Find products by names that are written without spaces: Chinese and Japanese, where no blank shows which letters are the name.

The lexicon knows that 晨间红茶 is a tea; it does not know that 茶杯 is none, nor that 乌龙茶 is another tea than those on the list. The
letters tell: a name said whole is meant, a part of a name means whatever is called so, and anything else is no name of this list.
"""

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

from app.conversations.knowledge.shelf import Match, Shelf, ShelfItem
from app.conversations.skills.phrases import without

_LETTERS: Final = re.compile(r"[0-9a-z\u3040-\u30ff\u3400-\u9fff々]+")
_UNSPACED: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff々]")
_SIZE: Final = re.compile(r"[\s,，(（\[【·/-]*(?:\d[\d.,]*[^\d]*|[大中小]杯?)[)）\]】]?$")
_ASKING: Final = re.compile(
    r"请问|你们?这里|你们|您们?这里|您们|这里|店里|还有没有|有没有|还有|想要|我想|想买|我要|我买|购买|买|卖|推荐|哪一?[个款种]|哪些|什么|一下"
    r"|最?便宜|更?贵|介绍|一[盒包袋杯罐瓶个份条件]|(?:ありま|あり|売って|ござい)(?:す|ますか?)|ください|下さい|おすすめ|いくら|どちら|どれ|ですか|です|ますか"
)
_PARTICLES: Final = re.compile(r"[你您们有吗呢嘛吧啊呀的了是么都还也要我和跟与或比个卖元块克がはをのもとや何か？?]")
PART_LETTERS_MIN: Final = 2
"""A single letter, such as 茶, stands in too many names; what is meant by it is left to the lexicon."""


def is_unspaced(text: str) -> bool:
    """Say whether a text is written without spaces between its words, wholly or in part."""
    return bool(_UNSPACED.search(text))


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
        covered = {name for name, _ in whole}
        left = rest
        for name in sorted(covered, key=len, reverse=True):
            left = left.replace(_bare(name), "")
        explained = 1.0 if not left else 1 - len(left) / max(len(rest), 1)
        return [_match(item, 1.0, explained) for _, item in whole]
    if len(rest) < PART_LETTERS_MIN:
        return None
    called_so = [item for item in own if rest in _bare(_letters(_base(item.fact.name)))]
    heads = [item for item in called_so if _bare(_letters(_base(item.fact.name))).endswith(rest)]
    return [_match(item, len(rest) / len(_bare(_letters(_base(item.fact.name)))), 1.0) for item in heads or called_so]


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


def _match(item: ShelfItem, named: float, explained: float) -> Match:
    return Match(item, named, explained, kind=1, has_every_concept=True)
