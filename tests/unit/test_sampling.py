from __future__ import annotations

import numpy as np
import pytest

from cermin.core.errors import UserError
from cermin.core.sampling import (
    krejcie_morgan,
    minimum_respondents,
    neyman_allocation,
    proportional_allocation,
    slovin,
    target_for_mean,
    target_for_share,
)
from cermin.core.scheme import IndexType, Method, MinimumRule, Scoring, Source, Text

# Table 1 of Krejcie & Morgan (1970), EPM 30: population, sample. Checked against a reprint of the
# article: 10 to 150 and 9000; against other reprints: 220 to 250, 500, 1200 to 1500. The other
# rows are given as they are commonly reprinted and were not checked one by one.
PUBLISHED = """
10 10 15 14 20 19 25 24 30 28 35 32 40 36 45 40 50 44 55 48 60 52 65 56 70 59 75 63 80 66 85 70
90 73 95 76 100 80 110 86 120 92 130 97 140 103 150 108 160 113 170 118 180 123 190 127 200 132
210 136 220 140 230 144 240 148 250 152 260 155 270 159 280 162 290 165 300 169 320 175 340 181
360 186 400 196 420 201 440 205 460 210 480 214 500 217 550 226 600 234 650 242 700 248 750 254
800 260 850 265 900 269 950 274 1000 278 1100 285 1200 291 1300 297 1400 302 1500 306 1600 310
1700 313 1800 317 1900 320 2000 322 2200 327 2400 331 2600 335 2800 338 3000 341 3500 346 4000 351
4500 354 5000 357 6000 361 7000 364 8000 367 9000 368 10000 370 15000 375 20000 377 30000 379
40000 380 50000 381 75000 382 1000000 384
"""
NUMBERS = [int(number) for number in PUBLISHED.split()]
ROWS = list(zip(NUMBERS[::2], NUMBERS[1::2], strict=True))


def method(rule: MinimumRule, parameter: float | None = None) -> Method:
    text = Text("m", "m")
    return Method(
        id="m",
        title=text,
        source=Source("own", own_draft=True),
        years=(2025,),
        index_type=IndexType.IMPLEMENTATION,
        questionnaire="q",
        worksheet=None,
        value_set="v",
        scoring=Scoring.PERCENT_OF_RANGE,
        survey_weight=1.0,
        evidence_weight=0.0,
        decimals=1,
        bands=(),
        minimum_rule=rule,
        minimum_parameter=parameter,
        threshold=10,
    )


@pytest.mark.parametrize(("population", "sample"), ROWS)
def test_krejcie_morgan_reproduces_the_published_table(population: int, sample: int) -> None:
    assert krejcie_morgan(population) == sample


@pytest.mark.parametrize(
    ("population", "margin", "size"),
    [
        (1000, 0.05, 286),  # 1000 / 3.5 = 285.7
        (10000, 0.1, 100),  # 10000 / 101 = 99.01
        (100, 0.1, 50),  # exactly 100 / 2: no person more
        (400, 0.05, 200),  # exactly 400 / 2
        (1, 0.05, 1),
        (0, 0.05, 0),
    ],
)
def test_slovin(population: int, margin: float, size: int) -> None:
    assert slovin(population, margin=margin) == size


@pytest.mark.parametrize("margin", [0.0, 1.0, -0.05, 5.0])
def test_margins_outside_0_1_are_refused(margin: float) -> None:
    for calculate in (slovin, krejcie_morgan):
        with pytest.raises(UserError, match="harus di antara 0 dan 1"):
            calculate(100, margin=margin)
    with pytest.raises(UserError, match="harus di antara 0 dan 1"):
        target_for_share(100, margin=margin)


def test_krejcie_morgan_of_nobody() -> None:
    assert krejcie_morgan(0) == 0


def test_target_for_a_mean_reaches_the_margin_and_no_person_more() -> None:
    population = np.array([30, 120, 900, 100_000])
    sd, margin, z = 16.0, 2.0, 1.959963984540054
    n = target_for_mean(population, sd=sd, margin=margin)

    def reached(n: np.ndarray) -> np.ndarray:
        return z * sd * np.sqrt((1 - n / population) / n)

    assert (reached(n) <= margin).all()
    assert (reached(n - 1) > margin).all()


def test_target_for_a_share_is_cochrans() -> None:
    # 1.96^2 / 4 / 0.05^2 = 384.1; unlimited population 385
    assert target_for_share(10**9, margin=0.05).item() == 385
    n = target_for_share([150, 500, 10_000], margin=0.05)
    assert n.tolist() == [109, 218, 370]  # without Cochran's minus one, 150 would give 108
    assert target_for_share(10_000, margin=0.05, share=0.1).item() == 137


def test_targets_stay_within_the_unit() -> None:
    units = np.array([0, 1, 2, 9])
    assert target_for_mean(units, sd=20, margin=0.01).tolist() == [0, 1, 2, 9]
    assert target_for_share(units, margin=0.05).tolist() == [0, 1, 2, 9]
    assert target_for_mean([50, 60], sd=0, margin=1).tolist() == [0, 0]


def test_higher_confidence_needs_more_people() -> None:
    usual = target_for_mean(1000, sd=16, margin=2)
    assert target_for_mean(1000, sd=16, margin=2, confidence=0.99) > usual


@pytest.mark.parametrize(("sd", "margin"), [(10, 0), (10, -1), (-1, 1)])
def test_impossible_margins_of_a_mean(sd: float, margin: float) -> None:
    with pytest.raises(UserError, match="Batas kesalahan"):
        target_for_mean(100, sd=sd, margin=margin)


def test_impossible_share_and_confidence() -> None:
    with pytest.raises(UserError, match="proporsi 0"):
        target_for_share(100, margin=0.05, share=0)
    with pytest.raises(UserError, match=r"kepercayaan 1\.5"):
        target_for_share(100, margin=0.05, confidence=1.5)


def test_proportional_allocation_by_largest_remainder() -> None:
    # 10 x (0.45, 0.35, 0.20) = 4.5, 3.5, 2.0: the tie goes to the earlier stratum
    assert proportional_allocation(10, np.array([45, 35, 20])).tolist() == [5, 3, 2]
    assert proportional_allocation(0, np.array([45, 35])).tolist() == [0, 0]
    assert proportional_allocation(80, np.array([45, 35])).tolist() == [45, 35]


def test_neyman_follows_size_times_spread() -> None:
    n = neyman_allocation(60, np.array([100, 100, 200]), np.array([30.0, 10.0, 10.0]))
    assert n.tolist() == [30, 10, 20]


def test_neyman_takes_a_small_varied_stratum_whole_and_splits_the_rest() -> None:
    n = neyman_allocation(60, np.array([10, 100, 100]), np.array([90.0, 6.0, 4.0]))
    assert n.tolist() == [10, 30, 20]


def test_neyman_without_spread_left_goes_by_size() -> None:
    n = neyman_allocation(40, np.array([10, 100, 200]), np.array([5.0, 0.0, 0.0]))
    assert n.tolist() == [10, 10, 20]


@pytest.mark.parametrize("total", [-1, 81])
def test_allocation_of_more_than_there_are(total: int) -> None:
    with pytest.raises(UserError, match="antara 0 dan jumlah pegawai 80"):
        proportional_allocation(total, np.array([45, 35]))


@pytest.mark.parametrize(
    ("rule", "parameter", "minimum"),
    [
        (MinimumRule.NONE, None, None),
        (MinimumRule.ENTERED, 140, 140),
        (MinimumRule.SLOVIN, 0.1, 91),
        (MinimumRule.SLOVIN, None, 286),
        (MinimumRule.KREJCIE_MORGAN, None, 278),
        (MinimumRule.KREJCIE_MORGAN, 0.1, 88),
    ],
)
def test_minimum_of_a_method(
    rule: MinimumRule, parameter: float | None, minimum: int | None
) -> None:
    assert minimum_respondents(method(rule, parameter), 1000) == minimum


def test_entered_number_of_an_agency_takes_the_place_of_the_methods() -> None:
    assert minimum_respondents(method(MinimumRule.ENTERED, 140), 100, entered=350) == 350
    assert minimum_respondents(method(MinimumRule.ENTERED), 100, entered=0) == 0
    # other rules compute, whatever was entered
    assert minimum_respondents(method(MinimumRule.SLOVIN), 1000, entered=1) == 286


@pytest.mark.parametrize("parameter", [None, -5])
def test_entered_rule_needs_a_number(parameter: float | None) -> None:
    with pytest.raises(UserError, match="isikan angkanya"):
        minimum_respondents(method(MinimumRule.ENTERED, parameter), 100)


def test_population_cannot_be_negative() -> None:
    with pytest.raises(UserError, match="tidak boleh negatif"):
        minimum_respondents(method(MinimumRule.SLOVIN), -1)
