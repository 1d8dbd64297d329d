"""Any chat model from a folder on this machine, run by the library transformers: streamed, and several talks' questions in one batch.

Nothing is downloaded. The folder holds a model, its tokenizer and its chat template as they are published (config.json,
model.safetensors, tokenizer.json). The loop that picks token after token is ours (decode_together.py), because conversations of
different lengths come and go while others are being answered, and each must be what it would be alone.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import closing
from pathlib import Path
from pickle import UnpicklingError
from typing import Any, Final

from app.conversations.language_models.chat import NO, YES, Ask, LanguageModelFailed, agreement_in
from app.conversations.language_models.decode_together import CausalModel, Continuation, TogetherDecoder

_UNFINISHED: Final = "\ufffd"  # what a tokenizer writes for a letter whose bytes have not all come


class TransformersModel:
    """A loaded model. Safe from several threads: those who ask together are answered together."""

    is_fluent = True

    def __init__(self, folder: Path, device: str = "cpu") -> None:
        """Load a folder; half precision on a card. Raises LanguageModelFailed when torch or a usable model is not there."""
        try:
            import torch
            from safetensors import SafetensorError
            from transformers import AutoModelForCausalLM, AutoTokenizer, DynamicCache
        except ImportError as error:
            raise LanguageModelFailed("A language model from a folder needs the neural parts. Run make setup-neural.") from error
        if not (folder / "config.json").is_file():  # a folder that is not there is taken by the library for a name on its hub
            raise LanguageModelFailed(f"{folder} holds no chat model: it needs config.json, model.safetensors and tokenizer.json.")
        try:
            self._tokenizer = AutoTokenizer.from_pretrained(str(folder), local_files_only=True)
            dtype = torch.float32 if device == "cpu" else torch.bfloat16
            self._model = AutoModelForCausalLM.from_pretrained(str(folder), local_files_only=True, dtype=dtype).to(device).eval()
        except (OSError, ValueError, KeyError) as error:
            raise LanguageModelFailed(f"{folder.name} is no chat model that can be loaded: {error}.") from error
        except (RuntimeError, TypeError, AttributeError, EOFError, UnpicklingError, SafetensorError) as error:
            raise LanguageModelFailed(f"{folder.name} is no chat model that can be loaded ({type(error).__name__}).") from error
        self.together = TogetherDecoder(CausalModel(self._model, device, torch, DynamicCache, _end_tokens(self._model, self._tokenizer)))

    def stream(self, ask: Ask) -> Generator[str, None, None]:
        """The continuation piece by piece; whole letters only."""
        asked = self._asked(ask)
        self.together.ask([asked])
        tokens: list[int] = []
        shown = 0
        try:
            with closing(self.together.tokens(asked)) as made:
                for token in made:
                    tokens.append(token)
                    text = self._text(tokens)
                    if len(text) > shown and not text.endswith(_UNFINISHED):
                        yield text[shown:]
                        shown = len(text)
        finally:
            ask.spent(len(asked.prompt) + len(tokens))
        if rest := self._text(tokens)[shown:]:
            yield rest

    def answer_all(self, asks: Sequence[Ask]) -> list[str]:
        """All continuations, as many at a time as there is room for."""
        asked = [self._asked(ask) for ask in asks]
        self.together.ask(asked)
        answers = []
        for ask, one in zip(asks, asked, strict=True):
            tokens = list(self.together.tokens(one))
            ask.spent(len(one.prompt) + len(tokens))
            answers.append(self._text(tokens))
        return answers

    def agreement(self, ask: Ask) -> float:
        """How Yes stands to No as the first word."""
        words = (*YES, *NO)
        firsts = tuple(int(self._tokenizer(word, add_special_tokens=False)["input_ids"][0]) for word in words)
        asked = Continuation(self._prompt(ask), 1, ask.temperature, ask.seed, firsts)
        self.together.ask([asked])
        chances = asked.made.get()
        ask.spent(len(asked.prompt) + 1)
        if isinstance(chances, LanguageModelFailed):
            raise chances
        return agreement_in(dict(zip(words, chances, strict=True)))

    def _asked(self, ask: Ask) -> Continuation:
        return Continuation(self._prompt(ask), ask.tokens_max, ask.temperature, ask.seed)

    def _prompt(self, ask: Ask) -> list[int]:
        turns = [{"role": turn.role, "content": turn.text} for turn in ask.turns]
        if not self._tokenizer.chat_template:
            raise LanguageModelFailed("This model has no chat template, so it cannot hold a conversation. Choose one made for chat.")
        text = self._tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
        return list(self._tokenizer(text, add_special_tokens=False)["input_ids"])

    def _text(self, tokens: list[int]) -> str:
        return str(self._tokenizer.decode(tokens, skip_special_tokens=True))


def _end_tokens(model: Any, tokenizer: Any) -> frozenset[int]:
    """Tokens after which a turn is over: the model's own and the tokenizer's."""
    told = model.generation_config.eos_token_id
    several = told if isinstance(told, list) else [told]
    return frozenset(int(token) for token in (*several, tokenizer.eos_token_id) if token is not None)
