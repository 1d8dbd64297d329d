"""First questions for a shopper who does not know what to ask: the topics the shop itself wrote about, in its own words."""

from itertools import islice
from typing import Final

from app.conversations.mind import Mind, own_words

SUGGESTIONS_MAX: Final = 3
PAPERS_READ_MAX: Final = 60
TOPIC_LENGTH_MAX: Final = 28
LIKELY_WORDS_LENGTH_MAX: Final = 240


def first_questions(mind: Mind, language: str) -> list[str]:
    """The first topics of the taught documents as the shop worded them, at most three, from what is written in the shopper's language;
    empty when nothing of it has headings.
    """
    papers = (passage for passage in mind.index.passages if passage.product is None and " > " in passage.heading)
    headings = [passage.heading for passage in islice(papers, PAPERS_READ_MAX) if own_words(passage.text, language)]
    topics = dict.fromkeys(heading.rpartition(" > ")[2].strip() for heading in headings)
    return [topic for topic in topics if 0 < len(topic) <= TOPIC_LENGTH_MAX][:SUGGESTIONS_MAX]


def likely_words(mind: Mind) -> str:
    """Names a shopper is likely to say here, for whoever understands them by ear: the employee's, and the first products of the shop."""
    products = [passage.product.name for passage in mind.index.passages if passage.product is not None]
    words, length = [], 0
    for name in dict.fromkeys([mind.employee_name, *products]):
        length += len(name) + 2
        if length > LIKELY_WORDS_LENGTH_MAX:
            break
        words.append(name)
    return ", ".join(words)
