"""What the invisible mark survives, what it costs and what it never claims: `make bench-mark`.

Films of the eight catalogue faces speaking, 720 pixels, made as `python -m app film` makes them; each goes through what films go
through, and is read as a stranger's file: scale, crop and id unknown. "signs" are the wrong ones of the 864 before error correction.
Then 10,000 windows without a mark (crops of unmarked pictures of all faces, turned, scaled, with noise, at a scale drawn at random; in
each every place of the tile is tried and the best one decoded) are held against the bound that the thresholds come from.
"""

import math
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import av
import cv2
import numpy as np
from fakes.rough_films import Planes, compress, cropped, decoded, mean_luma, planes_of, shrunk
from numpy.typing import NDArray

from avatar_pipeline.catalogue import CatalogueFace, faces
from avatar_pipeline.face import FaceRenderer, load_rig
from avatar_pipeline.film import FRAMES_PER_SECOND, make_film
from avatar_pipeline.speak import idle
from avatar_pipeline.trust import mark_code
from avatar_pipeline.trust.mark import Mark
from avatar_pipeline.trust.mark_pattern import FRAME_CELLS, layout
from avatar_pipeline.trust.mark_search import READ_STRENGTH_MIN, false_alarm_bound, find_mark, sight, soft_signs, strength_of
from avatar_pipeline.trust.papers import FilmPapers
from avatar_pipeline.voice import Voice

SIZE_PX, TEXT = 720, "The blue jacket costs forty nine dollars today."
WINDOWS = 10_000
FILM_ID = 0x2026_1122_0001
Journey = Callable[[Planes], Planes]


@dataclass(frozen=True)
class Fate:
    """What happens to a film: pictures changed, then encoded again with x264's usual preset at `crf`; None leaves it as it was made."""

    name: str
    change: Journey
    crf: int | None


FATES = (
    Fate("as made", lambda planes: planes, None),
    Fate("CRF 28", lambda planes: planes, 28),
    Fate("half scale, CRF 28", lambda planes: shrunk(planes, 0.5), 28),
    Fate("10 % crop, CRF 28", lambda planes: cropped(planes, 0.1), 28),
    Fate("all three", lambda planes: shrunk(cropped(planes, 0.1), 0.5), 28),
    Fate("720p to 480p, CRF 23", lambda planes: shrunk(planes, 2 / 3), 23),
    Fate("all three, CRF 32", lambda planes: shrunk(cropped(planes, 0.1), 0.5), 32),
)


def reading(pictures: Sequence[Planes]) -> tuple[bool, float, float]:
    """Whether the id is read from pictures of unknown scale and crop; the strength; the share of wrong signs at the best place."""
    luma = mean_luma(pictures[::6])
    found = find_mark(luma)
    is_read = found is not None and found.film_id == FILM_ID
    cells = np.outer((FRAME_CELLS, FRAME_CELLS * 0.9), np.linspace(0.99, 1.01, 17)).ravel()  # where it stands, whole or cropped
    best = max((sight(luma, float(scale)) for scale in cells), key=lambda one: strength_of(one, FILM_ID))
    wrong = np.sign(soft_signs(best)) != mark_code.encode(FILM_ID)
    return is_read, found.strength if found else 0.0, float(wrong.mean())


def survival(people: Sequence[CatalogueFace], folder: Path) -> tuple[int, int, float]:
    """Print the table; give how often the id was read without the last fate, of how many, and the worst share of wrong signs there."""
    print(f"\n{'':14}" + "".join(f"{fate.name:>24}" for fate in FATES))
    read, tries, worst = 0, 0, 0.0
    for person in people:
        film = make_film(
            TEXT, voice=Voice(), face=person, out_path=folder / "film.mp4", size_px=SIZE_PX, papers=FilmPapers(FILM_ID)
        ).path.read_bytes()
        pictures, cells = decoded(film), []
        for fate in FATES:
            changed = (
                pictures if fate.crf is None else decoded(compress([fate.change(one) for one in pictures], crf=fate.crf, preset="medium"))
            )
            is_read, strength, wrong = reading(changed)
            cells.append(f"{'read' if is_read else 'LOST'} {strength:5.1f} {wrong:5.1%} signs")
            if fate is not FATES[-1]:
                read, tries, worst = read + is_read, tries + 1, max(worst, wrong)
        print(f"{person.face_id:14}" + "".join(f"{cell:>24}" for cell in cells), flush=True)
    return read, tries, worst


def bare_pictures(person: CatalogueFace, count: int) -> list[Planes]:
    """Pictures as an encoder gets them, without a mark."""
    renderer, score = FaceRenderer(load_rig(person.film_rig_path), SIZE_PX), idle(3)
    return [planes_of(renderer.render(score.at(number / FRAMES_PER_SECOND * 4))) for number in range(count)]


def cost(pictures: Sequence[Planes]) -> dict[str, float]:
    """What the mark adds: noise, milliseconds a picture, and bytes and milliseconds in the encoder (side by side, one thread)."""
    mark, marked = Mark(FILM_ID), [planes.copy() for planes in pictures]
    mark.lay(marked[0][:SIZE_PX])
    start = time.process_time()
    for planes in marked[1:]:
        mark.lay(planes[:SIZE_PX])
    each_ms = (time.process_time() - start) / (len(marked) - 1) * 1e3
    noise = [np.mean((a[:SIZE_PX].astype(float) - b[:SIZE_PX]) ** 2) for a, b in zip(marked, pictures, strict=True)]
    took, sizes = [0.0, 0.0], [0, 0]
    for _ in range(3):
        for which, some in enumerate((pictures, marked)):
            start = time.process_time()
            sizes[which] = len(compress(some, crf=20, preset="veryfast"))
            took[which] += time.process_time() - start
    return {
        "psnr_db": 10 * math.log10(255**2 / max(noise)), "each_ms": each_ms, "bytes": sizes[1] / sizes[0],
        "encoding": (took[1] / 3 + each_ms * len(pictures) / 1e3) / (took[0] / 3),
    }  # fmt: skip


def windows_without_a_mark(stills: Sequence[NDArray[np.float32]], count: int) -> tuple[NDArray[np.float64], float]:
    """The pilots' best strength in each window, and the greatest strength of any id that was decoded."""
    random, strengths, read_max = np.random.default_rng(11), np.empty(count), 0.0
    for number in range(count):
        still = stills[number % len(stills)]
        side = int(random.integers(160, 640))
        top, left = random.integers(0, SIZE_PX - side, 2)
        window = np.rot90(still[top : top + side, left : left + side], int(random.integers(4)))
        window = window + random.normal(0, random.uniform(0, 4), window.shape).astype(np.float32)
        size = int(random.integers(160, 480))
        seen = sight(cv2.resize(window, (size, size), interpolation=cv2.INTER_AREA), float(random.uniform(30, 190)))
        strengths[number] = seen.strength
        film_id = mark_code.decode(soft_signs(seen))
        read_max = max(read_max, strength_of(seen, film_id) if film_id is not None else 0.0)
    return strengths, read_max


def print_null(strengths: NDArray[np.float64]) -> None:
    """The tail beside the bound it must stay under: of each window every one of its places counts."""
    places = 66 * 66
    print(
        f"\n{len(strengths)} windows without a mark, {places} places each; the pilots alone\n{'strength':>10}{'windows':>10}{'at most':>14}"
    )
    for strength in (4.0, 4.5, 5.0, 5.5, 6.0, 6.5, 7.6):
        bound = min(1.0, places * math.exp(-strength * strength / 2)) * len(strengths)
        print(f"{strength:10.1f}{int((strengths >= strength).sum()):10d}{bound:14.4f}")


def main() -> None:
    """Run all and print a table, then one line per figure."""
    cv2.setNumThreads(1)
    av.logging.set_level(av.logging.ERROR)
    people = faces()[: int(sys.argv[1])] if len(sys.argv) > 1 else faces()
    windows = int(sys.argv[2]) if len(sys.argv) > 2 else WINDOWS
    with TemporaryDirectory() as folder:
        read, tries, worst = survival(people, Path(folder))
    bare = {person.face_id: bare_pictures(person, 25) for person in people}
    costs = {name: cost(pictures) for name, pictures in bare.items()}
    print(f"\n{'':14}{'PSNR dB':>10}{'ms a picture':>14}{'bytes':>10}{'encoding time':>15}")
    for name, one in costs.items():
        print(f"{name:14}{one['psnr_db']:10.1f}{one['each_ms']:14.3f}{one['bytes']:10.3f}{one['encoding']:15.3f}")
    stills = [mean_luma([pictures[0]]) for pictures in bare.values()]
    stills += [mean_luma(decoded(compress(pictures[:3], crf=28, preset="veryfast"))) for pictures in bare.values()]
    strengths, read_max = windows_without_a_mark(stills, windows)
    print_null(strengths)
    print(f"\nsigns in a tile {layout().signs.size}, of them pilots {layout().pilots.size}")
    print(f"mark_read_percent {100 * read / tries:.1f} %")
    print(f"mark_wrong_signs_worst_percent {100 * worst:.1f} %")
    print(f"mark_psnr_db_min {min(one['psnr_db'] for one in costs.values()):.1f} dB")
    print(f"mark_ms_per_picture {max(one['each_ms'] for one in costs.values()):.3f} ms")
    print(f"mark_encoding_time_ratio {np.median([one['encoding'] for one in costs.values()]):.3f} ratio")
    print(f"mark_bytes_ratio {np.median([one['bytes'] for one in costs.values()]):.3f} ratio")
    print(f"mark_windows_tested {len(strengths)} windows")
    print(f"mark_windows_false_alarms {int(read_max >= READ_STRENGTH_MIN)} windows")
    print(f"mark_windows_id_strength_max {read_max:.1f} strength (counts from {READ_STRENGTH_MIN})")
    print(f"mark_false_alarm_bound {false_alarm_bound(READ_STRENGTH_MIN, ids=1 << mark_code.ID_BITS):.1e} probability")


if __name__ == "__main__":
    main()
