"""How many respondents are enough.

The official minimum of respondents is not published; the calculators below are the usual ones.
Sizes are people; margins are in the unit of the mean (index points) or shares (0..1).

References
----------
Krejcie, R. V. & Morgan, D. W. (1970). Determining sample size for research activities. EPM 30,
607-610 (the table is rounded to the nearest whole number, not up).
Cochran, W. G. (1977). Sampling Techniques, 3rd ed., Wiley: sections 4.4-4.6, 5.5, 5.9.
"Slovin's formula" is a rule of thumb of unclear origin: Cochran's with P = 0.5 and z = 2, without
the minus one.
"""

from __future__ import annotations

from collections.abc import Callable
from math import ceil

import numpy as np
import numpy.typing as npt

from cermin.core.distributions import normal_quantile
from cermin.core.errors import UserError
from cermin.core.moments import Ints
from cermin.core.rounding import exact, round_half_up
from cermin.core.scheme import Method, MinimumRule

Floats = npt.NDArray[np.float64]
Weights = Ints | Floats


def slovin(population: int, *, margin: float = 0.05) -> int:
    """Slovin's size, n = N / (1 + N e^2), rounded up; exact for decimal margins.

    Raises
    ------
    UserError
        When the margin is not between 0 and 1.
    """
    _check_margin(margin)
    return ceil(population / (1 + population * exact(margin) ** 2))


def krejcie_morgan(population: int, *, margin: float = 0.05, chi_square: float = 3.841) -> int:
    """Size of Krejcie & Morgan (1970), rounded to the nearest as in their table.

    s = X^2 N P (1 - P) / (d^2 (N - 1) + X^2 P (1 - P)), P = 0.5; X^2 = 3.841 is the 95 % point
    of chi-square with one degree of freedom.

    Raises
    ------
    UserError
        When the margin d is not between 0 and 1.
    """
    _check_margin(margin)
    if population == 0:
        return 0
    spread = exact(chi_square) / 4
    size = spread * population / (exact(margin) ** 2 * (population - 1) + spread)
    return int(round_half_up(float(size), 0))


def _check_margin(margin: float) -> None:
    if not 0 < margin < 1:
        raise UserError("Batas kesalahan {margin} harus di antara 0 dan 1.", margin=margin)


# Targets by margin, each unit its own


def target_for_mean(
    population: npt.ArrayLike, *, sd: float, margin: float, confidence: float = 0.95
) -> Ints:
    """Respondents needed for a mean within ``margin``, with finite population correction.

    n0 = (z sd / margin)^2, n = N n0 / (N + n0), rounded up, at most N. Every entry of
    ``population`` is a unit with a target of its own.

    Parameters
    ----------
    population
        People N, any shape.
    sd, margin
        In index points.

    Raises
    ------
    UserError
        When the margin is not positive or sd is negative.
    """
    if margin <= 0 or sd < 0:
        raise UserError("Batas kesalahan harus lebih dari 0 dan simpangan baku tidak negatif.")
    size = np.asarray(population, dtype=np.float64)
    n0 = (_z(confidence) * sd / margin) ** 2
    wanted = np.divide(size * n0, size + n0, out=np.zeros_like(size), where=size > 0)
    return _whole(wanted, size)


def target_for_share(
    population: npt.ArrayLike, *, margin: float, share: float = 0.5, confidence: float = 0.95
) -> Ints:
    """Respondents needed for a proportion within ``margin``, with finite population correction.

    n0 = z^2 P (1 - P) / margin^2, n = n0 / (1 + (n0 - 1) / N) (Cochran 1977, 4.4), rounded up.

    Raises
    ------
    UserError
        When the margin or the share is not between 0 and 1.
    """
    _check_margin(margin)
    if not 0 < share < 1:
        raise UserError("Perkiraan proporsi {share} harus di antara 0 dan 1.", share=share)
    size = np.asarray(population, dtype=np.float64)
    n0 = _z(confidence) ** 2 * share * (1 - share) / margin**2
    wanted = np.divide(size * n0, size + n0 - 1, out=np.zeros_like(size), where=size > 0)
    return _whole(wanted, size)


def _z(confidence: float) -> float:
    if not 0 < confidence < 1:
        raise UserError("Tingkat kepercayaan {level} harus di antara 0 dan 1.", level=confidence)
    return float(normal_quantile((1 + confidence) / 2))


def _whole(wanted: Floats, size: Floats) -> Ints:
    # 1e-9: a size that is whole but for rounding must not gain a person
    return np.minimum(np.ceil(wanted - 1e-9), size).astype(np.int64)


# Allocation of a total over strata or units


def proportional_allocation(total: int, population: Ints) -> Ints:
    """Split ``total`` over strata in proportion to their people; sums exactly, never above N_h.

    Fractions go by largest remainder, ties to the earlier stratum.

    Raises
    ------
    UserError
        When the total is negative or exceeds the population.
    """
    return _allocate(total, population, population)


def neyman_allocation(total: int, population: Ints, sd: Floats) -> Ints:
    """Split ``total`` with n_h proportional to N_h S_h (Neyman 1934); sums exactly.

    A stratum that would get more than its people is taken whole, and the rest is split again
    (Cochran 1977, 5.8). If the strata that vary are used up, what is left goes by size.

    Raises
    ------
    UserError
        When the total is negative or exceeds the population.
    """
    return _allocate(total, population, population * sd)


def _allocate(total: int, population: Ints, weight: Weights) -> Ints:
    if not 0 <= total <= int(population.sum()):
        raise UserError(
            "Jumlah sampel {total} harus di antara 0 dan jumlah pegawai {population}.",
            total=total,
            population=int(population.sum()),
        )
    result = np.zeros(population.shape, dtype=np.int64)
    left = total
    while left > 0:
        room = population - result
        share = np.where(room > 0, weight, 0).astype(np.float64)
        if share.sum() == 0:
            share = room.astype(np.float64)
        wanted = left * share / share.sum()
        full = (wanted >= room) & (room > 0)
        added = np.where(full, room, 0) if full.any() else _largest_remainder(wanted, left)
        result += added
        left -= int(added.sum())
    return result


def _largest_remainder(wanted: Floats, total: int) -> Ints:
    whole = np.floor(wanted).astype(np.int64)
    order = np.argsort(-(wanted - whole), kind="stable")
    whole[order[: total - int(whole.sum())]] += 1
    return whole


# Minimum of a method


def minimum_respondents(
    method: Method, population: int, *, entered: int | None = None
) -> int | None:
    """Minimum of respondents that the method asks of a population; None when it asks none.

    Parameters
    ----------
    method
        ``minimum_parameter`` is the number itself (entered) or the margin of error (Slovin,
        Krejcie-Morgan; 0.05 if absent).
    population
        People of the agency or unit.
    entered
        A number set for this agency; it takes the place of the method's under the rule
        "entered". It is not capped: an official minimum above the population cannot be met.

    Raises
    ------
    UserError
        When the rule is "entered" and no number is given, or the population is negative.
    """
    if population < 0:
        raise UserError("Jumlah pegawai tidak boleh negatif.")
    parameter = method.minimum_parameter
    if method.minimum_rule is MinimumRule.NONE:
        return None
    if method.minimum_rule is MinimumRule.ENTERED:
        return _entered(parameter if entered is None else entered)
    calculators: dict[MinimumRule, Callable[..., int]] = {
        MinimumRule.SLOVIN: slovin,
        MinimumRule.KREJCIE_MORGAN: krejcie_morgan,
    }
    margin = 0.05 if parameter is None else parameter
    return calculators[method.minimum_rule](population, margin=margin)


def _entered(number: float | None) -> int:
    if number is None or number < 0:
        raise UserError("Metode ini meminta jumlah minimum responden; isikan angkanya.")
    return ceil(number)
