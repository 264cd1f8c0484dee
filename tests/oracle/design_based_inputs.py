"""Write the synthetic answers that ``design_based.R`` computes its expected values from.

Run in this folder: ``python design_based_inputs.py && Rscript design_based.R``.
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
# cell (unit, s) -> variance stratum h; strata 2 and 5 are joined across units
STRATUM = {(1, 1): 1, (1, 2): 2, (2, 1): 3, (2, 2): 2, (3, 1): 4, (3, 2): 5, (4, 1): 5, (4, 2): 6}
PEOPLE = {1: 90, 2: 120, 3: 60, 4: 75, 5: 150, 6: 48}
SAMPLED = {1: 40, 2: 50, 3: 30, 4: 20, 5: 70, 6: 30}


def people(rng: np.random.Generator, shift: float) -> list[dict[str, object]]:
    """One survey: six items of 1..5 with gaps, a yes/no question, groups that cross strata."""
    rows: list[dict[str, object]] = []
    for h, n in SAMPLED.items():
        cells = [cell for cell, stratum in STRATUM.items() if stratum == h]
        for _person in range(n):
            unit, s = cells[rng.integers(len(cells))]
            trait = rng.normal(0.25 * unit + shift, 0.8)
            answers = np.clip(np.rint(2.7 + trait + rng.normal(0, 0.7, 6)), 1, 5).astype(int)
            gaps = rng.random(6) < 0.12
            rows.append(
                {
                    "unit": unit,
                    "s": s,
                    "h": h,
                    "nh": PEOPLE[h],
                    "g": int(rng.integers(3)),
                    "sex": int(rng.integers(2)),
                    "age": int(rng.integers(3)),
                    "yes": int(rng.random() < 0.2 + 0.05 * h),
                    "score": int(answers.sum()),
                    "mark": int(answers[0]),
                    **{f"y{k + 1}": "" if gaps[k] else int(answers[k]) for k in range(6)},
                }
            )
    return rows


def clusters(rng: np.random.Generator) -> list[dict[str, object]]:
    """Clusters in two strata, people sampled inside; psu ids are unique over strata."""
    rows: list[dict[str, object]] = []
    for psu in range(1, 15):
        stratum = 1 if psu <= 8 else 2
        inhabitants = int(rng.integers(12, 40))
        level = rng.normal(3, 0.7)
        for _person in range(int(rng.integers(3, 10))):
            rows.append(
                {
                    "id": len(rows) + 1,
                    "psu": psu,
                    "stratum": stratum,
                    "m": 30 if stratum == 1 else 18,
                    "np": inhabitants,
                    "sex": int(rng.integers(2)),
                    "y": int(np.clip(np.rint(rng.normal(level, 1)), 1, 5)),
                }
            )
    return rows


def write(name: str, rows: list[dict[str, object]]) -> None:
    """Write one CSV file."""
    with (HERE / name).open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    generator = np.random.default_rng(20251)
    write("design_based_people.csv", people(generator, 0.0))
    write("design_based_later.csv", people(generator, 0.3))
    write("design_based_clusters.csv", clusters(generator))
