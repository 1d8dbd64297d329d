"""`python -m app filmed CLIP script.txt WEIGHTS`: whoever a film shows says a text, their mouth drawn by the networks over the film itself.

Beside the film lies the agreement of whom it shows (avatar_pipeline/filmed_face.py). It is prepared once and kept under the data folder by
its fingerprint; one that was stopped goes on where it was. A film without sound to speak plays there and back, its mouth its own.
"""

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from app.commands.film import ScriptUnreadable, latest_day, read_script_text
from app.commands.out_folder import OutUnusable, make_folder_of
from app.settings import Settings
from app.studio.house_papers import FilmCertificateUnusable, papers_for
from app.wiring import system_clock
from avatar_pipeline.errors import StageRefusal
from avatar_pipeline.filmed_face import ConsentMissing, filmed_face, read_consented_film
from avatar_pipeline.provenance import film_name
from avatar_pipeline.voice import Voice

if TYPE_CHECKING:
    from avatar_pipeline.neural import HeadNetworks

KEPT: Final = "filmed"
_ASKED_WRONGLY: Final = (ScriptUnreadable, ConsentMissing, FilmCertificateUnusable, OutUnusable)


@dataclass(frozen=True)
class FilmedWanted:
    """What is asked for on the command line. With `is_forgotten` what was prepared of the film is thrown away, and nothing is made."""

    clip: Path
    text_file: Path | None = None
    weights: Path | None = None
    out: Path = Path("out/filmed.mp4")
    voice_id: str = "heart"
    is_forgotten: bool = False


def filmed(settings: Settings, wanted: FilmedWanted) -> int:
    """Make the film, showing how far the preparation is; return the exit status."""
    from avatar_pipeline.neural import fingerprint_of, read_networks

    try:
        agreed = read_consented_film(wanted.clip, latest_day())
        if wanted.is_forgotten:
            shutil.rmtree(kept_in(settings, agreed.sha256), ignore_errors=True)
            print(f"What was prepared of {wanted.clip.name} is gone.")
            return 0
        if wanted.text_file is None or wanted.weights is None:
            raise ScriptUnreadable("Name the text file and the folder of weights: python -m app filmed CLIP script.txt WEIGHTS")
        text = read_script_text(wanted.text_file)
        return speak_in_film(settings, wanted, text, read_networks(wanted.weights), fingerprint=fingerprint_of(wanted.weights))
    except _ASKED_WRONGLY as error:
        print(error, file=sys.stderr)
        return 2
    except StageRefusal as error:
        print(f"\n{error}", file=sys.stderr)
        return 1


def kept_in(settings: Settings, sha256: str) -> Path:
    """Where the preparations of a film lie, by its fingerprint."""
    return settings.data_folder.resolve() / KEPT / sha256


def speak_in_film(settings: Settings, wanted: FilmedWanted, text: str, networks: "HeadNetworks", *, fingerprint: str) -> int:
    """The same with loaded networks. Raises StageRefusal."""
    from avatar_pipeline.neural import NeuralCast, TalkingHead, device_here, make_neural_film, prepare_face

    make_folder_of(wanted.out)  # before the minutes of preparing
    agreed, device = read_consented_film(wanted.clip, latest_day()), device_here()
    chosen = filmed_face(agreed)
    folder = kept_in(settings, agreed.sha256)
    prepared = prepare_face(chosen, networks, folder, fingerprint=fingerprint, device=device, progress=_show)
    head = TalkingHead(networks, device=device, buckets=(8,), frames_max=prepared.frames.frames)
    papers = papers_for(settings, system_clock(), mark_id=None, produce_id=None)
    cast = NeuralCast(chosen, prepared, networks, head)
    made = make_neural_film(text, voice=Voice(wanted.voice_id), cast=cast, out_path=wanted.out, papers=papers)
    print(f"\r{made.path}: {made.duration_s:.1f} s of {agreed.name}, {made.size_px} x {made.size_px}, who agreed on {agreed.agreed_on}.")
    print(f"{film_name(made.film_id)}: marked, labelled and signed; read it again with python -m app verify-media {made.path}")
    return 0


def _show(fraction: float) -> None:
    print(f"\rPreparing {fraction:4.0%}", end="", flush=True)
