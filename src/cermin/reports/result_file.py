"""Results as files: JSON that other programs can read, checked and written in one piece."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import msgspec

from cermin.core.errors import UserError
from cermin.core.result import RESULT_VERSION, IndexResult

SCHEMA = Path(__file__).with_name("result.schema.json")


def encode_result(result: IndexResult) -> bytes:
    """Return the JSON text of a result, fields in the order of the model."""
    return msgspec.json.format(msgspec.json.encode(result), indent=1) + b"\n"


def decode_result(content: bytes, *, name: str) -> IndexResult:
    """Read the JSON text of a result; ``name`` is the file that messages speak of.

    Raises
    ------
    UserError
        When it is not a result file, or one of a version that this program does not know.
    """
    try:
        version = msgspec.json.decode(content, type=_Version).result_version
    except msgspec.DecodeError as error:
        raise UserError(
            "{name} bukan berkas hasil Cermin: {reason}.", name=name, reason=error
        ) from error
    if version != RESULT_VERSION:
        raise UserError(
            "{name} memakai format hasil versi {version}; program ini membaca versi {known}.",
            name=name,
            version=version,
            known=RESULT_VERSION,
        )
    try:
        return msgspec.json.decode(content, type=IndexResult)
    except msgspec.ValidationError as error:
        raise UserError("{name} rusak: {reason}.", name=name, reason=error) from error


class _Version(msgspec.Struct):
    """The one field read before everything else."""

    result_version: int


def write_result(result: IndexResult, path: Path) -> None:
    """Write a result file; a reader sees the old file or the new one, never half of it."""
    write_atomically(path, encode_result(result))


def read_result(path: Path) -> IndexResult:
    """Read a result file."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UserError("Berkas {path} tidak dapat dibaca.", path=path) from error
    return decode_result(content, name=path.name)


def write_atomically(path: Path, content: bytes) -> None:
    """Write beside the file, flush to the disk, then take its name."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise UserError("Berkas {path} tidak dapat ditulis.", path=path) from error


def schema() -> dict[str, Any]:
    """Return the JSON Schema of a result file, made from the model."""
    made = msgspec.json.schema(IndexResult)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **made}


def schema_text() -> str:
    """Return the JSON Schema as it stands in the package and in the reference."""
    return json.dumps(schema(), indent=1, ensure_ascii=False) + "\n"
