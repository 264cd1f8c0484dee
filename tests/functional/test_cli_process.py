"""The command line as a process of its own: languages, pipes, signals, odd terminals."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "cermin.cli"]
ANSWER = ["compare", "62,1", "61,1", "--year-before", "2022", "--year-after", "2023"]


def environment(**changed: str) -> dict[str, str]:
    kept = {key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ}
    return kept | {"PYTHONPATH": str(ROOT / "src")} | changed


def cermin(*arguments: str, **changed: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=environment(**changed),
        check=False,
        timeout=120,
    )


def test_indonesian_is_the_default_and_english_is_asked_for() -> None:
    indonesian = cermin(*ANSWER)
    by_option = cermin("--lang", "en", *ANSWER)
    by_variable = cermin(*ANSWER, CERMIN_LANG="en")
    assert "2022: 62,1; 2023: 61,1" in indonesian.stdout
    assert "2022: 62.1; 2023: 61.1" in by_option.stdout
    assert by_variable.stdout == by_option.stdout
    assert {one.returncode for one in (indonesian, by_option, by_variable)} == {0}


def test_english_usage_errors_are_the_library_s_own() -> None:
    finished = cermin("--lang", "en", "index")
    assert finished.returncode == 2
    assert "Missing option '--roster'." in finished.stderr


def test_a_language_that_is_not_spoken_is_refused() -> None:
    finished = cermin("--lang", "fr", "instrument", "list")
    assert (finished.returncode, finished.stdout) == (2, "")
    assert "Nilai --lang tidak sah: pilih satu dari 'id', 'en'." in finished.stderr


def test_stdout_holds_only_json() -> None:
    finished = cermin(*ANSWER, "--json")
    assert json.loads(finished.stdout)["schema"] == "cermin.compare/1"
    assert finished.stderr == ""


@pytest.mark.parametrize("arguments", [["instrument", "list"], ["instrument", "list", "--json"]])
def test_a_pipe_that_closes_early_is_no_traceback(arguments: list[str]) -> None:
    process = subprocess.Popen(
        [*COMMAND, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    )
    assert process.stdout is not None
    process.stdout.close()  # before anything is written, as "| head -0" would
    _out, err = process.communicate(timeout=60)
    assert err == b""
    assert process.returncode == 1


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_a_terminal_without_utf_8_is_no_traceback(encoding: str) -> None:
    finished = subprocess.run(
        [*COMMAND, "instrument", "list"],
        capture_output=True,
        env=environment(PYTHONIOENCODING=encoding, LC_ALL="C", PYTHONUTF8="0"),
        check=False,
    )
    assert finished.returncode == 0
    assert b"metode-2025" in finished.stdout
    assert finished.stderr == b""


def test_the_c_locale_is_no_traceback() -> None:
    plain = environment(LC_ALL="C", PYTHONCOERCECLOCALE="0", PYTHONUTF8="0")
    for arguments in (["--help"], ["index"]):
        finished = subprocess.run(
            [*COMMAND, *arguments], capture_output=True, env=plain, check=False
        )
        assert b"Traceback" not in finished.stderr
        assert finished.returncode == (2 if arguments == ["index"] else 0)


def wait_for_scratch(process: subprocess.Popen[bytes], folder: Path) -> None:
    """Wait until the process writes; then it is in the midst of its work."""
    for _try in range(2400):
        if any(path.is_file() for path in folder.glob(".cermin-*/*")):
            return
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)
    raise AssertionError("nothing was written")


@pytest.mark.parametrize(
    ("sent", "code", "told"), [(signal.SIGINT, 130, b"Dibatalkan."), (signal.SIGTERM, 143, b"")]
)
def test_a_process_that_is_stopped_leaves_nothing(
    tmp_path: Path, sent: signal.Signals, code: int, told: bytes
) -> None:
    process = subprocess.Popen(
        [*COMMAND, "simulate", "--employees", "6000", "--output", str(tmp_path / "simulasi")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    )
    wait_for_scratch(process, tmp_path)
    process.send_signal(sent)
    out, err = process.communicate(timeout=60)
    assert process.returncode == code
    assert out == b""
    assert err.strip() == told
    assert list(tmp_path.iterdir()) == []


def _read_all(terminal: int, shown: bytearray) -> None:
    with suppress(OSError):  # the other side has closed
        while part := os.read(terminal, 65536):
            shown.extend(part)


def test_the_progress_bar_is_for_terminals_only(tmp_path: Path) -> None:
    arguments = ["simulate", "--employees", "60", "--years", "2025", "--output"]
    piped = cermin(*arguments, str(tmp_path / "a"))
    assert piped.stderr == ""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, *arguments, str(tmp_path / "b")],
        stdout=subprocess.PIPE,
        stderr=theirs,
        env=environment(TERM="xterm"),
    )
    os.close(theirs)
    shown = bytearray()
    reader = threading.Thread(target=_read_all, args=(ours, shown))
    reader.start()  # a terminal that nobody reads fills up, and stops the process
    out, _err = process.communicate(timeout=240)
    reader.join()
    os.close(ours)
    assert "Mulai" in shown.decode()
    assert "0/3" in shown.decode()
    assert len(out.splitlines()) == 5
