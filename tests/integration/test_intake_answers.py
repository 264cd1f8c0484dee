"""Answers of four survey tools, evidence, mapping files, templates, and everything together."""

from __future__ import annotations

import csv
from pathlib import Path

import openpyxl
import pytest

from cermin.core.errors import UserError
from cermin.core.population import Unit
from cermin.core.scheme import ItemKind
from cermin.core.worksheet import criteria_of
from cermin.instruments.load import load_questionnaire, load_worksheet
from cermin.intake.answers import read_answers
from cermin.intake.evidence import read_evidence
from cermin.intake.inputs import Agency, InputFiles, read_inputs
from cermin.intake.mapping import read_mapping, write_mapping
from cermin.intake.problems import BadInput, Problems
from cermin.intake.roster import read_roster
from cermin.intake.templates import write_template
from cermin.intake.units import read_units

QUESTIONNAIRE = load_questionnaire("kuesioner-perilaku-2025")
VOTES = load_questionnaire("kuesioner-votes-2022")
WORKSHEET = load_worksheet("lke-budaya-kerja-2025")
ITEMS = QUESTIONNAIRE.items
UNITS = (
    Unit("01", "Dinas Kesehatan"),
    Unit("01.1", "Sekretariat", "01"),
    Unit("02", "Inspektorat"),
)
CODES = [[1 + (row + i) % 5 for i in range(21)] for row in range(3)]


def _csv(path: Path, rows: list[list[object]], encoding: str = "utf-8") -> Path:
    with path.open("w", encoding=encoding, newline="") as stream:
        csv.writer(stream).writerows(rows)
    return path


def _read(path: Path, questionnaire=QUESTIONNAIRE, **wanted):
    problems = Problems()
    sheet = read_answers(path, problems, questionnaire=questionnaire, units=UNITS, **wanted)
    return sheet, problems


def _label(item, code: int) -> str:
    return next(option.label.id for option in item.options if option.code == code)


def _labels(codes: list[int]) -> list[str]:
    return [_label(item, code) for item, code in zip(ITEMS, codes, strict=True)]


def _google(path: Path) -> Path:
    head = [
        "Stempel waktu",
        "Alamat email",
        "Unit kerja",
        "Jenis kelamin",
        *(i.text.id for i in ITEMS),
    ]
    rows = [
        ["01/10/2025 08:00:00", "a@b.go.id", unit, sex, *_labels(codes)]
        for unit, sex, codes in zip(
            ["dinas kesehatan", "01.1", "INSPEKTORAT"], ["L", "Perempuan", "P"], CODES, strict=True
        )
    ]
    return _csv(path, [head, *rows])


LIME_HEAD = ["id", "submitdate", "ipaddr", "unit", "catatan"]
LAYOUTS = {
    "cermin": (["Kode Unit", *(i.id for i in ITEMS)], [], str),
    "limesurvey-coded": (
        [*LIME_HEAD, *(f"G01Q01[{i.id}]" for i in ITEMS)], LIME_HEAD, "A{}".format,
    ),
    "limesurvey-full": (
        [*LIME_HEAD, *(f"Seberapa sering? [{i.text.id}]" for i in ITEMS)], LIME_HEAD, None,
    ),
    "kobo-coded": (
        ["start", "_id", "umum/unit", *(f"perilaku/{i.id}" for i in ITEMS)],
        ["start", "_id", "umum/unit"], str,
    ),
    "kobo-full": (["start", "_id", "Unit kerja", *(i.text.id for i in ITEMS)],
                  ["start", "_id", "Unit kerja"], None),
}  # fmt: skip


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts_of_survey_tools(tmp_path, layout):
    head, before, cell = LAYOUTS[layout]
    rows = []
    for unit, codes in zip(["01", "01.1", "02"], CODES, strict=True):
        place = [unit if "unit" in h.lower() else "x" for h in before] or [unit]
        cells = _labels(codes) if cell is None else [cell(code) for code in codes]
        if layout == "kobo-full":
            cells = [c.lower().replace(" ", "_") for c in cells]
        rows.append([*place, *cells])
    mapping = {"unit": "umum/unit"} if layout == "kobo-coded" else None
    sheet, problems = _read(_csv(tmp_path / "a.csv", [head, *rows]), mapping=mapping)
    assert problems.listed == []
    assert sheet.rows.select(i.id for i in ITEMS).rows() == [tuple(codes) for codes in CODES]
    assert sheet.rows["unit"].to_list() == ["01", "01.1", "02"]


def test_google_forms_drops_identity_and_time_and_says_so(tmp_path):
    sheet, problems = _read(_google(tmp_path / "g.csv"))
    assert problems.listed == []
    assert sheet.rows["unit"].to_list() == ["01", "01.1", "02"]
    assert sheet.rows["jenis_kelamin"].to_list() == ["Laki-laki", "Perempuan", "Perempuan"]
    assert sheet.rows.select(i.id for i in ITEMS).rows() == [tuple(codes) for codes in CODES]
    assert sheet.notes == (
        "g.csv: kolom identitas tidak dibaca: Alamat email.",
        "g.csv: kolom waktu tidak dibaca: Stempel waktu.",
    )
    table = sheet.table("kab", ("jenis_kelamin",))
    assert table.schema.names == ["agency", "unit", "jenis_kelamin", *(i.id for i in ITEMS)]
    assert {str(table.schema.field(i.id).type) for i in ITEMS} == {"int8"}


def test_each_bad_row_is_named(tmp_path):
    head = ["Kode Unit", "Jenis Kelamin", *(i.id for i in ITEMS)]
    good = ["01", "L", *[3] * 21]
    rows = [
        head,
        good,
        ["01", "L", 6, *[3] * 20],
        ["Dinas Kesehatn", "L", *[3] * 21],
        ["", "L", *[3] * 21],
        ["01", "Q", *[3] * 21],
        ["01", "L", *[""] * 21],
        ["01", "L", "", "Sering sekali", *[3] * 19],
    ]
    sheet, problems = _read(_csv(tmp_path / "a.csv", rows))
    assert {(p.row, p.column, p.what) for p in problems.listed} == {
        (3, "bp1", "Jawaban “6” tidak dikenal."),
        (4, "Unit kerja", "Unit “Dinas Kesehatn” tidak dikenal."),
        (5, "Unit kerja", "Unit kerja kosong."),
        (6, "jenis_kelamin", "Isi “Q” tidak dikenal."),
        (8, "bp2", "Jawaban “Sering sekali” tidak dikenal."),
    }
    scale = next(p for p in problems.listed if p.row == 3)
    assert scale.remedy.startswith(
        "Isi dengan salah satu dari: 1 (Hampir tidak pernah), 2 (Jarang)"
    )
    assert sheet.notes == ("a.csv: 1 baris tanpa satu pun jawaban dilewati (baris 7).",)
    assert sheet.rows["bp1"].to_list()[-1] is None


def test_unknown_codes_are_guessed_by_order_but_need_a_mapping(tmp_path):
    codes = [f"Q{n:03d}" for n in range(1, 22)]
    path = _csv(tmp_path / "a.csv", [["unit", *codes], ["01", *CODES[0]]])
    sheet, problems = _read(path)
    assert sheet is None
    assert set(problems.counts) == {"tebakan kolom meragukan"}
    assert problems.listed[0].what == (
        "Kolom “Q001” mungkin butir bp1 (urutan kolom sama dengan urutan butir)."
    )
    mapping = {item.id: code for item, code in zip(ITEMS, codes, strict=True)}
    sheet, problems = _read(path, mapping=mapping)
    assert problems.listed == []
    assert sheet.rows.select(i.id for i in ITEMS).rows() == [tuple(CODES[0])]
    assert {g.reason for g in sheet.guesses if g.field == "bp1"} == {"ditetapkan berkas pemetaan"}


def test_missing_and_doubled_questions_are_named(tmp_path):
    head = ["bp1", "1. " + ITEMS[0].text.id, *(i.id for i in ITEMS[2:])]
    sheet, problems = _read(_csv(tmp_path / "a.csv", [head, [3] * 21]))
    assert sheet is None
    assert [p.what for p in problems.listed] == [
        "Kolom A, B sama-sama berisi butir bp1.",
        "Kolom Unit kerja tidak ditemukan.",
        f"Tidak ada kolom untuk butir bp2: “{ITEMS[1].text.id}”",
    ]


def test_file_without_known_headings(tmp_path):
    sheet, problems = _read(_csv(tmp_path / "a.csv", [["x", "y"], [1, 2]]))
    assert sheet is None
    assert problems.listed[0].what == "Tidak ada judul kolom yang cocok dengan kuesioner."


def _vote_items():
    return [item for item in VOTES.items if item.kind is ItemKind.CHOOSE_K]


def _votes_file(path: Path, cell_of) -> Path:
    others = [i for i in VOTES.items if i.kind not in (ItemKind.CHOOSE_K, ItemKind.COMMENT)]
    head = ["unit", *(i.id for i in _vote_items()), *(i.id for i in others)]
    cells = [cell_of(item) for item in _vote_items()]
    return _csv(path, [head, ["01", *cells, *(i.options[0].code for i in others)]])


@pytest.mark.parametrize(
    "cell_of",
    [
        lambda item: ", ".join(o.label.id for o in item.options[: item.choose]),
        lambda item: ";".join(o.label.id for o in item.options[: item.choose]),
        lambda item: " ".join(o.id for o in item.options[: item.choose]),
        lambda item: "; ".join(str(o.code) for o in item.options[: item.choose]),
    ],
    ids=["google-comma", "semicolon-labels", "kobo-ids", "template-codes"],
)
def test_votes_in_one_cell(tmp_path, cell_of):
    sheet, problems = _read(_votes_file(tmp_path / "a.csv", cell_of), VOTES)
    assert problems.listed == []
    for item in _vote_items():
        votes = [sheet.rows[column.name][0] for column in item.columns]
        assert votes == [1] * item.choose + [0] * (len(item.options) - item.choose)


def test_wrong_number_and_unknown_votes_are_named(tmp_path):
    first, second, third = _vote_items()[:3]
    cells = {
        first.id: ", ".join(o.label.id for o in first.options[: first.choose - 1]),
        second.id: "Rajin menabung;" + ";".join(o.label.id for o in second.options[:9]),
        third.id: ";".join(o.label.id for o in third.options[: third.choose]),
    }
    _sheet, problems = _read(_votes_file(tmp_path / "a.csv", lambda i: cells[i.id]), VOTES)
    assert [(p.row, p.column, p.what) for p in problems.listed] == [
        (2, first.id, "Ada 9 pilihan, seharusnya 10."),
        (2, second.id, "Pilihan “Rajin menabung” tidak dikenal."),
    ]
    assert problems.listed[0].remedy.startswith("Pilih tepat 10 dari: ")


@pytest.mark.parametrize(("yes", "no"), [("Y", ""), ("1", "0")])
def test_votes_in_one_column_per_option(tmp_path, yes, no):
    head, row = ["unit"], ["01"]
    for item in _vote_items():
        for n, option in enumerate(item.options):
            head.append(f"{item.id}[{option.id}]" if yes == "Y" else f"suara/{item.id}/{option.id}")
            row.append(yes if n < item.choose else no)
    others = [i for i in VOTES.items if i.kind not in (ItemKind.CHOOSE_K, ItemKind.COMMENT)]
    path = _csv(tmp_path / "a.csv", [head + [i.id for i in others], row + [1 for _i in others]])
    sheet, problems = _read(path, VOTES)
    assert problems.listed == []
    assert sheet.rows[_vote_items()[0].columns[0].name].to_list() == [1]
    assert sheet.rows[_vote_items()[0].columns[-1].name].to_list() == [0]


# ------------------------------------------------------------------ mapping files


def test_mapping_round_trip_and_guesses_are_explained(tmp_path):
    sheet, _problems = _read(_google(tmp_path / "g.csv"))
    path = tmp_path / "pemetaan.yaml"
    write_mapping(sheet.guesses, "answers", path)
    write_mapping((), "roster", path)
    again, problems = _read(tmp_path / "g.csv", mapping=read_mapping(path)["answers"])
    assert problems.listed == []
    assert again.rows.equals(sheet.rows)
    assert all(guess.sure and guess.reason for guess in sheet.guesses)
    assert {g.column for g in again.guesses} == {g.column for g in sheet.guesses}
    assert path.read_text().startswith("# Pemetaan kolom")
    assert set(read_mapping(path)) == {"answers", "roster"}


def test_doubtful_conflicting_and_missing_columns(tmp_path):
    path = _csv(
        tmp_path / "a.csv",
        [["NIP", "Unit kerrja", "JK", "JK"], ["198501012010011001", "A", "L", "L"]],
    )
    problems = Problems()
    read_roster(path, problems)
    kinds = {(p.column, p.what) for p in problems.listed}
    assert ("JK", "Kolom C, D sama-sama berjudul Jenis kelamin.") in kinds
    assert any(column == "Unit kerrja" and "mungkin unit" in what for column, what in kinds)
    problems = Problems()
    read_roster(path, problems, mapping={"unit": "Unit kerrja", "jenis_kelamin": None})
    assert problems.listed == []
    problems = Problems()
    read_roster(path, problems, mapping={"unit": "OPD", "jenis_kelamin": "JK"})
    assert (
        "kolom itu tidak ada" in problems.listed[0].what
        or "kolom itu tidak ada" in problems.listed[1].what
    )
    assert {"pemetaan tidak cocok", "judul kolom ganda"} <= set(problems.counts)


@pytest.mark.parametrize(
    "text", ["- a\n", "roster: 3\n", "lain: {a: b}\n", "a: [\n", "roster: {nip: [1]}\n"]
)
def test_broken_mapping_file(tmp_path, text):
    path = tmp_path / "m.yaml"
    path.write_text(text)
    with pytest.raises(UserError, match=r"m\.yaml"):
        read_mapping(path)
    with pytest.raises(UserError, match="tidak ada"):
        read_mapping(tmp_path / "none.yaml")


# ------------------------------------------------------------------ evidence and templates


def _filled_worksheet(path: Path, *, change=None) -> Path:
    write_template("evidence", path, units=UNITS[:2], worksheet=WORKSHEET)
    book = openpyxl.load_workbook(path)
    sheet = book["Isian"]
    answers = {"yes_no": "Ya", "zero_to_five": "4", "percent": "80"}
    kinds = {c.id: c.kind.value for c in criteria_of(WORKSHEET)}
    for row in range(2, sheet.max_row + 1):
        if sheet.cell(row, 1).value == "01":
            sheet.cell(row, 6).value = answers.get(kinds[sheet.cell(row, 3).value], "A")
    if change:
        change(sheet)
    book.save(path)
    return path


def _evidence(path: Path):
    problems = Problems()
    return read_evidence(path, problems, worksheet=WORKSHEET, units=UNITS), problems


def test_evidence_template_is_read_back(tmp_path):
    sheet, problems = _evidence(_filled_worksheet(tmp_path / "lke.xlsx"))
    assert problems.listed == []
    assert set(sheet.answers) == {"01"}
    assert set(sheet.answers["01"]) == {c.id for c in criteria_of(WORKSHEET)}


def test_evidence_problems_are_named(tmp_path):
    def change(sheet):
        sheet["F2"] = "Mungkin"
        sheet["A3"] = "99"
        sheet["C4"] = "zz"
        sheet["C5"] = sheet["C6"].value

    _sheet, problems = _evidence(_filled_worksheet(tmp_path / "lke.xlsx", change=change))
    named = {(p.row, p.column) for p in problems.listed}
    assert {(2, "Jawaban"), (3, "Unit kerja"), (4, "Kode kriteria"), (6, "Kode kriteria")} <= named
    assert "kriteria belum dinilai" in problems.counts
    assert any("sudah diisi di baris 5" in p.what for p in problems.listed)


def test_evidence_without_its_columns(tmp_path):
    assert _evidence(_csv(tmp_path / "a.csv", [["x"], ["y"]]))[0] is None
    for head in (["Kode Kriteria", "Jawaban"], ["Kode Unit", "Jawaban"]):
        sheet, problems = _evidence(_csv(tmp_path / "b.csv", [head, ["1", "A"]]))
        assert sheet is None
        assert "tidak ditemukan" in problems.listed[0].what


def test_templates_have_lists_frozen_headings_and_text_cells(tmp_path):
    hostile = (Unit("=1+1", '=HYPERLINK("x")'),)
    for kind in ("roster", "units", "answers"):
        write_template(kind, tmp_path / f"{kind}.xlsx", units=hostile, questionnaire=QUESTIONNAIRE)
        book = openpyxl.load_workbook(tmp_path / f"{kind}.xlsx")
        assert book.sheetnames == ["Isian", "Petunjuk"]
        assert book["Isian"].freeze_panes == "A2"
    units = openpyxl.load_workbook(tmp_path / "units.xlsx")["Isian"]
    assert (units["A2"].value, units["A2"].data_type) == ("=1+1", "s")
    answers = openpyxl.load_workbook(tmp_path / "answers.xlsx")["Isian"]
    lists = [v.formula1 for v in answers.data_validations.dataValidation]
    assert '"1,2,3,4,5"' in lists
    assert '"Laki-laki,Perempuan"' in lists
    problems = Problems()
    read_back, _guesses, _notes = read_units(tmp_path / "units.xlsx", problems)
    assert read_back == hostile
    write_template("answers", tmp_path / "votes.xlsx", questionnaire=VOTES)


def test_templates_need_their_scheme(tmp_path):
    with pytest.raises(UserError, match="kuesioner"):
        write_template("answers", tmp_path / "a.xlsx")
    with pytest.raises(UserError, match="daftar unit"):
        write_template("evidence", tmp_path / "a.xlsx", worksheet=WORKSHEET)


# ------------------------------------------------------------------ everything together


AGENCY = Agency("kab", "Kabupaten", "kabupaten", 2025)


def _roster_file(path: Path) -> Path:
    head = ["NIP", "Kode Unit", "Jenis Pegawai"]
    rows = [[f"19850101201001{1 + n % 2}{n + 1:03d}", UNITS[n % 3].id, "PNS"] for n in range(12)]
    return _csv(path, [head, *rows])


def _units_file(path: Path) -> Path:
    write_template("units", path, units=UNITS)
    return path


def test_everything_is_read_together(tmp_path):
    inputs = read_inputs(
        InputFiles(
            roster=_roster_file(tmp_path / "r.csv"),
            answers=_google(tmp_path / "g.csv"),
            evidence=_filled_worksheet(tmp_path / "lke.xlsx"),
            units=_units_file(tmp_path / "u.xlsx"),
        ),
        agency=AGENCY,
        questionnaire=QUESTIONNAIRE,
        worksheet=WORKSHEET,
    )
    assert inputs.stratum_variables == ("jenis_kelamin",)
    assert inputs.frame.headcount.tolist() == [[2, 2], [2, 2], [2, 2]]
    assert inputs.answers.num_rows == 3
    assert set(inputs.evidence) == {"01"}
    assert any("Strata jenis_pegawai tidak dipakai" in note for note in inputs.notes)
    assert {g.file for g in inputs.guesses} == {"r.csv", "g.csv", "lke.xlsx", "u.xlsx"}


def test_every_problem_of_every_file_in_one_report(tmp_path):
    empty = tmp_path / "kosong.csv"
    empty.write_bytes(b"")
    mapping = tmp_path / "m.yaml"
    mapping.write_text("- x")
    bad = _csv(tmp_path / "g.csv", [["unit", *(i.id for i in ITEMS)], ["01", 9, *[3] * 20]])
    files = InputFiles(roster=empty, answers=bad, evidence=empty, mapping=mapping)
    with pytest.raises(BadInput, match="4 masalah") as raised:
        read_inputs(files, agency=AGENCY, questionnaire=QUESTIONNAIRE)
    assert [p.file for p in raised.value.report.listed] == [
        "m.yaml",
        "kosong.csv",
        "g.csv",
        "kosong.csv",
    ]
    assert "tanpa lembar kerja" in raised.value.report.counts
