"""Fit small boosted trees (Friedman 2001, with the second-order gain of Chen and Guestrin 2016) in numpy, the same every time.

A few thousand candidates with thirty measurements need no library. Trees are complete and three forks deep, so that
knowledge/calibration.py can walk all of them at once.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
DEPTH = 3
FORKS, LEAVES = 2**DEPTH - 1, 2**DEPTH
BINS = 32


@dataclass(frozen=True)
class Recipe:
    """How many trees, how fast they learn, and what keeps them from learning by heart."""

    rounds: int = 160
    rate: float = 0.06
    rows: float = 0.6
    columns: float = 0.35
    leaf_min: float = 1.5
    ridge: float = 1.0
    seeds: int = 2


@dataclass(frozen=True)
class Fitted:
    """Trees as calibration.Trees wants them."""

    bias: float
    forks: NDArray[np.intp]
    bounds: Matrix
    leaves: Matrix


def fit(table: Matrix, labels: Matrix, worth: Matrix, recipe: Recipe) -> Fitted:
    """Fit trees to rows, their labels (0 or 1) and what each row counts; several seeds are averaged, for a single run leans on chance."""
    edges = [np.unique(np.quantile(column, np.linspace(0, 1, BINS + 1)[1:-1])) for column in table.T]
    binned = np.stack([np.searchsorted(own, column, side="left") for own, column in zip(edges, table.T, strict=True)], axis=1)
    mean = float(np.average(labels, weights=worth))
    bias = float(np.log(mean / (1 - mean)))
    forks, bounds, leaves = [], [], []
    for seed in range(recipe.seeds):
        chance, total = np.random.default_rng(seed), np.full(len(labels), bias)
        for _ in range(recipe.rounds):
            guess = 1 / (1 + np.exp(-total))
            slope, bend = worth * (guess - labels), worth * guess * (1 - guess)
            tree = _tree(binned, slope, bend, chance, recipe)
            total += tree[2][_leaf_of(binned, tree[0], tree[1])]
            forks.append(tree[0])
            bounds.append([edges[column][bin_] if bin_ < len(edges[column]) else np.inf for column, bin_ in zip(*tree[:2], strict=True)])
            leaves.append(tree[2] / recipe.seeds)
    return Fitted(bias, np.array(forks), np.array(bounds), np.array(leaves))


def _tree(
    binned: NDArray[np.intp], slope: Matrix, bend: Matrix, chance: np.random.Generator, recipe: Recipe
) -> tuple[NDArray[np.intp], NDArray[np.intp], Matrix]:
    used = chance.random(len(slope)) < recipe.rows
    columns = chance.permutation(binned.shape[1])[: max(1, round(recipe.columns * binned.shape[1]))]
    forks, cuts = np.zeros(FORKS, dtype=np.intp), np.full(FORKS, BINS, dtype=np.intp)  # a cut at BINS sends everything left
    node = np.zeros(len(slope), dtype=np.intp)
    for fork in range(FORKS):
        rows = np.flatnonzero(used & (node == fork))
        best = _best_cut(binned[rows], slope[rows], bend[rows], columns, recipe) if len(rows) else None
        if best:
            forks[fork], cuts[fork] = best
        here = node == fork
        node[here] = 2 * fork + 1 + (binned[here, forks[fork]] > cuts[fork])
    leaf = node - FORKS
    slopes, bends = (np.bincount(leaf[used], each[used], LEAVES) for each in (slope, bend))
    return forks, cuts, -recipe.rate * slopes / (bends + recipe.ridge)


def _best_cut(binned: NDArray[np.intp], slope: Matrix, bend: Matrix, columns: NDArray[np.intp], recipe: Recipe) -> tuple[int, int] | None:
    best, found = 1e-6, None
    whole_slope, whole_bend = slope.sum(), bend.sum()
    before = whole_slope**2 / (whole_bend + recipe.ridge)
    for column in columns:
        left_slope = np.cumsum(np.bincount(binned[:, column], slope, BINS))[:-1]
        left_bend = np.cumsum(np.bincount(binned[:, column], bend, BINS))[:-1]
        right_slope, right_bend = whole_slope - left_slope, whole_bend - left_bend
        gain = left_slope**2 / (left_bend + recipe.ridge) + right_slope**2 / (right_bend + recipe.ridge) - before
        gain[(left_bend < recipe.leaf_min) | (right_bend < recipe.leaf_min)] = -1.0
        cut = int(np.argmax(gain))
        if gain[cut] > best:
            best, found = float(gain[cut]), (int(column), cut)
    return found


def _leaf_of(binned: NDArray[np.intp], forks: NDArray[np.intp], cuts: NDArray[np.intp]) -> NDArray[np.intp]:
    node, rows = np.zeros(len(binned), dtype=np.intp), np.arange(len(binned))
    for _ in range(DEPTH):
        node = 2 * node + 1 + (binned[rows, forks[node]] > cuts[node])
    return node - FORKS
