"""Plausible surveys with a known truth, for demonstrations, tests and benchmarks.

Nothing here is about real people. The model, per person i of unit u and stratum s, value v, item
j, year t (all latent terms normal):

    attitude_i = agency + unit_u + stratum_s + general_i
    eta_ivj    = shift_vjt + agency + unit_u + unit_uv + stratum_s + l_g general_i + l_v value_iv
                 + l_e error_ivjt
    answer     = 1 + number of thresholds below eta            (graded response, 1..5)

with l_g^2 + l_v^2 + l_e^2 = 1. ``shift`` is solved so that the expected index of value v in year t
is the model's mean plus the changes up to t. People, units and strata are the same in every
year; errors, careless answers, gaps and non-response are new. A person answers with probability
``logistic(logit(rate) + stratum effect + slope * attitude)``: within a stratum the contented
answer more, so post-stratification removes part of the bias and not all of it.

The truth returned is that of the whole simulated population, before carelessness, gaps and
non-response. References: Samejima (1969), *Psychometrika Monograph* 17 (graded response); Bethlehem
(1988), J. Off. Stat. 4:251-260 (bias of non-response).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt

from cermin.core.distributions import normal_cdf
from cermin.core.scheme import CriterionKind

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
SmallInts = npt.NDArray[np.int8]
Singles = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]

STRATUM_VARIABLES = ("jenis_pegawai", "jenis_kelamin")
EMPLOYMENT = ("PNS", "PPPK", "PPPK Paruh Waktu", "CPNS")
SEX = ("Laki-laki", "Perempuan")
STRATA: tuple[tuple[str, ...], ...] = tuple(product(EMPLOYMENT, SEX))
STRATUM_SHARES = (0.31, 0.33, 0.10, 0.14, 0.05, 0.04, 0.01, 0.02)

ITEMS_PER_VALUE = 3
MISSING = -1
_STEPS: dict[CriterionKind, tuple[str, ...]] = {  # answers to a criterion, worst first
    CriterionKind.YES_NO: ("Tidak", "Ya"),
    CriterionKind.A_TO_C: ("C", "B", "A"),
    CriterionKind.A_TO_D: ("D", "C", "B", "A"),
    CriterionKind.A_TO_E: ("E", "D", "C", "B", "A"),
    CriterionKind.ZERO_TO_FIVE: tuple(str(step) for step in range(6)),
    CriterionKind.PERCENT: tuple(str(step) for step in range(101)),
}

_LEVELS = 5
_THRESHOLDS = np.array([-2.1, -1.2, -0.2, 0.9])
_ITEM_OFFSETS = np.array([-0.15, 0.0, 0.15])
_PEOPLE, _YEAR = 0, 1  # streams of random numbers


@dataclass(frozen=True)
class SurveyModel:
    """Parameters; the defaults resemble published results, they are not estimates of anything.

    Attributes
    ----------
    value_means
        Expected index of each value in year 0.
    changes
        True change of each value from year t to t + 1, in index points; after the last, none.
    general_loading, value_loading
        l_g and l_v; the error has the rest of the variance.
    agency_sd, unit_sd, unit_value_sd
        Standard deviations of random effects, in latent units.
    stratum_attitude, stratum_response
        Effects by stratum (order of `STRATA`) on the attitude and on the logit of answering.
    response_rate, response_slope
        Probability of answering at attitude 0, and its logit slope on the attitude.
    missing_share, careless_share
        Share of gaps among attentive answers; share of people who give one answer to everything.
    """

    value_means: tuple[float, ...] = (66.0, 74.0, 65.0, 70.0, 72.0, 60.0, 76.0)
    changes: tuple[tuple[float, ...], ...] = ((1.0, 0.0, 2.0, -1.0, 0.0, 3.0, 1.5),)
    general_loading: float = 0.60
    value_loading: float = 0.42
    agency_sd: float = 0.12
    unit_sd: float = 0.24
    unit_value_sd: float = 0.10
    stratum_attitude: tuple[float, ...] = (-0.05, 0.0, 0.25, 0.3, -0.35, -0.3, 0.45, 0.5)
    stratum_response: tuple[float, ...] = (-0.2, 0.1, 0.5, 0.7, -0.9, -0.7, 1.2, 1.4)
    response_rate: float = 0.62
    response_slope: float = 0.25
    missing_share: float = 0.009
    careless_share: float = 0.03


@dataclass(frozen=True)
class SimulatedSurvey:
    """One agency in one year; N people sorted by unit and stratum, U units, V values."""

    agency: int
    year: int
    unit: npt.NDArray[np.int32]  # (N,)
    stratum: SmallInts  # (N,) position in STRATA
    answers: SmallInts  # (N, 3 V), 1..5, -1 missing; also of those who did not respond
    responded: Bools  # (N,)
    careless: Bools  # (N,)
    unit_effect: Floats  # (U,) latent
    true_index: Floats  # (V,) of the whole population
    true_unit_index: Floats  # (U, V); NaN for units without people


@dataclass(frozen=True)
class AgencyShape:
    """A tree of units and its people: ``parent`` -1 directly under the agency."""

    parent: Ints  # (U,) parents before children
    headcount: Ints  # (U, strata) own people of each unit


@dataclass(frozen=True)
class SimulatedVotes:
    """Votes of N people in three lists (personal, current, desired), exactly k in each."""

    votes: SmallInts  # (3, N, options) of 0 and 1
    popularity: Floats  # (3, options) latent


def random_shape(seed: int, *, people: int, units: int) -> AgencyShape:
    """Draw an agency: three levels, about a tenth of the units at the top, sizes lognormal.

    Raises
    ------
    ValueError
        If there is no unit.
    """
    if units < 1:
        raise ValueError("an agency has at least one unit")
    rng = np.random.default_rng(seed)
    top = max(1, units // 10)
    middle = max(top, (units + top) // 2)
    parent = np.full(units, -1, dtype=np.int64)
    parent[top:middle] = rng.integers(0, top, middle - top)
    parent[middle:] = rng.integers(0, middle, units - middle)
    size = rng.lognormal(0.0, 1.1, units)
    share = size[:, np.newaxis] * rng.dirichlet(60 * np.array(STRATUM_SHARES), units)
    headcount = rng.multinomial(people, (share / share.sum()).ravel()).reshape(share.shape)
    return AgencyShape(parent, headcount.astype(np.int64))


def agency_sizes(seed: int, *, agencies: int, people: int) -> Ints:
    """Draw head counts of agencies (lognormal), summing to ``people``."""
    rng = np.random.default_rng(seed)
    share = rng.lognormal(0.0, 0.8, agencies)
    return rng.multinomial(people, share / share.sum()).astype(np.int64)


def simulate_survey(
    headcount: Ints,
    *,
    seed: int,
    agency: int = 0,
    year: int = 0,
    model: SurveyModel | None = None,
) -> SimulatedSurvey:
    """Simulate one agency in one year.

    Parameters
    ----------
    headcount
        People by unit and stratum, shape (U, len(STRATA)).
    seed, agency, year
        Same seed and agency: same people; same year too: same answers, bit for bit.
    """
    model = model or SurveyModel()
    people = np.random.default_rng([seed, agency, _PEOPLE])
    now = np.random.default_rng([seed, agency, _YEAR, year])
    unit, stratum = _roster(headcount)
    agency_effect = people.normal(0.0, model.agency_sd)
    unit_effect = people.normal(0.0, model.unit_sd, len(headcount))
    base = (agency_effect + unit_effect)[unit] + np.array(model.stratum_attitude)[stratum]
    general = people.standard_normal(unit.size)
    values = len(model.value_means)
    unit_value = people.normal(0.0, model.unit_value_sd, (len(headcount), values))[unit]
    eta = _latent(model, base + model.general_loading * general, unit_value, people, now)
    answers = _graded(eta, _shifts(model, year))
    true_unit, true_index = _truth(answers, unit, len(headcount), values)
    careless = _spoil(answers, model, now)
    return SimulatedSurvey(
        agency=agency,
        year=year,
        unit=unit,
        stratum=stratum,
        answers=answers,
        responded=_responses(model, base + general, stratum, now),
        careless=careless,
        unit_effect=unit_effect,
        true_index=true_index,
        true_unit_index=true_unit,
    )


def simulate_agencies(
    headcounts: Sequence[Ints], *, seed: int, year: int = 0, model: SurveyModel | None = None
) -> Iterator[SimulatedSurvey]:
    """Simulate agencies one by one, so that memory holds one at a time."""
    for agency, headcount in enumerate(headcounts):
        yield simulate_survey(headcount, seed=seed, agency=agency, year=year, model=model)


def simulate_votes(
    unit: npt.NDArray[np.integer], *, seed: int, options: int, choose: int, unit_sd: float = 0.3
) -> SimulatedVotes:
    """Simulate a choose-k questionnaire: personal, current and desired list.

    The k options of largest utility are chosen; utilities are popularity + taste + Gumbel noise
    (Plackett-Luce). A person's taste is the same in the personal and the desired list; in the
    current list the unit's culture takes its place.

    Parameters
    ----------
    unit
        Unit of each person, shape (N,).

    Raises
    ------
    ValueError
        If not 0 < choose <= options.
    """
    if not 0 < choose <= options:
        raise ValueError("choose must be between 1 and the number of options")
    rng = np.random.default_rng(seed)
    common = rng.normal(0.0, 0.8, options)
    popularity = common + rng.normal(0.0, 0.4, (3, options))
    culture = rng.normal(0.0, unit_sd, (int(unit.max(initial=-1)) + 1, options))
    taste = rng.normal(0.0, 0.6, (unit.size, options))
    votes = np.zeros((3, unit.size, options), dtype=np.int8)
    for chosen, liked, special in zip(
        votes, popularity, (taste, culture[unit], taste), strict=True
    ):
        utility = liked + special + rng.gumbel(size=taste.shape)
        best = np.argpartition(-utility, choose - 1, axis=1)[:, :choose]
        np.put_along_axis(chosen, best, 1, axis=1)
    return SimulatedVotes(votes, popularity)


def simulate_evidence(
    unit_effect: Floats, kinds: Sequence[CriterionKind], *, seed: int, correlation: float = 0.5
) -> tuple[tuple[str, ...], ...]:
    """Simulate the answers of each unit to the criteria of a worksheet.

    Parameters
    ----------
    unit_effect
        Latent culture of the units (`SimulatedSurvey.unit_effect`), shape (U,).
    kinds
        Kind of each criterion.
    correlation
        Between the quality of a criterion's evidence and the unit effect.

    Returns
    -------
    For each unit, one answer per criterion as typed into a worksheet ("Ya", "B", "4", "87").
    """
    rng = np.random.default_rng(seed)
    spread = float(unit_effect.std()) if unit_effect.size else 0.0
    z = (unit_effect - unit_effect.mean()) / spread if spread > 0 else np.zeros(unit_effect.size)
    noise = rng.standard_normal((unit_effect.size, len(kinds)))
    quality = correlation * z[:, np.newaxis] + np.sqrt(1 - correlation**2) * noise
    reached = normal_cdf(quality + 0.4)
    return tuple(
        tuple(_answer(kind, float(share)) for kind, share in zip(kinds, row, strict=True))
        for row in reached
    )


def _answer(kind: CriterionKind, share: float) -> str:
    steps = _STEPS[kind]
    return steps[min(int(share * len(steps)), len(steps) - 1)]


def _roster(headcount: Ints) -> tuple[npt.NDArray[np.int32], SmallInts]:
    units, strata = headcount.shape
    cell = np.repeat(np.arange(units * strata), headcount.ravel())
    return (cell // strata).astype(np.int32), (cell % strata).astype(np.int8)


def _latent(
    model: SurveyModel,
    base: Floats,
    unit_value: Floats,
    people: np.random.Generator,
    now: np.random.Generator,
) -> Singles:
    """Latent answers without the item shifts, shape (N, V, 3); single precision for speed."""
    own = people.standard_normal(unit_value.shape, dtype=np.float32)
    own *= np.float32(model.value_loading)
    own += unit_value.astype(np.float32)
    own += base.astype(np.float32)[:, np.newaxis]
    error = np.sqrt(1.0 - model.general_loading**2 - model.value_loading**2)
    eta = now.standard_normal((*own.shape, ITEMS_PER_VALUE), dtype=np.float32)
    eta *= np.float32(error)
    eta += own[:, :, np.newaxis]
    return eta


def _graded(eta: Singles, shifts: Floats) -> SmallInts:
    """Answers 1..5 to all items, shape (N, 3 V)."""
    answers = np.ones(eta.shape, dtype=np.int8)
    for threshold in _THRESHOLDS:
        answers += eta > (threshold - shifts).astype(np.float32)
    return answers.reshape(len(eta), shifts.size)


def _shifts(model: SurveyModel, year: int) -> Floats:
    """Shifts (V, 3) that give every value its expected index, by bisection."""
    target = np.array(model.value_means)
    for change in model.changes[:year]:
        target = target + np.array(change)
    spread = np.sqrt(1.0 + model.agency_sd**2 + model.unit_sd**2 + model.unit_value_sd**2)
    low, high = np.full(target.shape, -9.0), np.full(target.shape, 9.0)
    for _ in range(60):
        middle = (low + high) / 2
        above = middle[:, np.newaxis, np.newaxis] + _ITEM_OFFSETS[:, np.newaxis] - _THRESHOLDS
        index = 100.0 * normal_cdf(above / spread).mean(axis=(1, 2))
        low, high = np.where(index < target, middle, low), np.where(index < target, high, middle)
    return np.asarray(low[:, np.newaxis] + _ITEM_OFFSETS)


def _truth(
    answers: SmallInts, unit: npt.NDArray[np.int32], units: int, values: int
) -> tuple[Floats, Floats]:
    """Index of every unit and of the population, from everybody's considered answers."""
    score = answers.reshape(len(answers), values, ITEMS_PER_VALUE).sum(axis=2, dtype=np.int64)
    n = np.bincount(unit, minlength=units).astype(np.float64)
    total = np.stack([np.bincount(unit, score[:, v], units) for v in range(values)], axis=1)
    mean = np.full((units, values), np.nan)
    np.divide(total, n[:, np.newaxis], out=mean, where=n[:, np.newaxis] > 0)
    everybody = total.sum(axis=0) / n.sum() if n.sum() else np.full(values, np.nan)
    return _as_index(mean), _as_index(everybody)


def _as_index(score: Floats) -> Floats:
    return 100.0 * (score / ITEMS_PER_VALUE - 1.0) / (_LEVELS - 1)


def _spoil(answers: SmallInts, model: SurveyModel, now: np.random.Generator) -> Bools:
    """Make some people careless and leave gaps in the answers of the others, in place."""
    careless = now.random(len(answers)) < model.careless_share
    same = now.integers(3, _LEVELS + 1, int(careless.sum()), dtype=np.int8)
    gaps = now.binomial(answers.size, model.missing_share)
    where = now.integers(0, max(answers.size, 1), gaps)
    answers.reshape(-1)[where] = MISSING
    answers[careless] = same[:, np.newaxis]
    return careless


def _responses(
    model: SurveyModel, attitude: Floats, stratum: SmallInts, now: np.random.Generator
) -> Bools:
    logit = np.log(model.response_rate / (1.0 - model.response_rate))
    logit = logit + np.array(model.stratum_response)[stratum] + model.response_slope * attitude
    return np.asarray(now.random(stratum.size) < 1.0 / (1.0 + np.exp(-logit)))
