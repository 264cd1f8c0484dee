"""Opening the box: all ballots, as columns of numbers in which no order is left to see.

One ballot takes a few dozen bytes here, so that a million of them fit into little memory.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from cermin.core.errors import UserError
from cermin.web.ballot_sealing import BoxOpener
from cermin.web.survey.models import BoxedBallot, Survey
from cermin.web.survey.rules.answers import UNANSWERED, Ballot, Paper, decoded

_CHUNK = 4_000
_THREADS = 4  # opening is done by libsodium, which does not hold up other threads

Told = Callable[[float], object]  # is told how much is done, from 0 to 1


@dataclass
class OpenedBox:
    """What was in the box.

    ``columns[c, b]``: answer of ballot ``b`` in column ``c`` of the paper. Comments stand apart:
    of each one the position of its question on the paper, its class and its text.
    """

    classes: npt.NDArray[np.int32]
    columns: npt.NDArray[np.uint8]
    comment_questions: array[int] = field(default_factory=lambda: array("H"))
    comment_classes: array[int] = field(default_factory=lambda: array("L"))
    comment_texts: list[str] = field(default_factory=list)
    unreadable: int = 0


def nothing_opened(paper: Paper) -> OpenedBox:
    """Return what a box that is given up yields."""
    return OpenedBox(np.zeros(0, np.int32), np.zeros((len(paper.columns), 0), np.uint8))


def opened_box(
    survey: Survey, paper: Paper, private_key: bytes, *, numbers: frozenset[int], told: Told
) -> OpenedBox:
    """Open every ballot of a survey; those that cannot be read are counted only.

    ``numbers`` are the numbers of the survey's classes.
    """
    n = BoxedBallot.objects.filter(survey=survey).count()
    box = OpenedBox(np.zeros(n, np.int32), np.full((len(paper.columns), n), UNANSWERED, np.uint8))
    reader = _Reader(paper, BoxOpener(private_key), numbers)
    at = 0
    with ThreadPoolExecutor(_THREADS) as openers:
        for chunk in _chunks(survey):
            parts = [chunk[i::_THREADS] for i in range(_THREADS)]
            ballots = [one for part in openers.map(reader.read, parts) for one in part]
            at = _put(box, at, ballots, len(chunk) - len(ballots), reader)
            told(min((at + box.unreadable) / n, 1.0))
    box.classes, box.columns = box.classes[:at], box.columns[:, :at]
    return box


@dataclass(frozen=True)
class _Reader:
    paper: Paper
    opener: BoxOpener
    numbers: frozenset[int]

    def read(self, chunk: Sequence[bytes]) -> list[Ballot]:
        return [ballot for ballot in map(self.one, chunk) if ballot is not None]

    def one(self, sealed: bytes) -> Ballot | None:
        try:
            ballot = decoded(self.paper, self.opener.open(sealed))
        except (UserError, UnicodeDecodeError):
            return None
        whole = len(ballot.columns) == len(self.paper.columns)
        return ballot if whole and ballot.class_number in self.numbers else None


def _put(box: OpenedBox, at: int, ballots: list[Ballot], unreadable: int, reader: _Reader) -> int:
    """Add ballots at ``at`` and return where the next ones go."""
    columns = np.frombuffer(b"".join(one.columns for one in ballots), np.uint8)
    columns = columns.reshape(len(ballots), len(reader.paper.columns)).T
    allowed = _allowed(columns, reader.paper)
    end = at + int(np.count_nonzero(allowed))
    box.columns[:, at:end] = columns[:, allowed]
    box.classes[at:end] = np.array([one.class_number for one in ballots], np.int32)[allowed]
    box.unreadable += unreadable + len(ballots) - (end - at)
    for ballot in ballots:
        for question, text in enumerate(ballot.comments):
            if text:
                box.comment_questions.append(question)
                box.comment_classes.append(ballot.class_number)
                box.comment_texts.append(text)
    return end


def _allowed(columns: npt.NDArray[np.uint8], paper: Paper) -> npt.NDArray[np.bool_]:
    """Return which ballots have nothing but answers that their questions offer."""
    low = np.array([column.low for _q, column in paper.columns], np.uint8)[:, None]
    high = np.array([column.high for _q, column in paper.columns], np.uint8)[:, None]
    fits = (columns == UNANSWERED) | ((columns >= low) & (columns <= high))
    return np.asarray(fits.all(axis=0))


def _chunks(survey: Survey) -> Iterator[list[bytes]]:
    last = 0
    while True:
        rows = list(
            BoxedBallot.objects.filter(survey=survey, pk__gt=last)
            .order_by("pk")
            .values_list("pk", "sealed")[:_CHUNK]
        )
        if not rows:
            return
        last = rows[-1][0]
        yield [bytes(sealed) for _pk, sealed in rows]
