"""Scoring of the evidence worksheet (lembar kerja evaluasi).

A criterion scores 0..1 by its kind, an aspect the plain mean of its criteria or the weighted mean
of its aspects, the worksheet the weighted mean of its top aspects, x 100. Everything is computed
in exact fractions and turned into floats at the end.

Steps per kind. Ya = 1, Tidak = 0, A = 1 and the last letter = 0 are published (LKE Zona
Integritas). The steps between are equal divisions and UNVERIFIED: B = 1/2 of A/B/C; B = 2/3,
C = 1/3 of A/B/C/D (worksheets in circulation print 0.67 and 0.33; exact thirds are used here, so
that three B and three C make three); quarters of A..E.

Not applicable: a criterion that allows it leaves its aspect's mean; an aspect whose criteria are
all not applicable leaves its siblings, and its weight is spread over them in proportion to theirs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction

from cermin.core.errors import UserError
from cermin.core.rounding import exact
from cermin.core.scheme import Aspect, Criterion, CriterionKind, Worksheet

Answer = str | int | float

_NOT_APPLICABLE = frozenset({"tb", "tidak berlaku", "n/a", "na", "not applicable"})
_YES_NO = {"ya": Fraction(1), "tidak": Fraction(0), "yes": Fraction(1), "no": Fraction(0)}


def _letters(letters: str) -> dict[str, Fraction]:
    last = len(letters) - 1
    return {letter: Fraction(last - i, last) for i, letter in enumerate(letters)}


_CHOICES: dict[CriterionKind, dict[str, Fraction]] = {
    CriterionKind.YES_NO: _YES_NO,
    CriterionKind.A_TO_C: _letters("abc"),
    CriterionKind.A_TO_D: _letters("abcd"),
    CriterionKind.A_TO_E: _letters("abcde"),
}
_HIGHEST = {CriterionKind.ZERO_TO_FIVE: 5, CriterionKind.PERCENT: 100}
_SHOWN = {
    CriterionKind.YES_NO: "Ya, Tidak",
    CriterionKind.A_TO_C: "A, B, C",
    CriterionKind.A_TO_D: "A, B, C, D",
    CriterionKind.A_TO_E: "A, B, C, D, E",
    CriterionKind.ZERO_TO_FIVE: "0-5",
    CriterionKind.PERCENT: "0-100",
}


@dataclass(frozen=True)
class AspectScore:
    """One aspect of the tree, parents before children.

    ``weight`` is the effective weight after re-spreading: applicable siblings share the weight
    of their parent (top level: the sum of all top weights). ``points`` = weight x percent / 100.
    ``percent`` is None, weight and points are 0 when the whole aspect is not applicable.
    """

    id: str
    parent: str | None
    depth: int
    weight: float
    percent: float | None
    points: float


@dataclass(frozen=True)
class WorksheetScore:
    """Result of one filled worksheet; ``percent`` is 0..100, criteria as shares 0..1."""

    percent: float
    points: float
    maximum: float  # sum of the top weights
    aspects: tuple[AspectScore, ...]
    criteria: Mapping[str, float | None]  # None: not applicable


@dataclass(frozen=True)
class _Node:
    aspect: Aspect
    share: Fraction | None
    children: tuple[_Node, ...]


def criteria_of(worksheet: Worksheet) -> tuple[Criterion, ...]:
    """All criteria of the tree, in order."""
    return tuple(c for aspect in worksheet.aspects for c in _criteria(aspect))


def _criteria(aspect: Aspect) -> Iterator[Criterion]:
    yield from aspect.criteria
    for child in aspect.aspects:
        yield from _criteria(child)


def score_worksheet(worksheet: Worksheet, answers: Mapping[str, Answer]) -> WorksheetScore:
    """Score a filled worksheet.

    Parameters
    ----------
    worksheet
        The tree of aspects and criteria.
    answers
        By criterion id: "Ya"/"Tidak", a letter, a number (also as text, "66,67"), or "TB" (tidak
        berlaku, not applicable) where the criterion allows it.

    Raises
    ------
    UserError
        For criteria without answer (all named), answers to criteria that do not exist, answers
        that the kind does not know, "TB" where it is not allowed, and when nothing applies.
    """
    criteria = criteria_of(worksheet)
    _check_complete(criteria, answers)
    shares = {c.id: criterion_share(c, answers[c.id]) for c in criteria}
    nodes = tuple(_evaluate(aspect, shares) for aspect in worksheet.aspects)
    overall = _weighted_mean(nodes)
    if overall is None:
        raise UserError("Tidak ada kriteria yang berlaku; lembar kerja tidak dapat dinilai.")
    maximum = sum((exact(a.weight) for a in worksheet.aspects), Fraction())
    return WorksheetScore(
        percent=float(100 * overall),
        points=float(maximum * overall),
        maximum=float(maximum),
        aspects=tuple(_rows(nodes, maximum, None, 0)),
        criteria={key: None if share is None else float(share) for key, share in shares.items()},
    )


def _check_complete(criteria: tuple[Criterion, ...], answers: Mapping[str, Answer]) -> None:
    missing = [c.id for c in criteria if c.id not in answers or str(answers[c.id]).strip() == ""]
    if missing:
        raise UserError(
            "{n} kriteria belum dijawab: {criteria}.", n=len(missing), criteria=", ".join(missing)
        )
    unknown = sorted(set(answers) - {c.id for c in criteria})
    if unknown:
        raise UserError(
            "Kriteria tidak ada pada lembar kerja ini: {criteria}.", criteria=", ".join(unknown)
        )


# Criteria


def criterion_share(criterion: Criterion, answer: Answer) -> Fraction | None:
    """Share 0..1 that an answer earns; None when not applicable.

    Raises
    ------
    UserError
        For an answer that the kind does not know, or "TB" where it is not allowed.
    """
    text = str(answer).strip().lower()
    if text in _NOT_APPLICABLE:
        if not criterion.may_be_not_applicable:
            raise UserError(
                "Kriteria {criterion} tidak boleh dijawab tidak berlaku.", criterion=criterion.id
            )
        return None
    if criterion.kind in _CHOICES:
        share = _CHOICES[criterion.kind].get(text)
    else:
        share = _number_share(text, _HIGHEST[criterion.kind])
    if share is None:
        raise UserError(
            "Jawaban {answer} untuk kriteria {criterion} tidak dikenal; pilihan: {choices}.",
            answer=answer,
            criterion=criterion.id,
            choices=_SHOWN[criterion.kind],
        )
    return share


def _number_share(text: str, highest: int) -> Fraction | None:
    try:
        number = Decimal(text.removesuffix("%").strip().replace(",", "."))
    except InvalidOperation:
        return None
    if not number.is_finite() or not 0 <= number <= highest:
        return None
    return Fraction(number) / highest


# The tree


def _evaluate(aspect: Aspect, shares: Mapping[str, Fraction | None]) -> _Node:
    if aspect.aspects:
        children = tuple(_evaluate(child, shares) for child in aspect.aspects)
        return _Node(aspect, _weighted_mean(children), children)
    applicable = [share for c in aspect.criteria if (share := shares[c.id]) is not None]
    mean = sum(applicable, Fraction()) / len(applicable) if applicable else None
    return _Node(aspect, mean, ())


def _weighted_mean(nodes: tuple[_Node, ...]) -> Fraction | None:
    """Mean of the applicable nodes by weight; None when none applies (or weighs anything)."""
    applicable = [(exact(n.aspect.weight), n.share) for n in nodes if n.share is not None]
    weight = sum((w for w, _ in applicable), Fraction())
    return sum((w * s for w, s in applicable), Fraction()) / weight if weight > 0 else None


def _rows(
    nodes: tuple[_Node, ...], available: Fraction, parent: str | None, depth: int
) -> Iterator[AspectScore]:
    total = sum((exact(n.aspect.weight) for n in nodes if n.share is not None), Fraction())
    for node in nodes:
        share, id_ = node.share, node.aspect.id
        weight = Fraction()
        if share is not None and total > 0:
            weight = available * exact(node.aspect.weight) / total
        yield AspectScore(
            id=id_,
            parent=parent,
            depth=depth,
            weight=float(weight),
            percent=None if share is None else float(100 * share),
            points=float(weight * (share or 0)),
        )
        yield from _rows(node.children, weight, id_, depth + 1)
