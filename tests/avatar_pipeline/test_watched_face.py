"""The first picture of a film is seen through the same window as the next: a square still growing made a shut mouth look open."""

import numpy as np
import pytest

from avatar_pipeline.casting.find_face import FaceFinder
from avatar_pipeline.catalogue import CatalogueFace, faces
from avatar_pipeline.face import FaceRenderer, load_rig
from avatar_pipeline.inspection.film_tracks import Shown
from avatar_pipeline.inspection.watch_face import watch_face


@pytest.fixture(scope="module")
def finder() -> FaceFinder:
    return FaceFinder()


@pytest.mark.parametrize("entry", faces(), ids=lambda entry: entry.face_id)
def test_a_still_face_is_read_alike_from_the_first_picture_on(entry: CatalogueFace, finder: FaceFinder) -> None:
    """Tomas' first square was 3 % smaller than his fourth, Ravi's and Ingrid's 2 %."""
    picture = FaceRenderer(load_rig(entry.film_rig_path), 512).render(np.zeros(57, np.float32))
    track = watch_face([Shown(number, number / 25, picture) for number in range(6)], finder)
    sides = [box.side for box in track.boxes if box]
    assert len(sides) == 6
    assert np.ptp(sides) < 0.006 * sides[-1]
    assert np.ptp(track.aperture) < 0.1


def test_pictures_without_a_face_give_no_track(finder: FaceFinder) -> None:
    track = watch_face([Shown(0, 0.0, np.full((256, 256, 3), 90, np.uint8))], finder)
    assert track.boxes == (None,)
    assert track.seen_share == 0
