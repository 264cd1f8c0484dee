"""What may be said of two years: published numbers, and surveys whose truth is known."""

from __future__ import annotations

import math
import random
from dataclasses import replace

import pytest

from cermin.core.change import MethodIdentity, Verdict
from cermin.core.errors import UserError
from cermin.core.evaluation import evaluate
from cermin.core.result import Estimate, IndexResult
from cermin.reports.comparison import (
    PublishedIndex,
    compare_published,
    compare_results,
)
from evaluation_factory import (
    Person,
    asked,
    frame_of,
    some_answers,
    units_of,
)

OLD = MethodIdentity("implementation", "metode-2022")
NEW = MethodIdentity("implementation", "metode-2024", ("metode-2022",))
COMPOSITE = MethodIdentity("composite", "metode-2025", ("metode-2022", "metode-2024"))

# Kudus published 62,1 and 61,1; how many people answered was not found.
KUDUS_2022 = PublishedIndex(2022, 62.1, OLD)
KUDUS_2023 = PublishedIndex(2023, 61.1, OLD)


def test_kudus_without_respondents_cannot_be_told() -> None:
    found = compare_published(KUDUS_2022, KUDUS_2023)
    assert found.comparable
    assert found.verdict is Verdict.CANNOT_TELL
    assert found.break_even is None
    assert found.sentences[0] == "2022: 62,1; 2023: 61,1; selisih −1,0 poin."
    assert "jumlah responden tidak diketahui" in found.sentences[1]


@pytest.mark.parametrize(
    ("n", "population", "sd"),
    [
        (200, None, 5.1),
        (1000, None, 11.4),
        (2000, None, 16.1),
        (4000, None, 22.8),
        (1000, 9000, 12.1),
        (2000, 9000, 18.3),
        (4000, 9000, 30.6),
    ],
)
def test_kudus_with_respondents_has_a_break_even(n: int, population: int | None, sd: float) -> None:
    found = compare_published(
        replace(KUDUS_2022, n=n, population=population),
        replace(KUDUS_2023, n=n, population=population),
    )
    assert found.break_even is not None
    assert found.break_even.sd == pytest.approx(sd, abs=0.05)
    assert found.break_even.low == pytest.approx(0.9 * found.break_even.sd)
    assert found.verdict is Verdict.CANNOT_TELL
    assert "simpangan baku" in found.sentences[1]


def test_respondents_needed_at_the_ceiling() -> None:
    needed = compare_published(KUDUS_2022, KUDUS_2023).needed
    assert [one.sd for one in needed[:-1]] == [10, 15, 20, 25]
    # the ceiling is sqrt(m (100 - m)) at the index nearer to 50
    assert needed[-1].sd == pytest.approx(math.sqrt(61.1 * 38.9))
    assert needed[-1].respondents == pytest.approx(18_000, rel=0.02)
    assert [one.respondents for one in needed[:-1]] == [769, 1729, 3074, 4802]
    few = compare_published(KUDUS_2022, replace(KUDUS_2023, population=9000)).needed
    assert few[2].respondents == 2291  # 1/n = 1/3073,2 + 1/9000


def test_a_difference_larger_than_any_spread_is_real() -> None:
    up = compare_published(
        PublishedIndex(2022, 40.0, OLD, n=4000), PublishedIndex(2023, 55.0, OLD, n=4000)
    )
    assert up.verdict is Verdict.UP
    assert "berapa pun" in up.sentences[1]
    down = compare_published(
        PublishedIndex(2022, 55.0, OLD, n=4000), PublishedIndex(2023, 40.0, OLD, n=4000)
    )
    assert down.verdict is Verdict.DOWN


def test_the_ceiling_is_that_of_the_year_nearer_to_50() -> None:
    # 1,96 x 50 x sqrt(1/100 + 1/1e6) = 9,80 > 9,5; at the mean's ceiling it would pass
    found = compare_published(
        PublishedIndex(2022, 50.0, OLD, n=100),
        PublishedIndex(2023, 59.6, OLD, n=1_000_000),
    )
    assert found.verdict is Verdict.CANNOT_TELL


@pytest.mark.parametrize(
    ("later", "verdict", "words"),
    [
        (62.3, Verdict.UP, "Semua pegawai"),
        (61.9, Verdict.DOWN, "Semua pegawai"),
        (62.2, Verdict.CANNOT_TELL, "pembulatan"),
        (62.1, Verdict.CANNOT_TELL, "pembulatan"),
    ],
)
def test_a_census_knows_more_than_its_rounding(later: float, verdict: Verdict, words: str) -> None:
    found = compare_published(
        replace(KUDUS_2022, n=500, population=500),
        PublishedIndex(2023, later, OLD, n=400, population=400),
    )
    assert found.verdict is verdict
    assert words in found.sentences[1]


def test_no_difference_needs_no_respondents() -> None:
    found = compare_published(KUDUS_2022, replace(KUDUS_2023, index=62.1))
    assert {one.respondents for one in found.needed} == {None}
    assert found.sentences[0].endswith("selisih 0,0 poin.")
    assert len(found.sentences) == 2


def test_kalteng_is_not_comparable_because_the_method_changed() -> None:
    found = compare_published(PublishedIndex(2022, 59.5, OLD), PublishedIndex(2024, 76.3, NEW))
    assert not found.comparable
    assert found.verdict is None
    assert found.sentences[0] == "2022: 59,5; 2024: 76,3; selisih +16,8 poin."
    assert "Metode berubah" in found.sentences[1]
    assert "metode-2022" in found.sentences[1]
    assert "bukan perubahan budaya kerja" in found.sentences[1]
    assert (found.break_even, found.needed) == (None, ())


def test_two_kinds_of_index_measure_different_things() -> None:
    found = compare_published(
        PublishedIndex(2024, 76.3, NEW), PublishedIndex(2025, 76.35, COMPOSITE)
    )
    assert not found.comparable
    assert "Jenis indeks berbeda" in found.sentences[1]
    assert "76,35" in found.sentences[0]


def test_english_has_its_own_number_format() -> None:
    found = compare_published(KUDUS_2022, KUDUS_2023, language="en")
    assert "62.1" in found.sentences[0]
    assert "4,802" in found.sentences[2]


# Results of a survey whose truth is known

UNITS = units_of("a", "b", "c")


def year_of(
    year: int, level: dict[str, float], sizes: dict[str, int], *, evidence: bool = False
) -> IndexResult:
    rng = random.Random(year)  # noqa: S311 - test answers, not secrets
    people = [
        Person(unit, some_answers(rng, level=level.get(unit, 0.0)))
        for unit, n in sizes.items()
        for _ in range(n)
    ]
    frame = replace(frame_of(people, UNITS, headcount=threefold), year=year)
    return evaluate(asked(people, frame, evidence={"a": 80.0} if evidence else {}))


def threefold(_unit: str, _stratum: str, n: int) -> int:
    return 3 * n


SIZES = {"a": 150, "b": 120, "c": 60}


@pytest.mark.parametrize(
    ("change", "verdict", "word"),
    [(0.8, Verdict.UP, "Naik"), (-0.8, Verdict.DOWN, "Turun"), (0.0, Verdict.CANNOT_TELL, "Tidak")],
)
def test_a_true_change_is_found(change: float, verdict: Verdict, word: str) -> None:
    earlier = year_of(2025, {}, SIZES)
    later = year_of(2026, dict.fromkeys("abc", change), SIZES)
    found = compare_results(earlier, later)
    assert found.verdict is verdict
    assert found.sentences[1].startswith(word)
    assert (found.earlier, found.later) == (2025, 2026)
    headline = found.changes[0]
    assert headline.difference == pytest.approx(later.headline.index - earlier.headline.index)
    assert headline.low < headline.difference < headline.high
    assert found == compare_results(later, earlier)


def test_no_material_change_lies_inside_a_point() -> None:
    earlier = year_of(2025, {}, SIZES)
    sharp = {"se_change": 0.2, "se_bound": 0.3}
    later = replace(earlier, year=2026, headline=replace(earlier.headline, **sharp))
    earlier = replace(earlier, headline=replace(earlier.headline, **sharp))
    found = compare_results(earlier, later)
    assert found.verdict is Verdict.NO_MATERIAL_CHANGE
    assert "tidak melebihi satu poin" in found.sentences[1]
    assert "0,0 poin karena pegawai" in found.sentences[2]  # no sentence on respondents needed
    assert found.needed == ()


def test_the_decomposition_sums_to_the_difference() -> None:
    earlier = year_of(2025, {"a": -0.5, "c": 0.5}, SIZES)
    later = year_of(2026, {"a": -0.2, "c": 0.5}, {"a": 90, "b": 120, "c": 120})
    found = compare_results(earlier, later)
    split = found.decomposition
    difference = later.total.index - earlier.total.index
    assert split is not None
    assert split.within + split.composition == pytest.approx(difference, abs=1e-9)
    assert split.not_common == pytest.approx(0.0, abs=1e-9)
    assert split.composition > 1.0  # unit c is above the mean and doubled
    assert "susunan unit berubah." in found.sentences[-1]


def test_units_of_one_year_only_are_told_apart() -> None:
    earlier = year_of(2025, {"c": 1.0}, SIZES)
    later = year_of(2026, {}, {"a": 150, "b": 120})
    found = compare_results(earlier, later)
    split = found.decomposition
    assert split is not None
    whole = split.within + split.composition + split.not_common
    assert whole == pytest.approx(later.total.index - earlier.total.index, abs=1e-9)
    assert "hanya ditampilkan pada satu tahun" in found.sentences[-1]


def test_without_common_units_nothing_is_decomposed() -> None:
    earlier, later = year_of(2025, {}, SIZES), replace(year_of(2026, {}, SIZES), units=())
    assert compare_results(earlier, later).decomposition is None


def test_respondents_needed_come_from_the_spread_found() -> None:
    earlier, later = year_of(2025, {}, SIZES), year_of(2026, dict.fromkeys("abc", 0.8), SIZES)
    found = compare_results(earlier, later)
    sd = later.headline.se_bound * math.sqrt(later.n)
    difference = later.headline.index - earlier.headline.index
    inverse = difference**2 / (2 * 1.959964**2 * sd**2) + 1 / later.population
    assert found.needed[0].respondents == math.ceil(1 / inverse)
    assert "responden per tahun" in found.sentences[2]


def test_another_kind_of_index_is_not_compared() -> None:
    found = compare_results(year_of(2025, {}, SIZES), year_of(2026, {}, SIZES, evidence=True))
    assert not found.comparable
    assert found.verdict is None
    assert "Jenis indeks berbeda" in found.sentences[1]
    assert found.decomposition is None


def test_a_break_of_method_is_told() -> None:
    earlier = year_of(2024, {}, SIZES)
    source = replace(earlier.provenance, method="metode-2024")
    found = compare_results(replace(earlier, provenance=source), year_of(2025, {}, SIZES))
    assert not found.comparable
    assert "Metode berubah" in found.sentences[1]


def test_a_bound_is_not_judged() -> None:
    earlier = year_of(2025, {}, SIZES)
    bound = Estimate(97.5, earlier.n, coded="at_least")
    found = compare_results(earlier, replace(year_of(2026, {}, SIZES), headline=bound))
    assert found.verdict is None
    assert "sebagai batas" in found.sentences[1]
    assert found.needed == ()


def test_without_standard_errors_only_a_break_even_is_told() -> None:
    earlier, later = year_of(2025, {}, SIZES), year_of(2026, {}, SIZES)
    bare = replace(later, headline=Estimate(later.headline.index + 3.0, later.n))
    found = compare_results(earlier, bare)
    assert found.verdict is Verdict.CANNOT_TELL
    assert "galat baku tidak diketahui" in found.sentences[1]
    assert found.changes[0].break_even is not None
    everybody = {"population": later.n}
    census = compare_results(replace(earlier, **everybody), replace(bare, n=later.n, **everybody))
    assert census.sentences[1].endswith("galat baku tidak diketahui.")


def test_two_agencies_or_one_year_are_not_compared() -> None:
    result = year_of(2025, {}, SIZES)
    with pytest.raises(UserError, match="satu instansi"):
        compare_results(result, replace(result, agency="lain", year=2026))
    with pytest.raises(UserError, match="tahun yang berbeda"):
        compare_results(result, result)
