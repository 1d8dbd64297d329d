"""Every model by hand on small paths, and thousands of paths on which its parts must add up."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from billing.attribution import weights
from billing.attribution.evidence import Candidate, ContractInForce, Step, Touch
from billing.attribution.markov import CHANNELS_MAX, Path, removal_effects
from billing.attribution.model_names import MODEL_SENTENCES
from billing.attribution.models import MODELS
from billing.attribution.shapley import PLAYERS_MAX, shapley_values
from billing.contract_terms import ContractTerms
from billing.money import PARTS_PER_MILLION

START = datetime(2026, 11, 1, tzinfo=UTC)
TERMS = ContractTerms(currency="EUR", share_ppm=80_000, half_life_days=7)
AMARA, BRUNO, CHIARA = UUID(int=11), UUID(int=12), UUID(int=13)


def path(*steps: Step, days: tuple[int, ...] = (), people: tuple[UUID, ...] = ()) -> list[Candidate]:
    """Touches that count, one a day unless `days` says otherwise, all of one employee unless `people` says otherwise."""
    touches = []
    for number, step in enumerate(steps):
        person = people[number] if people else AMARA
        touch = Touch(UUID(int=1000 + number), START + timedelta(days=days[number] if days else number), "conversation", person)
        touches.append(Candidate(touch, step, ContractInForce(UUID(int=100), person, TERMS)))
    return touches


def parts(model: str, candidates: list[Candidate]) -> list[int]:
    """The parts per million in the sequence of the path."""
    credited, _ = MODELS[model].divide(candidates, TERMS)
    by_touch = {credit.candidate.touch.touch_id: credit.weight_ppm for credit in credited}
    return [by_touch.get(candidate.touch.touch_id, 0) for candidate in candidates]


TALKS: tuple[Step, ...] = ("conversation",) * 4


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("last", [0, 0, 0, 1_000_000]),
        ("first", [1_000_000, 0, 0, 0]),
        ("linear", [250_000, 250_000, 250_000, 250_000]),
        ("position", [400_000, 100_000, 100_000, 400_000]),
        ("time_decay_step", [66_667, 133_333, 266_667, 533_333]),
        ("set_shapley", [0, 0, 0, 1_000_000]),
        ("coupon_first", [0, 0, 0, 1_000_000]),
        ("link_first", [0, 0, 0, 1_000_000]),
    ],
)
def test_four_conversations_are_divided_as_the_model_says(model: str, expected: list[int]) -> None:
    assert parts(model, path(*TALKS)) == expected


@pytest.mark.parametrize("model", MODELS)
def test_one_touch_takes_all_under_every_model(model: str) -> None:
    assert parts(model, path("conversation")) == [PARTS_PER_MILLION]


def test_two_touches_share_equally_by_position() -> None:
    assert parts("position", path("link", "conversation")) == [500_000, 500_000]


def test_the_first_coupon_beats_links_and_the_last_link_beats_talks() -> None:
    assert parts("coupon_first", path("link", "coupon", "coupon", "conversation")) == [0, PARTS_PER_MILLION, 0, 0]
    assert parts("coupon_first", path("link", "link", "conversation")) == [0, PARTS_PER_MILLION, 0]
    assert parts("link_first", path("coupon", "link", "coupon")) == [0, PARTS_PER_MILLION, 0]
    assert parts("link_first", path("coupon", "conversation")) == [0, PARTS_PER_MILLION]


def test_a_half_life_halves_whatever_the_age_of_the_latest_touch() -> None:
    assert parts("time_decay_half_life", path("conversation", "conversation", days=(0, 7))) == [333_333, 666_667]
    assert parts("time_decay_half_life", path("conversation", "conversation", "link", days=(0, 7, 14))) == [142_857, 285_714, 571_429]
    assert parts("time_decay_half_life", path("conversation", "conversation", days=(3, 3))) == [500_000, 500_000]


def test_a_touch_of_a_year_ago_with_a_half_life_of_a_day_gets_nothing_and_says_so() -> None:
    terms = TERMS.model_copy(update={"half_life_days": 1})
    candidates = path("conversation", "conversation", days=(0, 364))
    credited, passed_over = MODELS["time_decay_half_life"].divide(candidates, terms)
    assert [credit.weight_ppm for credit in credited] == [PARTS_PER_MILLION]
    assert "less than a millionth" in passed_over[0].why


def test_employees_share_a_set_equally_however_often_each_met_the_buyer() -> None:
    people = (AMARA, AMARA, BRUNO, AMARA, CHIARA)
    assert parts("set_shapley", path(*TALKS, "link", people=people)) == [0, 0, 333_334, 333_333, 333_333]


def test_millionths_left_over_go_to_the_largest_remainder_and_then_by_id() -> None:
    assert weights.ppm_of([1, 1, 1], ["c", "a", "b"]) == [333_333, 333_334, 333_333]
    assert weights.ppm_of([1, 5, 1], ["a", "b", "c"]) == [142_857, 714_286, 142_857]


def test_the_heaviest_credit_stands_first_and_each_says_why() -> None:
    credited, passed_over = MODELS["time_decay_step"].divide(path(*TALKS), TERMS)
    assert [credit.weight_ppm for credit in credited] == [533_333, 266_667, 133_333, 66_667]
    assert {credit.reason for credit in credited} == {
        "It is one of 4 touches that share the order, each weighing half as much as the next."
    }
    assert passed_over == []
    assert MODELS["last"].divide(path("link"), TERMS)[0][0].reason == "It is the only touch that counts."
    assert MODELS["coupon_first"].divide(path("view"), TERMS)[0][0].reason.startswith("The buyer watched")


def test_every_model_has_one_sentence_for_contracts() -> None:
    assert set(MODELS) == set(MODEL_SENTENCES)
    assert all(MODELS[name].sentence == sentence and sentence.endswith(".") for name, sentence in MODEL_SENTENCES.items())
    assert len(set(MODEL_SENTENCES.values())) == len(MODEL_SENTENCES)


STEPS: st.SearchStrategy[Step] = st.sampled_from(("coupon", "link", "conversation", "view"))


@settings(max_examples=1000, deadline=None)
@given(st.lists(st.tuples(STEPS, st.integers(0, 60), st.sampled_from((AMARA, BRUNO, CHIARA))), min_size=1, max_size=16))
def test_the_parts_of_any_path_add_up_exactly_under_every_model(seen: list[tuple[Step, int, UUID]]) -> None:
    seen.sort(key=lambda one: one[1])
    candidates = path(*(step for step, _, _ in seen), days=tuple(day for _, day, _ in seen), people=tuple(who for _, _, who in seen))
    for name, model in MODELS.items():
        credited, passed_over = model.divide(candidates, TERMS)
        assert sum(credit.weight_ppm for credit in credited) == PARTS_PER_MILLION, name
        assert all(credit.weight_ppm > 0 for credit in credited), name
        assert len(credited) + len(passed_over) == len(candidates), name


@settings(max_examples=1000, deadline=None)
@given(st.lists(st.integers(0, 10**30), min_size=1, max_size=24).filter(any))
def test_parts_per_million_stay_within_one_of_the_exact_proportion(raw: list[int]) -> None:
    found, total = weights.ppm_of(raw, list(range(len(raw)))), sum(raw)
    assert sum(found) == PARTS_PER_MILLION
    assert all(abs(part - Fraction(weight * PARTS_PER_MILLION, total)) < 1 for part, weight in zip(found, raw, strict=True))
    assert all(weight or not part for part, weight in zip(found, raw, strict=True))


@settings(max_examples=500, deadline=None)
@given(st.lists(st.integers(0, 365 * 86_400), min_size=1, max_size=20), st.integers(1, 365))
def test_a_half_life_weighs_the_younger_touch_at_least_as_much(ages_s: list[int], half_life_days: int) -> None:
    found = weights.decay_half_life_weights(ages_s, half_life_days * 86_400)
    by_age = sorted(zip(ages_s, found, strict=True))
    assert all(younger >= older for (_, younger), (_, older) in pairwise(by_age))
    assert max(found) == 10**18


def test_the_textbook_game_gives_15_15_20() -> None:
    worth = {"": 0, "A": 10, "B": 10, "C": 10, "AB": 30, "AC": 40, "BC": 40, "ABC": 50}
    assert shapley_values("ABC", lambda team: worth["".join(sorted(team))]) == {"A": 15, "B": 15, "C": 20}


def test_a_game_of_too_many_players_is_refused() -> None:
    with pytest.raises(ValueError, match="more than the 16"):
        shapley_values(range(PLAYERS_MAX + 1), len)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.lists(st.sampled_from("ABCDE"), min_size=1, max_size=6), st.integers(0, 50)), min_size=1, max_size=8))
def test_sharing_within_each_path_is_the_exact_value_of_any_game_of_paths(paths: list[tuple[list[str], int]]) -> None:
    players = sorted({channel for channels, _ in paths for channel in channels})
    values = shapley_values(players, lambda team: sum(orders for channels, orders in paths if set(channels) <= team))
    shares = dict.fromkeys(players, Fraction(0))
    for channels, orders in paths:
        found = weights.shapley_weights(channels)
        for channel, weight in zip(channels, found, strict=True):
            shares[channel] += Fraction(weight * orders, sum(found))
    assert values == shares


def test_the_chain_loses_what_cannot_be_reached_without_a_channel() -> None:
    """A leads to B, B to the order; C brings as many orders alone. Without A or B half of the orders are lost, without C the other half."""
    found = removal_effects([Path("AB", 1, 0), Path("C", 1, 0), Path("D", 0, 2)])
    assert found.base_rate == Fraction(1, 2)
    assert found.effects == {"A": Fraction(1, 2), "B": Fraction(1, 2), "C": Fraction(1, 2), "D": 0}
    assert found.share_out(9) == {"A": 3, "B": 3, "C": 3, "D": 0}


def test_a_chain_that_brings_nothing_credits_nobody() -> None:
    found = removal_effects([Path("AB", 0, 3)])
    assert found.base_rate == 0
    assert found.share_out(0) == {"A": 0, "B": 0}
    empty: list[Path[str]] = []
    assert removal_effects(empty).base_rate == 0


def test_a_chain_of_too_many_channels_is_refused() -> None:
    with pytest.raises(ValueError, match="can be reckoned exactly"):
        removal_effects([Path(tuple(range(CHANNELS_MAX + 1)), 1, 0)])


def walked(paths: list[Path[str]], without: str | None) -> float:
    """An independent reckoning: let journeys walk the counted steps, until next to none is still on its way."""
    steps: Counter[tuple[str, str]] = Counter()
    for one in paths:
        for here, there in pairwise(("start", *one.channels)):
            steps[here, there] += one.orders + one.nones
        steps[("start", *one.channels)[-1], "order"] += one.orders
        steps[("start", *one.channels)[-1], "none"] += one.nones
    leaving = Counter[str]()
    for (here, _), count in steps.items():
        leaving[here] += count
    under_way, arrived = {"start": 1.0}, 0.0
    while sum(under_way.values()) > 1e-12:
        onward: dict[str, float] = {}
        for (here, there), count in steps.items():
            moved = under_way.get(here, 0.0) * count / (leaving[here] or 1)
            arrived += moved if there == "order" else 0.0
            if there not in ("order", "none", without):
                onward[there] = onward.get(there, 0.0) + moved
        under_way = onward
    return arrived


PATHS = st.builds(Path, st.lists(st.sampled_from("ABCD"), min_size=1, max_size=5), st.integers(0, 9), st.integers(0, 9))


@settings(max_examples=150, deadline=None)
@given(st.lists(PATHS, min_size=1, max_size=8))
def test_the_exact_chain_agrees_with_walking_it_step_by_step(paths: list[Path[str]]) -> None:
    found = removal_effects(paths)
    orders, journeys = sum(one.orders for one in paths), sum(one.orders + one.nones for one in paths)
    assert found.base_rate == (Fraction(orders, journeys) if journeys else 0)
    for channel, effect in found.effects.items():
        assert float(found.base_rate * (1 - effect)) == pytest.approx(walked(paths, channel), abs=1e-9)
