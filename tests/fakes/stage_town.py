"""A town of talks under a clock of thought: sessions join, speak, stall, are cut short and leave, all from one seed.

The schedule, the avatars in memory and the choice of batches are the product's own; only time and the network are made up. The town
keeps what a judge needs: when every picture was free to be made, due and made, whose pixels it had, and what stayed behind.
"""

import heapq
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import count

import numpy as np
from fakes.fixed_cost_network import FixedCostNetwork, avatar_of, expected_patch

from avatar_pipeline.networks.protocol import AvatarFrames
from avatar_pipeline.scheduling.at_work import NetworkAtWork
from avatar_pipeline.scheduling.costs import MeasuredCosts
from avatar_pipeline.scheduling.line import AHEAD_SECONDS, START_SECONDS
from avatar_pipeline.scheduling.schedule import Schedule, StageFull
from avatar_pipeline.scheduling.wanted import FRAME_SECONDS, MADE, SKIPPED, Speech

AVATARS = 12


@dataclass(frozen=True)
class Habits:
    """How people of the town talk: seconds of a stretch of speech, of thought between turns, shares of stalls and of cut turns."""

    stretch_s: tuple[float, float] = (0.6, 4.0)
    stretches: tuple[int, int] = (1, 4)
    pause_s: tuple[float, float] = (4.0, 40.0)
    silent_share: float = 0.12
    stall_share: float = 0.05
    cut_share: float = 0.15
    turns: tuple[int, int] = (1, 8)


@dataclass
class Talk:
    """One session, from joining to leaving."""

    ticket: int
    avatar_seed: int
    turns_left: int
    turn: int = 0
    is_stalled_until_s: float = 0.0
    said: dict[tuple[int, int], tuple[Speech, int]] = field(default_factory=dict)
    waits_s: list[float] = field(default_factory=list)


@dataclass
class Town:
    """Everything under one clock. `run` plays the events in order; nothing sleeps."""

    seed: int
    costs: Mapping[int, float]
    habits: Habits = field(default_factory=Habits)
    avatars: dict[int, AvatarFrames] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.draw, self.numbers = random.Random(self.seed), np.random.default_rng(self.seed)
        self.network = FixedCostNetwork(self.costs)
        self.schedule = Schedule(MeasuredCosts(self.costs))
        self.at_work = NetworkAtWork(self.network, self.schedule)
        self.now_s, self._events, self._order = 0.0, list[tuple[float, int, Callable[[], None]]](), count()
        self._taking_at_s: list[float] = []
        self._wake_at_s = -1.0
        self.talks: dict[int, Talk] = {}
        self.ended: list[Talk] = []
        self.crossed = self.refused = self.begun = self.skipped = self.unwanted = 0
        self.late_s: list[float] = []
        self.jobs: list[tuple[float, float]] = []
        self.busy_s = 0.0

    def at(self, when_s: float, what: Callable[[], None]) -> None:
        """Let something happen at a moment."""
        heapq.heappush(self._events, (when_s, next(self._order), what))

    def people(self, number: int, *, within_s: float) -> None:
        """Let so many come, each at a moment of its own."""
        for _ in range(number):
            self.at(self.draw.uniform(0, within_s), self._join)

    def run(self, until_s: float = float("inf")) -> None:
        """Play everything that happens."""
        while self._events and self._events[0][0] <= until_s:
            self.now_s, _, what = heapq.heappop(self._events)
            what()
            self._work()

    def _work(self) -> None:
        """Let the network go on; its results come as events, one batch after the other."""
        before = self.at_work.under_way
        again_s = self.at_work.begin(self.now_s)
        for batch in list(self.at_work._under_way)[before:]:
            start_s = max(self.now_s, self._taking_at_s[-1] if self._taking_at_s else 0.0)
            cost_s = self.costs[min(b for b in self.costs if b >= len(batch[0].pictures))]
            self.busy_s += cost_s
            self._taking_at_s.append(start_s + cost_s)
            self.at(start_s + cost_s, self._take)
        if again_s is not None and (again_s < self._wake_at_s or self._wake_at_s <= self.now_s):
            self._wake_at_s = max(again_s, self.now_s + 1e-6)
            self.at(self._wake_at_s, lambda: None)

    def _take(self) -> None:
        self._taking_at_s.pop(0)
        chosen, patches = self.at_work.take()
        for picture in chosen.pictures:
            talk = self.talks.get(picture.ticket)
            if talk is not None and talk.turn == picture.turn:
                talk.waits_s.append(self.now_s - picture.free_at_s)
                self.late_s.append(max(0.0, self.now_s - picture.due_at_s))
        for ticket in set(self.schedule.finished(chosen, patches, self.now_s)):
            self._look(self.talks[ticket])

    def _look(self, talk: Talk) -> None:
        if self.now_s < talk.is_stalled_until_s:
            return
        for shown in self.schedule.fetch(talk.ticket):
            speech, offset = talk.said[shown.turn, shown.index]
            if shown.turn != talk.turn:
                self.unwanted += 1
            if shown.kind == MADE:
                wanted = expected_patch(self.avatars[talk.avatar_seed], int(speech.frames[offset]), speech.sound[offset])
                self.crossed += not np.array_equal(shown.patch, wanted)
            elif shown.kind == SKIPPED:
                self.skipped += 1
                self.late_s.append(2 * FRAME_SECONDS)

    def _join(self) -> None:
        ticket, seed = self.schedule.join(), self.draw.randrange(AVATARS)
        self.avatars.setdefault(seed, avatar_of(seed))
        self.at_work.dress(ticket, str(seed), self.avatars[seed])
        talk = self.talks[ticket] = Talk(ticket, seed, self.draw.randint(*self.habits.turns))
        self.at(self.now_s + self.draw.uniform(0.2, 3.0), lambda: self._begin(talk))

    def _begin(self, talk: Talk) -> None:
        if talk.ticket not in self.talks:
            return
        if talk.turns_left == 0:
            self._leave(talk)
            return
        talk.turns_left -= 1
        talk.turn += 1
        self.begun += 1
        try:
            self.schedule.begin(talk.ticket, talk.turn, self.now_s)
        except StageFull:
            self.refused += 1
            self._pause(talk, self.draw.uniform(1.0, 6.0))
            return
        self._say(talk, talk.turn, self.draw.randint(*self.habits.stretches))

    def _say(self, talk: Talk, turn: int, stretches: int) -> None:
        if talk.ticket not in self.talks or turn != talk.turn:
            return
        length = round(self.draw.uniform(*self.habits.stretch_s) / FRAME_SECONDS)
        speech, line = self._speech(length), self.schedule.line(talk.ticket)
        first, self_due = line.next_index, max(line.next_due_s, self.now_s + START_SECONDS)
        self.schedule.say(talk.ticket, turn, speech, self.now_s)
        for offset in range(length):
            due_s = self_due + offset * FRAME_SECONDS
            free_s = max(self.now_s, due_s - AHEAD_SECONDS)
            talk.said[turn, first + offset] = (speech, offset)
            if not speech.is_silent[offset]:
                self.jobs.append((free_s, due_s))
        over_s = self_due + length * FRAME_SECONDS
        if self.draw.random() < self.habits.stall_share:
            talk.is_stalled_until_s = self.now_s + self.draw.uniform(0.5, 4.0)
            self.at(talk.is_stalled_until_s, lambda: self._look(talk) if talk.ticket in self.talks else None)
        if self.draw.random() < self.habits.cut_share:
            self.at(self.draw.uniform(self.now_s, over_s), lambda: self._cut(talk, turn))
        elif stretches > 1:  # the next stretch is voiced while this one sounds; now and then too late
            self.at(over_s - self.draw.uniform(-0.3, 1.0), lambda: self._say(talk, turn, stretches - 1))
        else:
            self.schedule.end(talk.ticket, turn)
            self._pause(talk, over_s - self.now_s + self.draw.uniform(*self.habits.pause_s))

    def _speech(self, length: int) -> Speech:
        sound = np.broadcast_to(self.numbers.standard_normal((length, 1, 1)).astype(np.float32), (length, 50, 2))
        is_silent = self.numbers.random(length) < self.habits.silent_share
        return Speech(np.arange(length, dtype=np.int64) % 3, sound, is_silent)

    def _cut(self, talk: Talk, turn: int) -> None:
        if talk.ticket in self.talks and talk.turn == turn:
            self.schedule.interrupt(talk.ticket)
            talk.turn += 1
            self._pause(talk, self.draw.uniform(0.5, 3.0))

    def _pause(self, talk: Talk, seconds: float) -> None:
        if self.draw.random() < 0.05:  # somebody closes the tab in the middle of a word
            self.at(self.now_s + self.draw.uniform(0, seconds), lambda: self._leave(talk))
        self.at(self.now_s + seconds, lambda: self._begin(talk))

    def _leave(self, talk: Talk) -> None:
        if self.talks.pop(talk.ticket, None) is not None:
            self.schedule.leave(talk.ticket)
            self.at_work.undress(talk.ticket)
            self.ended.append(talk)

    @property
    def leaked(self) -> int:
        """What is left of sessions that are gone: lines, avatars, batches."""
        worn = {str(talk.avatar_seed) for talk in self.talks.values()}
        strangers = len(self.schedule.tickets - set(self.talks))
        return strangers + self.at_work.avatars_kept - len(worn) + len(self.network.kept) - len(worn)
