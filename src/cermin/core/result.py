"""A published result: all that may leave, frozen, in plain types.

Built only by ``core.evaluation`` after disclosure control, so nothing in here needs hiding again.
Indices are on 0..100 and unrounded; ``decimals`` of the method says how to show them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

RESULT_VERSION = 1

SuppressionReason = Literal["below_threshold", "protects_others", "extreme", "parent_hidden"]


@dataclass(frozen=True)
class Estimate:
    """One index with its sampling uncertainty.

    ``se``, ``low``, ``high`` (95 %) are design-based with finite population correction;
    ``se_change`` also lets answers wobble (1 - f R), ``se_bound`` has no correction; the last two
    are given for agencies only. ``coded`` marks a figure near 0 or 100 that is published as a
    bound ("97,5 or more"). ``pooled_sd`` marks an interval from the agency's within-unit SD,
    used for small groups whose own SD would say too much.
    """

    index: float
    n: int
    se: float | None = None
    low: float | None = None
    high: float | None = None
    df: float | None = None
    se_change: float | None = None
    se_bound: float | None = None
    coded: Literal["", "at_least", "at_most"] = ""
    pooled_sd: bool = False


@dataclass(frozen=True)
class Category:
    """Band of an index and the probability of each band under a flat prior."""

    band: str
    probability: dict[str, float]


@dataclass(frozen=True)
class Reliability:
    """Of one value at agency level; None where it is meaningless (ipsative items) or unsafe."""

    n_complete: int
    alpha: float | None
    omega: float | None
    icc1: float | None
    icc2: float | None
    rwg_median: float | None


@dataclass(frozen=True)
class BehaviourResult:
    """One item at agency level; ``shares`` are weighted shares of the answer levels, low first."""

    item: str
    behaviour: str | None
    text_id: str
    text_en: str
    estimate: Estimate
    shares: tuple[float, ...]
    item_rest: float | None


@dataclass(frozen=True)
class ValueResult:
    """One value at agency level."""

    value: str
    name_id: str
    name_en: str
    estimate: Estimate
    category: Category
    reliability: Reliability
    behaviours: tuple[BehaviourResult, ...]  # empty when hidden
    behaviours_hidden: bool  # items beside the value would tell the answers of a few
    proration_gap: float  # index points between value mean and mean of its item means
    priority: Literal["", "keep", "improve_first", "improve", "watch"] = ""


@dataclass(frozen=True)
class UnitResult:
    """One published unit, or a pool of small ones (``members`` not empty).

    ``kind`` "own_staff": the people directly under a unit that also has units below it.
    ``represented``: people for whom the respondents of this unit stand (sum of weights).
    ``value_represented``: the same for those with a score on the value; the agency's value index
    is the mean of ``values`` weighted by it over atoms (``atom`` true), so a reader can recompute
    the index from the table of atoms.
    """

    id: str
    name: str
    parent: str | None
    depth: int
    atom: bool
    members: tuple[str, ...]
    population: int
    n: int
    represented: float
    values: dict[str, Estimate]
    total: Estimate
    category: Category | None
    evidence: float | None
    composite: Estimate | None
    rank: int | None  # among top-level units, by headline index
    rank_low: int | None  # ranks that the interval cannot tell apart
    rank_high: int | None
    minimum: int | None
    minimum_met: bool | None
    kind: Literal["unit", "own_staff", "pool"] = "unit"
    value_represented: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Suppressed:
    """A unit that is not published by itself, and why."""

    unit: str
    name: str
    reason: SuppressionReason
    pool: str | None  # id of the UnitResult it is published in


@dataclass(frozen=True)
class GroupResult:
    """One group of a breakdown (e.g. women of the agency)."""

    unit: str | None  # None: the whole agency
    group: str
    population: int
    n: int
    values: dict[str, Estimate]
    total: Estimate


@dataclass(frozen=True)
class Breakdown:
    """The one crossing of the publication plan."""

    variable: str
    groups: tuple[GroupResult, ...]
    hidden_units: tuple[str, ...]  # their breakdown would let a small group be computed


@dataclass(frozen=True)
class DataQuality:
    """Counts that a reader needs to judge the data. Small counts are None ("fewer than k")."""

    rows_read: int
    rows_empty: int
    missing_percent: float
    straight_lined: int | None
    mostly_missing: int | None
    collapsed_cells: int  # cells joined to a neighbour before weighting; which is not told
    largest_weight_ratio: float
    units_over_roster: tuple[str, ...]  # published units with more answers than people
    units_without_evidence: tuple[str, ...] = ()  # names of units with no worksheet score


@dataclass(frozen=True)
class Provenance:
    """What is needed to compute the same numbers again."""

    snapshot_sha256: str
    method: str
    method_sha256: str
    questionnaire: str
    questionnaire_sha256: str
    worksheet: str | None
    worksheet_sha256: str | None
    value_set: str
    value_set_sha256: str
    code_version: str
    own_drafts: tuple[str, ...]  # ids of instruments that are our own draft


@dataclass(frozen=True)
class IndexResult:
    """One agency, one year."""

    result_version: int
    agency: str
    agency_name: str
    agency_class: str
    year: int
    index_type: str
    decimals: int
    threshold: int
    population: int
    n: int
    minimum: int | None
    minimum_rule: str
    minimum_met: bool | None
    values: tuple[ValueResult, ...]
    total: Estimate  # implementation index: plain mean of the values
    total_category: Category
    evidence: float | None
    headline: Estimate  # the official number of this method
    headline_category: Category | None  # None while the minimum is not met
    reliability_total: float | None
    units: tuple[UnitResult, ...]
    suppressed: tuple[Suppressed, ...]
    breakdowns: tuple[Breakdown, ...]
    quality: DataQuality
    provenance: Provenance
    other_indices: dict[str, float]  # e.g. the sub-indices of the votes questionnaire
    breaks_from: tuple[str, ...]  # methods whose numbers must not be compared with this one
