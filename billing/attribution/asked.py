"""All that guards and models ask about an order and the touches before it, whichever shape they were read in."""

from collections.abc import Container, Hashable
from datetime import datetime
from typing import Any, Protocol

from billing.attribution.evidence import Insider


class Meeting(Protocol):
    """A touch."""

    @property
    def occurred_at(self) -> datetime:
        """When the buyer was met."""

    @property
    def conversation_id(self) -> Any:
        """In which conversation, spelled as in `bot_conversations`."""


class Placed(Protocol):
    """A touch on its buyer's path."""

    @property
    def occurred_at(self) -> datetime:
        """When the buyer was met."""

    @property
    def touch_id(self) -> Any:
        """By which touches of one moment are put in sequence."""

    @property
    def employee_id(self) -> Hashable:
        """By whom."""


class Counted(Protocol):
    """A touch that counts, and by which step."""

    @property
    def touch(self) -> Placed:
        """The touch."""

    @property
    def step(self) -> str:
        """How it counts."""


class Handed(Protocol):
    """A coupon on the order."""

    @property
    def touch(self) -> Meeting:
        """The touch that handed it out."""

    @property
    def visitor_id(self) -> Any:
        """Whom it was given to."""


class Buyer(Protocol):
    """What an order carries that speaks for or against a touch."""

    @property
    def occurred_at(self) -> datetime:
        """When it was placed."""

    @property
    def visitor_id(self) -> Any:
        """By which visitor."""

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes on it."""

    @property
    def cart_created_at(self) -> datetime | None:
        """When its cart was begun."""

    @property
    def buyer_is(self) -> Insider | None:
        """Whether its buyer is one of the house."""


class Seen(Protocol):
    """The evidence of one decision."""

    @property
    def marks(self) -> Buyer:
        """What the order carries."""

    @property
    def bot_conversations(self) -> Container[Any]:
        """Conversations that were held with a machine."""
