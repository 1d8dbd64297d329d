"""The register of models the mind may ask: what each is for, how large, how dear, how quick and how right it was measured to be.

Shared models stand in models.csv, a line each. A shop's own tiny models (knowledge/tiny_models.py) are entered when its knowledge is
loaded, one for every reviewed answer, so that a register holds thousands. Routing asks it and nobody else: adding a model is a line.
"""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Final
from uuid import UUID

ANY: Final = "*"


@dataclass(frozen=True)
class ModelEntry:
    """One model. Cost is per call in millionths of the account's unit; accuracy in parts per million on its task, None when not measured.

    `owner` is the passage of the shop whose reviewed answer it was trained from; None for a shared model.
    """

    name: str
    task: str
    languages: str
    level: str
    size_bytes: int
    cost_micro: int
    latency_us: int
    accuracy_ppm: int | None
    licence: str
    owner: UUID | None = None

    def speaks(self, language: str) -> bool:
        """Say whether it is meant for a language."""
        return self.languages == ANY or language in self.languages.split("|")


class Registry:
    """Entries by task and by name. Asking for a task looks at that task's entries only, in the order of what they cost."""

    def __init__(self, entries: Iterable[ModelEntry]) -> None:
        """Take the entries; raises ValueError when two of a name stand in it."""
        self._by_name: dict[str, ModelEntry] = {}
        self._by_task: dict[str, list[ModelEntry]] = {}
        for entry in entries:
            if entry.name in self._by_name:
                raise ValueError(f"Two models are called {entry.name}.")
            self._by_name[entry.name] = entry
            self._by_task.setdefault(entry.task, []).append(entry)
        for held in self._by_task.values():
            held.sort(key=lambda entry: (entry.cost_micro, entry.latency_us, entry.name))

    def __len__(self) -> int:
        return len(self._by_name)

    def named(self, name: str) -> ModelEntry | None:
        """An entry by its name."""
        return self._by_name.get(name)

    def choose(self, task: str, language: str, *, accuracy_ppm_min: int = 0) -> ModelEntry | None:
        """The cheapest model right often enough, then the quickest; when none is, the one that is right most often. None for no model."""
        able = [entry for entry in self._by_task.get(task, ()) if entry.speaks(language)]
        fit = (entry for entry in able if (entry.accuracy_ppm or 0) >= accuracy_ppm_min)
        return next(fit, None) or max(able, key=lambda entry: entry.accuracy_ppm or 0, default=None)


@lru_cache(maxsize=1)
def shared_models() -> tuple[ModelEntry, ...]:
    """The models every shop shares, as models.csv tells them."""
    text = resources.files(__package__).joinpath("models.csv").read_text(encoding="utf-8")
    return tuple(_entry(row) for row in csv.DictReader(text.splitlines()))


def _entry(row: dict[str, str]) -> ModelEntry:
    return ModelEntry(
        name=row["name"],
        task=row["task"],
        languages=row["languages"],
        level=row["level"],
        size_bytes=int(row["size_bytes"]),
        cost_micro=int(row["cost_micro"]),
        latency_us=int(row["latency_us"]),
        accuracy_ppm=int(row["accuracy_ppm"]) if row["accuracy_ppm"] else None,
        licence=row["licence"],
    )
