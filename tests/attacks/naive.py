"""Two designs as many make them: answers in plain, written when they come. The attack's control."""

from __future__ import annotations

import random
import secrets
import sqlite3
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import psycopg

from attacks.dumps import Tables
from attacks.linking import Ballot
from survey_site import Person

_RANDOM_KEY = 16
TABLES = Tables(
    "SELECT {signs}, mark, 0, person FROM naive_mark WHERE mark IS NOT NULL",
    ("SELECT {signs}, content, 0, '' FROM naive_answer",),
)


def read_plainly(content: bytes) -> Ballot | None:
    """Read a stored answer: class and answers after a random key."""
    plain = content[_RANDOM_KEY:]
    return int.from_bytes(plain[:4], "big"), plain[4:]


def write_to_postgres(
    address: str, people: Sequence[Person], *, together: bool, at_once: int
) -> None:
    """Store who has answered and what; ``together``: both in one transaction."""
    with psycopg.connect(address, autocommit=True) as base:
        base.execute("DROP TABLE IF EXISTS naive_mark, naive_answer")
        base.execute("CREATE TABLE naive_mark (person text PRIMARY KEY, mark bytea)")
        base.execute("CREATE TABLE naive_answer (content bytea PRIMARY KEY)")
        everybody = random.sample(list(people), len(people))
        with base.cursor() as cursor:
            cursor.executemany("INSERT INTO naive_mark VALUES (%s)", [(p.id,) for p in everybody])
    lines: SimpleQueue[psycopg.Connection[Any]] = SimpleQueue()
    for _n in range(at_once):
        lines.put(psycopg.connect(address, options="-c synchronous_commit=off"))

    def write(person: Person) -> None:
        base = lines.get()
        mark = "UPDATE naive_mark SET mark = %s WHERE person = %s"
        base.execute(mark, (secrets.token_bytes(32), person.id))
        if not together:
            base.commit()
        base.execute("INSERT INTO naive_answer VALUES (%s)", (_content(person),))
        base.commit()
        lines.put(base)

    _at_once(write, people, at_once)
    while not lines.empty():
        lines.get().close()


def write_to_sqlite(path: Path, people: Sequence[Person], *, at_once: int) -> None:
    """The same in a file: a list of those who have answered, and a table of answers."""
    with closing(sqlite3.connect(path, check_same_thread=False)) as base:
        base.execute("PRAGMA journal_mode=WAL")
        base.execute("CREATE TABLE naive_mark (person text, mark blob)")
        base.execute("CREATE TABLE naive_answer (content blob)")
        writing = threading.Lock()

        def store(sql: str, *values: Any) -> None:
            with writing, base:
                base.execute(sql, values)

        def write(person: Person) -> None:
            store("INSERT INTO naive_mark VALUES (?, ?)", person.id, secrets.token_bytes(32))
            store("INSERT INTO naive_answer VALUES (?)", _content(person))

        _at_once(write, people, at_once)


def _content(person: Person) -> bytes:
    plain = person.class_number.to_bytes(4, "big") + person.levels
    return secrets.token_bytes(_RANDOM_KEY) + plain


def _at_once(write: Callable[[Person], None], people: Sequence[Person], n: int) -> None:
    with ThreadPoolExecutor(max_workers=n) as writers:
        list(writers.map(write, people))
