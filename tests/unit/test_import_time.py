"""Importing all of core stays light: the site and the command line start with it."""

from __future__ import annotations

import subprocess
import sys

IMPORT_ALL = """
import importlib, pkgutil, sys, time
started = time.perf_counter()
import cermin.core
for module in pkgutil.iter_modules(cermin.core.__path__):
    importlib.import_module("cermin.core." + module.name)
print(time.perf_counter() - started)
print(sorted({name.split(".")[0] for name in sys.modules}))
"""


def import_core() -> tuple[float, str]:
    finished = subprocess.run(
        [sys.executable, "-c", IMPORT_ALL], capture_output=True, text=True, check=True
    )
    seconds, modules = finished.stdout.splitlines()
    return float(seconds), modules


def test_core_imports_under_300_ms() -> None:
    # The best of a few: the limit is on the work of importing, not on a busy machine.
    assert min(import_core()[0] for _ in range(5)) < 0.3


def test_core_imports_nothing_heavy() -> None:
    modules = import_core()[1]
    for heavy in ("duckdb", "polars", "pyarrow", "yaml", "django", "psycopg"):
        assert f"'{heavy}'" not in modules
