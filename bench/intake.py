"""A roster of 100,000 people as SIASN exports it, read into headcounts, against openpyxl."""

from __future__ import annotations

import json
import random
import sys
import time
from pathlib import Path

import openpyxl
import xlsxwriter

from bench.national import CACHE
from bench.rows import Row, interleaved, peak_megabytes
from cermin.intake.problems import Problems
from cermin.intake.roster import frame_of, read_roster
from cermin.intake.samples import SIASN_HEADINGS

SECTION = "Roster: 100,000 people, XLSX of 24 columns on three sheets"
SHEETS = {"PNS": 60_000, "PPPK": 30_000, "PPPK Paruh Waktu": 10_000}
ROUNDS = 2


def run() -> list[Row]:
    """Measure both readers in fresh processes, interleaved."""
    roster_file()
    found = interleaved("bench.intake", ["openpyxl", "cermin"], rounds=ROUNDS)
    floor = found["openpyxl"]["read"]
    ours = found["cermin"]["read"]
    return [
        floor.row(SECTION, "openpyxl, read-only mode: every cell, nothing checked", floor=floor),
        ours.row(SECTION, "ours: archive and cells checked, headcounts ready", floor=floor),
    ]


def roster_file() -> Path:
    """Return the made-up roster, written once per folder."""
    CACHE.mkdir(parents=True, exist_ok=True)
    path = CACHE / "roster-100000.xlsx"
    if not path.exists():
        part = path.with_suffix(".part")
        _write(part)
        part.replace(path)
    return path


def _write(path: Path) -> None:
    draw = random.Random(20220727)  # noqa: S311 - made-up people
    with xlsxwriter.Workbook(str(path)) as book:
        serial = 0
        for name, people in SHEETS.items():
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, SIASN_HEADINGS)
            for row in range(1, people + 1):
                serial += 1
                for column, text in enumerate(_person(draw, serial)):
                    sheet.write_string(row, column, text)


def _person(draw: random.Random, serial: int) -> list[str]:
    """Return one row; birth month and serial make every number different."""
    office, sex = draw.randrange(40), draw.choice("12")
    block, last = divmod(serial, 999)
    birth = f"{1965 + block // 12:04d}{1 + block % 12:02d}15"
    cells = {
        "PNS ID": f"{draw.getrandbits(128):032x}",
        "NIP BARU": f"{birth}201901{sex}{1 + last:03d}",
        "NAMA": f"Pegawai {serial}",
        "JENIS KELAMIN": "M" if sex == "1" else "F",
        "UNOR INDUK NAMA": f"Dinas {office}",
        "UNOR NAMA": f"Bidang {office}-{draw.randrange(6)}",
        "KEDUDUKAN HUKUM NAMA": "Aktif",
    }
    return [cells.get(heading, f"{heading} {serial % 50}") for heading in SIASN_HEADINGS]


# ------------------------------------------------------------------ steps, one process each


def _cermin() -> None:
    problems = Problems()
    roster = read_roster(roster_file(), problems)
    problems.stop_if_any()
    assert roster is not None
    frame = frame_of(roster, agency="a", agency_name="A", agency_class="kabupaten", year=2025)
    assert frame.population == sum(SHEETS.values())


def _openpyxl() -> None:
    book = openpyxl.load_workbook(roster_file(), read_only=True)
    rows = sum(sum(1 for _ in sheet.iter_rows(values_only=True)) for sheet in book.worksheets)
    assert rows == sum(SHEETS.values()) + len(SHEETS)


if __name__ == "__main__":
    begin = time.perf_counter()
    {"cermin": _cermin, "openpyxl": _openpyxl}[sys.argv[1]]()
    seconds = time.perf_counter() - begin
    peak = peak_megabytes()
    print(json.dumps({"read": seconds, "peak_megabytes": peak}))
