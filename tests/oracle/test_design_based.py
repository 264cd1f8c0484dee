"""Design-based statistics against R survey 4.1.1 on our own synthetic answers.

``design_based.R`` wrote inputs, expected values and versions into ``design_based.json``.
Everything is compared to 1e-9 relative. What differs is how the computation goes: R works on
persons, Cermin on integer moments of cells.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cermin.core.category import category_probability
from cermin.core.change import break_even_sd, ceiling_sd, independent_difference, respondents_needed
from cermin.core.domain_sums import Design
from cermin.core.estimates import estimate_domains
from cermin.core.intervals import beta_interval, logit_interval, mean_interval, two_sided_p
from cermin.core.moments import CellMoments, TabulationSpec
from cermin.core.scheme import Band, Scoring, Text
from cermin.core.variance import (
    SampleCells,
    cluster_covariance,
    contrast,
    domain_means,
    post_stratified,
    raked,
    stratified_covariance,
    totals,
)
from cermin.core.weights import rake

ORACLE = json.loads((Path(__file__).parent / "design_based.json").read_text(encoding="utf-8"))
EXPECTED = ORACLE["expected"]
close = pytest.approx  # with rel=1e-9 below


def table(name: str) -> dict[str, np.ndarray]:
    columns = ORACLE["inputs"][name]
    return {k: np.array([np.nan if x is None else x for x in v]) for k, v in columns.items()}


PEOPLE, LATER, CLUSTERS = table("people"), table("later"), table("clusters")


class Sample:
    """Integer moments of rows by the distinct values of the key columns."""

    def __init__(self, rows: dict[str, np.ndarray], keys: list[str], study: list[str]) -> None:
        columns = np.stack([rows[k] for k in keys], axis=1).astype(int)
        cells, self.of_row = np.unique(columns, axis=0, return_inverse=True)
        self.key = {k: cells[:, i] for i, k in enumerate(keys)}
        y = np.stack([rows[k] for k in study], axis=1).astype(np.int64)
        count = len(cells)
        self.n = np.bincount(self.of_row, minlength=count)
        self.sum = np.zeros((count, len(study)), dtype=np.int64)
        np.add.at(self.sum, self.of_row, y)
        self.product = np.zeros((count, len(study), len(study)), dtype=np.int64)
        np.add.at(self.product, self.of_row, y[:, :, None] * y[:, None, :])

    def weighted(self, weight: np.ndarray) -> SampleCells:
        return SampleCells(self.n, self.sum, self.product, weight)


def stratum_index(sample: Sample, name: str = "h") -> np.ndarray:
    return np.unique(sample.key[name], return_inverse=True)[1]


def stratum_weight(sample: Sample) -> np.ndarray:
    h = stratum_index(sample)
    return sample.key["nh"] / np.bincount(h, weights=sample.n)[h]


def stratum_population(sample: Sample) -> np.ndarray:
    h = stratum_index(sample)
    population = np.zeros(h.max() + 1)
    population[h] = sample.key["nh"]
    return population


def agrees(linearised: Any, covariance: np.ndarray, expected: dict[str, Any]) -> None:
    assert linearised.estimate == close(np.array(expected["estimate"]), rel=1e-9)
    vcov = np.array(expected["vcov"])
    # off-diagonal entries near 0 are sums that cancel: judged on the scale of the diagonal
    scale = np.sqrt(np.outer(np.diag(vcov), np.diag(vcov)))
    assert (covariance - vcov) / scale == close(0, abs=1e-9)
    assert np.diag(covariance) == close(np.diag(vcov), rel=1e-9)


def stratified(expected: str, study: list[str], *, fpc: bool) -> None:
    sample = Sample(PEOPLE, ["h", "nh"], study)
    cells = sample.weighted(stratum_weight(sample))
    means = domain_means(cells)
    population = stratum_population(sample) if fpc else None
    covariance = stratified_covariance(means, cells, stratum_index(sample), population=population)
    agrees(means, covariance, EXPECTED[expected])


def test_stratified_mean_with_finite_population_correction():
    stratified("stratified_fpc", ["score", "mark", "yes"], fpc=True)


def test_stratified_mean_without_finite_population_correction():
    stratified("stratified_no_fpc", ["score", "mark", "yes"], fpc=False)


def test_contrast():
    sample = Sample(PEOPLE, ["h", "nh"], ["score", "mark"])
    cells = sample.weighted(stratum_weight(sample))
    means = domain_means(cells)
    covariance = stratified_covariance(
        means, cells, stratum_index(sample), population=stratum_population(sample)
    )
    value, se = contrast(means.estimate, covariance, np.array([1 / 6, -1.0]))
    assert [value] == close(EXPECTED["contrast"]["estimate"], rel=1e-9)
    assert [se] == close(EXPECTED["contrast"]["se"], rel=1e-9)


def test_total():
    sample = Sample(PEOPLE, ["h", "nh"], ["score", "mark"])
    cells = sample.weighted(stratum_weight(sample))
    linearised = totals(cells)
    covariance = stratified_covariance(
        linearised, cells, stratum_index(sample), population=stratum_population(sample)
    )
    agrees(linearised, covariance, EXPECTED["total"])


def test_proportion_intervals():
    sample = Sample(PEOPLE, ["h", "nh"], ["yes"])
    cells = sample.weighted(stratum_weight(sample))
    means = domain_means(cells)
    covariance = stratified_covariance(
        means, cells, stratum_index(sample), population=stratum_population(sample)
    )
    p, se = float(means.estimate[0]), float(np.sqrt(covariance[0, 0]))
    n = int(sample.n.sum())
    df = n - len(sample.n)
    logit, beta = EXPECTED["proportion_logit"], EXPECTED["proportion_beta"]
    assert [df] == logit["df"]
    assert [se] == close(logit["se"], rel=1e-9)
    assert logit_interval(p, se, df) == close(logit["ci"], rel=1e-9)
    assert beta_interval(p, se, df, n) == close(beta["ci"], rel=1e-9)


def domain_linearised() -> tuple[Any, np.ndarray]:
    sample = Sample(PEOPLE, ["h", "nh", "g"], ["score", "mark"])
    cells = sample.weighted(stratum_weight(sample))
    means = domain_means(cells, [sample.key["g"] == g for g in range(3)])
    covariance = stratified_covariance(
        means, cells, stratum_index(sample), population=stratum_population(sample)
    )
    return means, covariance


def test_domains_that_cross_strata():
    means, covariance = domain_linearised()
    by_variable = [0, 2, 4, 1, 3, 5]  # R orders by variable, then domain
    vcov = np.array(EXPECTED["domains"]["vcov"])
    assert means.estimate[by_variable] == close(np.array(EXPECTED["domains"]["estimate"]), rel=1e-9)
    assert np.diag(covariance)[by_variable] == close(np.diag(vcov), rel=1e-9)
    scale = np.sqrt(np.outer(np.diag(vcov), np.diag(vcov)))
    assert np.abs(covariance[np.ix_(by_variable, by_variable)] - vcov) / scale == close(0, abs=1e-9)


def test_difference_of_two_domains_of_one_survey():
    means, covariance = domain_linearised()
    value, se = contrast(means.estimate, covariance, np.array([-1.0, 0, 1, 0, 0, 0]))
    expected = EXPECTED["within_difference"]
    assert [value] == close(expected["estimate"], rel=1e-9)
    assert [value / se] == close(expected["t"], rel=1e-9)


def year(rows: dict[str, np.ndarray], *, stratified_design: bool) -> tuple[float, float, int]:
    if stratified_design:
        sample = Sample(rows, ["h", "nh"], ["score"])
        cells = sample.weighted(stratum_weight(sample))
        h, population = stratum_index(sample), stratum_population(sample)
    else:
        sample = Sample({**rows, "all": np.zeros(len(rows["h"]))}, ["all"], ["score"])
        cells = sample.weighted(np.ones(1))
        h, population = np.zeros(1, dtype=int), None
    means = domain_means(cells)
    variance = stratified_covariance(means, cells, h, population=population)[0, 0]
    return float(means.estimate[0]), float(np.sqrt(variance)), int(sample.n.sum()) - h.max() - 1


@pytest.mark.parametrize("stratified_design", [True, False])
def test_difference_of_two_years(stratified_design):
    first, first_se, first_df = year(PEOPLE, stratified_design=stratified_design)
    second, second_se, second_df = year(LATER, stratified_design=stratified_design)
    found = independent_difference(
        earlier=first, earlier_se=first_se, earlier_df=first_df,
        later=second, later_se=second_se, later_df=second_df,
    )  # fmt: skip
    key = "independent_stratified" if stratified_design else "independent_welch"
    expected = EXPECTED[key]
    assert [found.difference] == close(expected["estimate"], rel=1e-9)
    assert [found.t] == close(expected["t"], rel=1e-9)
    # svyttest takes respondents - strata - 1 where we take Welch's degrees of freedom
    df = expected["df"][0] if stratified_design else found.df
    assert [df] == close(expected["df"], rel=1e-9)
    assert [two_sided_p(found.t, df)] == close(expected["p"], rel=1e-9)
    low_high = mean_interval(found.difference, found.se, df)
    assert low_high == close(expected["ci"], rel=1e-9)


SEX = np.array([300, 243])
AGE = np.array([150, 250, 143])
JOINT = np.array([80, 70, 130, 120, 90, 53])


def margin_weights(sample: Sample, base: np.ndarray, group: np.ndarray, people: np.ndarray):
    reached = np.bincount(group, weights=base * sample.n)
    return base * people[group] / reached[group]


def check_post_stratified(
    expected: str, keys: list[str], people: np.ndarray, *, design: str = "srs", g: int | None = None
) -> None:
    sample = Sample(PEOPLE, ["h", "nh", "sex", "age", "g"], ["score", "mark"])
    if design == "srs":
        base = np.full(len(sample.n), 543 / sample.n.sum())
        h, population = np.zeros(len(sample.n), dtype=int), np.array([543])
    else:
        base, h = stratum_weight(sample), stratum_index(sample)
        population = stratum_population(sample)
    group = sample.key["sex"] + (2 * sample.key["age"] if "age" in keys else 0)
    cells = sample.weighted(margin_weights(sample, base, group, people))
    means = domain_means(cells, None if g is None else [sample.key["g"] == g])
    means = post_stratified(means, cells, group, base)
    agrees(means, stratified_covariance(means, cells, h, population=population), EXPECTED[expected])


def test_post_stratified_means():
    check_post_stratified("post_marginal", ["sex"], SEX)
    check_post_stratified("post_joint", ["sex", "age"], JOINT)
    check_post_stratified("post_domain", ["sex"], SEX, g=1)
    check_post_stratified("post_stratified_design", ["sex"], SEX, design="stratified")


def test_raked_weights_means_and_domain():
    sample = Sample(PEOPLE, ["h", "nh", "sex", "age", "g"], ["score", "mark"])
    sex, age = sample.key["sex"], sample.key["age"]
    weight = rake(sample.n, stratum_weight(sample), [(sex, SEX), (age, AGE)], tolerance=1e-14)
    assert weight[sample.of_row] == close(np.array(EXPECTED["raked"]["weights"]), rel=1e-9)
    cells = sample.weighted(weight)
    for expected, domain in (("raked", None), ("raked_domain", [sample.key["g"] == 1])):
        means = raked(domain_means(cells, domain), cells, [sex, age])
        covariance = stratified_covariance(
            means, cells, stratum_index(sample), population=stratum_population(sample)
        )
        agrees(means, covariance, EXPECTED[expected])


def cluster_sample(strata: list[int]) -> tuple[Sample, dict[str, Any]]:
    keep = np.isin(CLUSTERS["stratum"], strata)
    rows = {k: v[keep] for k, v in CLUSTERS.items()}
    sample = Sample(rows, ["psu", "stratum", "m", "np", "sex"], ["y"])
    psu = np.unique(sample.key["psu"], return_inverse=True)[1]
    first = np.unique(psu, return_index=True)[1]
    psu_stratum = np.unique(sample.key["stratum"][first], return_inverse=True)[1]
    psus = np.bincount(psu_stratum)
    clusters = np.array([sample.key["m"][first][psu_stratum == s][0] for s in range(len(psus))])
    return sample, {
        "psu": psu,
        "psu_stratum": psu_stratum,
        "clusters": clusters,
        "people": sample.key["np"][first],
        "weight": (clusters / psus)[psu_stratum][psu],
    }


@pytest.mark.parametrize(
    ("expected", "strata", "linearise", "correct"),
    [
        ("cluster_one_stage", [1], domain_means, True),
        ("cluster_no_fpc", [1], domain_means, False),
        ("cluster_total", [1], totals, True),
        ("cluster_stratified", [1, 2], domain_means, True),
        ("cluster_stratified_total", [1, 2], totals, True),
    ],
)
def test_one_stage_clusters(expected, strata, linearise, correct):
    sample, design = cluster_sample(strata)
    cells = sample.weighted(design["weight"])
    linearised = linearise(cells)
    covariance = cluster_covariance(
        linearised, cells, design["psu"], design["psu_stratum"],
        psus_population=design["clusters"] if correct else None,
    )  # fmt: skip
    agrees(linearised, covariance, EXPECTED[expected])


@pytest.mark.parametrize(
    ("expected", "strata"),
    [("cluster_two_stage", [1]), ("cluster_stratified_two_stage", [1, 2])],
)
def test_two_stage_clusters(expected, strata):
    sample, design = cluster_sample(strata)
    per_psu = np.bincount(design["psu"], weights=sample.n)
    cells = sample.weighted(design["weight"] * (design["people"] / per_psu)[design["psu"]])
    means = domain_means(cells)
    covariance = cluster_covariance(
        means, cells, design["psu"], design["psu_stratum"],
        psus_population=design["clusters"], psu_population=design["people"],
    )  # fmt: skip
    agrees(means, covariance, EXPECTED[expected])


def test_post_stratified_clusters():
    sample, design = cluster_sample([1, 2])
    sex = sample.key["sex"]
    weight = margin_weights(sample, design["weight"], sex, np.array([120, 130]))
    cells = sample.weighted(weight)
    means = post_stratified(domain_means(cells), cells, sex, design["weight"])
    covariance = cluster_covariance(
        means, cells, design["psu"], design["psu_stratum"], psus_population=design["clusters"]
    )
    agrees(means, covariance, EXPECTED["cluster_post"])


@pytest.mark.parametrize("option", ["certainty", "adjust", "average", "remove"])
@pytest.mark.parametrize("correct", [True, False])
def test_lonely_stratum(option, correct):
    h = PEOPLE["h"]
    keep = (h <= 3) | (np.arange(h.size) == np.flatnonzero(h == 4)[0])
    sample = Sample({k: v[keep] for k, v in PEOPLE.items()}, ["h", "nh"], ["score", "mark"])
    cells = sample.weighted(stratum_weight(sample))
    means = domain_means(cells)
    covariance = stratified_covariance(
        means, cells, stratum_index(sample), lonely=option,
        population=stratum_population(sample) if correct else None,
    )  # fmt: skip
    agrees(means, covariance, EXPECTED[f"lonely_{option}" + ("" if correct else "_no_fpc")])


def test_item_non_response_as_a_domain():
    answered = ~np.isnan(PEOPLE["y3"])
    rows = {**PEOPLE, "answered": answered, "y3": np.where(answered, PEOPLE["y3"], 0)}
    sample = Sample(rows, ["h", "nh", "answered"], ["y3"])
    cells = sample.weighted(stratum_weight(sample))
    means = domain_means(cells, [sample.key["answered"] == 1])
    covariance = stratified_covariance(
        means, cells, stratum_index(sample), population=stratum_population(sample)
    )
    agrees(means, covariance, EXPECTED["item_non_response"])


SPEC = TabulationSpec(
    items=("y1", "y2", "y3", "y4", "y5", "y6"),
    values=((0, 1, 2), (3, 4, 5)),
    low=1, high=5, min_answered=2, strata=("s",),
)  # fmt: skip


def cell_moments() -> tuple[CellMoments, np.ndarray, Design]:
    """Count the answers of the people by unit x s, as an engine would."""
    answers = np.stack([PEOPLE[item] for item in SPEC.items], axis=1)
    keys = np.stack([PEOPLE["unit"], PEOPLE["s"]], axis=1).astype(int)
    units, cell = np.unique(keys, axis=0, return_inverse=True)
    count, values = len(units), len(SPEC.values)
    histogram = np.zeros((count, 6, 5), dtype=np.int64)
    row, item = np.nonzero(~np.isnan(answers))
    np.add.at(histogram, (cell[row], item, answers[row, item].astype(int) - 1), 1)
    parts = answers.reshape(-1, values, 3)
    answered = (~np.isnan(parts)).sum(axis=2)
    has = answered >= 2
    score = np.where(has, np.nansum(parts, axis=2) * 6 // np.maximum(answered, 1), 0).astype(int)
    both = has[:, :, None] & has[:, None, :]
    pair_n, pair_sum, pair_product = (np.zeros((count, values, values), int) for _ in range(3))
    np.add.at(pair_n, cell, both)
    np.add.at(pair_sum, cell, both * score[:, :, None])
    np.add.at(pair_product, cell, both * score[:, :, None] * score[:, None, :])
    partial = np.zeros((count, values), int)
    np.add.at(partial, cell, (answered > 0) & (answered < 3))
    n = np.bincount(cell)
    moments = CellMoments(n, histogram, pair_n, pair_sum, pair_product, partial)
    stratum = np.zeros(count, dtype=int)
    stratum[cell] = PEOPLE["h"] - 1
    population = np.zeros(6, dtype=int)
    population[PEOPLE["h"].astype(int) - 1] = PEOPLE["nh"]
    respondents = np.bincount(stratum, weights=n).astype(int)
    return moments, units[:, 0], Design(stratum, population, respondents)


def test_the_half_rule_score_is_a_whole_number():
    assert SPEC.score_scale == 6  # so that ``* 6 // answered`` above loses nothing


@pytest.mark.parametrize(
    ("name", "members"),
    [
        ("unit1", [1]), ("unit2", [2]), ("unit3", [3]), ("unit4", [4]),
        ("parent", [2, 4]), ("agency", [1, 2, 3, 4]),
    ],
)  # fmt: skip
def test_values_total_and_items_of_domains(name, members):
    moments, unit, design = cell_moments()
    domain = np.where(np.isin(unit, members), 0, -1)
    found = estimate_domains(
        moments, design, domain, 1, spec=SPEC, scoring=Scoring.PERCENT_OF_RANGE
    )
    expected = EXPECTED[f"domain_{name}"]
    fpc, bound = expected["fpc"], expected["no_fpc"]
    assert found.value_index[0] == close(25 * (np.array(fpc["value"]) - 1), rel=1e-9)
    assert [found.total_index[0]] == close(25 * (np.array(fpc["total"]) - 1), rel=1e-9)
    assert found.value_se[0] == close(25 * np.sqrt(np.diag(fpc["vcov"])), rel=1e-9)
    assert found.value_se_bound[0] == close(25 * np.sqrt(np.diag(bound["vcov"])), rel=1e-9)
    assert [found.total_se[0]] == close(25 * np.array(fpc["total_se"]), rel=1e-9)
    assert [found.total_se_bound[0]] == close(25 * np.array(bound["total_se"]), rel=1e-9)
    item = 25 * (np.array(expected["item"]["estimate"]) - 1)
    assert [found.item_index[0, 4]] == close(item, rel=1e-9)
    assert [found.item_se[0, 4]] == close(25 * np.array(expected["item"]["se"]), rel=1e-9)
    assert found.level_shares[0, 4] == close(np.array(expected["shares"]), rel=1e-9)
    assert [found.value_df[0, 0]] == expected["df"]


@pytest.mark.parametrize(
    ("n", "population", "sd"),
    [
        (200, None, 5.1), (1000, None, 11.4), (2000, None, 16.1), (4000, None, 22.8),
        (1000, 9000, 12.1), (2000, 9000, 18.3), (4000, 9000, 30.6),
    ],
)  # fmt: skip
def test_break_even_of_the_published_change_from_62_1_to_61_1(n, population, sd):
    found = break_even_sd(
        61.1 - 62.1, earlier_n=n, later_n=n,
        earlier_population=population, later_population=population,
    )  # fmt: skip
    assert round(found.sd, 1) == sd


def test_ceiling_of_the_published_index_62_1_and_the_respondents_it_needs():
    assert round(ceiling_sd(62.1), 1) == 48.5
    assert round(respondents_needed(1.0, ceiling_sd(62.1)), -3) == 18_000


def test_category_of_the_published_example():
    name = Text(id="-", en="-")
    bands = (Band("A", name, 75), Band("B", name, 50), Band("C", name, 25))
    found = category_probability(74.2, 0.8, bands)
    assert round(found["A"], 2) == 0.16
    assert round(found["B"], 2) == 0.84
