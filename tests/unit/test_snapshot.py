"""Snapshots: canonical, named by their bytes, and hard to change unnoticed."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cermin.core.errors import UserError
from cermin.engines.snapshot import (
    METADATA_KEY,
    SnapshotDescription,
    read_metadata,
    sha256_of,
    spec_of,
    verify_snapshot,
    write_snapshot,
)

DESCRIPTION = SnapshotDescription(
    agency="3319",
    year=2025,
    questionnaire="perilaku-21",
    questionnaire_sha256="ab" * 32,
    strata=("gender",),
    items=("q1", "q2"),
    low=1,
    high=5,
)


def answers(n: int = 300, seed: int = 1) -> pa.Table:
    rng = np.random.default_rng(seed)
    keys = [rng.choice(labels, n) for labels in (["3319"], ["b", "a", "Ç"], ["P", "L"])]
    items = [pa.array(rng.integers(1, 6, n), pa.int8(), mask=rng.random(n) < 0.1) for _ in range(2)]
    return pa.table([*map(pa.array, keys), *items], names=DESCRIPTION.schema.names)


@pytest.fixture
def snapshot(tmp_path: Path) -> Path:
    return write_snapshot(answers(), description=DESCRIPTION, folder=tmp_path / "box")


def rewritten(path: Path, table: pa.Table, **options: object) -> Path:
    """Write a forged file under the name that its bytes demand."""
    part = path.with_name("forged")
    pq.write_table(table, part, **options)
    return part.rename(path.with_name(f"snapshot-{sha256_of(part)}.parquet"))


def test_the_name_is_the_hash_and_the_content_is_sound(snapshot: Path) -> None:
    assert snapshot.name == f"snapshot-{sha256_of(snapshot)}.parquet"
    assert verify_snapshot(snapshot) == []
    assert [p.name for p in snapshot.parent.iterdir()] == [snapshot.name]


def test_what_was_described_can_be_read_back(snapshot: Path) -> None:
    metadata = read_metadata(snapshot)
    assert metadata.description == DESCRIPTION
    assert (metadata.rows, metadata.classes) == (300, 6)
    spec = spec_of(metadata.description, values=[[0], [1]], min_answered=1)
    assert (spec.items, spec.values, spec.strata) == (("q1", "q2"), ((0,), (1,)), ("gender",))


def test_arrival_order_does_not_survive(snapshot: Path, tmp_path: Path) -> None:
    shuffled = answers().take(np.random.default_rng(5).permutation(300))
    again = write_snapshot(shuffled, description=DESCRIPTION, folder=tmp_path / "again")
    assert again.name == snapshot.name
    assert again.read_bytes() == snapshot.read_bytes()


def test_rows_are_in_order_of_labels_then_answers(snapshot: Path) -> None:
    rows = list(zip(*pq.read_table(snapshot).to_pydict().values(), strict=True))
    blank_first = [tuple(0 if cell is None else cell for cell in row) for row in rows]
    assert blank_first == sorted(blank_first)


def test_many_columns_are_sorted_too(tmp_path: Path) -> None:
    items = tuple(f"q{i}" for i in range(60))
    description = replace(DESCRIPTION, items=items)
    rng = np.random.default_rng(3)
    keys = [pa.array(["x"] * 50)] * 3
    table = pa.table(
        [*keys, *(pa.array(rng.integers(1, 3, 50), pa.int8()) for _ in items)],
        names=description.schema.names,
    )
    path = write_snapshot(table, description=description, folder=tmp_path)
    rows = list(zip(*pq.read_table(path).to_pydict().values(), strict=True))
    assert rows == sorted(rows)
    assert verify_snapshot(path) == []


def test_an_empty_survey_has_a_snapshot(tmp_path: Path) -> None:
    path = write_snapshot(answers().slice(0, 0), description=DESCRIPTION, folder=tmp_path)
    assert verify_snapshot(path) == []
    assert read_metadata(path).rows == 0


@pytest.mark.parametrize("wrong", [0, 6, -3])
def test_an_answer_off_the_scale_is_not_written(tmp_path: Path, wrong: int) -> None:
    column = pa.array([wrong] + [3] * 299, pa.int8())
    table = answers().set_column(4, "q2", column)
    with pytest.raises(UserError, match="di luar 1-5"):
        write_snapshot(table, description=DESCRIPTION, folder=tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (answers().drop_columns(["q2"]), "Kolom q2 tidak ada"),
        (
            answers().set_column(1, "unit", pa.nulls(300, pa.string())),
            "Kolom unit berisi sel kosong",
        ),
        (answers().set_column(4, "q2", pa.array([300] * 300)), "Jenis kolom"),
    ],
)
def test_tables_that_do_not_fit_are_refused(tmp_path: Path, table: pa.Table, message: str) -> None:
    with pytest.raises(UserError, match=message):
        write_snapshot(table, description=DESCRIPTION, folder=tmp_path)


def test_every_flipped_byte_is_found(snapshot: Path, tmp_path: Path) -> None:
    sound = snapshot.read_bytes()
    target = tmp_path / snapshot.name
    for position in range(0, len(sound), 61):
        broken = bytearray(sound)
        broken[position] ^= 1
        target.write_bytes(broken)
        assert verify_snapshot(target), position


@pytest.mark.parametrize("kept", [0, 3, 500, -1])
def test_a_truncated_file_is_found(snapshot: Path, kept: int) -> None:
    snapshot.write_bytes(snapshot.read_bytes()[:kept])
    assert verify_snapshot(snapshot)


def test_a_renamed_file_is_found(snapshot: Path) -> None:
    renamed = snapshot.with_name(f"snapshot-{'0' * 64}.parquet")
    shutil.copy(snapshot, renamed)
    assert ["namanya diganti" in problem for problem in verify_snapshot(renamed)] == [True]


def test_a_missing_file_is_said_to_be_missing(tmp_path: Path) -> None:
    problems = verify_snapshot(tmp_path / "none.parquet")
    assert "tidak dapat dibuka" in problems[0]


def test_reordered_rows_are_found(snapshot: Path) -> None:
    table = pq.read_table(snapshot)
    for order in (np.arange(300)[::-1], np.r_[1, 0, 2:300]):
        forged = rewritten(snapshot, table.take(order))
        assert any("Urutan baris" in problem for problem in verify_snapshot(forged))


def test_an_answer_off_the_scale_is_found(snapshot: Path) -> None:
    table = pq.read_table(snapshot)
    column = [*table["q2"].to_pylist()[:-1], 9]
    forged = rewritten(
        snapshot, table.set_column(4, table.schema.field("q2"), pa.array(column, pa.int8()))
    )
    assert verify_snapshot(forged) == ["Ada jawaban di luar 1-5."]


def test_a_lost_row_is_found(snapshot: Path) -> None:
    forged = rewritten(snapshot, pq.read_table(snapshot).slice(1))
    problems = verify_snapshot(forged)
    assert problems == [
        "Jumlah baris 299, seharusnya 300.",
        "Jumlah responden per unit dan strata tidak sama dengan keterangannya.",
    ]


def test_a_person_moved_to_another_class_is_found(snapshot: Path) -> None:
    table = pq.read_table(snapshot)
    units = ["Ç", *table["unit"].to_pylist()[1:]]
    moved = table.set_column(1, table.schema.field("unit"), pa.array(units))
    forged = rewritten(snapshot, moved)
    assert any("unit dan strata" in problem for problem in verify_snapshot(forged))


def test_another_schema_is_found(snapshot: Path) -> None:
    forged = rewritten(snapshot, pq.read_table(snapshot).drop_columns(["q2"]))
    assert verify_snapshot(forged) == ["Kolom snapshot tidak sama dengan keterangannya."]


def test_a_parquet_file_of_somebody_else_is_not_a_snapshot(snapshot: Path) -> None:
    forged = rewritten(snapshot, pq.read_table(snapshot).replace_schema_metadata(None))
    assert any("bukan snapshot Cermin" in problem for problem in verify_snapshot(forged))


@pytest.mark.parametrize(
    ("change", "message"),
    [({"format": 99}, "versi snapshot lain"), ({"rows": None, "items": 3}, "rusak")],
)
def test_damaged_metadata_is_found(snapshot: Path, change: dict[str, object], message: str) -> None:
    table = pq.read_table(snapshot)
    claims = {**json.loads(table.schema.metadata[METADATA_KEY]), **change}
    stored = {METADATA_KEY: json.dumps(claims).encode()}
    forged = rewritten(snapshot, table.replace_schema_metadata(stored))
    with pytest.raises(UserError, match=message):
        read_metadata(forged)


def test_damaged_pages_under_a_matching_name_are_found(snapshot: Path) -> None:
    broken = bytearray(snapshot.read_bytes())
    broken[200:400] = bytes(200)
    part = snapshot.with_name("part")
    part.write_bytes(broken)
    forged = part.rename(part.with_name(f"snapshot-{sha256_of(part)}.parquet"))
    assert verify_snapshot(forged)


def test_a_file_that_is_no_parquet_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "text.parquet"
    path.write_text("bukan parquet")
    with pytest.raises(UserError, match="tidak dapat dibaca"):
        read_metadata(path)
