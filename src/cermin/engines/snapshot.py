"""Snapshots: the immutable answers of one cycle, as one Parquet file named by its sha256.

Rows are sorted by agency, unit, strata and then by *all* answers, so the order in which people
answered cannot survive in the file. Every published number cites the name of its snapshot.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from cermin.core.errors import UserError
from cermin.core.moments import TabulationSpec
from cermin.language import _

ROW_GROUP = 250_000
METADATA_KEY = b"cermin"
FORMAT_VERSION = 1

Codes = npt.NDArray[np.int64]


@dataclass(frozen=True)
class SnapshotDescription:
    """What a snapshot holds; written into the file by whoever closes the cycle.

    ``agency`` is empty when the file holds several agencies.
    """

    agency: str
    year: int
    questionnaire: str
    questionnaire_sha256: str
    strata: tuple[str, ...]
    items: tuple[str, ...]
    low: int
    high: int

    @property
    def keys(self) -> tuple[str, ...]:
        """Names of the label columns, in sort order."""
        return ("agency", "unit", *self.strata)

    @property
    def schema(self) -> pa.Schema:
        """Arrow schema of the rows."""
        keys = [pa.field(name, pa.string(), nullable=False) for name in self.keys]
        return pa.schema([*keys, *(pa.field(name, pa.int8()) for name in self.items)])


@dataclass(frozen=True)
class SnapshotMetadata:
    """The description and the totals that the file claims of itself."""

    description: SnapshotDescription
    rows: int
    classes: int  # unit x strata with respondents
    class_counts_sha256: str


def write_snapshot(table: pa.Table, *, description: SnapshotDescription, folder: Path) -> Path:
    """Write ``table`` in canonical order to ``folder/snapshot-<sha256>.parquet``."""
    rows = _checked(table, description)
    keys = [_label_codes(rows[name]) for name in description.keys]
    # One column at a time: as 64-bit numbers all of them together would take eight times the rows.
    answers = (_answer_codes(rows[name], description) for name in description.items)
    order = _canonical_order(chain(keys, answers))
    rows = rows.take(pa.array(order))
    class_counts = _class_counts([(labels, codes[order]) for labels, codes in keys])
    rows = rows.replace_schema_metadata(
        {METADATA_KEY: _metadata_json(description, rows.num_rows, class_counts)}
    )
    folder.mkdir(parents=True, exist_ok=True)
    return _write_named_by_hash(rows, folder, description)


def read_metadata(path: Path) -> SnapshotMetadata:
    """Return what the snapshot says about itself."""
    try:
        stored = (pq.read_schema(path).metadata or {}).get(METADATA_KEY)
    except (OSError, pa.ArrowException) as error:
        raise UserError("{path} tidak dapat dibaca sebagai snapshot.", path=path.name) from error
    if stored is None:
        raise UserError("{path} bukan snapshot Cermin.", path=path.name)
    return _metadata_from_json(stored, path)


def spec_of(
    description: SnapshotDescription,
    *,
    values: Sequence[Sequence[int]],
    min_answered: int,
) -> TabulationSpec:
    """Return the tabulation of every item of a snapshot, by value."""
    return TabulationSpec(
        items=description.items,
        values=tuple(tuple(positions) for positions in values),
        low=description.low,
        high=description.high,
        min_answered=min_answered,
        strata=description.strata,
    )


def verify_snapshot(path: Path) -> list[str]:
    """Return everything wrong with the snapshot, in plain sentences; empty when it is sound."""
    problems = _name_problems(path)
    try:
        metadata = read_metadata(path)
        with pq.ParquetFile(path) as file:
            return problems + _content_problems(file, metadata)
    except UserError as error:
        return [*problems, _(error.template).format(**error.gaps)]
    except (OSError, pa.ArrowException):
        return [*problems, _("Isi snapshot rusak: ada bagian yang tidak dapat dibaca.")]


def sha256_of(path: Path) -> str:
    """Return the sha256 of the file's bytes, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


# ------------------------------------------------------------------ writing


def _checked(table: pa.Table, description: SnapshotDescription) -> pa.Table:
    missing = [name for name in description.schema.names if name not in table.column_names]
    if missing:
        raise UserError("Kolom {columns} tidak ada dalam data.", columns=", ".join(missing))
    for name in description.keys:
        if table[name].null_count:
            raise UserError("Kolom {column} berisi sel kosong.", column=name)
    try:
        return table.select(description.schema.names).cast(description.schema).combine_chunks()
    except pa.ArrowInvalid as error:
        raise UserError("Jenis kolom data tidak sesuai: {detail}", detail=str(error)) from error


def _label_codes(column: pa.ChunkedArray) -> tuple[list[str], Codes]:
    """Return the sorted labels and the position of each row's label among them."""
    encoded = column.combine_chunks().dictionary_encode()
    labels = encoded.dictionary.to_pylist()
    ordered = sorted(labels)
    rank = {label: i for i, label in enumerate(ordered)}
    positions = np.array([rank[label] for label in labels], dtype=np.int64)
    codes = np.asarray(encoded.indices, dtype=np.int64)
    return ordered, positions[codes] if labels else codes


def _answer_codes(column: pa.ChunkedArray, description: SnapshotDescription) -> tuple[int, Codes]:
    """Return the number of codes and the codes: 0 for a missing answer, 1 for the lowest."""
    blank = description.low - 1
    filled = np.asarray(column.cast(pa.int64()).fill_null(blank), dtype=np.int64)
    if filled.size and (filled.min() < blank or filled.max() > description.high):
        raise UserError(
            "Ada jawaban di luar {low}-{high}.", low=description.low, high=description.high
        )
    if int(np.count_nonzero(filled == blank)) != column.null_count:
        raise UserError(
            "Ada jawaban di luar {low}-{high}.", low=description.low, high=description.high
        )
    return description.high - description.low + 2, filled - blank


def _canonical_order(columns: Iterable[tuple[Sequence[str] | int, Codes]]) -> Codes:
    """Return the row order by all columns; columns are packed into few 62-bit words first."""
    words: list[Codes] = []
    room = 0
    for size_or_labels, codes in columns:
        size = size_or_labels if isinstance(size_or_labels, int) else len(size_or_labels)
        if words and room * max(size, 1) < 1 << 62:
            words[-1] = words[-1] * size + codes
            room *= max(size, 1)
        else:
            words.append(codes)
            room = max(size, 1)
    return np.lexsort(words[::-1]).astype(np.int64)


def _class_counts(keys: Sequence[tuple[Sequence[str], Codes]]) -> list[tuple[list[str], int]]:
    """Return labels and row count of each run of equal keys."""
    codes = np.stack([column for _labels, column in keys])
    if codes.shape[1] == 0:
        return []
    change = np.any(codes[:, 1:] != codes[:, :-1], axis=0)
    starts = np.flatnonzero(np.r_[True, change])
    sizes = np.diff(np.r_[starts, codes.shape[1]])
    labels = [[names[c] for c in column[starts]] for names, column in keys]
    return [
        (list(cell), int(size)) for cell, size in zip(zip(*labels, strict=True), sizes, strict=True)
    ]


def _counts_digest(class_counts: list[tuple[list[str], int]]) -> str:
    return hashlib.sha256(json.dumps(class_counts, ensure_ascii=False).encode()).hexdigest()


def _metadata_json(
    description: SnapshotDescription, rows: int, class_counts: list[tuple[list[str], int]]
) -> bytes:
    claims = {
        "format": FORMAT_VERSION,
        **asdict(description),
        "rows": rows,
        "classes": len(class_counts),
        "class_counts_sha256": _counts_digest(class_counts),
    }
    return json.dumps(claims, sort_keys=True, ensure_ascii=False).encode()


def _write_named_by_hash(rows: pa.Table, folder: Path, description: SnapshotDescription) -> Path:
    handle, name = tempfile.mkstemp(prefix=".snapshot-", suffix=".part", dir=folder)
    os.close(handle)
    temporary = Path(name)
    try:
        pq.write_table(
            rows,
            temporary,
            compression="zstd",
            row_group_size=ROW_GROUP,
            use_dictionary=True,
            write_statistics=list(description.keys),
        )
        path = folder / f"snapshot-{sha256_of(temporary)}.parquet"
        temporary.chmod(0o640)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    return path


def _metadata_from_json(stored: bytes, path: Path) -> SnapshotMetadata:
    try:
        claims: dict[str, Any] = json.loads(stored)
        if claims["format"] != FORMAT_VERSION:
            raise UserError(
                "{path} ditulis dengan versi snapshot lain ({version}).",
                path=path.name,
                version=claims["format"],
            )
        fields = {name: claims[name] for name in SnapshotDescription.__annotations__}
        for name in ("strata", "items"):
            fields[name] = tuple(fields[name])
        return SnapshotMetadata(
            description=SnapshotDescription(**fields),
            rows=claims["rows"],
            classes=claims["classes"],
            class_counts_sha256=claims["class_counts_sha256"],
        )
    except (KeyError, TypeError, ValueError) as error:
        raise UserError("Keterangan di dalam {path} rusak.", path=path.name) from error


# ------------------------------------------------------------------ verifying


def _name_problems(path: Path) -> list[str]:
    try:
        expected = f"snapshot-{sha256_of(path)}.parquet"
    except OSError:
        return [_("Snapshot {path} tidak dapat dibuka.").format(path=path.name)]
    if path.name == expected:
        return []
    return [_("Nama berkas tidak sama dengan sha256 isinya: berkas berubah atau namanya diganti.")]


def _content_problems(file: pq.ParquetFile, metadata: SnapshotMetadata) -> list[str]:
    description = metadata.description
    if not file.schema_arrow.equals(description.schema):
        return [_("Kolom snapshot tidak sama dengan keterangannya.")]
    rows = file.read().combine_chunks()
    problems = []
    if rows.num_rows != metadata.rows:
        problems.append(
            _("Jumlah baris {rows}, seharusnya {expected}.").format(
                rows=rows.num_rows, expected=metadata.rows
            )
        )
    keys = [_label_codes(rows[name]) for name in description.keys]
    try:
        answers = [_answer_codes(rows[name], description) for name in description.items]
    except UserError as error:
        return [*problems, _(error.template).format(**error.gaps)]
    if not _is_sorted([*(codes for _l, codes in keys), *(codes for _s, codes in answers)]):
        problems.append(_("Urutan baris bukan urutan baku: snapshot disusun ulang."))
    class_counts = _class_counts(keys)
    if (len(class_counts), _counts_digest(class_counts)) != (
        metadata.classes,
        metadata.class_counts_sha256,
    ):
        problems.append(_("Jumlah responden per unit dan strata tidak sama dengan keterangannya."))
    return problems


def _is_sorted(columns: Sequence[Codes]) -> bool:
    """Say whether rows never decrease lexicographically."""
    if columns[0].size < 2:
        return True
    undecided = np.ones(columns[0].size - 1, dtype=bool)
    for codes in columns:
        step = np.diff(codes)
        if np.any(undecided & (step < 0)):
            return False
        undecided &= step == 0
    return True
