"""What the states between sentences keep: lips still, wall still, both players alike. `python tests/benchmarks/bench_states.py`.

Lips are found again by the landmark model on drawn pictures, as in the film benchmark, 25 a second over one loop of twelve seconds.
The mouth's coefficients never move in a state (tests see to that), so what is read here is the model's own unrest under a moving head.
"""

from dataclasses import dataclass

import numpy as np
from face_films import background_change, spoken
from two_players import likeness_db

from avatar_pipeline.casting.find_face import FaceFinder
from avatar_pipeline.catalogue import face
from avatar_pipeline.face import FaceRenderer, load_rig
from avatar_pipeline.inspection.film_tracks import Shown
from avatar_pipeline.inspection.watch_face import FaceTrack, watch_face
from avatar_pipeline.score import MotionScore
from avatar_pipeline.speak import STATES, loop_of

FACES = ("amara", "tomas", "ingrid", "walter")
SEED = 11
PICTURES_A_SECOND = 25
MOMENTS = 12


@dataclass(frozen=True)
class Waiting:
    """A loop in the place of a sentence, for measures that ask for a score."""

    score: MotionScore


def watched(renderer: FaceRenderer, score: MotionScore) -> FaceTrack:
    """The landmark model's track over drawn pictures of a score."""
    moments = np.arange(0.0, score.duration_s, 1 / PICTURES_A_SECOND)
    drawn_at = ((number, at, np.ascontiguousarray(renderer.render(score.at(at))[..., :3])) for number, at in enumerate(moments.tolist()))
    return watch_face((Shown(*one) for one in drawn_at), FaceFinder())


def psnr_db() -> dict[str, float]:
    """The least likeness of both players over the face's box, by state."""
    loops = [loop_of(state, SEED) for state in STATES]
    rows = [one.at(at) for one in loops for at in np.linspace(0, one.duration_s, MOMENTS, endpoint=False).tolist()]
    each = np.array(list(likeness_db(FACES, rows).values())).reshape(len(FACES), len(STATES), MOMENTS)
    return dict(zip(STATES, each.min(axis=(0, 2)).tolist(), strict=True))


def main() -> None:
    """Print every figure, the worst face of each."""
    talks = spoken()
    for face_id in FACES:
        renderer = FaceRenderer(load_rig(face(face_id).film_rig_path), 512)
        talking = watched(renderer, talks[0].score).aperture
        reach = float(np.nanpercentile(talking, 95) - np.nanpercentile(talking, 5))
        for state in STATES:
            score = loop_of(state, SEED)
            unrest = float(np.nanstd(watched(renderer, score).aperture))
            changed = background_change(face(face_id), [Waiting(score)])  # type: ignore[list-item]
            print(
                f"{face_id} {state}: aperture_sd {unrest:.3f} = {100 * unrest / reach:.2f} percent of talking, background_change {changed}"
            )
    for state, least in psnr_db().items():
        print(f"{state}: player_psnr_db {least:.1f}")


if __name__ == "__main__":
    main()
