from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cermin.core.errors import UserError
from cermin.core.votes import VoteIndices, VoteOptions, balance, overlap, vote_indices

# two values of two behaviours, one limiting factor outside the values
OPTIONS = VoteOptions(
    options=("jujur", "cermat", "ramah", "cekatan", "menghindari_risiko"),
    values={"akuntabel": (0, 1), "berorientasi_pelayanan": (2, 3)},
    areas=(0, 1, 1, 2, None),
    n_areas=4,
    positive=(True, True, True, True, False),
)
CURRENT = np.array([8, 4, 6, 2, 10])
PERSONAL = np.array([10, 10, 5, 5, 0])
DESIRED = CURRENT // 2  # the same shares


def indices(**changes: np.ndarray) -> VoteIndices:
    lists = {"personal": PERSONAL, "current": CURRENT, "desired": DESIRED} | changes
    return vote_indices(OPTIONS, n_respondents=10, **lists)


def test_values_are_mean_votes_and_implementation_their_plain_mean() -> None:
    result = indices()
    # akuntabel (8 + 4) / (10 x 2), berorientasi_pelayanan (6 + 2) / (10 x 2)
    assert result.values == {"akuntabel": 60.0, "berorientasi_pelayanan": 40.0}
    assert result.implementation == 50.0


def test_energy_balance_alignment_and_total() -> None:
    result = indices()
    assert result.positive_energy == pytest.approx(100 * 20 / 30)
    # areas 8, 10, 2 of 20 and none in the fourth
    p = np.array([8, 10, 2]) / 20
    assert result.balance == pytest.approx(-100 * (p * np.log(p)).sum() / np.log(4))
    # shares of 30: min(10,8) + min(10,4) + min(5,6) + min(5,2) + min(0,10)
    assert result.alignment_personal_current == pytest.approx(100 * 19 / 30)
    assert result.alignment_current_desired == 100.0
    parts = (50.0, result.balance, result.positive_energy, 100 * 19 / 30, 100.0)
    assert result.total == pytest.approx(sum(parts) / 5)


def test_it_is_marked_as_our_own_draft() -> None:
    assert indices().own_draft is True


def test_balance_is_100_when_even_and_0_when_all_on_one_area() -> None:
    assert balance(OPTIONS, np.array([0, 7, 3, 0, 5])) == 0.0
    even = replace(OPTIONS, areas=(0, 1, 2, 3, None))
    assert balance(even, np.array([3, 3, 3, 3, 9])) == pytest.approx(100)


def test_balance_needs_areas_and_votes_on_them() -> None:
    with pytest.raises(UserError, match="Tidak ada suara"):
        balance(OPTIONS, np.array([0, 0, 0, 0, 5]))
    with pytest.raises(ValueError, match="two areas"):
        balance(replace(OPTIONS, n_areas=1), CURRENT)


def test_overlap_compares_shares_not_counts() -> None:
    assert overlap([1, 2, 3], [10, 20, 30]) == 100.0
    assert overlap([5, 0], [0, 3]) == 0.0
    assert overlap([1, 1], [3, 1]) == 75.0


@pytest.mark.parametrize(
    ("name", "shown"), [("personal", "pribadi"), ("current", "saat ini"), ("desired", "diharapkan")]
)
def test_a_list_without_votes_is_refused(name: str, shown: str) -> None:
    with pytest.raises(UserError, match=f"Daftar {shown} tidak memuat suara"):
        indices(**{name: np.zeros(5, dtype=np.int64)})


@pytest.mark.parametrize("wrong", [11, -1])
def test_a_person_votes_once_per_option(wrong: int) -> None:
    with pytest.raises(UserError, match=r"melebihi jumlah responden \(10\)"):
        indices(current=np.array([8, 4, 6, 2, wrong]))


def test_one_count_per_option() -> None:
    with pytest.raises(ValueError, match="one count per option"):
        indices(current=np.array([8, 4, 6, 2]))
