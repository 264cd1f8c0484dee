"""Properties of the history of units: mappings compose, merges never lose or tangle anybody."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cermin.web.organisations.rules.structures import compose, redirected, step
from cermin.web.organisations.rules.units import (
    DEEPEST,
    below,
    check_shape,
    headcounts,
    merged_parents,
)

# A busy machine is no failure.
UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
CODES = st.sets(st.sampled_from("abcdefgh"))
SUCCESSORS = st.dictionaries(st.sampled_from("abcdefgh"), st.sampled_from([*"abcdefgh", None]))


@st.composite
def trees(draw: st.DrawFn) -> dict[int, int | None]:
    """A tree of up to twelve units; parents have smaller numbers."""
    size = draw(st.integers(2, 12))
    return {
        n: draw(st.sampled_from([None, *range(n)])) if n else None for n in range(size)
    }  # fmt: skip


@UNHURRIED
@given(st.tuples(CODES, CODES, CODES, CODES), st.tuples(SUCCESSORS, SUCCESSORS, SUCCESSORS))
def test_composition_is_associative(years, successors) -> None:
    f, g, h = (step(years[n], years[n + 1], successors[n]) for n in range(3))
    assert compose(compose(f, g), h) == compose(f, compose(g, h))


@UNHURRIED
@given(CODES, SUCCESSORS)
def test_nothing_changed_is_the_identity(codes, successors) -> None:
    assert step(codes, codes, successors) == {code: code for code in codes}


@UNHURRIED
@given(CODES, CODES, CODES, SUCCESSORS, SUCCESSORS)
def test_no_code_is_invented_and_none_forgotten(a, b, c, first, second) -> None:
    became = compose(step(a, b, first), step(b, c, second))
    assert set(became) == a
    assert {code for code in became.values() if code is not None} <= c


@UNHURRIED
@given(st.sets(st.sampled_from("abcdefgh"), min_size=2), st.data())
def test_a_chain_of_merges_leads_to_the_last_target(start, data) -> None:
    """Merging one unit after another within a year, as the actions do it."""
    now, successors = set(start), {}
    ends = {code: code for code in start}
    while len(now) > 1 and data.draw(st.booleans()):
        source, target = data.draw(st.permutations(sorted(now)))[:2]
        successors |= redirected(successors, [source], target)
        successors[source] = target
        now.discard(source)
        ends = {code: target if end == source else end for code, end in ends.items()}
    assert step(start, now, successors) == ends


@UNHURRIED
@given(trees(), st.data())
def test_a_merge_keeps_a_tree_and_everybody_in_it(parents, data) -> None:
    target = data.draw(st.sampled_from(sorted(parents)))
    others = sorted(set(parents) - {target})
    sources = data.draw(st.sets(st.sampled_from(others), min_size=1))
    moved = merged_parents(parents, sources, target)
    after = {u: moved.get(u, p) for u, p in parents.items() if u not in sources}
    check_shape(after, {})
    assert all(p is None or p in after for p in after.values())
    assert not set(moved) & sources


@UNHURRIED
@given(trees(), st.data())
def test_totals_are_sums_over_what_stands_below(parents, data) -> None:
    own = {unit: data.draw(st.integers(0, 50)) for unit in parents}
    counts = headcounts(parents, own)
    for unit, count in counts.items():
        assert count.total == sum(own[u] for u in below(parents, unit))
    assert sum(counts[u].total for u, p in parents.items() if p is None) == sum(own.values())
    assert len(parents) <= DEEPEST
