"""Say what the list leaves out: a fact of a product that its row does not tell, or a thing that is not on it at all.

"I do not know" would leave a shopper wondering whether the thing was understood at all, and asking back whether they mean it is idle when
they have just said its name. It claims nothing, earns no touch, and is a gap that the shop may close.
"""

import re
from typing import Final

from app.conversations.knowledge.calibration import CLARIFY_CONFIDENCE_MIN
from app.conversations.knowledge.index import KnownPassage
from app.conversations.knowledge.kinds import is_thing
from app.conversations.knowledge.language import language_of
from app.conversations.knowledge.shelf import shelf_of
from app.conversations.knowledge.variants import called
from app.conversations.knowledge.words import CONCEPT_MARK, concepts
from app.conversations.skills.ask import Ask, Reply
from app.conversations.skills.basket import is_strange_name, letters_unheard
from app.conversations.skills.finder import LISTED_FACTS
from app.conversations.skills.frames import phrase, say
from app.conversations.skills.naming import named_product
from app.conversations.skills.phrases import has
from app.conversations.skills.products import fact_of
from app.conversations.skills.told_facts import asked_of_rows, is_untold, meant_before, named_by
from app.conversations.skills.unspaced import is_unspaced
from app.conversations.thoughts import MessageWanted

STEP: Final = "unknown"


_WANTED: Final = re.compile(
    r"^\W*(?:(?:hi|hello|hey|bonjour|salut|please)\b[\s,!.]*)*(?:"
    r"(?:do you (?:have|sell|stock|carry|serve)|have you got|(?:can|could|may) (?:i|we) (?:please )?(?:get|have|buy|order)"
    r"|(?:i|we)(?:'d| would) like|(?:i|we) (?:want|need)|i(?:'m| am) looking for|got any|avez-vous|vendez-vous|vous avez|vous vendez"
    r"|je (?:voudrais|cherche|prends)|(?:puis-je|je peux) avoir)\s+(?:to (?:get|have|buy|order)\s+)?"
    r"(?:(?:an?|any|some|the|your|du|de la|des|de|une?|le|la|les)\s+|de l')?"
    r"(?P<western>[^\W\d_][\w' -]*?)(?:,? (?:please|s'il vous plaît))?"
    r"|(?:请问)?(?:你们|这里)?(?:还?有没有|还?有|卖不卖|卖|我?想要|我?想买)(?P<chinese>[\u3400-\u9fff]+?)[吗么呢卖]*"
    r"|(?P<japanese>[\u3040-\u30ff\u3400-\u9fffー]+?)[はがを]?(?:ありますか|置いていますか|売って(?:い)?ますか|欲しい(?:です)?|ください|あります)"
    r")[\s?？!.。]*$",
    re.IGNORECASE,
)

_HAVING: Final = re.compile(r"\b(?:do you have|have you got|avez-vous|vous avez)\b", re.IGNORECASE)
"""One thing that a shop has may be a service or a room ("a solarium"); what it sells, or has several of, is on its list or not sold."""
_NO_GOODS: Final = re.compile(r"\b(?:in|at|on|of|for|to|with|online|en|à|pour|sur|here|there)\b", re.IGNORECASE)


def admit_of_product(ask: Ask) -> Reply | None:
    """Admit that the list does not say what was asked of a product; None where no single product is meant or a rule may be.

    Nor where price, stock or allergens are asked: the row has a place for these.
    """
    product = _asked_about(ask)
    best = next(iter(ask.candidates), None)
    if product is None:
        return None if best is not None and best.confidence >= CLARIFY_CONFIDENCE_MIN else _admit_of_goods(ask)
    if best is not None and best.passage is not product and best.confidence >= CLARIFY_CONFIDENCE_MIN:
        return None
    said = say("not_listed", ask.language, name=called(fact_of(product).name, ask.language))
    why = f'its row does not tell what is asked of "{fact_of(product).name}"'
    return Reply(STEP, 1.0, why, (said, MessageWanted(phrase("message_prompt", ask.language))))


def _asked_about(ask: Ask) -> KnownPassage | None:
    """The one product of which something is asked that no row has a place for, or a fact ("how many pockets") that its row leaves out."""
    asked = asked_of_rows(ask)
    if asked is not None:
        meant = named_by(ask, asked) or meant_before(ask, asked)
        return meant[0] if len(meant) == 1 and is_untold(ask, meant[0]) else None
    return None if any(has(intent, ask.text) for intent in LISTED_FACTS) else named_product(ask)


def _admit_of_goods(ask: Ask) -> Reply | None:
    """Say that something somebody wants to have is not on the list: by its own name, where the shop speaks of no such thing anywhere.

    Of a word in another language than the list's that needs the lexicon: it must be a kind of thing that shops sell.
    """
    shelf = shelf_of(ask.index)
    wanted = _WANTED.search(ask.text) if shelf.items else None
    name = next(filter(None, wanted.groups()), "").strip() if wanted else ""
    if not name or _NO_GOODS.search(name) or not is_strange_name(ask, name):
        return None
    spoken = concepts(name)
    listed_in = language_of(" ".join(item.fact.name for item in shelf.items))
    is_told_by_words = listed_in == ask.language and not is_unspaced(name) and (name.endswith("s") or not _HAVING.search(ask.text))
    is_known_thing = bool(spoken) and all(map(is_thing, spoken)) and not letters_unheard(name)
    if not (is_known_thing or (is_told_by_words and not spoken)) or any(ask.index.knows(CONCEPT_MARK + one) for one in spoken):
        return None
    said = say("not_sold", ask.language, name=name)
    return Reply(STEP, 1.0, f'"{name}" is on no list of this shop', (said, MessageWanted(phrase("message_prompt", ask.language))))
