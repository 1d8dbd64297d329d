"""The exact Shapley value of any game among a few players: what each adds, averaged over every sequence in which they may join.

For reports and for checking; an order's own Shapley shares need no game, see `shapley_weights`.
"""

from collections.abc import Callable, Hashable, Sequence
from fractions import Fraction
from itertools import combinations
from math import comb
from typing import Final, TypeVar

PLAYERS_MAX: Final = 16
"""The work doubles with each player; beyond this many a report would keep its reader waiting."""

Player = TypeVar("Player", bound=Hashable)


def shapley_values(players: Sequence[Player], worth: Callable[[frozenset[Player]], int | Fraction]) -> dict[Player, Fraction]:
    """Each player's exact value; they add up to what all together are worth above nobody.

    `worth` is asked for every set of players, the empty one too. Raises ValueError beyond PLAYERS_MAX.
    """
    count = len(players)
    if count > PLAYERS_MAX:
        raise ValueError(f"A game of {count} players is more than the {PLAYERS_MAX} that can be reckoned exactly.")
    worths = {frozenset(team): Fraction(worth(frozenset(team))) for size in range(count + 1) for team in combinations(players, size)}
    values = dict.fromkeys(players, Fraction(0))
    for team, team_worth in worths.items():
        for player in team:
            before = len(team) - 1  # how many stood in the team when this player joined it
            values[player] += (team_worth - worths[team - {player}]) / (count * comb(count - 1, before))
    return values
