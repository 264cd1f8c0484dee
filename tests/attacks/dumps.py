"""What an attacker with the whole machine carries off at one moment."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg


@dataclass(frozen=True)
class Row:
    """A row of a table with the signs of order that the database itself keeps."""

    content: bytes
    transaction: int  # xmin; 0 where the database keeps none
    place: tuple[int, int]  # ctid, or rowid
    number: int = 0  # its own running number, if it has one
    owner: str = ""  # the person whose row it is


@dataclass(frozen=True)
class Tables:
    """Where a design keeps its marks and its ballots: queries for content, number, owner."""

    marks: str
    ballots: tuple[str, ...]  # e.g. box and staging


OURS = Tables(
    "SELECT {signs}, blinded_hash, 0, id FROM survey_invitee WHERE blinded_hash IS NOT NULL",
    (
        "SELECT {signs}, sealed, id, '' FROM survey_boxedballot",
        "SELECT {signs}, sealed, id, '' FROM survey_stagedballot",
    ),
)


@dataclass
class Dump:
    """Everything of one moment."""

    moment: str
    marks: list[Row]
    ballots: list[list[Row]]  # one list per table of ballots
    journal: dict[str, bytes]  # write-ahead log, by file
    heap: bytes  # files of tables and indexes, with what lies dead or free in them
    keys: dict[str, bytes] = field(default_factory=dict)  # the key folder


Machine = "PostgresMachine | SqliteMachine"


class PostgresMachine:
    """A machine with a PostgreSQL server whose files the attacker reads."""

    def __init__(self, address: str, data: Path) -> None:
        self.address = address
        self.data = data

    def rows(self, query: str) -> list[Row]:
        """Return the rows of one table as they are now."""
        with psycopg.connect(self.address, autocommit=True) as base:
            return list(_postgres_rows(base, query))

    def dump(self, moment: str, tables: Tables) -> Dump:
        """Copy the journal, then have everything written out and copy the rest."""
        journal = {
            path.name: path.read_bytes()
            for path in sorted((self.data / "pg_wal").glob("0*"))
            if path.is_file()
        }
        with psycopg.connect(self.address, autocommit=True) as base:
            base.execute("CHECKPOINT")
            marks = list(_postgres_rows(base, tables.marks))
            ballots = [list(_postgres_rows(base, query)) for query in tables.ballots]
            found = base.execute("SELECT oid FROM pg_database WHERE datname = current_database()")
            (number,) = found.fetchone() or (0,)
        return Dump(moment, marks, ballots, journal, _joined(self.data / "base" / str(number)))


def _postgres_rows(base: psycopg.Connection[Any], query: str) -> Iterator[Row]:
    signs = "xmin::text::bigint, (ctid::text::point)[0]::int, (ctid::text::point)[1]::int"
    for tx, page, line, content, number, owner in base.execute(
        query.format(signs=signs).encode()
    ).fetchall():
        yield Row(bytes(content), tx, (page, line), number, str(owner).replace("-", ""))


class SqliteMachine:
    """A machine with the file of an SQLite database and its journal."""

    def __init__(self, path: Path, scratch: Path) -> None:
        self.path = path
        self.scratch = scratch

    def rows(self, query: str) -> list[Row]:
        """Return the rows of one table as they are now."""
        with closing(sqlite3.connect(self.path)) as base:
            return list(_sqlite_rows(base, query))

    def dump(self, moment: str, tables: Tables) -> Dump:
        """Copy both files, then read the copy."""
        wal = self.path.with_name(self.path.name + "-wal")
        copy = self.scratch / "copy.sqlite3"
        journal = {"wal": wal.read_bytes()} if wal.exists() else {}
        shutil.copyfile(self.path, copy)
        copy.with_name(copy.name + "-wal").write_bytes(journal.get("wal", b""))
        heap = copy.read_bytes()
        with closing(sqlite3.connect(copy)) as base:
            marks = list(_sqlite_rows(base, tables.marks))
            ballots = [list(_sqlite_rows(base, query)) for query in tables.ballots]
        for path in self.scratch.glob("copy.sqlite3*"):
            path.unlink()
        return Dump(moment, marks, ballots, journal, heap)


def _sqlite_rows(base: sqlite3.Connection, query: str) -> Iterator[Row]:
    for rowid, content, number, owner in base.execute(query.format(signs="rowid")):
        yield Row(bytes(content), 0, (0, rowid), number, str(owner))


def journal_of(dumps: Iterable[Dump]) -> bytes:
    """Return the write-ahead logs of all moments in the order in which they were written."""
    files: dict[str, bytes] = {}
    for dump in dumps:
        for name, content in dump.journal.items():
            # PostgreSQL goes on writing in a file; SQLite begins its only one again.
            files[name if name != "wal" else f"{len(files):04d}"] = content
    return b"".join(files[name] for name in sorted(files))


def _joined(folder: Path) -> bytes:
    files = sorted(folder.iterdir(), key=lambda path: (len(path.name), path.name))
    return b"".join(path.read_bytes() for path in files if path.is_file())


def folder_of_keys(folder: Path) -> dict[str, bytes]:
    """Return every file of the key folder."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
