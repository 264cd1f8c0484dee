"""What the command line says when it is called the wrong way, and its parts below the commands."""

from __future__ import annotations

import errno
import io
import runpy
import signal
import sys
from pathlib import Path

import pytest
import typer

from cermin import __version__, language
from cermin.cli import files
from cermin.cli.main import COMMANDS, _asked_for, _language_of
from cermin.cli.output import (
    WIDTH_OF_FILES,
    notes,
    page,
    prepare_streams,
    print_table,
    reason_of,
)
from cermin.cli.usage import usage_message
from cli_calls import Cermin, caller


@pytest.fixture
def cermin(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cermin:
    return caller(capsys, monkeypatch)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("hitung",), "Perintah 'hitung' tidak ada."),
        (("indx",), "Perintah 'indx' tidak ada. Mungkin maksud Anda 'index'."),
        (("--lupa",), "Pilihan --lupa tidak ada."),
        (("index", "--yer", "2025"), "Pilihan --yer tidak ada. Mungkin maksud Anda"),
        (("index", "-q"), "Pilihan -q tidak ada."),
        (("index", "--roster"), "Pilihan --roster memerlukan nilai."),
        (("instrument", "list", "--json=ya"), "Pilihan --json tidak menerima nilai."),
        (("index",), "--roster wajib diisi. Daftar pegawai"),
        (("instrument", "show"), "INSTRUMENT wajib diisi."),
        (("instrument", "list", "semua", "saja"), "Masukan semua saja tidak dikenal."),
        (("template", "units", "--year", "dulu"), "Nilai --year tidak sah: harus bilangan bulat."),
        (("template", "units", "--year", "1"), "Nilai --year tidak sah: paling kecil 2000."),
        (("template", "units", "--year", "9999"), "Nilai --year tidak sah: paling besar 2100."),
        (
            ("template", "gaji", "--year", "2025"),
            "Nilai KIND tidak sah: pilih satu dari 'roster', 'units'",
        ),
    ],
)
def test_usage_errors_are_indonesian(cermin, arguments, told) -> None:
    finished = cermin(*arguments)
    assert (finished.code, finished.out) == (2, "")
    assert f"Kesalahan: {told}" in finished.err
    for english in ("Usage", "Missing", "Invalid", "No such", "Input should", "Error", "Traceback"):
        assert english not in finished.err


def test_usage_errors_name_the_way_to_the_help(cermin) -> None:
    finished = cermin("snapshot", "verify")
    assert finished.err.splitlines()[:2] == [
        "Cara pakai: cermin snapshot verify [PILIHAN] {files}...",
        "Bantuan: cermin snapshot verify --help",
    ]


@pytest.mark.parametrize("group", [(), ("snapshot",), ("instrument",)])
def test_no_arguments_show_the_help(cermin, group) -> None:
    finished = cermin(*group)
    assert finished.code == 2
    assert "Cara pakai: cermin" in finished.out
    assert "PERINTAH [MASUKAN]..." in finished.out
    assert "Kesalahan" not in finished.err


@pytest.mark.parametrize(
    "command",
    [
        *("index", "compare", "report", "template", "sample-size", "simulate", "demo"),
        *("snapshot", "snapshot verify", "instrument", "instrument list", "instrument show"),
        *("instrument check", ""),
    ],
)
def test_help_is_indonesian(cermin, command) -> None:
    finished = cermin(*command.split(), "--help")
    assert finished.code == 0
    assert f"Cara pakai: cermin {command}".rstrip() in finished.out
    assert "Tampilkan bantuan ini." in finished.out
    for english in ("Usage", "OPTIONS", "Show this message", "required", "default:"):
        assert english not in finished.out


def test_a_sentence_that_is_not_known_stays_as_it_is() -> None:
    parameter = typer.core.TyperOption(param_decls=["--x"], type_descriptor=None)
    error = typer.BadParameter("unheard of", param=parameter)
    assert usage_message(error) == "Nilai --x tidak sah: unheard of"


@pytest.mark.parametrize(
    ("arguments", "language"),
    [
        (["--lang", "en", "index"], "en"),
        (["--lang=en"], "en"),
        (["--lang", "id"], "id"),
        (["--lang=fr"], "id"),
        (["--lang"], "from the environment"),
        (["index"], "from the environment"),
    ],
)
def test_language_is_known_before_the_commands(monkeypatch, arguments, language) -> None:
    for asked, environment in (("en_GB", "en"), ("id", "id")):
        monkeypatch.setenv("CERMIN_LANG", asked)
        expected = environment if language == "from the environment" else language
        assert _language_of(arguments) == expected


@pytest.mark.parametrize(
    ("arguments", "loaded"),
    [
        ([], COMMANDS), (["--help"], COMMANDS), (["--lang", "en"], COMMANDS),
        (["unknown", "index"], COMMANDS),
        (["site", "index"], ("site",)), (["--lang", "en", "sample-size"], ("sample-size",)),
        (["--lang=en", "demo", "--output", "x"], ("demo",)),
    ],
)  # fmt: skip
def test_only_the_command_that_is_asked_for_is_loaded(
    arguments: list[str], loaded: tuple[str, ...]
) -> None:
    assert _asked_for(arguments) == loaded


def test_english_keeps_the_words_of_the_library() -> None:
    error = typer.BadParameter("Input should be a valid integer")
    language.use("en")
    try:
        told = usage_message(error)
    finally:
        language.use("id")
    assert told == "Invalid value: Input should be a valid integer"


def test_version(cermin) -> None:
    finished = cermin("--version")
    assert (finished.code, finished.out, finished.err) == (0, f"cermin {__version__}\n", "")


def test_the_module_is_the_command(monkeypatch, capsys) -> None:
    monkeypatch.setattr(sys, "argv", ["cermin", "--version"])
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(SystemExit) as stop:
        runpy.run_module("cermin.cli", run_name="__main__")
    assert stop.value.code == 0
    assert capsys.readouterr().out == f"cermin {__version__}\n"
    asked = signal.getsignal(signal.SIGTERM)
    signal.signal(signal.SIGTERM, before)
    assert callable(asked)
    with pytest.raises(SystemExit) as stop:
        asked(signal.SIGTERM, None)
    assert stop.value.code == 143


# ------------------------------------------------------------------ output


def test_reasons_of_the_file_system() -> None:
    known = PermissionError(errno.EACCES, "Permission denied", "hasil.json")
    assert reason_of(known) == "hasil.json tidak dapat dibaca atau ditulis: tidak ada izin."
    full = OSError(errno.ENOSPC, "No space left on device")
    assert reason_of(full) == "Berkas tidak dapat dibaca atau ditulis: tempat penyimpanan penuh."
    other = OSError(errno.EIO, "Input/output error", "x")
    assert reason_of(other) == "x tidak dapat dibaca atau ditulis: Input/output error."


def test_tables_show_texts_as_they_are(capsys) -> None:
    print_table("[b]Judul[/b]", ["[i]Unit"], [["Dinas [A] :smile:"]])
    shown = capsys.readouterr().out
    assert "Dinas [A] :smile:" in shown
    assert "[b]Judul[/b]" in shown
    assert "[i]Unit" in shown


def test_streams_that_are_not_files_are_left_alone(monkeypatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stdout", stream)
    prepare_streams()
    page.print("≥ 1")
    assert stream.getvalue() == "≥ 1\n"


def test_width_of_redirected_tables(monkeypatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    prepare_streams()
    assert (page.width, notes.width) == (WIDTH_OF_FILES, WIDTH_OF_FILES)
    page.width = 70
    monkeypatch.setenv("COLUMNS", "70")
    prepare_streams()
    assert page.width == 70


# ------------------------------------------------------------------ all or nothing


def test_files_arrive_together(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    with files.written_whole(folder) as scratch:
        (scratch / "x").write_text("1")
        assert not folder.exists()
    assert [path.name for path in folder.iterdir()] == ["x"]
    assert [path.name for path in folder.parent.iterdir()] == ["b"]


def fail_after_writing(folder: Path, written: str) -> None:
    with files.written_whole(folder) as scratch:
        (scratch / written).write_text("1")
        raise ZeroDivisionError


def test_nothing_arrives_after_a_failure(tmp_path: Path) -> None:
    (tmp_path / "ada").mkdir()
    for folder in (tmp_path / "ada", tmp_path / "a" / "b"):
        with pytest.raises(ZeroDivisionError):
            fail_after_writing(folder, "x")
    assert [path.name for path in tmp_path.rglob("*")] == ["ada"]


def test_parents_that_others_use_meanwhile_stay(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        fail_after_writing(tmp_path / "a" / "b", "../milik orang lain")
    assert [path.name for path in tmp_path.rglob("*")] == ["a", "milik orang lain"]


def test_an_output_folder_on_another_file_system(tmp_path: Path) -> None:
    # A link stands for a mounted volume: what lies beside it is elsewhere.
    (tmp_path / "volume").mkdir()
    (tmp_path / "hasil").symlink_to(tmp_path / "volume")
    with files.written_whole(tmp_path / "hasil") as scratch:
        assert scratch.resolve().parent == tmp_path / "volume"
        (scratch / "x").write_text("1")
    assert [path.name for path in (tmp_path / "volume").iterdir()] == ["x"]
