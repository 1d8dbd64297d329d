"""The processes that make up a running demo: started together, watched, and stopped together."""

import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx

READY_SECONDS_MAX: Final = 150
STOP_SECONDS_MAX: Final = 15
LOG_TAIL_CHARACTERS: Final = 2000


class ChildFailed(RuntimeError):
    """A process ended by itself or was not ready in time; the message carries the end of its log."""


@dataclass(frozen=True)
class Child:
    """One running process and the file its output goes to."""

    name: str
    verb: tuple[str, ...]
    environment: Mapping[str, str]
    inherited: tuple[int, ...]
    process: subprocess.Popen[bytes]
    log_file: Path


class Household:
    """A context: children started inside it are stopped when it is left, the last started first."""

    def __init__(self, log_folder: Path) -> None:
        self._log_folder = log_folder
        self._children: list[Child] = []

    def __enter__(self) -> "Household":
        """Make the folder for logs."""
        self._log_folder.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(self, *_: object) -> None:
        """Ask every child to end, wait, and end those that do not."""
        for child in reversed(self._children):
            child.process.terminate()
        for child in reversed(self._children):
            try:
                child.process.wait(STOP_SECONDS_MAX)
            except subprocess.TimeoutExpired:
                child.process.kill()
            _bury(child)

    def start(self, name: str, verb: list[str], environment: Mapping[str, str], inherited: tuple[int, ...] = ()) -> Child:
        """Start `python -m app VERB...`; its output goes to a log file of its name. `inherited` sockets stay open in it."""
        log_file = self._log_folder / f"{name}.log"
        with log_file.open("ab") as log:
            command = [sys.executable, "-m", "app", "--leave-with-parent", *verb]
            # A session of its own: Ctrl-C in the terminal reaches the parent alone, which then stops its children in order.
            process = subprocess.Popen(
                command,
                env=dict(environment),
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
                pass_fds=inherited,
            )
        child = Child(name, tuple(verb), environment, inherited, process, log_file)
        self._children.append(child)
        return child

    def child(self, name: str) -> Child:
        """The running child of that name; raises StopIteration when there is none."""
        return next(child for child in self._children if child.name == name)

    def kill(self, name: str) -> Child:
        """End a child without warning, as a crash would, and forget it; `restart` brings it back."""
        child = self.child(name)
        child.process.kill()
        _bury(child)
        self._children.remove(child)
        return child

    def restart(self, child: Child) -> Child:
        """Start again what was killed."""
        return self.start(child.name, list(child.verb), child.environment, child.inherited)

    def wait_until_ready(self, child: Child, url: str) -> None:
        """Wait until `url` answers 200; raises ChildFailed when the child ends or takes too long."""
        deadline = time.monotonic() + READY_SECONDS_MAX
        with httpx.Client(timeout=5) as client:  # one for all tries: making one takes as long as the pause between two
            while time.monotonic() < deadline:
                self.look_after()
                try:
                    if client.get(url).status_code == httpx.codes.OK:
                        return
                except httpx.TransportError:
                    pass
                time.sleep(0.05)
        raise ChildFailed(f"{child.name} was not ready within {READY_SECONDS_MAX} s.\n{_tail(child)}")

    def look_after(self) -> None:
        """Raise ChildFailed when a child has ended."""
        for child in self._children:
            if child.process.poll() is not None:
                raise ChildFailed(f"{child.name} ended with status {child.process.returncode}.\n{_tail(child)}")


def _bury(child: Child) -> None:
    child.process.wait()
    if child.process.stdin is not None:
        child.process.stdin.close()


def _tail(child: Child) -> str:
    text = child.log_file.read_text(errors="replace")[-LOG_TAIL_CHARACTERS:]
    return f"The end of {child.log_file}:\n{text}"
