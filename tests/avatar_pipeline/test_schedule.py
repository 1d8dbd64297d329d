"""The schedule under a clock of thought: whoever comes, stalls or leaves, pictures are in time, their own, and nothing stays."""

import numpy as np
import pytest
from fakes.fixed_cost_network import costs_of
from fakes.stage_town import Habits, Town
from hypothesis import given, settings
from hypothesis import strategies as st

from avatar_pipeline.scheduling.choosing import choose
from avatar_pipeline.scheduling.costs import HOLD_SECONDS, USE_MAX, MeasuredCosts
from avatar_pipeline.scheduling.line import START_SECONDS, UNFETCHED_MAX, WAITING_MAX
from avatar_pipeline.scheduling.schedule import NotOnStage, Schedule, StageFull, TooMuchAtOnce
from avatar_pipeline.scheduling.wanted import AT_REST, FRAME_SECONDS, MADE, SKIPPED, Gathered, Speech

COSTS = costs_of(0.004, 0.0012)


def speech(length: int, *, silent: bool = False) -> Speech:
    return Speech(np.zeros(length, np.int64), np.zeros((length, 2, 2), np.float32), np.full(length, silent))


def play(schedule: Schedule, until_s: float, now_s: float = 0.0, *, is_fetched: bool = False) -> list[Gathered]:
    """Let a network of just the expected cost work until a moment; nobody else does anything meanwhile."""
    done = []
    while now_s < until_s:
        chosen = schedule.next(now_s)
        if isinstance(chosen, Gathered):
            now_s = max(now_s, chosen.begun_at_s) + COSTS[chosen.bucket]
            schedule.finished(chosen, np.zeros((len(chosen.pictures), 1, 1, 3), np.uint8), now_s)
            done.append(chosen)
            for ticket in schedule.tickets if is_fetched else ():
                schedule.fetch(ticket)
        else:
            now_s = until_s if chosen is None else max(chosen, now_s + 1e-6)
    return done


@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 2**32), people=st.integers(1, 25), base_ms=st.floats(0.5, 20), each_ms=st.floats(0.05, 4),
    silent=st.floats(0, 1), stalls=st.floats(0, 0.5), cuts=st.floats(0, 0.6),
)  # fmt: skip
def test_whoever_comes_and_goes_nothing_crosses_and_nothing_stays(seed, people, base_ms, each_ms, silent, stalls, cuts):
    habits = Habits(stretch_s=(0.1, 1.5), stretches=(1, 3), pause_s=(0.2, 3.0), turns=(1, 3), silent_share=silent, stall_share=stalls,
                    cut_share=cuts)  # fmt: skip
    town = Town(seed, costs_of(base_ms / 1000, each_ms / 1000), habits)
    town.people(people, within_s=5)
    town.run()
    assert (town.crossed, town.unwanted, town.leaked) == (0, 0, 0)
    assert (town.schedule.tickets, town.at_work.avatars_kept, town.at_work.under_way) == (frozenset(), 0, 0)
    assert len(town.ended) == people


def test_a_busy_town_is_in_time_and_waits_alike():
    town = Town(5, COSTS)
    town.people(60, within_s=15)
    town.run(35)
    means = [float(np.mean(talk.waits_s)) for talk in [*town.ended, *town.talks.values()] if len(talk.waits_s) >= 25]
    assert np.percentile(town.late_s, 95) == 0
    assert max(means) / np.mean(means) <= 1.5
    assert town.crossed == 0
    assert town.network.pictures > 3000


def test_the_same_seed_plays_the_same():
    one, two = Town(9, COSTS), Town(9, COSTS)
    for town in (one, two):
        town.people(10, within_s=3)
        town.run(20)
    assert (one.late_s, one.network.batches, one.refused) == (two.late_s, two.network.batches, two.refused)


def test_a_turn_that_would_be_late_is_refused_before_it_is():
    schedule = Schedule(MeasuredCosts(COSTS))
    seats = schedule.costs.seats()
    tickets = [schedule.join() for _ in range(seats + 1)]
    for ticket in tickets[:-1]:
        schedule.begin(ticket, 1, 0.0)
    with pytest.raises(StageFull):
        schedule.begin(tickets[-1], 1, 0.0)
    schedule.end(tickets[0], 1)
    schedule.begin(tickets[-1], 1, 0.0)


def test_every_seat_taken_no_picture_is_late():
    schedule = Schedule(MeasuredCosts(COSTS))
    tickets = [schedule.join() for _ in range(schedule.costs.seats())]
    for ticket in tickets:
        schedule.begin(ticket, 1, 0.0)
        schedule.say(ticket, 1, speech(100), 0.0)
    made = play(schedule, 6.0, is_fetched=True)
    late = [one.begun_at_s + COSTS[one.bucket] - picture.due_at_s for one in made for picture in one.pictures]
    assert max(late) <= 0
    assert len(late) == 100 * len(tickets)


def test_capacity_follows_what_batches_take():
    costs = MeasuredCosts(COSTS)
    before = costs.seats()
    for _ in range(50):
        costs.note(32, 3 * COSTS[32])
        costs.note(16, 3 * COSTS[16])
    assert costs.seats() < before
    assert MeasuredCosts({1: 0.2}).seats() == 0
    per_hold = round(25 * HOLD_SECONDS)
    assert MeasuredCosts({1: USE_MAX * HOLD_SECONDS / per_hold}).seats() == 1


def test_silence_never_reaches_the_network():
    schedule = Schedule(MeasuredCosts(COSTS))
    ticket = schedule.join()
    schedule.begin(ticket, 1, 0.0)
    schedule.say(ticket, 1, speech(20, silent=True), 0.0)
    assert schedule.next(0.0) is None
    shown = schedule.fetch(ticket)
    assert [one.kind for one in shown] == [AT_REST] * 20
    assert shown[0].due_at_s == START_SECONDS


def test_cutting_in_drops_what_was_in_line_and_what_is_being_made():
    schedule = Schedule(MeasuredCosts(COSTS))
    ticket = schedule.join()
    schedule.begin(ticket, 1, 0.0)
    schedule.say(ticket, 1, speech(50), 0.0)
    chosen = schedule.next(0.1)
    assert isinstance(chosen, Gathered)
    schedule.interrupt(ticket)
    assert schedule.finished(chosen, np.zeros((32, 1, 1, 3), np.uint8), 0.15) == []
    assert schedule.fetch(ticket) == []
    assert schedule.next(0.2) is None
    schedule.begin(ticket, 2, 0.2)
    schedule.say(ticket, 1, speech(5), 0.2)  # the old turn's voice comes too late
    assert schedule.next(0.3) is None


def test_leaving_in_the_middle_of_a_batch_frees_everything_at_once():
    schedule = Schedule(MeasuredCosts(COSTS))
    one, two = schedule.join(), schedule.join()
    for ticket in (one, two):
        schedule.begin(ticket, 1, 0.0)
        schedule.say(ticket, 1, speech(4), 0.0)
    chosen = schedule.next(0.1)
    assert isinstance(chosen, Gathered)
    schedule.leave(one)
    schedule.leave(one)
    assert schedule.tickets == {two}
    assert schedule.speaking(0.1) == 1
    assert set(schedule.finished(chosen, np.zeros((8, 1, 1, 3), np.uint8), 0.15)) == {two}
    with pytest.raises(NotOnStage):
        schedule.fetch(one)


def test_who_does_not_fetch_costs_the_network_nothing_and_keeps_the_newest():
    schedule = Schedule(MeasuredCosts(COSTS))
    ticket = schedule.join()
    schedule.begin(ticket, 1, 0.0)
    schedule.say(ticket, 1, speech(400), 0.0)
    made = sum(len(one.pictures) for one in play(schedule, 10.0))
    assert UNFETCHED_MAX // 2 <= made < UNFETCHED_MAX
    assert schedule.next(10.0) is None
    shown = schedule.fetch(ticket)
    assert len(shown) == UNFETCHED_MAX
    assert {one.kind for one in shown} == {SKIPPED}
    assert shown[-1].index > 200


def test_the_limit_of_the_line_is_said():
    schedule = Schedule(MeasuredCosts(COSTS))
    ticket = schedule.join()
    schedule.begin(ticket, 1, 0.0)
    schedule.say(ticket, 1, speech(WAITING_MAX), 0.0)
    with pytest.raises(TooMuchAtOnce):
        schedule.say(ticket, 1, speech(1), 0.0)


def test_being_slow_gets_nobody_ahead():
    """A voice that comes late begins its clock anew, so its pictures are due no earlier than anybody's who begins now."""
    schedule = Schedule(MeasuredCosts(COSTS))
    slow, new = schedule.join(), schedule.join()
    schedule.begin(slow, 1, 0.0)
    schedule.say(slow, 1, speech(1), 0.0)
    play(schedule, 3.0)
    schedule.say(slow, 1, speech(1), 3.0)
    schedule.begin(new, 1, 3.0)
    schedule.say(new, 1, speech(1), 3.0)
    assert schedule.line(slow).waiting[0].due_at_s == schedule.line(new).waiting[0].due_at_s


def test_a_turn_nobody_ends_gives_its_seat_up():
    schedule = Schedule(MeasuredCosts(COSTS))
    ticket = schedule.join()
    schedule.begin(ticket, 1, 0.0)
    assert schedule.speaking(4.0) == 1
    assert schedule.speaking(6.0) == 0


def test_the_choice_keeps_time_before_it_keeps_full():
    costs = MeasuredCosts(COSTS)
    urgent = choose([0.02 + 0.0001 * n for n in range(40)], oldest_free_s=-1.0, now_s=0.0, costs=costs)
    easy = choose([0.3 + 0.0001 * n for n in range(40)], oldest_free_s=-1.0, now_s=0.0, costs=costs)
    assert (urgent.bucket, easy.bucket) == (4, 32)
    few = choose([0.3, 0.34], oldest_free_s=0.0, now_s=0.0, costs=costs)
    assert few.bucket == 0
    assert few.again_at_s == pytest.approx(HOLD_SECONDS)
    behind = choose([-FRAME_SECONDS] * 40, oldest_free_s=-1.0, now_s=0.0, costs=costs)
    assert behind.bucket == 32


def test_what_is_made_is_shown_in_its_turn():
    schedule = Schedule(MeasuredCosts(COSTS))
    ticket = schedule.join()
    schedule.begin(ticket, 7, 0.0)
    schedule.say(ticket, 7, speech(3), 0.0)
    schedule.end(ticket, 7)
    play(schedule, 1.0)
    assert [(one.turn, one.index, one.kind) for one in schedule.fetch(ticket)] == [(7, 0, MADE), (7, 1, MADE), (7, 2, MADE)]
    assert schedule.speaking(1.0) == 0
