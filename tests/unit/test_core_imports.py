"""Importing all of core loads nothing heavy: the site and the command line start with it.

How long it takes is measured in ``bench/imports.py``, beside NumPy alone.
"""

from __future__ import annotations

import subprocess
import sys

import pytest

IMPORT_ALL = """
import importlib, pkgutil, sys
import cermin.core
for module in pkgutil.iter_modules(cermin.core.__path__):
    importlib.import_module("cermin.core." + module.name)
print(*sorted({name.split(".")[0] for name in sys.modules}))
"""


@pytest.fixture(scope="module")
def loaded() -> set[str]:
    finished = subprocess.run(
        [sys.executable, "-c", IMPORT_ALL], capture_output=True, text=True, check=True
    )
    return set(finished.stdout.split())


def test_core_loads_numpy_and_no_other_package(loaded: set[str]) -> None:
    heavy = {"scipy", "duckdb", "polars", "pyarrow", "pandas", "yaml", "jsonschema", "msgspec"}
    heavy |= {"typst", "jinja2", "xlsxwriter", "fastexcel", "typer", "rich", "django", "psycopg"}
    assert "numpy" in loaded
    assert loaded & heavy == set()
