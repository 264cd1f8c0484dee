"""Writing the snapshots of a closed survey: one file per questionnaire, each with its classes."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from cermin.core.scheme import Column, Questionnaire
from cermin.engines.snapshot import SnapshotDescription, write_snapshot
from cermin.reports.result_file import write_atomically
from cermin.web.cycles.models import Cycle
from cermin.web.files import to_disk
from cermin.web.survey.models import Survey
from cermin.web.survey.queries.box import OpenedBox
from cermin.web.survey.queries.frame import FRAME_FILE, Kept, closed_folder, kept_to_json
from cermin.web.survey.rules.answers import UNANSWERED, Paper
from cermin.web.survey.rules.classes import Cell
from cermin.web.survey.rules.closing import Classes, House, classes_kept, frame_of


def write_files(
    survey: Survey, paper: Paper, box: OpenedBox, classes: Classes, house: House
) -> list[Kept]:
    """Write all snapshots and the frame file anew; they are on the disk when this returns."""
    cycle: Cycle = survey.cycle
    folder = make_folder(cycle)
    _remove_earlier(folder)
    kept = [
        _written(folder, questionnaire, rows, classes, house)
        for questionnaire, rows in _tables(paper, box)
    ]
    text = json.dumps(kept_to_json(kept), ensure_ascii=False, indent=1, sort_keys=True)
    write_atomically(folder / FRAME_FILE, f"{text}\n".encode())
    (folder / FRAME_FILE).chmod(0o600)
    to_disk(folder)
    return kept


def _remove_earlier(folder: Path) -> None:
    """Remove what an interrupted closing has written; all of it is written again."""
    for pattern in (".*.part", "snapshot-*.parquet", FRAME_FILE):
        for path in folder.glob(pattern):
            path.unlink()


def make_folder(cycle: Cycle) -> Path:
    """Return the folder for the files of a cycle; only the site may look inside."""
    folder = closed_folder(cycle)
    for one in (folder.parent.parent.parent, folder.parent.parent, folder.parent, folder):
        one.mkdir(mode=0o700, exist_ok=True)
    return folder


@dataclass(frozen=True)
class _Rows:
    """The ballots that answer at least one question of a questionnaire."""

    columns: tuple[Column, ...]
    codes: npt.NDArray[np.uint8]
    classes: npt.NDArray[np.int32]


def _tables(paper: Paper, box: OpenedBox) -> Iterator[tuple[Questionnaire, _Rows]]:
    for position, questionnaire in enumerate(paper.questionnaires):
        held = [i for i, (owner, _c) in enumerate(paper.columns) if owner == position]
        if not held:  # a section of comments only
            continue
        codes = box.columns[held[0] : held[-1] + 1]
        answered = np.asarray((codes != UNANSWERED).any(axis=0))
        rows = _Rows(questionnaire.columns, codes[:, answered], box.classes[answered])
        yield questionnaire, rows


def _written(
    folder: Path, questionnaire: Questionnaire, rows: _Rows, classes: Classes, house: House
) -> Kept:  # fmt: skip
    kept = classes_kept(classes.people, classes.counted(rows.classes), house)
    description = SnapshotDescription(
        agency=house.agency,
        year=house.year,
        questionnaire=questionnaire.id,
        questionnaire_sha256=questionnaire.sha256,
        strata=house.stratum_variables,
        items=tuple(column.name for column in rows.columns),
        low=min(column.low for column in rows.columns),
        high=max(column.high for column in rows.columns),
    )
    table = _table(
        rows, description, {number: kept[cell] for number, cell in classes.cells.items()}
    )
    path = write_snapshot(table, description=description, folder=folder)
    path.chmod(0o600)
    to_disk(path)
    return Kept(questionnaire.id, path.name, table.num_rows, frame_of(house, classes.people, kept))


def _table(rows: _Rows, description: SnapshotDescription, kept: Mapping[int, Cell]) -> pa.Table:
    n = rows.classes.size
    numbers = sorted(kept)
    place = np.searchsorted(np.array(numbers, np.int32), rows.classes).astype(np.int32)
    one_agency = pa.array([description.agency])
    columns = {"agency": pa.DictionaryArray.from_arrays(np.zeros(n, np.int32), one_agency)}
    labels = {"unit": [kept[i].unit for i in numbers]} | {
        name: [kept[i].strata[s] for i in numbers] for s, name in enumerate(description.strata)
    }
    for name, values in labels.items():
        columns[name] = pa.array(values, pa.string()).take(pa.array(place))
    for column, codes in zip(rows.columns, rows.codes, strict=True):
        columns[column.name] = pa.array(codes.astype(np.int8), mask=codes == UNANSWERED)
    return pa.table(columns)


def in_random_order(n: int) -> npt.NDArray[np.int64]:
    """Return the numbers below ``n`` in an order that nobody can guess."""
    return np.random.default_rng(secrets.randbits(128)).permutation(n)
