"""First questions for a shopper who does not know what to ask: the topics the shop itself wrote about, in its own words."""

from typing import Final

from app.conversations.mind import Mind

SUGGESTIONS_MAX: Final = 3
TOPIC_LENGTH_MAX: Final = 28


def first_questions(mind: Mind) -> list[str]:
    """The first topics of the taught documents as the shop worded them, at most three; empty when nothing with headings was taught."""
    headings = [passage.heading for passage in mind.index.passages if passage.product is None and " > " in passage.heading]
    topics = dict.fromkeys(heading.rpartition(" > ")[2].strip() for heading in headings)
    return [topic for topic in topics if 0 < len(topic) <= TOPIC_LENGTH_MAX][:SUGGESTIONS_MAX]
