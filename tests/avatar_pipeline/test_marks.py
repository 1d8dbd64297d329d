"""The invisible mark: it survives what films go through, nobody sees it, and no picture without it shows it."""

import hashlib
import math

import cv2
import numpy as np
import pytest
from fakes.rough_films import compress, cropped, decoded, mean_luma, planes_of, shrunk

from avatar_pipeline.catalogue import face
from avatar_pipeline.face import FaceRenderer, load_rig
from avatar_pipeline.speak import idle
from avatar_pipeline.trust import mark_code
from avatar_pipeline.trust.mark import Mark
from avatar_pipeline.trust.mark_pattern import tile, wave
from avatar_pipeline.trust.mark_search import READ_STRENGTH_MIN, SEEN_STRENGTH_MIN, false_alarm_bound, find_mark, sight

FILM_ID = 0x1234_5678_9ABC
SIZE_PX = 720


@pytest.fixture(scope="module")
def bare():
    """Fourteen pictures of a face that listens, as an encoder gets them."""
    renderer, score = FaceRenderer(load_rig(face("ingrid").film_rig_path), SIZE_PX), idle(3)
    return [planes_of(renderer.render(score.at(number / 5))) for number in range(14)]


@pytest.fixture(scope="module")
def marked(bare):
    mark = Mark(FILM_ID)
    pictures = [planes.copy() for planes in bare]
    for planes in pictures:
        mark.lay(planes[:SIZE_PX])
    return pictures


def test_an_id_is_read_through_a_quarter_of_wrong_signs():
    random = np.random.default_rng(5)
    for film_id in (0, 1, (1 << 48) - 1, *map(int, random.integers(0, 1 << 48, 20))):
        signs = mark_code.encode(film_id).astype(float)
        signs[random.permutation(len(signs))[: len(signs) // 4]] *= -1
        assert mark_code.decode(signs) == film_id


@pytest.mark.parametrize("film_id", [-1, 1 << 48])
def test_ids_have_48_bits(film_id):
    with pytest.raises(ValueError, match="48 bits"):
        mark_code.encode(film_id)


def test_noise_is_hardly_ever_an_id():
    random = np.random.default_rng(6)
    read = [mark_code.decode(random.normal(size=mark_code.SIGNS)) for _ in range(300)]
    assert sum(one is not None for one in read) <= 1, "one in 65,536 passes the checksum, and the strength stops that one"


def test_the_tile_is_the_same_for_ever():
    """Films that were made must stay readable: whoever changes the tile must read the old one too."""
    assert hashlib.sha256(tile(FILM_ID).astype(np.int8).tobytes()).hexdigest()[:16] == "ab07a3ed5f5b0874"


def test_nobody_sees_it(bare, marked):
    before, after = (np.stack([planes[:SIZE_PX] for planes in some]).astype(float) for some in (bare, marked))
    psnr_db = 10 * np.log10(255**2 / ((after - before) ** 2).mean((1, 2)))
    assert psnr_db.min() >= 42
    assert np.array_equal(after[0] - before[0], after[-1] - before[-1]), "it stands still, so it cannot flicker"
    detail = before[0] - cv2.GaussianBlur(before[0], (0, 0), 8)
    smooth = cv2.blur(np.abs(detail), (41, 41)) < 0.6
    assert smooth.mean() > 0.1
    assert np.abs(after[0] - before[0])[smooth].max() <= 2
    assert np.abs(after[0] - before[0])[smooth].mean() < 0.7
    assert all(np.array_equal(a[SIZE_PX:], b[SIZE_PX:]) for a, b in zip(bare, marked, strict=True)), "colours stay as they are"


def test_it_survives_compression_half_the_size_and_a_crop_together(marked):
    film = decoded(compress(marked, crf=20, preset="veryfast"))
    rough = decoded(compress([shrunk(cropped(planes, 0.1), 0.5) for planes in film], crf=28, preset="medium"))
    found = find_mark(mean_luma(rough))
    assert found is not None
    assert found.film_id == FILM_ID
    assert found.false_alarm_bound < 1e-8, "a hundredth of what one film in a million may be"


def test_what_carries_no_mark_shows_none(bare):
    film = decoded(compress(bare, crf=28, preset="veryfast"))
    assert find_mark(mean_luma(film)) is None
    flat, another = np.full((120, 160), 128, np.float32), wave(tile(FILM_ID, key=b"another house"), 300, 300) * 3 + 128
    assert find_mark(flat) is None
    assert find_mark(another) is None


def test_strengths_without_a_mark_keep_under_the_bound(bare):
    """The bound is for one place and one scale; here are some thousand of each."""
    random, strengths = np.random.default_rng(8), []
    whole = mean_luma(bare)
    for _ in range(120):
        side = int(random.integers(200, 500))
        top, left = random.integers(0, SIZE_PX - side, 2)
        window = whole[top : top + side, left : left + side] + random.normal(0, 2, (side, side)).astype(np.float32)
        strengths.append(sight(window, float(random.uniform(40, 160))).strength)
    places = 66 * 66
    for strength in (4.5, 5.0, 5.5):
        expected = len(strengths) * min(1.0, places * math.exp(-strength * strength / 2))
        assert sum(one >= strength for one in strengths) <= expected + 4 * math.sqrt(expected) + 1
    assert max(strengths) < SEEN_STRENGTH_MIN


def test_the_promise_is_kept_by_arithmetic():
    assert false_alarm_bound(READ_STRENGTH_MIN, ids=1 << 48) < 1e-6
    assert false_alarm_bound(SEEN_STRENGTH_MIN, ids=1) < 1e-6
