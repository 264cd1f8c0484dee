"""Five million answers to a complete national result, against the time to only read them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import duckdb
import numpy as np

from bench.answers import (
    ITEMS,
    STRATA,
    VALUES,
    national_snapshot,
    national_spec,
)
from bench.rows import Row, interleaved, peak_megabytes
from cermin.core import national
from cermin.core.distributions import normal_cdf
from cermin.core.domain_cells import Design
from cermin.core.estimates import DomainEstimates, estimate_nested
from cermin.core.moments import CountTable
from cermin.core.national import NationalFrame, national_result
from cermin.core.reliability import value_reliability
from cermin.core.scheme import Band, ItemKind, Scoring, Text
from cermin.core.weights import FrameCells, post_stratify
from cermin.engines import columnar, kernel
from cermin.engines.columnar import ColumnarEngine
from cermin.engines.complete import complete_sums
from cermin.engines.duckdb import DuckdbEngine

CACHE = Path(
    os.environ.get("CERMIN_BENCH_CACHE", str(Path(tempfile.gettempdir()) / "cermin_bench"))
)
ROUNDS = 5
SECTION = "National result: 5,000,000 respondents, 21 items, 640 agencies, 30,000 units"
BANDS = tuple(
    Band(name, Text(name, name), lower) for name, lower in (("A", 75.0), ("B", 50.0), ("C", 0.0))
)
RESPONSE_RATE = 0.72
COUNTING_PARTS = (
    "read and decode the items",
    "count cells: histograms, value pairs, flags",
    "products of complete rows",
)

R_SCRIPT = """
suppressPackageStartupMessages(library(survey))
d <- read.csv(commandArgs(TRUE)[1], stringsAsFactors = TRUE)
t0 <- proc.time()[["elapsed"]]
design <- svydesign(ids = ~1, data = d, weights = ~w)
out <- svyby(~q01, ~agency, design, svymean, na.rm = TRUE)
cat(proc.time()[["elapsed"]] - t0, nrow(d), nlevels(d$agency), "\\n")
"""


def run() -> list[Row]:
    """Measure everything in fresh processes, interleaved."""
    national_snapshot(CACHE)
    steps = ["floor", "whole", "parts", "pandas", "duckdb_engine"]
    found = interleaved("bench.national", steps, rounds=ROUNDS)
    floor = found["floor"]["read and sum"]
    rows = [floor.row(SECTION, "floor: DuckDB reads and sums the 21 columns", floor=floor)]
    rows += [
        measured.row(SECTION, f"ours: {name}", floor=floor)
        for name, measured in found["whole"].items()
    ]
    rows += [
        measured.row(SECTION, f"– by itself, one thread: {name}", floor=floor)
        for name, measured in found["parts"].items()
    ]
    rows.append(
        found["duckdb_engine"]["counting"].row(
            SECTION, "counting with the plain SQL text on DuckDB", floor=floor
        )
    )
    rows.append(
        found["pandas"]["groupby"].row(
            SECTION, "pandas: read, 29 scores, mean + std by unit (no weights, no SE)", floor=floor
        )
    )
    return rows + _survey_in_r(min(floor.seconds))


# ------------------------------------------------------------------ steps, one process each


def _floor() -> dict[str, float]:
    path = national_snapshot(CACHE)
    sums = ", ".join(f"sum({item})" for item in ITEMS)
    query = f"SELECT {sums} FROM read_parquet('{path}')"
    return {"read and sum": _timed(lambda: duckdb.connect().execute(query).fetchall())}


def _whole() -> dict[str, float]:
    """Count and compute; timed as the user waits for it, in one process from a cold start."""
    path = national_snapshot(CACHE)
    normal_cdf(0.0)  # loads SciPy: libraries are loaded before the clock starts, as for the floor
    begin = time.perf_counter()
    table = ColumnarEngine().count(path, national_spec())
    counted = time.perf_counter()
    frame = roster(table)
    ready = time.perf_counter()
    result = national_result(
        table, frame, scoring=Scoring.PERCENT_OF_RANGE, kinds=[ItemKind.LIKERT] * 21, bands=BANDS
    )
    end = time.perf_counter()
    assert np.isfinite(result.agencies.total_se).all()
    return {
        "counting": counted - begin,
        "weights, estimates, reliability, disclosure, categories": end - ready,
        "complete national result": counted - begin + end - ready,
    }


def roster(table: CountTable) -> NationalFrame:
    """Return a made-up roster: every counted cell answered 72 % of its people."""
    n = table.cells.n
    cells = FrameCells(
        unit=table.cell_unit,
        stratum=table.cell_stratum,
        population=np.ceil(n / RESPONSE_RATE).astype(np.int64),
        n=n,
        unit_parent=np.full(len(table.units), -1, dtype=np.int64),
        unit_agency=table.unit_agency,
    )
    return NationalFrame(cells, np.arange(n.size))


def _duckdb_engine() -> dict[str, float]:
    path = national_snapshot(CACHE)
    return {"counting": _timed(lambda: DuckdbEngine().count(path, national_spec()))}


def _pandas() -> dict[str, float]:
    import pandas as pd  # noqa: PLC0415 - only this process should pay for it

    path = national_snapshot(CACHE)

    def groupby() -> None:
        answers = pd.read_parquet(path, columns=["unit", *ITEMS])
        for v, positions in enumerate(VALUES):
            answers[f"v{v}"] = answers[[ITEMS[i] for i in positions]].mean(axis=1)
        answers["total"] = answers[[f"v{v}" for v in range(7)]].mean(axis=1)
        answers.groupby("unit", observed=True).agg(["mean", "std"])

    return {"groupby": _timed(groupby)}


def _survey_in_r(floor: float) -> list[Row]:
    if shutil.which("Rscript") is None:
        print("Rscript is not installed: survey::svyby is not measured", file=sys.stderr)
        return []
    path = national_snapshot(CACHE)
    with tempfile.TemporaryDirectory() as folder:
        sample = Path(folder) / "sample.csv"
        columns = ", ".join(["agency", *STRATA, *ITEMS])
        duckdb.connect().execute(
            f"COPY (SELECT {columns}, 1.39 AS w FROM read_parquet('{path}')"
            f" WHERE hash(unit, q01, q02, q03, q04, q05) % 100 = 0) TO '{sample}' (HEADER)"
        )
        script = Path(folder) / "svyby.R"
        script.write_text(R_SCRIPT)
        done = subprocess.run(
            ["Rscript", str(script), str(sample)], capture_output=True, text=True, check=True
        )
    seconds, people, agencies = done.stdout.split()
    note = f"one item, {agencies} agencies, {people} people; one run"
    name = "R survey::svyby on a 1 % sample"
    return [Row(SECTION, name, float(seconds), float(seconds), float(seconds) / floor, note=note)]


def _timed(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def _parts() -> dict[str, float]:
    """What each step costs by itself, one after another on one thread."""
    path, spec = national_snapshot(CACHE), national_spec()
    normal_cdf(0.0)
    seconds: dict[str, float] = dict.fromkeys(COUNTING_PARTS, 0.0)
    with ThreadPoolExecutor(1) as pool:
        begin = time.perf_counter()
        layout = columnar._layout(path, spec, pool)
        seconds["keys, cells and their labels"] = time.perf_counter() - begin
    assert layout is not None
    how = kernel.plan(spec)
    for part in layout.parts:
        marks = [time.perf_counter()]
        states = columnar._states(path, layout.metadata, part.number, spec)
        marks.append(time.perf_counter())
        cells = kernel.empty_cells(part.starts.size, spec)
        kernel.count_runs(states, part.starts, how, [(slice(0, part.starts.size), cells)])
        marks.append(time.perf_counter())
        group = part.agency * len(layout.index.strata) + part.stratum
        complete_sums(states, part.starts, group)
        marks.append(time.perf_counter())
        for name, (first, last) in zip(COUNTING_PARTS, pairwise(marks), strict=True):
            seconds[name] += last - first
    return seconds | _statistics_parts(ColumnarEngine().count(path, spec))


def _statistics_parts(table: CountTable) -> dict[str, float]:
    frame = roster(table)
    kinds = [ItemKind.LIKERT] * 21
    weights = post_stratify(frame.cells)
    design = Design(weights.cell_stratum[frame.position], weights.population, weights.n)
    agencies = len(table.agencies)

    def estimates() -> tuple[DomainEstimates, DomainEstimates]:
        return estimate_nested(
            table.cells, design, table.cell_unit, table.unit_agency, agencies,
            spec=table.spec, scoring=Scoring.PERCENT_OF_RANGE,
        )  # fmt: skip

    units, whole = estimates()
    heaviest = np.full(len(table.units), weights.cell_weight.max())
    return {
        "weights": _timed(lambda: post_stratify(frame.cells)),
        "estimates of units and agencies with standard errors": _timed(estimates),
        "ICC": _timed(lambda: national._icc(table, table.unit_agency)),
        "alpha and omega": _timed(
            lambda: value_reliability(table.complete, table.spec, agencies=agencies, kinds=kinds)
        ),
        "disclosure plan": _timed(lambda: national._plan(frame.cells, units, heaviest, 10)),
        "category probabilities": _timed(lambda: national._categories(whole, BANDS)),
    }


STEPS = {
    "floor": _floor,
    "whole": _whole,
    "parts": _parts,
    "duckdb_engine": _duckdb_engine,
    "pandas": _pandas,
}


if __name__ == "__main__":
    measured = STEPS[sys.argv[1]]()
    measured["peak_megabytes"] = peak_megabytes()
    print(json.dumps(measured))
