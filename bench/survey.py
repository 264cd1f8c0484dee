"""Complete submissions (draw + cast) per second of a real server, beside floors of the same run.

A site with 20,000 invitees is served by granian as in production; the driver shares the machine.
Each client is a phone with its own connection: it draws, takes the blinding off, casts, and goes
on with the next invitation. Blinding is done before the clock starts, as it is on people's phones.

Floors, at the same concurrency: the same statements by psycopg or sqlite3 alone, the bare
signature, and a hello of the same server with and without Django.
"""

from __future__ import annotations

import os
import statistics
import tempfile
from pathlib import Path

from bench.rows import Row
from bench.survey_driver import Load, Phones, run_load
from bench.survey_floors import database_floor, hello_floor, signature_floor
from bench.survey_site import POSTGRES, SiteUnderTest, served

SECONDS = float(os.environ.get("CERMIN_BENCH_SURVEY_SECONDS", "8"))
CLIENTS = (8, 32)
ROUNDS = 2
TARGETS = {"PostgreSQL": 350.0, "SQLite": 250.0}
SECTION = (
    "Survey: complete submissions (draw + cast) per second; driver, server, database on 2 cores"
)


def run() -> list[Row]:
    """Measure both databases and their floors."""
    rows = [signature_floor(SECTION)]
    rows += [hello_floor(SECTION, clients=n, seconds=3.0) for n in CLIENTS]
    for name, database in (("PostgreSQL", POSTGRES), ("SQLite", "")):
        with tempfile.TemporaryDirectory() as folder, served(Path(folder), database) as site:
            rows += _measured(name, site)
    return rows


def _measured(name: str, site: SiteUnderTest) -> list[Row]:
    phones = Phones(site.invitations)
    rows = []
    for clients in CLIENTS:
        floors = [database_floor(site, clients=clients, seconds=4.0) for _ in range(ROUNDS)]
        loads = [run_load(site, phones, clients=clients, seconds=SECONDS) for _ in range(ROUNDS)]
        floor = max(one.per_second for one in floors)
        rows.append(_row(f"floor: {name}, the same writes alone, {clients} clients", floors, None))
        rows.append(_row(f"{name}, {clients} clients", loads, floor, target=TARGETS[name]))
    return rows


def _row(step: str, loads: list[Load], floor: float | None, target: float | None = None) -> Row:
    best = max(loads, key=lambda one: one.per_second)
    middle = statistics.median(one.per_second for one in loads)
    note = (
        f"{best.per_second:,.0f}/s (median {middle:,.0f}), p50 {best.p50 * 1000:.0f} ms, "
        f"p95 {best.p95 * 1000:.0f} ms, CPU of server and database {best.cpu * 1000:.2f} ms each"
    )
    if best.log_bytes:
        note += f", {best.log_bytes / 1000:.1f} kB of log"
    if best.failures:
        note += f", {best.failures} FAILED"
    if target is not None:
        reached = best.per_second >= target and best.p95 < 0.150 and best.cpu < 0.005
        note += "" if reached else "; target missed"
    return Row(
        section=SECTION,
        step=step,
        seconds_min=1 / best.per_second,
        seconds_median=1 / middle,
        ratio=None if floor is None else floor / best.per_second,
        peak_megabytes=best.peak_megabytes,
        note=note,
    )


def main() -> None:
    """Print what was measured."""
    for row in run():
        print(f"{row.step}: {row.note}" + (f"; {row.ratio:.2f} x floor" if row.ratio else ""))


if __name__ == "__main__":
    main()
