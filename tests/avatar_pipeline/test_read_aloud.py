"""What a native speaker says for what shops write, text by text, in three languages: the rules must say the same words."""

import importlib.util
import re
from pathlib import Path

import pytest

from avatar_pipeline.engines.japanese_sounds import read_japanese, sounds_of_kana
from avatar_pipeline.text.chinese import say_chinese
from avatar_pipeline.text.reading import read_sentence, read_words

TEXTS = Path(__file__).with_name("read_aloud.txt")
_SIGNS = re.compile(r"[\W_ː]+")


def texts(language: str) -> list[tuple[str, list[str]]]:
    """Each text of a language as it is written, with the readings that are right."""
    lines = [line.split("\t") for line in TEXTS.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return [(written, said.split(" | ")) for spoken_in, written, said in lines if spoken_in == language]


def bare(words: str) -> str:
    """The letters alone: neither case nor pauses make other words."""
    return _SIGNS.sub("", words.lower())


def said(language: str, written: str) -> str:
    if language == "ja":
        return sounds_of_kana("".join(one.said for one in read_japanese(written)))
    if language == "zh":
        return "".join(one.said for one in read_words(written, list, say_chinese))
    return " ".join(one.said for one in read_sentence(written))


@pytest.mark.parametrize(("written", "right"), texts("en"))
def test_english_is_read_as_it_is_said(written: str, right: list[str]) -> None:
    assert bare(said("en", written)) in map(bare, right)


@pytest.mark.parametrize(("written", "right"), texts("zh"))
def test_chinese_is_read_as_it_is_said(written: str, right: list[str]) -> None:
    assert bare(said("zh", written)) in map(bare, right)


@pytest.mark.skipif(importlib.util.find_spec("pyopenjtalk") is None, reason="no dictionary: make setup-voices")
@pytest.mark.parametrize(("written", "right"), texts("ja"))
def test_japanese_is_read_as_it_is_said(written: str, right: list[str]) -> None:
    assert bare(said("ja", written)) in [bare(sounds_of_kana(kana)) for kana in right]
