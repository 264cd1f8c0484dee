"""Puts this folder on the path, so that tests of every kind share the factories in it."""

from __future__ import annotations

from collections.abc import Hashable

import pytest
from django.utils import translation
from hypothesis import settings

import counted_lines
from cermin.language import speak

# A clock says nothing on a shared machine; and whoever changes a line meets the same examples.
settings.register_profile("cermin", deadline=None, derandomize=True)
settings.load_profile("cermin")


def pytest_configure(config: pytest.Config) -> None:
    """Let processes that tests start count their lines only where a test says so."""
    if hasattr(config, "workerinput"):  # the first process hands the wish on to its workers
        counted_lines.only_on_demand()


@pytest.fixture(autouse=True)
def indonesian() -> None:
    """Begin every test in Indonesian, whatever language the last one ended in."""
    speak("id")
    translation.deactivate()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take longest: at the end one process would wait for another."""
    slow: set[Hashable] = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)
