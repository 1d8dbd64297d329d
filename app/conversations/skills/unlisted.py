"""Say what the list leaves out: a product is named and another fact of it is asked than its row tells.

"I do not know" would leave a shopper wondering whether the thing was understood at all, and asking back whether they mean it is idle when
they have just said its name. It claims nothing, earns no touch, and is a gap that the shop may close.
"""

from typing import Final

from app.conversations.knowledge.calibration import CLARIFY_CONFIDENCE_MIN
from app.conversations.knowledge.index import KnownPassage
from app.conversations.knowledge.variants import called
from app.conversations.knowledge.words import content_terms
from app.conversations.skills.ask import Ask, Reply
from app.conversations.skills.finder import LISTED_FACTS
from app.conversations.skills.frames import phrase, say
from app.conversations.skills.naming import named_product
from app.conversations.skills.phrases import has
from app.conversations.skills.products import fact_of
from app.conversations.skills.told_facts import asked_of_rows, is_untold, named_by
from app.conversations.thoughts import MessageWanted

STEP: Final = "unknown"


def admit_of_product(ask: Ask) -> Reply | None:
    """Admit that the list does not say what was asked of a product; None where no single product is meant or a rule may be.

    Nor where price, stock or allergens are asked: the row has a place for these.
    """
    product = _asked_about(ask)
    best = next(iter(ask.candidates), None)
    if product is None or (best is not None and best.passage is not product and best.confidence >= CLARIFY_CONFIDENCE_MIN):
        return None
    said = say("not_listed", ask.language, name=called(fact_of(product).name, ask.language))
    why = f'its row does not tell what is asked of "{fact_of(product).name}"'
    return Reply(STEP, 1.0, why, (said, MessageWanted(phrase("message_prompt", ask.language))))


def _asked_about(ask: Ask) -> KnownPassage | None:
    """The one product of which something is asked that no row has a place for, or a fact ("how many pockets") that its row leaves out."""
    asked = asked_of_rows(ask)
    if asked is not None:
        meant = named_by(ask, asked) or [one for one in ask.topic if one.product and not content_terms(asked.rest)]
        return meant[0] if len(meant) == 1 and is_untold(ask, meant[0]) else None
    return None if any(has(intent, ask.text) for intent in LISTED_FACTS) else named_product(ask)
