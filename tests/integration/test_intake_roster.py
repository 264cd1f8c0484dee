"""Rosters: SIASN's three sheets, broken numbers, doubled people, units, headcounts."""

from __future__ import annotations

import datetime
from pathlib import Path

import openpyxl
import pytest

from cermin.core.population import Unit
from cermin.intake.problems import BadInput, Problems
from cermin.intake.roster import frame_of, read_roster, read_unit_sizes
from cermin.intake.samples import SIASN_HEADINGS
from cermin.intake.units import index_of, read_units

HEAD = ["NIP BARU", "NAMA", "JENIS KELAMIN", "UNOR INDUK NAMA", "UNOR NAMA", "KEDUDUKAN HUKUM NAMA"]
DINKES = "Dinas Kesehatan"


def _nip(serial: int, sex: int = 1) -> str:
    return f"19850101201001{sex}{serial:03d}"


def _person(serial: int, unit: str = DINKES, *, sex: str = "M", status: str = "Aktif") -> list:
    return [_nip(serial, 1 if sex == "M" else 2), f"Pegawai {serial}", sex, DINKES, unit, status]


def _book(path: Path, sheets: dict[str, list[list]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def _read(path: Path, **wanted):
    problems = Problems()
    return read_roster(path, problems, **wanted), problems


def _frame(roster):
    return frame_of(
        roster, agency="kab", agency_name="Kabupaten", agency_class="kabupaten", year=2025
    )


def test_three_siasn_sheets_become_headcounts(tmp_path):
    path = _book(
        tmp_path / "siasn.xlsx",
        {
            "PNS": [HEAD, _person(1), _person(2, sex="F"), _person(3, "Sekretariat"),
                    _person(4, status="Pensiun"), _person(5, status="Diberhentikan"),
                    _person(6, status="CPNS")],
            "PPPK": [HEAD, _person(11, "Sekretariat"), _person(12, "SEKRETARIAT. ")],
            "PPPK Paruh Waktu": [HEAD, _person(21, sex="F")],
        },
    )  # fmt: skip
    roster, problems = _read(path)
    assert not problems
    assert roster.sheets == {"PNS": 4, "PPPK": 2, "PPPK Paruh Waktu": 1}
    assert roster.excluded == {"Pensiun": 1, "Diberhentikan": 1}
    assert [(u.name, u.parent) for u in roster.units] == [
        (DINKES, None),
        ("Sekretariat", "dinas-kesehatan"),
    ]
    frame = _frame(roster)
    assert frame.stratum_variables == ("jenis_pegawai", "jenis_kelamin")
    counts = {
        (frame.units[u].name, *frame.strata[s]): int(n)
        for u, row in enumerate(frame.headcount)
        for s, n in enumerate(row)
        if n
    }
    assert counts == {
        (DINKES, "PNS", "Laki-laki"): 1,
        (DINKES, "PNS", "Perempuan"): 1,
        (DINKES, "CPNS", "Laki-laki"): 1,
        (DINKES, "PPPK Paruh Waktu", "Perempuan"): 1,
        ("Sekretariat", "PNS", "Laki-laki"): 1,
        ("Sekretariat", "PPPK", "Laki-laki"): 2,
    }
    assert frame.population == 7


def test_religion_and_names_are_not_kept(tmp_path):
    row = dict.fromkeys(SIASN_HEADINGS, "rahasia") | {
        "NIP BARU": _nip(1), "JENIS KELAMIN": "M", "KEDUDUKAN HUKUM NAMA": "Aktif",
    }  # fmt: skip
    path = _book(tmp_path / "a.xlsx", {"PNS": [list(SIASN_HEADINGS), list(row.values())]})
    roster, problems = _read(path)
    assert not problems
    assert roster.people.columns == ["unit", "jenis_pegawai", "jenis_kelamin"]
    assert {g.heading for g in roster.guesses}.isdisjoint({"AGAMA NAMA", "TEMPAT LAHIR", "PNS ID"})


BROKEN = [
    (198501012010011001, "tersimpan sebagai angka", "berformat teks"),
    ("1,98501E+17", "tersimpan sebagai angka", "berformat teks"),
    ("198501012010011000", "terpotong oleh Excel", "berformat teks"),
    (datetime.datetime(1985, 1, 1), "berisi tanggal", "18 digit"),  # noqa: DTZ001
    ("19850101201001100", "17 digit", "Lengkapi"),
    ("19850101201001100X", "memuat huruf", "18 digit"),
    ("198513012010011001", "bukan tanggal lahir", "SIASN"),
    ("198501012010013001", "Digit ke-15", "SIASN"),
    (None, "NIP kosong", "merge"),
]


@pytest.mark.parametrize(("cell", "what", "remedy"), BROKEN, ids=[b[1] for b in BROKEN])
def test_broken_numbers_are_named_by_row_and_masked(tmp_path, cell, what, remedy):
    rows = [["DAFTAR PEGAWAI"], [], HEAD, _person(1), [cell, *_person(2)[1:]]]
    _roster, problems = _read(_book(tmp_path / "a.xlsx", {"PNS": rows}))
    (problem,) = problems.listed
    assert (problem.file, problem.sheet, problem.row, problem.column) == (
        "a.xlsx", "PNS", 5, "NIP BARU",
    )  # fmt: skip
    assert what in problem.what
    assert remedy in problem.remedy
    assert "19850101" not in problem.what


def test_spaces_and_apostrophes_in_numbers_are_fine(tmp_path):
    rows = [HEAD, ["19850101 201001 1 001", *_person(1)[1:]], ["'" + _nip(2), *_person(2)[1:]]]
    roster, problems = _read(_book(tmp_path / "a.xlsx", {"PNS": rows}))
    assert not problems
    assert roster.people.height == 2


def test_odd_appointment_is_counted_and_said(tmp_path):
    rows = [HEAD, ["198501011990011001", *_person(1)[1:]]]
    roster, problems = _read(_book(tmp_path / "a.xlsx", {"PNS": rows}))
    assert not problems
    assert roster.notes == (
        "a.xlsx, PNS: 1 NIP bertanggal pengangkatan tidak lazim; tetap dihitung.",
    )


def test_duplicates_within_and_across_sheets(tmp_path):
    spaced = ["19850101 201001 1 001", *_person(1)[1:]]
    sheets = {"PNS": [HEAD, _person(1), _person(2), spaced], "PPPK": [HEAD, _person(2)]}
    _roster, problems = _read(_book(tmp_path / "a.xlsx", sheets))
    assert [(p.sheet, p.row, p.what) for p in problems.listed] == [
        ("PNS", 4, "NIP •••••••••••••••001 sudah ada di baris 2."),
        ("PPPK", 2, "NIP •••••••••••••••002 sudah ada di lembar PNS baris 3."),
    ]
    assert problems.listed[0].remedy == "Hapus salah satu baris; satu pegawai dihitung sekali."


def test_total_rows_other_sheets_and_gaps_are_said(tmp_path):
    rows = [HEAD, _person(1), ["Jumlah", "1"], [None, "TOTAL PEGAWAI"]]
    sheets = {"PNS": rows, "Catatan": [["tulisan bebas"]], "Lain": [HEAD, _person(2)]}
    roster, problems = _read(_book(tmp_path / "a.xlsx", sheets))
    assert not problems
    assert roster.notes == (
        "a.xlsx: lembar Catatan dilewati karena tidak berjudul kolom pegawai.",
        "a.xlsx, PNS: baris 3 adalah baris jumlah dan dilewati.",
        "a.xlsx, PNS: baris 4 adalah baris jumlah dan dilewati.",
        "a.xlsx: 1 pegawai tanpa jenis_pegawai; strata jenis_pegawai tidak dipakai.",
    )
    assert _frame(roster).strata == (("Laki-laki",),)


def test_sheet_of_employees_without_headings_is_a_problem(tmp_path):
    sheets = {"PNS": [HEAD, _person(1)], "PPPK": [["1", "2"]]}
    _roster, problems = _read(_book(tmp_path / "a.xlsx", sheets))
    assert [(p.sheet, p.what) for p in problems.listed] == [
        ("PPPK", "Tidak ada baris judul yang dikenal.")
    ]


def test_missing_columns_and_nobody_left(tmp_path):
    roster, problems = _read(_book(tmp_path / "a.xlsx", {"PNS": [["NAMA", "JK"], ["Ani", "P"]]}))
    assert roster is None
    assert [p.column for p in problems.listed] == ["NIP", "Unit kerja"]
    assert "--mapping" in problems.listed[0].remedy
    rows = [HEAD, _person(1, status="Meninggal dunia")]
    roster, problems = _read(_book(tmp_path / "b.xlsx", {"PNS": rows}))
    assert roster is None
    assert [p.what for p in problems.listed] == ["Tidak ada pegawai aktif dalam berkas."]


def test_unknown_category_is_named(tmp_path):
    rows = [HEAD, [*_person(1)[:2], "X", *_person(1)[3:]]]
    _roster, problems = _read(_book(tmp_path / "a.xlsx", {"PNS": rows}))
    (problem,) = problems.listed
    assert (problem.row, problem.what) == (2, "Isi “X” tidak dikenal.")
    assert problem.remedy == "Isi dengan salah satu dari: Laki-laki, Perempuan."


def test_merged_unit_cells_are_named(tmp_path):
    rows = [HEAD, _person(1), [*_person(2)[:3], None, None, "Aktif"]]
    _roster, problems = _read(_book(tmp_path / "a.xlsx", {"PNS": rows}))
    (problem,) = problems.listed
    assert (problem.row, problem.what) == (3, "Unit kerja kosong.")
    assert "sel gabungan" in problem.remedy


def test_unknown_unit_gets_a_suggestion_and_smallest_units_find_their_office(tmp_path):
    units = (Unit("01", DINKES), Unit("02", "Dinas Pendidikan"))
    rows = [HEAD, _person(1, "Seksi Gizi"), [*_person(2)[:3], "Dinas Pendidkan", None, "Aktif"]]
    roster, problems = _read(_book(tmp_path / "a.xlsx", {"PNS": rows}), units=units)
    (problem,) = problems.listed
    assert (problem.row, problem.what) == (3, "Unit “Dinas Pendidkan” tidak dikenal.")
    assert problem.remedy.startswith("Mungkin maksudnya “Dinas Pendidikan”")
    assert roster.people["unit"].to_list() == ["01", None]


def test_people_of_units_beyond_the_units_file_count_above_and_it_is_said(tmp_path):
    units = (Unit("01", DINKES), Unit("02", "Puskesmas Rawa 1", "01"))
    names = ["Seksi Gizi", "Puskesmas Rawa 2", "Puskesmas Rawa 1"]
    rows = [HEAD, *(_person(number, name) for number, name in enumerate(names, start=1))]
    roster, problems = _read(_book(tmp_path / "a.xlsx", {"PNS": rows}), units=units)
    assert not problems
    assert roster.people["unit"].to_list() == ["01", "01", "02"]
    assert roster.notes == (
        "a.xlsx: 2 unit tidak ada di berkas unit; pegawainya dihitung di unit induk: "
        "Puskesmas Rawa 2 (1); Seksi Gizi (1).",
    )


def test_slip_of_the_pen_is_no_smaller_unit(tmp_path):
    units = (Unit("01", DINKES), Unit("02", "Puskesmas Rawa", "01"))
    rows = [HEAD, _person(1, "Puskesmas Rawaa")]
    roster, problems = _read(_book(tmp_path / "a.xlsx", {"PNS": rows}), units=units)
    (problem,) = problems.listed
    assert (problem.row, problem.what) == (2, "Unit “Puskesmas Rawaa” tidak dikenal.")
    assert roster.people["unit"].to_list() == [None]


def test_own_template_finds_units_by_code(tmp_path):
    head = ["NIP", "Nama", "Kode Unit", "Nama Unit", "Jenis Pegawai", "Jenis Kelamin"]
    rows = [
        head,
        [_nip(1, 2), "A", "01", None, "pns", None],
        [None, "B", "02", None, "Honorer", "L"],
    ]
    roster, problems = _read(_book(tmp_path / "a.xlsx", {"Isian": rows}))
    assert not problems
    assert sorted(roster.people.rows()) == [
        ("01", "PNS", "Perempuan"), ("02", "Non-ASN", "Laki-laki"),
    ]  # fmt: skip


def test_parent_that_says_nothing_is_left_out(tmp_path):
    rows = [HEAD, _person(1, "Sekretariat"), _person(2, "Bidang")]
    roster, problems = _read(_book(tmp_path / "a.xlsx", {"PNS": rows}))
    assert not problems
    assert [(u.id, u.parent) for u in roster.units] == [("bidang", None), ("sekretariat", None)]
    assert roster.notes == ("a.xlsx: semua pegawai berinduk sama, jadi kolom induk tidak dipakai.",)


def test_deep_names_ask_for_a_units_file(tmp_path):
    rows = [HEAD, _person(1, "Sekretariat"), [*_person(2)[:3], "Sekretariat", "Subbagian", "Aktif"]]
    _roster, problems = _read(_book(tmp_path / "a.xlsx", {"PNS": rows}))
    assert [p.remedy for p in problems.listed] == [
        "Sertakan berkas unit (kode, nama, kode induk) dengan --units."
    ]


def test_unit_sizes_or_every_problem(tmp_path):
    rows = [HEAD, _person(1), _person(2), _person(3, "Sekretariat")]
    good = _book(tmp_path / "a.xlsx", {"PNS": rows})
    assert read_unit_sizes(good) == [(DINKES, 2), ("Sekretariat", 1)]
    with pytest.raises(BadInput):
        read_unit_sizes(_book(tmp_path / "b.xlsx", {"PNS": [*rows, _person(1)]}))


def test_units_file_makes_a_tree_in_any_order(tmp_path):
    path = tmp_path / "unit.csv"
    path.write_text(
        "Kode;Nama;Kode Induk\n01.1;Sekretariat;01\n01;Dinas Kesehatan;\n02;Sekretariat;01\n"
    )
    problems = Problems()
    units, guesses, _notes = read_units(path, problems)
    assert not problems
    assert [g.field for g in guesses] == ["kode", "nama", "kode_induk"]
    assert [(u.id, u.parent) for u in units] == [("01", None), ("01.1", "01"), ("02", "01")]
    index = index_of(units)
    assert index.lookup("dinas  KESEHATAN.") == "01"
    assert index.lookup("sekretariat") is None
    assert index.trouble("Sekretariat")[1] == "Tulis kode unit, salah satu dari: 01.1, 02."
    assert index.trouble("qqq")[1] == "Tulis kode atau nama unit seperti di daftar unit."


def test_units_file_problems(tmp_path):
    path = tmp_path / "unit.csv"
    path.write_text("Kode;Nama;Kode Induk\na;A;b\nb;B;a\nA;C;\nd;;\ne;E;zz\n")
    problems = Problems()
    read_units(path, problems)
    assert [(p.row, p.what) for p in problems.listed] == [
        (4, "Kode unit “A” sudah dipakai di baris 2."),
        (5, "Nama unit kosong."),
        (6, "Unit “zz” tidak dikenal."),
        (2, "Unit “A” termasuk dalam lingkaran induk."),
        (3, "Unit “B” termasuk dalam lingkaran induk."),
    ]
    path.write_text("x;y\n1;2\n")
    problems = Problems()
    assert read_units(path, problems) == ((), [], [])
    assert problems.listed[0].what == "Tidak ada baris judul yang dikenal."
