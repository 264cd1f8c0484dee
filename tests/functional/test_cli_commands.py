"""Every command but ``index``: what it writes, what it refuses, and how it says so."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import msgspec
import openpyxl
import pypdf
import pytest
import typst

from cermin.cli import demo as demo_command
from cermin.cli import report as report_command
from cermin.core.result import IndexResult
from cermin.reports.result_file import read_result, write_result

REFERENCE = Path(__file__).parents[2] / "docs" / "reference" / "json"


def answer_of(finished, name: str) -> dict[str, object]:
    """The JSON answer, which fits the schema of the reference."""
    told = json.loads(finished.out)
    schema = json.loads((REFERENCE / f"{name}.schema.json").read_text(encoding="utf-8"))
    jsonschema.validate(told, schema)
    assert told["schema"] == f"cermin.{name}/1"
    return told


def changed(path: Path, folder: Path, **fields: object) -> Path:
    """Write a result that differs from ``path`` in some fields."""
    result: IndexResult = replace(read_result(path), **fields)
    other = folder / f"hasil-{result.agency}-{result.year}.json"
    write_result(result, other)
    return other


# ------------------------------------------------------------------ compare


def test_published_numbers_cannot_tell(cermin) -> None:
    finished = cermin("compare", "62,1", "61,1", "--year-before", 2022, "--year-after", 2023)
    assert finished.code == 0
    assert "2022: 62,1; 2023: 61,1; selisih −1,0 poin." in finished.out
    assert "Tidak dapat dipastikan berubah" in finished.out


def test_a_new_method_breaks_the_series(cermin) -> None:
    numbers = ("compare", "59,5", "76.3", "--year-before", 2022, "--year-after", 2024)
    assert "Metode berubah" in cermin(*numbers).out
    told = answer_of(cermin(*numbers, "--json"), "compare")["comparison"]
    assert told["comparable"] is False
    assert told["verdict"] is None


def test_published_numbers_in_any_order(cermin) -> None:
    sizes = ("--population", 5000)
    there = cermin(
        *("compare", "62,1", "61,1", "--year-before", 2022, "--year-after", 2023, "--json"),
        *("--n-before", 400, "--n-after", 500, *sizes),
    )
    back = cermin(
        *("compare", "61,1", "62,1", "--year-before", 2023, "--year-after", 2022, "--json"),
        *("--n-before", 500, "--n-after", 400, *sizes),
    )
    assert answer_of(there, "compare") == answer_of(back, "compare")
    assert json.loads(there.out)["comparison"]["break_even"] is not None


def test_types_of_published_numbers_are_not_mixed(cermin) -> None:
    finished = cermin(
        *("compare", "62,1", "61,1", "--year-before", 2022, "--year-after", 2023),
        *("--type-after", "composite"),
    )
    assert "Jenis indeks berbeda" in finished.out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("62,1", "61,1"), "Sebutkan --year-before dan --year-after"),
        (("62,1", "61,1", "--year-before", 2022), "Sebutkan --year-before dan --year-after"),
        (("62,1", "hasil.json"), "bukan campurannya"),
        (("hasil.json", "62,1", "--year-after", 2023), "hasil.json tidak dapat dibaca"),
        (("1.234,5", "61,1"), "1.234,5 tidak dapat dibaca"),
        (("²", "61"), "Berkas ² tidak dapat dibaca"),
        (("101", "61", "--year-before", 2022, "--year-after", 2023), "di antara 0 dan 100"),
        (("60", "61", "--year-before", 2022, "--year-after", 2022), "tahun yang sama (2022)"),
        (("60", "61", "--year-before", 1990, "--year-after", 2022), "Tidak ada metode untuk"),
        (
            (
                *("60", "61", "--year-before", 2022, "--year-after", 2023),
                *("--n-before", 900, "--n-after", 20, "--population", 100),
            ),
            "Jumlah responden 900",
        ),
        (("60", "61", "--n-before", 0), "Nilai --n-before tidak sah"),
        (("60", "61", "--type-before", "suasana"), "Nilai --type-before tidak sah: pilih satu"),
        (("60",), "AFTER wajib diisi."),
    ],
)
def test_what_cannot_be_compared(cermin, arguments, told) -> None:
    finished = cermin("compare", *arguments)
    assert finished.code == 2
    assert told in finished.err
    assert finished.out == ""


def test_results_in_any_order(cermin, result_2025, tmp_path) -> None:
    later = changed(result_2025, tmp_path, year=2026)
    there = cermin("compare", result_2025, later, "--json")
    assert answer_of(there, "compare") == answer_of(
        cermin("compare", later, result_2025, "--json"), "compare"
    )
    shown = cermin("compare", result_2025, later)
    assert "selisih 0,0 poin" in shown.out
    assert "Selisih" in shown.out
    assert "Kesimpulan" in shown.out


def test_a_difference_of_results_is_signed(cermin, result_2025, tmp_path) -> None:
    headline = read_result(result_2025).headline
    lower = replace(headline, index=headline.index - 10)
    finished = cermin(
        "compare", result_2025, changed(result_2025, tmp_path, year=2026, headline=lower)
    )
    assert " −10,0 │" in finished.out
    assert "turun" in finished.out


def test_results_without_an_interval_show_a_dash(cermin, result_2025, tmp_path) -> None:
    headline = replace(
        read_result(result_2025).headline, se=None, low=None, high=None, se_change=None
    )
    finished = cermin(
        "compare", result_2025, changed(result_2025, tmp_path, year=2026, headline=headline)
    )
    assert finished.code == 0
    assert "– … –" in finished.out


def test_results_that_do_not_belong_together(cermin, result_2025, tmp_path) -> None:
    other = changed(result_2025, tmp_path, year=2026, agency="lain", agency_name="Kota Lain")
    finished = cermin("compare", result_2025, other)
    assert (finished.code, finished.out) == (2, "")
    assert "instansi yang berbeda: Kabupaten Uji dan Kota Lain" in finished.err
    finished = cermin("compare", result_2025, result_2025)
    assert finished.code == 2
    assert "tahun yang sama (2025)" in finished.err
    finished = cermin("compare", result_2025, other, "--year-before", 2025)
    assert finished.code == 2
    assert "hapus pilihan itu" in finished.err


# ------------------------------------------------------------------ report


def test_report_of_one_year_in_every_form(cermin, result_2025, tmp_path) -> None:
    output = tmp_path / "laporan"
    logo = tmp_path / "lambang.svg"
    logo.write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">'
        '<rect width="9" height="9"/></svg>'
    )
    finished = cermin("report", result_2025, "--logo", logo, "-o", output, "--json")
    assert finished.code == 0, finished.err
    files = answer_of(finished, "report")["files"]
    name = "laporan-kabupaten-uji-2025"
    assert files == [str(output / f"{name}.{form}") for form in ("pdf", "xlsx", "html")]
    assert "Kabupaten Uji" in pypdf.PdfReader(files[0]).pages[0].extract_text()
    assert openpyxl.load_workbook(files[1]).sheetnames
    assert "Kabupaten Uji" in Path(files[2]).read_text(encoding="utf-8")
    assert len(list(output.iterdir())) == 3


def test_report_of_three_years(cermin, result_2025, tmp_path) -> None:
    years = [result_2025, *(changed(result_2025, tmp_path, year=year) for year in (2026, 2027))]
    finished = cermin("report", *years, "--formats", "html, html", "-o", tmp_path / "laporan")
    assert finished.code == 0, finished.err
    page = tmp_path / "laporan" / "laporan-kabupaten-uji-2027.html"
    assert finished.out == f"Laporan: {page}\n"
    assert [path.name for path in page.parent.iterdir()] == [page.name]
    assert all(str(year) in page.read_text(encoding="utf-8") for year in (2025, 2026, 2027))


def test_report_as_pdf_only_with_a_png(cermin, result_2025, tmp_path) -> None:
    pixel = (
        "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154"
        "789c63606060000000040001f61738550000000049454e44ae426082"
    )
    logo = tmp_path / "lambang.PNG"
    logo.write_bytes(bytes.fromhex(pixel))
    arguments = ("report", result_2025, "--formats", "pdf", "--logo", logo)
    finished = cermin(*arguments, "-o", tmp_path / "a")
    assert finished.code == 0, finished.err
    assert [path.suffix for path in (tmp_path / "a").iterdir()] == [".pdf"]


def test_report_refuses(cermin, result_2025, tmp_path) -> None:
    other = changed(result_2025, tmp_path, year=2026, agency="lain")
    damaged, newer = tmp_path / "rusak.json", tmp_path / "baru.json"
    damaged.write_bytes(result_2025.read_bytes()[:500])
    newer.write_bytes(
        result_2025.read_bytes().replace(b'"result_version": 1', b'"result_version": 9')
    )
    foreign = replace(read_result(result_2025).provenance, method="metode-kami")
    own = changed(result_2025, tmp_path, provenance=foreign)
    broken = tmp_path / "lambang.svg"
    broken.write_text("bukan gambar")
    for arguments, told in (
        ((result_2025, other), "Satu laporan memuat satu instansi"),
        ((result_2025, result_2025), "lebih dari satu hasil untuk tahun yang sama"),
        ((damaged,), "rusak.json bukan berkas hasil Cermin"),
        ((newer,), "format hasil versi 9; program ini membaca versi 1"),
        ((tmp_path / "lupa.json",), "lupa.json tidak dapat dibaca"),
        ((result_2025, "--formats", "pdf,docx"), "Bentuk docx tidak dikenal; pilih dari pdf"),
        ((result_2025, "--formats", " , "), "Bentuk – tidak dikenal"),
        ((result_2025, "--logo", tmp_path / "lupa.png"), "lupa.png tidak ada atau bukan PNG"),
        ((result_2025, "--logo", result_2025), "bukan PNG atau SVG"),
        ((result_2025, "--logo", broken), "tidak dapat dipakai sebagai gambar"),
        ((own,), "--instrument"),
        ((), "RESULTS wajib diisi."),
    ):
        finished = cermin("report", *arguments, "-o", tmp_path / "laporan")
        assert finished.code == 2, (arguments, finished)
        assert told in finished.err, (arguments, finished)
        assert not (tmp_path / "laporan").exists()
        assert not list(tmp_path.glob(".cermin-*"))


def test_report_with_instruments_of_ones_own(cermin, result_2025, tmp_path) -> None:
    shipped = Path(report_command.__file__).parents[1] / "instruments" / "data"
    own = []
    for old, new in (("metode-2025", "metode-kami"), ("kuesioner-perilaku-2025", "kuesioner-kami")):
        text = (shipped / f"{old}.yaml").read_text(encoding="utf-8")
        path = tmp_path / f"{new}.yaml"
        text = text.replace(f"id: {old}", f"id: {new}").replace("years: [2025]", "years: [2031]")
        path.write_text(text, encoding="utf-8")
        own += ["--instrument", path]
    cited = replace(
        read_result(result_2025).provenance, method="metode-kami", questionnaire="kuesioner-kami"
    )
    result = changed(result_2025, tmp_path, provenance=cited)
    finished = cermin("report", result, *own, "--formats", "html", "-o", tmp_path / "laporan")
    assert finished.code == 0, finished.err
    page = next((tmp_path / "laporan").iterdir()).read_text(encoding="utf-8")
    assert "kuesioner-kami" in page


def test_a_fault_of_our_own_is_not_blamed_on_a_logo(
    cermin, result_2025, tmp_path, monkeypatch
) -> None:
    def fail(_document: object) -> bytes:
        raise typst.TypstError("fault")

    monkeypatch.setitem(report_command.RENDERERS, "html", fail)
    with pytest.raises(typst.TypstError):
        cermin("report", result_2025, "--formats", "xlsx,html", "-o", tmp_path / "laporan")
    assert list(tmp_path.iterdir()) == []


# ------------------------------------------------------------------ snapshot


def test_a_sound_snapshot(cermin, snapshot_2025, result_2025) -> None:
    finished = cermin("snapshot", "verify", snapshot_2025, "--result", result_2025)
    assert finished.code == 0
    n = read_result(result_2025).n
    assert finished.out == f"{snapshot_2025}: utuh, {n} jawaban.\n"
    told = answer_of(cermin("snapshot", "verify", snapshot_2025, "--json"), "snapshot-verify")
    assert told["sound"] is True
    assert told["snapshots"] == [{"file": str(snapshot_2025), "rows": n, "problems": []}]


@pytest.mark.parametrize("place", [4, 0.3, 0.6, -1])
def test_a_flipped_byte_is_found(cermin, snapshot_2025, tmp_path, place) -> None:
    content = bytearray(snapshot_2025.read_bytes())
    content[int(place * len(content)) if isinstance(place, float) else place] ^= 1
    copy = tmp_path / snapshot_2025.name
    copy.write_bytes(content)
    finished = cermin("snapshot", "verify", copy, snapshot_2025)
    assert finished.code == 2
    assert f"{copy}: bermasalah\n  - " in finished.out
    assert f"{snapshot_2025}: utuh" in finished.out
    told = answer_of(cermin("snapshot", "verify", copy, "--json"), "snapshot-verify")
    assert told["sound"] is False


def test_a_renamed_snapshot_is_found_but_is_still_the_one_cited(
    cermin, snapshot_2025, result_2025, tmp_path
) -> None:
    copy = tmp_path / f"snapshot-{'0' * 64}.parquet"
    copy.write_bytes(snapshot_2025.read_bytes())
    finished = cermin("snapshot", "verify", copy, "--result", result_2025)
    assert finished.code == 2
    assert "bermasalah" in finished.out
    assert "Hasil mengutip snapshot lain" not in finished.out


def test_a_result_of_another_snapshot(cermin, snapshot_2025, result_2025, tmp_path) -> None:
    cited = replace(read_result(result_2025).provenance, snapshot_sha256="ab" * 32)
    other = changed(result_2025, tmp_path, provenance=cited)
    finished = cermin("snapshot", "verify", snapshot_2025, "--result", other)
    assert finished.code == 2
    assert "Hasil mengutip snapshot lain (abababababab)." in finished.out


def test_what_is_no_snapshot(cermin, result_2025, tmp_path) -> None:
    finished = cermin("snapshot", "verify", tmp_path / "lupa.parquet", result_2025)
    assert finished.code == 2
    assert f"{tmp_path / 'lupa.parquet'}: bermasalah\n  - Berkas tidak ada.\n" in finished.out
    assert f"{result_2025}: bermasalah" in finished.out
    finished = cermin("snapshot", "verify", result_2025, "--result", tmp_path / "lupa.json")
    assert (finished.code, finished.out) == (2, "")
    assert "lupa.json tidak dapat dibaca" in finished.err


# ------------------------------------------------------------------ instrument


def test_instruments_are_listed_and_shown(cermin) -> None:
    told = answer_of(cermin("instrument", "list", "--json"), "instrument-list")["instruments"]
    shown = cermin("instrument", "list")
    assert shown.code == 0
    for row in told:
        assert row["id"] in shown.out
        assert row["title"] in shown.out
        one = cermin("instrument", "show", row["id"])
        assert one.code == 0
        lines = answer_of(cermin("instrument", "show", row["id"], "--json"), "instrument-show")
        assert lines["id"] == row["id"]
        assert len(lines["lines"]) > 3
        assert all(line["text"] in one.out for line in lines["lines"])


def test_instruments_are_checked(cermin, tmp_path) -> None:
    shipped = Path(report_command.__file__).parents[1] / "instruments" / "data"
    good = shipped / "metode-2025.yaml"
    finished = cermin("instrument", "check", good)
    assert (finished.code, finished.out) == (0, "Tidak ada kesalahan.\n")
    assert answer_of(cermin("instrument", "check", good, "--json"), "instrument-check")["valid"]
    bad = tmp_path / "metode-2025.yaml"
    text = good.read_text(encoding="utf-8").replace("decimals: 2", "decimals: [x]")
    bad.write_text(text.replace("threshold: 10", "threshold: 0"), encoding="utf-8")
    finished = cermin("instrument", "check", good, bad, tmp_path / "lupa.yaml")
    assert finished.code == 2
    assert "decimals" in finished.out
    assert "threshold" in finished.out
    assert "lupa.yaml" in finished.out
    told = answer_of(cermin("instrument", "check", bad, "--json"), "instrument-check")
    assert told["valid"] is False
    assert len(told["problems"]) >= 2


def test_unknown_instruments(cermin, tmp_path) -> None:
    for name in ("lupa", tmp_path / "lupa.yaml"):
        finished = cermin("instrument", "show", name)
        assert (finished.code, finished.out) == (2, "")
        assert "lupa" in finished.err


# ------------------------------------------------------------------ template


def test_template_refuses(cermin, simulated, tmp_path) -> None:
    taken = tmp_path / "ada.xlsx"
    taken.write_bytes(b"milik saya")
    new, units = tmp_path / "baru" / "t.xlsx", simulated / "2025-unit.xlsx"
    for arguments, told in (
        (("roster", "--year", 2025, "-o", taken), "ada.xlsx sudah ada"),
        (("roster", "--year", 2025, "-o", tmp_path / "t.csv"), "harus berakhir .xlsx"),
        (("evidence", "--year", 2025, "-o", new), "sertakan --units"),
        (("evidence", "--year", 2024, "--units", units, "-o", new), "tidak memakai lembar kerja"),
        (("evidence", "--year", 2025, "--units", tmp_path / "lupa.xlsx", "-o", new), "lupa.xlsx"),
        (("roster", "--year", 2010, "-o", new), "Tidak ada metode untuk tahun 2010"),
        (("gaji", "--year", 2025, "-o", new), "Nilai KIND tidak sah: pilih satu dari 'roster'"),
        (("roster", "-o", new), "--year wajib diisi."),
        (("roster", "--year", 2025, "-o", taken / "t.xlsx"), "tidak dapat dibaca atau ditulis"),
    ):
        finished = cermin("template", *arguments)
        assert (finished.code, finished.out) == (2, ""), (arguments, finished)
        assert told in finished.err, (arguments, finished)
    assert taken.read_bytes() == b"milik saya"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ada.xlsx"]


def test_template_is_named_by_kind_and_year(cermin, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    told = answer_of(cermin("template", "answers", "--year", 2025, "--json"), "template")
    assert told["file"] == "templat-answers-2025.xlsx"
    assert openpyxl.load_workbook(tmp_path / "templat-answers-2025.xlsx").sheetnames[0] == "Isian"
    finished = cermin("template", "units", "--year", 2025)
    assert finished.out == "Templat: templat-units-2025.xlsx\n"


# ------------------------------------------------------------------ sample-size


def test_sample_size_of_a_number(cermin) -> None:
    finished = cermin("sample-size", 2000)
    assert finished.code == 0
    assert "Seluruh instansi │   2.000 │    334 │            322 │" in finished.out
    assert "tidak dipublikasikan" in finished.out
    told = answer_of(cermin("sample-size", 2000, "--json"), "sample-size")
    assert (told["agency"]["slovin"], told["agency"]["krejcie_morgan"]) == (334, 322)
    assert (told["units"], told["sum_over_units"]) == ([], None)


def test_sample_size_of_a_roster(cermin, simulated) -> None:
    roster = simulated / "2025-siasn.xlsx"
    told = answer_of(cermin("sample-size", "--roster", roster, "--json"), "sample-size")
    assert told["agency"]["population"] == 400
    assert told["sum_over_units"]["population"] == 400
    assert told["sum_over_units"]["slovin"] == sum(unit["slovin"] for unit in told["units"])
    assert told["sum_over_units"]["slovin"] > told["agency"]["slovin"]
    shown = cermin("sample-size", "--roster", roster)
    assert "Jumlah bila setiap unit memenuhi sasarannya" in shown.out


def test_sample_size_reads_decimal_commas(cermin) -> None:
    comma = cermin("sample-size", 900, "--margin", "0,1", "--sd", "12,5", "--index-margin", "2,5")
    point = cermin("sample-size", 900, "--margin", "0.1", "--sd", "12.5", "--index-margin", "2.5")
    assert comma.code == 0
    assert comma == point
    assert "simpangan baku 12,5 poin" in comma.out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "salah satu saja"),
        ((100, "--roster", "x.xlsx"), "salah satu saja"),
        (("--roster", "lupa.xlsx"), "lupa.xlsx"),
        ((0,), "Nilai POPULATION tidak sah: paling kecil 1."),
        ((2.5,), "harus bilangan bulat"),
        ((100, "--margin", "lima"), "Nilai --margin tidak sah: lima bukan angka."),
        ((100, "--margin", "nan"), "nan bukan angka"),
        ((100, "--sd", "inf"), "inf bukan angka"),
        ((100, "--margin", 5), "harus di antara 0 dan 1"),
        ((100, "--margin", 0), "harus di antara 0 dan 1"),
        ((100, "--index-margin", 0), "harus lebih dari 0"),
        ((100, "--sd", -3), "tidak negatif"),
    ],
)
def test_sample_size_refuses(cermin, arguments, told) -> None:
    finished = cermin("sample-size", *arguments)
    assert (finished.code, finished.out) == (2, "")
    assert told in finished.err


# ------------------------------------------------------------------ simulate, demo


def test_the_same_seed_gives_the_same_files(cermin, simulated, tmp_path) -> None:
    arguments = ("simulate", "--employees", 400, "--years", "2025-2027", "--json")
    finished = cermin(*arguments, "--output", tmp_path / "a")
    files = answer_of(finished, "simulate")["files"]
    assert files == sorted(str(path) for path in (tmp_path / "a").iterdir())
    for file in map(Path, files):
        assert file.read_bytes() == (simulated / file.name).read_bytes(), file.name
    shown = cermin(
        *("simulate", "--employees", 60, "--years", 2024, "--seed", 7),
        *("--output", tmp_path / "b"),
    )
    assert shown.code == 0
    assert sorted(shown.out.splitlines()) == sorted(map(str, (tmp_path / "b").iterdir()))
    assert not (tmp_path / "b" / "2024-bukti-dukung.xlsx").exists()  # no worksheet in 2024
    again = cermin(
        *("simulate", "--employees", 60, "--years", 2024, "--seed", 8),
        *("--output", tmp_path / "c"),
    )
    assert again.code == 0
    name = "2024-jawaban-google-forms.csv"
    assert (tmp_path / "b" / name).read_bytes() != (tmp_path / "c" / name).read_bytes()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--years", "dulu"), "Tahun dulu tidak dikenal"),
        (("--years", "2026-2024"), "harus memuat 1 sampai 20 tahun"),
        (("--years", "2025-2060"), "harus memuat 1 sampai 20 tahun"),
        (("--years", "2022"), "Simulasi hanya mengenal kuesioner 21 perilaku"),
        (("--years", "2010"), "Tidak ada metode untuk tahun 2010"),
        (("--response-rate", "1,5"), "Bagian 1.5 harus"),
        (("--careless", "-1"), "Bagian -1.0 harus"),
        (("--missing", "x"), "x bukan angka"),
        (("--employees", 3), "Nilai --employees tidak sah: paling kecil 50."),
        (("--seed", -1), "Nilai --seed tidak sah: paling kecil 0."),
    ],
)
def test_simulate_refuses(cermin, tmp_path, arguments, told) -> None:
    output = tmp_path / "a" / "simulasi"
    finished = cermin("simulate", "--employees", 60, *arguments, "--output", output)
    assert (finished.code, finished.out) == (2, "")
    assert told in finished.err
    assert list(tmp_path.iterdir()) == []


def test_demo_goes_from_files_to_report(cermin, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(demo_command, "PEOPLE", 300)  # as the whole demo, with fewer people
    output = tmp_path / "demo"
    finished = cermin("demo", "--output", output)
    assert finished.code == 0, finished.err
    for sentence in ("Kabupaten Rawa Bening (fiktif) 2026", "2025: ", "selisih", "Laporan: "):
        assert sentence in finished.out
    names = {path.name for path in output.iterdir()}
    assert names >= {f"hasil-rawa-bening-{year}.json" for year in (2024, 2025, 2026)}
    assert names >= {f"laporan-rawa-bening-2026.{form}" for form in ("pdf", "xlsx", "html")}
    assert len([name for name in names if name.startswith("snapshot-")]) == 3
    first = read_result(output / "hasil-rawa-bening-2024.json")
    assert first.minimum == demo_command.MINIMA[2024]
    assert msgspec.json.decode((output / "kebenaran.json").read_bytes())["seed"] == 2026
