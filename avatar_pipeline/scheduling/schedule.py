"""The schedule of one network: who may speak, whose pictures come next, and who gets what was made.

It waits for nothing and calls nobody: the stage tells it what happens and at what time, so it plays the same with a clock of seconds
or of thought. Capacity is promised by what batches were measured to take: a turn that would make pictures late is refused at once.
"""

import heapq
from collections import deque
from collections.abc import Sequence
from itertools import count
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avatar_pipeline.errors import StageRefusal
from avatar_pipeline.scheduling.choosing import choose
from avatar_pipeline.scheduling.costs import MeasuredCosts
from avatar_pipeline.scheduling.line import WAITING_MAX, Line
from avatar_pipeline.scheduling.wanted import MADE, Gathered, Shown, Speech, Ticket, Wanted

GATHER_SECONDS: Final = 0.004
"""Before the network is free the next batch is gathered: as long as gathering and handing over may take."""
SESSIONS_MAX: Final = 512
"""Sessions that may be on one stage, most of them silent."""


class StageFull(StageRefusal):
    """There is no place left on this stage; the browser draws the face itself."""


class TooMuchAtOnce(StageRefusal):
    """A session asks for more pictures than may wait in line; it must say the rest later."""


class NotOnStage(StageRefusal):
    """The session has left, or was never there."""


class Schedule:
    """The lines of all sessions, and the choice among them. Times are seconds of one clock that only rises."""

    def __init__(self, costs: MeasuredCosts) -> None:
        self.costs: Final = costs
        self._lines: dict[Ticket, Line] = {}
        self._tickets = count(1)
        self._under_way: deque[Gathered] = deque()
        self._done_at_s = self.free_at_s = 0.0

    @property
    def tickets(self) -> frozenset[Ticket]:
        """Everybody on stage."""
        return frozenset(self._lines)

    def speaking(self, now_s: float) -> int:
        """How many turns take a seat now."""
        for line in self._lines.values():
            if line.is_speaking and line.is_over(now_s):
                line.is_speaking = False
        return sum(line.is_speaking for line in self._lines.values())

    def join(self) -> Ticket:
        """Let a session in; raises StageFull."""
        if len(self._lines) >= SESSIONS_MAX:
            raise StageFull(f"{SESSIONS_MAX} talks are on this stage already.")
        ticket = next(self._tickets)
        self._lines[ticket] = Line(ticket)
        return ticket

    def leave(self, ticket: Ticket) -> None:
        """Let a session go with everything it had. Its ticket is worth nothing from now on; leaving twice is leaving."""
        self._lines.pop(ticket, None)

    def begin(self, ticket: Ticket, turn: int, now_s: float) -> None:
        """Begin a turn, which ends the session's turn before. Raises StageFull when its pictures would come late, NotOnStage."""
        line = self.line(ticket)
        line.throw_away()
        self.costs.forget(now_s)
        if self.speaking(now_s) >= self.costs.seats():
            raise StageFull("As many talk as this machine can draw in time.")
        line.begin(turn)
        line.next_due_s = now_s

    def say(self, ticket: Ticket, turn: int, speech: Speech, now_s: float) -> None:
        """Add a stretch of speech to a turn; one that is over is ignored. Raises TooMuchAtOnce, NotOnStage."""
        line = self.line(ticket)
        if turn != line.turn or not line.is_speaking:
            return
        if len(line.waiting) + len(speech) > WAITING_MAX:
            raise TooMuchAtOnce(f"At most {WAITING_MAX} pictures of one talk wait in line.")
        for shown in line.add(speech, now_s):
            line.hand_over(shown, now_s)

    def end(self, ticket: Ticket, turn: int) -> None:
        """The turn's last word was said; its seat is free when its last picture is made."""
        line = self.line(ticket)
        if turn == line.turn:
            line.is_last_word_said = True

    def interrupt(self, ticket: Ticket) -> None:
        """The shopper cuts in: what was in line is thrown away, and what is being made will be."""
        self.line(ticket).throw_away()

    def next(self, now_s: float) -> Gathered | float | None:
        """The pictures to make next; or the moment to look again; or None when nobody waits for anything.

        While the network is busy the next batch is gathered a little before it is free: early enough to leave no gap, late enough that
        whoever begins to speak meanwhile is not passed over.
        """
        if self.free_at_s - GATHER_SECONDS > now_s:
            return self.free_at_s - GATHER_SECONDS
        self.costs.forget(now_s)
        start_s = max(now_s, self.free_at_s)
        for line in [line for line in self._lines.values() if line.waiting]:
            for late in line.skip_what_is_late(start_s + self.costs.soonest_s()):
                line.hand_over(late, now_s)
        urgent = self._most_urgent(start_s)
        if not urgent:
            heads = [line.waiting[0].free_at_s for line in self._lines.values() if line.waiting and line.is_looked_at(now_s)]
            return min(heads, default=None)
        oldest_s = min(picture.free_at_s for picture in urgent)
        chosen = choose([picture.due_at_s for picture in urgent], oldest_free_s=oldest_s, now_s=start_s, costs=self.costs)
        if not chosen.bucket:
            return chosen.again_at_s
        return self._begin(urgent[: chosen.count], chosen.bucket, now_s, start_s)

    def finished(self, batch: Gathered, patches: NDArray[np.uint8], now_s: float) -> list[Ticket]:
        """A batch is made: hand each picture to its session, if that is still there and still in that turn. Returns who got some.

        It took the time since it was handed over, or since the one before it was made: a network works on one after the other.
        """
        self._under_way.remove(batch)
        took_s = now_s - max(batch.begun_at_s, self._done_at_s)
        self.costs.note(batch.bucket, took_s, now_s)
        self._done_at_s, self.free_at_s = now_s, now_s + sum(self.costs.seconds(other.bucket) for other in self._under_way)
        given = []
        for row, picture in enumerate(batch.pictures):
            line = self._lines.get(picture.ticket)
            if line is None:
                continue
            line.in_the_making -= 1
            line.spent_s += took_s / len(batch.pictures)
            if picture.turn == line.turn:
                line.hand_over(Shown(picture.turn, picture.index, MADE, picture.due_at_s, patches[row]), now_s)
                given.append(picture.ticket)
        return given

    def fetch(self, ticket: Ticket) -> list[Shown]:
        """Take what lies ready for a session; raises NotOnStage."""
        return self.line(ticket).fetch()

    def line(self, ticket: Ticket) -> Line:
        """A session's line; raises NotOnStage."""
        line = self._lines.get(ticket)
        if line is None:
            raise NotOnStage("This talk is not on the stage any more.")
        return line

    def _begin(self, pictures: Sequence[Wanted], bucket: int, now_s: float, start_s: float) -> Gathered:
        batch = Gathered(bucket, tuple(pictures), now_s)
        for picture in pictures:
            line = self._lines[picture.ticket]
            line.waiting.popleft()  # a line's pictures are chosen in its own order
            line.in_the_making += 1
        self._under_way.append(batch)
        self.free_at_s = start_s + self.costs.seconds(bucket)
        return batch

    def _most_urgent(self, now_s: float) -> list[Wanted]:
        """The earliest due among what is free to be made, as many as the largest bucket holds; each line gives its own in order."""
        heads = [
            (line.waiting[0].due_at_s, ticket, 0)
            for ticket, line in self._lines.items()
            if line.waiting and line.is_looked_at(now_s) and line.waiting[0].free_at_s <= now_s
        ]
        heapq.heapify(heads)
        found: list[Wanted] = []
        while heads and len(found) < self.costs.buckets[-1]:
            _, ticket, place = heapq.heappop(heads)
            waiting = self._lines[ticket].waiting
            found.append(waiting[place])
            if place + 1 < len(waiting) and waiting[place + 1].free_at_s <= now_s:
                heapq.heappush(heads, (waiting[place + 1].due_at_s, ticket, place + 1))
        return found
