"""A language model's server that fails is left alone for longer each time, and one turn at a time finds out whether it is well again."""

from contextlib import suppress
from itertools import pairwise

import pytest

from app.conversations.language_models.server_rests import REST_S, REST_S_MAX, RestsOfServer, ServerFailed, ServerRests

SILENCE_S = 20.0


class Hours:
    """A clock that the test winds on."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def hours() -> Hours:
    return Hours()


@pytest.fixture
def rests(hours: Hours) -> RestsOfServer:
    return RestsOfServer(hours)


def fail(rests: RestsOfServer) -> None:
    with pytest.raises(ServerFailed), rests.tried():
        raise ServerFailed


def test_a_silent_server_costs_ever_less_of_an_hour(rests: RestsOfServer, hours: Hours) -> None:
    """A turn every second for an hour; whoever is let through waits twenty seconds in vain."""
    begins, waits = hours.now, []
    while hours.now < begins + 3600:
        with suppress(ServerRests, ServerFailed), rests.tried():
            waits.append(hours.now - begins)
            hours.now += SILENCE_S
            raise ServerFailed
        hours.now += 1
    gaps = [later - earlier - SILENCE_S for earlier, later in pairwise(waits)]
    assert gaps[:5] == pytest.approx([30, 60, 120, 240, 480], abs=2)
    assert gaps[5:] == pytest.approx([REST_S_MAX] * len(gaps[5:]), abs=2)
    assert len(waits) * SILENCE_S / 3600 < 0.06


def test_while_one_turn_tries_again_the_others_go_on_without(rests: RestsOfServer, hours: Hours) -> None:
    fail(rests)
    hours.now += REST_S
    with rests.tried():
        for _ in range(3):
            with pytest.raises(ServerRests), rests.tried():
                pass
    with rests.tried(), rests.tried():  # it is well, so turns go side by side
        pass


def test_a_server_that_was_well_again_begins_anew_with_a_short_rest(rests: RestsOfServer, hours: Hours) -> None:
    for rest_s in (30, 60, 120):
        fail(rests)
        hours.now += rest_s
    with rests.tried():
        pass
    fail(rests)
    hours.now += REST_S - 1
    with pytest.raises(ServerRests), rests.tried():
        pass
    hours.now += 1
    with rests.tried():
        pass


def test_turns_that_fell_silent_together_are_one_failure(rests: RestsOfServer, hours: Hours) -> None:
    first, second = rests.tried(), rests.tried()
    for turn in (first, second):
        turn.__enter__()
    for turn in (first, second):
        failure = ServerFailed()
        turn.__exit__(ServerFailed, failure, None)
    hours.now += REST_S  # two failures in a row would be two rests
    with rests.tried():
        pass


def test_a_shopper_who_goes_away_says_nothing_of_the_server(rests: RestsOfServer, hours: Hours) -> None:
    fail(rests)
    hours.now += REST_S
    with pytest.raises(GeneratorExit), rests.tried():
        raise GeneratorExit
    with rests.tried():  # the next one may try
        pass
