"""Properties of rounding, allocation, worksheet, priority, votes and NIP."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from cermin.core.nip import Nip, mask, parse_nip
from cermin.core.priority import priority_matrix
from cermin.core.rounding import format_number, plain_mean, round_half_up
from cermin.core.sampling import neyman_allocation, proportional_allocation, slovin
from cermin.core.scheme import Aspect, Criterion, CriterionKind, Source, Text, Worksheet
from cermin.core.votes import overlap
from cermin.core.worksheet import score_worksheet

TEXT = Text("teks", "text")


@given(st.floats(-1e6, 1e6), st.integers(0, 4))
def test_rounding_moves_by_half_a_step_at_most(x: float, decimals: int) -> None:
    rounded = Decimal(repr(round_half_up(x, decimals)))
    assert abs(rounded - Decimal(repr(x))) * 2 <= Decimal(1).scaleb(-decimals)


@given(st.integers(0, 10**6), st.integers(1, 4))
def test_a_final_five_goes_up(steps: int, decimals: int) -> None:
    half = Decimal(2 * steps + 1).scaleb(-decimals) / 2  # exactly between two steps
    above = Decimal(steps + 1).scaleb(-decimals)
    assert round_half_up(float(half), decimals) == float(above)


@given(st.floats(-1e9, 1e9), st.integers(0, 3))
def test_both_languages_write_the_same_number(x: float, decimals: int) -> None:
    english = format_number(x, decimals, "en")
    indonesian = format_number(x, decimals, "id")
    assert float(english.replace(",", "")) == round_half_up(x, decimals)
    assert indonesian.replace(".", " ").replace(",", ".").replace(" ", ",") == english


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=9))
def test_mean_of_one_decimal_scores_is_exact(tenths: list[int]) -> None:
    mean = plain_mean([t / 10 for t in tenths])
    assert mean == float(Decimal(sum(tenths)) / 10 / len(tenths))


@given(
    arrays.arrays(np.int64, 6, elements=st.integers(0, 400)).filter(lambda n: n.sum() > 0),
    arrays.arrays(np.float64, 6, elements=st.sampled_from([0.0, 0.5, 3.0, 20.0])),
    st.floats(0, 1),
)
def test_allocations_sum_and_fit(population: np.ndarray, sd: np.ndarray, fraction: float) -> None:
    total = int(fraction * population.sum())
    for n in (proportional_allocation(total, population), neyman_allocation(total, population, sd)):
        assert n.sum() == total
        assert ((n >= 0) & (n <= population)).all()


@given(st.integers(1, 10**7), st.sampled_from([0.01, 0.05, 0.1]))
def test_slovin_never_asks_for_more_than_there_are(population: int, margin: float) -> None:
    n = slovin(population, margin=margin)
    assert 1 <= n <= population
    assert n <= slovin(population + 1, margin=margin)


@given(st.lists(st.sampled_from(["Ya", "Tidak", "TB"]), min_size=1, max_size=12))
def test_not_applicable_is_as_if_it_were_not_asked(given_answers: list[str]) -> None:
    def score(answers: list[str]) -> float:
        criteria = tuple(
            Criterion(f"c{i}", TEXT, CriterionKind.YES_NO, TEXT, may_be_not_applicable=True)
            for i in range(len(answers))
        )
        source = Source("own", own_draft=True)
        sheet = Worksheet("w", TEXT, source, (Aspect("a", TEXT, 2.5, criteria=criteria),))
        filled = {f"c{i}": answer for i, answer in enumerate(answers)}
        return score_worksheet(sheet, filled).percent

    asked = [answer for answer in given_answers if answer != "TB"]
    if asked:
        assert score(given_answers) == score(asked)
        assert 0 <= score(asked) <= 100


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(-1, 1)), min_size=1, max_size=21))
def test_priority_does_not_depend_on_order(pairs: list[tuple[float, float]]) -> None:
    scores, associations = zip(*pairs, strict=True)
    forward = priority_matrix(scores, associations)
    assert priority_matrix(scores[::-1], associations[::-1]) == forward[::-1]
    assert set(forward) & {"keep", "watch"}  # some score reaches the mean
    assert set(forward) & {"keep", "improve_first"}  # some association reaches the median


VOTES = arrays.arrays(np.int64, 5, elements=st.integers(0, 50)).filter(lambda v: v.sum() > 0)


@given(VOTES, VOTES)
def test_overlap_is_symmetric_and_full_only_with_itself(p: np.ndarray, q: np.ndarray) -> None:
    assert overlap(p, q) == overlap(q, p)
    assert 0 <= overlap(p, q) <= 100
    assert overlap(p, p) == 100
    assert (overlap(p, q) == 100) == bool((p * q.sum() == q * p.sum()).all())


@given(
    st.dates(date(1950, 1, 1), date(2000, 12, 31)),
    st.integers(2017, 2026),
    st.integers(1, 12),
    st.integers(1, 2),
    st.integers(1, 999),
)
def test_every_well_formed_nip_is_read_back(
    birth: date, year: int, month: int, sex: int, serial: int
) -> None:
    digits = f"{birth:%Y%m%d}{year}{month:02}{sex}{serial:03}"
    nip = parse_nip(digits)
    assert nip.valid
    assert (nip.birth_date, nip.appointment_year, nip.appointment_month) == (birth, year, month)
    assert nip.serial == f"{serial:03}"


@given(st.one_of(st.text(), st.integers(), st.floats(), st.none(), st.booleans()))
def test_any_cell_is_read_without_an_error(cell: object) -> None:
    nip = parse_nip(cell)
    assert isinstance(nip, Nip)
    assert nip.valid == (nip.problems == ())
    assert len(mask(nip.digits)) == len(nip.digits)


@given(st.text(alphabet="0123456789", min_size=18, max_size=18))
def test_the_mask_never_shows_birth_or_sex(digits: str) -> None:
    assert set(mask(digits)[:15]) == {"•"}
