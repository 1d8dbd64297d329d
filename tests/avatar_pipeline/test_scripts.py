"""Scripts as people write them: what is read, what is filled in, and that every mistake is told with its place."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from avatar_pipeline.engines.speech import TimedWord
from avatar_pipeline.scenes.captions import captions_of, draw_caption
from avatar_pipeline.scenes.errors import MusicUnreadable, PictureUnreadable, ScriptUnreadable
from avatar_pipeline.scenes.fill_script import names_in
from avatar_pipeline.scenes.lettering import Hand, lines_of, width_of
from avatar_pipeline.scenes.music import DUCK_DB, RATE_HZ, Bed, doubled, ducking
from avatar_pipeline.scenes.picture_file import open_picture
from avatar_pipeline.scenes.placing import Box, caption_box, card_box, person_box, strap_box
from avatar_pipeline.scenes.plan import plan_takes
from avatar_pipeline.scenes.read_script import read_script
from avatar_pipeline.scenes.script import SIZES, CouponCard, Framing, Look, Music, ProductCard, Shape

DOCUMENT: dict[str, Any] = {
    "format": "tillhand-script/1",
    "concepts": {"house": {"title": "House blend", "price": "$14.50"}, "shop": "Kestrel Coffee"},
    "scenes": [
        {"text": "Hello {name}, this is @shop.", "strap": {"name": "Amara", "title": "at @shop"}},
        {"text": "The @house is back. Write to us at hello@shop.example.", "product": "@house", "wall": {"top": "#ff0080"}},
        {"text": "For you.", "coupon": {"code": "{code}", "title": "10 % off"}},
    ],
}
ROW = {"name": "Zoë", "code": "A-1"}


def test_asterisks_tell_the_voice_what_to_stress_and_are_not_read() -> None:
    for written, shown in (
        ("Try the *flat white*: it is **new**.", "Try the flat white: it is new."),
        ("Two * two, 5* and *", "Two * two, 5* and *"),
    ):
        [caption] = captions_of(words(written), "16:9", 9.0)
        assert caption.text == shown


def test_names_and_concepts_are_filled_in(tmp_path: Path) -> None:
    script = read_script(DOCUMENT, tmp_path, ROW)
    assert [scene.text for scene in script.scenes] == [
        "Hello Zoë, this is Kestrel Coffee.", "The House blend is back. Write to us at hello@shop.example.", "For you.",
    ]  # fmt: skip
    assert script.scenes[0].strap is not None
    assert script.scenes[0].strap.title == "at Kestrel Coffee"
    assert script.scenes[1].card == ProductCard("House blend", "$14.50")
    assert script.scenes[1].wall.top == (255, 0, 128)
    assert script.scenes[2].card == CouponCard("A-1", "10 % off")
    assert names_in(DOCUMENT) == {"name", "code"}


def test_a_scene_has_a_mood_or_what_its_words_say_and_the_first_format_is_read_as_ever(tmp_path: Path) -> None:
    told = [{"text": "a", "mood": "sorry"}, {"text": "b", "mood": "text"}, {"text": "c"}]
    script = read_script({"format": "tillhand-script/2", "scenes": told}, tmp_path)
    assert [scene.mood for scene in script.scenes] == ["sorry", None, None]
    by_row = {"format": "tillhand-script/2", "scenes": [{"text": "a", "mood": "{tone}"}]}
    assert [read_script(by_row, tmp_path, {"tone": tone}).scenes[0].mood for tone in ("glad", "text")] == ["glad", None]
    with pytest.raises(ScriptUnreadable, match=r"'merry'.*scenes\[0\].mood"):
        read_script(by_row, tmp_path, {"tone": "merry"})
    assert read_script(DOCUMENT | {"format": "tillhand-script/2"}, tmp_path, ROW) == read_script(DOCUMENT, tmp_path, ROW)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"format": "tillhand-script/3"}, "tillhand-script/2"), ({"shape": "4:3"}, "shape"), ({"scene": []}, "scene"),
        ({"scenes": [{"text": 5}]}, r"scenes\[0\].text"), ({"scenes": [{"text": "a", "framing": "up"}]}, "framing"),
        ({"format": "tillhand-script/2", "scenes": [{"text": "a", "mood": "furious"}]}, r"'furious'.*scenes\[0\].mood"),
        ({"scenes": [{"text": "a", "mood": "glad"}]}, "mood or a gesture is written in .*tillhand-script/2"),
        ({"scenes": [{"text": "{who}"}]}, "no column is called 'who'"),
        ({"scenes": [{"text": "@what"}]}, "none of its concepts: @house, @shop"),
        ({"scenes": [{"text": "a", "product": {"title": "b"}, "coupon": {"code": "c", "title": "d"}}]}, "one card"),
        ({"accent": "teal"}, "like #0f5c5c"),
        ({"scenes": [{"text": "a", "wall": {"picture": "../../etc/passwd"}}]}, "outside the script's folder"),
        ({"scenes": [{"text": "a", "wall": {"blur": 3}}]}, "blurred by 0 to 0.1"), ({"music": {"level_db": 3}}, "-60 to -6"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_place(tmp_path: Path, change: dict[str, Any], told: str) -> None:
    with pytest.raises(ScriptUnreadable, match=told):
        read_script(DOCUMENT | change, tmp_path, ROW)


def test_a_concept_without_words_cannot_be_said(tmp_path: Path) -> None:
    with pytest.raises(ScriptUnreadable, match="@thing has no words"):
        read_script({"format": "tillhand-script/1", "concepts": {"thing": {"price": "1"}}, "scenes": [{"text": "See @thing."}]}, tmp_path)


def test_pictures_are_opened_with_care(tmp_path: Path) -> None:
    turned, broken = tmp_path / "turned.jpg", tmp_path / "broken.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("CMYK", (40, 20)).save(turned, exif=exif)
    assert open_picture(turned).size == (20, 40)
    broken.write_bytes(turned.read_bytes()[:300])
    for path in (broken, tmp_path / "none.jpg", Path(__file__)):
        with pytest.raises(PictureUnreadable, match=path.name):
            open_picture(path)
    huge = tmp_path / "huge.png"
    Image.new("1", (12_000, 12_000)).save(huge)
    with pytest.raises(PictureUnreadable, match="60 million"):
        open_picture(huge)


def overlap(one: Box, other: Box) -> bool:
    across = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
    return across > 0 and min(one.y + one.height, other.y + other.height) - max(one.y, other.y) > 0


@pytest.mark.parametrize("shape", list(SIZES))
@pytest.mark.parametrize("framing", ["centre", "left", "right", "close"])
def test_nothing_covers_her_mouth_and_nothing_lies_over_something_else(shape: Shape, framing: Framing) -> None:
    for has_card in (False, True):
        look = Look(shape)
        person = person_box(look, framing, has_card=has_card)
        mouth = Box(*(round(person.x + 0.36 * person.width), round(person.y + 0.58 * person.height)), person.width // 4, person.height // 7)
        beside = framing if framing in {"left", "right"} else "left"
        laid = [caption_box(look), strap_box(look, framing, has_card=has_card)] + ([card_box(look, beside)] if has_card else [])
        for number, box in enumerate(laid):
            assert not overlap(box, mouth), (number, has_card)
            assert not any(overlap(box, other) for other in laid[number + 1 :])
            assert box.x >= 0
            assert box.x + box.width <= look.size[0]
            assert box.y >= 0
            assert box.y + box.height <= look.size[1]
        assert person.y + person.height > look.size[1] * 0.8
        if (shape, framing, has_card) == ("1:1", "centre", False):
            hair = Box(person.x + person.width // 6, person.y + round(0.03 * person.height), 2 * person.width // 3, person.height // 4)
            assert not overlap(strap_box(look, framing, has_card=False), hair)


def words(text: str) -> list[TimedWord]:
    return [TimedWord(word, n * 0.3, n * 0.3 + 0.25) for n, word in enumerate(text.split())]


@pytest.mark.parametrize("shape", list(SIZES))
def test_captions_lose_no_word_and_can_be_read_in_two_lines(shape: Shape) -> None:
    text = "When you come by on Saturday, ask for the roast from the hills, which we only have until the month ends, and bring a friend."
    captions = captions_of(words(text), shape, 9.0)
    assert " ".join(caption.text for caption in captions) == text
    assert all(before.end_s == after.start_s for before, after in pairwise(captions))
    assert captions[-1].end_s <= 9.0
    for caption in captions:
        hand = Hand(round((0.054 if shape == "9:16" else 0.042) * 1080), 550)
        lines = lines_of(caption.text, hand, caption_box(Look(shape)).width - 48, 2)
        assert " ".join(lines) == caption.text
        assert draw_caption(caption.text, caption_box(Look(shape)), 1080, has_sheet=shape == "9:16").picture[..., 3].max() > 0.7 * 255


def test_lines_break_between_words_or_eastern_signs_and_say_when_they_are_cut() -> None:
    hand = Hand(30)
    for text in ("one two three four five six seven", "我们的新咖啡豆刚刚到货，欢迎来品尝。", "新しい豆が届きました、どうぞ。"):
        lines = lines_of(text, hand, 200, 9)
        assert "".join(lines).replace(" ", "") == text.replace(" ", "")
        assert all(width_of(line, hand) <= 200 for line in lines)
        assert not any(line.startswith(("，", "。", "、")) for line in lines)
        assert lines_of(text, hand, 200, 1)[0].endswith("…")
    assert lines_of("Donaudampfschifffahrtsgesellschaftskapitän", hand, 200, 2)[0].endswith("…")
    assert width_of("ok\N{FACE WITH TEARS OF JOY}", hand) == width_of("ok", hand)


def test_music_steps_back_before_she_speaks_and_comes_back_after() -> None:
    voice = np.zeros(6 * RATE_HZ, np.float32)
    voice[2 * RATE_HZ : 4 * RATE_HZ] = 0.2
    level = 20 * np.log10(ducking(voice))
    assert level[RATE_HZ] == pytest.approx(0, abs=0.1)
    assert level[2 * RATE_HZ] < -5  # down by the time she begins
    assert level[round(3.5 * RATE_HZ)] == pytest.approx(DUCK_DB, abs=0.5)
    assert level[-1] > -1.5


def test_the_bed_is_as_loud_as_asked_goes_round_and_never_clips() -> None:
    silent = np.zeros((50 * RATE_HZ, 2), np.float32)
    mixed = Bed(Music(level_db=-30)).under(silent)
    assert 20 * np.log10(np.sqrt((mixed[10 * RATE_HZ : -10 * RATE_HZ] ** 2).mean())) == pytest.approx(-30, abs=1)
    assert np.abs(np.diff(mixed[:, 0])).max() < 0.02  # no click where it goes round
    assert np.abs(Bed(Music(level_db=-6)).under(np.full((RATE_HZ, 2), 0.9, np.float32))).max() <= 0.98


def test_a_voice_at_twice_the_rate_is_the_same_voice() -> None:
    time = np.arange(24_000) / 24_000
    tone = (np.sin(2 * np.pi * 1000 * time) * 16_000).astype(np.int16)
    twice = doubled(tone)[2000:-2000, 0]
    wanted = np.sin(2 * np.pi * 1000 * (np.arange(48_000)[2000:-2000] / 48_000)) * 16_000 / 32_768
    assert np.abs(twice - wanted).max() < 0.01


def test_music_that_cannot_be_opened_is_told(tmp_path: Path) -> None:
    (tmp_path / "tune.mp3").write_bytes(b"no music")
    with pytest.raises(MusicUnreadable, match=r"tune\.mp3"):
        Bed(Music(tmp_path / "tune.mp3"))


def test_a_gesture_belongs_to_a_sentence_of_its_scene(tmp_path: Path) -> None:
    scene = {"text": "One. Two. Three.", "gesture": {"kind": "nod"}}
    for told, played in ({}, [True, False, False]), ({"sentence": 2}, [False, True, False]), ({"sentence": "last"}, [False, False, True]):
        script = read_script({"format": "tillhand-script/2", "scenes": [scene | {"gesture": {"kind": "nod"} | told}]}, tmp_path)
        assert [take.manner.gesture == "nod" for take in plan_takes(script)] == played
    every = read_script({"format": "tillhand-script/2", "scenes": [scene | {"gesture": {"kind": "tilt", "sentence": "every"}}]}, tmp_path)
    assert [take.manner.gesture for take in plan_takes(every)] == ["tilt"] * 3
    by_row = {"format": "tillhand-script/2", "scenes": [{"text": "a", "gesture": {"kind": "{move}"}}]}
    assert plan_takes(read_script(by_row, tmp_path, {"move": "shake"}))[0].manner.gesture == "shake"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"gesture": {"kind": "wave"}}, r"'wave'.*scenes\[0\].gesture.kind"),
        ({"gesture": {"kind": "nod", "sentence": 4}}, "gesture for sentence 4, and 3 to say"),
        ({"gesture": {"kind": "nod", "sentence": 0}}, "gesture for sentence 0"),
        ({"gesture": {"kind": "nod", "sentence": "first"}}, r"'first'|gesture.sentence"),
        ({"gesture": {"kind": "nod", "hand": "left"}}, "unknown field `hand`"),
        ({"gesture": "nod"}, r"scenes\[0\].gesture"),
    ],
)
def test_a_gesture_that_cannot_be_played_is_told(tmp_path: Path, change: dict[str, object], reason: str) -> None:
    with pytest.raises(ScriptUnreadable, match=reason):
        read_script({"format": "tillhand-script/2", "scenes": [{"text": "One. Two. Three."} | change]}, tmp_path)


def test_the_first_format_knows_no_gestures(tmp_path: Path) -> None:
    with pytest.raises(ScriptUnreadable, match="mood or a gesture is written in .*tillhand-script/2"):
        read_script({"format": "tillhand-script/1", "scenes": [{"text": "a", "gesture": {"kind": "nod"}}]}, tmp_path)
