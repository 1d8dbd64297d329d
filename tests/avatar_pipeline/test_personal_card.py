"""A personal card: what stands on it can be scanned and measured, and file and picture say that AI made it."""

import io
import json
import re
from dataclasses import replace
from html import unescape

import cv2
import numpy as np
import pytest
import zxingcpp
from PIL import Image

from avatar_pipeline.catalogue import CATALOGUE, face
from avatar_pipeline.errors import StageRefusal
from avatar_pipeline.personal_card import CardText, draw_personal_card
from avatar_pipeline.provenance import FilmPapers

TEXT = CardText(
    "Happy birthday, Mei!", "Cold brew, large", "$4.90", "10 % off your basket", "KESTREL-7KQ2-93MX", "Once per visitor.", "Made by Amara"
)


def drawn(text: CardText, who: str = "amara") -> Image.Image:
    papers = FilmPapers(producer="Kestrel Café", produce_id="trn_1")
    return Image.open(io.BytesIO(draw_personal_card(text, face(who).poster_path, papers)))


@pytest.mark.parametrize("code", ["KESTREL-7KQ2-93MX", "A1", "W" * 60])
def test_the_code_is_scanned_from_the_picture_and_from_a_phone_sized_one(code):
    card = drawn(replace(TEXT, code=code))
    small = card.resize((card.width // 2, card.height // 2), Image.Resampling.LANCZOS)
    for picture in (card, small) if len(code) < 20 else (card,):
        assert [one.text for one in zxingcpp.read_barcodes(np.asarray(picture.convert("L")))] == [code]


def test_the_file_carries_the_label_twice():
    card = drawn(TEXT)
    label = json.loads(card.text["AIGC"])
    assert (label["Label"], label["ContentProducer"], label["ProduceID"]) == ("1", "Kestrel Café", "trn_1")
    in_xmp = re.search(r'TC260:AIGC=("[^"]*"|\'[^\']*\')', card.text["XML:com.adobe.xmp"])
    assert in_xmp is not None
    assert json.loads(unescape(in_xmp[1][1:-1])) == label


def test_the_mark_of_ai_is_seen_and_large_enough():
    """Dark in the corner of a light band, and at least a twentieth of the shorter side high."""
    card = drawn(replace(TEXT, headline="For you", product="", price="", code="", offer="", terms=""))
    corner = cv2.cvtColor(np.asarray(card.convert("RGB"))[:140, :220], cv2.COLOR_RGB2GRAY)
    rows = np.flatnonzero((corner < 90).sum(axis=1) > 20)
    assert rows.size >= 0.05 * min(card.size)


def test_a_card_is_as_high_as_what_stands_on_it():
    long = "Happy birthday and every good wish, Maximiliane Augusta!"
    shorter = replace(TEXT, code="", offer="", terms="")
    heights = [drawn(text).height for text in (CardText("For you"), shorter, TEXT, replace(TEXT, headline=long))]
    assert heights == sorted(set(heights))


@pytest.mark.parametrize("who", [one.face_id for one in CATALOGUE])
def test_every_face_stands_on_paper(who):
    card = np.asarray(drawn(TEXT, who).convert("RGB"))
    assert np.abs(card[-20:].astype(int) - (255, 253, 249)).max() <= 2
    assert card[250:550, 400:680].std() > 20  # a portrait, and no flat colour


def test_a_damaged_portrait_is_refused_in_words(tmp_path):
    (tmp_path / "poster.webp").write_bytes(b"no picture")
    with pytest.raises(StageRefusal, match=r"poster\.webp"):
        draw_personal_card(TEXT, tmp_path / "poster.webp", FilmPapers())
