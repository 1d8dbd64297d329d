"""What a language model reads and writes for an answer is counted with the answer, and our own people see it."""

from collections.abc import Iterator

import httpx
import pytest
from fakes.language_model_server import LanguageModelServer, language_model_server
from fakes.open_shop import OpenShop, open_talk
from sqlalchemy import func, select

from app.conversations.language_models import chat
from app.conversations.language_models.openai_compatible import OpenAiCompatibleModel
from app.conversations.skills import ladder
from app.conversations.skills.ask import Ask, Reply
from app.conversations.thoughts import Said
from app.costs.tables import ServiceCost

QUESTION = "Would you say that a mug may be happy?"


@pytest.fixture
def server() -> Iterator[LanguageModelServer]:
    with language_model_server() as running:
        yield running


@pytest.fixture
def thoughtful(server: LanguageModelServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every question is answered by a language model that runs elsewhere."""
    model = OpenAiCompatibleModel(server.address, "small", silence_s=2)

    def ask_elsewhere(ask: Ask) -> Reply:
        asked = chat.Ask((chat.Said("user", ask.text),), tokens_max=50, spent=ask.powers.tokens_spent)
        return Reply("reviewed", 0.9, "a model said it", (Said("".join(model.stream(asked))),))

    monkeypatch.setattr(ladder, "LADDER", (ask_elsewhere,))
    yield
    model.close()


def spent(shop: OpenShop) -> int:
    with shop.house.database.tenant_session(shop.tenant_id) as session:
        return int(session.scalar(select(func.coalesce(func.sum(ServiceCost.tokens), 0))) or 0)


def test_tokens_of_an_answer_are_written_down_with_it(
    shop: OpenShop, panel: httpx.Client, server: LanguageModelServer, thoughtful: None
) -> None:
    server.usage = {"prompt_tokens": 31, "completion_tokens": 4, "total_tokens": 35}
    talk = open_talk(shop, panel)
    before = spent(shop)  # a greeting costs none
    seen = talk.until("turn:end", talk.ask(QUESTION))
    assert "We open at nine." in str(seen)
    assert spent(shop) - before == 35
    server.usage = {}  # a server that does not count: a piece is a token, and four letters of the question
    talk.until("turn:end", talk.ask(QUESTION + "?"), after=seen[-1][0])
    assert spent(shop) - before == 35 + 4 + (len(QUESTION) + 1) // 4
