"""``python -m bench``: run every benchmark, print a table, write docs/benchmarks.md."""

from __future__ import annotations

import importlib
import os
import platform
from collections.abc import Iterator
from importlib.metadata import version
from itertools import groupby
from pathlib import Path

from bench.rows import Row

BENCHES = (
    "bench.national", "bench.reports", "bench.intake", "bench.imports", "bench.site",
    "bench.roster_preview", "bench.survey_page", "bench.survey", "bench.closing",
)  # fmt: skip
PACKAGES = ("numpy", "pyarrow", "duckdb", "pandas", "polars", "typst", "weasyprint", "xlsxwriter")
PAGE = Path(__file__).parent.parent / "docs" / "benchmarks.md"


def main() -> None:
    """Measure, print as it comes, and write once everything is measured."""
    rows: list[Row] = []
    for name in BENCHES:
        found = importlib.import_module(name).run()
        print(*_sections(found), sep="\n", flush=True)
        rows += found
    PAGE.write_text("\n".join(_page(rows)) + "\n", encoding="utf-8")


def _page(rows: list[Row]) -> Iterator[str]:
    yield "# Benchmarks"
    yield ""
    yield "Written by `python -m bench`; every number was measured in that run."
    yield ""
    yield from _set_up()
    yield from _sections(rows)


def _sections(rows: list[Row]) -> Iterator[str]:
    for section, lines in groupby(rows, key=lambda row: row.section):
        yield from ("", f"## {section}", "")
        yield "| step | best s | median s | x floor | peak MB | note |"
        yield "|---|---:|---:|---:|---:|---|"
        yield from map(_line, lines)


def _line(row: Row) -> str:
    ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
    peak = "" if row.peak_megabytes is None else f"{row.peak_megabytes:,.0f}"
    times = f"{row.seconds_min:.3f} | {row.seconds_median:.3f}"
    return f"| {row.step} | {times} | {ratio} | {peak} | {row.note} |"


def _set_up() -> Iterator[str]:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    yield (
        f"Set-up: {_processor()}, {os.cpu_count()} cores, {memory:.0f} GB, {platform.system()}, "
        f"Python {platform.python_version()}; "
        + ", ".join(f"{name} {version(name)}" for name in PACKAGES)
        + ". Files are in the page cache. Each step runs in a fresh process; rounds are"
        " interleaved; the ratio compares best rounds."
    )


def _processor() -> str:
    facts = Path("/proc/cpuinfo")
    lines = facts.read_text(encoding="utf-8").splitlines() if facts.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


if __name__ == "__main__":
    main()
