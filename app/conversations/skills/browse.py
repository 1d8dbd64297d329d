"""Help whoever asks for nothing in particular: "what do you recommend?" is answered with the kinds of things on the list, to choose from.

A shop assistant would not say "I do not know" to that. Nothing is praised and nothing is made up: the kinds are the
list's own, in the shopper's language where that is sure.
"""

import re
from collections import Counter
from typing import Final

from app.conversations.knowledge.shelf import Shelf
from app.conversations.skills.ask import Ask, Reply
from app.conversations.skills.frames import listed, phrase, say
from app.conversations.skills.shelf_names import shelf_name
from app.conversations.skills.unspaced import names_something
from app.conversations.skills.wish import Wish, read_wish
from app.conversations.thoughts import RepliesFit

STEP: Final = "browse"
"""Kinds were shown; that is no answer yet."""
KINDS_MAX: Final = 4
KIND_LETTERS_MAX: Final = 30
_UNDECIDED: Final = re.compile(
    r"\b(?:recommend\w*|suggest\w*|popular|favou?rites?|best[- ]?sell\w+|what (?:do you|have you)(?: got| have| sell| offer)?)\b"
    r"|\bwhat can (?:i|we) (?:buy|order|get|have)\b|\bwhat (?:u|you) got\b|^\W*(?:(?:the|your|show me(?: the)?) )?(?:full )?menu\b"
    r"|\b(?:recommand\w*|conseil\w*|qu'avez-vous|(?:que|qu'est-ce que vous) (?:vend\w*|propos\w*|avez))"
    r"|有(?:什么|啥|哪些)(?:好的|好)?|卖(?:些)?什么|推荐(?:一下|点|些)?|人气|热卖|招牌|おすすめ|お勧め|人気|菜单|メニュー|何(?:が|を)(?:あり|買え|売って)",
    re.IGNORECASE,
)


def is_undecided(text: str) -> bool:
    """Say whether a message asks what there is and names nothing: "what do you have?"."""
    return bool(_UNDECIDED.search(text)) and not names_something(_UNDECIDED.sub(" ", text))


def show_kinds(ask: Ask, shelf: Shelf, wish: Wish) -> Reply | None:
    """Name the kinds of things there are, most numerous first, with a reply to press for each; None when something was named."""
    is_named = wish.wanted and read_wish(ask.text, None).wanted  # "menu" is no slip of the finger for "mens"
    if is_named or wish.has_limits or not is_undecided(ask.text):
        return None
    counted = Counter(item.fact.category.strip() for item in shelf.items if item.fact.stock != 0)
    kinds = [kind for kind, _ in counted.most_common() if kind and len(kind) <= KIND_LETTERS_MAX][:KINDS_MAX]
    if len(kinds) < 2:
        return None
    spoken = ask.language
    names = [shelf_name(kind, spoken) for kind in kinds]
    named = listed([name if name.isupper() or spoken != "en" else name.lower() for name in names], spoken)
    to_press = RepliesFit(tuple(phrase("reply_kind", spoken, kind=name) for name in names))
    return Reply(STEP, 1.0, "asked for nothing in particular", (say("browse", spoken, kinds=named), to_press))
