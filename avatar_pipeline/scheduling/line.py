"""One session's place on the stage: the pictures it waits for, and those that wait to be fetched. Both have a limit.

At the limit the oldest picture goes, never sound: the browser keeps the portrait still for that moment and the voice goes on.
"""

from collections import deque
from dataclasses import dataclass, field
from typing import Final

from avatar_pipeline.scheduling.wanted import AT_REST, FRAME_SECONDS, SKIPPED, Shown, Speech, Ticket, Wanted

WAITING_MAX: Final = 1500
"""Pictures one session may have in line: a minute of speech."""
UNFETCHED_MAX: Final = 50
"""Drawn pictures that may wait to be fetched: two seconds."""
MARKS_MAX: Final = 2 * WAITING_MAX
"""Pictures and marks that may wait to be fetched. A mark, of rest or of a skipped picture, has no pixels; a sentence lays out all its rests
at once."""
UNLOOKED_SECONDS_MAX: Final = 5.0
"""When nothing was fetched for so long nobody looks, and nothing more is drawn. Until then a talk that stalls is drawn like any other: its
seat is taken either way, and when it looks again it finds what is due now instead of asking for everything at once."""
AHEAD_SECONDS: Final = 0.7
"""How long before it is due a picture may be made: the way to the browser and a busy moment, and no more than may be thrown away."""
START_SECONDS: Final = 0.1
"""From the first word's coming to the moment its first picture is due. The page begins to speak 0.11 to 0.13 s after the stage was told:
a later clock here would promise pictures that come too late there, and on a stage that is just full all of them would."""
LAPSES_SECONDS: Final = 5.0
"""A turn of which nothing is heard for so long after its last picture gives its seat up."""


@dataclass
class Line:
    """The line of one session. `turn` is the turn whose pictures are wanted; those of any other are thrown away.

    `spent_s` is the network's time that its pictures took: of each batch an even share.
    """

    ticket: Ticket
    turn: int = -1
    is_speaking: bool = False
    is_last_word_said: bool = False
    next_index: int = 0
    next_due_s: float = 0.0
    waiting: deque[Wanted] = field(default_factory=deque)
    in_the_making: int = 0
    unfetched: deque[Shown] = field(default_factory=deque)
    unfetched_since_s: float = 0.0
    patches_unfetched: int = 0
    skipped: int = 0
    spent_s: float = 0.0

    def is_looked_at(self, now_s: float) -> bool:
        """Whether somebody fetches what is made."""
        return not self.unfetched or now_s - self.unfetched_since_s < UNLOOKED_SECONDS_MAX

    def begin(self, turn: int) -> None:
        """A new turn: whatever is left of the one before is no longer wanted."""
        self.throw_away()
        self.turn, self.is_speaking, self.is_last_word_said, self.next_index = turn, True, False, 0
        self.next_due_s = 0.0

    def throw_away(self) -> None:
        """Forget every picture in line and every unfetched one; those being made are dropped when they come."""
        self.waiting.clear()
        self.fetch()
        self.turn, self.is_speaking = -1, False

    def add(self, speech: Speech, now_s: float) -> list[Shown]:
        """Put a speech in line; return its pictures at rest, which need no network.

        It follows the speech before it without a gap. When that one is over by now the sound has stood still too, so the clock of the
        turn begins anew: nobody gets ahead of others by having been slow.
        """
        due_s = max(self.next_due_s, now_s + START_SECONDS)
        at_rest = []
        for offset in range(len(speech)):
            index = self.next_index + offset
            if speech.is_silent[offset]:
                at_rest.append(Shown(self.turn, index, AT_REST, due_s))
            else:
                free_s = max(now_s, due_s - AHEAD_SECONDS)
                self.waiting.append(Wanted(self.ticket, self.turn, index, speech, offset, free_s, due_s))
            due_s += FRAME_SECONDS
        self.next_index, self.next_due_s = self.next_index + len(speech), due_s
        return at_rest

    def skip_what_is_late(self, ready_s: float) -> list[Shown]:
        """Take out what would be a whole picture's time late if it were ready at `ready_s`."""
        late = []
        while self.waiting and self.waiting[0].due_at_s + FRAME_SECONDS < ready_s:
            picture = self.waiting.popleft()
            late.append(Shown(picture.turn, picture.index, SKIPPED, picture.due_at_s))
        self.skipped += len(late)
        return late

    def hand_over(self, shown: Shown, now_s: float) -> None:
        """Lay a picture or a mark out to be fetched; beyond the limits the oldest goes."""
        if not self.unfetched:
            self.unfetched_since_s = now_s
        self.unfetched.append(shown)
        self.patches_unfetched += shown.patch is not None
        while self.patches_unfetched > UNFETCHED_MAX or len(self.unfetched) > MARKS_MAX:
            self.patches_unfetched -= self.unfetched.popleft().patch is not None
            self.skipped += 1

    def fetch(self) -> list[Shown]:
        """Take everything that was laid out."""
        shown = list(self.unfetched)
        self.unfetched.clear()
        self.patches_unfetched = 0
        return shown

    def is_over(self, now_s: float) -> bool:
        """Whether its turn takes a seat no more: all was said and made, or nothing came for too long."""
        if self.waiting or self.in_the_making:
            return False
        return self.is_last_word_said or now_s > self.next_due_s + LAPSES_SECONDS
