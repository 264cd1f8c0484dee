"""Result files: what is written is read back, and nothing half or foreign is taken."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

import result_factory
from cermin.core.errors import UserError
from cermin.reports.result_file import (
    SCHEMA,
    decode_result,
    encode_result,
    read_result,
    schema_text,
    write_atomically,
    write_result,
)

ROOT = Path(__file__).resolve().parents[2]


def test_result_comes_back_as_it_was(tmp_path: Path) -> None:
    result = result_factory.make_result()
    path = tmp_path / "hasil.json"
    write_result(result, path)
    assert read_result(path) == result
    assert [one.name for one in tmp_path.iterdir()] == ["hasil.json"]


def test_result_follows_the_shipped_schema() -> None:
    shape = json.loads(SCHEMA.read_text(encoding="utf-8"))
    validator = jsonschema.Draft202012Validator(shape)
    content = json.loads(encode_result(result_factory.make_tiny()))
    validator.validate(content)
    del content["population"]
    assert not validator.is_valid(content)


@pytest.mark.parametrize("path", [SCHEMA, ROOT / "docs/reference/result.schema.json"])
def test_schema_files_are_those_of_the_model(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == schema_text()


def test_unknown_version_is_refused() -> None:
    content = encode_result(result_factory.make_tiny())
    newer = content.replace(b'"result_version": 1', b'"result_version": 2')
    with pytest.raises(UserError, match="versi 2; program ini membaca versi 1"):
        decode_result(newer, name="hasil.json")


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"result_version": "satu"}', b"\xff"])
def test_foreign_file_is_refused(content: bytes) -> None:
    with pytest.raises(UserError, match="bukan berkas hasil"):
        decode_result(content, name="x.json")


def test_result_with_a_missing_part_is_refused() -> None:
    with pytest.raises(UserError, match="rusak"):
        decode_result(b'{"result_version": 1}', name="x.json")


def test_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="tidak dapat dibaca"):
        read_result(tmp_path / "tidak-ada.json")


def test_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    taken = tmp_path / "hasil.json"
    taken.mkdir()  # a folder cannot be replaced by a file
    with pytest.raises(UserError, match="tidak dapat ditulis"):
        write_atomically(taken, b"{}")
    assert [one.name for one in tmp_path.iterdir()] == ["hasil.json"]
