"""Change of an index between two years, and what it takes to see one.

Who answered twice is not known (the survey is anonymous), so the two estimates are treated as
independent. With positively correlated answers the test without finite population correction is a
guaranteed bound whatever the overlap; the default also lets answers wobble (``1 - f R``).

References
----------
Tam (1984), Am. Stat. 38:288-289 (overlap of two samples of a finite population).
Qualité & Tillé (2008), Surv. Methodol. 34:173-181.
Welch (1947), Biometrika 34:28-35.
Bhatia & Davis (2000), Am. Math. Mon. 107:353-357 (largest variance for a mean).
Benjamini & Hochberg (1995), J. R. Stat. Soc. B 57:289-300.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from cermin.core.errors import UserError
from cermin.core.intervals import critical_value, mean_interval, two_sided_p, welch_df
from cermin.core.result import Estimate

MATERIAL_POINTS = 1.0  # a change whose interval lies inside ± this is no material change
ROUNDING_POINTS = 0.1  # two indices with one decimal: their difference is known to ± 0.1


class Verdict(StrEnum):
    """What may be said of a change."""

    UP = "up"
    DOWN = "down"
    NO_MATERIAL_CHANGE = "no_material_change"
    CANNOT_TELL = "cannot_tell"


@dataclass(frozen=True)
class Difference:
    """Difference of two independent estimates with its 95 % interval, in index points."""

    difference: float
    se: float
    df: float
    t: float
    p: float
    low: float
    high: float


@dataclass(frozen=True)
class Change:
    """A change by the default test, and by the bound that holds for any overlap of persons."""

    default: Difference
    verdict: Verdict
    bound: Difference
    guaranteed: Verdict


@dataclass(frozen=True)
class MethodIdentity:
    """What decides whether two numbers may be compared."""

    index_type: str
    method: str
    breaks_from: tuple[str, ...] = ()


@dataclass(frozen=True)
class BreakEven:
    """Break-even standard deviation; ``low`` and ``high`` allow for rounding of the indices."""

    sd: float
    low: float
    high: float


def comparable(earlier: MethodIdentity, later: MethodIdentity) -> bool:
    """Whether two numbers may be compared: same index type, and no declared break between.

    A different method alone is no break; its author declares breaks in ``breaks_from``.
    """
    broken = earlier.method in later.breaks_from or later.method in earlier.breaks_from
    return earlier.index_type == later.index_type and not broken


def comparable_runs(series: Sequence[MethodIdentity]) -> tuple[int, ...]:
    """Number the runs of comparable years: two years compare only with the same number.

    A break also separates all years before it from all years after it.
    """
    run, runs = 0, [0] * min(1, len(series))
    for position in range(1, len(series)):
        start = runs.index(run)
        if not all(comparable(before, series[position]) for before in series[start:position]):
            run += 1
        runs.append(run)
    return tuple(runs)


def independent_difference(
    *,
    earlier: float,
    earlier_se: float,
    earlier_df: float,
    later: float,
    later_se: float,
    later_df: float,
) -> Difference:
    """``later - earlier`` with Welch's t test and 95 % interval.

    Without any variance the interval is the point itself and p is 0 (1 for no difference).
    """
    difference = later - earlier
    se = math.hypot(earlier_se, later_se)
    df = welch_df(earlier_se, earlier_df, later_se, later_df)
    t = _ratio(difference, se)
    low, high = mean_interval(difference, se, df)
    return Difference(
        difference=difference, se=se, df=df, t=t, p=two_sided_p(t, df), low=low, high=high
    )


def _ratio(difference: float, se: float) -> float:
    if se > 0 or math.isnan(se):
        return difference / se
    return math.copysign(math.inf, difference) if difference else 0.0


def verdict(difference: Difference) -> Verdict:
    """Put a difference into one of the four words.

    No material change when the interval lies inside ± 1 point (even where it excludes 0); up or
    down when it excludes 0; else cannot tell.
    """
    if difference.low >= -MATERIAL_POINTS and difference.high <= MATERIAL_POINTS:
        return Verdict.NO_MATERIAL_CHANGE
    if difference.low > 0:
        return Verdict.UP
    if difference.high < 0:
        return Verdict.DOWN
    return Verdict.CANNOT_TELL


def change(earlier: Estimate, later: Estimate) -> Change:
    """Change between two years of one agency; ask :func:`comparable` first.

    Raises
    ------
    ValueError
        If an estimate lacks ``se_change``, ``se_bound`` or ``df`` (they are given for agencies).
    """
    default = _difference(earlier, later, earlier.se_change, later.se_change)
    bound = _difference(earlier, later, earlier.se_bound, later.se_bound)
    return Change(default=default, verdict=verdict(default), bound=bound, guaranteed=verdict(bound))


def _difference(
    earlier: Estimate, later: Estimate, earlier_se: float | None, later_se: float | None
) -> Difference:
    if earlier_se is None or later_se is None or earlier.df is None or later.df is None:
        raise ValueError("a change needs se_change, se_bound and df of both years")
    return independent_difference(
        earlier=earlier.index,
        earlier_se=earlier_se,
        earlier_df=earlier.df,
        later=later.index,
        later_se=later_se,
        later_df=later.df,
    )


def break_even_sd(
    difference: float,
    *,
    earlier_n: int,
    later_n: int,
    earlier_population: int | None = None,
    later_population: int | None = None,
    rounding: float = ROUNDING_POINTS,
) -> BreakEven:
    """Standard deviation below which a published difference is real (95 %).

    ``|D| / (z sqrt((1 - f1)/n1 + (1 - f2)/n2))``: when only n and index are published, the change
    is real if people differ by less than this.

    Parameters
    ----------
    difference
        Published difference, index points.
    earlier_n, later_n
        Respondents.
    earlier_population, later_population
        People; None leaves the finite population correction out.
    rounding
        How far the difference may be off because the indices are rounded.

    Raises
    ------
    UserError
        If a number of respondents is below 1 or above the people.
    """
    shares = _kept_per_n(earlier_n, earlier_population) + _kept_per_n(later_n, later_population)
    size = abs(difference)
    half = critical_value(None) * math.sqrt(shares)
    if half == 0:  # everybody answered in both years: any difference is real
        return BreakEven(sd=math.inf, low=math.inf, high=math.inf)
    return BreakEven(
        sd=size / half, low=max(size - rounding, 0.0) / half, high=(size + rounding) / half
    )


def _kept_per_n(n: int, population: int | None) -> float:
    if n < 1 or (population is not None and n > population):
        raise UserError(
            "Jumlah responden {n} harus paling sedikit 1 dan tidak lebih dari jumlah pegawai.", n=n
        )
    return 1.0 / n - (1.0 / population if population is not None else 0.0)


def respondents_needed(difference: float, sd: float, *, population: int | None = None) -> int:
    """Respondents per year from which a difference would be real (95 %), equal years.

    ``1/n = D^2 / (2 z^2 sd^2) + 1/N``, rounded up.

    Raises
    ------
    UserError
        If the difference is 0: no number is enough.
    """
    if difference == 0:
        raise UserError("Selisih 0 tidak dapat dibuktikan dengan jumlah responden berapa pun.")
    if sd == 0:
        return 1
    inverse = difference**2 / (2.0 * critical_value(None) ** 2 * sd**2)
    inverse += 1.0 / population if population is not None else 0.0
    return math.ceil(1.0 / inverse)


def ceiling_sd(index: float) -> float:
    """Largest standard deviation possible at this index, ``sqrt(m (100 - m))`` (Bhatia-Davis)."""
    return math.sqrt(index * (100.0 - index))


def benjamini_hochberg(p: npt.ArrayLike, *, rate: float = 0.05) -> npt.NDArray[np.bool_]:
    """Flags that keep the expected share of false ones at ``rate``.

    All p values up to the largest k with ``p_(k) <= rate k / m`` are flagged; NaN (no test) is
    never flagged and not counted.
    """
    values = np.asarray(p, dtype=np.float64).ravel()
    tested = np.sort(values[~np.isnan(values)])
    steps = rate * np.arange(1, tested.size + 1) / max(tested.size, 1)
    reached = np.flatnonzero(tested <= steps)
    limit = tested[reached[-1]] if reached.size else -np.inf
    return np.asarray(values <= limit).reshape(np.shape(p))
