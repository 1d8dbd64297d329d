"""Work begun beside other work gives what it gives alone: its result, its error, and no waiting behind somebody else's."""

import os
import signal
from threading import Event

import numpy as np
import pytest

from app.conversations.language_models import side_by_side
from app.conversations.language_models.pair_reader import pair_reader
from app.conversations.language_models.side_by_side import Begun

PASSAGES = (
    "Delivery: Delivery in the city costs 6 euros and takes two days.",
    "Parking: There are twelve places behind the house, and bicycles stand in front of it.",
    "Our story: Two sisters opened the shop in an old bakery.",
    "Opening hours: We are open from nine to six, on Saturdays until four, and closed on Sundays and on the first of May.",
)
NEARNESS = (0.88, 0.85, 0.82, 0.84)


def one_further_core(monkeypatch: pytest.MonkeyPatch, cores: int = 2) -> None:
    monkeypatch.setattr(side_by_side.os, "sched_getaffinity", lambda _process: set(range(cores)))
    side_by_side._hands.cache_clear()


@pytest.fixture(autouse=True)
def _threads_as_before():
    yield
    side_by_side._hands.cache_clear()


@pytest.mark.parametrize("cores", [1, 2])
def test_a_result_and_an_error_come_back_to_who_asks(cores, monkeypatch):
    one_further_core(monkeypatch, cores)
    assert Begun(lambda: 6 * 7).result() == 42
    with pytest.raises(KeyError, match="missing"):
        Begun(lambda: {}["missing"]).result()


def test_nobody_waits_behind_the_work_of_another(monkeypatch):
    one_further_core(monkeypatch)
    is_at_work, is_let_go = Event(), Event()

    def long_work() -> str:
        is_at_work.set()
        assert is_let_go.wait(20)
        return "long"

    long = Begun(long_work)
    assert is_at_work.wait(20)
    assert Begun(lambda: "short").result() == "short"  # the only further thread is taken, and yet this comes back
    is_let_go.set()
    assert long.result() == "long"


def test_a_forked_process_begins_work_of_its_own(monkeypatch):
    one_further_core(monkeypatch)
    assert Begun(lambda: 1).result() == 1
    child = os.fork()
    if child == 0:  # a thread of the parent's is not here: waiting for one would last until the alarm
        signal.alarm(20)
        os._exit(Begun(lambda: 7).result())
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7


@pytest.mark.parametrize("parts", [2, 3, 4, 9])
def test_passages_read_in_parts_are_judged_as_when_read_together(parts, monkeypatch):
    one_further_core(monkeypatch)
    reader = pair_reader("multilingual")
    together = reader.score("when do you open", PASSAGES, NEARNESS)
    np.testing.assert_allclose(reader.score("when do you open", PASSAGES, NEARNESS, parts), together, atol=0.02)
    assert int(np.argmax(together)) == 3
