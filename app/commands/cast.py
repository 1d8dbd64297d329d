"""`python -m app cast PHOTO --name NAME`: a portrait becomes a face that talks, or a sentence says what to change."""

import sys
from pathlib import Path

import cv2

from app.commands.out_folder import OutUnusable, make_folder
from avatar_pipeline.cast import Audition, audition
from avatar_pipeline.cast import cast as cast_face
from avatar_pipeline.errors import StageRefusal

BAR_WIDTH = 30
CONSENT = (
    "Does it show a real person? Then show it to nobody before they agree: the dashboard asks for that, keeps it, and lets them take it\n"
    "back (Team, Faces of your own). Nothing was asked here, and this face belongs to no shop."
)


def cast(photo: Path, out: Path, *, name: str) -> int:
    """Judge the picture, show what was found beside the rigs, cast it; return the exit status."""
    try:
        seen = audition(photo.read_bytes())
        shown = _show_found(seen, out, photo.stem)
        for finding in seen.findings:
            print(f"{'-' if finding.is_refusal else '!'} {finding.advice}", file=sys.stderr)
        if not seen.is_usable:
            print(f"Not cast. What was found: {shown}", file=sys.stderr)
            return 1
        made = cast_face(seen, name, out, progress=_show)
    except OSError as error:
        print(f"{error.filename or out} cannot be used: {error.strerror}.", file=sys.stderr)
        return 2
    except StageRefusal as error:
        print(f"\n{error}", file=sys.stderr)
        return 2 if isinstance(error, OutUnusable) else 1
    print(f"\r{made.rig_path}: {made.rig_path.stat().st_size} bytes{' ' * BAR_WIDTH}")
    print(f"{made.film_rig_path}: {made.film_rig_path.stat().st_size} bytes\n{made.poster_path}\nWhat was found: {shown}")
    print(f"See it talk: python -m app film WORDS.txt --face {made.film_rig_path}\n{CONSENT}")
    return 0


def _show_found(seen: Audition, out: Path, stem: str) -> Path:
    make_folder(out)
    path = out / f"{stem}.found.jpg"
    path.write_bytes(cv2.imencode(".jpg", seen.found, [cv2.IMWRITE_JPEG_QUALITY, 88])[1].tobytes())
    return path


def _show(fraction: float) -> None:
    filled = round(fraction * BAR_WIDTH)
    print(f"\r[{'#' * filled}{'.' * (BAR_WIDTH - filled)}] {fraction:4.0%}", end="", flush=True)
