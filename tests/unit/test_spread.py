"""Which nodes may show their own spread: every rest is empty, or large and wide."""

from __future__ import annotations

import numpy as np
import pytest

from cermin.core.node_figures import rounded_up
from cermin.core.spread import spread_plan


def plan(parent: list[int], n: list[int], *, sd: float | list[float] = 20.0) -> list[bool]:
    inner = set(parent)
    count = len(parent)
    deviation = np.broadcast_to(np.asarray(sd, dtype=float), (count,))[:, np.newaxis]
    return spread_plan(
        np.array(parent),
        np.array([node not in inner for node in range(count)]),
        np.array(n),
        np.full((count, 1), 60.0),
        deviation,
    ).tolist()


def test_large_children_and_their_parent_all_show() -> None:
    assert plan([-1, 0, 0], [80, 40, 40]) == [True, True, True]


def test_a_small_child_takes_the_smallest_sibling_with_it() -> None:
    assert plan([-1, 0, 0, 0], [150, 12, 90, 48]) == [True, False, True, False]


def test_an_opened_child_opens_what_lies_below_it_only_when_needed() -> None:
    # 1 has the parts 2 and 3, both shown: opening 1 adds nobody to the rest, so 3 opens too
    assert plan([-1, 0, 1, 1, 0], [92, 80, 45, 35, 12]) == [True, False, True, False, False]


def test_no_spread_at_all_where_even_everybody_is_too_few_or_too_much_alike() -> None:
    assert plan([-1, 0, 0], [29, 15, 14]) == [False, False, False]
    assert plan([-1, 0, 0], [80, 40, 40], sd=1.0) == [False, False, False]
    # the root alone would be wide enough, by the distance between its two unanimous halves
    assert plan([-1, 0, 0], [80, 40, 40], sd=[20.0, 0.0, 0.0]) == [False, False, False]


@pytest.mark.parametrize("seed", range(30))
def test_every_rest_is_empty_or_large(seed: int) -> None:
    rng = np.random.default_rng(seed)
    size = 14
    parent = [-1] + [int(rng.integers(0, k)) for k in range(1, size)]
    n = [0 if node in parent else int(rng.integers(10, 60)) for node in range(size)]
    leaves = n.copy()
    for node in range(size - 1, 0, -1):
        n[parent[node]] += n[node]
    shown = plan(parent, n)
    for node in np.flatnonzero(shown):
        rest = 0
        for leaf in range(size):
            above = leaf
            while above not in (-1, node) and not shown[above]:
                above = parent[above]
            rest += leaves[leaf] if above == node else 0
        assert rest == 0 or rest >= 30
    assert shown[0] or n[0] < 30


@pytest.mark.parametrize(
    ("se", "told"),
    [(0.1401, 0.15), (0.15, 0.15), (1.49, 1.5), (9.91, 10.0), (0.00912, 0.0092), (0.0, 0.0)],
)
def test_errors_are_rounded_up_at_two_digits(se: float, told: float) -> None:
    assert rounded_up(se) == pytest.approx(told, rel=1e-12)


def test_no_error_stays_none_at_all() -> None:
    assert np.isnan(rounded_up(float("nan")))
