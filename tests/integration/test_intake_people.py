"""Rosters person by person: sound rows taken, the others handed back, nothing else read."""

from __future__ import annotations

import time

import openpyxl
import pytest

from cermin.core.fictional import fictional_frame, fictional_kabupaten, fictional_roster
from cermin.core.population import Unit
from cermin.intake.people import PERSON, read_people
from cermin.intake.problems import Problems
from cermin.intake.samples import SIASN_HEADINGS, Person, write_siasn_roster

HEAD = "NIP;Nama;Unit Kerja;Jenis Pegawai;Jenis Jabatan"
UNITS = (Unit("dinkes", "Dinas Kesehatan"), Unit("disdik", "Dinas Pendidikan"))


def nip(serial: int) -> str:
    return f"198501012010011{serial:03d}"


def read(path, units=UNITS, **wanted):
    problems = Problems()
    return read_people(path, problems, units=units, **wanted), problems


def csv(tmp_path, *rows: str, head: str = HEAD):
    path = tmp_path / "pegawai.csv"
    path.write_text("\n".join([head, *rows]), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def siasn(tmp_path_factory):
    """The fictional agency's roster as SIASN exports it."""
    frame = fictional_frame(year=2026, seed=7, people=600)
    names = {unit.id: unit.name for unit in frame.units}
    above = {unit.id: names.get(unit.parent, unit.name) for unit in frame.units}
    path = tmp_path_factory.mktemp("siasn") / "siasn.xlsx"
    people = fictional_roster(frame, seed=7)
    write_siasn_roster(
        path,
        [Person(p.nip, p.name, p.sex.casefold(), p.employment, names[p.unit], above[p.unit], "Kab")
         for p in people],
    )  # fmt: skip
    return path, people


def test_the_fictional_agency_is_read_whole(siasn) -> None:
    path, people = siasn
    shares: list[float] = []
    found, problems = read(path, fictional_kabupaten(), progress=shares.append)
    assert not problems
    assert found.problems.is_empty()
    assert sorted(found.rows.select(PERSON[:5]).rows()) == sorted(
        (p.nip, p.name, p.unit, p.employment, p.sex) for p in people
    )
    assert set(found.rows["jenis_jabatan"]) == {"Jabatan Pelaksana"}
    assert (shares[-1], shares == sorted(shares), found.made_tree) == (1, True, False)


def test_nothing_else_is_read(tmp_path) -> None:
    row = dict.fromkeys(SIASN_HEADINGS, "rahasia") | {
        "NIP BARU": nip(1), "NAMA": "A", "UNOR NAMA": "Dinas X", "JENIS KELAMIN": "M",
        "KEDUDUKAN HUKUM NAMA": "Aktif", "JENIS JABATAN NAMA": "Fungsional",
        "UNOR INDUK NAMA": "Dinas Y",
    }  # fmt: skip
    book = openpyxl.Workbook()
    book.active.title = "PNS"
    book.active.append(list(SIASN_HEADINGS))
    book.active.append(list(row.values()))
    book.save(tmp_path / "a.xlsx")
    found, _problems = read(tmp_path / "a.xlsx")
    assert found.problems.height == 1
    assert "rahasia" not in str([found.rows.rows(), found.cells.rows(), found.unsure.rows()])
    assert found.headings["PNS"] == (
        "NIP BARU", "NAMA", "JENIS KELAMIN", "JENIS JABATAN NAMA", "UNOR INDUK NAMA", "UNOR NAMA",
        "KEDUDUKAN HUKUM NAMA",
    )  # fmt: skip


def test_sound_rows_are_taken_and_the_others_handed_back(tmp_path) -> None:
    found, problems = read(csv(
        tmp_path, f"{nip(1)};A;Dinas Kesehatan;PNS;", f"{nip(2)};B;Dinas Kesehatn;PNS;Struktural",
        f"{nip(1)};C;disdik;PPPK;", ";D;disdik;Non-ASN;", f"{nip(5)};E;disdik;;",
    ))  # fmt: skip
    assert not problems
    assert found.rows["nama"].to_list() == ["A", "D"]
    assert found.rows["nip"].to_list() == [nip(1), None]
    assert found.problems.select("row", "column").rows() == [
        (3, "Unit kerja"), (4, "NIP"), (6, "Jenis pegawai"),
    ]  # fmt: skip
    assert found.cells["cells"].to_list()[0] == [nip(2), "B", "Dinas Kesehatn", "PNS", "Struktural"]
    assert set(found.unsure["nip"]) == {nip(1), nip(2), nip(5)}


def test_zero_bytes_are_left_out(tmp_path) -> None:
    path = tmp_path / "a.csv"
    rows = f"{nip(1)};A\0B;dinkes;PNS;\n".encode()
    path.write_bytes((HEAD + "\n").encode() + b"x;y;dinkes;PNS;\n" * 900 + rows)
    found, _problems = read(path)
    assert "AB" in found.rows["nama"].to_list()


def test_a_position_type_that_is_too_long_is_cut(tmp_path) -> None:
    found, _problems = read(csv(tmp_path, f"{nip(1)};A;dinkes;PNS;{'x' * 80}"))
    assert found.rows["jenis_jabatan"].to_list() == ["x" * 60]


FILES = [
    ("Warna;Buah\nHijau;Mangga", "Tidak ada baris judul"),
    ("NIP;NIP;Unit Kerja;Jenis Pegawai\n1;1;dinkes;PNS", "sama-sama berjudul"),
    ("Nama;Unit Kerja\nA;dinkes", "Kolom NIP tidak ditemukan"),
    (f"NIP;Nama;Unit Kerja;Kedudukan Hukum\n{nip(1)};A;dinkes;Pensiun", "Tidak ada pegawai aktif"),
    (f"NIP;Nama;Unit Kerja\n{nip(1)};A;dinkes\n{nip(2)};B;dinkes", "Jenis pegawai tidak diketahui"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "words"), FILES, ids=[f[1] for f in FILES])
def test_problems_of_the_whole_file(tmp_path, text: str, words: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(text, encoding="utf-8")
    found, problems = read(path)
    assert found is None
    assert words in problems.listed[0].what
    assert "--" not in problems.listed[0].remedy


def test_a_tree_of_three_levels_needs_units(tmp_path) -> None:
    head = "NIP;Nama;Unit Kerja;Unit Induk;Jenis Pegawai"
    rows = [f"{nip(1)};A;Seksi;Bidang;PNS", f"{nip(2)};B;Bidang;Dinas;PNS"]
    found, problems = read(csv(tmp_path, *rows, head=head), units=())
    assert found is None
    assert "struktur unit" in problems.listed[0].remedy


def test_a_heading_that_is_nearly_known_is_a_doubt_with_a_remedy(tmp_path) -> None:
    head = "NIP;Nama;Unit Kerjaa;Jenis Pegawai"
    found, problems = read(csv(tmp_path, f"{nip(1)};A;dinkes;PNS", head=head))
    assert found is None
    assert "judul seperti di templat" in problems.listed[0].remedy


def test_many_unknown_units_do_not_take_long(tmp_path) -> None:
    """Every name is looked at once, however many people stand under it."""
    units = [Unit(f"u{n}", f"Sekolah Dasar Negeri {n} Rawa") for n in range(600)]
    rows = [f"{nip(1)[:10]}{n // 900 % 12 + 1:02d}{1}{n % 900:03d}0;A{n};SD {n % 40};PNS;"
            for n in range(20_000)]  # fmt: skip
    began = time.monotonic()
    found, _problems = read(csv(tmp_path, *rows), units)
    assert found.rows.is_empty()
    assert time.monotonic() - began < 60
