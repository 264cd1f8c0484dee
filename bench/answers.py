"""A deterministic national survey: 5,000,000 answers of a latent factor model."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from cermin.core.moments import TabulationSpec
from cermin.engines.snapshot import SnapshotDescription, spec_of, write_snapshot

N_ITEMS = 21
VALUES = tuple((3 * v, 3 * v + 1, 3 * v + 2) for v in range(7))
ITEMS = tuple(f"q{i + 1:02d}" for i in range(N_ITEMS))
STRATA = ("golongan", "gender")
STRATUM_LABELS = (("Fungsional", "Lainnya"), ("L", "P"))
MISSING_SHARE = 0.009
SEED = 20220727
BLOCK = 250_000

DESCRIPTION = SnapshotDescription(
    agency="",
    year=2025,
    questionnaire="bench-21",
    questionnaire_sha256="0" * 64,
    strata=STRATA,
    items=ITEMS,
    low=1,
    high=5,
)


@dataclass(frozen=True)
class Size:
    """How big the country is."""

    respondents: int = 5_000_000
    agencies: int = 640
    units: int = 30_000


def national_spec() -> TabulationSpec:
    """Return the tabulation of the 21 items in seven values."""
    return spec_of(DESCRIPTION, values=VALUES, min_answered=2)


def national_snapshot(folder: Path, size: Size | None = None) -> Path:
    """Return the snapshot of the simulated country, made once per folder."""
    size = size or Size()
    stamp = folder / f"answers-{size.respondents}-{size.units}-{SEED}.txt"
    if stamp.exists() and (folder / stamp.read_text()).exists():
        return folder / stamp.read_text()
    path = write_snapshot(simulated_answers(size), description=DESCRIPTION, folder=folder)
    stamp.write_text(path.name)
    return path


def simulated_answers(size: Size) -> pa.Table:
    """Return one row per respondent: labels and 21 answers with 0.9 % missing."""
    rng = np.random.default_rng(SEED)
    unit_agency = np.sort(_skewed_choice(rng, size.units, size.agencies, sigma=0.9))
    unit = np.sort(_skewed_choice(rng, size.respondents, size.units, sigma=1.05))
    unit_effect = rng.normal(0, 0.35, (size.units, 7)).astype(np.float32)
    job = (rng.random(size.respondents) < 0.45).astype(np.int8)
    gender = (rng.random(size.respondents) < 0.52).astype(np.int8)
    columns = [np.empty(size.respondents, np.int8) for _ in ITEMS]
    for start in range(0, size.respondents, BLOCK):
        rows = slice(start, min(start + BLOCK, size.respondents))
        _fill_answers(rng, columns, rows, unit_effect[unit[rows]] - 0.1 * job[rows, None])
    answers = [pa.array(c, mask=c == 0, type=pa.int8()) for c in columns]
    keys = [
        _labels([f"A{a:03d}" for a in range(size.agencies)], unit_agency[unit]),
        _labels([f"U{u:05d}" for u in range(size.units)], unit),
        _labels(list(STRATUM_LABELS[0]), job),
        _labels(list(STRATUM_LABELS[1]), gender),
    ]
    return pa.table([*keys, *answers], names=["agency", "unit", *STRATA, *ITEMS])


def _skewed_choice(
    rng: np.random.Generator, draws: int, groups: int, *, sigma: float
) -> npt.NDArray[np.int64]:
    """Draw groups with log-normal sizes; the biggest is limited to 75 times the median."""
    size = np.minimum(rng.lognormal(0, sigma, groups), 75)
    return rng.choice(groups, size=draws, p=size / size.sum())


def _fill_answers(
    rng: np.random.Generator,
    columns: list[npt.NDArray[np.int8]],
    rows: slice,
    level: npt.NDArray[np.float32],
) -> None:
    """Write answers 1..5 (0 = missing): general factor, value factor, item noise, thresholds."""
    n = level.shape[0]
    general = rng.standard_normal(n, dtype=np.float32)
    for v, positions in enumerate(VALUES):
        factor = level[:, v] + 0.6 * general + 0.5 * rng.standard_normal(n, dtype=np.float32)
        for i in positions:
            score = 3.4 + 0.15 * np.sin(i) + factor + 0.6 * rng.standard_normal(n, dtype=np.float32)
            answer = np.clip(np.rint(score), 1, 5).astype(np.int8)
            answer[rng.random(n, dtype=np.float32) < MISSING_SHARE] = 0
            columns[i][rows] = answer


def _labels(names: list[str], codes: npt.NDArray[np.integer]) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(codes, pa.int32()), pa.array(names))
