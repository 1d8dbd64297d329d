"""Films in one archive, sent while it is written: no copy of it lies anywhere, however many films there are."""

import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

PIECE_BYTES: Final = 1 << 20
LIST_NAME: Final = "films.csv"
CAPTIONS: Final = ".vtt"


@dataclass(frozen=True)
class ZippedFilm:
    """A film's name in the archive, and where its file lies; captions lie beside it."""

    name: str
    path: Path


class _Tray:
    """Takes what the archive's writer writes, and hands it on."""

    def __init__(self) -> None:
        self._written, self._length = bytearray(), 0

    def write(self, piece: bytes) -> int:
        self._written += piece
        self._length += len(piece)
        return len(piece)

    def tell(self) -> int:
        return self._length

    def flush(self) -> None:
        """Nothing waits here."""

    def take(self) -> bytes:
        """What was written since the last time."""
        piece = bytes(self._written)
        self._written.clear()
        return piece


def zip_pieces(films: Sequence[ZippedFilm], told: str, at_hand: Callable[[Path], bool]) -> Iterator[bytes]:
    """The archive, piece by piece: every film with its captions, and a list. What is not to be found any more is left out."""
    tray = _Tray()
    with zipfile.ZipFile(tray, "w", zipfile.ZIP_STORED) as archive:  # type: ignore[call-overload]
        for film in films:
            for ending in (film.path.suffix, CAPTIONS):
                path = film.path.with_suffix(ending)
                if at_hand(path):
                    yield from _copied(archive, path, str(Path(film.name).with_suffix(ending)), tray)
        archive.writestr(LIST_NAME, "\ufeff" + told)
        yield tray.take()
    yield tray.take()


def _copied(archive: zipfile.ZipFile, path: Path, name: str, tray: _Tray) -> Iterator[bytes]:
    with path.open("rb") as source, archive.open(zipfile.ZipInfo.from_file(path, name), "w", force_zip64=True) as target:
        while piece := source.read(PIECE_BYTES):
            target.write(piece)
            yield tray.take()
