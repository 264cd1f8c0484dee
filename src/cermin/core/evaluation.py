"""From counts to a published result: the one way in which numbers leave.

``evaluate`` lays the counts on the frame, weighs them, chooses what may be published, estimates
only that, and writes an `IndexResult`. Nothing else builds one.
"""

from __future__ import annotations

import numpy as np

from cermin.core.alignment import Aligned, align
from cermin.core.disclosure import IndexSums, Respondents
from cermin.core.errors import NothingToPublish, UserError
from cermin.core.evaluation_input import EvaluationInput
from cermin.core.exposure import is_extreme, shown_count
from cermin.core.group_results import breakdown
from cermin.core.headline import categorise, headline, mean_evidence
from cermin.core.node_figures import NodeFigures, node_figures
from cermin.core.publication import AgencyPlan, plan_agency
from cermin.core.result import RESULT_VERSION, DataQuality, Estimate, IndexResult
from cermin.core.rounding import round_half_up
from cermin.core.sampling import minimum_respondents
from cermin.core.scheme import MinimumRule
from cermin.core.unit_results import suppressed_units, unit_results
from cermin.core.value_results import agency_reliability, published_reliability, value_results
from cermin.core.votes import vote_indices

VOTE_SCALE = 100  # weighted votes are counted in hundredths of a person


def evaluate(asked: EvaluationInput) -> IndexResult:
    """Compute and publish one agency's year.

    Raises
    ------
    NothingToPublish
        When there are fewer respondents than the threshold, or answers so alike that any figure
        would tell them.
    UserError
        When the questionnaire does not fit the value set.
    """
    _check_values(asked)
    aligned = align(asked.table, asked.frame)
    plan = _plan(asked, aligned)
    reliability = agency_reliability(asked)
    figures = node_figures(
        asked,
        aligned,
        plan,
        reliability=reliability.answers_again,
        reliability_total=reliability.total_again,
    )
    total = _published_total(figures)
    told = published_reliability(asked, aligned, plan, figures, reliability)
    n = int(aligned.cells.n.sum())
    minimum, rule = _minimum(asked)
    met = None if minimum is None else n >= minimum
    evidence = mean_evidence(asked.evidence) if asked.method.evidence_weight else None
    announced = headline(total, evidence, asked.method)
    crossings = [] if asked.crossing is None else [asked.crossing]
    return IndexResult(
        result_version=RESULT_VERSION,
        agency=asked.frame.agency,
        agency_name=asked.frame.agency_name,
        agency_class=asked.frame.agency_class,
        year=asked.frame.year,
        index_type=announced.index_type,
        decimals=asked.method.decimals,
        threshold=asked.method.threshold,
        population=asked.frame.population,
        n=n,
        minimum=minimum,
        minimum_rule=rule,
        minimum_met=met,
        values=value_results(asked, aligned, figures, told),
        total=total,
        total_category=categorise(total, asked.method),
        evidence=evidence,
        headline=announced.estimate,
        headline_category=(None if met is False else categorise(announced.estimate, asked.method)),
        reliability_total=told.total,
        units=unit_results(asked, plan, figures),
        suppressed=suppressed_units(asked.frame, plan),
        breakdowns=tuple(breakdown(asked, aligned, plan, figures, one) for one in crossings),
        quality=_quality(asked, aligned, plan, figures),
        provenance=asked.provenance,
        other_indices=_other_indices(asked, aligned, figures),
        breaks_from=asked.method.breaks_from,
    )


def _check_values(asked: EvaluationInput) -> None:
    measured = [dimension.id for dimension in asked.questionnaire.dimensions]
    wanted = [value.id for value in asked.value_set.values]
    if measured != wanted:
        raise UserError(
            "Kuesioner {questionnaire} tidak mengukur nilai-nilai {value_set} dalam urutannya.",
            questionnaire=asked.questionnaire.id,
            value_set=asked.value_set.id,
        )


def _plan(asked: EvaluationInput, aligned: Aligned) -> AgencyPlan:
    """Choose what may be published, by the own respondents of every unit."""
    units, values = len(asked.frame.units), len(asked.table.spec.values)
    every = np.arange(values)
    answered = aligned.by_unit().pair_n[:, every, every]
    cell_sum, cell_weight = aligned.value_sums(asked.method.scoring, asked.table)
    sums, weights, heaviest = np.zeros((units, values)), np.zeros((units, values)), np.zeros(units)
    np.add.at(sums, aligned.unit, cell_sum)
    np.add.at(weights, aligned.unit, cell_weight)
    np.maximum.at(heaviest, aligned.unit, aligned.weight)
    plan = plan_agency(
        asked.frame.units,
        Respondents(answered, IndexSums(sums, weights, heaviest)),
        threshold=asked.method.threshold,
    )
    if not plan.nodes:
        raise NothingToPublish(
            "Tidak ada hasil yang boleh ditampilkan: responden kurang dari {threshold} orang. "
            "Kumpulkan lebih banyak jawaban.",
            threshold=asked.method.threshold,
        )
    return plan


def _published_total(figures: NodeFigures) -> Estimate:
    total = figures.agency_total()
    if total is None:
        raise NothingToPublish(
            "Indeks tidak dapat ditampilkan: sebagian nilai begitu tinggi dan sebagian begitu "
            "rendah sehingga angka apa pun akan membuka jawaban perorangan."
        )
    return total


def _minimum(asked: EvaluationInput) -> tuple[int | None, str]:
    """Minimum of respondents and the rule that set it."""
    if asked.minimum is not None:
        return asked.minimum, MinimumRule.ENTERED
    rule = asked.method.minimum_rule
    return minimum_respondents(asked.method, asked.frame.population), rule


def _quality(
    asked: EvaluationInput, aligned: Aligned, plan: AgencyPlan, figures: NodeFigures
) -> DataQuality:
    threshold = asked.method.threshold
    careless = asked.table.careless
    mine = asked.table.agencies.index(asked.frame.agency)
    found = figures.estimates
    answered = found.item_n[0].sum() / (found.n[0] * found.item_n.shape[1])
    over = found.n > figures.population
    names = {unit.id: unit.name for unit in asked.frame.units}
    asked_for_evidence = bool(asked.method.evidence_weight and asked.evidence)
    top = [unit for unit in asked.frame.units if unit.parent is None]
    return DataQuality(
        rows_read=asked.rows_read,
        rows_empty=asked.rows_empty,
        missing_percent=round_half_up(float(100.0 * (1.0 - answered)), 1),
        straight_lined=_count_of(int(careless.straight_lined[mine]), int(found.n[0]), threshold),
        mostly_missing=_count_of(int(careless.mostly_missing[mine]), int(found.n[0]), threshold),
        collapsed_cells=len(aligned.weights.collapsed),
        largest_weight_ratio=float(aligned.weights.weight_ratio[0]),
        units_over_roster=tuple(
            names.get(node.id, node.id)
            for node, more in zip(plan.nodes, over, strict=True)
            if more and node.kind == "unit"
        ),
        units_without_evidence=tuple(
            unit.name for unit in top if asked_for_evidence and unit.id not in asked.evidence
        ),
    )


def _count_of(count: int, n: int, threshold: int) -> int | None:
    """Show a count where neither those counted nor the others are few.

    "12 of 12 gave one answer to everything" tells, beside an index, the answers of all twelve.
    """
    return shown_count(count, threshold) if n - count >= threshold else None


def _other_indices(
    asked: EvaluationInput, aligned: Aligned, figures: NodeFigures
) -> dict[str, float]:
    """Sub-indices of a votes questionnaire (own draft); empty for other questionnaires.

    Votes are weighted like the values: an unweighted share beside a weighted one of the same
    votes would single out the people whose weight differs. Empty too where an index is only a
    bound, as the total is made of all of them, or where nearly all votes are of one tone.
    """
    if asked.vote_options is None or figures.codings:
        return {}
    options = asked.vote_options.options
    columns = asked.table.spec.items
    chosen = aligned.cells.histogram[:, :, 1]
    votes = np.rint(VOTE_SCALE * (aligned.weight @ chosen)).astype(np.int64)
    people = round(VOTE_SCALE * float(aligned.weight @ aligned.cells.n))
    lists = {
        item.occasion: votes[[columns.index(f"{item.id}_{option}") for option in options]]
        for item in asked.questionnaire.items
        if item.occasion is not None
    }
    found = vote_indices(
        asked.vote_options,
        n_respondents=people,
        personal=lists["personal"],
        current=lists["current"],
        desired=lists["desired"],
    )
    tone = np.array([found.positive_energy * people])
    if is_extreme(tone, np.array([people]), VOTE_SCALE * aligned.weight.max())[0]:
        return {}
    return {
        "balance": found.balance,
        "positive_energy": found.positive_energy,
        "alignment_personal_current": found.alignment_personal_current,
        "alignment_current_desired": found.alignment_current_desired,
        "total_culture_health": found.total,
    }
