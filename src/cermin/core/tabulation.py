"""From a questionnaire to what must be counted."""

from __future__ import annotations

from math import ceil

from cermin.core.errors import UserError
from cermin.core.moments import TabulationSpec
from cermin.core.scheme import Questionnaire


def tabulation_spec(questionnaire: Questionnaire, strata: tuple[str, ...]) -> TabulationSpec:
    """Return the spec that counts all columns of ``questionnaire``.

    A person has a score on a value with half of the items of the shortest value, rounded up
    (2 of 3): Newman (2014), Organ. Res. Methods 17:372-411.

    Raises
    ------
    UserError
        When no item measures a value, or the items have different scales.
    """
    columns = questionnaire.columns
    values = tuple(
        tuple(i for i, column in enumerate(columns) if column.dimension == dimension.id)
        for dimension in questionnaire.dimensions
    )
    scored = [columns[i] for positions in values for i in positions]
    if not scored or not all(values):
        raise UserError(
            "Kuesioner {id} tidak mengukur setiap dimensinya; indeks tidak dapat dihitung.",
            id=questionnaire.id,
        )
    scales = {(column.low, column.high) for column in columns}
    if len(scales) > 1:
        raise UserError("Butir kuesioner {id} memakai skala yang berbeda.", id=questionnaire.id)
    ((low, high),) = scales
    return TabulationSpec(
        items=tuple(column.name for column in columns),
        values=values,
        low=low,
        high=high,
        min_answered=ceil(min(map(len, values)) / 2),
        strata=strata,
    )
