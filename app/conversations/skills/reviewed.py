"""Answer with what the shop's people wrote to this very question and looked at twice: word for word, and cited."""

from app.conversations.knowledge.index import KnownPassage
from app.conversations.knowledge.sentences import spoken
from app.conversations.knowledge.words import content_terms
from app.conversations.skills.ask import Ask, Reply
from app.conversations.thoughts import Citation, Said

REVIEWED_PREFIX = "Reviewed answer: "
"""How the document of a reviewed answer is named; its question follows, and is the heading of its one passage too."""


def say_reviewed(ask: Ask) -> Reply | None:
    """Answer when a reviewed question asks for exactly the same; a question that only comes near is left to the ordinary search."""
    reviewed = [one for one in ask.index.passages if one.document_name.startswith(REVIEWED_PREFIX)]
    wanted = set(content_terms(ask.spelled)) if reviewed else set()
    same = next((one for one in reviewed if wanted and set(content_terms(_question_of(one))) == wanted), None)
    if same is None:
        return None
    said = [
        Said(part, (Citation(same.passage_id, same.document_name, sentence),)) for sentence in same.sentences for part in spoken(sentence)
    ]
    return Reply("reviewed", 1.0, f'the shop reviewed an answer to "{_question_of(same)}"', tuple(said))


def _question_of(passage: KnownPassage) -> str:
    return passage.heading.rpartition(" > ")[2] or passage.document_name.removeprefix(REVIEWED_PREFIX)
