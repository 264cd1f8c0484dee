"""The budget of the house: sizes of modules and functions, and words that may not be names."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[2] / "src" / "cermin"
# Migrations are written by the framework and never edited afterwards.
MODULES = sorted(p for p in SOURCE.rglob("*.py") if p.parent.name != "migrations")
MOST_MODULE_LINES = 400
MOST_FUNCTION_LINES = 60
NAMELESS = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "handlers"}


def body_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of the body without the docstring; a long list of parameters is no complexity."""
    body = function.body
    if ast.get_docstring(function) is not None:
        body = body[1:]
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_sizes(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= MOST_MODULE_LINES
    functions = [
        node
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    assert {f.name: body_lines(f) for f in functions if body_lines(f) > MOST_FUNCTION_LINES} == {}


def test_every_module_is_named_after_a_concept() -> None:
    assert [path for path in MODULES if path.stem in NAMELESS] == []


def test_every_module_says_what_it_is_for() -> None:
    assert [p for p in MODULES if not ast.get_docstring(ast.parse(p.read_text("utf-8")))] == []
