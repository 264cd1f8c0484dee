"""Linking people to ballots by two signs of order, and how often that hits against chance."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from scipy.stats import binom

NEAR = 8
_ERROR = 1e-6  # how often the bound on chance is passed by chance

Ballot = tuple[int, bytes]  # class and answers, as the attacker reads them
People = Mapping[str, Ballot]  # the truth, for scoring only: who answered what
Sign = Sequence[tuple[Hashable, Hashable]]  # (mark, person or ballot), in order


@dataclass(frozen=True)
class Score:
    """What one pair of signs achieved."""

    signs: str
    n: int
    exact: int
    near: int
    by_chance: float  # exact hits that guessing inside classes brings
    near_by_chance: float

    def line(self, attacker: str) -> str:
        """Return a line of the table that the tests print."""
        return (
            f"{attacker:<46} {self.n:>5} {self.exact / self.n:>8.2%} {self.near / self.n:>8.2%}"
            f" {self.by_chance / self.n:>8.2%} {self.near_by_chance / self.n:>8.2%}  {self.signs}"
        )


TITLE = f"{'attacker':<46} {'n':>5} {'exact':>8} {'±8':>8} {'chance':>8} {'±8':>8}  best signs"


def most_by_chance(expected: float, n: int, tried: int = 1) -> float:
    """Return how many hits guessing reaches once in a million attacks, if ``tried`` are tried."""
    return float(binom.isf(_ERROR / tried, n, min(1.0, expected / n)))


def linked(signs: str, people: Sign, ballots: Sign, truth: People) -> Score:
    """Put people and ballots of a class side by side, in the order of their signs.

    People and ballots that carry the same mark (a transaction, a batch) are linked among
    themselves only; where a sign has no marks, all have the same.
    """
    mine, theirs = _by_cell(people, truth), _by_cell_of_ballots(ballots)
    exact = near = 0
    by_chance = near_by_chance = 0.0
    for cell, persons in mine.items():
        offered = theirs.get(cell, [])
        for i, person in enumerate(persons if offered else []):
            j = min(i * len(offered) // len(persons), len(offered) - 1)
            around = offered[max(0, j - NEAR) : j + NEAR + 1]
            exact += offered[j] == truth[person]
            near += truth[person] in around
            by_chance += 1 / len(offered)
            near_by_chance += len(around) / len(offered)
    return Score(signs, len(truth), exact, near, by_chance, near_by_chance)


def best(scores: Iterable[Score]) -> Score:
    """Return the score that beats chance by most."""
    return max(scores, key=lambda one: one.exact - one.by_chance)


def check_no_better_than_chance(scores: Sequence[Score]) -> None:
    """Fail when any pair of signs links better than guessing inside the classes."""
    for score in scores:
        for hits, expected in (
            (score.exact, score.by_chance),
            (score.near, score.near_by_chance),
        ):
            most = most_by_chance(expected, score.n, 2 * len(scores))
            assert hits <= most, f"{score} (chance reaches {most})"


def _by_cell(people: Sign, truth: People) -> dict[Hashable, list[str]]:
    cells: dict[Hashable, list[str]] = defaultdict(list)
    for mark, person in people:
        assert isinstance(person, str)
        cells[mark, truth[person][0]].append(person)
    return cells


def _by_cell_of_ballots(ballots: Sign) -> dict[Hashable, list[Ballot]]:
    cells: dict[Hashable, list[Ballot]] = defaultdict(list)
    for mark, ballot in ballots:
        assert isinstance(ballot, tuple)
        cells[mark, ballot[0]].append(ballot)
    return cells
