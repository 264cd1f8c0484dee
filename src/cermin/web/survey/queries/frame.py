"""What a closed survey leaves on the disk: its snapshots, and the people they stand for.

One folder per cycle. ``kerangka.json`` names the snapshot of each questionnaire, with the classes
of that snapshot: a section of the ballot has classes and rows of its own, so that nothing joins it
to the main answers.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings

from cermin.core.errors import UserError
from cermin.core.population import Frame, Unit
from cermin.language import N_
from cermin.web.cycles.models import Cycle

FORMAT = 1
FRAME_FILE = "kerangka.json"


class NotClosed(UserError):  # noqa: N818 - says what is so
    """The survey of this cycle has not been closed, or its files are gone."""

    status = 404


@dataclass(frozen=True)
class Kept:
    """One snapshot with its frame."""

    questionnaire: str
    snapshot: str  # name of the file
    rows: int
    frame: Frame


def closed_folder(cycle: Cycle) -> Path:
    """Return the folder with the files of a cycle's closed survey."""
    folder: Path = settings.SITE_FOLDER / "files" / "periode" / cycle.agency.slug / str(cycle.year)
    return folder


def kept_of(cycle: Cycle) -> list[Kept]:
    """Return what the closing has written: the main questionnaire first, then the sections.

    Raises
    ------
    NotClosed
        When it has written nothing.
    """
    try:
        stored = json.loads((closed_folder(cycle) / FRAME_FILE).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise NotClosed(N_("Survei periode ini belum ditutup.")) from error
    return [_kept_from(stored, one) for one in stored["questionnaires"]]


def closed_frame(cycle: Cycle, questionnaire_id: str = "") -> Frame:
    """Return the people behind a snapshot: the main one, or that of a section."""
    return _kept(cycle, questionnaire_id).frame


def snapshot_path(cycle: Cycle, questionnaire_id: str = "") -> Path:
    """Return the file of a snapshot: the main one, or that of a section."""
    return closed_folder(cycle) / _kept(cycle, questionnaire_id).snapshot


def _kept(cycle: Cycle, questionnaire_id: str) -> Kept:
    for one in kept_of(cycle):
        if questionnaire_id in ("", one.questionnaire):
            return one
    raise NotClosed(N_("Survei periode ini tidak memuat kuesioner tersebut."))


def kept_to_json(kept: Sequence[Kept]) -> dict[str, Any]:
    """Return what stands in the frame file of a closed survey."""
    first = kept[0].frame
    return {
        "format": FORMAT,
        "agency": first.agency,
        "agency_name": first.agency_name,
        "agency_class": first.agency_class,
        "year": first.year,
        "questionnaires": [_onekept_to_json(one) for one in kept],
    }


def _onekept_to_json(one: Kept) -> dict[str, Any]:
    return {
        "id": one.questionnaire,
        "snapshot": one.snapshot,
        "rows": one.rows,
        "units": [[unit.id, unit.name, unit.parent] for unit in one.frame.units],
        "stratum_variables": list(one.frame.stratum_variables),
        "strata": [list(labels) for labels in one.frame.strata],
        "headcount": one.frame.headcount.tolist(),
    }


def _kept_from(stored: dict[str, Any], one: dict[str, Any]) -> Kept:
    strata = tuple(tuple(labels) for labels in one["strata"])
    units = tuple(Unit(id, name, parent) for id, name, parent in one["units"])
    headcount = np.array(one["headcount"], dtype=np.int64).reshape(len(units), len(strata))
    frame = Frame(
        agency=stored["agency"],
        agency_name=stored["agency_name"],
        agency_class=stored["agency_class"],
        year=stored["year"],
        units=units,
        stratum_variables=tuple(one["stratum_variables"]),
        strata=strata,
        headcount=headcount,
    )
    return Kept(one["id"], one["snapshot"], one["rows"], frame)
