"""A chat model from a folder: a tiny one with seeded random weights and a tokenizer of single bytes, made on the spot."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="the neural parts are not installed (make setup-neural)")

from fakes.small_chat_model import write_small_chat_model  # noqa: E402

from app.conversations.language_models.chat import Ask, LanguageModelFailed, Said  # noqa: E402
from app.conversations.language_models.transformers import TransformersModel  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning")


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    torch.set_num_threads(1)
    path = tmp_path_factory.mktemp("model")
    write_small_chat_model(path)
    return path


@pytest.fixture(scope="module")
def model(folder) -> TransformersModel:
    return TransformersModel(folder)


def wait_until(holds) -> None:
    deadline = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def ask(text: str, tokens_max: int = 24, **more) -> Ask:
    return Ask((Said("system", "Be kind."), Said("user", text)), tokens_max=tokens_max, **more)


def test_the_stream_says_what_the_library_itself_would(model, folder):
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer, own = AutoTokenizer.from_pretrained(folder), AutoModelForCausalLM.from_pretrained(folder)
    turns = [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "When do you open?"}]
    prompt = tokenizer(
        tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True), return_tensors="pt", add_special_tokens=False
    )
    wanted = own.generate(**prompt, max_new_tokens=24, do_sample=False, pad_token_id=256)[0, prompt["input_ids"].shape[1] :]
    assert "".join(model.stream(ask("When do you open?"))) == tokenizer.decode(wanted, skip_special_tokens=True)


def test_together_each_is_what_it_is_alone(model):
    asks = [ask("Hi"), ask("What does the blue mug cost, and is it there?", 10), ask("早上好", 30), ask("Hi", temperature=1.0, seed=5)]
    assert model.answer_all(asks) == ["".join(model.stream(one)) for one in asks]


def test_tokens_read_and_made_are_told(model):
    counts: list[int] = []
    list(model.stream(ask("Hi", 5, spent=counts.append)))
    model.answer_all([ask("Hi", 5, spent=counts.append)])
    assert counts[0] == counts[1] > 5


def test_chance_follows_the_seed(model):
    first, again, other = ("".join(model.stream(ask("Hi", 40, temperature=1.5, seed=seed))) for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_closing_the_stream_stops_and_frees_the_model(model):
    stream = model.stream(ask("Hi", 10_000, temperature=2.0))
    next(stream)
    stream.close()
    assert isinstance(model.answer_all([ask("Hi", 2)])[0], str)


def test_no_piece_ends_inside_a_letter(model):
    pieces = list(model.stream(ask("Hi", 60, temperature=2.0, seed=9)))
    assert not any(piece.endswith("\ufffd") for piece in pieces[:-1])


def test_a_folder_without_a_model_and_a_model_without_a_template_are_refused(tmp_path, folder):
    with pytest.raises(LanguageModelFailed, match="no chat model"):
        TransformersModel(tmp_path)
    bare = TransformersModel(folder)
    bare._tokenizer.chat_template = None
    with pytest.raises(LanguageModelFailed, match="no chat template"):
        bare.answer_all([ask("Hi")])


def test_a_folder_of_nonsense_is_refused_by_its_name(tmp_path):
    (tmp_path / "config.json").write_text("[]")
    with pytest.raises(LanguageModelFailed, match="is no chat model that can be loaded"):
        TransformersModel(tmp_path)


def test_talks_that_ask_together_are_answered_together_and_as_if_alone(folder):
    """Eight talks in threads of their own: one reading for all, one run a token for all, and every word what it would be alone."""
    alone = TransformersModel(folder)
    asks = [ask(text, count) for count, text in zip((12, 24, 8, 20, 16, 24, 10, 22), ("Hi", "When?", "Open?", "早", *"abcd"), strict=True)]
    wanted = ["".join(alone.stream(one)) for one in asks]
    runs_alone = alone.together.steps
    model = TransformersModel(folder)
    model.together._gather_s = 0.5  # threads of a busy machine do not start in one moment
    with ThreadPoolExecutor(len(asks)) as pool:
        said = list(pool.map(lambda one: "".join(model.stream(one)), asks))
    assert said == wanted
    assert model.together.steps <= max(one.tokens_max for one in asks) + 1
    assert runs_alone > 4 * model.together.steps
    wait_until(lambda: model.together._rows == [])  # the last one is told before its row is given up


def test_who_comes_later_joins_at_the_next_token_and_changes_nobody(folder):
    alone, model = TransformersModel(folder), TransformersModel(folder)
    long, short = ask("Tell me of the mugs, the cups and the bowls.", 200, temperature=1.5, seed=3), ask("Hi", 6)
    later = ask("A question that is a good deal longer than the one before it, so that the others are padded.", 12)
    wanted = ["".join(alone.stream(one)) for one in (long, short, later)]
    first = model.stream(long)
    heard = [next(first)]
    assert "".join(model.stream(short)) == wanted[1]
    assert "".join(model.stream(later)) == wanted[2]
    steps_before = model.together.steps
    heard += first
    assert "".join(heard) == wanted[0]
    assert steps_before < 220  # nobody waited for the long answer to end
    assert model.agreement(short) == pytest.approx(alone.agreement(short), abs=1e-4)


def test_a_model_that_breaks_off_tells_everybody_and_serves_the_next(folder):
    model = TransformersModel(folder)
    forward = model._model.forward

    def failing(**_):
        raise RuntimeError("CUDA out of memory")

    model._model.forward = failing
    with pytest.raises(LanguageModelFailed, match="broke off"):
        list(model.stream(ask("Hi")))
    with pytest.raises(LanguageModelFailed, match="broke off"):
        model.agreement(ask("Hi"))
    model._model.forward = forward
    assert isinstance("".join(model.stream(ask("Hi"))), str)
