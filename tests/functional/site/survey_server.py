"""A site with open surveys whose server can be killed and started again at the same address."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from served_site import environment_of, run, wait_for

from ports import free_port

SEED = Path(__file__).with_name("seed_survey.py")
LIKERT, VOTES = "metode-2025", "metode-2022"
_STORED = """SELECT count(*) FROM survey_castserial JOIN survey_survey
    ON survey_survey.id = survey_castserial.survey_id WHERE public_id = ?"""


class SurveyServer:
    """Server processes of one site, and what is stored there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = environment_of(folder, demo=True)
        told = json.loads(run(self.environment, str(SEED)).splitlines()[-1])
        self.public_ids = {method: one["survey"] for method, one in told.items()}
        self._codes = {method: iter(one["codes"]) for method, one in told.items()}
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def page(self, method: str = LIKERT, language: str = "") -> str:
        """Return the address of a survey's page."""
        return f"http://127.0.0.1:{self.port}/survei/{self.public_ids[method]}/{language}"

    def new_code(self, method: str = LIKERT) -> str:
        """Return the code of somebody who has not answered yet."""
        return next(self._codes[method])

    def stored(self, method: str = LIKERT) -> int:
        """Return how many ballots were taken in."""
        database = f"file:{self.folder / 'site.sqlite3'}?mode=ro"
        with closing(sqlite3.connect(database, uri=True)) as connection:
            found = connection.execute(_STORED, [self.public_ids[method]]).fetchone()
        return int(found[0])

    def start(self) -> None:
        """Start the server and wait until it answers."""
        command = [
            sys.executable, "-m", "cermin.cli", "site", "serve", str(self.folder),
            "--port", str(self.port), "--workers", "1", "--threads", "4",
        ]  # fmt: skip
        with (self.folder / "server.log").open("ab") as output:
            self._process = subprocess.Popen(
                command, env=self.environment, stdout=output, stderr=output, start_new_session=True
            )
        wait_for(self.port, self.folder / "server.log")

    def kill(self) -> None:
        """End all processes of the server at once, as a power cut would."""
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(timeout=30)

    def stop(self) -> None:
        """End the server in order."""
        assert self._process is not None
        self._process.terminate()
        self._process.wait(timeout=90)


@contextmanager
def survey_server(installed: Path, folder: Path) -> Iterator[SurveyServer]:
    """Seed a copy of an empty site and serve it."""
    shutil.copytree(installed, folder)
    server = SurveyServer(folder)
    server.start()
    try:
        yield server
    finally:
        server.stop()
