"""The packaged language model (make setup-language-model): a small one in a process of its own, reached over loopback only.

A process of its own, because its gigabyte is then held once, its threads do not slow the web process's, and what breaks in it breaks
alone. It is started when first asked and answers nothing until it is loaded; nobody waits for that. It answers one question at a time:
whoever comes while it is busy does without. Its address has a key, so that nobody else on the machine can use it.
"""

from __future__ import annotations

import secrets
import subprocess
import sys
import threading
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from app.conversations.language_models.chat import Ask, LanguageModelFailed
from app.conversations.language_models.openai_compatible import OpenAiCompatibleModel

FILE_NAME: Final = "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf"
HOUSE: Final = Path(__file__).parents[3]
LOADING_SECONDS_MAX: Final = 180
SILENCE_S: Final = 40.0
"""A question's passage may be read for so long before the first word on a busy machine."""


def packaged_file() -> Path | None:
    """Where the model lies; None where it is not installed."""
    path = Path(sys.prefix) / "share" / "tillhand" / "language-model" / FILE_NAME
    return path if path.exists() else None


class PackagedModel:
    """The model behind its process. Safe from several threads: one is served, the others hear at once that it is busy.

    It only weighs. Asked to word answers it took half a minute and told "if it cracked you can return it within 14 days" from a passage
    that says neither (DECISIONS.md); what it agrees to is said in the shop's own words.
    """

    is_fluent = False

    def __init__(self, path: Path, *, threads: int = 1, command: Sequence[str] = ()) -> None:
        """Nothing is started yet. `command` runs another program in the child's place, which must speak as packaged_child.py does."""
        self._command = [*(command or (sys.executable, "-m", "app.conversations.language_models.packaged_child")), str(path), str(threads)]
        self._lock, self._turn = threading.Lock(), threading.Lock()
        self._child: subprocess.Popen[str] | None = None
        self._loader: threading.Thread | None = None
        self._model: OpenAiCompatibleModel | None = None

    def wake(self) -> threading.Thread | None:
        """Start loading in the background, unless that was done; the thread that loads."""
        with self._lock:
            if self._child is not None and self._child.poll() is None:
                return None
            self._model = None
            self._child = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                cwd=HOUSE,
                env={"LC_ALL": "C.UTF-8"},
            )
            self._loader = threading.Thread(target=self._load, args=(self._child,), daemon=True)
            self._loader.start()
            return self._loader

    def close(self) -> None:
        """End the process."""
        with self._lock:
            child, loader, self._child, self._model = self._child, self._loader, None, None
        if child is not None and loader is not None:
            child.kill()
            loader.join()  # it reads the pipes that are closed next
            child.communicate()

    def stream(self, ask: Ask) -> Generator[str, None, None]:
        """The continuation; raises LanguageModelFailed also while it loads or is busy."""
        with self._served() as model, closing(model.stream(ask)) as pieces:
            yield from pieces

    def answer_all(self, asks: Sequence[Ask]) -> list[str]:
        """One after the other: there is one processor's worth of it."""
        return ["".join(self.stream(ask)) for ask in asks]

    def agreement(self, ask: Ask) -> float:
        """How Yes stands to No as the first word."""
        with self._served() as model:
            return model.agreement(ask)

    @contextmanager
    def _served(self) -> Iterator[OpenAiCompatibleModel]:
        self.wake()
        model = self._model
        if model is None:
            raise LanguageModelFailed("The packaged language model is being loaded.")
        if not self._turn.acquire(blocking=False):
            raise LanguageModelFailed("The packaged language model is busy with another question.")
        try:
            yield model
        finally:
            self._turn.release()

    def _load(self, child: subprocess.Popen[str]) -> None:
        """Give the child its key and wait for its address. One that says none within its time is ended."""
        alarm = threading.Timer(LOADING_SECONDS_MAX, child.kill)
        alarm.daemon = True
        alarm.start()
        key = secrets.token_urlsafe(18)
        try:
            assert child.stdin is not None  # noqa: S101 - both are pipes
            assert child.stdout is not None  # noqa: S101
            child.stdin.write(f"{key}\n")
            child.stdin.flush()
            address = child.stdout.readline().strip()
        except OSError:
            return  # it is gone; the next question starts another
        finally:
            alarm.cancel()
        with self._lock:
            if address and child is self._child:
                self._model = OpenAiCompatibleModel(f"{address}/v1", FILE_NAME, key, silence_s=SILENCE_S)
