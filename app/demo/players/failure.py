"""How the story fails: with the sentence of what should have happened, and the answer that came instead."""

from typing import Any, NoReturn

import httpx

ANSWER_LENGTH_MAX = 1_500


class StoryFailed(Exception):
    """A step of the story did not go as told; the text holds the step's sentence and the offending answer."""


def fail(sentence: str, answer: Any) -> NoReturn:
    """End the story. `answer` is shown as it came, shortened."""
    raise StoryFailed(f"{sentence}\n  The answer was: {describe(answer)}")


def expect(is_right: bool, sentence: str, answer: Any) -> None:
    """Go on only if the step went as told."""
    if not is_right:
        fail(sentence, answer)


def expect_status(answer: httpx.Response, status: int, sentence: str) -> httpx.Response:
    """Go on only with the expected status."""
    expect(answer.status_code == status, f"{sentence} (expected {status})", answer)
    return answer


def describe(answer: Any) -> str:
    """An answer as text for a person."""
    if isinstance(answer, httpx.Response):
        answer = f"{answer.request.method} {answer.request.url} -> {answer.status_code} {answer.text.strip()}"
    return str(answer)[:ANSWER_LENGTH_MAX]
