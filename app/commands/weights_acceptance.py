"""The acceptance of real weights: load them, make a film with them, and measure the face in it, with a verdict for each measure.

The measures need no further weights: the landmarks that casting uses are found in the finished film, and the lips' opening is compared
with the sound (does the mouth move with it, and when), with the pauses (is it still), and with the prepared pictures (is the rest of the
face untouched, is the mouth as sharp). The measures of `make bench-face` follow, from the file alone.
"""

import sys
import time
from pathlib import Path

from avatar_pipeline.catalogue import face
from avatar_pipeline.errors import StageRefusal
from avatar_pipeline.neural import (
    PUBLISHED,
    HeadNetworks,
    HeadShape,
    NeuralCast,
    TalkingHead,
    device_here,
    fingerprint_of,
    make_neural_film,
    prepare_face,
    read_networks,
    rig_face,
)
from avatar_pipeline.neural_judge import Finding, judge, judge_as_the_bench
from avatar_pipeline.voice import Voice

TEXT = (
    "Good morning. My name is Amara, and I keep shop here. We open at nine. Bring me five of the blue mugs, please, and I will pack them."
)
SIZE_PX = 512
WELL = "Every measure is met. When the film looks right as well, these weights can go to work."
SHORT = "{short} of {all} measures fall short. Noise or a blur for a mouth means that these are other weights: do not put these to work."


def accept(folder: Path, film: Path | None, face_id: str, *, shape: HeadShape = PUBLISHED, text: str = TEXT) -> int:
    """Load the folder's networks; with `film` make and measure one. Gives the exit status, 1 for anything that falls short."""
    try:
        print("Loading the networks", flush=True)
        networks = read_networks(folder, shape)
        print("They are those this engine runs: every tensor has its name and size.")
        if film is None:
            return 0
        return film_and_judge(networks, folder / ".prepared", film, face_id=face_id, fingerprint=fingerprint_of(folder), text=text)
    except StageRefusal as error:
        print(error, file=sys.stderr)
        return 1


def film_and_judge(networks: HeadNetworks, kept_in: Path, film: Path, *, face_id: str, fingerprint: str, text: str) -> int:
    """Make a film with loaded networks and measure it, also by the measures of `make bench-face`. Raises StageRefusal."""
    device, chosen = device_here(), rig_face(face(face_id).film_rig_path, SIZE_PX)
    print(f"Preparing {face_id} on {device}", flush=True)
    prepared = prepare_face(chosen, networks, kept_in, fingerprint=fingerprint, device=device, progress=_show)
    head = TalkingHead(networks, device=device, buckets=(8,), frames_max=prepared.frames.frames)
    cast = NeuralCast(chosen, prepared, networks, head)
    start = time.perf_counter()
    made = make_neural_film(text, voice=Voice(face(face_id).voice_name), cast=cast, out_path=film)
    print(f"\n{made.path}: {made.duration_s:.1f} s of film in {time.perf_counter() - start:.1f} s. Look at it.", flush=True)
    findings = judge(made.path, cast) + judge_as_the_bench(made.path, text)
    for finding in findings:
        print(f"{'ok  ' if finding.is_good else 'WEAK'} {finding.sentence}")
    _print_figures(findings)
    short = sum(not finding.is_good for finding in findings)
    print(SHORT.format(short=short, all=len(findings)) if short else WELL)
    return 1 if short else 0


def _print_figures(findings: list[Finding]) -> None:
    for finding in findings:
        print(f"{finding.name} {finding.value:.3f} {finding.unit.replace(' ', '_')}")


def _show(fraction: float) -> None:
    print(f"\r{fraction:4.0%}", end="", flush=True)
