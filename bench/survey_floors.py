"""Floors of the survey's benchmark: the writes alone, the signature alone, the server alone."""

from __future__ import annotations

import secrets
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.rows import Row
from bench.survey_driver import Connection, Load, cpu_seconds, load_of
from bench.survey_site import SiteUnderTest, free_port, postgres, tree, wait
from cermin.web import blind_signatures

SEALED = 100  # bytes of a sealed ballot, about as many as the questionnaire of 21 items needs
_TABLES = (
    "CREATE TABLE floor_ledger (code_hash {bytes} PRIMARY KEY, blinded_hash {bytes})",
    "CREATE TABLE floor_serial (hash {bytes} PRIMARY KEY)",
    "CREATE TABLE floor_staged (id {key}, sealed {bytes})",
)
_HELLO = """
import sys
from granian import Granian
from granian.constants import Interfaces
if __name__ == "__main__":
    Granian(f"bench.survey_hello:{sys.argv[1]}", address="127.0.0.1", port=int(sys.argv[2]),
        interface=Interfaces.WSGI, workers=int(sys.argv[3]), blocking_threads=48,
        log_access=False, log_enabled=False).serve()
"""


def signature_floor(section: str) -> Row:
    """Time the bare blind signature on one core."""
    key = blind_signatures.make_key()
    message = blind_signatures.blind(key.modulus, secrets.token_bytes(64)).message
    rounds = []
    for _ in range(5):
        begin = time.perf_counter()
        for _ in range(200):
            blind_signatures.blind_sign(key, message)
        rounds.append((time.perf_counter() - begin) / 200)
    note = f"{1 / min(rounds):,.0f}/s on one core"
    return Row(section, "floor: the bare signature", min(rounds), sorted(rounds)[2], note=note)


def hello_floor(section: str, *, clients: int, seconds: float) -> Row:
    """Serve a hello through Django with the same server and the same kind of client."""
    with _hello("framework") as (port, pid):
        load = _at_once(
            clients, seconds,
            lambda: _asking(port), lambda: cpu_seconds(tree(pid)),
        )  # fmt: skip
    note = (
        f"{load.per_second:,.0f}/s, p95 {load.p95 * 1000:.0f} ms, CPU {load.cpu * 1000:.2f} ms each"
    )
    step = f"floor: hello of Django on granian, one request, {clients} clients"
    return Row(section, step, 1 / load.per_second, 1 / load.per_second, note=note)


@contextmanager
def _hello(application: str) -> Iterator[tuple[int, int]]:
    port = free_port()
    with subprocess.Popen([sys.executable, "-c", _HELLO, application, str(port), "2"]) as server:
        try:
            wait(port)
            yield port, server.pid
        finally:
            server.terminate()
            server.wait(30)


def _asking(port: int) -> Callable[[], None]:
    line = Connection(port)
    request = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"

    def ask() -> None:
        status, _body = line.exchange(request)
        if status != 200:
            raise RuntimeError(f"hello answered {status}")

    return ask


def database_floor(site: SiteUnderTest, *, clients: int, seconds: float) -> Load:
    """Do the writes of a submission, in two transactions, at the same concurrency."""
    if site.database:
        return _postgres_floor(site.database, clients, seconds)
    return _sqlite_floor(
        site.folder.parent / f"floor-{secrets.token_hex(4)}.sqlite3", clients, seconds
    )


def _postgres_floor(database: str, clients: int, seconds: float) -> Load:
    import psycopg  # noqa: PLC0415 - only this bench needs it

    with psycopg.connect(database, autocommit=True) as connection:
        for name in ("ledger", "serial", "staged"):
            connection.execute(f"DROP TABLE IF EXISTS floor_{name}".encode())
        for table in _TABLES:
            made = table.format(bytes="bytea", key="bigserial PRIMARY KEY")
            connection.execute(made.encode())
        codes = _codes()
        with (
            connection.cursor() as cursor,
            cursor.copy("COPY floor_ledger (code_hash) FROM STDIN") as copy,
        ):
            for code in codes:
                copy.write_row((code,))
    rest, lock = iter(codes), threading.Lock()

    def writing() -> Callable[[], None]:
        connection = psycopg.connect(database)

        def write() -> None:
            with lock:
                code = next(rest)
            with connection.transaction():
                connection.execute(
                    "UPDATE floor_ledger SET blinded_hash = %s WHERE code_hash = %s "
                    "AND blinded_hash IS NULL", (secrets.token_bytes(32), code),
                )  # fmt: skip
            with connection.transaction():
                connection.execute(
                    "INSERT INTO floor_serial VALUES (%s) ON CONFLICT DO NOTHING",
                    (secrets.token_bytes(32),),
                )
                connection.execute(
                    "INSERT INTO floor_staged (sealed) VALUES (%s)", (secrets.token_bytes(SEALED),)
                )

        return write

    return _at_once(clients, seconds, writing, lambda: cpu_seconds(postgres()))


def _sqlite_floor(path: Path, clients: int, seconds: float) -> Load:
    connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
    connection.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;")
    for table in _TABLES:
        connection.execute(table.format(bytes="blob", key="integer PRIMARY KEY"))
    codes = _codes()
    connection.execute("BEGIN")
    connection.executemany(
        "INSERT INTO floor_ledger (code_hash) VALUES (?)", [(code,) for code in codes]
    )
    connection.execute("COMMIT")
    rest, lock = iter(codes), threading.Lock()

    def write() -> None:
        with lock:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute(
                "UPDATE floor_ledger SET blinded_hash = ? WHERE code_hash = ? "
                "AND blinded_hash IS NULL", (secrets.token_bytes(32), next(rest)),
            )  # fmt: skip
            connection.execute("COMMIT")
            connection.execute("BEGIN IMMEDIATE")
            connection.execute(
                "INSERT INTO floor_serial VALUES (?) ON CONFLICT DO NOTHING",
                (secrets.token_bytes(32),),
            )
            connection.execute(
                "INSERT INTO floor_staged (sealed) VALUES (?)", (secrets.token_bytes(SEALED),)
            )
            connection.execute("COMMIT")

    return _at_once(clients, seconds, lambda: write, time.process_time)


def _codes() -> list[bytes]:
    return [secrets.token_bytes(32) for _ in range(60_000)]


def _at_once(
    clients: int, seconds: float, starting: Callable[[], Callable[[], None]],
    cpu: Callable[[], float],
) -> Load:  # fmt: skip
    taken: list[float] = []
    lock = threading.Lock()
    works = [starting() for _ in range(clients)]
    before, begin = cpu(), time.perf_counter()

    def work(do: Callable[[], None]) -> None:
        while time.perf_counter() < begin + seconds:
            start = time.perf_counter()
            do()
            with lock:
                taken.append(time.perf_counter() - start)

    threads = [threading.Thread(target=work, args=(one,)) for one in works]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return load_of(taken, time.perf_counter() - begin, cpu() - before)
