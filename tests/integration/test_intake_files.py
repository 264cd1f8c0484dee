"""Opening files: format by content, limits, hostile archives, encodings, row numbers."""

from __future__ import annotations

import struct
import subprocess
import sys
import textwrap
import zipfile
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from cermin.intake.archive import CellFault, column_letters, column_number, inspect
from cermin.intake.formats import Limits
from cermin.intake.problems import BadInput, Problems
from cermin.intake.tables import open_tables, read_columns


def _open(path: Path, limits: Limits | None = None):
    problems = Problems()
    tables, notes = open_tables(path, problems, limits or Limits())
    return tables, notes, problems


def _only_problem(path: Path, limits: Limits | None = None):
    tables, _notes, problems = _open(path, limits)
    assert tables == []
    assert len(problems.listed) == 1
    return problems.listed[0]


def _book(path: Path, rows: dict[str, object], title: str = "Data") -> Path:
    book = openpyxl.Workbook()
    book.active.title = title
    for cell, content in rows.items():
        book.active[cell] = content
    book.save(path)
    return path


def _csv_rows(path: Path, content: bytes) -> tuple[list[tuple[object, ...]], Problems]:
    path.write_bytes(content)
    tables, _notes, problems = _open(path)
    table = tables[0]
    names = {str(i): i for i in range(len(table.headings))}
    return read_columns(table, names, problems).rows(), problems


@pytest.mark.parametrize(
    ("content", "what", "remedy"),
    [
        (b"", "Berkas kosong.", "Ekspor ulang berkas dari sumbernya."),
        (b"\n\n  \n", "Berkas tidak berisi tabel.", "Ekspor ulang berkas dari sumbernya."),
        (b"<html><table></table>", "Isinya halaman web", "simpan sebagai Excel Workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "Excel lama (.xls)", "(.xlsx)"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
            "kata sandi",
            "hapus kata sandinya",
        ),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "bukan CSV, XLSX, atau Parquet", "Simpan ulang"),
        (b"PK\x03\x04 broken", "rusak", "simpan dengan nama baru"),
        (b"PAR1 broken PAR1", "rusak", "simpan dengan nama baru"),
        (b"NIP\n\x81\x8d\x8f\n", "Huruf dalam berkas", "CSV UTF-8"),
    ],
)
def test_refusals_say_what_and_how_to_mend(tmp_path, content, what, remedy):
    # The name lies on purpose: the format is told by the content.
    path = tmp_path / "data.xlsx"
    path.write_bytes(content)
    problem = _only_problem(path)
    assert what in problem.what
    assert remedy in problem.remedy
    assert problem.file == "data.xlsx"


def test_missing_file_is_named(tmp_path):
    assert _only_problem(tmp_path / "tidak-ada.csv").what == "Berkas tidak ditemukan."


@pytest.mark.parametrize(
    ("members", "what"),
    [
        (["xl/workbook.xml", "xl/vbaProject.bin"], "makro"),
        (["content.xml", "mimetype"], "OpenDocument"),
        (["word/document.xml"], "bukan berkas Excel"),
        (["xl/workbook.xml"], "rusak"),
    ],
)
def test_other_archives_are_refused(tmp_path, members, what):
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        for member in members:
            archive.writestr(member, "<workbook/>")
    assert what in _only_problem(path).what


def test_encrypted_archive_is_recognised(tmp_path):
    path = _book(tmp_path / "a.xlsx", {"A1": "NIP"})
    raw = bytearray(path.read_bytes())
    at = raw.index(b"PK\x01\x02")
    raw[at + 8] |= 1
    path.write_bytes(raw)
    assert "kata sandi" in _only_problem(path).what


def _bomb(path: Path, zeros: int) -> Path:
    _book(path, {"A1": "NIP", "A2": "1"})
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/image1.bin", bytes(zeros))
    return path


def test_zip_bomb_is_refused_before_it_is_unpacked(tmp_path):
    problem = _only_problem(_bomb(tmp_path / "bom.xlsx", 40 << 20))
    assert "bom ZIP" in problem.what
    assert problem.remedy == "Salin tabelnya ke berkas Excel baru dan simpan sebagai .xlsx."


def test_lying_directory_does_not_hide_a_bomb(tmp_path):
    path = _bomb(tmp_path / "bom.xlsx", 40 << 20)
    raw = bytearray(path.read_bytes())
    at = raw.rindex(b"PK\x01\x02")
    struct.pack_into("<I", raw, at + 24, 100)  # declared size of the last part
    path.write_bytes(raw)
    assert "bom ZIP" in _only_problem(path).what


def test_lying_directory_that_declares_too_much_is_damage(tmp_path):
    path = _bomb(tmp_path / "a.xlsx", 100)
    raw = bytearray(path.read_bytes())
    at = raw.rindex(b"PK\x01\x02")
    struct.pack_into("<I", raw, at + 24, 200)
    path.write_bytes(raw)
    assert "rusak" in _only_problem(path).what


@pytest.mark.parametrize(
    "limits", [Limits(unpacked_bytes=2_000), Limits(entries=3), Limits(ratio=2, ratio_floor=100)]
)
def test_each_archive_limit_holds(tmp_path, limits):
    path = _book(tmp_path / "a.xlsx", {"A1": "NIP", "A2": "1"})
    assert _open(path)[0]
    assert "bom ZIP" in _only_problem(path, limits).what


def test_doubled_parts_are_refused(tmp_path):
    path = _book(tmp_path / "a.xlsx", {"A1": "NIP"})
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    assert "rusak" in _only_problem(path).what


def test_file_beyond_the_limit_is_refused_with_both_sizes(tmp_path):
    path = tmp_path / "besar.csv"
    path.write_bytes(b"NIP;Unit\n" + b"1;a\n" * (1 << 19))
    problem = _only_problem(path, Limits(file_bytes=1 << 20))
    assert problem.what == "Berkas berukuran 2 MB; batasnya 1 MB."
    assert "pecah berkas" in problem.remedy


@pytest.mark.slow
def test_200_mb_csv_is_read_within_memory(tmp_path):
    path = tmp_path / "besar.csv"
    line = b"198501012010011%03d;Nama Pegawai;" + b"x" * 160 + b";Dinas %02d\n"
    block = b"".join(line % (i % 1000, i % 40) for i in range(5_000))
    blocks = (200 << 20) // len(block) + 1
    with path.open("wb") as stream:
        stream.write(b"NIP;NAMA;CATATAN;UNOR NAMA\n")
        for _block in range(blocks):
            stream.write(block)
    assert path.stat().st_size > 200 << 20
    script = textwrap.dedent(
        """
        import sys
        from pathlib import Path
        from cermin.intake.formats import Limits
        from cermin.intake.problems import Problems
        from cermin.intake.tables import open_tables, read_columns
        problems = Problems()
        tables, _ = open_tables(Path(sys.argv[1]), problems, Limits())
        frame = read_columns(tables[0], {"nip": 0, "unit": 3}, problems)
        # A process inherits the ru_maxrss of the one that started it; this is its own.
        lines = Path("/proc/self/status").read_text().splitlines()
        peak = next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) // 1024
        print(frame.height, frame["row"][-1], len(problems.listed), peak)
        """
    )
    run = subprocess.run(
        [sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=True
    )
    height, last_row, n_problems, peak_mb = map(int, run.stdout.split())
    assert (height, last_row, n_problems) == (5_000 * blocks, 5_000 * blocks + 1, 0)
    assert peak_mb < 1_500


EXPECTED = [(2, "1", "José"), (3, "2", "Ani")]


@pytest.mark.parametrize(
    "content",
    [
        "NIP;Nama\n1;José\n2;Ani\n".encode(),
        "\ufeffNIP,Nama\n1,José\n2,Ani\n".encode(),
        "NIP;Nama\r\n1;José\r\n2;Ani\r\n".encode("cp1252"),
        "NIP\tNama\n1\tJosé\n2\tAni\n".encode("utf-16"),
        "\ufeffNIP;Nama\n1;José\n2;Ani\n".encode("utf-16-be"),
        "NIP|Nama\r1|José\r2|Ani\r".encode(),
    ],
    ids=["utf8-semicolon", "bom-comma", "cp1252-crlf", "utf16-tab", "utf16be", "old-mac"],
)
def test_encodings_and_separators(tmp_path, content):
    rows, problems = _csv_rows(tmp_path / "a.csv", content)
    assert rows == EXPECTED
    assert not problems


def test_excel_separator_hint_is_believed(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(b"sep=;\nNIP;Nama, Gelar\n1;A, B\n")
    tables, _notes, problems = _open(path)
    table = tables[0].with_header(1)
    assert read_columns(table, {"a": 0, "b": 1}, problems).rows() == [(3, "1", "A, B")]


def test_csv_rows_are_numbered_as_excel_shows_them(tmp_path):
    # Titles and a blank line above, a line break inside a cell, blank rows between.
    content = b'Daftar pegawai\n\nNIP;Nama;Unit\n1;"a\nb";c\n\n;;\n2;x\n3;y;z;;\n'
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    tables, _notes, problems = _open(path)
    frame = read_columns(tables[0].with_header(2), {"n": 0, "u": 2}, problems)
    assert frame.rows() == [(4, "1", "c"), (7, "2", None), (8, "3", "z")]
    assert not problems


def test_row_with_more_cells_than_headings_is_named(tmp_path):
    _rows, problems = _csv_rows(tmp_path / "a.csv", b"NIP,Nama\n1,Ani\n2,Budi, S.Sos\n")
    (problem,) = problems.listed
    assert problem.row == 3
    assert "lebih banyak kolom" in problem.what
    assert "tanda kutip" in problem.remedy


def test_open_quote_is_named(tmp_path):
    rows, problems = _csv_rows(tmp_path / "a.csv", b'NIP;Nama\n1;2\n2;"Ani\n')
    assert rows == []
    assert "tidak ditutup" in problems.listed[0].what


def test_workbook_rows_and_hidden_sheets(tmp_path):
    path = tmp_path / "a.xlsx"
    book = openpyxl.Workbook()
    book.active.title = "PNS"
    book.active["B3"] = "DAFTAR"
    book.active.merge_cells("B3:D3")
    for cell, content in {
        "B5": "NIP",
        "C5": "Nama",
        "B6": "1",
        "C6": "=1+1 teks",
        "B9": " 2 ",
    }.items():
        book.active[cell] = content
    book.active["C6"].data_type = "s"
    hidden = book.create_sheet("Arsip")
    hidden.sheet_state = "hidden"
    hidden["A1"] = "NIP"
    book.create_sheet("Kosong")
    book.save(path)
    tables, notes, problems = _open(path)
    assert [t.sheet for t in tables] == ["PNS"]
    assert notes == ["a.xlsx: lembar tersembunyi Arsip tidak dibaca."]
    table = tables[0].with_header(4)
    assert table.headings[:2] == ("NIP", "Nama")
    assert table.letter(0) == "B"
    frame = read_columns(table, {"nip": 0, "nama": 1}, problems)
    assert frame.rows() == [(6, "1", "=1+1 teks"), (9, "2", None)]
    assert not problems


def test_formula_without_result_and_error_cells_are_named_where_they_are_read(tmp_path):
    path = _book(
        tmp_path / "a.xlsx",
        {"A1": "NIP", "B1": "Nama", "C1": "Lain", "A2": "1", "B2": "=A2&1", "C2": "=1+1",
         "A3": "2", "B3": "#N/A"},
    )  # fmt: skip
    tables, _notes, problems = _open(path)
    read_columns(tables[0], {"nip": 0, "nama": 1}, problems)
    assert [(p.row, p.column, p.what) for p in problems.listed] == [
        (2, "Nama", "Sel berisi rumus yang hasilnya tidak tersimpan."),
        (3, "Nama", "Sel berisi galat rumus (misalnya #N/A atau #REF!)."),
    ]
    assert "Paste Values" in problems.listed[0].remedy


def test_formula_with_a_stored_result_is_a_value(tmp_path):
    import xlsxwriter

    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["NIP", "Nama"])
        sheet.write_string(1, 0, "1")
        sheet.write_formula(1, 1, '="A"&"ni"', value="Ani")
    tables, _notes, problems = _open(path)
    assert read_columns(tables[0], {"nip": 0, "nama": 1}, problems).rows() == [(2, "1", "Ani")]
    assert not problems


def test_long_numbers_are_found_with_and_without_namespace_prefix(tmp_path):
    path = _book(tmp_path / "a.xlsx", {"A1": "NIP", "A2": 198501012010011001, "B2": 1.5, "A3": "9"})
    assert inspect(path, Limits()).faults["Data"] == {(2, 0): CellFault.LONG_NUMBER}
    prefixed = tmp_path / "b.xlsx"
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(prefixed, "w") as target:
        for name in source.namelist():
            text = source.read(name)
            if name.endswith("sheet1.xml"):
                text = (
                    text.replace(b"</", b"</x:").replace(b"<", b"<x:").replace(b"<x:/x:", b"</x:")
                )
                text = text.replace(b"xmlns=", b"xmlns:x=")
            target.writestr(name, text)
    assert inspect(prefixed, Limits()).faults["Data"] == {(2, 0): CellFault.LONG_NUMBER}


def test_column_letters_and_numbers_are_inverse():
    assert [column_letters(n) for n in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]
    assert all(column_number(column_letters(n)) == n for n in range(800))


def test_parquet_is_read_as_text(tmp_path):
    path = tmp_path / "a.parquet"
    pl.DataFrame({"NIP": [198501012010011001], "Nama": ["Ani"]}).write_parquet(path)
    tables, _notes, problems = _open(path)
    frame = read_columns(tables[0], {"nip": 0}, problems)
    assert frame.rows() == [(2, "198501012010011001")]


def test_problem_list_is_cut_but_counted_and_written(tmp_path):
    problems = Problems(limit=2)
    for row in range(5):
        problems.add("unit kosong", "=1+1", "Isi.", file="a.csv", sheet="S", row=row, column="U")
    with pytest.raises(BadInput, match="5 masalah") as raised:
        problems.stop_if_any()
    report = raised.value.report
    assert (len(report.listed), report.total) == (2, 5)
    for name in ("m.txt", "m.csv", "m.xlsx"):
        report.write(tmp_path / name)
    assert "... dan 3 masalah lain.\nJumlah unit kosong: 5" in (tmp_path / "m.txt").read_text()
    assert "a.csv, S, baris 0, kolom U: =1+1 Isi." in (tmp_path / "m.txt").read_text()
    assert ";'=1+1;" in (tmp_path / "m.csv").read_text("utf-8-sig")
    book = openpyxl.load_workbook(tmp_path / "m.xlsx")
    assert book["Masalah"]["E2"].value == "=1+1"
    assert book["Masalah"]["E2"].data_type == "s"
    assert book["Jumlah"]["B1"].value == 5


def test_nothing_is_raised_without_problems():
    Problems().stop_if_any()


@pytest.mark.parametrize("cell", ["XFD1048576", "ZZ999999"])
def test_two_cells_far_apart_are_refused_before_room_is_made(tmp_path, cell):
    problem = _only_problem(_book(tmp_path / "a.xlsx", {"A1": "NIP", cell: "x"}))
    assert "sangat jauh dari tabelnya" in problem.what
    assert problem.remedy == "Salin tabelnya saja ke lembar baru, lalu simpan."


@pytest.mark.parametrize("cell", ["IV9", "A1048576"])
def test_one_stray_cell_is_no_attack(tmp_path, cell):
    tables, _notes, problems = _open(_book(tmp_path / "a.xlsx", {"A1": "NIP", cell: "x"}))
    assert not problems
    assert len(tables) == 1


def test_formula_whose_result_is_an_empty_text_is_a_value(tmp_path):
    import xlsxwriter

    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["NIP", "Nama"])
        sheet.write_string(1, 0, "1")
        sheet.write_formula(1, 1, '=""', value="")
    patched = tmp_path / "b.xlsx"
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(patched, "w") as target:
        for name in source.namelist():
            text = source.read(name).replace(b'<c r="B2">', b'<c r="B2" t="str">')
            target.writestr(
                name,
                text.replace(b"<v>0</v></c></row></sheetData>", b"<v></v></c></row></sheetData>"),
            )
    tables, _notes, problems = _open(patched)
    assert read_columns(tables[0], {"nip": 0, "nama": 1}, problems).rows() == [(2, "1", None)]
    assert not problems
