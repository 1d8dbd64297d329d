"""How often one address may tell that it watches films, so that nobody fills a shop's books with views."""

from collections import OrderedDict
from datetime import datetime
from typing import Final

BURST: Final = 60
PER_MINUTE: Final = 60
ADDRESSES_REMEMBERED_MAX: Final = 20_000


class FilmPace:
    """Each address has a purse of tellings that fills again with time; whoever was not heard for longest is forgotten first."""

    def __init__(self) -> None:
        self._purses: OrderedDict[str, tuple[float, datetime]] = OrderedDict()

    def may_tell(self, address: str, now: datetime) -> bool:
        """Take one telling out of the purse, if there is one."""
        left, seen = self._purses.pop(address, (float(BURST), now))
        left = min(float(BURST), left + max(0.0, (now - seen).total_seconds()) * PER_MINUTE / 60)
        is_heard = left >= 1
        self._purses[address] = (left - 1 if is_heard else left, max(now, seen))
        while len(self._purses) > ADDRESSES_REMEMBERED_MAX:
            self._purses.popitem(last=False)
        return is_heard
