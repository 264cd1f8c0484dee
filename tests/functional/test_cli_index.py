"""``cermin index`` as a Biro Organisasi uses it: files in, snapshot and result out, or neither."""

from __future__ import annotations

import csv
import json
import random
import shutil
from dataclasses import replace
from pathlib import Path

import jsonschema
import openpyxl
import pytest

from cermin.cli import index as index_command
from cermin.cli.output import PROBLEMS_SHOWN
from cermin.computation.index import instruments_for
from cermin.core.sampling import krejcie_morgan
from cermin.core.worksheet import criteria_of
from cermin.instruments.load import load_worksheet
from cermin.reports.result_file import read_result
from cli_calls import Cermin

SCHEMA = Path(__file__).parents[2] / "docs" / "reference" / "result.schema.json"
FLAG = object()  # of an option that has no value
ANSWERS = {2025: "google-forms.csv", 2026: "limesurvey.csv", 2027: "templat.xlsx"}


def options(folder: Path, output: Path, files_of: int = 2025, **changed: object) -> list[object]:
    """Arguments of ``index`` for a simulated year; a change to None leaves the option out."""
    chosen: dict[str, object] = {
        "roster": folder / f"{files_of}-siasn.xlsx",
        "answers": folder / f"{files_of}-jawaban-{ANSWERS[files_of]}",
        "evidence": folder / f"{files_of}-bukti-dukung.xlsx",
        "units": folder / f"{files_of}-unit.xlsx",
        "year": files_of,
        "agency": "Kabupaten Uji",
        "output": output,
    } | changed
    arguments: list[object] = ["index"]
    for name, value in chosen.items():
        if value is not None:
            arguments += [f"--{name.replace('_', '-')}", *([] if value is FLAG else [value])]
    return arguments


def written(folder: Path) -> dict[str, bytes]:
    """All that lies in a folder, hidden files too."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def assert_nothing_left(output: Path) -> None:
    assert not output.exists()
    assert not list(output.parent.glob(".cermin-*"))


def read_csv(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def write_csv(path: Path, rows: list[list[str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


@pytest.mark.parametrize("year", list(ANSWERS))
def test_json_is_alone_on_stdout_and_fits_the_schema(cermin, simulated, tmp_path, year) -> None:
    output = tmp_path / "hasil"
    finished = cermin(*options(simulated, output, year), "--json")
    assert finished.code == 0, finished.err
    told = json.loads(finished.out)
    file = output / f"hasil-kabupaten-uji-{year}.json"
    assert told == json.loads(file.read_bytes())
    jsonschema.validate(told, json.loads(SCHEMA.read_text(encoding="utf-8")))
    sha256 = told["provenance"]["snapshot_sha256"]
    assert set(written(output)) == {file.name, f"snapshot-{sha256}.parquet"}
    assert told["population"] == 400
    truth = json.loads((simulated / "kebenaran.json").read_text(encoding="utf-8"))["years"]
    assert told["n"] == truth[str(year)]["respondents"]


def test_people_see_the_columns_the_index_and_where_it_lies(cermin, simulated, tmp_path) -> None:
    output = tmp_path / "hasil"
    finished = cermin(*options(simulated, output, agency_class="kabupaten"))
    assert finished.code == 0
    assert "“UNOR NAMA” → unit (judul “UNOR NAMA” dikenal)" in finished.err
    assert "2025-jawaban-google-forms.csv B “Unit kerja” → unit" in finished.err
    assert "kolom waktu tidak dibaca: Stempel waktu." in finished.err
    assert "Indeks akhir" in finished.out
    assert "Berorientasi Pelayanan" in finished.out
    assert "dari 400 pegawai menjawab" in finished.out
    assert "Rancangan Cermin sendiri" in finished.out
    result = json.loads((output / "hasil-kabupaten-uji-2025.json").read_bytes())
    assert result["agency_class"] == "kabupaten"
    assert f"snapshot-{result['provenance']['snapshot_sha256']}.parquet" in finished.out
    assert str(output / "hasil-kabupaten-uji-2025.json") in finished.out
    headline = f"{result['headline']['index']:.2f}".replace(".", ",")
    assert headline in finished.out


def test_same_files_give_the_same_bytes_in_any_order_of_answers(
    cermin, simulated, indexed, tmp_path
) -> None:
    rows = read_csv(simulated / "2025-jawaban-google-forms.csv")
    body = rows[1:]
    random.Random(3).shuffle(body)  # noqa: S311 - a shuffle, not a secret
    shuffled = write_csv(tmp_path / "acak.csv", [rows[0], *body])
    again, other = tmp_path / "lagi", tmp_path / "acak"
    assert cermin(*options(simulated, again)).code == 0
    assert cermin(*options(simulated, other, answers=shuffled)).code == 0
    assert written(again) == written(indexed)
    assert written(other) == written(indexed)


def test_a_census_without_carelessness_finds_the_truth(cermin, tmp_path) -> None:
    simulated = tmp_path / "sensus"
    sizes = ("--employees", 400, "--years", 2025, "--response-rate", "0,99")
    clean = ("--careless", 0, "--missing", 0)
    assert cermin("simulate", *sizes, *clean, "--output", simulated).code == 0
    truth = json.loads((simulated / "kebenaran.json").read_text(encoding="utf-8"))["years"]["2025"]
    finished = cermin(*options(simulated, tmp_path / "hasil"), "--json")
    told = json.loads(finished.out)
    assert told["n"] > 380
    # Some percent at most do not answer, and they think worse of it than those who do: at most
    # 20 people of 400 who differ by 20 points are 1 point, and four standard errors by chance.
    for value in told["values"]:
        estimate = value["estimate"]
        assert abs(estimate["index"] - truth["values"][value["value"]]) < 1 + 4 * estimate["se"]
    assert abs(told["total"]["index"] - truth["total"]) < 0.5 + 4 * told["total"]["se"]


def test_a_usual_survey_is_near_the_truth(simulated, result_2025) -> None:
    truth = json.loads((simulated / "kebenaran.json").read_text(encoding="utf-8"))["years"]["2025"]
    told = json.loads(result_2025.read_bytes())
    # The content answer more often, which no weighting by unit and group can see: with 38 % silent
    # and a general attitude spread of some ten points, that moves the index up by two at most.
    difference = told["total"]["index"] - truth["total"]
    assert -4 * told["total"]["se"] < difference < 2 + 4 * told["total"]["se"]


def test_saved_mapping_gives_the_same_result(cermin, simulated, indexed, tmp_path) -> None:
    mapping = tmp_path / "pemetaan.yaml"
    first, second = tmp_path / "a", tmp_path / "b"
    assert cermin(*options(simulated, first, save_mapping=mapping)).code == 0
    finished = cermin(*options(simulated, second, mapping=mapping))
    assert finished.code == 0, finished.err
    assert "ditetapkan berkas pemetaan" in finished.err
    assert written(first) == written(second) == written(indexed)


def test_mapping_of_files_with_one_name_is_refused(cermin, simulated, tmp_path) -> None:
    folders = [tmp_path / "x", tmp_path / "y"]
    for folder, source in zip(folders, ("2025-siasn.xlsx", "2025-bukti-dukung.xlsx"), strict=True):
        folder.mkdir()
        shutil.copy(simulated / source, folder / "data.xlsx")
    output = tmp_path / "hasil"
    finished = cermin(
        *options(
            simulated,
            output,
            roster=folders[0] / "data.xlsx",
            evidence=folders[1] / "data.xlsx",
            save_mapping=tmp_path / "pemetaan.yaml",
        )
    )
    assert finished.code == 2
    assert "nama yang berbeda" in finished.err
    assert not (tmp_path / "pemetaan.yaml").exists()
    assert_nothing_left(output)


def broken_files(simulated: Path, folder: Path) -> dict[str, Path]:
    """Roster with a bad NIP, answers with an unknown label, evidence with an unknown answer."""
    book = openpyxl.load_workbook(simulated / "2025-siasn.xlsx")
    book["PNS"]["B3"] = "123"
    book.save(folder / "roster.xlsx")
    rows = read_csv(simulated / "2025-jawaban-google-forms.csv")
    rows[1][5] = "Entahlah [x] :smile:"
    evidence = openpyxl.load_workbook(simulated / "2025-bukti-dukung.xlsx")
    evidence["Isian"]["D2"] = "Mungkin"
    evidence.save(folder / "bukti.xlsx")
    return {
        "roster": folder / "roster.xlsx",
        "answers": write_csv(folder / "jawaban.csv", rows),
        "evidence": folder / "bukti.xlsx",
    }


@pytest.mark.parametrize("form", ["xlsx", "csv", "txt"])
def test_problems_of_all_files_stand_in_one_table(cermin, simulated, tmp_path, form) -> None:
    output, listed = tmp_path / "hasil", tmp_path / f"masalah.{form}"
    broken = broken_files(simulated, tmp_path)
    finished = cermin(*options(simulated, output, **broken, problems=listed), "--json")
    assert finished.code == 2
    assert finished.out == ""
    assert finished.err.count("Cara memperbaiki") == 1
    for word in ("roster.xlsx", "PNS", "jawaban.csv", "bukti.xlsx", "Isian", "NIP BARU", "Jawaban"):
        assert word in finished.err, word
    assert "Entahlah [x] :smile:" in finished.err  # shown as it is, not as markup
    assert "Tidak ada yang diolah" in finished.err
    assert f"Daftar masalah: {listed}" in finished.err
    assert listed.stat().st_size > 0
    assert_nothing_left(output)


def test_an_unwritable_list_does_not_hide_the_problems(cermin, simulated, tmp_path) -> None:
    listed = tmp_path / "tidak-ada" / "masalah.csv"
    broken = broken_files(simulated, tmp_path)
    finished = cermin(*options(simulated, tmp_path / "hasil", **broken, problems=listed))
    assert finished.code == 2
    assert "Mungkin" in finished.err
    assert f"{listed} tidak dapat dibaca atau ditulis: tidak ada." in finished.err


def test_long_lists_of_problems_are_cut_on_the_screen(cermin, simulated, tmp_path) -> None:
    rows = read_csv(simulated / "2025-jawaban-google-forms.csv")
    for row in rows[1:]:
        row[5] = "Entahlah"
    answers = write_csv(tmp_path / "jawaban.csv", rows)
    finished = cermin(*options(simulated, tmp_path / "hasil", answers=answers))
    assert finished.code == 2
    assert f"Hanya {PROBLEMS_SHOWN} masalah pertama yang ditampilkan" in finished.err
    assert finished.err.count("Entahlah") == PROBLEMS_SHOWN
    assert f"Ada {len(rows) - 1} masalah" in finished.err


@pytest.mark.parametrize("option", ["roster", "answers", "evidence", "units", "mapping"])
def test_missing_files_are_named(cermin, simulated, tmp_path, option) -> None:
    output = tmp_path / "hasil"
    finished = cermin(*options(simulated, output, **{option: tmp_path / "lupa.xlsx"}))
    assert finished.code == 2
    assert "lupa.xlsx" in finished.err
    assert "Traceback" not in finished.err
    assert_nothing_left(output)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"evidence": None}, "--without-evidence"),
        ({"without_evidence": FLAG}, "jangan keduanya"),
        ({"year": 2024, "evidence": None}, "--minimum"),
        ({"minimum": 100}, "hapus --minimum"),
        ({"threshold": 9}, "Isi --threshold 10 atau lebih"),
        ({"minimum_rule": "entered"}, "Sertakan --minimum"),
        ({"minimum_rule": "none", "margin": 0.05}, "slovin dan krejcie_morgan"),
        ({"margin": 1}, "antara 0 dan 1"),
        ({"margin": "lima"}, "bukan angka"),
        ({"minimum_rule": "cochran"}, "'krejcie_morgan'"),
        ({"minimum": 0}, "Nilai --minimum tidak sah: paling kecil 1."),
        ({"year": 2010}, "Tidak ada metode untuk tahun 2010"),
        ({"year": 1999}, "Nilai --year tidak sah: paling kecil 2000."),
        ({"year": 2101}, "Nilai --year tidak sah: paling besar 2100."),
        ({"method": "metode-1900"}, "Instrumen metode-1900 tidak ditemukan."),
        ({"method": "kuesioner-perilaku-2025"}, "bukan metode"),
        ({"breakdown": "agama"}, "Rincian menurut agama tidak dapat dibuat"),
        ({"agency": " – "}, "Isikan nama instansi"),
        ({"agency_class": "desa"}, "'kementerian', 'lembaga', 'provinsi', 'kabupaten'"),
    ],
)
def test_choices_that_do_not_fit_are_refused(cermin, simulated, tmp_path, changed, told) -> None:
    output = tmp_path / "hasil"
    finished = cermin(*options(simulated, output, **changed))
    assert finished.code == 2
    assert told in finished.err
    assert finished.out == ""
    assert_nothing_left(output)


def test_without_evidence_only_the_survey_counts(cermin, simulated, indexed, tmp_path) -> None:
    output = tmp_path / "hasil"
    finished = cermin(*options(simulated, output, evidence=None), "--without-evidence", "--json")
    assert finished.code == 0, finished.err
    told = json.loads(finished.out)
    assert told["evidence"] is None
    assert told["headline"]["index"] == told["total"]["index"]
    both = json.loads((indexed / "hasil-kabupaten-uji-2025.json").read_bytes())
    assert both["total"] == told["total"]
    assert both["headline"]["index"] != told["headline"]["index"]


@pytest.mark.parametrize(("minimum", "met"), [(100, True), (100_000, False)])
def test_entered_minimum(cermin, simulated, tmp_path, minimum, met) -> None:
    arguments = options(simulated, tmp_path / "a", evidence=None, minimum=minimum)
    arguments += ["--method", "metode-2024"]
    finished = cermin(*arguments)
    assert finished.code == 0, finished.err
    told = json.loads((tmp_path / "a" / "hasil-kabupaten-uji-2025.json").read_bytes())
    assert (told["minimum"], told["minimum_met"]) == (minimum, met)
    assert ("Belum memenuhi minimum responden (100.000)." in finished.out) is not met
    assert (told["headline_category"] is None) is not met


def test_terms_of_a_yearly_cycle(cermin, simulated, indexed, tmp_path) -> None:
    """What a cycle asked for beyond its method: the index is the same, less is shown."""
    output = tmp_path / "a"
    terms = {"threshold": 60, "minimum_rule": "krejcie_morgan", "margin": "0,03"}
    finished = cermin(*options(simulated, output, **terms))
    assert finished.code == 0, finished.err
    told, usual = (
        json.loads((folder / "hasil-kabupaten-uji-2025.json").read_bytes())
        for folder in (output, indexed)
    )
    assert (told["threshold"], told["minimum_rule"]) == (60, "krejcie_morgan")
    assert told["minimum"] == krejcie_morgan(told["population"], margin=0.03)
    assert told["total"]["index"] == pytest.approx(usual["total"]["index"], abs=1e-9)
    assert min(one["n"] for one in usual["units"]) < 60 <= min(one["n"] for one in told["units"])


def test_worksheet_without_any_answer_is_refused(cermin, simulated, tmp_path) -> None:
    template = tmp_path / "lke.xlsx"
    units = simulated / "2025-unit.xlsx"
    assert (
        cermin("template", "evidence", "--year", "2025", "--units", units, "-o", template).code == 0
    )
    output = tmp_path / "hasil"
    finished = cermin(*options(simulated, output, evidence=template))
    assert finished.code == 2
    assert "belum berisi satu jawaban pun" in finished.err
    assert "--without-evidence" in finished.err
    assert_nothing_left(output)


def test_evidence_for_a_method_without_worksheet_is_a_problem(cermin, simulated, tmp_path) -> None:
    output = tmp_path / "hasil"
    finished = cermin(*options(simulated, output, method="metode-2024", minimum=10))
    assert finished.code == 2
    assert "Metode ini tidak memakai lembar kerja evaluasi." in finished.err
    assert_nothing_left(output)


def test_breakdown(cermin, simulated, tmp_path) -> None:
    finished = cermin(*options(simulated, tmp_path / "a", breakdown="jenis_kelamin"), "--json")
    told = json.loads(finished.out)
    assert [one["variable"] for one in told["breakdowns"]] == ["jenis_kelamin"]


def test_a_method_of_ones_own(cermin, simulated, tmp_path) -> None:
    shipped = Path(index_command.__file__).parents[1] / "instruments" / "data"
    text = (shipped / "metode-2025.yaml").read_text(encoding="utf-8")
    own = tmp_path / "metode-kami.yaml"
    own.write_text(
        text.replace("id: metode-2025", "id: metode-kami")
        .replace("years: [2025]", "years: [2031]")  # a year has one method only
        .replace("minimum_parameter: 0.05", "minimum_parameter: 0.1"),
        encoding="utf-8",
    )
    finished = cermin(*options(simulated, tmp_path / "a", method=own), "--json")
    assert finished.code == 0, finished.err
    told = json.loads(finished.out)
    assert told["provenance"]["method"] == "metode-kami"
    assert told["minimum"] == 80  # Slovin: 400 / (1 + 400 x 0.1^2)


def test_too_few_answers(cermin, simulated, tmp_path) -> None:
    rows = read_csv(simulated / "2025-jawaban-google-forms.csv")
    few = write_csv(tmp_path / "sedikit.csv", rows[:6])
    finished = cermin(*options(simulated, tmp_path / "hasil", answers=few))
    assert finished.code == 2
    assert "responden kurang dari 10 orang" in finished.err
    assert_nothing_left(tmp_path / "hasil")


def test_rows_without_any_answer_are_not_respondents(cermin, simulated, tmp_path) -> None:
    rows = read_csv(simulated / "2025-jawaban-google-forms.csv")
    rows += [[*rows[1][:4], *[""] * (len(rows[1]) - 4)]] * 5
    padded = write_csv(tmp_path / "kosong.csv", rows)
    told = json.loads(cermin(*options(simulated, tmp_path / "a", answers=padded), "--json").out)
    assert told["n"] == len(rows) - 6
    assert told["quality"]["rows_empty"] == 5
    assert told["quality"]["rows_read"] == len(rows) - 1


@pytest.mark.parametrize("blank", [False, True])
def test_answers_of_nobody(cermin, simulated, tmp_path, blank) -> None:
    rows = read_csv(simulated / "2025-jawaban-google-forms.csv")
    body = [[*row[:4], *[""] * (len(row) - 4)] for row in rows[1:]] if blank else []
    nobody = write_csv(tmp_path / "nihil.csv", [rows[0], *body])
    finished = cermin(*options(simulated, tmp_path / "hasil", answers=nobody))
    assert finished.code == 2
    assert "Traceback" not in finished.err
    assert finished.out == ""
    assert_nothing_left(tmp_path / "hasil")


def test_output_that_is_a_file_is_left_alone(cermin, simulated, tmp_path) -> None:
    output = tmp_path / "hasil"
    output.write_text("milik saya")
    finished = cermin(*options(simulated, output))
    assert finished.code == 2
    assert "bukan folder" in finished.err
    assert output.read_text() == "milik saya"


def test_output_under_a_file_is_refused(cermin, simulated, tmp_path) -> None:
    (tmp_path / "berkas").write_text("")
    finished = cermin(*options(simulated, tmp_path / "berkas" / "hasil"))
    assert finished.code == 2
    assert "tidak dapat dibaca atau ditulis" in finished.err


def test_an_existing_output_folder_keeps_its_files(cermin, simulated, indexed, tmp_path) -> None:
    output = tmp_path / "hasil"
    output.mkdir()
    (output / "catatan.txt").write_bytes(b"milik saya")
    assert cermin(*options(simulated, output)).code == 0
    assert written(output) == {**written(indexed), "catatan.txt": b"milik saya"}


def test_a_folder_in_the_place_of_the_result_stops_everything(cermin, simulated, tmp_path) -> None:
    output = tmp_path / "hasil"
    (output / "hasil-kabupaten-uji-2025.json").mkdir(parents=True)
    finished = cermin(*options(simulated, output))
    assert finished.code == 2
    assert "adalah folder" in finished.err
    assert [path.name for path in output.iterdir()] == ["hasil-kabupaten-uji-2025.json"]


@pytest.mark.parametrize("stop", [RuntimeError, KeyboardInterrupt])
def test_an_exception_midway_leaves_nothing(cermin, simulated, tmp_path, monkeypatch, stop) -> None:
    def fail(*_arguments: object, **_options: object) -> None:
        raise stop

    # Fails after the snapshot and the result lie in the scratch folder.
    monkeypatch.setattr(index_command, "_save_mapping", fail)
    output = tmp_path / "baru" / "dalam" / "hasil"
    arguments = options(simulated, output, save_mapping=tmp_path / "m.yaml")
    if stop is KeyboardInterrupt:
        finished = cermin(*arguments)
        assert finished.code == 130
        assert "Dibatalkan." in finished.err
    else:
        with pytest.raises(RuntimeError):
            cermin(*arguments)
    assert not (tmp_path / "baru").exists()
    assert not list(tmp_path.glob(".cermin-*"))


def fill_template(path: Path, rows: list[dict[str, str]]) -> None:
    """Write ``rows`` under the headings of a template."""
    book = openpyxl.load_workbook(path)
    sheet = book["Isian"]
    headings = [cell.value for cell in sheet[1]]
    for number, row in enumerate(rows, start=2):
        for heading, text in row.items():
            sheet.cell(number, headings.index(heading) + 1, text)
    book.save(path)


def test_filled_templates_go_into_the_index(cermin: Cermin, tmp_path: Path) -> None:
    kinds = ("units", "roster", "answers")
    files = {kind: tmp_path / f"{kind}.xlsx" for kind in (*kinds, "evidence")}
    for kind in kinds:
        assert cermin("template", kind, "--year", 2025, "-o", files[kind]).code == 0
    units = [{"Kode": "A", "Nama": "Dinas A"}, {"Kode": "B", "Nama": "Dinas [B]"}]
    fill_template(files["units"], units)
    made = cermin(
        "template", "evidence", "--year", 2025, "--units", files["units"], "-o", files["evidence"]
    )
    assert made.code == 0, made.err
    people = [("A", "Laki-laki"), ("B", "Perempuan")] * 30
    fill_template(
        files["roster"],
        [
            {"Nama": f"Pegawai {n}", "Kode Unit": unit, "Jenis Pegawai": "Non-ASN"}
            | {"Jenis Kelamin": sex, "Kedudukan Hukum": "Aktif"}
            for n, (unit, sex) in enumerate(people)
        ],
    )
    items = [cell.value for cell in openpyxl.load_workbook(files["answers"])["Isian"][1]][3:]
    fill_template(
        files["answers"],
        [
            {"Kode Unit": unit, "Jenis Pegawai": "Non-ASN", "Jenis Kelamin": sex}
            | {item: str(2 + (n + place) % 3) for place, item in enumerate(items)}
            for n, (unit, sex) in enumerate(people[:40])
        ],
    )
    choices = {"yes_no": "Ya", "zero_to_five": "5", "percent": "100"}
    best = [
        {"Jawaban": choices.get(criterion.kind.value, "A")}
        for _unit in units
        for criterion in criteria_of(load_worksheet("lke-budaya-kerja-2025"))
    ]
    fill_template(files["evidence"], best)
    arguments: list[object] = ["index", "--year", 2025, "--agency", "Kota Kecil", "--json"]
    for kind, path in files.items():
        arguments += [f"--{kind}", path]
    finished = cermin(*arguments, "--output", tmp_path / "hasil")
    assert finished.code == 0, finished.err
    told = json.loads(finished.out)
    assert (told["population"], told["n"], told["evidence"]) == (60, 40, 100.0)
    # Everybody answers 2, 3 and 4 equally often; on 1..4 or 1..5 that mean is known.
    assert {unit["name"] for unit in told["units"]} >= {"Dinas A", "Dinas [B]"}


def test_who_is_not_counted_is_told(cermin, simulated, tmp_path) -> None:
    book = openpyxl.load_workbook(simulated / "2025-siasn.xlsx")
    place = [cell.value for cell in book["PNS"][1]].index("KEDUDUKAN HUKUM NAMA") + 1
    book["PNS"].cell(2, place, "Pensiun")
    book["PNS"].cell(3, place, "Pensiun")
    book.save(tmp_path / "roster.xlsx")
    arguments = options(simulated, tmp_path / "a", roster=tmp_path / "roster.xlsx")
    finished = cermin(*arguments, "--json")
    assert "2 pegawai dengan kedudukan hukum Pensiun tidak dihitung." in finished.err
    assert json.loads(finished.out)["population"] == 398


def test_bounds_and_missing_intervals_are_shown_as_such(result_2025, capsys) -> None:
    result = read_result(result_2025)
    edge = replace(result.headline, index=97.5, low=None, high=None, coded="at_least")
    official = replace(result.provenance, own_drafts=())
    index_command.show_result(
        replace(result, headline=edge, headline_category=None, provenance=official),
        instruments_for(2025, None),
    )
    shown = capsys.readouterr().out
    last = next(line for line in shown.splitlines() if "Indeks akhir" in line)
    cells = [cell.strip() for cell in last.strip("│").split("│")]
    assert cells == ["Indeks akhir", "≥ 97,50", "–", "–"]
    assert "Rancangan Cermin" not in shown
