"""Records on their way to a slow browser: fewer pictures, each in its moment, and never a lost word about what is said."""

import asyncio

import pytest

from app.live_pictures.play_talk import ALIVE_SECONDS, HELD_SECONDS_MAX, PICTURES_HELD_MAX, RECORDS_HELD_MAX, Outgoing
from app.live_pictures.wire import ALIVE, AT_REST, FULL, LOST, PICTURE, SEAT, SENTENCE, Record
from avatar_pipeline.scheduling.wanted import FRAME_SECONDS

MADE_AHEAD_S = 0.55  # of the 0.7 s, what the hold and a batch leave


class Clock:
    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


async def everything(outgoing: Outgoing) -> list[Record]:
    found = []
    while (record := await outgoing.take()).kind != ALIVE:
        found.append(record)
    return found


async def test_at_the_limit_the_oldest_picture_goes_and_nothing_else() -> None:
    outgoing = Outgoing(Clock())
    outgoing.put(Record(SEAT))
    outgoing.put(Record(SENTENCE, 1, 0))
    for number in range(PICTURES_HELD_MAX + 10):
        outgoing.put(Record(PICTURE, 1, number))
        outgoing.put(Record(AT_REST, 2, number))
    outgoing.put(Record(FULL, 2))
    outgoing.put(Record(LOST))
    found = await everything(outgoing)
    assert [one.kind for one in found if one.kind not in (PICTURE, AT_REST)] == [SEAT, SENTENCE, FULL, LOST]
    assert [one.number for one in found if one.kind == PICTURE] == list(range(10, PICTURES_HELD_MAX + 10))
    assert [one.number for one in found if one.kind == AT_REST] == list(range(PICTURES_HELD_MAX + 10))


@pytest.mark.parametrize("share_of_the_rate", [0.25, 0.5, 0.9])
def test_in_a_long_answer_on_a_slow_line_what_comes_comes_in_its_moment(share_of_the_rate: float) -> None:
    """A minute of speech over a line that carries only a part of it: the line is used whole, and no picture comes much too late."""
    clock = Clock()
    outgoing, begun_s = Outgoing(clock), clock.now_s + MADE_AHEAD_S
    due_s = {number: begun_s + number * FRAME_SECONDS for number in range(1500)}
    took_s, next_s, laid_out, lateness = FRAME_SECONDS / share_of_the_rate, clock.now_s, 0, []
    while laid_out < len(due_s):
        clock.now_s += FRAME_SECONDS
        while laid_out < len(due_s) and due_s[laid_out] - MADE_AHEAD_S <= clock.now_s:
            outgoing.put(Record(PICTURE, 1, laid_out))
            laid_out += 1
        while next_s <= clock.now_s and (record := outgoing.at_hand()) is not None:
            lateness.append(clock.now_s + took_s - due_s[record.number])
            next_s = max(next_s, clock.now_s - FRAME_SECONDS) + took_s
    assert max(lateness) <= HELD_SECONDS_MAX - MADE_AHEAD_S + took_s + FRAME_SECONDS
    assert len(lateness) >= 0.95 * share_of_the_rate * len(due_s)


async def test_after_a_pause_of_the_line_nothing_that_is_over_is_sent() -> None:
    clock = Clock()
    outgoing = Outgoing(clock)
    outgoing.put(Record(SENTENCE, 1, 0))
    for number in range(10):
        outgoing.put(Record(PICTURE, 1, number))
    clock.now_s += HELD_SECONDS_MAX + 0.01
    outgoing.put(Record(PICTURE, 1, 30))
    assert [(one.kind, one.number) for one in await everything(outgoing)] == [(SENTENCE, 0), (PICTURE, 30)]


async def test_a_browser_that_sleeps_leaves_a_line_that_ends() -> None:
    outgoing = Outgoing(Clock())
    outgoing.put(Record(SEAT))
    for number in range(2 * RECORDS_HELD_MAX):
        outgoing.put(Record(AT_REST, 1, number))
    found = await everything(outgoing)
    assert (found[0].kind, len(found), found[-1].number) == (SEAT, RECORDS_HELD_MAX + 1, 2 * RECORDS_HELD_MAX - 1)


async def test_who_waits_hears_that_we_are_here_and_gets_the_next_record_at_once() -> None:
    outgoing = Outgoing()
    begun_s = asyncio.get_running_loop().time()
    assert (await outgoing.take()).kind == ALIVE
    assert asyncio.get_running_loop().time() - begun_s >= 0.9 * ALIVE_SECONDS
    asyncio.get_running_loop().call_later(0.01, outgoing.put, Record(LOST))
    assert (await outgoing.take()).kind == LOST
