"""`python -m app film script.txt`: a talking film from the same face, voice and score as the chat."""

import sys
from pathlib import Path

from avatar_pipeline.catalogue import face
from avatar_pipeline.errors import StageRefusal
from avatar_pipeline.film import make_film
from avatar_pipeline.voice import Voice

BAR_WIDTH = 30
SCRIPT_CHARACTERS_MAX = 20_000


def film(text_file: Path, out: Path, *, face_id: str, voice_id: str, size_px: int) -> int:
    """Make the film, showing progress; return the exit status. Nothing half-written is left behind."""
    try:
        text = text_file.read_text(encoding="utf-8")
    except OSError as error:
        print(
            f"The script {text_file} cannot be read ({error.strerror}). Write a text file and name it: make film TEXT=script.txt",
            file=sys.stderr,
        )
        return 2
    except UnicodeDecodeError:
        print(f"The script {text_file} is not UTF-8 text.", file=sys.stderr)
        return 2
    if len(text) > SCRIPT_CHARACTERS_MAX:
        print(f"The script has {len(text)} characters; a film takes at most {SCRIPT_CHARACTERS_MAX}.", file=sys.stderr)
        return 2
    out.parent.mkdir(parents=True, exist_ok=True)
    try:
        made = make_film(text, voice=Voice(voice_id), face=face(face_id), out_path=out, size_px=size_px, progress=_show)
    except StageRefusal as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    print(f"\r{out}: {made.duration_s:.1f} s, {size_px} x {size_px}, H.264 + AAC{' ' * BAR_WIDTH}")
    return 0


def _show(fraction: float) -> None:
    filled = round(fraction * BAR_WIDTH)
    print(f"\r[{'#' * filled}{'.' * (BAR_WIDTH - filled)}] {fraction:4.0%}", end="", flush=True)
