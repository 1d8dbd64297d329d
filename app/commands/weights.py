"""`python -m app weights list|fetch|check FOLDER`: the trained weights of neural faces, which are never part of this product.

`list` says what belongs into the folder, under which licence, and what is there. `fetch` shows the licences, asks once, and brings what
is missing from the makers' public pages, each file proved by its fingerprint; what is there is never written over. `check` proves every
byte, loads the networks, and with `--film` makes a film with them and measures it: the whole acceptance in one command.
"""

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from avatar_pipeline.errors import StageRefusal
from avatar_pipeline.neural import HEAD_WEIGHTS, PublishedFile, fetch, from_hub

ACCEPTED: Final = "accepted-licences.json"
STATES: Final = {"whole": "here, byte for byte", "missing": "missing", "other bytes": "HERE, BUT NOT THE PUBLISHED BYTES"}
PURPOSES: Final = {
    "TMElyralab/MuseTalk": "draws the mouth",
    "stabilityai/sd-vae-ft-mse": "turns pictures into what the networks work on, and back",
    "openai/whisper-tiny": "listens to the voice",
    "madebyollin/taesd": "turns back faster and a little softer (--turbo); can be left out",
}
UNREACHED: Final = "the hub (huggingface.co, or what HF_ENDPOINT names) was not reached, or broke off"
GIGABYTES: Final = 4
"""What all of it takes: 850 million numbers of four bytes for the mouth alone."""


@dataclass(frozen=True)
class WeightsWanted:
    """What is asked for on the command line."""

    action: str
    folder: Path
    is_accepted: bool = False
    film: Path | None = None
    face_id: str = "amara"


def weights(wanted: WeightsWanted) -> int:
    """Run one of the three; return the exit status: 0 when everything needed is here and whole."""
    if wanted.folder.is_file():
        print(f"{wanted.folder} is a file. Name the folder that holds the weights, or is to hold them.", file=sys.stderr)
        return 2
    if wanted.action == "fetch":
        return _fetch(wanted)
    complete = _list(wanted.folder)
    if wanted.action == "list" or not complete:
        return 0 if complete else 1
    from app.commands.weights_acceptance import accept

    return accept(wanted.folder, wanted.film, wanted.face_id)


def _list(folder: Path) -> bool:
    states, before = {file: file.state(folder) for file in HEAD_WEIGHTS}, ""
    print(f"Weights of neural faces in {folder}{'' if folder.is_dir() else ', which is not there yet'}:")
    for file, state in states.items():
        if file.repository != before:
            print(f"{file.repository} at {file.revision[:12]}: {PURPOSES[file.repository]}\n    licence: {file.licence}")
        print(f"    {file.path}: {STATES[state]}")
        before = file.repository
    needed = [file for file in HEAD_WEIGHTS if not file.is_optional]
    whole = sum(states[file] == "whole" for file in needed)
    other = [file.path for file, state in states.items() if state == "other bytes"]
    print(f"{whole} of the {len(needed)} files that are needed are here.")
    if other:
        print(f"{', '.join(other)}: not what was published. Move it away and fetch it again, unless it is your own.", file=sys.stderr)
    if whole < len(needed):
        fetches = f"`python -m app weights fetch {folder}` shows the licences, asks, and brings what is missing"
        print(f"{fetches}: about {GIGABYTES} GB in all.", file=sys.stderr)
    return whole == len(needed) and not other


def _fetch(wanted: WeightsWanted) -> int:
    states = {file: file.state(wanted.folder) for file in HEAD_WEIGHTS}
    missing = [file for file in HEAD_WEIGHTS if states[file] != "whole"]
    if own := [file.path for file in missing if states[file] == "other bytes"]:
        print(f"There with other bytes than the published ones: {', '.join(own)}. Move them away, then run this again.", file=sys.stderr)
        return 1
    if not missing:
        print("Everything is here, byte for byte.")
        return 0
    if not _accepts(wanted, sorted({(file.repository, file.licence) for file in missing})):
        print("Nothing was fetched: the licences were not accepted.", file=sys.stderr)
        return 1
    return _bring(wanted.folder, missing)


def _bring(folder: Path, missing: list[PublishedFile]) -> int:
    for number, file in enumerate(missing, start=1):
        print(f"[{number} of {len(missing)}] {file.path}", flush=True)
        try:
            fetch(folder, file, from_hub)
        except StageRefusal as error:
            print(error, file=sys.stderr)
            return 1
        except ImportError:
            print("Fetching needs the neural parts. Run make setup-neural.", file=sys.stderr)
            return 1
        except OSError as error:
            print(f"{file.path} did not come: {error.strerror or UNREACHED}. What came of it is kept; run this again.", file=sys.stderr)
            return 1
    print(f"Everything is here. Next: `python -m app weights check {folder} --film out/check.mp4`, and look at that film.")
    return 0


def _accepts(wanted: WeightsWanted, licences: list[tuple[str, str]]) -> bool:
    """Show each licence once, ask once, and keep what was said beside the weights."""
    path = wanted.folder / ACCEPTED
    kept = _kept(path)
    new = [(repository, licence) for repository, licence in licences if kept.get(repository) != licence]
    if not new:
        return True
    print("These weights are other people's work, under their licences:")
    for repository, licence in new:
        print(f"  {repository}: {licence}")
    if not wanted.is_accepted and not _says_yes():
        return False
    wanted.folder.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(kept | dict(new), indent=2), encoding="utf-8")
    return True


def _kept(path: Path) -> dict[str, str]:
    """What was accepted before; a paper that cannot be read is none, and they are asked for again."""
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}


def _says_yes() -> bool:
    if not sys.stdin.isatty():
        print("To accept them without being asked: --accept-licences", file=sys.stderr)
        return False
    return input("Accept them for this installation? (yes/no) ").strip().lower() == "yes"
