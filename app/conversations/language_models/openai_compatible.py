"""A language model that runs elsewhere and speaks the usual protocol: vLLM, llama.cpp, text-generation-inference, or a provider.

`POST {address}/chat/completions` with `stream`, answered by server-sent events whose last one says `[DONE]`. What comes is limited in
size and time; a server that stalls, breaks off or answers something else is a LanguageModelFailed, never a half answer taken as whole.
One that is not there, or silent, is left alone for a while, and longer each time: one shopper waits for it, and not each.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Final

import httpx

from app.conversations.language_models.chat import Ask, LanguageModelFailed, agreement_in
from app.conversations.language_models.server_rests import RestsOfServer, ServerFailed, ServerRests

TOGETHER_MAX: Final = 16
CHARACTERS_MAX: Final = 40_000
CHARACTERS_A_TOKEN: Final = 4
CONNECT_S, SILENCE_S = 3.0, 20.0
WEIGHED_BYTES_MAX: Final = 1_000_000
FIRST_WORDS = 20
"""The likeliest first words asked for, to see how Yes stands to No."""

log = logging.getLogger(__name__)


class OpenAiCompatibleModel:
    """One model behind one address, such as http://gpu-1:8000/v1. Safe from several threads."""

    is_fluent = True

    def __init__(
        self, address: str, model: str, key: str = "", *, silence_s: float = SILENCE_S, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`model` is the server's name for it; `silence_s` is how long it may say nothing, and twice that a whole answer's time.

        `clock` gives seconds that only grow; the server's rests are counted by it.
        """
        timeout = httpx.Timeout(silence_s, connect=CONNECT_S)
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._client = httpx.Client(base_url=address.rstrip("/"), headers=headers, timeout=timeout, trust_env=False)
        self._model, self._silence_s, self._rests = model, silence_s, RestsOfServer(clock)

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    def stream(self, ask: Ask) -> Generator[str, None, None]:
        """The continuation as the server sends it; closing the stream hangs up, which stops the server's work too."""
        deadline = time.monotonic() + 2 * self._silence_s
        with self._asked(self._request(ask)) as answer:
            yield from _pieces(answer, ask, deadline)

    def answer_all(self, asks: Sequence[Ask]) -> list[str]:
        """Several at once; such servers batch what comes together."""
        with ThreadPoolExecutor(max_workers=TOGETHER_MAX) as pool:
            return list(pool.map(lambda ask: "".join(self.stream(ask)), asks))

    def agreement(self, ask: Ask) -> float:
        """How Yes stands to No as the first word; a server that tells no chances is taken at its word."""
        request = self._request(ask) | {"stream": False, "max_tokens": 1, "logprobs": True, "top_logprobs": FIRST_WORDS}
        del request["stream_options"]
        deadline = time.monotonic() + self._silence_s
        with self._asked(request) as answer:
            chances, usage = _first_words(_whole(answer, deadline))
        ask.spent(usage or 1 + sum(len(turn.text) for turn in ask.turns) // CHARACTERS_A_TOKEN)
        return agreement_in(chances)

    @contextmanager
    def _asked(self, request: dict[str, Any]) -> Iterator[httpx.Response]:
        """The server's answer as it begins; what goes wrong until it ends is logged for whoever runs the house, and told."""
        try:
            with self._rests.tried():
                try:
                    with self._client.stream("POST", "/chat/completions", json=request) as answer:
                        _require_ok(answer.status_code)
                        yield answer
                except (httpx.HTTPError, TimeoutError) as error:
                    sentence = f"The language model's server cannot be reached or fell silent ({type(error).__name__})."
                    raise ServerFailed(sentence) from error
        except ServerRests:
            raise LanguageModelFailed("The language model's server failed a moment ago and is left alone for a while.") from None
        except (LanguageModelFailed, ServerFailed) as failed:
            log.warning("answers are made without the language model: %s", failed)
            raise LanguageModelFailed(str(failed)) from failed.__cause__

    def _request(self, ask: Ask) -> dict[str, Any]:
        return {
            "model": self._model,
            "messages": [{"role": turn.role, "content": turn.text} for turn in ask.turns],
            "max_tokens": ask.tokens_max,
            "temperature": ask.temperature,
            "seed": ask.seed,
            "stream": True,
            "stream_options": {"include_usage": True},
        }


def _require_ok(status: int) -> None:
    sentence = f"The model's server answered {status}. Check its address, model and key."
    if status >= httpx.codes.INTERNAL_SERVER_ERROR or status == httpx.codes.TOO_MANY_REQUESTS:
        raise ServerFailed(sentence)
    if status != httpx.codes.OK:
        raise LanguageModelFailed(sentence)


def _whole(answer: httpx.Response, deadline: float) -> bytes:
    """All of an answer that is small. Some servers send empty lines while a question waits in line: that is silence, too."""
    body = b""
    for piece in answer.iter_bytes():
        body += piece
        if len(body) > WEIGHED_BYTES_MAX:
            raise LanguageModelFailed("The language model's server answered something that is not its protocol.")
        _in_time(deadline)
    return body


def _in_time(deadline: float) -> None:
    if time.monotonic() > deadline:
        raise TimeoutError


def _pieces(answer: httpx.Response, ask: Ask, deadline: float) -> Generator[str, None, None]:
    """The text in each event, until the one that says it was the last.

    The server's own count of tokens comes with its last event; from one that does not count, or was cut off, each piece is taken for one
    and four characters of the question for another.
    """
    characters, pieces, counted = 0, 0, 0
    try:
        for line in answer.iter_lines():
            _in_time(deadline)
            if not line.startswith("data:"):
                continue
            data = line[5:].strip()
            if data == "[DONE]":
                return
            piece, usage = _piece(data)
            characters, pieces, counted = characters + len(piece), pieces + bool(piece), usage or counted
            if characters > CHARACTERS_MAX:
                raise LanguageModelFailed(f"The language model did not stop within {CHARACTERS_MAX} characters.")
            if piece:
                yield piece
        raise LanguageModelFailed("The language model's answer broke off before its end.")
    finally:
        ask.spent(counted or pieces + sum(len(turn.text) for turn in ask.turns) // CHARACTERS_A_TOKEN)


def _piece(data: str) -> tuple[str, int]:
    """An event's text, and the tokens it says were used (0: it does not say)."""
    try:
        event = json.loads(data)
        if "error" in event:
            raise LanguageModelFailed("The language model's server reported an error in the middle of its answer.")
        choices = event["choices"]
        text = choices[0]["delta"].get("content") if choices else None
        usage = (event.get("usage") or {}).get("total_tokens")
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError) as error:
        raise LanguageModelFailed("The language model's server answered something that is not its protocol.") from error
    return text if isinstance(text, str) else "", usage if isinstance(usage, int) and usage > 0 else 0


def _first_words(body: bytes) -> tuple[dict[str, float], int]:
    """The logarithm of each likely first word's chance, and the tokens used (0: not told)."""
    try:
        answer = json.loads(body)
        choice, usage = answer["choices"][0], (answer.get("usage") or {}).get("total_tokens")
        told = ((choice.get("logprobs") or {}).get("content") or [{}])[0].get("top_logprobs") or []
        chances = {str(one["token"]).strip(): float(one["logprob"]) for one in reversed(told)}
        said = str(choice["message"]["content"] or "").strip()
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError) as error:
        raise LanguageModelFailed("The language model's server answered something that is not its protocol.") from error
    return chances or {said: 0.0}, usage if isinstance(usage, int) and usage > 0 else 0
