"""Speech with the real voice: exact times, the same bytes every time, and a clear answer to every kind of bad text."""

import io
import itertools
import subprocess
import sys
import threading
import wave
from pathlib import Path

import numpy as np
import pytest

from avatar_pipeline.errors import LanguageNotSpoken, TextTooLong, WeightsDamaged
from avatar_pipeline.speak import TEXT_CHARACTERS_MAX, SpokenSentence, speak
from avatar_pipeline.voice import Voice

VOICE = Voice()
ANSWER = "Hello there! A flat white is $4.50 today — 20% off until 10:30. Maybe you want a warm muffin with it?"


def spoken(text: str, seed: int = 1, voice: Voice = VOICE) -> list[SpokenSentence]:
    return list(speak(text, voice, seed=seed))


def test_phonemes_fill_the_sound_exactly_and_the_score_covers_it() -> None:
    for sentence in spoken(ANSWER):
        phonemes = sentence.phonemes
        assert phonemes[0].start_s == 0.0
        assert phonemes[-1].end_s == len(sentence.samples) / 24_000
        assert all(a.end_s == b.start_s for a, b in itertools.pairwise(phonemes))
        assert all(phoneme.end_s > phoneme.start_s for phoneme in phonemes)
        assert 0 <= sentence.score.duration_s - sentence.duration_s < 0.02


def test_captions_keep_the_written_words_in_order_and_in_time() -> None:
    for sentence in spoken(ANSWER):
        assert " ".join(word.text for word in sentence.words) == sentence.text
        times = [moment for word in sentence.words for moment in (word.start_s, word.end_s)]
        assert times == sorted(times)
        assert 0 <= times[0] <= times[-1] <= sentence.duration_s


def test_words_are_captioned_while_they_sound() -> None:
    """The sound between a word's times is loud; a caption that ran ahead or behind would sit on silence."""
    (sentence,) = spoken("Please stop. ")
    level = np.abs(sentence.samples.astype(float))
    stop = sentence.words[1]
    middle = int((stop.start_s + 0.35 * (stop.end_s - stop.start_s)) * 24_000)
    assert level[middle - 1200 : middle + 1200].mean() > 5 * level[-2400:].mean()


def test_the_same_text_voice_and_seed_give_the_same_bytes() -> None:
    once, again, other = spoken(ANSWER), spoken(ANSWER), spoken(ANSWER, seed=2)
    for a, b, c in zip(once, again, other, strict=True):
        assert a.to_wav_bytes() == b.to_wav_bytes()
        assert a.score == b.score
        assert a.score != c.score


def test_any_whole_number_is_a_seed() -> None:
    for seed in (-1, 0, 2**80):
        assert spoken("Hello.", seed=seed)[0].score == spoken("Hello.", seed=seed)[0].score


def test_importing_the_front_door_loads_no_model_runtime() -> None:
    asked = "import sys, avatar_pipeline.speak; print([name for name in ('onnxruntime', 'hibari', 'torch', 'cv2') if name in sys.modules])"
    answer = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2])
    assert answer.stdout.strip() == "[]"


def test_threads_sharing_the_voice_do_not_disturb_each_other() -> None:
    expected = [sentence.to_wav_bytes() for sentence in spoken(ANSWER)]
    heard: list[list[bytes]] = []
    crowd = [threading.Thread(target=lambda: heard.append([s.to_wav_bytes() for s in spoken(ANSWER)])) for _ in range(4)]
    for thread in crowd:
        thread.start()
    for thread in crowd:
        thread.join()
    assert heard == [expected] * 4


def test_loudness_is_even_and_nothing_clips_or_clicks() -> None:
    texts = ["Yes.", "It costs four dollars.", "Wow, that is really great news for everybody in the shop today!", "Mm, sure."]
    for text in texts:
        (sentence,) = spoken(text)
        wave_form = sentence.samples / 32767
        frames = np.sqrt((wave_form[: len(wave_form) // 240 * 240].reshape(-1, 240) ** 2).mean(axis=1))
        speaking = frames[frames > 0.05 * frames.max()]
        assert 20 * np.log10(np.sqrt((speaking**2).mean())) == pytest.approx(-20.0, abs=0.7)
        assert np.abs(wave_form).max() < 0.99
        assert abs(wave_form[0]) < 1e-3
        assert abs(wave_form[-1]) < 1e-3


def test_silence_at_the_ends_is_short_but_leaves_a_breath() -> None:
    for sentence in spoken("Hello there. Good morning to you. "):
        loud = np.flatnonzero(np.abs(sentence.samples) > 600)
        assert 0.05 < loud[0] / 24_000 < 0.2
        assert 0.15 < sentence.duration_s - loud[-1] / 24_000 < 0.45


def test_wav_bytes_are_mono_16_bit_24_khz() -> None:
    (sentence,) = spoken("Hello.")
    with wave.open(io.BytesIO(sentence.to_wav_bytes())) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 24_000)
        assert file.readframes(file.getnframes()) == sentence.samples.tobytes()


def test_closing_the_generator_stops_the_work() -> None:
    talk = speak(ANSWER, VOICE, seed=1)
    assert next(talk).index == 0
    talk.close()
    assert list(talk) == []


def test_a_slower_voice_takes_longer() -> None:
    usual, slow = spoken("Good morning, how are you?"), spoken("Good morning, how are you?", voice=Voice(speed=0.8))
    assert slow[0].duration_s > 1.12 * usual[0].duration_s


@pytest.mark.parametrize("text", ["", "   \n ", "?!… — ;", "🎉🎉", "\x00\x07", "_ * _", "。"])
def test_text_with_nothing_to_say_is_silence_not_an_error(text: str) -> None:
    assert spoken(text) == []


def test_emoji_are_shown_and_not_spoken() -> None:
    (with_emoji,) = spoken("See you soon 🎉!")
    (without,) = spoken("See you soon!")
    assert with_emoji.text == "See you soon 🎉!"
    assert [p.symbol for p in with_emoji.phonemes] == [p.symbol for p in without.phonemes]


def test_control_characters_neither_sound_nor_show() -> None:
    (sentence,) = spoken("Good\x07 mor\u200bning\x1b.")
    assert sentence.text == "Good  morning ."
    assert len(sentence.words) == 3


def test_two_thousand_characters_stream_and_nothing_is_dropped() -> None:
    text = "Our shop sells coffee, tea and cake, and we are glad to help. " * 33
    sentences = spoken(text[:2000])
    assert "".join(sentence.text for sentence in sentences).replace(" ", "") == text[:2000].replace(" ", "")
    assert [sentence.index for sentence in sentences] == list(range(len(sentences)))


def test_three_hundred_figures_without_a_space_are_all_said() -> None:
    sentences = spoken("7" * 300)
    sevens = sum(phoneme.symbol == "v" for sentence in sentences for phoneme in sentence.phonemes)
    assert sevens == 300


@pytest.mark.parametrize(("text", "script"), [("Καλώς ήρθατε.", "Greek"), ("안녕하세요", "Hangul"), ("Hello. Добрый день.", "Cyrillic")])
def test_a_script_the_voice_cannot_read_is_refused_before_any_sound(text: str, script: str) -> None:
    with pytest.raises(LanguageNotSpoken, match=script):
        speak(text, VOICE, seed=1)


def test_a_foreign_word_in_an_english_sentence_does_not_stop_the_answer() -> None:
    (sentence,) = spoken("We call this one café crème, or 咖啡 in Chinese.")
    assert "咖啡" in [word.text for word in sentence.words]


def test_too_much_text_is_refused() -> None:
    with pytest.raises(TextTooLong, match=str(TEXT_CHARACTERS_MAX)):
        speak("a" * (TEXT_CHARACTERS_MAX + 1), VOICE, seed=1)


def test_damaged_weights_are_refused_before_any_sound(tmp_path: Path) -> None:
    (tmp_path / "hibari.onnx").write_bytes(b"not a model")
    with pytest.raises(WeightsDamaged):
        speak("Hello.", Voice(weights_folder=tmp_path), seed=1)
