"""The built wheel, alone in an empty environment, does the main job outside the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def run(*command: str | Path, cwd: Path) -> str:
    # Nothing of the checkout may leak in: no PYTHONPATH, no current folder inside it.
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "COVERAGE"))}
    finished = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return finished.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run(
        sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT,
        cwd=folder,
    )  # fmt: skip
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def python_alone(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the interpreter of an environment with the wheel and the locked base packages only."""
    home = tmp_path_factory.mktemp("alone")
    run(sys.executable, "-m", "venv", home, cwd=home)
    python = home / "bin" / "python"
    pip = (python, "-m", "pip", "install", "--quiet", "--no-compile",
           "--disable-pip-version-check")  # fmt: skip
    run(*pip, "--require-hashes", "-r", ROOT / "requirements" / "base.txt", cwd=home)
    run(*pip, "--no-deps", wheel, cwd=home)
    run(python, "-m", "pip", "check", cwd=home)
    return python


def test_wheel_carries_data_and_licence(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert any(name.endswith("LICENSE") for name in names)
    assert any("instruments/data/" in name for name in names)
    assert not any(name.startswith("tests") for name in names)


@pytest.mark.slow
def test_base_install_has_no_server_parts(python_alone: Path) -> None:
    listed = run(python_alone, "-m", "pip", "list", "--format=freeze", cwd=python_alone.parent)
    installed = {line.split("==")[0].lower() for line in listed.splitlines()}
    assert "cermin" in installed
    assert installed.isdisjoint({"django", "pyspark", "psycopg", "psycopg-binary", "pandas"})


@pytest.mark.slow
def test_wheel_alone_makes_the_demo_report(python_alone: Path, tmp_path: Path) -> None:
    output = run(
        python_alone.parent / "cermin", "demo", "--output", tmp_path / "demo", cwd=tmp_path
    )
    (pdf,) = (tmp_path / "demo").glob("*.pdf")
    assert str(pdf) in output
    assert pdf.read_bytes().startswith(b"%PDF-")
    assert list((tmp_path / "demo").glob("*.xlsx"))
    assert list((tmp_path / "demo").glob("*.html"))
