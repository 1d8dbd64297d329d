"""The loop that continues many conversations in one batch: whoever asks while others are being answered joins them at the next token.

One thread owns the model. Conversations of different lengths are padded on the left, each has its own place numbers and its own chance,
and each leaves when it ends, is closed or has its tokens; so what one is told does not depend on who else is there. What nobody reads
any more is not made.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from app.conversations.language_models.chat import LanguageModelFailed

TOGETHER_MAX: Final = 16
GATHER_S: Final = 0.003
"""How long an idle model waits for others before it begins: those who ask in the same moment are then read in one batch."""
ENDED: Final = -1
log = logging.getLogger(__name__)
BROKEN: Final = "The language model broke off. Ask again; when it stays so, look at the machine's memory and the model's folder."


@dataclass(eq=False)
class Continuation:
    """One conversation: its `prompt` as tokens, how many more it may get, how the next is picked, and what came of it so far.

    `firsts` are tokens whose chance as the first word is wanted instead of a text; `made` then gets their logarithms.
    """

    prompt: list[int]
    tokens_max: int
    temperature: float
    seed: int
    firsts: tuple[int, ...] = ()
    made: queue.SimpleQueue[Any] = field(default_factory=queue.SimpleQueue)
    is_closed: bool = False
    dice: Any = None


@dataclass(frozen=True)
class CausalModel:
    """A causal language model of transformers, where it is and what belongs to it: torch, a new empty cache, the tokens that end a turn."""

    model: Any
    device: str
    torch: Any
    new_cache: Callable[[], Any]
    ends: frozenset[int]


class TogetherDecoder:
    """A model asked by several threads at once."""

    def __init__(self, causal: CausalModel, *, gather_s: float = GATHER_S) -> None:
        self._model, self._device, self._torch, self._ends = causal.model, causal.device, causal.torch, causal.ends
        self._new_cache, self._gather_s = causal.new_cache, gather_s
        self._arrived: queue.SimpleQueue[Continuation] = queue.SimpleQueue()
        self._waiting: list[Continuation] = []
        self._coming: list[Continuation] = []
        self._rows: list[Continuation] = []
        self._next: list[int] = []
        self._mask: Any = None
        self._past: Any = None
        self.steps, self.rows_in_steps = 0, 0
        """How often the model ran, and how many conversations that served."""
        self._begin = threading.Lock()
        self._thread: threading.Thread | None = None

    def ask(self, asked: Sequence[Continuation]) -> None:
        """Begin these; each one's `made` gets its tokens, then ENDED, or a LanguageModelFailed."""
        with self._begin:
            for one in asked:
                self._arrived.put(one)
            if self._thread is None:
                self._thread = threading.Thread(target=self._serve, name="language-model", daemon=True)
                self._thread.start()

    def tokens(self, asked: Continuation) -> Generator[int, None, None]:
        """What is made for one that was asked, token by token; close it to stop. Raises LanguageModelFailed."""
        try:
            while (made := asked.made.get()) != ENDED:
                if isinstance(made, LanguageModelFailed):
                    raise made
                yield made
        finally:
            asked.is_closed = True

    def _serve(self) -> None:
        try:
            while True:
                self._gather()
                try:
                    self._join()
                    if self._rows:
                        self._step()
                except (RuntimeError, ValueError, IndexError, KeyError) as error:  # out of memory is one of the first kind
                    log.warning("a language model broke off", extra={"error_class": type(error).__name__})
                    self._break_off()
        finally:  # whatever ends the thread: nobody waits for it for ever, and the next one who asks begins another
            with self._begin:
                self._thread = None
                self._break_off()

    def _break_off(self) -> None:
        """Whoever waits hears that nothing comes; the next one who asks begins with an empty batch."""
        failure = LanguageModelFailed(BROKEN)
        while not self._arrived.empty():
            self._waiting.append(self._arrived.get())
        for one in (*self._rows, *self._coming, *self._waiting):
            one.made.put(failure)
        self._rows, self._coming, self._waiting, self._next, self._mask, self._past = [], [], [], [], None, None

    def _gather(self) -> None:
        """Take who has come; with nothing to do, wait for the first and a moment for those who come with it."""
        if not self._rows and not self._waiting:
            self._waiting.append(self._arrived.get())
            threading.Event().wait(self._gather_s)
        while not self._arrived.empty():
            self._waiting.append(self._arrived.get())

    def _join(self) -> None:
        """Read the prompts of as many as there is room for, in one batch, and put those that go on beside the others."""
        room = TOGETHER_MAX - len(self._rows)
        self._coming = coming = [one for one in self._waiting[:room] if not one.is_closed]
        self._waiting = self._waiting[room:]
        if not coming:
            return
        longest = max(len(one.prompt) for one in coming)
        padded = self._torch.tensor([[0] * (longest - len(one.prompt)) + one.prompt for one in coming], device=self._device)
        mask = self._torch.tensor([[0] * (longest - len(one.prompt)) + [1] * len(one.prompt) for one in coming], device=self._device)
        scores, past = self._run(padded, mask, None)
        for one, row in zip(coming, scores, strict=True):
            if one.firsts:
                chances = row.log_softmax(-1)
                one.made.put([float(chances[token]) for token in one.firsts])
                one.is_closed = True
        self._put_beside(coming, mask, past, scores)

    def _put_beside(self, coming: list[Continuation], mask: Any, past: Any, scores: Any) -> None:
        if self._rows:
            longest = max(mask.shape[1], self._mask.shape[1])
            for layer, new in zip(self._past.layers, past.layers, strict=True):
                layer.keys = self._torch.cat([self._longer(layer.keys, longest), self._longer(new.keys, longest)])
                layer.values = self._torch.cat([self._longer(layer.values, longest), self._longer(new.values, longest)])
            self._mask = self._torch.cat([self._padded(self._mask, longest), self._padded(mask, longest)])
        else:
            self._past, self._mask = past, mask
        before = len(self._rows)
        self._rows, self._coming = [*self._rows, *coming], []
        self._next += [0] * len(coming)
        self._give(range(before, len(self._rows)), scores)

    def _step(self) -> None:
        """One token more for everybody."""
        given = self._torch.tensor([[token] for token in self._next], device=self._device)
        self._mask = self._torch.cat([self._mask, self._mask.new_ones(len(self._rows), 1)], dim=1)
        scores, self._past = self._run(given, self._mask, self._past)
        self._give(range(len(self._rows)), scores)

    def _run(self, given: Any, mask: Any, past: Any) -> tuple[Any, Any]:
        """The model once: the last place's scores [rows, vocabulary] on the processor, and the cache, grown by what was given."""
        self.steps, self.rows_in_steps = self.steps + 1, self.rows_in_steps + len(given)
        with self._torch.inference_mode():
            places = (mask.cumsum(1) - 1).clamp(min=0)[:, -given.shape[1] :]
            cache = self._new_cache() if past is None else past
            out = self._model(input_ids=given, attention_mask=mask, position_ids=places, past_key_values=cache, use_cache=True)
            return out.logits[:, -1].float().cpu(), out.past_key_values

    def _give(self, rows: range, scores: Any) -> None:
        """Pick a token for each of these rows, hand it out, and let those go that have ended."""
        for row, own in zip(rows, scores, strict=True):
            one = self._rows[row]
            if one.is_closed:
                continue
            token = self._pick(one, own)
            if token in self._ends or one.tokens_max <= 0:
                one.is_closed = True
            else:
                self._next[row], one.tokens_max = token, one.tokens_max - 1
                one.made.put(token)
                one.is_closed = one.tokens_max == 0
            if one.is_closed:
                one.made.put(ENDED)
        stay = [row for row, one in enumerate(self._rows) if not one.is_closed]
        if len(stay) < len(self._rows):
            self._keep(stay)

    def _keep(self, stay: list[int]) -> None:
        """Keep these rows and no more padding than they need."""
        index = self._torch.tensor(stay, dtype=self._torch.long, device=self._device)
        self._rows, self._next = [self._rows[row] for row in stay], [self._next[row] for row in stay]
        if not stay:
            self._past, self._mask = None, None
            return
        mask = self._mask.index_select(0, index)
        spare = int((mask.cumsum(1) == 0).sum(1).min())
        self._mask = mask[:, spare:]
        for layer in self._past.layers:
            layer.keys, layer.values = (block.index_select(0, index)[:, :, spare:] for block in (layer.keys, layer.values))

    def _pick(self, one: Continuation, scores: Any) -> int:
        """The next token by its scores [vocabulary], float32 on the processor."""
        if one.temperature == 0:
            return int(scores.argmax())
        if one.dice is None:
            one.dice = self._torch.Generator().manual_seed(one.seed)
        return int(self._torch.multinomial((scores / one.temperature).softmax(-1), 1, generator=one.dice))

    def _longer(self, block: Any, places: int) -> Any:
        """A layer's keys or values [rows, heads, places, size] with empty places before them."""
        return self._torch.nn.functional.pad(block, (0, 0, places - block.shape[2], 0))

    def _padded(self, mask: Any, places: int) -> Any:
        return self._torch.nn.functional.pad(mask, (places - mask.shape[1], 0))
