"""Why a mean changed: other people answered for, or people answering otherwise.

References
----------
Kitagawa (1955), J. Am. Stat. Assoc. 50:1168-1194.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class GroupMean:
    """A group in one year: people represented and their mean index."""

    represented: float
    mean: float


@dataclass(frozen=True)
class GroupPart:
    """What one group adds to the change, in index points."""

    composition: float
    within: float


@dataclass(frozen=True)
class Decomposition:
    """Change of a mean over the groups of both years, in index points.

    ``difference = composition + within``; ``not_common`` is what remains of the change over all
    groups, because some exist in one year only.
    """

    difference: float
    composition: float
    within: float
    not_common: float
    groups: dict[str, GroupPart]


def decompose_change(
    earlier: Mapping[str, GroupMean], later: Mapping[str, GroupMean]
) -> Decomposition:
    """Split a change into composition and within-group change (symmetric, Kitagawa 1955).

    ``sum_g (p2 - p1)(m1 + m2 - m1. - m2.)/2 + sum_g (m2 - m1)(p1 + p2)/2`` with shares p among the
    common groups and means m. Subtracting the years' means ``m1.``, ``m2.`` changes no sum; it
    makes a group's part say whether groups above or below the mean grew.

    Raises
    ------
    ValueError
        If no group with people is common to both years.
    """
    names = [
        g for g in earlier if g in later and earlier[g].represented > 0 and later[g].represented > 0
    ]
    if not names:
        raise ValueError("no group is common to both years")
    people_1 = math.fsum(earlier[g].represented for g in names)
    people_2 = math.fsum(later[g].represented for g in names)
    mean_1, mean_2 = _mean(earlier, names), _mean(later, names)
    groups = {}
    for g in names:
        share_1, share_2 = earlier[g].represented / people_1, later[g].represented / people_2
        m1, m2 = earlier[g].mean, later[g].mean
        groups[g] = GroupPart(
            composition=(share_2 - share_1) * (m1 + m2 - mean_1 - mean_2) / 2,
            within=(m2 - m1) * (share_1 + share_2) / 2,
        )
    overall = _mean(later, list(later)) - _mean(earlier, list(earlier))
    return Decomposition(
        difference=mean_2 - mean_1,
        composition=math.fsum(part.composition for part in groups.values()),
        within=math.fsum(part.within for part in groups.values()),
        not_common=overall - (mean_2 - mean_1),
        groups=groups,
    )


def _mean(groups: Mapping[str, GroupMean], names: list[str]) -> float:
    """Mean over the named groups; a group without people has no say (its mean may be NaN)."""
    some = [groups[g] for g in names if groups[g].represented > 0]
    people = math.fsum(group.represented for group in some)
    return math.fsum(group.represented * group.mean for group in some) / people
