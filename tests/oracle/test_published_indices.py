"""Published BerAKHLAK indices: total and category come out as printed.

``published_indices.csv`` gives the address of every figure in its ``source`` column. Bands:
A from 75, B from 50, C from 25 are published; D below 25 is unverified and used by no row here.
"""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from cermin.core.rounding import classify, plain_mean, round_half_up
from cermin.core.scheme import Band, Text

VALUES = (
    "berorientasi_pelayanan",
    "akuntabel",
    "kompeten",
    "harmonis",
    "loyal",
    "adaptif",
    "kolaboratif",
)
BANDS = tuple(Band(id, Text(id, id), lower) for id, lower in (("A", 75), ("B", 50), ("C", 25)))
with Path(__file__).with_name("published_indices.csv").open(encoding="utf-8", newline="") as _file:
    ROWS = list(csv.DictReader(_file))
COMPLETE = [row for row in ROWS if all(row[value] for value in VALUES)]
CLASSIFIED = [row for row in ROWS if row["total"] and row["category"]]


def label(row: dict[str, str]) -> str:
    return f"{row['instansi']} {row['year']}"


def test_there_is_something_to_check_and_every_row_names_its_source() -> None:
    assert (len(COMPLETE), len(CLASSIFIED)) == (2, 20)
    assert all(row["source"].startswith(("http://", "https://")) for row in ROWS)


@pytest.mark.parametrize("row", COMPLETE, ids=label)
def test_total_is_the_plain_mean_of_seven_values(row: dict[str, str]) -> None:
    mean = plain_mean([float(row[value]) for value in VALUES])
    assert round_half_up(mean, 1) == float(row["total"])
    assert classify(mean, BANDS, decimals=1).id == row["category"]


@pytest.mark.parametrize(
    ("row", "unrounded"),
    [(COMPLETE[0], 426.6 / 7), (COMPLETE[1], 409.6 / 7)],
    ids=["2022", "mendik"],
)
def test_sums_of_the_two_complete_sets(row: dict[str, str], unrounded: float) -> None:
    mean = plain_mean([float(row[value]) for value in VALUES])
    assert mean == pytest.approx(unrounded, rel=1e-15)


@pytest.mark.parametrize("row", CLASSIFIED, ids=label)
def test_category_is_as_printed(row: dict[str, str]) -> None:
    assert classify(float(row["total"]), BANDS, decimals=1).id == row["category"]


@pytest.mark.parametrize(("value", "category"), [("akuntabel", "A"), ("adaptif", "C")])
def test_two_values_of_muara_enim_have_published_categories(value: str, category: str) -> None:
    (row,) = [r for r in ROWS if r["instansi"] == "Kabupaten Muara Enim"]
    assert classify(float(row[value]), BANDS, decimals=1).id == category


@pytest.mark.parametrize("value", VALUES)
def test_value_categories_of_kemendikbudristek(value: str) -> None:
    (row,) = [r for r in ROWS if r["instansi"].startswith("Kementerian Pendidikan")]
    expected = "C" if value == "adaptif" else "B"
    assert classify(float(row[value]), BANDS, decimals=1).id == expected
