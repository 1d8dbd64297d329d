"""The weights and the exact chain on 10,000 public journeys (PathData), against figures that other tools gave.

The data come with the package `mta`; only its file is read, never its code.
"""

import csv
import gzip
import importlib.metadata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Final

import pytest

from billing.attribution import weights
from billing.attribution.markov import Path, RemovalEffects, removal_effects
from billing.attribution.shapley import shapley_values

TENTH_OF_A_THOUSANDTH: Final = Fraction(1, 10_000)
WEIGH: Final[dict[str, Callable[[Sequence[str]], list[int]]]] = {
    "first": lambda path: weights.first_weights(len(path)),
    "last": lambda path: weights.last_weights(len(path)),
    "linear": lambda path: weights.linear_weights(len(path)),
    "position": lambda path: weights.position_weights(len(path)),
    "time_decay_step": lambda path: weights.decay_step_weights(len(path)),
    "set_shapley": weights.shapley_weights,
}
REFERENCE: Final = {
    "first": ("6308", "2831", "4606"),
    "last": ("8447", "989", "3355"),
    "linear": ("7574.7186", "2083.5001", "3857.0962"),
    "position": ("7444.8238", "1969.7662", "3944.9482"),
    "time_decay_step": ("8046.6281", "1599.3883", "3522.4508"),
    "set_shapley": ("7627.9440", "1982.7393", "3505.0440"),
    "markov": ("5344.9477", "2527.3522", "3884.6147"),
}
"""Conversions credited to alpha, beta and iota."""


@dataclass(frozen=True)
class Journey:
    channels: tuple[str, ...]
    conversions: int
    value: Fraction
    nulls: int


@cache
def journeys() -> tuple[Journey, ...]:
    try:
        file = importlib.metadata.distribution("mta").locate_file("mta/data/data.csv.gz")
    except importlib.metadata.PackageNotFoundError:
        pytest.fail("The public journeys are not installed; run `make setup-dev`.")
    with gzip.open(str(file), "rt") as lines:
        return tuple(
            Journey(
                tuple(row["path"].split(" > ")), int(row["total_conversions"]), Fraction(row["total_conversion_value"]),
                int(row["total_null"]),
            )
            for row in csv.DictReader(lines)
        )  # fmt: skip


@cache
def chain() -> RemovalEffects[str]:
    return removal_effects(Path(journey.channels, journey.conversions, journey.nulls) for journey in journeys())


@cache
def credited(model: str, column: str) -> dict[str, Fraction]:
    """What each channel is credited with, of "conversions" or of "value"."""
    if model == "markov":
        return chain().share_out(sum(getattr(journey, column) for journey in journeys()))
    by_divisor: dict[tuple[str, int], Fraction] = {}
    for journey in journeys():
        parts, amount = WEIGH[model](journey.channels), Fraction(getattr(journey, column))
        divisor = sum(parts)
        for channel, part in zip(journey.channels, parts, strict=True):
            if part:
                by_divisor[channel, divisor] = by_divisor.get((channel, divisor), Fraction(0)) + part * amount
    shares: dict[str, Fraction] = {}
    for (channel, divisor), amount in by_divisor.items():
        shares[channel] = shares.get(channel, Fraction(0)) + amount / divisor
    return shares


def test_the_public_set_is_the_one_the_figures_were_taken_from() -> None:
    assert len(journeys()) == 10_000
    assert len({channel for journey in journeys() for channel in journey.channels}) == 12
    assert sum(journey.conversions for journey in journeys()) == 19_785
    assert sum(journey.nulls for journey in journeys()) == 68_602
    assert abs(sum(journey.value for journey in journeys()) - Fraction("74802.971587")) < Fraction("0.000001")


@pytest.mark.parametrize("model", REFERENCE)
def test_three_channels_come_out_as_the_reference_says(model: str) -> None:
    found = credited(model, "conversions")
    for channel, expected in zip(("alpha", "beta", "iota"), REFERENCE[model], strict=True):
        assert abs(found[channel] - Fraction(expected)) < TENTH_OF_A_THOUSANDTH, channel


@pytest.mark.parametrize("column", ["conversions", "value"])
@pytest.mark.parametrize("model", REFERENCE)
def test_nothing_is_lost_or_made_over_all_twelve_channels(model: str, column: str) -> None:
    found = credited(model, column)
    assert sum(found.values()) == sum(getattr(journey, column) for journey in journeys())
    assert min(found.values()) >= 0
    assert len(found) == 12


def test_the_base_rate_of_the_chain_is_the_share_of_journeys_that_ended_in_an_order() -> None:
    assert chain().base_rate == Fraction(19_785, 88_387)


def test_sharing_among_the_channels_of_a_path_is_the_whole_games_exact_shapley_value() -> None:
    """The shortcut that money uses, against every one of the 4,096 sets of channels."""
    worth_of_path: dict[frozenset[str], int] = {}
    for journey in journeys():
        members = frozenset(journey.channels)
        worth_of_path[members] = worth_of_path.get(members, 0) + journey.conversions
    channels = sorted({channel for members in worth_of_path for channel in members})
    bits = {channel: 1 << number for number, channel in enumerate(channels)}
    masks = [(sum(bits[channel] for channel in members), worth) for members, worth in worth_of_path.items()]

    def worth(team: frozenset[str]) -> int:
        outside = ~sum(bits[channel] for channel in team)
        return sum(worth for mask, worth in masks if not mask & outside)

    assert shapley_values(channels, worth) == credited("set_shapley", "conversions")


@pytest.mark.parametrize("model", ["linear", "position", "time_decay_step"])
def test_every_channel_agrees_with_the_formulas_as_the_textbook_writes_them(model: str) -> None:
    def part(model: str, place: int, count: int) -> Fraction:
        if model == "linear" or count == 1:
            return Fraction(1, count)
        if model == "time_decay_step":
            return Fraction(2**place, 2**count - 1)
        if count == 2:
            return Fraction(1, 2)
        return Fraction(4, 10) if place in (0, count - 1) else Fraction(2, 10) / (count - 2)

    expected: dict[tuple[str, int], Fraction] = {}
    for journey in journeys():
        count = len(journey.channels)
        for place, channel in enumerate(journey.channels):
            expected[channel, count] = expected.get((channel, count), Fraction(0)) + journey.conversions * part(model, place, count)
    for channel, found in credited(model, "conversions").items():
        assert sum(amount for (of, _), amount in expected.items() if of == channel) == found
