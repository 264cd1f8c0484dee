"""The common shape of a benchmark: ``run() -> list[Row]``."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Row:
    """One measured line; ``ratio`` is to the floor that the section names."""

    section: str
    step: str
    seconds_min: float
    seconds_median: float
    ratio: float | None = None
    peak_megabytes: float | None = None
    note: str = ""


@dataclass(frozen=True)
class Measured:
    """Rounds of one step, each in a process of its own."""

    seconds: tuple[float, ...]
    peak_megabytes: float | None = None

    def row(self, section: str, step: str, *, floor: Measured | None, note: str = "") -> Row:
        """Return the line; the ratio compares best rounds."""
        return Row(
            section=section,
            step=step,
            seconds_min=min(self.seconds),
            seconds_median=statistics.median(self.seconds),
            ratio=min(self.seconds) / min(floor.seconds) if floor else None,
            peak_megabytes=self.peak_megabytes,
            note=note,
        )


def interleaved(
    module: str, steps: Sequence[str], *, rounds: int
) -> dict[str, dict[str, Measured]]:
    """Run ``python -m module STEP`` for every step in turn, ``rounds`` times.

    The child prints JSON: seconds by name of part, and "peak_megabytes". Interleaving spreads the
    noise of a shared machine over all steps.
    """
    found: dict[str, list[dict[str, float]]] = {step: [] for step in steps}
    for _ in range(rounds):
        for step in steps:
            done = subprocess.run(
                [sys.executable, "-m", module, step], capture_output=True, text=True, check=False
            )
            if done.returncode:
                raise RuntimeError(f"{module} {step}: {done.stderr[-2000:]}")
            found[step].append(json.loads(done.stdout.splitlines()[-1]))
    return {step: _parts(rounds_of_step) for step, rounds_of_step in found.items()}


def _parts(rounds: list[dict[str, float]]) -> dict[str, Measured]:
    peak = max(one["peak_megabytes"] for one in rounds)
    names = [name for name in rounds[0] if name != "peak_megabytes"]
    return {name: Measured(tuple(one[name] for one in rounds), peak) for name in names}


def peak_megabytes() -> float:
    """Return the most memory that this process has held.

    Not ``ru_maxrss``: a child inherits that from the process that started it.
    """
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:", 1)[1].split()[0]) / 1024
