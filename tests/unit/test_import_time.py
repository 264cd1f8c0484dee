"""Importing all of core stays light: the site and the command line start with it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

IMPORT_ALL = """
import importlib, pkgutil, sys, time
started = time.process_time()
import cermin.core
for module in pkgutil.iter_modules(cermin.core.__path__):
    importlib.import_module("cermin.core." + module.name)
print(time.process_time() - started)
print(sorted({name.split(".")[0] for name in sys.modules}))
"""


def import_core(compiled: Path) -> tuple[float, str]:
    # An installed package has its byte code; a checkout gets it here, in the first of the runs.
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    finished = subprocess.run(
        [sys.executable, "-c", IMPORT_ALL],
        capture_output=True,
        text=True,
        check=True,
        env=environment | {"PYTHONPYCACHEPREFIX": str(compiled)},
    )
    seconds, modules = finished.stdout.splitlines()
    return float(seconds), modules


def test_core_imports_under_300_ms(tmp_path: Path) -> None:
    # Processor time and the best of a few: the limit is on the work of importing.
    assert min(import_core(tmp_path)[0] for _ in range(7)) < 0.3


def test_core_imports_nothing_heavy(tmp_path: Path) -> None:
    modules = import_core(tmp_path)[1]
    for heavy in ("scipy", "duckdb", "polars", "pyarrow", "yaml", "django", "psycopg"):
        assert f"'{heavy}'" not in modules
