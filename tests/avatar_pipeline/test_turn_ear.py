"""When a turn begins and ends, in virtual time: a conversation is a line of signs, one for every 32 ms."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from avatar_pipeline.hearing.turn_ear import CHUNK_S, END_FINISHED_S, END_OPEN_S, TURN_S_MAX, Kind, Mark, TurnEar
from avatar_pipeline.listen import CHUNK_SAMPLES, Heard, Listener, ends_a_sentence


def told(ear: TurnEar, *stretches: tuple[float, float]) -> list[tuple[float, Kind]]:
    """Feed stretches of (seconds, likelihood); give when what happened."""
    found, at = [], 0
    for seconds, likelihood in stretches:
        for _ in range(round(seconds / CHUNK_S)):
            at += 1
            found += [(round(at * CHUNK_S, 3), mark.kind) for mark in ear.hear(likelihood)]
    return found


def first(found: list[tuple[float, Kind]], kind: Kind) -> float:
    return next(at for at, what in found if what is kind)


def test_a_question_is_begun_soon_looked_at_early_and_ended_once():
    found = told(TurnEar(), (1, 0.02), (2, 0.95), (2, 0.02))
    kinds = [kind for _, kind in found]
    assert kinds == [Kind.BEGAN, Kind.LOOK, Kind.LOOK, Kind.SETTLED, Kind.ENDED]
    assert first(found, Kind.BEGAN) < 1.15
    assert 3.15 < first(found, Kind.SETTLED) < 3.25
    assert abs(first(found, Kind.ENDED) - (3.0 + END_OPEN_S)) < 0.05


def test_a_finished_sentence_waits_less():
    ear = TurnEar()
    told(ear, (1, 0.9), (0.25, 0.05))
    ear.is_finished = True
    found = told(ear, (1, 0.05))
    assert abs(first(found, Kind.ENDED) + 0.25 - END_FINISHED_S) < 0.05


def test_a_breath_inside_a_sentence_ends_nothing():
    found = told(TurnEar(), (1, 0.9), (0.5, 0.05), (1, 0.9), (1, 0.05))
    kinds = [kind for _, kind in found]
    assert kinds.count(Kind.BEGAN) == kinds.count(Kind.ENDED) == 1
    assert Kind.RESUMED in kinds


def test_a_click_is_no_turn_and_a_cough_does_not_stop_her():
    assert told(TurnEar(), (0.064, 0.9), (2, 0.02)) == []
    ear = TurnEar()
    ear.is_she_talking = True
    assert told(ear, (0.128, 0.9), (2, 0.02)) == []
    assert first(told(ear, (0.4, 0.9)), Kind.BEGAN) <= 0.2


def test_the_lead_keeps_the_first_consonant():
    ear = TurnEar()
    marks = [mark for _ in range(60) for mark in ear.hear(0.01)] + [mark for _ in range(10) for mark in ear.hear(0.9)]
    assert marks == [Mark(Kind.BEGAN, marks[0].first_chunk, marks[0].last_chunk)]
    assert 60 - marks[0].first_chunk >= 8


def test_nobody_speaks_for_ever():
    found = told(TurnEar(), (TURN_S_MAX * 2.5, 0.9))
    assert [kind for _, kind in found].count(Kind.ENDED) == 2


def test_a_held_button_begins_and_ends_the_turn_whatever_is_heard():
    ear = TurnEar(is_pushed=True)
    assert told(ear, (1, 0.9)) == []
    assert [mark.kind for mark in ear.press()] == [Kind.BEGAN]
    pauses = [kind for _, kind in told(ear, (1, 0.9), (3, 0.02), (1, 0.9))]
    assert Kind.ENDED not in pauses
    assert [mark.kind for mark in ear.release()] == [Kind.ENDED]
    assert ear.release() == []
    ear.press()
    told(ear, (1, 0.02))
    assert [mark.kind for mark in ear.release()] == [Kind.DROPPED]


@given(st.lists(st.tuples(st.floats(0.032, 3), st.sampled_from([0.01, 0.4, 0.6, 0.99])), max_size=12))
def test_every_turn_that_begins_ends_before_the_next(stretches: list[tuple[float, float]]):
    opened = 0
    for _, kind in told(TurnEar(), *stretches, (2.0, 0.01)):
        opened += {Kind.BEGAN: 1, Kind.ENDED: -1, Kind.DROPPED: -1}.get(kind, 0)
        assert opened in (0, 1)
    assert opened == 0


class Parrot:
    """Says how many samples it was given."""

    def recognise(self, samples: object, language: str, hint: str) -> Heard:
        return Heard(f"{language} {hint} {len(samples)}", 1.0, is_speech=True)  # type: ignore[arg-type]


def test_a_listener_keeps_a_turns_sound_and_forgets_the_rest():
    levels = np.repeat([0.0, 0.5, 0.0], [16_000 * 20, 16_000 * 2, 16_000 * 3])
    pcm = (levels * 32_000).astype("<i2").tobytes()
    listener = Listener(Parrot(), lambda chunk: float(np.abs(chunk).max() > 0.1), language="zh", hint="beans")
    marks, kept = [], 0
    for start in range(0, len(pcm), 1280):
        marks += [(mark.kind, len(listener.sound_of(mark))) for mark in listener.feed(pcm[start : start + 1280])]
        kept = max(kept, len(listener._chunks))
    assert marks[0][0] is Kind.BEGAN
    assert marks[-1][0] is Kind.ENDED
    assert 2.0 < marks[-1][1] / 16_000 < 3.6
    assert kept * CHUNK_SAMPLES < 16_000 * 7
    assert listener.understand(np.zeros(5, np.float32)).text == "zh beans 5"


class Wavering:
    """Hears Chinese, and writes it in traditional characters, as the recogniser sometimes does."""

    def recognise(self, *_: object) -> Heard:
        return Heard("請問你們有沒有不含堅果的蘋果麵包？", 0.9, is_speech=True)


@pytest.mark.parametrize(
    ("language", "shop", "written"),
    [
        ("zh", "苹果面包, 豆浆", "请问你们有没有不含坚果的苹果面包？"),
        ("zh", "", "请问你们有没有不含坚果的苹果面包？"),
        ("zh", "蘋果麵包, 豆漿", "請問你們有沒有不含堅果的蘋果麵包？"),
        ("ja", "リンゴパン", "請問你們有沒有不含堅果的蘋果麵包？"),
    ],
)
def test_chinese_is_written_down_as_the_shop_writes_it(language: str, shop: str, written: str) -> None:
    listener = Listener(Wavering(), lambda _: 0.0, language=language, hint=shop)
    assert listener.understand(np.zeros(5, np.float32)).text == written


def test_what_sounds_finished():
    assert [ends_a_sentence(text) for text in ("When?", "好的。", "And then...", "I would like", "")] == [True, True, False, False, False]
