"""The story's diary: prints what happened as it happens, and keeps the measurements."""

import time
from dataclasses import dataclass, field
from typing import TextIO

from app.demo.players.shopper import Answer

WORDS_WIDTH = 48


@dataclass
class Diary:
    """What happened so far. Milliseconds and minor units; every list holds all measurements of the day, in sequence."""

    out: TextIO
    started_s: float = field(default_factory=time.monotonic)
    first_audio_ms: list[float] = field(default_factory=list)
    ready_audio_ms: list[float] = field(default_factory=list)
    """First sounds that lay ready from an earlier story; they say how fast the wire is, not how fast the employee speaks."""
    payslip_ms: list[float] = field(default_factory=list)
    residues_minor: list[int] = field(default_factory=list)

    @property
    def elapsed_s(self) -> float:
        """Seconds since the story began."""
        return time.monotonic() - self.started_s

    def note(self, words: str, detail: str = "") -> None:
        """Print one row: seconds since the beginning, what happened, and what came of it."""
        print(f"{self.elapsed_s:7.2f} s  {words:<{WORDS_WIDTH}} {detail}".rstrip(), file=self.out, flush=True)

    def note_answer(self, question: str, answer: Answer, *, is_measured: bool = True) -> None:
        """Print an answer; keep its time when its sound had to be made and did not lie ready from before."""
        waited = ""
        if answer.first_audio_ms is not None:
            waited = f" [first sound after {answer.first_audio_ms:.0f} ms{', it lay ready' if answer.was_spoken_before else ''}]"
            if is_measured:
                (self.ready_audio_ms if answer.was_spoken_before else self.first_audio_ms).append(answer.first_audio_ms)
        self.note(f"“{question}”", f"“{answer.text}”{waited}")
