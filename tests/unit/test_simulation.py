"""Simulated surveys: reproducible, shaped as documented, with a truth that can be found again."""

from dataclasses import fields

import numpy as np
import pytest

from cermin.core.scheme import Aspect, Criterion, CriterionKind, Source, Text, Worksheet
from cermin.core.simulation import (
    ITEMS_PER_VALUE,
    MISSING,
    STRATA,
    STRATUM_SHARES,
    SimulatedSurvey,
    SurveyModel,
    agency_sizes,
    random_shape,
    simulate_agencies,
    simulate_evidence,
    simulate_survey,
    simulate_votes,
)
from cermin.core.worksheet import score_worksheet

HEADCOUNT = random_shape(11, people=20_000, units=100).headcount
SURVEY = simulate_survey(HEADCOUNT, seed=3)
VALUES = len(SurveyModel().value_means)


def _same(first: SimulatedSurvey, second: SimulatedSurvey) -> bool:
    return all(
        np.array_equal(getattr(first, f.name), getattr(second, f.name)) for f in fields(first)
    )


def _index(survey: SimulatedSurvey, weight: np.ndarray) -> np.ndarray:
    """Weighted index of every value, from what was answered."""
    shape = (len(survey.unit), VALUES, ITEMS_PER_VALUE)
    answers = survey.answers.astype(float).reshape(shape)
    given = (answers != MISSING) * weight[:, np.newaxis, np.newaxis]
    return 25 * ((given * answers).sum(axis=(0, 2)) / given.sum(axis=(0, 2)) - 1)


def _icc(score: np.ndarray, unit: np.ndarray) -> float:
    """ICC(1) by one-way analysis of variance, for unequal units."""
    n = np.bincount(unit)
    mean = np.bincount(unit, score) / n
    between = (n * (mean - score.mean()) ** 2).sum() / (n.size - 1)
    within = ((score - mean[unit]) ** 2).sum() / (score.size - n.size)
    size = (n.sum() - (n**2).sum() / n.sum()) / (n.size - 1)
    return float((between - within) / (between + (size - 1) * within))


def test_a_seed_reproduces_everything_and_another_nothing() -> None:
    small = HEADCOUNT[:10]
    assert _same(simulate_survey(small, seed=5, year=2), simulate_survey(small, seed=5, year=2))
    one = simulate_survey(small, seed=5)
    for other in (
        simulate_survey(small, seed=6),
        simulate_survey(small, seed=5, agency=1),
        simulate_survey(small, seed=5, year=1),
    ):
        assert not np.array_equal(one.answers, other.answers)


def test_everybody_of_the_roster_is_there_sorted_by_unit_and_stratum() -> None:
    cell = SURVEY.unit.astype(int) * len(STRATA) + SURVEY.stratum
    assert (np.diff(cell) >= 0).all()
    assert np.array_equal(np.bincount(cell, minlength=HEADCOUNT.size), HEADCOUNT.ravel())
    assert SURVEY.answers.shape == (20_000, 21)
    assert set(np.unique(SURVEY.answers)) == {MISSING, 1, 2, 3, 4, 5}


def test_the_same_people_answer_every_year() -> None:
    next_year = simulate_survey(HEADCOUNT, seed=3, year=1)
    assert np.array_equal(SURVEY.unit_effect, next_year.unit_effect)
    attentive = ~SURVEY.careless & ~next_year.careless
    totals = [survey.answers[attentive].sum(axis=1) for survey in (SURVEY, next_year)]
    assert np.corrcoef(totals)[0, 1] > 0.7
    assert np.mean(SURVEY.responded == next_year.responded) < 0.7  # but respond anew


def test_the_truth_of_units_adds_up_to_the_truth_of_the_agency() -> None:
    people = HEADCOUNT.sum(axis=1)
    filled = people > 0
    mean = np.average(SURVEY.true_unit_index[filled], axis=0, weights=people[filled])
    assert mean == pytest.approx(SURVEY.true_index, abs=1e-9)


def test_the_truth_is_what_everybody_says_when_all_answer_with_care() -> None:
    model = SurveyModel(missing_share=0.0, careless_share=0.0)
    survey = simulate_survey(HEADCOUNT, seed=3, model=model)
    assert _index(survey, np.ones(20_000)) == pytest.approx(survey.true_index, abs=1e-9)


def test_values_come_out_as_the_model_means() -> None:
    model = SurveyModel(agency_sd=0.0, unit_sd=0.0, unit_value_sd=0.0, stratum_attitude=(0.0,) * 8)
    survey = simulate_survey(HEADCOUNT, seed=4, model=model)
    assert survey.true_index == pytest.approx(np.array(model.value_means), abs=0.6)


def test_the_true_change_is_the_one_ordered() -> None:
    model = SurveyModel()
    years = [simulate_survey(HEADCOUNT, seed=3, year=y, model=model).true_index for y in range(3)]
    assert years[1] - years[0] == pytest.approx(np.array(model.changes[0]), abs=0.4)
    assert years[2] - years[1] == pytest.approx(np.zeros(VALUES), abs=0.4)


def test_alpha_of_values_and_icc_of_units_are_plausible() -> None:
    complete = (SURVEY.answers != MISSING).all(axis=1)
    answers = SURVEY.answers[complete].astype(float)
    for v in range(VALUES):
        items = answers[:, 3 * v : 3 * v + 3]
        covariance = np.cov(items.T)
        assert 0.7 < 1.5 * (1 - np.trace(covariance) / covariance.sum()) < 0.85
        assert 0.03 < _icc(items.mean(axis=1), SURVEY.unit[complete]) < 0.12


def test_gaps_and_carelessness_have_their_shares() -> None:
    attentive = SURVEY.answers[~SURVEY.careless]
    assert (attentive == MISSING).mean() == pytest.approx(0.009, abs=0.001)
    assert SURVEY.careless.mean() == pytest.approx(0.03, abs=0.006)
    careless = SURVEY.answers[SURVEY.careless]
    assert (careless == careless[:, :1]).all()
    assert set(np.unique(careless)) == {3, 4, 5}


def test_post_stratification_removes_part_of_the_bias_of_non_response() -> None:
    raw, weighted = [], []
    for seed in range(4):
        survey = simulate_survey(HEADCOUNT, seed=seed, model=SurveyModel(careless_share=0.0))
        cell = survey.unit.astype(int) * len(STRATA) + survey.stratum
        answered = np.bincount(cell, survey.responded, HEADCOUNT.size)
        weight = survey.responded * HEADCOUNT.ravel()[cell] / np.maximum(answered[cell], 1)
        raw.append(_index(survey, survey.responded.astype(float)) - survey.true_index)
        weighted.append(_index(survey, weight) - survey.true_index)
    assert np.mean(raw) > 1.0
    assert 0.3 < np.mean(weighted) < 0.9 * np.mean(raw)
    assert all(np.mean(w) < np.mean(r) for r, w in zip(raw, weighted, strict=True))


def test_strata_answer_at_their_own_rates() -> None:
    n = np.bincount(SURVEY.stratum, minlength=len(STRATA))
    rate = np.bincount(SURVEY.stratum, SURVEY.responded, len(STRATA)) / n
    logit = 0.49 + np.array(SurveyModel().stratum_response)  # 0.49 = logit of 0.62
    assert rate == pytest.approx(1 / (1 + np.exp(-logit)), abs=0.06)


def test_an_agency_without_people_has_no_index() -> None:
    survey = simulate_survey(np.zeros((3, 8), dtype=int), seed=1)
    assert survey.answers.shape == (0, 21)
    assert np.isnan(survey.true_index).all()
    assert np.isnan(survey.true_unit_index).all()


def test_agencies_come_one_by_one_and_differ() -> None:
    first, second = simulate_agencies([HEADCOUNT[:5], HEADCOUNT[:5]], seed=8, year=1)
    assert _same(first, simulate_survey(HEADCOUNT[:5], seed=8, agency=0, year=1))
    assert second.agency == 1
    assert not np.array_equal(first.answers, second.answers)


def test_random_shapes_have_three_levels_and_all_people() -> None:
    shape = random_shape(2, people=5000, units=60)
    assert shape.headcount.sum() == 5000
    assert (shape.parent < np.arange(60)).all()
    depth = np.zeros(60, dtype=int)
    for unit in np.flatnonzero(shape.parent >= 0):
        depth[unit] = depth[shape.parent[unit]] + 1
    assert set(depth) == {0, 1, 2}
    share = shape.headcount.sum(axis=0) / 5000
    assert share == pytest.approx(np.array(STRATUM_SHARES), abs=0.03)
    assert random_shape(2, people=7, units=1).headcount.shape == (1, 8)


def test_a_shape_without_units_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one unit"):
        random_shape(1, people=10, units=0)


def test_sizes_of_agencies_add_up() -> None:
    sizes = agency_sizes(1, agencies=50, people=100_000)
    assert sizes.sum() == 100_000
    assert sizes.max() > 3 * np.median(sizes)


def test_everybody_votes_exactly_k_times_in_each_list() -> None:
    unit = np.repeat(np.arange(20), 100)
    votes = simulate_votes(unit, seed=1, options=30, choose=10)
    assert votes.votes.shape == (3, 2000, 30)
    assert (votes.votes.sum(axis=2) == 10).all()
    shares = votes.votes.mean(axis=1)
    assert np.corrcoef(shares[1], votes.popularity[1])[0, 1] > 0.8
    again = simulate_votes(unit, seed=1, options=30, choose=10)
    assert np.array_equal(votes.votes, again.votes)


def test_wishes_follow_personal_taste_and_the_current_list_follows_the_unit() -> None:
    unit = np.repeat(np.arange(20), 100)
    votes = simulate_votes(unit, seed=1, options=30, choose=10, unit_sd=0.8).votes
    apart = votes - votes.mean(axis=1, keepdims=True)
    personal_desired = (apart[0] * apart[2]).mean()
    personal_current = (apart[0] * apart[1]).mean()
    assert personal_desired > 0.01 > abs(personal_current)
    spread = [v.reshape(20, 100, 30).mean(axis=1).std(axis=0).mean() for v in votes]
    assert spread[1] > 1.5 * spread[0]


@pytest.mark.parametrize("choose", [0, 6])
def test_an_impossible_number_of_votes_is_refused(choose: int) -> None:
    with pytest.raises(ValueError, match="choose"):
        simulate_votes(np.zeros(3, dtype=int), seed=1, options=5, choose=choose)


def test_all_options_may_be_chosen() -> None:
    votes = simulate_votes(np.zeros(3, dtype=int), seed=1, options=5, choose=5)
    assert votes.votes.all()


def _worksheet(kinds: tuple[CriterionKind, ...]) -> Worksheet:
    text = Text("x", "x")
    criteria = tuple(Criterion(f"c{i}", text, kind, text) for i, kind in enumerate(kinds))
    return Worksheet("lke", text, Source("", True), (Aspect("a", text, 100.0, (), criteria),))


def test_evidence_fits_the_worksheet_and_follows_the_culture_of_the_unit() -> None:
    effect = np.random.default_rng(1).normal(0, 0.2, 400)
    kinds = tuple(CriterionKind)
    answers = simulate_evidence(effect, kinds, seed=2)
    percent = [
        score_worksheet(
            _worksheet(kinds), {f"c{i}": answer for i, answer in enumerate(row)}
        ).percent
        for row in answers
    ]
    assert 0.5 < np.corrcoef(percent, effect)[0, 1] < 0.95
    assert {row[0] for row in answers} == {"Ya", "Tidak"}
    assert {row[1] for row in answers} == set("ABC")
    assert answers == simulate_evidence(effect, kinds, seed=2)


def test_better_evidence_scores_more_for_every_kind() -> None:
    effect = np.linspace(-1, 1, 50)
    for kind in CriterionKind:
        answers = simulate_evidence(effect, [kind], seed=1, correlation=1.0)
        scores = [score_worksheet(_worksheet((kind,)), {"c0": a}).percent for (a,) in answers]
        assert scores == sorted(scores)
        assert scores[0] < scores[-1]


def test_evidence_of_units_without_differences_is_noise_alone() -> None:
    answers = simulate_evidence(np.zeros(50), [CriterionKind.A_TO_C], seed=1)
    assert {row[0] for row in answers} == set("ABC")
    assert simulate_evidence(np.zeros(0), [CriterionKind.A_TO_C], seed=1) == ()
