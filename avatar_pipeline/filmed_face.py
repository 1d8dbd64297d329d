"""A face out of a film: somebody who agreed, or a character of one's own, whose mouth is drawn by the networks over the film itself.

Beside `clip.mp4` lies `clip.consent.json`, written when they agreed; for a character, by whoever made it:

    {"shows": "person", "name": "Maria Keller", "agreed_on": "2026-11-20", "sha256": "..."}
    {"shows": "character", "name": "Pip the teapot", "made_by": "Kestrel & Co", "agreed_on": "2026-11-20", "sha256": "..."}

The fingerprint ties the agreement to this very film: another one under the same name shows something nobody agreed to.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from avatar_pipeline.engines.consented_sample import ConsentMissing
from avatar_pipeline.engines.face_film import FaceFilm
from avatar_pipeline.engines.musetalk import folder_for, piece_names, prepare
from avatar_pipeline.networks.published_weights import sha256_of
from avatar_pipeline.neural import HeadNetworks, NeuralFace, PreparedAvatar, Shelf
from avatar_pipeline.stages.loop_files import FILM_LOOP, LOOP

__all__ = [
    "FILM_LOOP", "LOOP", "ConsentMissing", "ConsentedFilm", "film_loop_beside", "filmed_face", "loop_beside", "loop_face", "loop_folder",
    "prepare_loop", "read_consented_film",
]  # fmt: skip

PERSON, CHARACTER = "person", "character"


@dataclass(frozen=True)
class ConsentedFilm:
    """A film, whom it shows, who made the character ("" for a person), and since when they agree to its use."""

    path: Path
    shows: str
    name: str
    made_by: str
    agreed_on: date
    sha256: str


def read_consented_film(path: Path, today: date) -> ConsentedFilm:
    """The film with its agreement. Raises ConsentMissing with what to do."""
    paper = path.with_suffix(".consent.json")
    if not path.is_file():
        raise ConsentMissing(f"There is no film {path}. Name a file that is there.")
    try:
        told = json.loads(paper.read_text(encoding="utf-8"))
        film = ConsentedFilm(
            path, str(told["shows"]), str(told["name"]).strip(), str(told.get("made_by", "")).strip(),
            date.fromisoformat(told["agreed_on"]), sha256_of(path),
        )  # fmt: skip
        is_this_one = told["sha256"] == film.sha256
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConsentMissing(
            f"{path.name} has no agreement of whom it shows. Write {paper.name}: shows (person or character), name, agreed_on, sha256."
        ) from error
    if not film.name or not is_this_one:
        raise ConsentMissing(f"{paper.name} is the agreement to another film, or names nobody. Ask them again.")
    if film.shows not in (PERSON, CHARACTER) or (film.shows == CHARACTER and not film.made_by):
        raise ConsentMissing(f'{paper.name} must say what the film shows: a "person", or a "character" and who made it (made_by).')
    if film.agreed_on > today:
        raise ConsentMissing(f"{film.name} agrees from {film.agreed_on} on. Until then nobody uses this film.")
    return film


def filmed_face(film: ConsentedFilm) -> NeuralFace:
    """The face in an agreed film, played there and back; each picture is prepared once. Raises FaceNotFollowed."""
    read = FaceFilm(film.path)
    return NeuralFace(read.pictures, read.size_px, bytes.fromhex(film.sha256), read.there_and_back)


def loop_beside(rig_path: Path) -> Path | None:
    """The loop that belongs to a rig as chats show it, if the rig was made from a film."""
    loop = rig_path.with_name(LOOP)
    return loop if loop.is_file() else None


def film_loop_beside(rig_path: Path) -> Path | None:
    """The same as films show it: the larger one where there is one."""
    larger = rig_path.with_name(FILM_LOOP)
    return larger if larger.is_file() else loop_beside(rig_path)


def loop_face(loop: Path) -> NeuralFace:
    """The face in either loop of a casting (avatar_pipeline/cast_film.py), played there and back. Raises FaceNotFollowed."""
    film = FaceFilm(loop)
    there = _way_there(loop, film)
    there_and_back = film.there_and_back if there == film.frames else film.pictures
    return NeuralFace(lambda: film.pictures(0, there), film.size_px, loop.read_bytes(), there_and_back)


def _way_there(loop: Path, film: FaceFilm) -> int:
    """How many pictures there are before it turns back."""
    return film.frames if loop.name == FILM_LOOP else (film.frames + 2) // 2


def loop_folder(loop: Path, shelf: Shelf, fingerprint: str) -> Path:
    """Where on the shelf all that is prepared of a loop for one set of weights lies."""
    return folder_for(shelf.folder_of(loop), loop.read_bytes(), fingerprint.encode())


def prepare_loop(loop: Path, networks: HeadNetworks, shelf: Shelf, *, fingerprint: str, device: str = "cpu") -> PreparedAvatar:
    """A loop's way there, prepared once for all talks on all machines. Raises FaceNotFollowed."""
    face = loop_face(loop)
    folder = loop_folder(loop, shelf, fingerprint)
    frames = _way_there(loop, FaceFilm(loop))
    is_there = [shelf.fetch(folder / name) for name in piece_names(frames)]
    prepared = prepare(face.pictures, networks, folder, device=device)
    if not all(is_there):
        shelf.share(folder)
    return prepared
