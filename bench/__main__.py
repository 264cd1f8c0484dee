"""``python -m bench [NAME …]``: run benchmarks, print tables, write them into docs/benchmarks.md.

Without names all are run, as ``make bench`` does. Each section of the page says when and on which
machine it was measured, since a part may be measured again alone.
"""

from __future__ import annotations

import importlib
import os
import platform
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import groupby
from pathlib import Path

from bench.rows import Row

BENCHES = (
    "national", "reports", "intake", "imports", "site", "roster_preview", "survey_page", "survey",
    "closing",
)  # fmt: skip
PACKAGES = ("numpy", "pyarrow", "duckdb", "pandas", "polars", "typst", "weasyprint", "xlsxwriter")
PAGE = Path(__file__).parent.parent / "docs" / "benchmarks.md"
_HEAD = """# Benchmarks

Written by `python -m bench`. Files are in the page cache. Each step runs in a fresh process; rounds
are interleaved; the ratio compares best rounds with the floor of the same section and run.
"""


def main(names: Sequence[str]) -> None:
    """Measure, print as it comes, and keep each section as soon as it is measured."""
    for name in names or BENCHES:
        sections = dict(_sections(importlib.import_module(f"bench.{name}").run()))
        print(*sections.values(), sep="\n", flush=True)
        PAGE.write_text("".join([_HEAD, *(_kept() | sections).values()]), encoding="utf-8")


def _kept() -> dict[str, str]:
    """Return the sections of the page as it is, by their titles."""
    _head, *parts = PAGE.read_text(encoding="utf-8").split("\n## ")
    return {part.split("\n", 1)[0]: f"\n## {part}" for part in parts}


def _sections(rows: list[Row]) -> Iterator[tuple[str, str]]:
    for section, lines in groupby(rows, key=lambda row: row.section):
        head = (
            "| step | best s | median s | x floor | peak MB | note |\n|---|---:|---:|---:|---:|---|"
        )
        table = "\n".join([head, *map(_line, lines)])
        yield section, f"\n## {section}\n\n{_set_up()}\n\n{table}\n"


def _line(row: Row) -> str:
    ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
    peak = "" if row.peak_megabytes is None else f"{row.peak_megabytes:,.0f}"
    times = f"{row.seconds_min:.3f} | {row.seconds_median:.3f}"
    return f"| {row.step} | {times} | {ratio} | {peak} | {row.note} |"


def _set_up() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{datetime.now(UTC).date()}: {_processor()}, {os.cpu_count()} cores, {memory:.0f} GB, "
        f"{platform.system()}, Python {platform.python_version()}; "
        + ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    )


def _processor() -> str:
    facts = Path("/proc/cpuinfo")
    lines = facts.read_text(encoding="utf-8").splitlines() if facts.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


if __name__ == "__main__":
    main(sys.argv[1:])
