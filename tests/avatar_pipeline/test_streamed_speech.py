"""A sentence goes into the talk while it is still being made: in stretches that are its sound, put together, and lose no word."""

from collections.abc import Generator, Iterator
from pathlib import Path

import numpy as np
import pytest

from avatar_pipeline.engines.streamed_speech import stretches
from avatar_pipeline.neural_device import DeviceNotHere, chosen, device_for
from avatar_pipeline.text.reading import read_sentence

RATE = 24_000
SENTENCE = read_sentence("Bring me five of the blue mugs, please, and I will pack them in paper for you.")


def spoken(count: int) -> Iterator[np.ndarray]:
    """Second after second of a voice, with a pause of 60 ms in each one's last third."""
    random = np.random.default_rng(4)
    for _ in range(count):
        piece = random.normal(0, 0.1, RATE).astype(np.float32)
        piece[int(0.75 * RATE) : int(0.81 * RATE)] *= 0.001
        yield piece


def test_the_stretches_are_the_sound_and_no_word_is_lost():
    whole = np.concatenate(list(spoken(5)))
    made = list(stretches(spoken(5), SENTENCE, RATE))
    assert np.array_equal(np.concatenate([one.samples for one in made]), whole)
    assert len(made) >= 3
    assert [one.first for one in made] == [0, *(one.last for one in made[:-1])]
    assert made[-1].last == len(SENTENCE)
    assert all(one.first < one.last for one in made)
    assert [one.is_last for one in made] == [False] * (len(made) - 1) + [True]
    for one in made[:-1]:
        assert np.abs(one.samples[-RATE // 100 :]).max() < 0.01  # cut in a pause


def test_the_first_stretch_is_out_while_the_rest_is_being_made():
    """By a clock that only the voice moves: a second of making a piece, and the first words are heard after the second of five."""
    clock = [0]

    def slowly() -> Generator[np.ndarray, None, None]:
        for piece in spoken(5):
            clock[0] += 1
            yield piece

    heard = [(clock[0], one) for one in stretches(slowly(), SENTENCE, RATE)]
    assert heard[0][0] == 2
    assert [moment for moment, _ in heard] == sorted(moment for moment, _ in heard)
    assert heard[-1][0] == 5


def test_one_word_is_never_cut_and_silence_of_a_model_is_one_stretch():
    [one] = stretches(spoken(4), read_sentence("Hello."), RATE)
    assert (one.first, one.last, one.is_last, len(one.samples)) == (0, 1, True, 4 * RATE)
    [none] = stretches(iter(()), SENTENCE, RATE)
    assert (len(none.samples), none.last) == (0, len(SENTENCE))


def test_a_device_is_chosen_by_its_room_and_by_what_is_configured(tmp_path: Path):
    gigabyte = 10**9
    assert chosen("auto", [], gigabyte) == "cpu"
    assert chosen("auto", [gigabyte, 8 * gigabyte], 5 * gigabyte) == "cuda:1"
    assert chosen("auto", [gigabyte, 7 * gigabyte], 5 * gigabyte) == "cpu"  # half as much again is needed
    assert chosen("cuda", [gigabyte], 5 * gigabyte) == "cuda"
    assert chosen("cuda:1", [gigabyte, gigabyte], 1) == "cuda:1"
    assert device_for("cpu", tmp_path) == "cpu"
    with pytest.raises(DeviceNotHere, match="has 1 graphics cards"):
        chosen("cuda:1", [gigabyte], 1)
    with pytest.raises(DeviceNotHere, match="No device is called 'tpu'"):
        chosen("tpu", [gigabyte], 1)
