from __future__ import annotations

import math

import pytest

from cermin.core.errors import UserError
from cermin.core.rounding import classify, exact, format_number, plain_mean, round_half_up
from cermin.core.scheme import Band, Text

BANDS = tuple(
    Band(id, Text(id, id), lower) for id, lower in (("C", 25), ("A", 75), ("B", 50), ("D", 0))
)
NOT_NUMBERS = [math.nan, math.inf, -math.inf]


@pytest.mark.parametrize(
    ("x", "decimals", "rounded"),
    [
        (74.95, 1, 75.0),  # the binary number is below 74.95
        (74.94, 1, 74.9),
        (2.675, 2, 2.68),  # round(2.675, 2) is 2.67
        (0.5, 0, 1.0),
        (2.5, 0, 3.0),  # not to even
        (-0.05, 1, -0.1),
        (1e-7, 1, 0.0),
        (60.942857142857136, 1, 60.9),
        (6000.0, 1, 6000.0),
    ],
)
def test_half_goes_up_on_the_decimal_text(x: float, decimals: int, rounded: float) -> None:
    assert round_half_up(x, decimals) == rounded


def test_no_negative_zero() -> None:
    assert math.copysign(1, round_half_up(-0.04, 1)) == 1
    assert format_number(-0.04, 1) == "0,0"


@pytest.mark.parametrize("x", NOT_NUMBERS)
def test_only_finite_numbers_round(x: float) -> None:
    with pytest.raises(ValueError, match=r"finite|Fraction"):
        round_half_up(x, 1)
    with pytest.raises(ValueError, match=r"finite|Fraction"):
        exact(x)


@pytest.mark.parametrize(
    ("index", "rounded_first", "unrounded"),
    [
        (74.94, "B", "B"),
        (74.95, "A", "B"),
        (74.99, "A", "B"),
        (75.0, "A", "A"),
        (49.95, "B", "C"),
        (24.949, "D", "D"),
        (100.0, "A", "A"),
        (0.0, "D", "D"),
    ],
)
def test_rounding_before_classifying_decides_at_the_edges(
    index: float, rounded_first: str, unrounded: str
) -> None:
    assert classify(index, BANDS, decimals=1).id == rounded_first
    assert classify(index, BANDS).id == unrounded


def test_precision_is_a_setting() -> None:
    assert classify(74.95, BANDS, decimals=2).id == "B"
    assert classify(74.995, BANDS, decimals=2).id == "A"


def test_below_every_band_is_said() -> None:
    with pytest.raises(UserError, match=r"Indeks 20\.0 di bawah batas kategori terendah"):
        classify(19.96, BANDS[:2], decimals=1)


def test_skm_divides_by_exactly_nine() -> None:
    elements = [3.5, 3.6, 3.7, 3.8, 3.6, 3.7, 3.6, 3.7, 3.73]
    exact_mean = plain_mean(elements) * 25
    with_rounded_weight = sum(0.11 * element for element in elements) * 25
    assert round_half_up(exact_mean, 2) == 91.47
    assert round_half_up(with_rounded_weight, 2) == 90.56
    assert with_rounded_weight / exact_mean == pytest.approx(0.99)


def test_published_skm_figures_differ_by_the_rounded_weight() -> None:
    # the same 29 forms were published as 90.56 (0.11) and 91.48 (1/9)
    assert round_half_up(91.48 * 9 * 0.11, 1) == round_half_up(90.56, 1)


def test_mean_is_exact_on_the_decimal_text() -> None:
    scores = [74.9, 75.0]
    assert plain_mean(scores) == 74.95
    assert plain_mean([0.1] * 10) == 0.1  # sum([0.1] * 10) is 0.9999999999999999


def test_mean_needs_a_score() -> None:
    with pytest.raises(ValueError, match="at least one"):
        plain_mean([])


@pytest.mark.parametrize(
    ("x", "decimals", "indonesian", "english"),
    [
        (61.1, 1, "61,1", "61.1"),
        (6000, 0, "6.000", "6,000"),
        (936476.25, 1, "936.476,3", "936,476.3"),
        (-1.05, 1, "-1,1", "-1.1"),
        (1e-9, 2, "0,00", "0.00"),
        (1234567.0, 2, "1.234.567,00", "1,234,567.00"),
    ],
)
def test_number_text(x: float, decimals: int, indonesian: str, english: str) -> None:
    assert format_number(x, decimals) == indonesian
    assert format_number(x, decimals, "id") == indonesian
    assert format_number(x, decimals, "en") == english
