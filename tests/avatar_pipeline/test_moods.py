"""What a sentence feels like is read from its words, shows on the face, and never disturbs the lips."""

import numpy as np
import pytest

from avatar_pipeline.motion.mood import CONCERNED, EXCITED, GLAD, MOODS, NEUTRAL, SORRY, feel, mood_of
from avatar_pipeline.motion.prosody import is_meant
from avatar_pipeline.score import CHANNEL_INDEX, CHANNELS
from avatar_pipeline.speak import SpokenSentence, idle, speak
from avatar_pipeline.voice import Voice

SAID = {
    "The parcel is here on the table.": NEUTRAL,
    "I am so happy to see you, please come in.": GLAD,
    "Thank you.": GLAD,
    "Perfect, that is great!": EXCITED,
    "Congratulations, it is yours": EXCITED,
    "Be careful, that cup may be broken.": CONCERNED,
    "I am sorry, the lovely blue one is sold out.": SORRY,
    "No problem, take your time.": NEUTRAL,
    "It is not broken.": NEUTRAL,
    "很抱歉，今天没有货。": SORRY,
    "谢谢您的光临。": GLAD,
    "おめでとうございます": EXCITED,
    "": NEUTRAL,
    "🙂!!!": NEUTRAL,
    "I’m afraid not.": SORRY,
}


@pytest.mark.parametrize("text", SAID)
def test_words_say_what_is_felt(text: str) -> None:
    assert mood_of(text) is SAID[text]


def said(text: str) -> SpokenSentence:
    return next(speak(text, Voice(), seed=3))


@pytest.fixture(scope="module")
def shown() -> dict[str, SpokenSentence]:
    texts = {mood.name: text for text, mood in reversed(SAID.items()) if text.isascii() and len(text) > 20}
    return {name: said(text) for name, text in texts.items()}


def middle(sentence: SpokenSentence, *names: str) -> float:
    third = sentence.score.frames // 4
    return float(np.mean([sentence.score.channel(name)[third:-third].mean() for name in names]))


def test_every_feeling_shows_on_the_face(shown: dict[str, SpokenSentence]) -> None:
    assert set(shown) == set(MOODS)
    smile = {name: middle(one, "mouthSmileLeft", "mouthSmileRight") for name, one in shown.items()}
    assert smile["sorry"] < 0.5 * smile["neutral"] < 0.5 * smile["glad"] - 0.08
    assert middle(shown["sorry"], "browInnerUp") > middle(shown["neutral"], "browInnerUp") + 0.3
    assert middle(shown["concerned"], "browDownLeft") > 0.2 > middle(shown["glad"], "browDownLeft")
    assert middle(shown["excited"], "eyeWideLeft") > 0.2 > middle(shown["sorry"], "eyeWideLeft")
    assert middle(shown["excited"], "browOuterUpLeft") > middle(shown["glad"], "browOuterUpLeft") + 0.4
    assert middle(shown["glad"], "eyeSquintLeft") > middle(shown["excited"], "eyeSquintLeft") + 0.1
    assert middle(shown["glad"], "cheekSquintLeft") > middle(shown["neutral"], "cheekSquintLeft") + 0.15


def test_a_feeling_that_is_given_outweighs_the_words_and_leaves_the_sound() -> None:
    glad = "I am so glad to welcome you here today."
    plain, sorry = said(glad), next(speak(glad, Voice(), seed=3, feeling="sorry"))
    assert np.array_equal(plain.samples, sorry.samples)
    assert middle(sorry, "browInnerUp") > middle(plain, "browInnerUp") + 0.3
    assert middle(sorry, "mouthSmileLeft") < 0.2 * middle(plain, "mouthSmileLeft")
    assert next(speak(glad, Voice(), seed=3, feeling="glad")).score == plain.score
    assert middle(next(speak(glad, Voice(), seed=3, feeling="neutral")), "eyeSquintLeft") < 0.05


def test_sorrow_lasts_through_a_pause_and_gives_way_to_rounded_lips() -> None:
    """A frown takes the portrait's smile back, as rounded lips do: both together would draw the corners down."""
    face = np.zeros((200, len(CHANNELS)), np.float32)
    face[120:140, CHANNEL_INDEX["mouthPucker"]] = 1.0
    feel(face, SORRY)
    frown = face[:, CHANNEL_INDEX["mouthFrownLeft"]]
    assert np.allclose(frown[20:120], SORRY.frown, atol=1e-6)
    assert frown[120:140].max() < 0.2 * SORRY.frown


def test_every_feeling_begins_and_ends_on_the_face_of_rest(shown: dict[str, SpokenSentence]) -> None:
    rest = idle(1).values[0].astype(int)
    felt = [CHANNEL_INDEX[f"{name}Left"] for name in ("mouthSmile", "browDown", "eyeWide", "eyeSquint", "cheekSquint", "mouthFrown")]
    for one in shown.values():
        values = one.score.values.astype(int)
        assert np.abs(values[[0, -1]][:, felt] - rest[felt]).max() <= 400, one.text


FELT = ("browInnerUp", "browDownLeft", "eyeSquintLeft", "cheekSquintLeft", "mouthFrownLeft", "mouthSmileLeft", "eyeWideLeft")


def felt(sentence: SpokenSentence, row: int) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    return np.asarray([sentence.score.channel(name)[row] for name in FELT], np.float32)


def test_in_a_talk_a_feeling_lasts_over_the_pause_between_two_answers_sentences() -> None:
    first = next(speak("I am sorry about the wait.", Voice(), seed=3, held=(False, True)))
    second = next(speak("Unfortunately the blue one is gone.", Voice(), seed=3, held=(False, True), worn=first.feels))
    assert first.feels == second.feels == "sorry"
    assert first.score.channel("mouthFrownLeft")[-1] > 0.9 * SORRY.frown
    assert np.abs(felt(first, -1) - felt(second, 0)).max() < 0.02, "the face changed in the pause"
    for one, row in ((first, -1), (second, 0)):
        assert one.score.channel("jawOpen")[row] == one.score.channel("mouthLowerDownLeft")[row] == 0, "a mouth moves in silence"


def test_in_a_talk_a_feeling_eases_into_the_next_sentence_that_has_another() -> None:
    sad = next(speak("I am sorry about the wait.", Voice(), seed=3, held=(False, True)))
    plain = next(speak("The parcel is here on the table.", Voice(), seed=3, held=(False, True), worn=sad.feels))
    bare = next(speak("The parcel is here on the table.", Voice(), seed=3))
    assert np.abs(felt(sad, -1) - felt(plain, 0)).max() < 0.02
    steps = np.abs(np.diff([felt(plain, row) for row in range(20)], axis=0))
    assert steps.max() < 0.12, "it jumps"
    assert np.array_equal(plain.score.values[16:], bare.score.values[16:]), "it is let go of within 0.3 s"
    assert (plain.feels, bare.feels) == ("neutral", "neutral")
    assert np.array_equal(plain.samples, bare.samples)


def test_words_written_to_be_heard_are_accents() -> None:
    assert [is_meant(word) for word in ("SAVE", "*today*", "Save", "OK", "A4", "save", "FREE!")] == [
        True,
        True,
        False,
        False,
        False,
        False,
        True,
    ]


def test_the_same_words_give_the_same_face() -> None:
    assert np.array_equal(said("I am glad, come in.").score.values, said("I am glad, come in.").score.values)
