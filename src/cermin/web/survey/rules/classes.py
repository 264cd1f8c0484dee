"""Classes of ballots: unit and coarse strata, merged upwards until every class is large enough.

A ballot proves its class and nothing else, so a class must never be so small that it points at
somebody. Strata are merged before units, since a unit that lost some of its people only would be
measured wrongly. The same rule is applied twice: to the invitees when the survey opens, and to
the ballots that came when it closes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cermin.language import N_

MERGED = "Digabung"  # label of strata that are too small to be told apart
SMALL_UNITS = "unit-kecil"  # code of the group of units that have no unit above them
SMALL_UNITS_NAME = N_("Unit kecil, digabung")


@dataclass(frozen=True, order=True)
class Cell:
    """People of one unit with the same labels."""

    unit: str
    strata: tuple[str, ...]


def merged_classes(
    sizes: Mapping[Cell, int], parents: Mapping[str, str | None], *, threshold: int
) -> dict[Cell, Cell]:
    """Return the class of every cell that has people.

    Parameters
    ----------
    sizes
        People of each cell; cells without people belong to no class.
    parents
        The unit above each unit; units above come before those below them.
    threshold
        Least number of people of a class. Only when there are fewer people in all is the one
        class of everybody smaller.
    """
    held: defaultdict[str, list[Cell]] = defaultdict(list)
    for cell in sorted(sizes):
        if sizes[cell] > 0:
            held[cell.unit].append(cell)
    outside = sorted(set(held) - set(parents))
    for unit in [*reversed(list(parents)), *outside]:
        if _total(held[unit], sizes) < threshold:
            held[parents.get(unit) or SMALL_UNITS] += held.pop(unit)
    _fill_small_units(held, sizes, threshold)
    return {
        cell: Cell(unit, strata)
        for unit, cells in held.items()
        for cell, strata in _labels(cells, sizes, threshold).items()
    }


def _fill_small_units(
    held: defaultdict[str, list[Cell]], sizes: Mapping[Cell, int], threshold: int
) -> None:
    """Give the group at the top the smallest other units until it is large enough."""
    group = held.pop(SMALL_UNITS, [])
    while group and _total(group, sizes) < threshold and any(held.values()):
        smallest = min(
            (one for one in held if held[one]), key=lambda u: (_total(held[u], sizes), u)
        )
        group = group + held.pop(smallest)
    if group:
        held[SMALL_UNITS] = group


def _labels(
    cells: Sequence[Cell], sizes: Mapping[Cell, int], threshold: int
) -> dict[Cell, tuple[str, ...]]:
    """Return the strata under which each cell of one unit counts."""
    by_strata: defaultdict[tuple[str, ...], list[Cell]] = defaultdict(list)
    for cell in cells:
        by_strata[cell.strata].append(cell)
    if len(by_strata) < 2:
        return {cell: cell.strata for cell in cells}
    in_order = sorted(by_strata, key=lambda one: (_total(by_strata[one], sizes), one))
    pooled: list[tuple[str, ...]] = []
    for strata in in_order:
        small = _total(by_strata[strata], sizes) < threshold
        lacking = 0 < sum(_total(by_strata[one], sizes) for one in pooled) < threshold
        if small or lacking:
            pooled.append(strata)
    return {
        cell: tuple(MERGED for _ in strata) if strata in pooled and len(pooled) > 1 else strata
        for strata, members in by_strata.items()
        for cell in members
    }


def _total(cells: Sequence[Cell], sizes: Mapping[Cell, int]) -> int:
    return sum(sizes[cell] for cell in cells)
