"""The schedule under a clock of thought: whoever comes, stalls or leaves, pictures are in time, their own, and nothing stays."""

import numpy as np
import pytest
from fakes.fixed_cost_network import costs_of
from fakes.stage_town import Habits, Town
from hypothesis import given, settings
from hypothesis import strategies as st

from avatar_pipeline.scheduling.choosing import choose
from avatar_pipeline.scheduling.costs import HOLD_SECONDS, MeasuredCosts
from avatar_pipeline.scheduling.line import MARKS_MAX, START_SECONDS, UNFETCHED_MAX, UNLOOKED_SECONDS_MAX, WAITING_MAX
from avatar_pipeline.scheduling.schedule import NotOnStage, Schedule, StageFull, TooMuchAtOnce
from avatar_pipeline.scheduling.wanted import AT_REST, FRAME_SECONDS, MADE, SKIPPED, Gathered, Speech

COSTS = costs_of(0.004, 0.0012)


def speech(length: int, *, silent: bool = False) -> Speech:
    return Speech(np.zeros(length, np.int64), np.zeros((length, 2, 2), np.float32), np.full(length, silent))


def play(schedule: Schedule, until_s: float, now_s: float = 0.0, *, is_fetched: bool = False) -> list[Gathered]:
    """Let a network of just the expected cost work until a moment; nobody else does anything meanwhile."""
    done = []
    while now_s < until_s:
        for ticket in schedule.tickets if is_fetched else ():
            schedule.fetch(ticket)
        chosen = schedule.next(now_s)
        if isinstance(chosen, Gathered):
            now_s = max(now_s, chosen.begun_at_s) + COSTS[chosen.bucket]
            schedule.finished(chosen, np.zeros((len(chosen.pictures), 1, 1, 3), np.uint8), now_s)
            done.append(chosen)
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
    assert max(means) / np.mean(means) <= 1.5  # with all waiting, also of talks that stalled
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


def test_one_bad_moment_is_not_believed_for_ever():
    """With no seat no picture is made, so no batch could show that the machine is quick again: time itself must."""
    schedule = Schedule(MeasuredCosts(COSTS))
    seats, ticket = schedule.costs.seats(), schedule.join()
    for bucket in [*COSTS, *COSTS, *COSTS]:
        schedule.costs.note(bucket, 2.0, 10.0)
    with pytest.raises(StageFull):
        schedule.begin(ticket, 1, 10.5)
    schedule.begin(ticket, 1, 40.0)
    assert schedule.costs.seats() > 0
    schedule.next(90.0)
    assert schedule.costs.seats() == seats


def test_a_turn_in_a_bad_moment_is_drawn_when_the_moment_is_over():
    schedule = Schedule(MeasuredCosts(COSTS))
    ticket = schedule.join()
    schedule.begin(ticket, 1, 0.0)
    for bucket in 8 * tuple(COSTS):
        schedule.costs.note(bucket, 6.0, 0.0)
    schedule.say(ticket, 1, speech(1000), 0.0)
    made = [picture.index for one in play(schedule, 40.0, is_fetched=True) for picture in one.pictures]
    assert 0 < made[0] * FRAME_SECONDS < 20  # its first pictures are skipped, for the network is believed too slow for them
    assert made == list(range(made[0], 1000))


def test_the_choice_of_one_bucket_does_not_hang_on_another():
    """What one picture alone would take counts only where that is the quickest way to have it."""
    schedule = Schedule(MeasuredCosts(COSTS))
    for _ in range(8):
        schedule.costs.note(1, 60.0, 0.0)
    ticket = schedule.join()
    schedule.begin(ticket, 1, 0.0)
    schedule.say(ticket, 1, speech(100), 0.0)
    assert sum(len(one.pictures) for one in play(schedule, 6.0, is_fetched=True)) == 100


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


def test_who_fetches_nothing_for_long_costs_the_network_nothing_more():
    schedule = Schedule(MeasuredCosts(COSTS))
    ticket = schedule.join()
    schedule.begin(ticket, 1, 0.0)
    schedule.say(ticket, 1, speech(400), 0.0)
    made = [picture.index for one in play(schedule, 12.0) for picture in one.pictures]
    assert made == list(range(len(made)))
    assert UNLOOKED_SECONDS_MAX <= len(made) * FRAME_SECONDS <= UNLOOKED_SECONDS_MAX + 1
    assert schedule.next(12.0) is None
    shown = schedule.fetch(ticket)
    assert [one.index for one in shown if one.kind == MADE] == made[-UNFETCHED_MAX:]  # the oldest of them went
    assert shown[-1].kind == SKIPPED
    schedule.fetch(ticket)
    assert isinstance(schedule.next(12.0), Gathered)  # somebody looks again


def test_after_a_stall_what_is_due_lies_ready():
    schedule = Schedule(MeasuredCosts(COSTS))
    ticket = schedule.join()
    schedule.begin(ticket, 1, 0.0)
    schedule.say(ticket, 1, speech(200), 0.0)
    play(schedule, 4.0)
    ready = {round(one.due_at_s, 3) for one in schedule.fetch(ticket) if one.kind == MADE}
    assert {round(START_SECONDS + index * FRAME_SECONDS, 3) for index in range(200)} & {round(4.0 + n / 50, 3) for n in range(20)} <= ready


def test_a_long_sentence_loses_none_of_its_rests():
    """Its rests are laid out at once, before anybody can fetch; they have no pixels, so they push no picture out."""
    schedule = Schedule(MeasuredCosts(COSTS))
    ticket = schedule.join()
    schedule.begin(ticket, 1, 0.0)
    schedule.say(ticket, 1, speech(4), 0.0)
    play(schedule, 0.5)
    schedule.say(ticket, 1, speech(2 * UNFETCHED_MAX, silent=True), 0.5)
    assert [(one.index, one.kind) for one in schedule.fetch(ticket)] == [
        *((index, MADE) for index in range(4)), *((index, AT_REST) for index in range(4, 4 + 2 * UNFETCHED_MAX))
    ]  # fmt: skip


def test_rests_that_nobody_fetches_have_a_limit_too():
    schedule = Schedule(MeasuredCosts(COSTS))
    ticket = schedule.join()
    schedule.begin(ticket, 1, 0.0)
    for _ in range(4):
        schedule.say(ticket, 1, speech(WAITING_MAX, silent=True), 0.0)
    shown = schedule.fetch(ticket)
    assert (len(shown), shown[-1].index) == (MARKS_MAX, 4 * WAITING_MAX - 1)


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
