"""Rosters person by person: sound rows taken, the others handed back, nothing else read."""

from __future__ import annotations

import openpyxl
import pytest

from cermin.core.fictional import fictional_frame, fictional_kabupaten, fictional_roster
from cermin.core.population import Unit
from cermin.intake import units as units_module
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
        "UNOR INDUK NAMA": "Dinas Y", "NOMOR HP": "", "EMAIL": "", "EMAIL GOV": "",
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
        "KEDUDUKAN HUKUM NAMA", "NOMOR HP", "EMAIL", "EMAIL GOV",
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


def test_each_unknown_unit_is_looked_for_once(tmp_path, monkeypatch) -> None:
    """However many people stand under it: looking for near names takes long."""
    asked: list[str] = []

    def near(text: str, names: list[str], **options: object) -> list[str]:
        asked.extend([text] if names else [])
        return []

    monkeypatch.setattr(units_module, "get_close_matches", near)
    units = [Unit(f"u{n}", f"Sekolah Dasar Negeri {n} Rawa") for n in range(600)]
    rows = [f"{nip(1)[:10]}{n // 900 % 12 + 1:02d}{1}{n % 900:03d}0;A{n};SD {n % 40};PNS;"
            for n in range(20_000)]  # fmt: skip
    found, _problems = read(csv(tmp_path, *rows), units)
    assert found.rows.is_empty()
    assert 40 <= len(asked) <= 2 * 40  # is it a slip? which names are near?


# ------------------------------------------------------------------ contacts

CONTACT_HEAD = HEAD + ";No. HP;Email;EMAIL GOV"


def contacts(tmp_path, *rows: str, head: str = CONTACT_HEAD):
    lines = [f"{nip(i)};Orang {i};dinkes;PNS;;{row}" for i, row in enumerate(rows, start=1)]
    found, problems = read(csv(tmp_path, *lines, head=head))
    assert not problems
    assert found.problems.is_empty()
    assert found.rows.height == len(rows)  # nobody is left out for a contact
    return found


def test_contacts_are_read_and_the_address_of_the_office_is_preferred(tmp_path) -> None:
    found = contacts(
        tmp_path, "0812-3456-7890;a@pribadi.example;a@dinas.example", ";b@pribadi.example;-",
        ";c@pribadi.example;bukan alamat", "81234567891;;",
    )  # fmt: skip
    assert found.rows.select("telepon", "surel").rows() == [
        ("6281234567890", "a@dinas.example"),
        (None, "b@pribadi.example"),
        (None, "c@pribadi.example"),
        ("6281234567891", None),
    ]
    assert found.warnings.is_empty()


def test_bad_contacts_are_warnings_with_their_place(tmp_path) -> None:
    found = contacts(tmp_path, "12;;salah", ";salah@;salah", "081234567890;-;tidak ada")
    assert found.rows.select("telepon", "surel").rows() == [
        (None, None), (None, None), ("6281234567890", None),
    ]  # fmt: skip
    assert found.warnings.select("row", "column").rows() == [
        (2, "EMAIL GOV"), (2, "No. HP"), (3, "EMAIL GOV"), (3, "Email"),
    ]  # fmt: skip
    words = str(found.warnings.rows())
    assert "nama@instansi.go.id" in words
    assert "salah" not in words


def test_contacts_of_several_people_are_left_empty(tmp_path) -> None:
    found = contacts(
        tmp_path, "081234567890;;Dinkes@dinas.example", "+6281234567890;;dinkes@dinas.example",
        ";;c@dinas.example",
    )  # fmt: skip
    assert found.rows["surel"].to_list() == [None, None, "c@dinas.example"]
    assert found.rows["telepon"].null_count() == 3
    assert found.warnings.select("row", "column").rows() == [
        (2, "Surel"), (2, "Nomor HP"), (3, "Surel"), (3, "Nomor HP"),
    ]  # fmt: skip


def test_contact_headings_are_never_guessed_and_doubled_ones_stop_nothing(tmp_path) -> None:
    head = HEAD + ";EMAIL GOVT;Email;Alamat Email"
    found = contacts(tmp_path, "a@dinas.example;b@dinas.example;c@dinas.example", head=head)
    assert found.rows["surel"].to_list() == ["b@dinas.example"]
    assert any("hanya G dibaca" in note for note in found.notes)


def test_rows_with_nothing_but_contacts_are_blank_rows(tmp_path) -> None:
    path = csv(tmp_path, f"{nip(1)};A;dinkes;PNS;;;;", ";;;;;08123456789;;", head=CONTACT_HEAD)
    found, problems = read(path)
    assert not problems
    assert found.rows.height == 1
    assert found.unsure.is_empty()


def test_formula_errors_in_contacts_are_warnings(tmp_path) -> None:
    book = openpyxl.Workbook()
    book.active.title = "PNS"
    book.active.append(["NIP", "Nama", "Unit Kerja", "Email", "Nomor HP"])
    book.active.append([nip(1), "A", "dinkes", "=1/0", 81234567890])
    book.active["D2"].data_type = "e"
    book.active["D2"].value = "#N/A"
    book.active["D2"].data_type = "e"
    book.save(tmp_path / "a.xlsx")
    found, problems = read(tmp_path / "a.xlsx")
    assert not problems
    assert found.rows.select("surel", "telepon").rows() == [(None, "6281234567890")]
    assert found.warnings.select("row", "column").rows()[0] == (2, "Email")
