"""The further voices (`make setup-voices`): three languages in one answer, its times whole, its lips shut where they must be."""

from dataclasses import replace

import numpy as np
import pytest

from avatar_pipeline.catalogue import face
from avatar_pipeline.errors import LanguageNotSpoken
from avatar_pipeline.scenes.plan import Cast, Clock, fingerprint, plan_takes
from avatar_pipeline.scenes.script import Scene, Script
from avatar_pipeline.speak import SpokenSentence, speak
from avatar_pipeline.voice import VOICES, Voice

needs_voices = pytest.mark.skipif(not Voice("jade").is_ready(), reason="the further voices are not installed: make setup-voices")


@pytest.fixture(scope="module")
def answer() -> list[SpokenSentence]:
    return list(speak("你好，妈妈¥2一杯。Have a nice day.", Voice("heart"), seed=4))


@needs_voices
def test_each_sentence_is_spoken_by_the_voice_of_its_language(answer: list[SpokenSentence]) -> None:
    assert [(sentence.language, sentence.text) for sentence in answer] == [("zh", "你好，妈妈¥2一杯。"), ("en", "Have a nice day.")]
    assert [word.text for word in answer[0].words] == ["你好，", "妈妈", "¥2", "一杯。"]


@needs_voices
def test_phonemes_fill_the_sound_and_words_follow_one_another(answer: list[SpokenSentence]) -> None:
    for sentence in answer:
        assert sentence.phonemes[0].start_s == 0
        assert sentence.phonemes[-1].end_s == pytest.approx(sentence.duration_s)
        for earlier, later in zip(sentence.phonemes, sentence.phonemes[1:], strict=False):
            assert earlier.end_s == later.start_s
        starts = [word.start_s for word in sentence.words]
        assert starts == sorted(starts)
    assert "".join(phoneme.symbol for phoneme in answer[0].phonemes).strip("_") == "nixau_mamaljaŋɥɛnipei"
    assert np.abs(answer[0].samples).max() > 3000


@needs_voices
def test_lips_are_shut_on_m_and_p_and_open_on_the_vowels(answer: list[SpokenSentence]) -> None:
    sentence = answer[0]
    gap = sentence.score.channel("jawOpen") - sentence.score.channel("mouthClose")
    frames = [(phoneme.symbol, slice(round(phoneme.start_s * 50) - 1, round(phoneme.end_s * 50) + 2)) for phoneme in sentence.phonemes]
    shut = [gap[frame].min() for symbol, frame in frames if symbol in "pm"]
    opened = [gap[frame].max() for symbol, frame in frames if symbol == "a"]
    assert len(shut) == 3
    assert max(shut) < 0.03
    assert min(opened) > 0.15


@needs_voices
def test_the_same_words_have_the_same_sound() -> None:
    once, again = (next(iter(speak("好。", Voice("lotus"), seed=seed))) for seed in (1, 2))
    np.testing.assert_array_equal(once.samples, again.samples)


@needs_voices
def test_a_japanese_sentence_is_spoken_by_the_voice_beside() -> None:
    (sentence,) = speak("豆です。", Voice("oak"), seed=1)
    assert sentence.language == "ja"
    assert "".join(phoneme.symbol for phoneme in sentence.phonemes).strip("_") == "mamedesɨ"


def test_without_a_voice_for_it_a_language_is_refused_before_any_sound() -> None:
    with pytest.raises(LanguageNotSpoken, match="Hangul"):
        speak("안녕하세요.", Voice("heart"), seed=0)


def test_every_voice_beside_another_exists_and_speaks_that_language() -> None:
    for name, kind in VOICES.items():
        for language, beside in kind.beside.items():
            assert VOICES[beside].language == language, name


@needs_voices
def test_a_voice_that_hurries_is_slowed_to_the_pace_of_the_others() -> None:
    jade_s, bamboo_s = (sum(said.duration_s for said in speak("这双鞋防水，也很轻。", Voice(name), seed=1)) for name in ("jade", "bamboo"))
    assert bamboo_s > 0.9 * jade_s


def test_a_take_is_made_again_when_its_voice_was_given_another_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    def prints(name: str, text: str) -> str:
        script = Script("", (Scene(text),))
        return fingerprint(plan_takes(script)[0], script, Cast(face("tomas"), Voice(name), 7), Clock())

    with_pace = prints("bamboo", "你好。"), prints("jade", "你好。")
    monkeypatch.setitem(VOICES, "bamboo", replace(VOICES["bamboo"], pace=1.0))
    assert prints("bamboo", "你好。") != with_pace[0]
    assert prints("jade", "你好。") == with_pace[1]
