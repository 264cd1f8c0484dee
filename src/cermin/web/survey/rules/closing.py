"""Closing: who may bring it about, what stops it, and the classes of what is kept."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

from cermin.core.errors import UserError
from cermin.core.population import Frame, Unit
from cermin.intake.categories import STRATUM_CATEGORIES
from cermin.language import N_
from cermin.web.cycles.models import Cycle
from cermin.web.cycles.rules.permissions import check_reason
from cermin.web.organisations.rules import Member, check_owner
from cermin.web.survey.models import BoxKey, KeyHolder, KeyMode, Survey, SurveyState
from cermin.web.survey.rules.classes import SMALL_UNITS, SMALL_UNITS_NAME, Cell, merged_classes
from cermin.web.survey.rules.keys import check_can_see_keys
from cermin.web.survey.rules.states import RUNNING

CONFIRMATION = "TUTUP"
GIVING_UP = "MUSNAHKAN"
READING, WRITING, STORING = 5, 80, 90  # percent of a closing at which its long steps begin
SEARCH = timedelta(days=30)  # after the end: the time to look for a copy before giving the box up


class ClosingStopped(UserError):  # noqa: N818 - what happened
    """The box holds what it cannot hold; nothing is destroyed.

    ``classes``: unit, labels, ballots and drawn ballots of each class with too many;
    ``unreadable``: ballots that cannot be read, the one trouble that an owner may accept.
    """

    def __init__(
        self,
        template: str,
        classes: Sequence[tuple[Cell, int, int]] = (),
        unreadable: int = 0,
        **gaps: Any,
    ) -> None:
        super().__init__(template, **gaps)
        self.classes = tuple(classes)
        self.unreadable = unreadable


# ------------------------------------------------------------------ who may


def check_can_close_by_hand(by: Member, cycle: Cycle, survey: Survey, confirmation: str) -> None:
    """Owners of a survey that runs, who typed that they mean it."""
    check_owner(by, cycle.agency)
    if survey.state not in RUNNING:
        raise UserError(N_("Survei periode ini tidak sedang berjalan."))
    _check_is_meant(confirmation, CONFIRMATION)


def _check_is_meant(typed: str, word: str) -> None:
    if typed.strip().upper() != word:
        raise UserError(N_("Ketik {word} untuk memastikan."), word=word)


def check_can_open_box(
    by: Member, cycle: Cycle, survey: Survey, box_key: BoxKey, holder: KeyHolder | None
) -> None:
    """Holders and owners, once the survey has ended.

    An owner too, since all holders may have left the agency; copy and passphrase decide.
    """
    check_can_see_keys(by, cycle, holder)
    if survey.state != SurveyState.CLOSING:
        raise UserError(N_("Kotak suara dibuka hanya saat survei ditutup."))
    if box_key.mode != KeyMode.WITNESSED:
        raise UserError(N_("Kunci periode ini disimpan situs; tidak ada yang diserahkan."))


def check_can_try_again(by: Member, cycle: Cycle, survey: Survey) -> None:
    """Owners, when the closing was stopped: once the cause is gone, it may go on."""
    check_owner(by, cycle.agency)
    if survey.state != SurveyState.STOPPED:
        raise UserError(N_("Penutupan survei ini tidak dihentikan."))


def unreadable_of(survey: Survey) -> int:
    """Return how many unreadable ballots have stopped the closing."""
    return int((survey.problem or {}).get("unreadable", 0))


def check_can_give_up(by: Member, cycle: Cycle, survey: Survey, reason: str) -> None:
    """Owners, when nothing but unreadable ballots has stopped the closing, and telling why."""
    check_can_try_again(by, cycle, survey)
    if not unreadable_of(survey):
        raise UserError(N_("Penutupan ini tidak terhenti karena surat suara yang tidak terbaca."))
    check_reason(reason)


def check_can_give_box_up(
    by: Member, cycle: Cycle, survey: Survey, *, has_key: bool, ends_at: datetime, now: datetime
) -> None:
    """Owners, once nobody has come with a key for as long as copies are looked for."""
    check_owner(by, cycle.agency)
    if survey.state != SurveyState.CLOSING or has_key or survey.box_given_up:
        raise UserError(N_("Penutupan survei ini tidak sedang menunggu kunci."))
    if now < ends_at + SEARCH:
        raise UserError(
            N_("Kotak suara baru dapat dimusnahkan {n} hari sesudah survei berakhir."),
            n=SEARCH.days,
        )


def check_giving_up_is_meant(reason: str, confirmation: str) -> None:
    """A reason was given and the word was typed."""
    check_reason(reason)
    _check_is_meant(confirmation, GIVING_UP)


# ------------------------------------------------------------------ what stops it


def check_totals(*, boxed: int, drawn: int, accepted: int) -> None:
    """Before the box is opened: as many ballots as were accepted, no more than were drawn."""
    if boxed > drawn:
        raise ClosingStopped(
            N_("Kotak suara berisi {boxed} surat suara, padahal hanya {drawn} yang diambil."),
            boxed=boxed, drawn=drawn,
        )  # fmt: skip
    if boxed != accepted:
        raise ClosingStopped(
            N_("Kotak suara berisi {boxed} surat suara, padahal {accepted} yang diterima."),
            boxed=boxed, accepted=accepted,
        )  # fmt: skip


def check_opened(
    *, unreadable: int, ballots: Mapping[Cell, int], drawn: Mapping[Cell, int], given_up: int = 0
) -> None:
    """When it is open: every ballot readable, in no class more than were drawn there.

    Unreadable ones stop it unless the owner has ``given_up`` as many; each may have been of any
    class, so they do not count there.
    """
    if unreadable > given_up:
        raise ClosingStopped(
            N_("{n} surat suara di kotak tidak dapat dibaca dengan kunci periode ini."),
            unreadable=unreadable, n=unreadable,
        )  # fmt: skip
    forged = [
        (cell, n, drawn.get(cell, 0))
        for cell, n in sorted(ballots.items())
        if n > drawn.get(cell, 0)
    ]
    if forged:
        raise ClosingStopped(
            N_("Pada {n} kelas ada lebih banyak surat suara daripada yang diambil."),
            forged, n=len(forged),
        )  # fmt: skip


# ------------------------------------------------------------------ classes that are kept


@dataclass(frozen=True)
class Classes:
    """The classes of a survey: cell and people of each number."""

    cells: Mapping[int, Cell]
    people: Mapping[Cell, int]

    def counted(self, numbers: npt.NDArray[np.int32]) -> Counter[Cell]:
        """Return how many of ``numbers`` belong to each cell."""
        found, n = np.unique(numbers, return_counts=True)
        return Counter({self.cells[int(i)]: int(k) for i, k in zip(found, n, strict=True)})


@dataclass(frozen=True)
class House:
    """The agency behind a snapshot; ``units`` with parents before children."""

    agency: str
    agency_name: str
    agency_class: str
    year: int
    units: tuple[Unit, ...]
    stratum_variables: tuple[str, ...]
    threshold: int


def classes_kept(
    people: Mapping[Cell, int], ballots: Mapping[Cell, int], house: House
) -> dict[Cell, Cell]:
    """Return the class under which each class of ballots is kept.

    With fewer ballots than the threshold a class is merged upwards; one without any ballot stays
    where it is, as nobody can be found among no answers.
    """
    parents = {unit.id: unit.parent for unit in house.units}
    merged = merged_classes(ballots, parents, threshold=house.threshold)
    return {cell: merged.get(cell, cell) for cell in people}


def frame_of(house: House, people: Mapping[Cell, int], kept: Mapping[Cell, Cell]) -> Frame:
    """Return the people behind a snapshot, counted under the classes that it keeps."""
    counts: Counter[Cell] = Counter()
    for cell, n in people.items():
        counts[kept[cell]] += n
    units = house.units
    if any(cell.unit == SMALL_UNITS for cell in counts):
        units = (*units, Unit(SMALL_UNITS, SMALL_UNITS_NAME))
    strata = _strata(house.stratum_variables, {cell.strata for cell in counts})
    unit_at = {unit.id: i for i, unit in enumerate(units)}
    stratum_at = {labels: i for i, labels in enumerate(strata)}
    headcount = np.zeros((len(units), len(strata)), dtype=np.int64)
    for cell, n in counts.items():
        headcount[unit_at[cell.unit], stratum_at[cell.strata]] = n
    return Frame(
        agency=house.agency,
        agency_name=house.agency_name,
        agency_class=house.agency_class,
        year=house.year,
        units=units,
        stratum_variables=house.stratum_variables,
        strata=strata,
        headcount=headcount,
    )


def _strata(variables: Sequence[str], used: set[tuple[str, ...]]) -> tuple[tuple[str, ...], ...]:
    """Return all combinations of the labels that occur, in the order of the categories."""
    orders = [
        sorted({labels[i] for labels in used}, key=lambda one: _place(variables[i], one))
        for i in range(len(variables))
    ]
    return tuple(itertools.product(*orders))


def _place(variable: str, label: str) -> tuple[int, str]:
    known = list(STRATUM_CATEGORIES[variable][1])
    return (known.index(label) if label in known else len(known), label)
