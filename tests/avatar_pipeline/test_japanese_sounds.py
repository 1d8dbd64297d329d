"""Japanese in Kokoro's alphabet: kana by table, figures and counters as a person reads them, every written sign kept for the captions."""

import importlib.util

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from avatar_pipeline.engines.english_sounds import symbol_numbers
from avatar_pipeline.engines.japanese_sounds import read_japanese, sounds_of_kana

ALPHABET = set(symbol_numbers())
needs_dictionary = pytest.mark.skipif(importlib.util.find_spec("pyopenjtalk") is None, reason="no dictionary: make setup-voices")


@pytest.mark.parametrize(
    ("kana", "sounds"),
    [
        ("コーヒー", "koːçiː"), ("イラッシャイマセ", "iɾaʔɕaimase"), ("シンブン", "ɕimbɯɴ"), ("ガンコ", "ɡaŋko"),
        ("コンニチワ", "koɲɲiʨiβa"),
        ("キャンペーン", "kʲampeːɴ"), ("ヒャクエン", "çakɯeɴ"), ("ウィスキー", "βisɨkʲiː"), ("ヴァイオリン", "vaioɾʲiɴ"),
        ("ディスク", "dʲisɨkɯ"),
        ("フィルム", "ɸʲiɾɯmɯ"), ("クォーツ", "kᵝoːʦɨ"), ("ツァー", "ʦaː"), ("チェック", "ʨeʔkɯ"), ("デュオ", "dʲɨo"),
        ("ほん、や。", "hoɴ,ja."),
        ("Ｆ", "eɸɯ"), ("★", ""),
    ],
)  # fmt: skip
def test_kana_sound_as_the_model_writes_them(kana: str, sounds: str) -> None:
    assert sounds_of_kana(kana) == sounds


@given(
    some.text(
        "あいうえおかきくけこがさしすせそざたちつてとだなにのはひふへほばぱまみむめもやゆよらりるれろわをんっーゃゅょぁぃぅぇぉゔ、。Aa7★",
        max_size=30,
    )
)
def test_every_sound_is_in_the_models_alphabet(kana: str) -> None:
    assert set(sounds_of_kana(kana)) <= ALPHABET


@needs_dictionary
@pytest.mark.parametrize(
    ("sentence", "readings"),
    [
        ("豆は1,200円です。", [("豆", "マメ"), ("は", "ワ"), ("1,200", "センニヒャク"), ("円", "エン"), ("です。", "デス。")]),
        ("明日は3月3日です", [("明日", "アシタ"), ("は", "ワ"), ("3月3日", "サンガツミッカ"), ("です", "デス")]),
        ("¥500で", [("¥500", "ゴヒャクエン"), ("で", "デ")]),
    ],
)
def test_figures_are_said_as_words_and_shown_as_written(sentence: str, readings: list[tuple[str, str]]) -> None:
    assert [(one.written, one.said) for one in read_japanese(sentence)] == readings


@needs_dictionary
@settings(max_examples=60, deadline=None)
@given(some.lists(some.sampled_from("豆は1200,円%です。A-7と月日を（）「」！返品 "), max_size=20).map("".join))
def test_no_sentence_trips_the_reading_and_no_word_is_lost(sentence: str) -> None:
    written = "".join(one.written for one in read_japanese(sentence)).replace(" ", "")
    assert {sign for sign in written if sign.isalnum()} == {sign for sign in sentence if sign.isalnum()}
