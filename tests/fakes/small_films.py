"""A short silent film of a catalogue face, with its papers: enough for whoever reads papers."""

from pathlib import Path

import numpy as np

from avatar_pipeline.catalogue import face
from avatar_pipeline.film import SAMPLE_RATE_HZ, write_film
from avatar_pipeline.provenance import FilmPapers
from avatar_pipeline.score import MotionScore
from avatar_pipeline.speak import idle

STILL = MotionScore(np.zeros((2, 57), np.int16))


class Hush:
    """A tenth of a second of silence."""

    samples = np.zeros(SAMPLE_RATE_HZ // 10, np.int16)
    score = STILL
    text = "hush"


def small_film(path: Path, papers: FilmPapers, size_px: int = 480, *, moves: bool = False) -> Path:
    """Write it to `path`."""
    write_film([Hush()], face=face("mei"), out_path=path, size_px=size_px, idle_score=idle(3) if moves else STILL, papers=papers)
    return path
