"""Tiny surveys, written person by person, on their way through the real engine to a result."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from cermin.core.evaluation_input import EvaluationInput
from cermin.core.moments import CountTable
from cermin.core.population import Frame, Unit
from cermin.core.result import Provenance
from cermin.core.scheme import Method, MinimumRule, Questionnaire
from cermin.core.tabulation import tabulation_spec
from cermin.engines.memory import MemoryEngine
from cermin.instruments.load import load_method, load_questionnaire, load_value_set

BEHAVIOURS = load_questionnaire("kuesioner-perilaku-2025")
VOTES = load_questionnaire("kuesioner-votes-2022")
METHOD = load_method("metode-2025")
METHOD_OF_VOTES = load_method("metode-2022")
VALUES = load_value_set("nilai-berakhlak-2021")
PROVENANCE = Provenance("s", "metode-2025", "m", "q", "q", None, None, "v", "v", "0", ())
AGENCY = "kab-uji"

Answers = Sequence[int | None]


@dataclass(frozen=True)
class Person:
    """One respondent."""

    unit: str
    answers: Answers
    stratum: tuple[str, ...] = ("L",)
    agency: str = AGENCY


def some_answers(
    rng: random.Random, *, missing: float = 0.0, level: float = 0.0
) -> list[int | None]:
    """Return 21 answers around a level of one's own, wide enough for every rule of spread."""
    own = rng.gauss(3.0 + level, 1.0)
    drawn = [min(5, max(1, round(rng.gauss(own, 0.9)))) for _ in range(21)]
    return [None if rng.random() < missing else answer for answer in drawn]


def crowd(
    sizes: Mapping[tuple[str, str], int], *, seed: int = 1, missing: float = 0.0
) -> list[Person]:
    """Return that many respondents of each (unit, stratum)."""
    rng = random.Random(seed)  # noqa: S311 - test answers, not secrets
    return [
        Person(unit, some_answers(rng, missing=missing), (stratum,))
        for (unit, stratum), size in sizes.items()
        for _ in range(size)
    ]


def count(
    people: Sequence[Person],
    *,
    questionnaire: Questionnaire = BEHAVIOURS,
    strata: tuple[str, ...] = ("jk",),
) -> CountTable:
    """Count people with the reference engine."""
    spec = tabulation_spec(questionnaire, strata)
    columns: dict[str, object] = {
        "agency": [one.agency for one in people],
        "unit": [one.unit for one in people],
    }
    columns |= {name: [one.stratum[k] for one in people] for k, name in enumerate(strata)}
    columns |= {
        item: pa.array([one.answers[i] for one in people], pa.int8())
        for i, item in enumerate(spec.items)
    }
    with TemporaryDirectory() as folder:
        path = Path(folder) / "answers.parquet"
        pq.write_table(pa.table(columns), path)
        return MemoryEngine().count(path, spec)


def frame_of(
    people: Iterable[Person],
    units: Sequence[Unit],
    *,
    headcount: Callable[[str, str, int], int] = lambda _unit, _stratum, n: n,
    strata: tuple[str, ...] = ("L", "P"),
) -> Frame:
    """Return the roster: by default exactly those who answered."""
    answered = np.zeros((len(units), len(strata)), dtype=np.int64)
    place = {unit.id: i for i, unit in enumerate(units)}
    for one in people:
        answered[place[one.unit], strata.index(one.stratum[0])] += 1
    people_of = np.array(
        [
            [headcount(unit.id, s, int(answered[u, k])) for k, s in enumerate(strata)]
            for u, unit in enumerate(units)
        ],
        dtype=np.int64,
    )
    return Frame(
        AGENCY,
        "Kabupaten Uji",
        "kabupaten",
        2025,
        tuple(units),
        ("jk",),
        tuple((s,) for s in strata),
        people_of,
    )


def units_of(*ids: str) -> tuple[Unit, ...]:
    """Return units from "a" or "a/b" (b under a); the name of u is "Dinas U"."""
    found = []
    for id in ids:
        *above, own = id.split("/")
        found.append(Unit(own, f"Dinas {own.upper()}", above[-1] if above else None))
    return tuple(found)


def asked(people: Sequence[Person], frame: Frame, **changes: object) -> EvaluationInput:
    """Return the input of an evaluation by the method of 2025 without evidence."""
    base = EvaluationInput(
        table=count(people),
        frame=frame,
        method=METHOD,
        questionnaire=BEHAVIOURS,
        value_set=VALUES,
        provenance=PROVENANCE,
        rows_read=len(people),
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def simple_method(**changes: object) -> Method:
    """Return the method of 2025 without minimum, changed."""
    return replace(METHOD, minimum_rule=MinimumRule.NONE, **changes)  # type: ignore[arg-type]


def value_scores(people: Sequence[Person]) -> np.ndarray:
    """Value scores on 0..100 straight from the rows: mean of two or three answers, else NaN."""
    scores = np.full((len(people), 7), np.nan)
    for i, one in enumerate(people):
        for v in range(7):
            answered = [a for a in one.answers[3 * v : 3 * v + 3] if a is not None]
            if len(answered) >= 2:
                scores[i, v] = 25.0 * (sum(answered) / len(answered) - 1.0)
    return scores
