"""The tree of published units."""

import numpy as np
import pytest

from cermin.core.disclosure import REASONS, ForestPlan, IndexSums, Respondents, plan_forest

STAR = (-1, 0, 0, 0, 0)


def _plan(parent: tuple[int, ...], own: list[int], **options: object) -> ForestPlan:
    answered = np.array(own)[:, np.newaxis]
    return plan_forest(np.array(parent), Respondents(answered), **options)  # type: ignore[arg-type]


def _with_means(parent: tuple[int, ...], own: list[int], mean: list[float]) -> ForestPlan:
    n = np.array(own, dtype=float)[:, np.newaxis]
    sums = IndexSums(n * np.array(mean)[:, np.newaxis], n, np.minimum(n[:, 0], 1.0))
    return plan_forest(np.array(parent), Respondents(n.astype(int), sums))


def _reasons(plan: ForestPlan) -> list[str]:
    return ["" if code < 0 else REASONS[code] for code in plan.reason]


@pytest.mark.parametrize(("n", "shown"), [(9, False), (10, True), (11, True)])
def test_a_unit_is_shown_from_the_threshold_on(n: int, shown: bool) -> None:
    plan = _plan((-1, 0, 0, 0), [0, n, 40, 50])
    assert plan.published[1] == shown
    assert len(plan.pools) == (not shown)


def test_all_large_units_are_shown_and_are_atoms() -> None:
    plan = _plan(STAR, [0, 10, 20, 30, 40])
    assert plan.published.all()
    assert plan.atom.tolist() == [False, True, True, True, True]
    assert plan.published_in.tolist() == [0, 1, 2, 3, 4]


def test_a_small_unit_takes_the_smallest_sibling_into_its_pool() -> None:
    plan = _plan(STAR, [0, 4, 12, 30, 40])
    assert [(p.members, p.n) for p in plan.pools] == [((1, 2), 16)]
    assert _reasons(plan) == ["", "below_threshold", "protects_others", "", ""]
    assert plan.published_in.tolist() == [0, 5, 5, 3, 4]


def test_two_small_units_that_reach_the_threshold_need_no_other() -> None:
    plan = _plan(STAR, [0, 4, 6, 30, 40])
    assert [(p.members, p.n) for p in plan.pools] == [((1, 2), 10)]


def test_a_pool_holds_three_people_outside_its_largest_small_member() -> None:
    plan = _plan(STAR, [0, 9, 2, 30, 40])  # 11 people, but 2 outsiders to the nine
    assert plan.pools[0].members == (1, 2, 3)
    assert _plan(STAR, [0, 9, 3, 30, 40]).pools[0].members == (1, 2)


def test_leaves_are_pooled_before_branches() -> None:
    parent = (-1, 0, 0, 0, 0, 2)
    plan = _plan(parent, [0, 4, 0, 30, 40, 12])  # unit 2 is smaller than 3, but a branch
    assert plan.pools[0].members == (1, 3)
    assert plan.published[2]


def test_ties_go_by_rank() -> None:
    assert _plan(STAR, [0, 4, 12, 12, 40]).pools[0].members == (1, 2)
    tied = _plan(STAR, [0, 4, 12, 12, 40], tie=np.array([0, 1, 4, 3, 2]))
    assert tied.pools[0].members == (1, 3)


def test_where_all_is_pooled_the_parent_is_the_atom() -> None:
    plan = _plan((-1, 0, 0, 1, 1), [0, 0, 50, 6, 7])
    assert plan.published.tolist() == [True, True, True, False, False]
    assert plan.atom.tolist() == [False, True, True, False, False]
    assert plan.published_in.tolist() == [0, 1, 2, 1, 1]
    assert not plan.pools


def test_what_lies_below_a_hidden_unit_is_hidden_and_counted_in_its_pool() -> None:
    plan = _plan((-1, 0, 0, 0, 1, 4), [0, 0, 30, 40, 0, 5])
    assert _reasons(plan)[4:] == ["parent_hidden", "parent_hidden"]
    assert plan.published_in.tolist() == [0, 6, 6, 3, 6, 6]


def test_own_staff_of_a_unit_with_children_is_a_leaf() -> None:
    plan = _plan((-1, 0, 0, 1, 1), [0, 15, 40, 20, 30])
    assert (plan.unit[5], plan.own_staff[5], plan.parent[5]) == (1, True, 1)
    assert plan.published[5]
    assert plan.n[[1, 5]].tolist() == [65, 15]


def test_small_own_staff_is_pooled_with_a_child() -> None:
    plan = _plan((-1, 0, 0, 1, 1), [0, 5, 40, 20, 30])
    assert [(p.parent, p.members) for p in plan.pools] == [(1, (3, 5))]


def test_own_staff_is_no_leaf_where_the_children_are_empty() -> None:
    plan = _plan((-1, 0, 1), [0, 20, 0])
    assert plan.unit.size == 3
    assert plan.atom.tolist() == [False, True, False]
    assert _reasons(plan)[2] == "below_threshold"


def test_an_empty_unit_joins_a_pool_but_needs_none() -> None:
    assert not _plan(STAR, [0, 0, 12, 30, 40]).pools
    plan = _plan(STAR, [0, 0, 4, 30, 40])
    assert [(p.members, p.n) for p in plan.pools] == [((1, 2, 3), 34)]


def test_a_unit_that_left_one_value_unanswered_is_small_not_empty() -> None:
    answered = np.array([[0, 0], [30, 0], [30, 30], [40, 40]])
    plan = plan_forest(np.array([-1, 0, 0, 0]), Respondents(answered))
    assert [p.members for p in plan.pools] == [(1, 2)]
    assert plan.n.tolist() == [70, 0, 30, 40]


def test_a_small_agency_publishes_nothing() -> None:
    plan = _plan((-1, 0, 0), [0, 4, 5])
    assert not plan.published.any()
    assert plan.published_in.tolist() == [-1, -1, -1]
    assert _reasons(plan) == ["below_threshold", "parent_hidden", "parent_hidden"]


def test_agencies_do_not_touch_each_other() -> None:
    one = _plan((-1, 0, 0, 0), [0, 4, 12, 30])
    both = _plan((-1, -1, 0, 1, 0, 1, 0, 1), [0, 0, 4, 4, 12, 12, 30, 30])
    assert both.published[::2].tolist() == both.published[1::2].tolist() == one.published.tolist()


def test_an_extreme_unit_is_pooled_until_nobody_is_bounded() -> None:
    plan = _with_means(STAR, [0, 12, 13, 30, 40], [0.0, 97.0, 60.0, 65.0, 55.0])
    assert [p.members for p in plan.pools] == [(1, 2)]
    assert _reasons(plan)[1:3] == ["extreme", "protects_others"]
    assert not plan.codings


def test_an_extreme_pool_grows() -> None:
    plan = _with_means(STAR, [0, 4, 12, 30, 40], [0.0, 99.0, 96.0, 65.0, 55.0])
    assert plan.pools[0].members == (1, 2, 3)


def test_an_extreme_agency_is_coded_and_alone() -> None:
    plan = _with_means((-1, 0, 0), [0, 12, 13], [0.0, 99.0, 98.0])
    assert plan.atom.tolist() == [True, False, False]
    assert _reasons(plan)[1:] == ["extreme", "extreme"]
    assert plan.codings[0][0].code == "at_least"
    assert plan.codings[0][0].bound == pytest.approx(96.0)


def test_children_of_a_coded_agency_are_hidden_though_safe() -> None:
    plan = _with_means((-1, 0, 0), [0, 10, 200], [0.0, 89.0, 99.99])
    assert _reasons(plan)[1:] == ["protects_others", "extreme"]


def test_children_before_parents_are_refused() -> None:
    with pytest.raises(ValueError, match="before their children"):
        _plan((1, -1), [5, 5])


def test_a_threshold_of_one_is_refused() -> None:
    with pytest.raises(ValueError, match="threshold"):
        _plan((-1,), [5], threshold=1)


def test_a_forest_without_units_is_empty() -> None:
    plan = plan_forest(np.zeros(0, int), Respondents(np.zeros((0, 3), int)))
    assert plan.unit.size == 0


def test_no_statistics_means_nothing_to_publish() -> None:
    plan = plan_forest(np.array([-1, 0]), Respondents(np.zeros((2, 0), int)))
    assert not plan.published.any()
