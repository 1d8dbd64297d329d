"""Sound that was made once is kept: one WAV per stretch of speech, its lip motion beside it, named by what was said and by whom.

The name is a sha256 of voice, pace, text and seed, so the same greeting is never made twice and its address may be cached for
ever. Files are written under a temporary name and renamed, so nobody ever reads half a file. When the folder grows past its
limit the oldest sound goes first; a sentence whose sound is gone is made again, or shown as text.
"""

import hashlib
import json
import os
import secrets
import threading
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

STORE_BYTES_MAX: Final = 2 * 1024**3
"""About twelve hours of speech."""
EVICTION_TARGET: Final = 0.9
"""A sweep goes on until the folder is this share of its limit, so that sweeps stay rare."""
KEY_LENGTH: Final = 64
FORMAT: Final = "tillhand-piece/2"


@dataclass(frozen=True)
class Piece:
    """One stretch of speech as the wire needs it. `key` is None for a sentence that is only shown.

    `words` are {"text", "start_ms", "end_ms"}; `score` is the wire form of tillhand-score/1; sound is 24 kHz mono. `language` is
    that of the voice; `feels` is what the face still shows as it ends.
    """

    text: str
    key: str | None = None
    sample_count: int = 0
    words: tuple[dict[str, Any], ...] = ()
    score: dict[str, Any] | None = None
    language: str = "en"
    feels: str = "neutral"


def key_of(*parts: object) -> str:
    """Name content: a sha256 over the parts, in hex."""
    return hashlib.sha256(json.dumps([FORMAT, *map(str, parts)], ensure_ascii=False).encode()).hexdigest()


def is_key(text: str) -> bool:
    """Whether a text has the form of a name in the store."""
    return len(text) == KEY_LENGTH and all(letter in "0123456789abcdef" for letter in text)


class AudioStore:
    """A folder of sound. Safe for several threads and processes: a name always means the same bytes."""

    def __init__(self, folder: Path, *, bytes_max: int = STORE_BYTES_MAX) -> None:
        self._folder, self._bytes_max = folder, bytes_max
        self._lock = threading.Lock()
        self._bytes: int | None = None

    def wav_path(self, key: str) -> Path | None:
        """Where the sound of a key lies, None when it is not kept (any more)."""
        path = self._path(key, "wav")
        return path if is_key(key) and path.is_file() else None

    def piece(self, key: str | None) -> Piece | None:
        """Read one stretch of speech; None when its sound or motion is not kept (any more)."""
        if key is None or self.wav_path(key) is None:
            return None
        try:
            content = json.loads(self._path(key, "json").read_bytes())
        except (FileNotFoundError, ValueError):
            return None
        return Piece(**content | {"words": tuple(content["words"])})

    def pieces_of(self, said_key: str) -> tuple[Piece, ...] | None:
        """All stretches of a said sentence, None unless every one is kept."""
        try:
            keys = json.loads(self._path(said_key, "said").read_bytes())
        except (FileNotFoundError, ValueError):
            return None
        pieces = [self.piece(key) for key in keys]
        return tuple(piece for piece in pieces if piece is not None) if pieces and None not in pieces else None

    def keep(self, piece: Piece, wav: bytes) -> None:
        """Keep a stretch of speech: the sound first, so that motion is never found without it."""
        assert piece.key is not None  # noqa: S101 - only voiced pieces are kept
        self._write(self._path(piece.key, "wav"), wav)
        self._write(self._path(piece.key, "json"), json.dumps(asdict(piece), ensure_ascii=False, separators=(",", ":")).encode())

    def keep_said(self, said_key: str, keys: Sequence[str]) -> None:
        """Note which stretches make up a said sentence, once all of them are kept."""
        self._write(self._path(said_key, "said"), json.dumps(list(keys)).encode())

    def _path(self, key: str, ending: str) -> Path:
        return self._folder / key[:2] / f"{key}.{ending}"

    def _write(self, path: Path, content: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
        unfinished.write_bytes(content)
        unfinished.replace(path)
        self._make_room(len(content))

    def _make_room(self, added: int) -> None:
        with self._lock:
            if self._bytes is None:
                self._bytes = sum(size for _, size, _ in self._files())
            else:
                self._bytes += added
            if self._bytes > self._bytes_max:
                self._bytes = self._sweep()

    def _sweep(self) -> int:
        files = sorted(self._files())
        kept = sum(size for _, size, _ in files)
        for _, size, path in files:
            if kept <= self._bytes_max * EVICTION_TARGET:
                break
            path.unlink(missing_ok=True)
            kept -= size
        return kept

    def _files(self) -> list[tuple[int, int, Path]]:
        """Every kept file as (time written in ns, bytes, path); one that another process removes meanwhile is left out."""
        found = []
        for folder, _, names in os.walk(self._folder):
            for name in names:
                path = Path(folder) / name
                try:
                    status = path.stat()
                except FileNotFoundError:
                    continue
                found.append((status.st_mtime_ns, status.st_size, path))
        return found
