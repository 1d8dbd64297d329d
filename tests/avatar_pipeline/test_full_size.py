"""Films and cards in full size, judged by their pixels: 1080 real lines, letters that are sharp, and a coupon that fills its card."""

from pathlib import Path

import av
import cv2
import numpy as np
import pytest
import zxingcpp

from avatar_pipeline.catalogue import face
from avatar_pipeline.scenes.cards import draw_card
from avatar_pipeline.scenes.layer import Layer
from avatar_pipeline.scenes.placing import card_box
from avatar_pipeline.scenes.script import Shape
from avatar_pipeline.shoot import CouponCard, FilmPapers, Look, ProductCard, Scene, Script, Shoot, TakeStore, shoot
from avatar_pipeline.voice import Voice


def test_a_film_in_full_size_has_its_1080_lines_and_not_a_small_picture_made_large(tmp_path: Path) -> None:
    """Shrunk to half and made large again, a picture with real detail is another one; one that was drawn small is not."""
    script = Script(
        "Large", (Scene("Hello.", card=ProductCard("House blend", "$14.50", "Nutty, with a hint of cocoa")),), Look("16:9", 1.0)
    )
    shot = shoot(script, face("amara"), Voice(), tmp_path / "large.mp4", Shoot(TakeStore(tmp_path / "takes"), FilmPapers(film_id=0x7F3029)))
    with av.open(str(shot.path)) as film:
        frames = [frame.to_ndarray(format="bgr24") for frame in film.decode(video=0)]
    assert frames[0].shape == (1080, 1920, 3)
    assert len(frames) == round(shot.duration_s * 25) >= 25
    middle = frames[len(frames) // 2]
    small = cv2.resize(cv2.resize(middle, (960, 540), interpolation=cv2.INTER_AREA), (1920, 1080), interpolation=cv2.INTER_CUBIC)
    lost = np.abs(middle.astype(int) - small)
    assert lost[200:880, 1210:1800].mean() > 0.5, "the card's letters are soft"
    assert lost[100:900, 300:900].mean() > 0.3, "the face is soft"
    with av.open(str(shot.path)) as film:
        assert (film.streams.video[0].codec_context.name, int(film.streams.video[0].average_rate or 0)) == ("h264", 25)


@pytest.mark.parametrize("shape", ["16:9", "9:16", "1:1"])
@pytest.mark.parametrize("terms", ["", "Valid until 30 November. One per customer."])
def test_a_coupon_card_is_filled_evenly_and_read_by_a_telephone(shape: Shape, terms: str) -> None:
    """No stretch of rows stays empty for a fifth of the card, and the code takes more than a third of the card's shorter side."""
    look, link = Look(shape, 1.0), "https://kestrel.example/c/abcdef123456"
    layer = draw_card(CouponCard("KESTREL-7", "10 % off your first order", terms, link), card_box(look, "centre"), (15, 92, 92), 1080)
    grey = np.full((*layer.picture.shape[:2], 4), 128, np.uint8)
    Layer(layer.picture, 0, 0).lay(grey)
    [code] = zxingcpp.read_barcodes(cv2.cvtColor(grey, cv2.COLOR_BGR2GRAY))
    assert code.text == link
    paper = np.flatnonzero(layer.picture[:, layer.picture.shape[1] // 2, 3] == 255)
    top, bottom = int(paper[0]), int(paper[-1])
    across = np.flatnonzero(layer.picture[(top + bottom) // 2, :, 3] == 255)
    side = code.position.bottom_right.x - code.position.top_left.x
    assert side > 0.35 * min(bottom - top, across[-1] - across[0])
    inked = (grey[top:bottom, across[0] + 4 : across[-1] - 4, :3].min(axis=2) < 200).any(axis=1)
    edges = np.flatnonzero(np.concatenate([[True], inked, [True]]))
    assert np.diff(edges).max() < 0.2 * (bottom - top)
    assert bottom - top <= card_box(look, "centre").height + 2
