"""Any chat model from a folder on this machine, run by the library transformers: streamed, or several conversations together.

Nothing is downloaded. The folder holds a model, its tokenizer and its chat template as they are published (config.json,
model.safetensors, tokenizer.json). The loop that picks token after token is here, because several conversations of different lengths
run in one batch, padded on the left, and each must end by itself and be what it would be alone.
"""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from app.conversations.language_models.chat import NO, YES, Ask, LanguageModelFailed, agreement_in

BATCH_MAX: Final = 16
_UNFINISHED: Final = "\ufffd"  # what a tokenizer writes for a letter whose bytes have not all come


class TransformersModel:
    """A loaded model. One call runs at a time; others wait for it."""

    is_fluent = True

    def __init__(self, folder: Path, device: str = "cpu") -> None:
        """Load a folder; half precision on a card. Raises LanguageModelFailed when torch or a usable model is not there."""
        try:
            import torch
            from transformers import AutoModelForCausalLM, AutoTokenizer
        except ImportError as error:
            raise LanguageModelFailed("A language model from a folder needs the neural parts. Run make setup-neural.") from error
        try:
            self._tokenizer = AutoTokenizer.from_pretrained(str(folder), local_files_only=True)
            dtype = torch.float32 if device == "cpu" else torch.bfloat16
            self._model = AutoModelForCausalLM.from_pretrained(str(folder), local_files_only=True, dtype=dtype).to(device).eval()
        except (OSError, ValueError, KeyError) as error:
            raise LanguageModelFailed(f"{folder.name} is no chat model that can be loaded: {error}.") from error
        self._device, self._lock = device, threading.Lock()
        self._ends = _end_tokens(self._model, self._tokenizer)

    def stream(self, ask: Ask) -> Generator[str, None, None]:
        """The continuation piece by piece; whole letters only."""
        tokens: list[int] = []
        shown = 0
        try:
            with self._lock:
                for (token,) in self._continue([ask]):
                    if token is None:
                        break
                    tokens.append(token)
                    text = self._text(tokens)
                    if len(text) > shown and not text.endswith(_UNFINISHED):
                        yield text[shown:]
                        shown = len(text)
        finally:
            ask.spent(len(self._prompt(ask)) + len(tokens))
        if rest := self._text(tokens)[shown:]:
            yield rest

    def answer_all(self, asks: Sequence[Ask]) -> list[str]:
        """All continuations, up to BATCH_MAX at a time."""
        answers = []
        for start in range(0, len(asks), BATCH_MAX):
            together = list(asks[start : start + BATCH_MAX])
            tokens: list[list[int]] = [[] for _ in together]
            with self._lock:
                for step in self._continue(together):
                    for row, token in enumerate(step):
                        if token is not None:
                            tokens[row].append(token)
            for ask, made in zip(together, tokens, strict=True):
                ask.spent(len(self._prompt(ask)) + len(made))
            answers += [self._text(row) for row in tokens]
        return answers

    def agreement(self, ask: Ask) -> float:
        """How Yes stands to No as the first word."""
        import torch

        prompt = self._prompt(ask)
        firsts = {word: self._tokenizer(word, add_special_tokens=False)["input_ids"][0] for word in (*YES, *NO)}
        with self._lock, torch.inference_mode():
            scores = self._model(input_ids=torch.tensor([prompt], device=self._device)).logits[0, -1].float().log_softmax(-1)
        ask.spent(len(prompt) + 1)
        return agreement_in({word: float(scores[token]) for word, token in firsts.items()})

    def _continue(self, asks: list[Ask]) -> Iterator[list[int | None]]:
        """One token a row and step, None for rows that have ended."""
        import torch

        prompts = [self._prompt(ask) for ask in asks]
        longest = max(len(prompt) for prompt in prompts)
        padded = [[0] * (longest - len(prompt)) + prompt for prompt in prompts]
        mask = torch.tensor([[0] * (longest - len(prompt)) + [1] * len(prompt) for prompt in prompts], device=self._device)
        given = torch.tensor(padded, device=self._device)
        dice = [torch.Generator().manual_seed(ask.seed) for ask in asks]
        left, past = [ask.tokens_max for ask in asks], None
        while any(left):
            with torch.inference_mode():
                places = (mask.cumsum(1) - 1).clamp(min=0)[:, -given.shape[1] :]
                out = self._model(input_ids=given, attention_mask=mask, position_ids=places, past_key_values=past, use_cache=True)
                scores = out.logits[:, -1].float().cpu()
            past = out.past_key_values
            chosen = [_pick(scores[row], ask.temperature, dice[row]) for row, ask in enumerate(asks)]
            step = [token if left[row] and token not in self._ends else None for row, token in enumerate(chosen)]
            left = [count - 1 if token is not None else 0 for count, token in zip(left, step, strict=True)]
            yield step
            given = torch.tensor([[token] for token in chosen], device=self._device)
            mask = torch.cat([mask, mask.new_ones(len(asks), 1)], dim=1)

    def _prompt(self, ask: Ask) -> list[int]:
        turns = [{"role": turn.role, "content": turn.text} for turn in ask.turns]
        if not self._tokenizer.chat_template:
            raise LanguageModelFailed("This model has no chat template, so it cannot hold a conversation. Choose one made for chat.")
        text = self._tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
        return list(self._tokenizer(text, add_special_tokens=False)["input_ids"])

    def _text(self, tokens: list[int]) -> str:
        return str(self._tokenizer.decode(tokens, skip_special_tokens=True))


def _pick(scores: Any, temperature: float, dice: Any) -> int:
    import torch

    if temperature == 0:
        return int(scores.argmax())
    return int(torch.multinomial((scores / temperature).softmax(-1), 1, generator=dice))


def _end_tokens(model: Any, tokenizer: Any) -> frozenset[int]:
    """Tokens after which a turn is over: the model's own and the tokenizer's."""
    told = model.generation_config.eos_token_id
    several = told if isinstance(told, list) else [told]
    return frozenset(int(token) for token in (*several, tokenizer.eos_token_id) if token is not None)
