"""What batches took is followed, whatever a single one says, and the seats with it."""

import pytest
from fakes.fixed_cost_network import costs_of

from avatar_pipeline.scheduling.costs import HOLD_SECONDS, USE_MAX, MeasuredCosts

COSTS = costs_of(0.004, 0.0012)


def test_capacity_follows_what_batches_take():
    costs = MeasuredCosts(COSTS)
    before = costs.seats()
    for _ in range(50):
        costs.note(32, 3 * COSTS[32], 0.0)
        costs.note(16, 3 * COSTS[16], 0.0)
    assert costs.seats() < before
    assert MeasuredCosts({1: 0.2}).seats() == 0
    per_hold = round(25 * HOLD_SECONDS)
    assert MeasuredCosts({1: USE_MAX * HOLD_SECONDS / per_hold}).seats() == 1


def test_one_stray_batch_moves_the_mean_little():
    costs = MeasuredCosts(COSTS)
    before = costs.seats()
    costs.note(32, 60.0, 0.0)
    assert costs.seconds(32) < 2.5 * COSTS[32]
    assert costs.seats() >= before // 2


def test_a_lasting_change_is_believed_as_long_as_it_lasts():
    costs = MeasuredCosts(COSTS)
    for tenth in range(600):
        costs.note(8, 3 * COSTS[8], tenth / 10)
        costs.forget(tenth / 10)
    assert costs.seconds(8) == pytest.approx(3 * COSTS[8], rel=0.02)
    assert costs.seconds(32) == COSTS[32]
