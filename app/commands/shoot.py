"""`python -m app shoot script.json`: a film in scenes, and with `--batch table.csv` one for each row.

Takes are kept in the data folder: after a change only what changed is made again, and a stopped batch goes on where it was.
"""

import csv
import hashlib
import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.commands.out_folder import make_folder_of
from app.settings import Settings
from app.studio.house_papers import FilmCertificateUnusable, papers_for
from app.wiring import system_clock
from avatar_pipeline.catalogue import face
from avatar_pipeline.errors import StageRefusal
from avatar_pipeline.shoot import Shoot, Shot, TakeStore, names_in, read_script, shoot
from avatar_pipeline.voice import Voice

BAR_WIDTH = 30
ROWS_MAX = 10_000
PREVIEW_SCALE = 0.5


@dataclass(frozen=True)
class Order:
    """What is asked for on the command line. Without a voice it is the one that fits the face."""

    script: Path
    out: Path
    face_id: str
    voice_id: str
    batch: Path | None
    is_preview: bool


class OrderUnclear(StageRefusal):
    """A script or a table that cannot be read; the message says what to mend."""


def shoot_films(settings: Settings, order: Order) -> int:
    """Make the film or films, showing progress; return the exit status: 0 made, 1 refused or some rows refused, 2 nothing readable."""
    try:
        document = _document(order.script)
        rows = _rows(order.batch, document) if order.batch else [({}, order.out)]
        person = face(order.face_id)
        voice = Voice(order.voice_id or person.voice_name)
        papers = papers_for(settings, system_clock(), mark_id=_mark_of(order.script))
        make_folder_of(order.out)
    except (StageRefusal, FilmCertificateUnusable) as error:
        print(error, file=sys.stderr)
        return 2
    how = Shoot(TakeStore(settings.data_folder / "takes"), papers, _show)
    refused = 0
    for number, (row, name) in enumerate(rows, 1):
        out = order.out.with_name(name.name) if order.batch else order.out
        try:
            script = read_script(document, order.script.parent, row, scale=PREVIEW_SCALE if order.is_preview else 1.0)
            _report(shoot(script, person, voice, out, how))
        except StageRefusal as error:
            refused += 1
            print(f"\r{f'Row {number}: ' if order.batch else ''}{error}{' ' * BAR_WIDTH}", file=sys.stderr)
    if order.batch:
        print(f"{len(rows) - refused} of {len(rows)} films made.")
    return 1 if refused else 0


def _mark_of(script: Path) -> int:
    """The work's id of 48 bits: a script's file is one work, in all its versions and for every row of a table."""
    return int.from_bytes(hashlib.sha256(str(script.resolve()).encode()).digest()[:6])


def _document(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise OrderUnclear(f"The script {path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise OrderUnclear(f"The script {path} is not UTF-8 text.") from error
    except json.JSONDecodeError as error:
        raise OrderUnclear(f"The script {path} is no JSON: {error.msg} in line {error.lineno}, column {error.colno}.") from error


def _rows(table: Path, document: Any) -> list[tuple[dict[str, str], Path]]:
    """The table's rows, each with its film's name: the column `file`, or the number of the row."""
    try:
        with table.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            rows = [{key: value or "" for key, value in row.items() if key} for row in reader]
            columns = set(reader.fieldnames or ())
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise OrderUnclear(f"The table {table} cannot be read: {error}.") from error
    lacking = names_in(document) - columns
    if lacking:
        raise OrderUnclear(f"The table has no column for {', '.join(f'{{{name}}}' for name in sorted(lacking))}.")
    if not 1 <= len(rows) <= ROWS_MAX:
        raise OrderUnclear(f"A table has 1 to {ROWS_MAX} rows below its heading; this one has {len(rows)}.")
    names = [re.sub(r"[^\w-]+", "-", row.get("file", "")).strip("-") or f"{number:04}" for number, row in enumerate(rows, 1)]
    double = next((name for name in names if names.count(name) > 1), None)
    if double:
        raise OrderUnclear(f"Two rows of the table ask for the same file name, {double!r}.")
    return [(row, Path(f"{name}.mp4")) for row, name in zip(rows, names, strict=True)]


def _report(shot: Shot) -> None:
    kept = sum(take.was_kept for take in shot.takes)
    again = f"; {kept} of {len(shot.takes)} takes were there already" if kept else ""
    print(f"\r{shot.path}: {shot.duration_s:.1f} s, {shot.size[0]} x {shot.size[1]}{again}{' ' * BAR_WIDTH}")


def _show(fraction: float) -> None:
    filled = round(fraction * BAR_WIDTH)
    print(f"\r[{'#' * filled}{'.' * (BAR_WIDTH - filled)}] {fraction:4.0%}", end="", flush=True)
