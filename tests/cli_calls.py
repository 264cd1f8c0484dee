"""Call the command line inside the test process, as a person would from a shell."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from cermin import language
from cermin.cli.main import run


@dataclass(frozen=True)
class Finished:
    """How a call ended and what it wrote."""

    code: int
    out: str
    err: str


Cermin = Callable[..., Finished]


def caller(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cermin:
    """Return a function that runs ``cermin`` with its arguments."""
    before = signal.getsignal(signal.SIGTERM)
    language.use("id")
    monkeypatch.delenv("COLUMNS", raising=False)  # tests on several cores set it

    def call(*arguments: object) -> Finished:
        monkeypatch.setattr(sys, "argv", ["cermin", *map(str, arguments)])
        capsys.readouterr()
        try:
            with pytest.raises(SystemExit) as stop:
                run()
        finally:
            signal.signal(signal.SIGTERM, before)
        written = capsys.readouterr()
        return Finished(int(str(stop.value.code)), written.out, written.err)

    return call
