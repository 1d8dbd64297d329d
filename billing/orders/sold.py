"""All that an order's worth is worked out from, whichever shape the order was read in."""

from collections.abc import Sequence
from typing import Protocol


class SoldLine(Protocol):
    """One line as sold, after discounts."""

    @property
    def line_id(self) -> str:
        """By which refunds name it."""

    @property
    def product(self) -> str:
        """What was sold."""

    @property
    def categories(self) -> tuple[str, ...]:
        """What kinds of thing that is."""

    @property
    def net_minor(self) -> int:
        """What was paid for it, without tax."""

    @property
    def tax_minor(self) -> int:
        """The tax beside it."""

    @property
    def is_gift_card(self) -> bool:
        """Whether money was only moved into a card."""


class Sold(Protocol):
    """An order as it was sold."""

    @property
    def status(self) -> str:
        """Pending, paid or cancelled."""

    @property
    def currency(self) -> str:
        """In which all its amounts are."""

    @property
    def lines(self) -> Sequence[SoldLine]:
        """What was sold."""

    @property
    def shipping_minor(self) -> int:
        """Paid for shipping, without tax."""

    @property
    def shipping_tax_minor(self) -> int:
        """The tax beside it."""

    @property
    def tip_minor(self) -> int:
        """Given besides."""

    @property
    def captured_minor(self) -> int:
        """Paid in all."""

    @property
    def is_test(self) -> bool:
        """Whether nobody really bought."""

    @property
    def is_staff(self) -> bool:
        """Whether the shop's own people bought."""
