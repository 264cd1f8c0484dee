"""Sub-indices of a choose-k questionnaire (the 2022 and 2023 family): Cermin's own draft.

Each respondent votes k options for what is personal, what is seen in the organisation now
(current) and what is wished for (desired). The official report names six indices; their formulas
and the weights that combine them are not published. The formulas below are Cermin's own, chosen
to be simple and on 0..100. They do not reproduce official figures and must be labelled as a draft.

Votes are ipsative: no reliability or item correlation exists for them (see ``reliability``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log

import numpy as np

from cermin.core.errors import UserError
from cermin.core.moments import Ints


@dataclass(frozen=True)
class VoteOptions:
    """The list that people choose from; positions refer to it.

    Attributes
    ----------
    options
        Ids of the options.
    values
        For each value id, the positions of its behaviours.
    areas
        Area of awareness of each option, or None for an option outside the areas.
    n_areas
        Number of areas (six in the 2022 report); areas are 0 .. n_areas - 1.
    positive
        Whether each option is a positive trait (false: a limiting factor).
    """

    options: tuple[str, ...]
    values: Mapping[str, tuple[int, ...]]
    areas: tuple[int | None, ...]
    n_areas: int
    positive: tuple[bool, ...]


@dataclass(frozen=True)
class VoteIndices:
    """Sub-indices on 0..100; ``own_draft`` goes with every number."""

    values: Mapping[str, float]
    implementation: float
    balance: float
    positive_energy: float
    alignment_personal_current: float
    alignment_current_desired: float
    total: float
    own_draft: bool = True


def vote_indices(
    options: VoteOptions, *, n_respondents: int, personal: Ints, current: Ints, desired: Ints
) -> VoteIndices:
    """All sub-indices from the votes on each option in the three lists.

    - value: 100 x votes on its behaviours / (respondents x behaviours), the mean of 0/1 votes;
      implementation: plain mean of the values.
    - balance: 100 x H / ln A, H the entropy of current votes over A areas.
    - positive energy: 100 x positive votes / all votes, current list.
    - alignment of two lists: 100 x sum_i min(p_i, q_i), p and q the shares of votes.
    - total: plain mean of the five.

    Parameters
    ----------
    options
        What the positions mean.
    n_respondents
        People who voted.
    personal, current, desired
        Votes by option, shape (options,).

    Raises
    ------
    UserError
        When a list has no votes, or an option has more votes than there are respondents.
    """
    lists = {"pribadi": personal, "saat ini": current, "diharapkan": desired}
    for name, votes in lists.items():
        _check(name, votes, options, n_respondents)
    values = value_indices(options, current, n_respondents)
    parts = (
        sum(values.values()) / len(values),
        balance(options, current),
        positive_energy(options, current),
        overlap(personal, current),
        overlap(current, desired),
    )
    return VoteIndices(values, *parts, total=sum(parts) / len(parts))


def _check(name: str, votes: Ints, options: VoteOptions, n_respondents: int) -> None:
    if votes.shape != (len(options.options),):
        raise ValueError("votes must have one count per option")
    if votes.sum() == 0:
        raise UserError("Daftar {name} tidak memuat suara.", name=name)
    if votes.min() < 0 or votes.max() > n_respondents:
        raise UserError(
            "Daftar {name}: suara suatu pilihan melebihi jumlah responden ({n}) atau negatif.",
            name=name,
            n=n_respondents,
        )


def value_indices(options: VoteOptions, votes: Ints, n_respondents: int) -> dict[str, float]:
    """Share of votes of each value: mean of the 0/1 votes on its behaviours, x 100."""
    return {
        value: 100 * int(votes[list(positions)].sum()) / (n_respondents * len(positions))
        for value, positions in options.values.items()
    }


def balance(options: VoteOptions, votes: Ints) -> float:
    """Normalised entropy over the areas: 100 when votes are spread evenly, 0 when all on one."""
    if options.n_areas < 2:
        raise ValueError("balance needs at least two areas")
    counts = [0] * options.n_areas
    for area, vote in zip(options.areas, votes.tolist(), strict=True):
        if area is not None:
            counts[area] += vote
    total = sum(counts)
    if total == 0:
        raise UserError("Tidak ada suara pada pilihan yang termasuk suatu area.")
    entropy = -sum(c / total * log(c / total) for c in counts if c)
    return 100 * abs(entropy) / log(options.n_areas)  # abs: one area alone gives -0.0


def positive_energy(options: VoteOptions, votes: Ints) -> float:
    """Share of votes on positive traits, x 100."""
    return 100 * int(votes[np.asarray(options.positive, dtype=bool)].sum()) / int(votes.sum())


def overlap(first: Ints | Sequence[int], second: Ints | Sequence[int]) -> float:
    """Overlap of two distributions of votes, 100 x sum min(p, q): 100 equal, 0 disjoint."""
    p, q = np.asarray(first, dtype=np.int64), np.asarray(second, dtype=np.int64)
    n_p, n_q = int(p.sum()), int(q.sum())
    return 100 * int(np.minimum(p * n_q, q * n_p).sum()) / (n_p * n_q)
