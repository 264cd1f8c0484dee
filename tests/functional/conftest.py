"""One simulated agency for all tests of the commands: simulated once, computed once."""

from __future__ import annotations

from pathlib import Path

import pytest

from cermin.cli.index import index
from cermin.cli.simulate import simulate
from cli_calls import Cermin, caller

AGENCY = "Kabupaten Uji"


@pytest.fixture
def cermin(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cermin:
    """Run ``cermin`` with the given arguments."""
    return caller(capsys, monkeypatch)


@pytest.fixture(scope="session")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files of 400 employees: 2025 from Google Forms, 2026 from LimeSurvey, 2027 a template."""
    folder = tmp_path_factory.mktemp("simulated") / "files"
    simulate(years="2025-2027", employees=400, output=folder)
    return folder


@pytest.fixture(scope="session")
def indexed(simulated: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with the snapshot and the result of 2025."""
    folder = tmp_path_factory.mktemp("indexed") / "hasil"
    index(
        roster=simulated / "2025-siasn.xlsx",
        answers=simulated / "2025-jawaban-google-forms.csv",
        evidence=simulated / "2025-bukti-dukung.xlsx",
        units=simulated / "2025-unit.xlsx",
        year=2025,
        agency=AGENCY,
        output=folder,
    )
    return folder


@pytest.fixture(scope="session")
def result_2025(indexed: Path) -> Path:
    """The result file of 2025."""
    return indexed / "hasil-kabupaten-uji-2025.json"


@pytest.fixture(scope="session")
def snapshot_2025(indexed: Path) -> Path:
    """The snapshot of 2025."""
    return next(indexed.glob("snapshot-*.parquet"))
