"""A shop's own names are said as the shop says them, in every language, and written as they are written."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from avatar_pipeline.catalogue import face
from avatar_pipeline.inspection.film_tracks import LISTEN_HZ
from avatar_pipeline.inspection.sampling import Part
from avatar_pipeline.inspection.words_heard import ALIGNER, RECOGNISER, judge_words
from avatar_pipeline.listen import can_listen
from avatar_pipeline.scenes.plan import Cast, Clock, fingerprint, plan_takes
from avatar_pipeline.scenes.read_script import read_script
from avatar_pipeline.speak import speak
from avatar_pipeline.text.chinese import say_chinese
from avatar_pipeline.text.own_sayings import OwnSaying, rules_of, sayings_in
from avatar_pipeline.text.reading import read_sentence, read_words
from avatar_pipeline.voice import Voice

NGUYEN, ROASTERY = OwnSaying("Nguyen", "win"), OwnSaying("Nguyen Roastery", "win roast house")
LIST = (NGUYEN, ROASTERY, OwnSaying("12oz", "a mug full"), OwnSaying("重庆店", "虫庆店"))


def said(sentence: str) -> str:
    return " ".join(reading.said for reading in read_sentence(sentence, rules_of(sayings_in(sentence, LIST))))


@pytest.mark.parametrize(
    ("sentence", "heard"),
    [
        ("Ask at Nguyen's.", "Ask at win's."),
        ("ask NGUYEN, please", "ask win, please"),
        ("At Nguyen  Roastery, today.", "At win roast house, today."),
        ("Not in Nguyenville.", "Not in Nguyenville."),
        ("12oz for $4.50.", "a mug full for four dollars and fifty cents."),
    ],
)
def test_a_name_is_said_whole_and_before_every_other_rule(sentence: str, heard: str) -> None:
    assert said(sentence) == heard


def test_captions_keep_what_is_written() -> None:
    readings = read_sentence("Nguyen Roastery opens.", rules_of(LIST))
    assert [(one.written, one.said) for one in readings] == [("Nguyen Roastery", "win roast house"), ("opens.", "opens.")]


def test_a_chinese_name_is_found_without_spaces() -> None:
    readings = read_words("欢迎来重庆店。", lambda _: ["欢迎", "来", "重庆", "店", "。"], lambda text: say_chinese(text, rules_of(LIST)))
    assert [(one.written, one.said) for one in readings] == [("欢迎", "欢迎"), ("来", "来"), ("重庆店。", "虫庆店。")]


def test_the_sound_is_that_of_what_is_said() -> None:
    text = "Nguyen brews it."
    (as_written,), (as_said,) = (list(speak(text, Voice(own_sayings=own), seed=3)) for own in ((), (NGUYEN,)))
    assert [word.text for word in as_said.words] == [word.text for word in as_written.words] == ["Nguyen", "brews", "it."]
    respelled = Voice().load().say(read_sentence("win brews it."), 1.0, 1)
    assert respelled is not None
    assert [one.symbol for one in as_said.phonemes] == [one.symbol for one in respelled.phonemes]
    assert [one.symbol for one in as_written.phonemes] != [one.symbol for one in respelled.phonemes]
    (again,) = speak("It is open.", Voice(own_sayings=(NGUYEN,)), seed=3)
    (plain,) = speak("It is open.", Voice(), seed=3)
    assert np.array_equal(again.samples, plain.samples), "what names no such thing sounds as before"


def test_of_a_film_only_the_sentences_with_the_name_are_made_again(tmp_path: Path) -> None:
    document = {"format": "tillhand-script/1", "scenes": [{"text": "Nguyen brews it. It is open."}]}
    script = read_script(document, tmp_path)
    plain = Cast(face("amara"), Voice(), 1)
    listed = replace(plain, voice=Voice(own_sayings=(NGUYEN, ROASTERY)))
    named, other = plan_takes(script)
    assert fingerprint(named, script, plain, Clock(9, 9)) != fingerprint(named, script, listed, Clock(9, 9))
    assert fingerprint(other, script, plain, Clock(9, 9)) == fingerprint(other, script, listed, Clock(9, 9))


def test_japanese_takes_them_too() -> None:
    pytest.importorskip("pyopenjtalk")
    from avatar_pipeline.engines.japanese_sounds import read_japanese

    own = rules_of([OwnSaying("金井店", "こんせいてん")])
    readings = [(one.written, one.said) for one in read_japanese("金井店へようこそ。", own)]
    assert readings == [("金井店", "コンセイテン"), ("へ", "エ"), ("ようこそ。", "ヨーコソ。")]


@pytest.mark.parametrize("by", [ALIGNER, pytest.param(RECOGNISER, marks=pytest.mark.skipif(not can_listen(), reason="an extra"))])
def test_a_film_that_says_a_name_as_the_shop_does_says_its_script(by: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("avatar_pipeline.listen.can_listen", lambda _: by == RECOGNISER)
    own = OwnSaying("Porsche", "the little green house in the park")
    (spoken,) = speak("Come to Porsche.", Voice(own_sayings=(own,)), seed=3)
    length = round(spoken.duration_s * LISTEN_HZ)
    at = np.arange(length) * spoken.sample_rate_hz / LISTEN_HZ
    sound = np.interp(at, np.arange(len(spoken.samples)), spoken.samples / 32768).astype(np.float32)
    part = Part(spoken.text, 0.0, spoken.duration_s, (own,))
    assert (judge_words(sound, [part], None).how, judge_words(sound, [part], None).wrong) == (by, ())
    assert judge_words(sound, [replace(part, own_sayings=())], None).wrong == (spoken.text,), "by the rules it would be one word"
