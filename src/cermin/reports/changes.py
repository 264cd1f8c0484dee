"""Changes between the years of one report, as ``core`` judges them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from cermin.core.change import MethodIdentity, Verdict, break_even_sd, change, comparable
from cermin.core.result import Estimate, IndexResult

HEADLINE = "headline"


@dataclass(frozen=True)
class YearChange:
    """The change of one index since the year before; ``verdict`` None where none may be told."""

    subject: str  # id of a value, or "headline"
    earlier: int
    later: int
    comparable: bool
    difference: float
    low: float | None = None
    high: float | None = None
    verdict: Verdict | None = None
    guaranteed: Verdict | None = None  # by the bound that holds whoever answered twice
    break_even: float | None = None


def identity(result: IndexResult) -> MethodIdentity:
    """Return what decides whether the numbers of a result may be compared."""
    return MethodIdentity(result.index_type, result.provenance.method, result.breaks_from)


def estimate_of(result: IndexResult, subject: str) -> Estimate | None:
    """Return the headline or the estimate of one value; None when that year lacks the value."""
    if subject == HEADLINE:
        return result.headline
    return next((v.estimate for v in result.values if v.value == subject), None)


def year_changes(results: Sequence[IndexResult]) -> tuple[YearChange, ...]:
    """Return the changes of headline and values between neighbouring years, oldest first."""
    found = []
    for earlier, later in pairwise(results):
        for subject in (HEADLINE, *(value.value for value in later.values)):
            before, after = estimate_of(earlier, subject), estimate_of(later, subject)
            if before is not None and after is not None:
                found.append(_judged(subject, (earlier, before), (later, after)))
    return tuple(found)


def _judged(
    subject: str, earlier: tuple[IndexResult, Estimate], later: tuple[IndexResult, Estimate]
) -> YearChange:
    (first, before), (second, after) = earlier, later
    same = comparable(identity(first), identity(second))
    told = YearChange(subject, first.year, second.year, same, after.index - before.index)
    if not same or before.coded or after.coded:
        return told
    if any(None in (one.se_change, one.se_bound, one.df) for one in (before, after)):
        return _without_se(told, earlier, later)
    judged = change(before, after)
    return YearChange(
        told.subject,
        told.earlier,
        told.later,
        comparable=True,
        difference=judged.default.difference,
        low=judged.default.low,
        high=judged.default.high,
        verdict=judged.verdict,
        guaranteed=judged.guaranteed,
    )


def _without_se(
    told: YearChange, earlier: tuple[IndexResult, Estimate], later: tuple[IndexResult, Estimate]
) -> YearChange:
    """Only n and index are known: nothing can be told but the break-even SD."""
    limit = break_even_sd(
        told.difference,
        earlier_n=earlier[1].n,
        later_n=later[1].n,
        earlier_population=earlier[0].population,
        later_population=later[0].population,
    )
    return YearChange(
        told.subject,
        told.earlier,
        told.later,
        comparable=True,
        difference=told.difference,
        verdict=Verdict.CANNOT_TELL,
        guaranteed=Verdict.CANNOT_TELL,
        break_even=limit.sd,
    )


def change_of(changes: Sequence[YearChange], subject: str, later: int) -> YearChange | None:
    """Return the change of one index into the year ``later``."""
    return next((one for one in changes if (one.subject, one.later) == (subject, later)), None)
