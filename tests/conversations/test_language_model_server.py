"""The client of language models that run elsewhere, against a small server."""

import time

import pytest
from fakes.language_model_server import LanguageModelServer, language_model_server

from app.conversations.language_models.chat import Ask, LanguageModelFailed, Said
from app.conversations.language_models.openai_compatible import OpenAiCompatibleModel

ASK = Ask((Said("system", "Answer in one sentence."), Said("user", "When do you open?")), tokens_max=50)


@pytest.fixture
def server():
    with language_model_server() as running:
        yield running


@pytest.fixture
def model(server: LanguageModelServer):
    client = OpenAiCompatibleModel(server.address, "small", "sk-1", silence_s=2)
    yield client
    client.close()


def test_an_answer_comes_in_pieces_and_is_asked_for_in_the_usual_way(server, model):
    assert list(model.stream(ASK)) == ["We ", "open ", "at ", "nine."]
    (asked,) = server.asked
    assert asked["model"] == "small"
    assert asked["messages"][1] == {"role": "user", "content": "When do you open?"}
    assert (asked["max_tokens"], asked["temperature"], asked["seed"], asked["stream"]) == (50, 0.0, 1, True)
    assert server.keys == ["Bearer sk-1"]


def test_closing_the_stream_hangs_up(model):
    stream = model.stream(ASK)
    assert next(stream) == "We "
    stream.close()
    assert "".join(model.stream(ASK)) == "We open at nine."


def test_the_server_s_count_of_tokens_is_told_and_a_silent_one_is_estimated(server, model):
    counts: list[int] = []
    counting = Ask(ASK.turns, tokens_max=50, spent=counts.append)
    server.usage = {"prompt_tokens": 21, "completion_tokens": 4, "total_tokens": 25}
    list(model.stream(counting))
    server.usage = {}
    list(model.stream(counting))
    cut = model.stream(counting)
    next(cut)
    cut.close()
    letters = sum(len(turn.text) for turn in ASK.turns)
    assert counts == [25, 4 + letters // 4, 1 + letters // 4]


def test_several_are_asked_at_once_and_answered_in_order(server, model):
    asks = [Ask(ASK.turns, tokens_max=count) for count in (1, 3, 4)]
    assert model.answer_all(asks) == ["We ", "We open at ", "We open at nine."]
    assert len(server.asked) == 3


@pytest.mark.parametrize(
    ("fault", "says"),
    [("refuse", "answered 401"), ("break", "broke off"), ("nonsense", "not its protocol"), ("error", "reported an error")],
)
def test_a_server_that_misbehaves_is_a_failure_and_never_a_whole_answer(server, model, fault, says):
    server.fault = fault
    with pytest.raises(LanguageModelFailed, match=says):
        list(model.stream(ASK))


@pytest.mark.parametrize("fault", ["overloaded", "drip"])
def test_one_question_waits_for_a_server_that_fails_and_the_next_ones_do_without(server, fault, caplog):
    impatient = OpenAiCompatibleModel(server.address, "small", silence_s=0.5)
    server.fault = fault
    start = time.monotonic()
    with pytest.raises(LanguageModelFailed, match="503|fell silent"):
        impatient.agreement(ASK)
    assert time.monotonic() - start < 5
    server.fault = ""
    for ask in (impatient.agreement, lambda ask: list(impatient.stream(ask))):
        with pytest.raises(LanguageModelFailed, match="left alone"):
            ask(ASK)
    assert len(server.asked) == 1
    assert len(caplog.messages) == 1
    assert "without the language model" in caplog.messages[0]
    impatient.close()


def test_a_stream_of_nothing_but_empty_lines_ends(server):
    impatient = OpenAiCompatibleModel(server.address, "small", silence_s=0.5)
    server.fault = "drip"
    with pytest.raises(LanguageModelFailed, match="fell silent"):
        list(impatient.stream(ASK))
    impatient.close()


def test_a_model_that_does_not_stop_is_stopped(server, model):
    server.words = ["x" * 9000] * 50
    with pytest.raises(LanguageModelFailed, match="did not stop"):
        list(model.stream(ASK))


def test_a_server_that_is_not_there_is_said_so():
    with language_model_server() as gone:
        address = gone.address
    model = OpenAiCompatibleModel(address, "small")
    with pytest.raises(LanguageModelFailed, match="cannot be reached"):
        list(model.stream(ASK))
    model.close()


def test_what_no_model_can_continue_is_refused():
    for turns, tokens in (((), 5), ((Said("assistant", "Hello."),), 5), (ASK.turns, 0)):
        with pytest.raises(ValueError, match="at least one turn"):
            Ask(turns, tokens_max=tokens)


def test_a_server_that_stays_silent_is_tried_again_after_half_a_minute_and_then_after_a_whole_one(server, caplog):
    hour = [0.0]
    client = OpenAiCompatibleModel(server.address, "small", silence_s=0.2, clock=lambda: hour[0])
    server.fault = "drip"
    for rest_s in (30, 60):
        with pytest.raises(LanguageModelFailed, match="fell silent"):
            list(client.stream(ASK))
        hour[0] += rest_s - 1
        with pytest.raises(LanguageModelFailed, match="left alone"):
            list(client.stream(ASK))
        hour[0] += 1
    server.fault = ""
    assert "".join(client.stream(ASK)) == "We open at nine."
    client.close()
